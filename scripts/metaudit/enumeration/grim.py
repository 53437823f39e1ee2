"""GRIM: whether a mean of whole numbers can print as it does (Brown and Heathers 2017, Soc Psychol Personal Sci 8:363)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from metaudit.enumeration.windows import printed_window
from metaudit.errors import DataError
from metaudit.printed import Printed, parse_printed


@dataclass(frozen=True)
class GrimCheck:
    """Whether a mean is possible.

    Attributes
    ----------
    mean : as printed
    n, items : people, and whole-number items averaged per person
    possible : whether some sum of whole numbers gives the mean
    sums : first and last sum that does; empty range when none
    nearest : means that are possible next to the printed one, as they would print
    power : share of all means with these decimals that no sum gives; 0 when the check cannot find anything
    """

    mean: str
    n: int
    items: int
    possible: bool
    sums: range
    nearest: tuple[str, ...]
    power: float

    @property
    def sentence(self) -> str:
        """The finding in words."""
        of = f"{self.n} people" + (f" with {self.items} items each" if self.items > 1 else "")
        if not self.possible:
            return f"No {self.n * self.items} whole numbers ({of}) have the mean {self.mean}; the nearest are {' and '.join(self.nearest)}."
        if self.power == 0:
            return f"The mean {self.mean} of {of} cannot be checked: every number with these decimals is possible."
        return f"The mean {self.mean} is possible for {of}."


def divisions_of(n: int, items: int) -> int:
    """How many equal parts the unit of a mean has.

    Raises
    ------
    DataError
        when there are no people or no items.
    """
    if n < 1 or items < 1:
        raise DataError(f"a mean needs at least one person and one item; given are n = {n} and {items} items")
    return n * items


def sums_within(mean: str, parts: int, *, low: int | None, high: int | None, rounding: str) -> range:
    """All whole-number sums whose mean over ``parts`` numbers prints as a text, each number between low and high.

    Exact: the ends of the window are taken as the fractions that they are.

    Raises
    ------
    DataError
        when a bound (``<``, ``>``) leaves an end open and the scale does not give it.
    """
    printed, window = parse_printed(mean), printed_window(mean, rounding)
    factor = 100 if printed.percent else 1
    firsts = [] if low is None else [low * parts]
    lasts = [] if high is None else [high * parts]
    if math.isfinite(window.low):
        bottom = _exact(window.low, printed) * parts / factor
        firsts.append(math.floor(bottom) + 1 if window.low_open else math.ceil(bottom))
    if math.isfinite(window.high):
        top = _exact(window.high, printed) * parts / factor
        lasts.append(math.ceil(top) - 1 if window.high_open else math.floor(top))
    if not firsts or not lasts:
        raise DataError("a mean printed as a bound (<, >) can only be checked on a scale with both ends")
    return range(max(firsts), min(lasts) + 1)


def _exact(end: float, printed: Printed) -> Fraction:
    """An end of a window, half a unit of the last digit or a whole number of them away from 0, as a fraction."""
    if "/" in printed.text:
        return Fraction(end).limit_denominator(2 * round(1 / printed.unit))
    half = Fraction(10) ** -printed.decimals / 2
    return round(Fraction(end) / half) * half


def grim(
    mean: str,
    n: int,
    *,
    items: int = 1,
    scale_min: int | None = None,
    scale_max: int | None = None,
    rounding: str = "nearest",
) -> GrimCheck:
    """Whether ``n`` people, each with the average of ``items`` whole numbers, can have a mean that prints so.

    Parameters
    ----------
    mean : the printed text
    n : people
    items : whole-number items averaged per person
    scale_min, scale_max : ends of the scale of one item, where known
    rounding : ``nearest`` (ties go either way, so that rounding up, down and to even are all allowed) or ``truncated``

    Raises
    ------
    DataError
        when n or items is not positive, or a bound is given without a scale.
    PrintedError
        when the mean is no printed number.
    """
    parts = divisions_of(n, items)
    printed = parse_printed(mean)
    sums = sums_within(mean, parts, low=scale_min, high=scale_max, rounding=rounding)
    decimals = max(printed.decimals, 0)
    centre = round(printed.value * parts)
    if scale_min is not None and scale_max is not None:
        centre = min(max(centre, scale_min * parts), scale_max * parts)
    near = sorted((abs(t / parts - printed.value), t) for t in (centre - 1, centre, centre + 1))[:2]
    ends = [t for _, t in near if _on_scale(t, parts, scale_min, scale_max)]
    nearest = tuple(dict.fromkeys(f"{t / parts:.{decimals + 1}f}" for t in sorted(ends)))
    return GrimCheck(mean, n, items, bool(sums), sums, nearest, grim_power(parts, decimals))


def _on_scale(total: int, parts: int, low: int | None, high: int | None) -> bool:
    return (low is None or total >= low * parts) and (high is None or total <= high * parts)


def grim_power(parts: int, decimals: int) -> float:
    """Share of the numbers with so many decimals that no sum of ``parts`` whole numbers gives.

    Each of the ``parts`` means between two whole numbers prints as one of ``10**decimals`` numbers (as two at a tie, which
    both count as possible), so ``1 - parts / 10**decimals`` of them, without ties, are free (Brown and Heathers 2017).
    """
    numbers = int(10**decimals)
    if parts >= numbers:
        return 0.0
    taken = set()
    for t in range(parts):
        doubled, denominator = 2 * t * numbers, 2 * parts
        below, rest = divmod(doubled, denominator)
        if 2 * rest <= denominator:
            taken.add(below % numbers)
        if 2 * rest >= denominator:
            taken.add((below + 1) % numbers)
    return 1 - len(taken) / numbers
