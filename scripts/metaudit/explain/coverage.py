"""Which numbers of a text the claims cover, and which claims the text does not contain."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from metaudit.audit.printed_rows import row_claims
from metaudit.errors import PrintedError
from metaudit.explain.text_numbers import Token, numbers_of
from metaudit.formats.review import Claim, Review
from metaudit.printed import Printed, parse_printed

# Quantities that are whole numbers: nothing with decimals is one of them in other digits.
_COUNTS = frozenset(
    (
        "k n n_t n_c events_t events_c count q_df k_with_events trimfill_k failsafe_n agreed panel invited items "
        "items_consensus ris ris_fixed tsa_look "
        "treatments designs pairs comparisons multiarm q_within_df q_between_df interaction_df rank k_direct"
    ).split()
)


@dataclass(frozen=True)
class Uncovered:
    """A number that no claim covers; ``typed`` says where extraction.csv holds the same number."""

    token: Token
    typed: str


@dataclass(frozen=True)
class Absent:
    """A claim that the text does not contain; ``nearly`` says what the text has instead, with other digits."""

    claim: Claim
    nearly: str


@dataclass(frozen=True)
class Coverage:
    """A text set against the claims.

    Attributes
    ----------
    covered : numbers with the claims that print the same
    uncovered : numbers that no claim covers
    left_out : numbers that are no results, each with its reason
    absent : claims about numbers that the text does not contain
    words : claims about words, which are not looked for
    """

    covered: tuple[tuple[Token, tuple[Claim, ...]], ...]
    uncovered: tuple[Uncovered, ...]
    left_out: tuple[Token, ...]
    absent: tuple[Absent, ...]
    words: tuple[Claim, ...]


def coverage(review: Review, text: str) -> Coverage:
    """Set a text against the claims of a review.

    A number is covered when a claim prints the same number with the same digits; that both are about the same thing is
    for the reader to see. A number that reads as a year, a citation, a heading and so on is covered all the same when a
    claim prints it, and left out otherwise.

    Parameters
    ----------
    review : the review, read and checked; the numbers it prints for single studies count as claims
    text : the text of the paper, or part of it
    """
    claims = [*review.claims, *row_claims(review)]
    printed = {c.id: p for c in claims if c.quantity != "text" and (p := _printed(c)) is not None}
    known = [(c, printed[c.id]) for c in claims if c.id in printed]
    tokens = [t for token in numbers_of(text) for t in _resolved(token, known)]
    covered = tuple((t, found) for t in tokens if (found := _claims_of(t, known)))
    rest = [t for t in tokens if not _claims_of(t, known) and not t.in_words]
    seen = {c.id for _, found in covered for c in found}
    return Coverage(
        covered=covered,
        uncovered=tuple(Uncovered(t, _typed(review, t)) for t in rest if not t.reason),
        left_out=tuple(t for t in rest if t.reason),
        absent=tuple(Absent(c, _nearly(c, p, tokens)) for c, p in known if c.id not in seen),
        words=tuple(c for c in claims if c.id not in printed),
    )


def _printed(claim: Claim) -> Printed | None:
    try:
        return parse_printed(claim.printed)
    except PrintedError:
        return None


def _resolved(token: Token, known: Sequence[tuple[Claim, Printed]]) -> Iterable[Token]:
    """A number as a whole where it may be one, else its parts."""
    if not token.parts or _claims_of(token, known):
        return (token,)
    if "/" in token.text:
        return token.parts
    # A blank may also stand between two numbers; that a part alone is somewhere among the claims says nothing.
    return token.parts if all(_claims_of(p, known) for p in token.parts) else (token,)


def _claims_of(token: Token, known: Sequence[tuple[Claim, Printed]]) -> tuple[Claim, ...]:
    """Claims that print this number, by its likeliest reading that any claim prints."""
    for reading in token.readings:
        found = tuple(c for c, p in known if same_number(reading, p))
        if found:
            return found
    return ()


def same_number(a: Printed, b: Printed) -> bool:
    """Whether two texts print the same number: value, digits and relation; a percent sign may be left to the heading."""
    digits = a.unit == b.unit or math.isclose(a.unit, b.unit, rel_tol=1e-12)
    return (
        digits
        and a.relation.rstrip("=") == b.relation.rstrip("=")
        and math.isclose(a.value, b.value, rel_tol=1e-12, abs_tol=0)
    )


def _nearly(claim: Claim, printed: Printed, tokens: Iterable[Token]) -> str:
    """The number with other digits, or without its sign or relation; a count is no number with decimals."""
    counted = claim.quantity in _COUNTS or (claim.quantity == "value" and printed.unit >= 1)
    for token in tokens:
        for r in token.readings:
            if counted and r.unit < 1:
                continue
            coarse = max(r.unit, printed.unit)
            if (
                r.relation == printed.relation
                and r.unit != printed.unit
                and abs(r.value - printed.value) <= coarse / 2 < abs(printed.value)
            ):
                return f"the text has {token.text} (line {token.line})"
            if r.unit == printed.unit and abs(r.value) == abs(printed.value) != 0:
                return f"the text has {token.text} (line {token.line})"
    return ""


def _typed(review: Review, token: Token) -> str:
    """The first cell of extraction.csv with the same number; nothing for one or two digits, which are everywhere."""
    if sum(ch.isdigit() for ch in token.text) < 3:
        return ""
    for row in review.rows:
        for column in row.cells:
            cell = row.text(column)
            if cell and any(ch.isdigit() for ch in cell) and _is_same(cell, token):
                return f"extraction.csv row {row.line}, {column}"
    return ""


def _is_same(cell: str, token: Token) -> bool:
    try:
        typed = parse_printed(cell)
    except PrintedError:
        return False
    return any(same_number(r, typed) for r in token.readings)
