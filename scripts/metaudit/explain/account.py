"""Everything that is known about one claim, for a terminal or as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from metaudit.analyses import any_zero_cell
from metaudit.audit import AuditRow
from metaudit.audit.printed_rows import row_claims
from metaudit.audit_words import numbers
from metaudit.audit_words.choice_words import choice_words
from metaudit.audit_words.criteria import criterion_words, fingerprint, specificity_words
from metaudit.audit_words.synthesis_words import any_words
from metaudit.audit_words.verdicts import BY_CODE
from metaudit.audit_words.what_to_ask import ask
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.files import json_ready
from metaudit.formats.review import Analysis, Review
from metaudit.formats.select import select_rows
from metaudit.formats.tables import nearest
from metaudit.report.fact_words import plain_words, value_source
from metaudit.report.facts import Fact, facts_of
from metaudit.report.number_line import number_line, text_lines
from metaudit.report.spec_items import Item, spec_item
from metaudit.tables.quantities import about
from metaudit.tables.reading import Finding, finding_of
from metaudit.tables.summary import ours


@dataclass(frozen=True)
class Account:
    """One claim explained.

    Attributes
    ----------
    row : its verdict
    finding : the same, as the report reads it, with its row of claims.csv
    title : title of its analysis; empty outside analyses
    facts : what is known, term by term
    line : the numbers on a line, as (name, drawing); empty where they cannot be drawn
    """

    row: AuditRow
    finding: Finding
    title: str
    facts: tuple[Fact, ...]
    line: tuple[tuple[str, str], ...]


def known_claim(review: Review, claim: str) -> None:
    """Refuse an id that no claim of the review has.

    Raises
    ------
    DataError
        with the nearest one.
    """
    ids = [c.id for c in (*review.claims, *row_claims(review))]
    if claim not in ids:
        raise DataError(f"{review.id} has no claim {claim!r}. {nearest(claim, ids)}")


def account_of(review: Review, rows: Sequence[AuditRow], claim: str) -> Account:
    """Explain one claim.

    Raises
    ------
    DataError
        when no claim has this id, with the nearest one.
    """
    row = next((r for r in rows if r.claim == claim), None)
    if row is None:
        raise DataError(f"{review.id} has no claim {claim!r}. {nearest(claim, [r.claim for r in rows])}")
    typed = {c.id: {k: str(v) for k, v in vars(c).items() if k != "id"} for c in review.claims}
    finding = finding_of(json_ready(row.to_row()), typed)
    beside = [finding_of(json_ready(r.to_row()), typed) for r in rows if _together(r, row)]
    drawn = number_line(finding)
    analysis = review.analyses.get(row.analysis)
    return Account(
        row=row,
        finding=finding,
        title=analysis.title if analysis else "",
        facts=tuple(facts_of(finding, beside=beside, zero_cells=_any_zero(review, analysis))),
        line=tuple(text_lines(drawn)) if drawn else (),
    )


def _together(a: AuditRow, b: AuditRow) -> bool:
    return (a.analysis, a.subject) == (b.analysis, b.subject)


def _any_zero(review: Review, analysis: Analysis | None) -> bool:
    """Whether a row that enters has a zero cell; where no row has counts, one may have."""
    rows = [] if analysis is None else select_rows(analysis, review.rows)[0]
    counted = any(r.text(events) for r in rows for events in ("events_t", "events_c", "events"))
    return not counted or any_zero_cell([convert(r) for r in rows])  # typed as counts or as percentages


def head_lines(account: Account) -> Iterator[str]:
    """The claim, the two numbers, and the verdict with its meaning, a line each."""
    f = account.finding
    verdict = BY_CODE.get(f.verdict)
    of = f", {account.title}" if account.title else ""
    yield f"{f.review}/{f.claim}: {about(f)}{of}"
    yield numbers.typographic(f"Printed {f.printed}, {value_source(f)} {ours(f) or 'none'}")
    yield f"{verdict.label}: {verdict.meaning}" if verdict else f.verdict
    if f.message:
        yield plain_words(f.message)


def lines(account: Account, *, width: int) -> Iterator[str]:
    """The whole account as lines of text, none longer than the width but for the drawing."""
    for line in head_lines(account):
        yield from textwrap.wrap(line, width)
    indent = max((len(n) for n in (*(f.term for f in account.facts), *(n for n, _ in account.line))), default=0) + 2
    if account.line:
        yield ""
        yield from (f"{name:<{indent}}{drawing}".rstrip() for name, drawing in account.line)
    yield ""
    for fact in account.facts:
        for number, item in enumerate(fact.items):
            wrapped = textwrap.wrap(item.text, max(width - indent, 20), subsequent_indent="  ") or [""]
            for i, part in enumerate(wrapped):
                yield f"{fact.term if not number and not i else '':<{indent}}{part}".rstrip()


def as_json(account: Account) -> dict[str, Any]:
    """The account as plain JSON; specifications with their words and their canonical string."""
    r = account.row
    verdict = BY_CODE.get(r.verdict)
    told: dict[str, Any] = {
        "review": r.review,
        "claim": r.claim,
        "analysis": r.analysis,
        "title": account.title,
        "about": about(account.finding),
        "printed": {"text": r.printed, "low": r.printed_low, "high": r.printed_high},
        "ours": {
            "value": r.value,
            "low": r.value_low,
            "high": r.value_high,
            "text": ours(account.finding),
            "source": value_source(account.finding),
        },
        "verdict": {"code": r.verdict, "meaning": verdict.meaning if verdict else ""},
        "message": plain_words(r.message),
        "criterion": {"name": r.criterion, "meaning": criterion_words(r.criterion)},
        "margin": r.margin,
        "formula": r.formula,
        "inputs": r.inputs,
        "spec": _spec(r.spec, r.quantity),
        "stated_spec": _spec(r.stated_spec, r.quantity),
        "alternatives": [_spec(s, r.quantity) for s in r.alternatives],
        "specificity": {
            "share": r.specificity,
            "searched": r.searched,
            "words": specificity_words(r.specificity, r.searched),
            "fingerprint": fingerprint(r.specificity, r.searched)
            if r.searched and r.specificity == r.specificity
            else "",
        },
        "envelope": {"low": r.envelope_low, "high": r.envelope_high},
        "nearest": [_item(spec_item(s, r.quantity)) for s in r.nearest],
        "edits": r.edits,
        "edits_alike": r.edits_alike,
        "causes": [choice_words(c, r.quantity) for c in r.causes],
        "ask": r.ask or ask(r),
        "impact": r.impact,
        "certainty": r.certainty,
    }
    return told


def _spec(text: str, quantity: str) -> dict[str, str]:
    return {"canonical": text, "words": any_words(text, quantity) if text else ""}


def _item(item: Item) -> dict[str, str]:
    return {"canonical": item.code, "words": item.text}
