"""Which printed results of a study come out only when its spread is read the other way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from metaudit.effects.convert import Converted
from metaudit.effects.dispatch import NEEDS, work_out
from metaudit.effects.zero_cells import ZeroCells
from metaudit.formats.printed_cells import on_analysis_scale, printed_window
from metaudit.measures import measure_of
from metaudit.rowchecks.spreads import Spread, spread_of

_PRINTED = ("printed_effect", "printed_ci_low", "printed_ci_high")


def restored_by_other_reading(
    rows: Sequence[Converted], measure: str, *, variance: str = "LS", level: float = 0.95
) -> dict[int, int]:
    """How many printed numbers of each study come out when both its spreads are read the other way, and not as labelled.

    Parameters
    ----------
    rows : rows with ``printed_effect`` and its limits; rows without are left out
    measure, variance, level : what the review computed for each study

    Returns
    -------
    By line of the table, for ``examine``; a row where the reading as labelled does at least as well is not in it.
    """
    found = {}
    for row in rows:
        spread = spread_of(row)
        if spread is None or spread.labelled[0] != spread.labelled[1] or not spread.labelled[0]:
            continue
        power = 0.5 if spread.labelled[0] == "sd" else -0.5
        other = spread.reread((spread.sizes[0] ** power, spread.sizes[1] ** power))
        as_labelled = _hits(row, spread, measure, variance=variance, level=level)
        reread = _hits(row, other, measure, variance=variance, level=level)
        more = len(reread) - len(as_labelled)
        if more > 0:
            found[spread.line] = more
    return found


def _hits(row: Converted, s: Spread, code: str, *, variance: str, level: float) -> set[str]:
    measure = measure_of(code)
    numbers: Mapping[str, float] = {
        "mean_t": s.means[0], "sd_t": s.sds[0], "n_t": s.sizes[0], "mean_c": s.means[1], "sd_c": s.sds[1], "n_c": s.sizes[1],
    }  # fmt: skip
    cells = {name: np.array([numbers[name]]) for name in NEEDS["means"]}
    with np.errstate(invalid="ignore", divide="ignore"):
        yi, vi, _ = work_out(measure, cells, ZeroCells(to="none"), variance)
    half = float(ndtri(0.5 + level / 2)) * math.sqrt(float(vi[0])) if vi[0] >= 0 else math.nan
    values = (float(yi[0]), float(yi[0]) - half, float(yi[0]) + half)
    hits = set()
    for column, value in zip(_PRINTED, values, strict=True):
        window = printed_window(row.row, column)
        shown = value if on_analysis_scale(row.row) else measure.to_natural(value)
        if window is not None and not math.isnan(value) and shown in window:
            hits.add(column)
    return hits
