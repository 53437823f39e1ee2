"""Checks across the cells of a claim, and of what it refers to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from metaudit.errors import PrintedError, Problem
from metaudit.formats.advice import instead_of
from metaudit.formats.guesses import Guesses
from metaudit.formats.review import Claim, Review, load_review
from metaudit.formats.sizes import beyond_print
from metaudit.formats.stated import parse_override
from metaudit.formats.survey_subject import SURVEY_QUANTITIES, subject_problems
from metaudit.printed import parse_printed

_INTEGER_CLAIMS = {
    "k", "n", "n_t", "n_c", "events_t", "events_c", "k_with_events", "trimfill_k", "count", "agreed", "panel", "invited", "items",
    "items_consensus", "tsa_look",
    "treatments", "designs", "pairs", "comparisons", "multiarm", "q_within_df", "q_between_df", "interaction_df", "rank", "k_direct",
}  # fmt: skip

Beside = Callable[[str], Review | str | None]
"""Looks up a review by its id: the review, None where it cannot be read, or what to write where there is none of this name."""


def check_claim(claim: Claim, shown: str, *, beside: Beside, guesses: Guesses) -> Iterator[Problem]:
    """What the cells of one claim say against each other, and whether what it refers to is there.

    Parameters
    ----------
    claim : the claim
    shown : the file of claims as it is written in messages
    beside : looks up the review that a claim refers to
    guesses : what may be meant by names that there are not, of the review
    """

    def wrong(column: str, rule: str, message: str, fix: str) -> Problem:
        return Problem(shown, claim.line, column, rule, f"{message} (claim {claim.id!r}).", fix)

    if claim.quantity != "text":
        try:
            number = parse_printed(claim.printed)
        except PrintedError as error:
            fix = instead_of(claim.printed, "printed") or "A statement in words has quantity text."
            yield wrong("printed", "number", str(error).rstrip("."), fix)
        else:
            beyond = beyond_print(number)
            if beyond:
                yield wrong("printed", "size", *beyond)
            if (
                claim.quantity in _INTEGER_CLAIMS
                and number.value != int(number.value)
                and not number.percent
                and "percent" not in claim.subject
            ):
                yield wrong(
                    "printed",
                    "count",
                    f"{claim.printed!r} is not a whole number, as {claim.quantity} must be",
                    "Use quantity value with a unit for other numbers.",
                )
    if claim.quantity == "value" and claim.refers_to and not claim.unit and "%" not in claim.printed:
        yield wrong(
            "unit",
            "missing-unit",
            "a value without a unit cannot be compared with the one it refers to",
            "Name its unit, such as mg/kg, week or point.",
        )
    if claim.quantity in SURVEY_QUANTITIES:
        for message, fix in subject_problems(claim.subject):
            yield wrong("subject", "survey-subject", message, fix)
    if claim.method:
        for message, fix in parse_override(claim.method)[1]:
            yield wrong("method", "method", message, fix)
    if claim.refers_to:
        yield from _check_reference(claim, beside, guesses, wrong)


def _check_reference(
    claim: Claim, beside: Beside, guesses: Guesses, wrong: Callable[[str, str, str, str], Problem]
) -> Iterator[Problem]:
    parts = claim.refers_to.split("/")
    if len(parts) != 2 or not all(parts):
        yield wrong(
            "refers_to",
            "unresolvable-reference",
            f"{claim.refers_to!r} does not have the form review/claim",
            "Write, for example, zhao-2018/n.",
        )
        return
    found = beside(parts[0])
    if found is None:
        return
    if not isinstance(found, Review):
        yield wrong(
            "refers_to",
            "unresolvable-reference",
            f"there is no review {parts[0]!r} with claims beside this one",
            found,
        )
    elif found.claim(parts[1]) is None:
        yield wrong(
            "refers_to",
            "unresolvable-reference",
            f"{parts[0]} has no claim {parts[1]!r}",
            guesses.nearest(parts[1], found.claims_by_id, f"the claims of {parts[0]}"),
        )


def beside_of(review: Review, guesses: Guesses) -> Beside:
    """How claims of a review in a folder find those whose folders lie beside it; each is read once, however many refer to it."""
    around = review.folder.resolve().parent

    @cache
    def with_claims() -> tuple[str, ...]:
        return tuple(sorted(p.parent.name for p in around.glob("*/claims.csv")))

    @cache
    def look_up(name: str) -> Review | str | None:
        folder = around / name
        if not re.fullmatch(r"[A-Za-z0-9-]+", name) or not (folder / "claims.csv").is_file():  # an id is no path
            return guesses.nearest(name, with_claims(), "the folder of the reviews")
        return review if name == review.id else load_review(folder)[0]

    return look_up
