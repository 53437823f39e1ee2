"""Limit meta-analysis: the effect of a study of infinite precision under a model with a small-study effect.

Source: Rücker, Schwarzer, Carpenter, Binder and Schumacher 2011 (Biostatistics 12:122-142). The model is
yi = beta + sqrt(vi + tau2) (alpha + e), e standard normal; alpha is the small-study effect, and the limit of infinite
precision is beta + tau alpha.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from metaudit.diagnostics.small_study.arrays import checked
from metaudit.diagnostics.small_study.line import fit_line
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.tau2 import estimate_tau2

ADJUSTMENTS = ("beta0", "beta-lim", "mu-lim")


@dataclass(frozen=True)
class LimitMeta:
    """A limit meta-analysis.

    Attributes
    ----------
    adjustment : ``beta0`` (expectation), ``beta-lim`` (limit radial plot, with the small-study effect) or ``mu-lim``
        (limit radial plot through the origin)
    estimate, se, ci_low, ci_high, stat, p : adjusted effect; z
    alpha, beta : small-study effect and slope on the generalised radial plot
    random, random_se : ordinary random-effects mean with the same tau2
    tau2, method : between-study variance and its estimator
    q, q_small, q_residual : heterogeneity, its part by the small-study effect (1 df), and the rest (k - 2 df)
    q_p, q_small_p, q_residual_p : their P values
    g2 : percent of the variance of the limit radial plot that the small-study effect leaves unexplained
    limit_yi : effects shrunk to their limits, shape ``(k,)``; ``limit_se`` their standard errors, sqrt(vi)
    k, level : number of studies, confidence level
    """

    adjustment: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    stat: float
    p: float
    alpha: float
    beta: float
    random: float
    random_se: float
    tau2: float
    method: str
    q: float
    q_small: float
    q_residual: float
    q_p: float
    q_small_p: float
    q_residual_p: float
    g2: float
    limit_yi: Floats
    limit_se: Floats
    k: int
    level: float

    def to_row(self) -> dict[str, Any]:
        """The scalar fields, for a table or JSON."""
        return {name: value for name, value in self.__dict__.items() if not name.startswith("limit_")}


@dataclass(frozen=True)
class _Radial:
    """Regression of yi/sei on 1/sei: intercept, slope, model-based covariance, residual sum of squares, R²."""

    intercept: float
    slope: float
    var_slope: float
    var_intercept: float
    cov: float
    residual: float
    r2: float


def limit_meta(yi: Any, vi: Any, *, adjustment: str = "beta0", method: str = "REML", level: float = 0.95) -> LimitMeta:
    """Limit meta-analysis.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, k of at least 3
    adjustment : which adjusted effect is ``estimate``: one of ``ADJUSTMENTS``
    method : estimator of tau2 (metasens takes that of the meta-analysis: DL in older versions of meta, now REML)
    level : confidence level

    Raises
    ------
    DataError
        for an unknown choice, fewer than 3 studies, or equal variances, for which the radial line is not defined.
    """
    if adjustment not in ADJUSTMENTS:
        raise DataError(f"adjustment {adjustment!r} is not known; choose {', '.join(ADJUSTMENTS)}")
    y, v = checked(yi, vi, needed=3, what="limit meta-analysis")
    tau2 = estimate_tau2(method, y, v, np.ones((y.size, 1)))
    w = 1 / (v + tau2)
    random = float(w @ y / w.sum())
    radial = _radial(y, w)
    tau = math.sqrt(tau2)
    limit_yi = radial.slope + tau * np.sqrt(w) * (y - radial.slope)
    at_limit = _radial(limit_yi, 1 / v)
    estimate, se = _adjusted(adjustment, radial, at_limit, tau=tau, limit_yi=limit_yi, vi=v)
    half = quantile(level, None) * se
    q = float((1 / v) @ (y - (y / v).sum() / (1 / v).sum()) ** 2)
    residual = _radial(y, 1 / v).residual
    small = max(0.0, q - residual)
    return LimitMeta(
        adjustment=adjustment, estimate=estimate, se=se, ci_low=estimate - half, ci_high=estimate + half,
        stat=estimate / se, p=two_sided_p(estimate / se, None), alpha=radial.intercept, beta=radial.slope,
        random=random, random_se=1 / math.sqrt(w.sum()), tau2=tau2, method=method, q=q, q_small=small,
        q_residual=residual, q_p=float(chdtrc(y.size - 1, q)), q_small_p=float(chdtrc(1, small)),
        q_residual_p=float(chdtrc(y.size - 2, residual)), g2=100 * (1 - at_limit.r2), limit_yi=limit_yi,
        limit_se=np.sqrt(v), k=y.size, level=level,
    )  # fmt: skip


def _adjusted(
    adjustment: str, radial: _Radial, at_limit: _Radial, *, tau: float, limit_yi: Floats, vi: Floats
) -> tuple[float, float]:
    if adjustment == "beta0":
        variance = radial.var_slope + tau**2 * radial.var_intercept + 2 * tau * radial.cov
        return radial.slope + tau * radial.intercept, math.sqrt(variance)
    if adjustment == "beta-lim":
        return at_limit.slope, math.sqrt(at_limit.var_slope)
    total = float((1 / vi).sum())
    return float((limit_yi / vi).sum()) / total, math.sqrt(1 / total)


def _radial(y: Floats, w: Floats) -> _Radial:
    """Radial regression with weights ``w``: the same line as y on 1/sqrt(w), with intercept and slope changing places."""
    line = fit_line(y, 1 / np.sqrt(w), w, what="limit meta-analysis")
    x = np.sqrt(w)
    spread = float(np.sum((x - x.mean()) ** 2))
    z = y * x
    total = float(np.sum((z - z.mean()) ** 2))
    return _Radial(
        intercept=line.slope, slope=line.intercept, var_slope=1 / spread, var_intercept=float(np.mean(w)) / spread,
        cov=-float(x.mean()) / spread, residual=line.residual, r2=1 - line.residual / total if total else 1.0,
    )  # fmt: skip
