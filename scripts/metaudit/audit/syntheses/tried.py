"""One set of analytic choices with the numbers it gives, and how each of some claims fares under it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from metaudit.audit.judge import HIT, Comparison, compare
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.errors import DataError, InputError
from metaudit.formats.review import Claim
from metaudit.printed import Printed

CUT_COUNTS = 0.5  # a number that only comes out when digits are cut explains less than one that is rounded


@dataclass(frozen=True)
class Tried:
    """One set of analytic choices.

    Attributes
    ----------
    spec : its canonical string, as verdicts show it
    value : our value of a claim on the natural scale of its quantity; raises ``Unanswerable`` or ``DataError``
    choices : the choices that authors may leave open, by what is chosen: ``{"tau²": "REML"}``
    departures : from what the authors state, in words; empty where it agrees with them
    """

    spec: str
    value: Callable[[Claim], Ours]
    choices: Mapping[str, str] = field(default_factory=dict)
    departures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """Our value of one claim under one set of choices, on the printed scale, and how it compares."""

    ours: Ours
    value: float
    comparison: Comparison

    @property
    def hit(self) -> bool:
        """Whether the value prints as the claim."""
        return self.comparison.hit

    @property
    def weight(self) -> float:
        """How much of the claim it explains."""
        return 0.0 if not self.hit else 1.0 if self.comparison.kind == HIT else CUT_COUNTS


@dataclass(frozen=True)
class Outcome:
    """Everything that one set of choices gives for some claims.

    Attributes
    ----------
    given : claim id -> what it gives; without the claims that it cannot answer
    refused : claim id -> why it cannot
    """

    tried: Tried
    given: Mapping[str, Given]
    refused: Mapping[str, Unanswerable]

    @property
    def explained(self) -> float:
        """How much of the claims it gives, a number that is only cut counting half."""
        return sum(g.weight for g in self.given.values())

    def gives(self, claim: str) -> bool:
        """Whether it gives a claim's number."""
        return claim in self.given and self.given[claim].hit


def outcome_of(tried: Tried, claims: Sequence[Claim]) -> Outcome:
    """Ask one set of choices for every claim.

    Parameters
    ----------
    claims : with printed numbers
    """
    given: dict[str, Given] = {}
    refused: dict[str, Unanswerable] = {}
    for claim in claims:
        printed = printed_of(claim)
        if printed is None:
            continue
        try:
            ours = tried.value(claim)
        except Unanswerable as reason:
            refused[claim.id] = reason
            continue
        except (DataError, InputError) as error:
            refused[claim.id] = Unanswerable(str(error).rstrip("."))
            continue
        if math.isnan(ours.value):
            refused[claim.id] = Unanswerable(
                f"{claim.quantity} is not defined here: {ours.how}"
                if ours.how
                else f"{claim.quantity} is not defined here"
            )
            continue
        given[claim.id] = _given(claim, printed, ours)
    return Outcome(tried, given, refused)


def _given(claim: Claim, printed: Printed, ours: Ours) -> Given:
    """How our value compares; a number needed to treat may be rounded up, as it is for pooled effects."""
    value = on_printed_scale(claim, printed, ours.value)
    found = Given(ours, value, compare(value, printed, rounding=claim.rounding))
    if claim.quantity == "nnt" and not found.hit and math.isfinite(value):
        up = float(math.ceil(value))
        again = compare(up, printed, rounding=claim.rounding)
        if again.kind == HIT:
            return Given(replace(ours, value=up, how=f"{ours.how} = {value:.4g}, rounded up"), up, again)
    return found
