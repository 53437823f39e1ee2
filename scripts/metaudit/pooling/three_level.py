"""The three-level model for several effects of one cluster (paper, laboratory, cohort).

Sources: Konstantopoulos 2011; Van den Noortgate et al. 2013; Cheung 2014 for I² by level. It is metafor's
``rma.mv(yi, vi, random = ~ 1 | cluster/effect)``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.result import Coefficient
from metaudit.pooling.second_sums import ROUNDING, moments
from metaudit.pooling.second_tau2 import agree, differs
from metaudit.pooling.three_level_likelihood import At, Model

METHODS = ("REML", "ML")
_DENSE_LIMIT = 400  # effects; above it the second computation by full matrices is left to the tests


@dataclass(frozen=True)
class ThreeLevel:
    """A three-level fit.

    Attributes
    ----------
    coefficients : the intercept first, with normal (``wald``) or t intervals
    sigma2_between, sigma2_within : variance between clusters, and between the effects of one cluster
    between_low, between_high, within_low, within_high : their profile-likelihood intervals (NaN when not asked for)
    i2_between, i2_within : percent of the total variance at each level (Cheung 2014)
    q, q_df, q_p : Cochran's Q, all effects taken as independent
    log_likelihood : at the maximum, restricted for REML
    k, clusters, method, ci_method, level : what was fitted
    """

    coefficients: tuple[Coefficient, ...]
    sigma2_between: float
    sigma2_within: float
    between_low: float
    between_high: float
    within_low: float
    within_high: float
    i2_between: float
    i2_within: float
    q: float
    q_df: int
    q_p: float
    log_likelihood: float
    k: int
    clusters: int
    method: str
    ci_method: str
    level: float

    @property
    def mean(self) -> Coefficient:
        """The pooled effect (the intercept when there are moderators)."""
        return self.coefficients[0]

    def sentences(self) -> list[str]:
        """The two variances and the heterogeneity in words."""
        between = f"Variance between clusters {self.sigma2_between:.4g} (I² {self.i2_between:.1f} %)"
        within = f"between the effects of one cluster {self.sigma2_within:.4g} (I² {self.i2_within:.1f} %)"
        return [
            f"{self.k} effects in {self.clusters} clusters, {self.method}.",
            f"{between}, {within}; Q = {self.q:.2f} (df = {self.q_df}, P = {self.q_p:.4g}).",
        ]


def three_level(
    yi: Any,
    vi: Any,
    clusters: Sequence[Any],
    *,
    method: str = "REML",
    ci: str = "wald",
    level: float = 0.95,
    x: Any = None,
    names: Sequence[str] = (),
    intervals: bool = False,
) -> ThreeLevel:
    """Fit the model by exact maximisation.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    clusters : label of each effect's cluster, length k
    method : ``REML`` or ``ML``
    ci : ``wald``, or ``t`` with k - p degrees of freedom
    level : confidence level
    x, names : design with the intercept first, shape ``(k, p)``, and the names of its columns
    intervals : profile-likelihood intervals of both variances (about half a second)

    Raises
    ------
    DataError
        when the levels cannot be told apart, or the arrays cannot be pooled.
    DisagreementError
        when the likelihood by full matrices differs, or does not fall away from the maximum.
    """
    y, v = (np.asarray(a, dtype=float).ravel() for a in (yi, vi))
    design = np.ones((y.size, 1)) if x is None else np.asarray(x, dtype=float)
    codes, count = _encoded(clusters, y, v, design)
    if method not in METHODS or ci not in ("wald", "t"):
        raise DataError(f"a three-level model is fitted by REML or ML with ci wald or t, not {method} with ci {ci}")
    model = Model(y, v, design, codes=codes, restricted=method == "REML")
    s = model.maximum()
    at = model.at(float(s[0]), float(s[1]))
    _check(model, s, at)
    limits = _intervals(model, s, at.ll, level=level) if intervals else (math.nan,) * 4
    df = y.size - design.shape[1]
    at_zero = moments(y, v, design, 1 / v)
    total = float(s.sum()) + df / at_zero.trace_p
    terms = tuple(names) or ("intercept", *(f"x{i}" for i in range(1, design.shape[1])))
    return ThreeLevel(
        tuple(
            _coefficient(t, float(b), math.sqrt(c), None if ci == "wald" else float(df), level=level)
            for t, b, c in zip(terms, at.beta, np.diag(at.cov), strict=True)
        ),
        float(s[0]), float(s[1]), *limits, 100 * float(s[0]) / total, 100 * float(s[1]) / total, at_zero.q, df,
        float(chdtrc(df, at_zero.q)), at.ll, y.size, count, method, ci, level,
    )  # fmt: skip


def _encoded(clusters: Sequence[Any], y: Floats, v: Floats, x: Floats) -> tuple[Floats, int]:
    labels = ["" if c is None or c != c else str(c).strip() for c in clusters]
    if len(labels) != y.size or v.size != y.size or x.shape[0] != y.size:
        raise DataError(
            f"{y.size} effects, {v.size} variances and {len(labels)} cluster labels: one of each per effect is needed"
        )
    if "" in labels:
        raise DataError(f"effect {labels.index('') + 1} has no cluster; name the cluster it belongs to")
    if not np.all(np.isfinite(y)) or not np.all(np.isfinite(v)) or np.any(v <= 0):
        raise DataError(
            "an effect or a sampling variance is missing or not positive; leave the effect out or complete it"
        )
    unique, codes = np.unique(labels, return_inverse=True)
    if unique.size < 2 or unique.size == y.size:
        why = "all effects are in one cluster" if unique.size < 2 else "no cluster holds more than one effect"
        raise DataError(f"{why}: a three-level model cannot tell its two variances apart; use the random-effects model")
    if x.shape[0] <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        raise DataError(f"{y.size} effects cannot determine {x.shape[1]} coefficients; leave a moderator out")
    return codes.astype(float), int(unique.size)


def _coefficient(term: str, estimate: float, se: float, df: float | None, *, level: float) -> Coefficient:
    half, stat = quantile(level, df) * se, estimate / se
    return Coefficient(term, estimate, se, stat, two_sided_p(stat, df), estimate - half, estimate + half)


def _check(model: Model, s: Floats, at: At) -> None:
    """The slope changes sign at each variance (or falls at 0), and full matrices give the same likelihood."""
    for i, name in ((0, "between clusters"), (1, "within clusters")):
        step = np.zeros(2)
        step[i] = 1e-6 * max(float(s[i]), 1e-3 * model.scale)
        noise = ROUNDING * model.y.size / max(float(s.sum()), float(model.v.min()))
        low, high = (float(model.slope(np.maximum(0.0, s + sign * step))[i]) for sign in (-1, 1))
        if high > noise or (s[i] > step[i] and low < -noise):
            raise differs(f"variance {name} = {float(s[i])!r}: slope of the likelihood below and above it", low, high)
    if model.y.size <= _DENSE_LIMIT:
        agree(
            "log-likelihood of the three-level model", at.ll, dense_log_likelihood(model, s), noise=1e-11 * model.y.size
        )


def dense_log_likelihood(model: Model, s: Floats) -> float:
    """The same likelihood from the full k x k covariance matrix, by Cholesky."""
    groups = np.repeat(np.arange(model.sizes.size), model.sizes)
    covariance = np.diag(model.v + s[1]) + s[0] * (groups[:, None] == groups[None, :])
    lower = np.linalg.cholesky(covariance)
    scaled = np.linalg.solve(lower, np.column_stack([model.x, model.y]))
    basis, r = np.linalg.qr(scaled[:, :-1])
    residual = scaled[:, -1] - basis @ (basis.T @ scaled[:, -1])
    out = model.constant + 2 * float(np.log(np.diag(lower)).sum()) + float(residual @ residual)
    return -0.5 * (out + (2 * float(np.log(np.abs(np.diag(r))).sum()) if model.restricted else 0.0))


def _intervals(model: Model, s: Floats, top: float, *, level: float) -> tuple[float, float, float, float]:
    """Where twice the profile log-likelihood has fallen by the chi-squared quantile with one degree of freedom."""
    drop = float(chdtri(1, 1 - level)) / 2
    out = []
    for i in (0, 1):

        def gap(value: float, i: int = i) -> float:
            return model.height(model.maximum(fixed=(i, value))) - top + drop

        out.append(0.0 if s[i] == 0 or gap(0.0) >= 0 else float(brentq(gap, 0.0, s[i], xtol=1e-300, rtol=1e-10)))
        high = max(2 * float(s[i]), 1e-3 * model.scale)
        while gap(high) > 0:
            high *= 2
        out.append(float(brentq(gap, float(s[i]), high, xtol=1e-300, rtol=1e-10)))
    return out[0], out[1], out[2], out[3]
