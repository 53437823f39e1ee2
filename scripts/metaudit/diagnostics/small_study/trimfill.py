"""Trim and fill: studies that a symmetric funnel would have, and the pooled result with them.

Source: Duval and Tweedie 2000a (JASA) for the estimators L0, R0, Q0 and their variances, 2000b (Biometrics) for the
iteration. The side is found as metafor finds it: the sign of the slope of the effects on their standard errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.diagnostics.small_study.arrays import checked
from metaudit.diagnostics.small_study.line import fit_line
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.linear import orthonormal
from metaudit.pooling.pool import pool
from metaudit.pooling.result import Pooled
from metaudit.pooling.tau2 import estimate_tau2

ESTIMATORS = ("L0", "R0", "Q0")
SIDES = ("auto", "left", "right")
_MOST = 100
_ROUNDING = 1e-13  # an effect this near to the centre, in units of the largest distance, lies on it: its sign is noise


@dataclass(frozen=True)
class TrimFill:
    """Result of trim and fill.

    Attributes
    ----------
    estimator, side : which estimator of the number of missing studies, and the side they are missing on
    centre, method : what the trimmed studies, and the filled set, are pooled with (``FE`` or an estimator of tau2)
    k : number of studies given
    k0 : estimated number of missing studies
    se_k0 : its standard error; NaN where the formula has a negative variance (L0, Q0 with k0 far below 0)
    p_k0 : P of the hypothesis that none is missing on that side; NaN but for R0
    iterations : rounds until k0 stood still
    fill_yi, fill_vi : the studies filled in, shape ``(k0,)``
    pooled : the pooled result with them
    """

    estimator: str
    side: str
    centre: str
    method: str
    k: int
    k0: int
    se_k0: float
    p_k0: float
    iterations: int
    fill_yi: Floats
    fill_vi: Floats
    pooled: Pooled

    def to_row(self) -> dict[str, Any]:
        """The scalars, for a table or JSON; those of the pooled result by its own names."""
        own = ("estimator", "side", "centre", "method", "k", "k0", "se_k0", "p_k0", "iterations")
        row = {name: getattr(self, name) for name in own}
        shown = "estimate se ci_low ci_high stat p tau2 i2 q q_df q_p".split()
        return row | {name: getattr(self.pooled, name) for name in shown}


def trim_fill(
    yi: Any,
    vi: Any,
    *,
    estimator: str = "L0",
    side: str = "auto",
    method: str = "FE",
    centre: str = "",
    level: float = 0.95,
    ci: str = "wald",
    stopping: str = "exact",
) -> TrimFill:
    """Trim and fill.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, k of at least 3
    estimator : ``L0``, ``R0`` or ``Q0``
    side : where studies are missing: ``left``, ``right``, or ``auto``
    method : what the filled set is pooled with
    centre : what the trimmed studies are pooled with; by default the same (``FE`` with a random-effects ``method`` is
        the "fixed-random" variant of Stata and Comprehensive Meta-Analysis)
    level, ci : of the pooled result
    stopping : ``exact``, or ``metafor`` to stop every fit where metafor does by default (its trimfill never passes the
        control settings of the model on)

    Raises
    ------
    DataError
        for an unknown choice, fewer than 3 studies, a side that equal variances leave open, an iteration that goes
        in circles, and Q0 or R0 where they are not defined.
    """
    for value, known, name in ((estimator, ESTIMATORS, "estimator"), (side, SIDES, "side")):
        if value not in known:
            raise DataError(f"trim and fill: {name} {value!r} is not known; choose {', '.join(known)}")
    y, v = checked(yi, vi, needed=3, what="trim and fill")
    centre = centre or method
    side = side_of(y, v, method=centre, stopping=stopping) if side == "auto" else side
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * y, kind="stable")
    ranked, ranked_v = sign * y[order], v[order]
    k0, se_k0, mean, iterations = _iterate(ranked, ranked_v, estimator=estimator, method=centre, stopping=stopping)
    tail = slice(y.size - k0, y.size)
    fill_yi, fill_vi = sign * (2 * mean - ranked[tail]), ranked_v[tail]
    pooled = pool(
        np.concatenate([y, fill_yi]), np.concatenate([v, fill_vi]), tau2=method, level=level, ci=ci, stopping=stopping
    )
    p_k0 = 0.5 ** (k0 + 1) if estimator == "R0" else math.nan
    return TrimFill(estimator, side, centre, method, y.size, k0, se_k0, p_k0, iterations, fill_yi, fill_vi, pooled)


def side_of(yi: Floats, vi: Floats, *, method: str, stopping: str = "exact") -> str:
    """The side studies are missing on: ``right`` when effects fall with their standard error, else ``left``.

    Raises
    ------
    DataError
        when all standard errors are equal, which leaves the side open.
    """
    se = np.sqrt(vi)
    what = "trim and fill (the side; give left or right instead)"
    fit_line(yi, se, 1 / vi, what=what)
    design, _ = orthonormal(np.column_stack([np.ones_like(se), se]))
    tau2 = estimate_tau2(method, yi, vi, design, stopping=stopping)
    return "right" if fit_line(yi, se, 1 / (vi + tau2), what=what).slope < 0 else "left"


def _iterate(y: Floats, v: Floats, *, estimator: str, method: str, stopping: str) -> tuple[int, float, float, int]:
    """k0, its standard error, the last centre and the number of rounds; ``y`` ascending."""
    if np.ptp(y) == 0:
        return 0, _missing(np.zeros_like(y), estimator="L0")[1], float(y[0]), 1
    k0 = 0
    for round_ in range(1, _MOST + 1):
        kept, kept_v = y[: y.size - k0], v[: y.size - k0]
        tau2 = estimate_tau2(method, kept, kept_v, np.ones((kept.size, 1)), stopping=stopping)
        w = 1 / (kept_v + tau2)
        mean = float(w @ kept / w.sum())
        distance = y - mean
        distance[np.abs(distance) <= _ROUNDING * float(np.abs(distance).max())] = 0.0
        again, se = _missing(distance, estimator=estimator)
        if again == k0:
            return k0, se, mean, round_
        k0 = again
    raise DataError(f"trim and fill ({estimator}, {method}): the number of missing studies goes in circles")


def _missing(centred: Floats, *, estimator: str) -> tuple[int, float]:
    """Estimated number of missing studies from the ranks of the centred effects, and its standard error."""
    k = centred.size
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        below = ranks[centred < 0]
        if below.size == 0:
            raise DataError("trim and fill: no effect lies below the centre of the trimmed ones, so R0 is not defined")
        k0 = k - float(below.max()) - 1
        return max(0, round(k0)), math.sqrt(2 * max(0.0, k0) + 2)
    above = float(ranks[centred > 0].sum())
    if estimator == "L0":
        k0 = (4 * above - k * (k + 1)) / (2 * k - 1)
        scale = 4 / (2 * k - 1)
    else:
        inside = 2 * k**2 - 4 * above + 0.25
        if inside < 0:
            raise DataError("trim and fill: Q0 is not defined, since too many ranks lie above the centre; choose L0")
        k0 = k - 0.5 - math.sqrt(inside)
        bottom = (k - 0.5) ** 2 - k0 * (2 * k - k0 - 1)
        scale = 2 / math.sqrt(bottom) if bottom > 0 else math.nan
    cubic = 10 * k0**3 + 27 * k0**2 + 17 * k0 - 18 * k * k0**2 - 18 * k * k0 + 6 * k**2 * k0
    variance = (k * (k + 1) * (2 * k + 1) + cubic) / 24
    return max(0, round(k0)), scale * math.sqrt(variance) if variance >= 0 else math.nan
