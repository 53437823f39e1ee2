"""Subsets counted by their estimate and I², as a figure shows them (Olkin, Dahabreh and Trikalinos 2012, figure 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from metaudit.diagnostics.gosh import Gosh, WithAndWithout
from metaudit.effects.zero_cells import Floats

ESTIMATE_BINS = 60
I2_BINS = 40


@dataclass(frozen=True)
class Cell:
    """One cell that holds subsets.

    Attributes
    ----------
    low, high : of the estimate, on the analysis scale
    i2_low, i2_high : percent
    count : subsets with both in this cell; the lower edges belong to it, of the last cell the upper too
    count_with : those of them that hold the study asked for
    """

    low: float
    high: float
    i2_low: float
    i2_high: float
    count: int
    count_with: int


def binned(found: Gosh, *, study: int, bins: tuple[int, int] = (ESTIMATE_BINS, I2_BINS)) -> Iterator[Cell]:
    """Count the subsets in a grid from the smallest to the largest estimate, and from 0 to 100 percent.

    Parameters
    ----------
    found : of ``gosh``
    study : index of the study whose subsets are counted apart
    bins : columns (estimate) and rows (I²)

    Returns
    -------
    The cells that hold any, by estimate, then I². Where all estimates are equal there is one column, without width.
    """
    low, high = float(found.estimate.min()), float(found.estimate.max())
    edges = np.linspace(low, high, bins[0] + 1) if high > low else np.array([low, low])
    steps = np.linspace(0.0, 100.0, bins[1] + 1)
    cell = _place(found.estimate, edges) * bins[1] + _place(found.i2, steps)
    size = (edges.size - 1) * bins[1]
    counts = np.bincount(cell, minlength=size)
    with_it = np.bincount(cell[found.holds(study)], minlength=size)
    for at in np.flatnonzero(counts):
        column, row = divmod(int(at), bins[1])
        low, high, bottom, top = map(float, (edges[column], edges[column + 1], steps[row], steps[row + 1]))
        yield Cell(low, high, bottom, top, count=int(counts[at]), count_with=int(with_it[at]))


def _place(values: Floats, edges: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Which bin each value is in."""
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, edges.size - 2)


def divider(found: Gosh, halves: Sequence[WithAndWithout]) -> int:
    """Which study divides the subsets most: with it and without, the medians of the estimate or of I² lie furthest apart.

    Parameters
    ----------
    found : of ``gosh``
    halves : of ``by_study``

    Returns
    -------
    Its index. Distances are taken in interquartile ranges of all subsets; the first of equal ones.
    """
    wide = [float(np.subtract(*np.quantile(values, [0.75, 0.25]))) for values in (found.estimate, found.i2)]

    def apart(h: WithAndWithout) -> float:
        return max(abs(shift) / w if w > 0 else 0.0 for shift, w in zip((h.shift, h.i2_shift), wide, strict=True))

    return max(range(len(halves)), key=lambda j: apart(halves[j]))
