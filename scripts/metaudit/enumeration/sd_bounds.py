"""Which SDs whole numbers on a scale can have: bounds given the mean, and whether mean and SD go together exactly.

Bounds: all numbers equal or next to each other, against all but one at the ends of the scale. Mean and SD together: the sum and
the sum of squares have to be whole numbers of the same parity (Anaya 2016, GRIMMER, doi 10.7287/peerj.preprints.2400), and some
set of whole numbers on the scale has to have both (``squares``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from metaudit.enumeration import squares
from metaudit.enumeration.debit import DENOMINATORS
from metaudit.enumeration.grim import divisions_of, sums_within
from metaudit.enumeration.windows import at_least, at_most, printed_window
from metaudit.errors import DataError
from metaudit.printed import Interval, parse_printed


@dataclass(frozen=True)
class Scale:
    """Scores of n people: the sum of ``items`` whole numbers each from ``low`` to ``high``, counted from the lowest score."""

    n: int
    items: int
    low: int
    width: int

    def sd(self, total: int, sum_of_squares: int, *, degrees: int) -> float:
        """SD of the item average, from the sums over people of the scores counted from the lowest one."""
        centred = self.n * sum_of_squares - total**2  # whole numbers: nothing cancels
        return math.sqrt(centred / (self.n * degrees)) / self.items


@dataclass(frozen=True)
class SdCheck:
    """Whether a mean and an SD of whole numbers go together.

    Attributes
    ----------
    mean, sd : as printed
    n, items : people, and whole-number items averaged per person
    scale : ends of the scale of one item; None where not known
    possible : whether whole numbers have both; also true when that could not be settled
    settled : whether ``possible`` is proven
    sds : smallest and largest SD with a mean that prints so; NaN where no sum gives the mean, infinite without a scale
    reason : ``mean``, ``too small``, ``too large``, ``between`` (no sum of squares fits), or empty
    """

    mean: str
    sd: str
    n: int
    items: int
    scale: tuple[int, int] | None
    possible: bool
    settled: bool
    sds: tuple[float, float]
    reason: str

    @property
    def sentence(self) -> str:
        """The finding in words."""
        of = f"{self.n} people" + (f" with {self.items} items each" if self.items > 1 else "")
        of += f" on a scale from {self.scale[0]} to {self.scale[1]}" if self.scale else ""
        both = f"the mean {self.mean} and the SD {self.sd}"
        if self.possible:
            return (
                f"Whole numbers of {of} can have {both}."
                if self.settled
                else f"Whether {of} can have {both} is not settled."
            )
        if self.reason == "mean":
            return f"No whole numbers of {of} have the mean {self.mean}."
        decimals = max(parse_printed(self.sd).decimals, 0) + 1
        low, high = (f"{x:.{decimals}f}" for x in self.sds)
        if self.reason == "between":
            return f"No whole numbers of {of} have {both}: their sum and their sum of squares cannot both be whole numbers of one set of data."
        side = f"at least {low}" if self.reason == "too small" else f"at most {high}"
        return f"No whole numbers of {of} have {both}: with this mean the SD is {side}."


def sd_bounds(
    mean: str,
    n: int,
    *,
    scale_min: int,
    scale_max: int,
    items: int = 1,
    denominator: str = "sample",
    rounding: str = "nearest",
) -> tuple[float, float]:
    """Smallest and largest SD of whole numbers on a scale whose mean prints so; NaN when no sum gives the mean.

    Parameters
    ----------
    mean : the printed text
    n : people
    scale_min, scale_max : ends of the scale of one item
    items : whole-number items averaged per person
    denominator : ``sample`` (n - 1), ``population`` (n), or ``either`` (the wider of both)
    rounding : ``nearest`` or ``truncated``
    """
    totals, scale = _totals(mean, n, items=items, ends=(scale_min, scale_max), rounding=rounding)
    return _bounds(totals, scale, _degrees(denominator, n), bounded=True)


def mean_sd_feasible(
    mean: str, sd: str, n: int, *, scale_min: int | None = None, scale_max: int | None = None, items: int = 1,
    denominator: str = "sample", rounding: str = "nearest",
) -> SdCheck:  # fmt: skip
    """Whether ``n`` people, each with the average of ``items`` whole numbers, can have a mean and an SD that print so.

    Parameters
    ----------
    mean, sd : the printed texts
    n : people
    scale_min, scale_max : ends of the scale of one item; both or neither
    items : whole-number items averaged per person
    denominator : of the variance: ``sample`` (n - 1), ``population`` (n), or ``either``
    rounding : ``nearest`` (ties go either way) or ``truncated``

    Raises
    ------
    DataError
        when a number of people, a scale or a choice makes no sense.
    PrintedError
        when a text is no printed number.
    """
    if (scale_min is None) != (scale_max is None):
        raise DataError("give both ends of the scale, or neither")
    ends = None if scale_min is None or scale_max is None else (scale_min, scale_max)
    window = printed_window(sd, rounding)
    totals, scale = _totals(mean, n, items=items, ends=ends, rounding=rounding)
    degrees = _degrees(denominator, n)
    sds = _bounds(totals, scale, degrees, bounded=ends is not None)
    if not totals:
        return SdCheck(mean, sd, n, items, ends, False, True, sds, "mean")
    found = _search(totals, scale, degrees, window, bounded=ends is not None)
    if found is not False:
        return SdCheck(mean, sd, n, items, ends, True, found is True, sds, "")
    # no open end of a window can hold the bound itself, so that a comparison with the ends tells the two apart
    reason = "between"
    if sds[0] not in Interval(-math.inf, window.high, high_open=window.high_open):
        reason = "too small"
    elif sds[1] not in Interval(window.low, math.inf, window.low_open):
        reason = "too large"
    return SdCheck(mean, sd, n, items, ends, False, True, sds, reason)


def _degrees(denominator: str, n: int) -> list[int]:
    """What the sum of squares is divided by."""
    if denominator not in DENOMINATORS:
        raise DataError(f"SD denominator {denominator!r} is not known; choose {', '.join(DENOMINATORS)}")
    if denominator != "population" and n < 2:
        raise DataError("the SD of one person is not defined")
    return {"sample": [n - 1], "population": [n], "either": [n - 1, n]}[denominator]


def _totals(mean: str, n: int, *, items: int, ends: tuple[int, int] | None, rounding: str) -> tuple[range, Scale]:
    """Sums of scores that give the mean, counted from the lowest score, and the scale (of width 0 where not known)."""
    parts = divisions_of(n, items)
    if ends is not None and ends[0] >= ends[1]:
        raise DataError(f"a scale goes from a smaller to a larger whole number, not from {ends[0]} to {ends[1]}")
    low, high = ends or (None, None)
    sums = sums_within(mean, parts, low=low, high=high, rounding=rounding)
    shift = low if low is not None else sums.start // parts
    width = items * (ends[1] - ends[0]) if ends else 0
    return range(sums.start - shift * parts, sums.stop - shift * parts), Scale(n, items, shift, width)


def _bounds(totals: range, scale: Scale, degrees: list[int], *, bounded: bool) -> tuple[float, float]:
    """Smallest and largest SD over the sums; of two denominators the smaller one gives the larger SD."""
    if not totals:
        return math.nan, math.nan
    n, width = scale.n, scale.width
    low = min(scale.sd(t, squares.smallest_squares(t, n), degrees=max(degrees)) for t in totals)
    if not bounded:
        return low, math.inf
    return low, max(scale.sd(t, squares.largest_squares(t, n, width), degrees=min(degrees)) for t in totals)


def _search(totals: range, scale: Scale, degrees: list[int], window: Interval, *, bounded: bool) -> bool | None:
    """Whether some sum and sum of squares give an SD in the window; None where none is proven and some are not settled."""
    answer: bool | None = False
    for total in totals:
        for d in degrees:
            lo, hi = _squares_within(total, scale, d, window, bounded=bounded)
            settled = _any_possible(total, scale, lo, hi) if bounded else _any_unbounded(total, scale.n, lo, hi)
            if settled:
                return True
            answer = None if settled is None else answer
    return answer


def _squares_within(total: int, scale: Scale, degrees: int, window: Interval, *, bounded: bool) -> tuple[int, int]:
    """First and last sum of squares whose SD lies in the window, of the parity of the sum; none when first > last."""
    n, base = scale.n, total * total // scale.n
    least = squares.smallest_squares(total, n)
    lo = max(least, base - 1 + math.floor(degrees * (scale.items * max(window.low, 0.0)) ** 2))
    lo += (lo - total) % 2
    while not at_least(window, scale.sd(total, lo, degrees=degrees)):
        lo += 2
    if bounded:
        hi = most = squares.largest_squares(total, n, scale.width)
    else:
        hi = most = lo  # more than one sum of squares is only of use on a scale
    if math.isfinite(window.high):
        hi = base + 2 + math.ceil(degrees * (scale.items * max(window.high, 0.0)) ** 2)
        hi = min(hi, most) if bounded else hi
    hi -= (hi - total) % 2
    while hi >= lo and not at_most(window, scale.sd(total, hi, degrees=degrees)):
        hi -= 2
    return lo, hi


def _any_possible(total: int, scale: Scale, lo: int, hi: int) -> bool | None:
    """Whether one of the sums of squares is possible on the scale."""
    if lo > hi:
        return False
    if lo <= min(hi, _assured(total, scale.width)):
        return True
    if scale.width > squares.WIDEST:
        return None
    return any(squares.possible_squares(q, total, scale.n, width=scale.width) for q in range(lo, hi + 1, 2))


def _assured(total: int, width: int) -> int:
    """The sum of squares up to which every second one is possible."""
    return width * total - squares.assured_shortfall(width)


def _any_unbounded(total: int, n: int, lo: int, hi: int) -> bool | None:
    """The same without ends: proven on some scale around the mean, or not settled."""
    if lo > hi:
        return False
    width = 1
    while width <= n:  # on wider scales nothing is assured that is not on narrower ones
        origin = total // n - width // 2
        moved, shift = total - n * origin, n * origin**2 - 2 * origin * total
        if 0 <= moved <= n * width and lo + shift <= _assured(moved, width):
            return True
        width += max(1, width // 4)
    return None
