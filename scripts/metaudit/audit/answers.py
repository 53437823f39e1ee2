"""Our value of a claim under every specification that a method leaves open: by arrays where they suffice, in full when asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from metaudit.audit.descriptive import described
from metaudit.audit.judge import HIT, Comparison, compare
from metaudit.audit.one_study import with_own_interval
from metaudit.audit.options import Options
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.audit.values import other_values, our_value
from metaudit.effects.convert import Converted
from metaudit.effects.zero_cells import Floats
from metaudit.evaluate import Evaluated
from metaudit.formats.review import Analysis, Claim
from metaudit.printed import Interval, Printed
from metaudit.records import record
from metaudit.search.targets import Windows
from metaudit.specs import Spec

# Values of arrays and of the exact path agree far better than this, relative; nearer to an edge the exact path decides.
_DOUBT = 1e-9


@record
class Answer:
    """Our value of one claim under one specification, on the printed scale, and how it compares.

    ``choice`` names what had to be chosen beside the specification to get it; empty when nothing had to.
    """

    ours: Ours
    value: float
    comparison: Comparison
    choice: str = ""


def answer(claim: Claim, e: Evaluated, analysis: Analysis, rows: Sequence[Converted]) -> Answer:
    """Our value of one claim under one specification.

    Raises
    ------
    Unanswerable
    """
    printed = printed_of(claim)
    if printed is None:
        raise Unanswerable(f"{claim.printed!r} is not a number")
    ours = described(claim, e, rows) if claim.quantity in ("count", "value") else our_value(claim, e, analysis, rows)
    choice = ""
    if math.isnan(ours.value) and (own := with_own_interval(claim, e, analysis)) is not None:
        alone, choice = own
        ours = our_value(replace(claim, subject=""), alone, analysis, rows)
        ours = replace(ours, how=f"{ours.how}; {choice}")
    value = on_printed_scale(claim, printed, ours.value)
    comparison = compare(value, printed, rounding=claim.rounding)
    if not comparison.hit and claim.quantity == "nnt" and not math.isinf(value):
        again = compare(math.ceil(value), printed, rounding=claim.rounding)
        if again.kind == HIT:
            return Answer(
                Ours(float(math.ceil(value)), f"{ours.how} = {value:.4g}, rounded up"), float(math.ceil(value)), again
            )
    if not comparison.hit and claim.quantity not in ("count", "value"):
        for other, choice in other_values(claim, e, analysis):
            on_scale = on_printed_scale(claim, printed, other.value)
            compared = compare(on_scale, printed, rounding=claim.rounding)
            if compared.hit:
                return Answer(other, on_scale, compared, choice)
    return Answer(ours, value, comparison, choice)


class Answers(Mapping[Spec, Answer]):
    """The answers to one claim, by specification; those without a value are missing.

    Parameters
    ----------
    specs : all specifications of the bundle
    values : on the printed scale, shape ``(s,)``; NaN where there is no answer
    rounds, cuts : whether a value prints as the number when it is rounded, or only when digits are cut
    known : answers that are there in full
    work_out : gives any other in full
    """

    def __init__(
        self,
        specs: Options,
        values: Floats,
        *,
        rounds: Any,
        cuts: Any,
        known: dict[Spec, Answer],
        work_out: Callable[[Spec], Answer],
    ) -> None:
        self.values_of, self.rounds, self.cuts = values, rounds, cuts
        self.given = ~np.isnan(values)
        self.hit = (rounds | cuts) & self.given
        self._specs, self._known, self._work_out = specs, known, work_out

    def _at(self, spec: object) -> int:
        i = self._specs.place.get(spec, -1)  # type: ignore[call-overload]
        return i if i >= 0 and self.given[i] else -1

    def __getitem__(self, spec: Spec) -> Answer:
        known = self._known.get(spec)  # those that are known have a value
        if known is None:
            if self._at(spec) < 0:
                raise KeyError(spec)
            known = self._known[spec] = self._work_out(spec)
        return known

    def __contains__(self, spec: object) -> bool:
        return self._at(spec) >= 0

    def __iter__(self) -> Iterator[Spec]:
        return (s for s, g in zip(self._specs, self.given, strict=True) if g)

    def __len__(self) -> int:
        return int(self.given.sum())

    def enter_another(self, spec: Spec, a: Answer) -> None:
        """Take the answer of another choice beside a specification, where the conventional one does not hit."""
        i = self._at(spec)
        if i < 0 or self.hit[i]:
            return
        hit = a.comparison.hit
        self.values_of[i], self.hit[i], self.rounds[i] = a.value, hit, a.comparison.kind == HIT
        self.cuts[i] = hit and not self.rounds[i]
        self._known[spec] = a

    @property
    def hits(self) -> list[Spec]:
        """The specifications that give the printed number, the conventional one first."""
        return [self._specs[i] for i in np.flatnonzero(self.hit).tolist()]

    def gives(self, spec: Spec | None) -> bool:
        """Whether one specification gives the printed number."""
        i = self._at(spec)
        return i >= 0 and bool(self.hit[i])


def judged(claims: Sequence[Claim], values: Sequence[Floats]) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
    """Which values print as a claim's number by rounding, which by cutting, and which lie so near an edge that it is open.

    Parameters
    ----------
    values : of each claim, on its printed scale, shape ``(c,)``

    Returns
    -------
    Each for every claim. All claims are compared in one step, because most have few values.
    """
    sizes = [v.size for v in values]
    bounds = [_bounds(claim) for claim in claims]
    x = np.concatenate(values)
    low, high, low_open, high_open, slack, cut_low, cut_high, cut_low_open, cut_high_open, cut_slack, truncated = (
        np.repeat(np.array(bounds), sizes, axis=0).T
    )
    found = Windows(low, high, low_open > 0, high_open > 0, slack).contain(x)
    doubt = _near(x, low) | _near(x, high)
    free = ~found  # by cutting only what rounding does not give
    cuts = free & Windows(cut_low, cut_high, cut_low_open > 0, cut_high_open > 0, cut_slack).contain(x)
    doubt |= free & (_near(x, cut_low) | _near(x, cut_high))
    rounds, cuts = found & (truncated == 0), cuts | (found & (truncated > 0))
    ends = np.cumsum(sizes)[:-1]
    return np.split(rounds, ends), np.split(cuts, ends), np.split(doubt, ends)


def _bounds(claim: Claim) -> tuple[float, ...]:
    """The ends of the interval that counts and of that of cutting, NaN without one, with whether they are open and the slack."""
    printed = printed_of(claim)
    assert printed is not None
    nearest, cut = _windows(printed, claim.rounding)
    return (*_ends(nearest), *(_NONE if cut is None else _ends(cut)), claim.rounding == "truncated")


def _ends(w: Interval) -> tuple[float, ...]:
    return w.low, w.high, w.low_open, w.high_open, w._slack


_NONE = (math.nan, math.nan, False, False, math.nan)


def _windows(printed: Printed, rounding: str) -> tuple[Interval, Interval | None]:
    """As ``judge.compare`` has them: the interval that counts, and that of cutting where the rounding is not stated."""
    if rounding == "truncated":
        return printed.interval("truncated"), None
    free = rounding == "" and printed.relation == "="
    return printed.interval(), printed.interval("truncated") if free else None


def _near(x: Floats, ends: Floats) -> Any:
    """Whether values lie within rounding of an end; never of an infinite one, nor of none."""
    with np.errstate(invalid="ignore"):  # an infinite value less an infinite end
        return np.isfinite(ends) & (np.abs(x - ends) <= _DOUBT * np.maximum(np.abs(ends), np.abs(x)))


def printed_values(claim: Claim, values: Floats) -> Floats:
    """Natural values of a claim's quantity on the scale it is printed on (``scale.on_printed_scale``), for arrays."""
    printed = printed_of(claim)
    assert printed is not None
    # The way is linear: two points of it say which.
    zero, one = (on_printed_scale(claim, printed, x) for x in (0.0, 1.0))
    if (zero, one) == (0.0, 1.0):
        return values
    if claim.scale == "percent-reduction":
        return 100 * (1 - values)
    if claim.scale == "percent-increase":
        return 100 * (values - 1)
    if claim.scale == "log10":
        return values / math.log(10)
    return values / 100 if one < 1 else 100 * values
