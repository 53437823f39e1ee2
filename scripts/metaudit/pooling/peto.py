"""Peto's one-step odds ratio: observed minus expected events over their hypergeometric variance (Yusuf et al. 1985)."""

from __future__ import annotations

import math

import numpy as np

from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import ZeroCells, zero_cells_from
from metaudit.errors import DataError
from metaudit.pooling.count_result import CountEstimate, pooled_from_counts
from metaudit.pooling.mantel_haenszel import corrected
from metaudit.pooling.result import Pooled


def peto_pooled(effects: Effects, *, level: float = 0.95, zero_cells: ZeroCells | str | None = None) -> Pooled:
    """Peto's pooled log odds ratio, with the Q of the (O - E) (Yusuf et al. 1985, appendix).

    Parameters
    ----------
    effects : OR or PETO with their counts
    level : confidence level
    zero_cells : correction of the counts, as ``0.5@only-zero`` (OpenMeta and PythonMeta make one); None leaves them as they
        are (RevMan, metafor, Stata), for Peto's method needs none

    Raises
    ------
    DataError
        for other measures, and when no study has both events and non-events.
    """
    if effects.measure.code not in ("OR", "PETO"):
        raise DataError(f"Peto's method pools odds ratios, not {effects.measure.code}")
    rule = ZeroCells(0.0, "none") if zero_cells is None else zero_cells_from(zero_cells)
    cells, _ = corrected(effects.cells, rule)
    a, n1, c, n2 = (cells[k] for k in ("events_t", "n_t", "events_c", "n_c"))
    n, events = n1 + n2, a + c
    with np.errstate(divide="ignore", invalid="ignore"):
        v = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
    keep = v > 0
    o_e = np.where(keep, a - n1 * events / n, 0.0)
    total = float(v[keep].sum())
    if total == 0:
        raise DataError("no study has both events and non-events: Peto's odds ratio is not defined")
    found = CountEstimate(float(o_e.sum()) / total, 1 / math.sqrt(total), np.where(keep, v, 0.0))
    q = float(np.sum(o_e[keep] ** 2 / v[keep])) - float(o_e.sum()) ** 2 / total
    return pooled_from_counts(effects, found, model="peto", level=level, q=(max(0.0, q), int(keep.sum()) - 1))
