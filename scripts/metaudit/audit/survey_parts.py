"""The claims about one survey, by what they are and what they speak of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from metaudit.audit.scale import is_percent, natural_window, printed_of
from metaudit.consensus.threshold import Threshold, threshold
from metaudit.errors import DataError
from metaudit.formats.review import Claim, Review
from metaudit.formats.survey_subject import CONSENSUS, HEDGES, SURVEY_QUANTITIES, Subject, survey_subject
from metaudit.printed import Interval, Printed

_TWO_THIRDS = Fraction(2, 3)


@dataclass(frozen=True)
class Part:
    """One claim about a survey.

    Attributes
    ----------
    claim : the claim
    about : the statement, round and answer it speaks of
    printed : its number; None for words
    """

    claim: Claim
    about: Subject
    printed: Printed | None

    @property
    def id(self) -> str:
        """The claim's id."""
        return self.claim.id

    @property
    def people(self) -> int:
        """A count as it is printed, 0 where it is no plain whole number."""
        p = self.printed
        return round(p.value) if p and p.relation == "=" and not p.percent and p.value == round(p.value) else 0

    @property
    def hedged(self) -> bool:
        """Whether the number is printed as an approximate one (``about 96 items``)."""
        parts = [part.split() for part in self.claim.subject.lower().replace(",", ";").split(";")]
        first = parts[0][:1]
        said = any(len(part) == 1 and part[0] in HEDGES for part in parts) or bool(first and first[0] in HEDGES)
        return said or (self.printed is not None and self.printed.relation != "=")

    @property
    def share(self) -> str:
        """A share as the consensus room reads it: ``81.3%`` or ``0.813``; empty where it is no share between 0 and 1."""
        if self.printed is None:
            return ""
        percent = is_percent(self.claim, self.printed)
        if not 0 <= self.printed.value <= (100 if percent else 1):
            return ""
        text = self.claim.printed.strip()
        return f"{text}%" if percent and not self.printed.percent else text

    def window(self, rounding: str = "nearest") -> Interval:
        """The fractions that print as the number."""
        assert self.printed is not None
        return natural_window(self.claim, self.printed, rounding=rounding)

    @property
    def roundings(self) -> tuple[str, ...]:
        """How the digits may have been made, the usual way first."""
        return (self.claim.rounding,) if self.claim.rounding else ("nearest", "truncated")


@dataclass(frozen=True)
class Survey:
    """All claims about one survey, in the order of claims.csv."""

    parts: tuple[Part, ...]

    def of(self, quantity: str) -> list[Part]:
        """The parts of one quantity."""
        return [p for p in self.parts if p.claim.quantity == quantity]

    def statements(self) -> list[Part]:
        """The statements in words that an item reached consensus, or did not."""
        return [p for p in self.of("text") if p.claim.printed.strip().lower() in CONSENSUS]

    def nearest(self, quantity: str, about: Subject) -> list[Part]:
        """What is printed of a quantity for an item, or else for its round, or else for the survey.

        Several parts where a claim does not say which round it speaks of, and none where nothing of its round is printed.
        """
        found = [p for p in self.of(quantity) if p.people or quantity == "threshold"]
        own = [p for p in found if about.item and p.about.item == about.item and _same_round(p.about, about)]
        if own:
            return own
        general = [p for p in found if not p.about.item]
        if not about.round:
            return general
        return [p for p in general if p.about.round == about.round] or [p for p in general if not p.about.round]

    def paired(self, quantity: str, about: Subject) -> Part | None:
        """The part that has the very same item, round and answer."""
        same = (about.item, about.round, about.answer)
        return next((p for p in self.of(quantity) if (p.about.item, p.about.round, p.about.answer) == same), None)


def surveys_of(review: Review) -> list[Survey]:
    """The surveys that a review's claims are about: one for each analysis, and one of the claims outside analyses."""
    grouped: dict[str, list[Part]] = {}
    for claim in review.claims:
        words = claim.quantity == "text" and claim.printed.strip().lower() in CONSENSUS
        if claim.quantity in SURVEY_QUANTITIES or words:
            part = Part(claim, survey_subject(claim.subject, claim.quantity), printed_of(claim))
            grouped.setdefault(claim.analysis, []).append(part)
    return [Survey(tuple(parts)) for parts in grouped.values()]


def thresholds_of(part: Part) -> list[Threshold]:
    """The thresholds that a printed one can mean, the usual one first.

    Without a sign, ``75%`` is at least 75 % or more than that; ``67%`` is two thirds as often as 0.67. Empty where it is no share.
    """
    text = part.share
    try:
        exact = threshold(text)
    except DataError:
        return []
    shares = [exact.share]
    if "/" not in text and exact.share != _TWO_THIRDS and _could_be_two_thirds(part, exact):
        shares.append(_TWO_THIRDS)
    signed = part.printed is not None and part.printed.relation != "="
    return [Threshold(share, strict) for strict in ((exact.strict,) if signed else (False, True)) for share in shares]


def _could_be_two_thirds(part: Part, exact: Threshold) -> bool:
    decimals = (
        part.printed.unit / (100 if part.printed.percent or part.claim.scale == "percent" else 1)
        if part.printed
        else 0.0
    )
    return abs(float(exact.share - _TWO_THIRDS)) < decimals


def by_item(parts: Sequence[Part]) -> Iterator[tuple[tuple[str, str], list[Part]]]:
    """Parts by item and round, in the order of the first of each; parts that name no item are left out."""
    grouped: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        if part.about.item:
            grouped.setdefault((part.about.item, part.about.round), []).append(part)
    yield from grouped.items()


def _same_round(a: Subject, b: Subject) -> bool:
    return not a.round or not b.round or a.round == b.round
