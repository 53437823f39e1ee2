"""Every shipped verdict that is not EXACT can be followed without the code: its explanation, read as a reader would."""

import re
from functools import cache
from pathlib import Path

import pytest

from metaudit.explain.account import account_of, head_lines
from metaudit.explain.verdicts_of import read_rows
from metaudit.formats.review import read_review
from metaudit.report.fact_words import value_label
from metaudit.specs import parse_spec

ROOT = Path(__file__).parents[3]
REVIEWS = sorted(p.parent.name for p in (ROOT / "results").glob("*/audit.json"))
# A search over methods, or over edits, stands behind these criteria; the others compare printed numbers.
SNAKE = re.compile(r"(?<![\w/.-])[a-z]+_[a-z0-9_]+(?![\w/-])")
CODES = re.compile(
    r"\bI2\b|\bPI:|tau²|\btau2\b| \| |\bnan\b|\bNaN\b|\bNone\b|level 0\.\d|@(?:all|only-zero|if-any-zero)|\bt-k-[12]\b|\btau-only\b"
    r"|\b(?:hksj|wald|DL|REML|SJ|PMM|GENQ|HSk|GEN-LOG|GEN|ROM|SMDH|PLO|PFT|ZCOR|IRR)\b"
)


@cache
def of_review(name):
    review = read_review(ROOT / "data" / "reviews" / name)
    rows = read_rows(ROOT / "results" / name / "audit.json")
    assert rows is not None, f"{name}: audit.json is of another version; run the pipeline"
    return review, rows


def typed_words(review, row):
    """What people typed in stays as it is: labels, subjects, quotations, places, names of files and of sources."""
    claim = review.claim(row.claim)
    typed = [*(vars(claim).values() if claim else ()), *review.sources, *(c.id for c in review.claims), row.printed]
    typed += [a.title for a in review.analyses.values()] + [r.text("study") for r in review.rows]
    return sorted(
        {str(t) for t in typed if t and (" " in str(t) or re.search(r"[_|\W]", str(t)))}, key=len, reverse=True
    )


def sentences(review, account):
    """Everything an explanation says, without what was typed in."""
    said = [*list(head_lines(account))[1:], *(i.text for f in account.facts for i in f.items if f.term not in TYPED)]
    for text in said:
        for typed in typed_words(review, account.row):
            text = text.replace(typed, "…")
        yield text


TYPED = ("Read at", "Unit", "Scale", "Method of this claim", "Quantity")


def is_search(row):
    try:
        parse_spec(row.spec)
    except (ValueError, KeyError, IndexError):
        return False
    return True


def faults(review, rows):
    """What is missing from explanations, a line a claim."""
    for row in rows:
        if row.verdict == "EXACT":
            continue
        account = account_of(review, rows, row.claim)
        terms = {f.term for f in account.facts}
        needed = {"Criterion", "Certainty"}
        if row.verdict == "NOT_CHECKABLE":
            needed |= {"What is missing"} if row.causes else set()
        else:
            needed |= {"Formula", "Inputs", "Specificity"}
            needed |= set() if row.quantity == "text" else {value_label(account.finding), "Printed, as an interval"}
            if is_search(row) and row.verdict not in ("WITHIN_ROUNDING", "UNDERSPECIFIED", "OTHER_SPEC"):
                needed |= {"Distance"}
        if not needed <= terms:
            yield f"{row.claim} ({row.verdict}, {row.criterion}): no {', '.join(sorted(needed - terms))}"
        for text in sentences(review, account):
            if found := CODES.search(text) or SNAKE.search(text):
                yield f"{row.claim} ({row.verdict}): {found[0]!r} in {text!r}"


@pytest.mark.parametrize("name", REVIEWS)
def test_every_verdict_that_is_not_exact_can_be_followed(name):
    assert list(faults(*of_review(name))) == []


def test_there_are_verdicts_to_read():
    told = [r for name in REVIEWS for r in of_review(name)[1] if r.verdict not in ("EXACT", "NOT_CHECKABLE")]
    assert len(REVIEWS) > 50
    assert len(told) > 80
    assert {r.verdict for r in told} >= {"INCONSISTENT", "UNDERSPECIFIED", "WITHIN_ROUNDING", "DIFFERENT", "NEAR"}


@pytest.mark.parametrize(
    "text",
    [
        "I2:tau2",
        "a | b",
        "nan",
        "level 0.95",
        "events_t 3",
        "τ² DL = 0.1",
        "0.5@all",
        "prediction interval tau-only",
        "13 ROM",
    ],
)
def test_a_code_is_seen(text):
    assert CODES.search(text) or SNAKE.search(text)


@pytest.mark.parametrize("text", ["I² from τ²", "95 %", "odds ratio", "mcnicol-2014/overall_text", "the interval"])
def test_words_are_no_codes(text):
    assert not CODES.search(text)
    assert not SNAKE.search(text)
