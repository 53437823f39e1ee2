"""Which whole numbers of people are behind printed percentages, and which panel sizes allow all of them.

The check is GRIM's (Brown and Heathers 2017) for a mean of zeros and ones: of n people only ``0/n, 1/n, ... n/n`` agree, so that a printed
share excludes panel sizes and a panel size excludes printed shares. Ties may be rounded either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from metaudit.enumeration.windows import first_count, fraction_window, last_count
from metaudit.errors import DataError, PrintedError
from metaudit.formats.advice import instead_of
from metaudit.printed import Interval

LARGEST_PANEL = 2000
_MANY = 1_000_000


@dataclass(frozen=True)
class Shares:
    """Printed shares of one panel.

    Attributes
    ----------
    printed : as printed, ``72%`` or ``0.72``
    n : people who answered
    counts : for each share the whole numbers of people that print so; an empty range when there is none
    """

    printed: tuple[str, ...]
    n: int
    counts: tuple[range, ...]

    @property
    def impossible(self) -> tuple[str, ...]:
        """The shares that no whole number of n people gives."""
        return tuple(text for text, counts in zip(self.printed, self.counts, strict=True) if not counts)

    @property
    def possible(self) -> bool:
        """Whether every share is possible."""
        return not self.impossible

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.possible:
            return f"All {len(self.printed)} shares are possible among {self.n} people."
        one = len(self.impossible) == 1
        near = "; ".join(f"{text}: {nearest(text, self.n)}" for text in self.impossible)
        return f"No whole number of {self.n} people gives {', '.join(self.impossible)} ({'nearest to ' if one else 'nearest: '}{near})."


def counts_behind(share: str, n: int, *, rounding: str = "nearest") -> range:
    """The whole numbers of n people that print as a share.

    Parameters
    ----------
    share : ``72%``, ``0.72``, ``> 80%`` or ``2/3``
    n : people who answered
    rounding : ``nearest`` or ``truncated``

    Raises
    ------
    DataError
        when n is no positive whole number of people, or the text is no share.
    PrintedError
        when the text is no printed number.
    """
    if n < 1:
        raise DataError(f"a share of {n} people: a panel has at least one")
    if n > _MANY:
        raise DataError(f"a panel of {n:,} people is beyond what is looked at ({_MANY:,})")
    window, size = _window(share, rounding), np.array([n], dtype=np.int64)
    first, last = int(first_count(window, size)[0]), int(last_count(window, size)[0])
    return range(first, last + 1) if last >= first else range(0)


def shares(printed: Sequence[str], n: int, *, rounding: str = "nearest") -> Shares:
    """Every share of one panel of n people."""
    return Shares(tuple(printed), n, tuple(counts_behind(text, n, rounding=rounding) for text in printed))


def nearest(share: str, n: int) -> str:
    """The possible shares below and above a printed one, with their counts: ``12/17 (70.6 %) and 13/17 (76.5 %)``."""
    window = _window(share, "nearest")
    middle = (max(window.low, 0.0) + min(window.high, 1.0)) / 2
    below = min(max(int(np.floor(middle * n)), 0), n)
    counts = sorted({below, min(below + 1, n)})
    return " and ".join(f"{x}/{n} ({100 * x / n:.1f} %)" for x in counts)


def panel_sizes(
    printed: Sequence[str], *, smallest: int = 1, largest: int = LARGEST_PANEL, rounding: str = "nearest"
) -> tuple[int, ...]:
    """Every panel size in which all printed shares are possible.

    Parameters
    ----------
    printed : shares of one and the same panel
    smallest, largest : panel sizes to look at
    rounding : ``nearest`` or ``truncated``

    Raises
    ------
    DataError
        when no share is given, or the sizes are no range of people.
    """
    if not printed:
        raise DataError("no share is given: one at least is needed to say anything about the panel")
    if not 1 <= smallest <= largest <= _MANY:
        raise DataError(f"panel sizes from {smallest} to {largest}: from 1 up to {_MANY:,}, the smaller first")
    n = np.arange(smallest, largest + 1, dtype=np.int64)
    for text in dict.fromkeys(printed):
        window = _window(text, rounding)
        n = n[last_count(window, n) >= first_count(window, n)]
    return tuple(int(size) for size in n)


def whole_panel(printed: Sequence[str], n: int, *, rounding: str = "nearest") -> bool:
    """Whether shares of answers that exclude one another (agree, neutral, disagree) can add up to all n people.

    Each share allows a range of counts, so that every sum between that of the smallest and that of the largest is reached.
    """
    counts = shares(printed, n, rounding=rounding).counts
    return all(counts) and sum(c[0] for c in counts) <= n <= sum(c[-1] for c in counts)


@lru_cache(maxsize=4096)
def _window(share: str, rounding: str) -> Interval:
    try:
        window = fraction_window(share, rounding)
    except PrintedError as error:
        raise PrintedError(f"{error} {instead_of(share, 'agree')}".rstrip()) from None
    if window.high <= 0 and window.high_open:
        raise DataError(f"{share!r} is no share: shares lie between 0 and 1, percentages between 0% and 100%")
    return window


def share_window(share: str, rounding: str = "nearest") -> Interval:
    """All shares of a panel that print as a text.

    Raises
    ------
    DataError
        when the number is no share.
    PrintedError
        when the text is no printed number; with what to write instead, where something tells.
    """
    return _window(share, rounding)
