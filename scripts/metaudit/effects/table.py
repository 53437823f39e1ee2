"""Rows of studies as columns, and their effects as numbers alone: what is computed again and again under many methods.

The numbers are those of ``compute_effects``, whose formulas these are; how each came by is said there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.effects.bridge import AS_REPORTED, BRIDGED
from metaudit.effects.compute import check_choices, compute_effects
from metaudit.effects.convert import Converted
from metaudit.effects.dispatch import NEEDS, needs_of, work_out
from metaudit.effects.zero_cells import Floats, ZeroCells
from metaudit.measures import measure_of

# Variances that look at all studies together.
OF_ALL = ("AV", "AVHO")
_PAIRED = ("MD", "SMD")


@dataclass(frozen=True)
class Numbers:
    """Effects of the rows of a table, NaN where one has none; every array has shape ``(r,)``."""

    yi: Floats
    vi: Floats
    cells: dict[str, Floats]


class Table:
    """Converted rows, read column by column and each column once.

    Parameters
    ----------
    rows : the rows
    """

    def __init__(self, rows: Sequence[Converted]) -> None:
        self._rows = tuple(rows)
        self._columns: dict[str, Floats] = {}

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def row(self, i: int) -> Converted:
        """One of the rows."""
        return self._rows[i]

    def column(self, name: str) -> Floats:
        """A number of every row, NaN where it is not known, shape ``(r,)``."""
        if name not in self._columns:
            self._columns[name] = self._column(name)
        return self._columns[name]

    def _column(self, name: str) -> Floats:
        nan = float("nan")
        return np.array([r.values.get(name, nan) for r in self._rows], dtype=float)

    def effects(self, measure: str, *, zero_cells: ZeroCells, variance: str) -> Numbers:
        """Effects, variances and counts under one measure, correction and variance.

        Rows that need more than their own numbers (a test statistic in place of means, a cluster, a crossover) go through
        ``compute_effects``.

        Raises
        ------
        DataError
            as ``compute_effects``.
        """
        m = measure_of(measure)
        check_choices(measure, variance, "adjust")
        needs = needs_of(measure, variance, m.kind)
        complete = ~np.logical_or.reduce([np.isnan(self.column(n)) for n in needs])
        odd = self._odd(measure, m.kind, complete)
        together = zero_cells.to == "if-any-zero" or variance in OF_ALL
        names = list(dict.fromkeys((*NEEDS[m.kind], *needs)))
        yi, vi = np.full((2, self.size), np.nan)
        out = Numbers(yi, vi, {n: np.full(self.size, np.nan) for n in names})
        if odd.any() and together:
            odd = np.ones(self.size, dtype=bool)
        plain = complete & ~odd
        if plain.any():
            cells = {n: self.column(n)[plain] for n in names}
            with np.errstate(divide="ignore", invalid="ignore"):
                yi, vi, _ = work_out(m, cells, zero_cells, variance)
                usable = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
            _enter(out, np.flatnonzero(plain)[usable], yi[usable], vi[usable], {n: c[usable] for n, c in cells.items()})
        if odd.any():
            self._enter_odd(out, np.flatnonzero(odd), measure, zero_cells=zero_cells, variance=variance)
        return out

    def _odd(self, measure: str, kind: str, complete: Any) -> Any:
        """Rows whose effects are not the measure's formula of their own numbers alone, shape ``(r,)``."""
        if kind == "generic":
            return np.ones(self.size, dtype=bool)
        odd = ~(np.isnan(self.column("icc")) & np.isnan(self.column("cluster_size")))
        if measure in _PAIRED:
            odd |= ~np.isnan(self.column("n_pairs"))
        if measure in AS_REPORTED:
            return odd | (~complete & ~np.isnan(self.column("effect")))
        return odd | ~complete if measure in BRIDGED else odd

    def _enter_odd(self, out: Numbers, odd: Any, measure: str, *, zero_cells: ZeroCells, variance: str) -> None:
        rows = [self.row(i) for i in odd.tolist()]
        effects = compute_effects(rows, measure, zero_cells=zero_cells, variance=variance)
        places: dict[int, list[int]] = {}  # one row may stand in several places
        for i, row in zip(odd.tolist(), rows, strict=True):
            places.setdefault(id(row.row), []).append(i)
        at = np.array([places[id(s.row)].pop(0) for s in effects.studies], dtype=np.int64)
        _enter(out, at, effects.yi, effects.vi, effects.cells)


def _enter(out: Numbers, at: Any, yi: Floats, vi: Floats, cells: dict[str, Floats]) -> None:
    out.yi[at], out.vi[at] = yi, vi
    for name, values in cells.items():
        out.cells[name][at] = values
