"""Which whole numbers of people a printed percentage can stand for."""

from __future__ import annotations

import math
from collections.abc import Iterable

from metaudit.printed import Interval

MOST_PEOPLE = 400


def counts_of(window: Interval, n: int) -> range:
    """All counts of ``n`` people whose fraction lies in the window.

    Parameters
    ----------
    window : of fractions; what lies outside 0 to 1 is no fraction of people
    n : from 1 up to ``MANKIND``, so that the product with an end of the window is off by less than one person
    """
    low, high = (min(max(end, 0.0), 1.0) for end in (window.low, window.high))
    first, last = max(0, math.floor(low * n) - 1), min(n, math.ceil(high * n) + 1)
    while first <= last and first / n not in window:
        first += 1
    while last > first and last / n not in window:
        last -= 1
    return range(first, last + 1)


def smallest_pairs(window: Interval, *, most: int = 3, largest: int = MOST_PEOPLE) -> list[tuple[int, int]]:
    """The smallest (events, n) that print as the percentage, by n; reduced fractions and their multiples alike."""
    found: list[tuple[int, int]] = []
    for n in range(1, largest + 1):
        for x in counts_of(window, n):
            if 0 < x < n or window.low <= 0 or window.high >= 1:
                found.append((x, n))
                if len(found) == most:
                    return found
    return found


def fractions_in_words(pairs: Iterable[tuple[int, int]]) -> str:
    """``20/39 or 39/76``."""
    return " or ".join(f"{x}/{n}" for x, n in pairs)
