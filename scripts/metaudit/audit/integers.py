"""Which whole numbers of people a printed percentage can stand for."""

from __future__ import annotations

import math
from collections.abc import Iterable

from metaudit.printed import Interval

MOST_PEOPLE = 400


def counts_of(window: Interval, n: int) -> list[int]:
    """All counts of ``n`` people whose fraction lies in the window."""
    first, last = max(0, math.floor(window.low * n) - 1), min(n, math.ceil(window.high * n) + 1)
    return [x for x in range(first, last + 1) if x / n in window]


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
