"""The horizontal axis: which part of the effects it shows, and its ticks."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.figures.style import SMALL
from metaudit.figures.typeset import width
from metaudit.figures.wording import number

if TYPE_CHECKING:
    from metaudit.measures import Measure

Interval = tuple[float, float, float]
Transform = Callable[[float], float]

NOWHERE: Interval = (math.nan, math.nan, math.nan)

_TICK_GAP = 6.0
_MOST_TICKS = 11
_SUPERSCRIPTS = str.maketrans("0123456789-", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b")
_PROPORTIONS = (
    (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999),
    (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999),
    (0.01, 0.1, 0.5, 0.9, 0.99),
)
_CORRELATIONS = (
    tuple(s * r for r in (0.99, 0.95, 0.9, 0.8, 0.6, 0.4, 0.2, 0.0) for s in (-1, 1)),
    (-0.99, -0.9, -0.5, 0.0, 0.5, 0.9, 0.99),
)


@dataclass(frozen=True)
class Tick:
    """One tick: where, in the units of the axis, and its label."""

    at: float
    label: str


@dataclass(frozen=True)
class Axis:
    """A horizontal axis from ``low`` to ``high`` (analysis units) between two places of the sheet (points)."""

    low: float
    high: float
    left: float
    right: float

    def place(self, value: float) -> float:
        """Where a value stands; values beyond the ends stand at the ends."""
        share = (value - self.low) / (self.high - self.low)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def holds(self, value: float) -> bool:
        """Whether a value lies within the axis."""
        slack = 1e-9 * (self.high - self.low)
        return self.low - slack <= value <= self.high + slack


def shown_range(
    studies: Sequence[Interval],
    summaries: Sequence[Interval],
    *,
    prediction: Interval = NOWHERE,
    null: float | None,
    symmetric: bool,
) -> tuple[float, float]:
    """Choose the part of the effects to show, so that one huge interval does not squash the rest.

    Parameters
    ----------
    studies : estimate, lower and upper limit of each study, on the scale of the axis
    summaries : the same for pooled and printed results, which are shown in full unless they are far away
    prediction : the prediction interval, which may widen the range by a quarter on either side
    null : value of no effect, always shown
    symmetric : whether both sides of the null get the same room (ratio measures), as long as that leaves no more than a
        quarter of the axis empty on the shorter side
    """
    finite = [s for s in studies if all(map(math.isfinite, s))] or [s for s in summaries if all(map(math.isfinite, s))]
    if not finite:
        return (-1.0, 1.0) if null is None else (null - 1.0, null + 1.0)
    half = statistics.median((high - low) / 2 for _, low, high in finite)
    low, high = _trimmed(finite, half)
    reach = 6 * max(half, (high - low) / 4)
    for value in (v for s in summaries for v in s if math.isfinite(v)):
        if low - reach <= value <= high + reach:
            low, high = min(low, value), max(high, value)
    quarter = (high - low) / 4
    low = min(low, max(prediction[1], low - quarter)) if math.isfinite(prediction[1]) else low
    high = max(high, min(prediction[2], high + quarter)) if math.isfinite(prediction[2]) else high
    if null is not None:
        low, high = _around(null, low, high, symmetric)
    room = 0.03 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def _trimmed(intervals: Sequence[Interval], half: float) -> tuple[float, float]:
    centre = statistics.median(e for e, _, _ in intervals)
    spread = max(half, statistics.median(abs(e - centre) for e, _, _ in intervals))
    inner = [e for e, _, _ in intervals if abs(e - centre) <= 6 * spread] or [centre]
    core_low, core_high = min(inner), max(inner)
    allowance = max(2.5 * half, 0.35 * (core_high - core_low))
    full_low, full_high = min(s[1] for s in intervals), max(s[2] for s in intervals)
    low, high = max(full_low, core_low - allowance), min(full_high, core_high + allowance)
    cheap = full_high - full_low <= 1.4 * (high - low)
    return (full_low, full_high) if cheap else (low, high)


def _around(null: float, low: float, high: float, symmetric: bool) -> tuple[float, float]:
    below, above = max(null - low, 0.0), max(high - null, 0.0)
    share = 0.25
    if symmetric:  # mirrored, half of the axis would be empty where all effects lie on one side
        share = 1.0 if min(below, above) >= 0.5 * max(below, above) else 1 / 3
    below, above = max(below, share * above), max(above, share * below)
    return null - below, null + above


def ticks(axis: Axis, measure: Measure, *, to_axis: Transform, to_natural: Transform) -> tuple[Tick, ...]:
    """Choose the densest sensible set of ticks whose labels keep apart."""
    low, high = to_natural(axis.low), to_natural(axis.high)
    best: tuple[Tick, ...] = ()
    for ladder in _ladders(low, high, measure, curved=to_axis(0.3) != 0.3):
        kept = tuple(t for t in (Tick(to_axis(v), label) for v, label in ladder) if axis.holds(t.at))
        if len(kept) > _MOST_TICKS or not _apart(kept, axis):
            continue
        if len(kept) >= 3:
            return kept
        best = max(best, kept, key=len)
    return best


def _apart(kept: Sequence[Tick], axis: Axis) -> bool:
    ends = [(axis.place(t.at), width(t.label, SMALL) / 2) for t in sorted(kept, key=lambda t: t.at)]
    return all(b - a >= wa + wb + _TICK_GAP for (a, wa), (b, wb) in itertools.pairwise(ends))


def _ladders(low: float, high: float, measure: Measure, *, curved: bool) -> Iterator[list[tuple[float, str]]]:
    percent = measure.kind == "proportion"
    if measure.ratio and curved:
        yield from _log_ladders(low, high)
    elif curved:
        sets = _PROPORTIONS if percent else _CORRELATIONS
        for chosen in sets:
            yield [(v, f"{100 * v:g}" if percent else number(v, 2 if abs(v) > 0.9 else 1)) for v in sorted(set(chosen))]
    factor = 100.0 if percent else 1.0
    for values, decimals in _steps(low * factor, high * factor):
        yield [(v / factor, number(v, decimals)) for v in values]


def _log_ladders(low: float, high: float) -> Iterator[list[tuple[float, str]]]:
    if low <= 0 or not math.isfinite(high):
        return
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    yield [(m * 10.0**d, _power_label(m, d)) for d in range(first, last + 1) for m in (1, 2, 5)]
    if last - first < 2:
        return
    for stride in range(1, last - first + 1):
        yield [(10.0**d, _power_label(1, d)) for d in range(first, last + 1) if d % stride == 0]


def _power_label(multiplier: int, decade: int) -> str:
    if -4 <= decade <= 4:
        return f"{multiplier * 10.0**decade:.{max(-decade, 0)}f}"
    power = "10" + str(decade).translate(_SUPERSCRIPTS)
    return power if multiplier == 1 else f"{multiplier}\u00d7{power}"


def _steps(low: float, high: float) -> Iterator[tuple[list[float], int]]:
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return
    decade = math.floor(math.log10(span)) - 1
    for exponent in range(decade, decade + 3):
        for multiplier in (1.0, 2.0, 2.5, 5.0):
            step = multiplier * 10.0**exponent
            if not 2 <= span / step <= 8:
                continue
            decimals = max(0, -exponent + (1 if multiplier == 2.5 else 0))
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            yield [i * step for i in range(first, last + 1)], decimals


def as_interval(values: Iterable[float], to_axis: Transform) -> Interval:
    """Estimate and limits on the scale of the axis; what cannot be put there is nan or infinite."""
    estimate, low, high = (math.nan if math.isnan(v) else to_axis(v) for v in values)
    return estimate, low, high
