"""The assumed correlation behind a pooled result: every value of it that gives the printed digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise

import numpy as np

from metaudit.errors import DataError
from metaudit.paired.change import BeforeAfter, changes, checked
from metaudit.pooling.pool import pool
from metaudit.printed import Interval, parse_printed

QUANTITIES = ("estimate", "se", "ci_low", "ci_high", "tau2", "i2", "q", "p", "q_p", "pi_low", "pi_high")
USUAL = (0.0, 0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
_GRID = np.round(np.linspace(-0.99, 0.99, 199), 2)
_SPLITS = 40


@dataclass(frozen=True)
class Range:
    """A range of correlations in which every printed number is met, and the usual values inside it."""

    low: float
    high: float
    usual: tuple[float, ...]


@dataclass(frozen=True)
class Searched:
    """What a search for the correlation found.

    Attributes
    ----------
    measure, variance : of the effects
    options : how they were pooled
    assumed : names of the studies that report no correlation
    ranges : where all printed numbers are met; empty when nowhere
    nearest : the middle of the first range, or the correlation of the grid at which most numbers are met
    met : the numbers met there
    """

    measure: str
    variance: str
    options: Mapping[str, object]
    assumed: tuple[str, ...]
    ranges: tuple[Range, ...]
    nearest: float
    met: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The finding in words."""
        who = f"assumed for {len(self.assumed)} studies"
        if not self.ranges:
            return f"No correlation {who} gives all printed numbers; {self.nearest:g} gives {', '.join(self.met) or 'none of them'}."
        parts = " or ".join(
            f"{r.low:.3f} to {r.high:.3f}" + (f" (such as {r.usual[0]:g})" if r.usual else "") for r in self.ranges
        )
        return f"A correlation of {parts}, {who}, gives all printed numbers."


def searched_correlation(
    studies: Sequence[BeforeAfter],
    printed: Mapping[str, str],
    *,
    measure: str = "SMCR",
    variance: str = "LS",
    **options: object,
) -> Searched:
    """Every correlation, assumed for the studies that report none, with which the pooled numbers print as they do.

    Between the points of a grid with steps of 0.01 every number is taken to rise or to fall; where it enters and leaves the interval of
    its printed digits is found by bisection, and the ranges of all numbers are intersected.

    Parameters
    ----------
    studies : before/after groups
    printed : printed texts by quantity: ``estimate``, ``ci_low``, ``ci_high``, ``tau2``, ``i2`` (percent) ...
    measure, variance : see ``metaudit.paired.change.changes``
    options : of ``metaudit.pooling.pool.pool``: model, tau2, ci, level ...

    Raises
    ------
    DataError
        when every study reports its correlation, or an unknown quantity is printed.
    """
    unknown = [name for name in printed if name not in QUANTITIES]
    if unknown or not printed:
        raise DataError(f"a pooled change prints {', '.join(QUANTITIES)}; given is {', '.join(unknown) or 'nothing'}")
    assumed = tuple(s.name for s in checked(studies) if np.isnan(s.known_r))
    if not assumed:
        raise DataError("every study reports its correlation, or the SDs that it follows from: there is none to search")
    windows = {name: parse_printed(text).interval() for name, text in printed.items()}

    @cache
    def values(r: float) -> dict[str, float]:
        pooled = pool(*changes(studies, measure, r=r, variance=variance), **options)  # type: ignore[arg-type]
        return {name: float(getattr(pooled, name)) for name in windows}

    ranges = [(float(_GRID[0]), float(_GRID[-1]))]
    for name, window in windows.items():
        ranges = _common(ranges, ranges_inside(partial(_named, values, name), window))
    counts = [tuple(n for n, w in windows.items() if values(float(r))[n] in w) for r in _GRID]
    best = max(range(len(_GRID)), key=lambda i: (len(counts[i]), -abs(_GRID[i] - 0.5)))
    found = tuple(Range(a, b, tuple(u for u in USUAL if a - 1e-9 <= u <= b + 1e-9)) for a, b in ranges)
    nearest = (found[0].low + found[0].high) / 2 if found else float(_GRID[best])
    return Searched(
        measure, variance, dict(options), assumed, found, nearest, tuple(windows) if found else counts[best]
    )


def ranges_inside(value: Callable[[float], float], window: Interval) -> list[tuple[float, float]]:
    """Ranges of the correlation in which a value lies in a window.

    Parameters
    ----------
    value : of the correlation; NaN where it is not defined. Between points 0.01 apart it is taken to rise or to fall.
    window : the interval of a printed number
    """
    out: list[tuple[float, float]] = []
    for a, b in pairwise(map(float, _GRID)):
        ends = (value(a), value(b))
        cuts = [a, b]
        for edge in (window.low, window.high):
            if min(ends) < edge < max(ends):
                cuts.append(_crossing(value, edge, a, b))
        cuts.sort()
        for low, high in pairwise(cuts):
            if high > low and value((low + high) / 2) in window:
                if out and out[-1][1] == low:
                    out[-1] = (out[-1][0], high)
                else:
                    out.append((low, high))
    return out


def _named(values: Callable[[float], dict[str, float]], name: str, r: float) -> float:
    return values(r)[name]


def _crossing(value: Callable[[float], float], edge: float, a: float, b: float) -> float:
    """Where a value that rises or falls from a to b passes an edge."""
    rising = value(b) > value(a)
    for _ in range(_SPLITS):
        middle = (a + b) / 2
        a, b = (a, middle) if (value(middle) > edge) is rising else (middle, b)
    return (a + b) / 2


def _common(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Where two lists of ranges overlap."""
    pairs = ((max(a, c), min(b, d)) for a, b in first for c, d in second)
    return sorted((low, high) for low, high in pairs if low < high)
