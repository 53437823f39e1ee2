"""Many meta-regressions at once: the same moderators, and effects and variances that differ from data set to data set.

Weighted least squares with weights 1 / (vi + tau2): beta = (X'WX)⁻¹X'Wy with covariance (X'WX)⁻¹ (Raudenbush 1994;
Viechtbauer 2010, section 2); the residual Q is the weighted residual sum of squares at tau2 = 0. The values are those of
``metaudit.pooling.pool.pool`` with moderators, one data set at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.batch import BATCHED, CHUNK, fit_batch
from metaudit.pooling.batch_regression_tau2 import Problems, sums_at, tau2_of
from metaudit.pooling.batch_sums import GRADED
from metaudit.pooling.intervals import HKSJ, T_INTERVALS
from metaudit.pooling.linear import check_usable, orthonormal, profile, weighted_fit
from metaudit.pooling.tau2 import estimate_tau2

_NUMBERS = 600_000  # rows times data sets at a time, so that the arrays of a chunk stay below 300 MB


@dataclass(frozen=True)
class Regressions:
    """Meta-regressions of ``d`` data sets; NaN where the data set does not determine the coefficients.

    Attributes
    ----------
    beta : shape ``(p, d)``
    cov : (X'WX)⁻¹, shape ``(p, p, d)``
    factor : what Hartung and Knapp multiply standard errors by; 1 without residual degrees of freedom
    tau2, tau2_alone : with the moderators and without them, truncated at 0
    q, df, k : residual Q, its degrees of freedom, number of studies
    typical : typical sampling variance (Higgins and Thompson 2002), for I2
    weights : percent, shape ``(k, d)``; NaN where a row is not in
    """

    beta: Floats
    cov: Floats
    factor: Floats
    tau2: Floats
    tau2_alone: Floats
    q: Floats
    df: Floats
    k: Floats
    typical: Floats
    weights: Floats


def fit_regressions(yi: Any, vi: Any, x: Any, *, method: str, mask: Any = None) -> Regressions:
    """Fit ``d`` meta-regressions on one design.

    Parameters
    ----------
    yi, vi : shape ``(k, d)``, a data set a column
    x : design, the intercept first, shape ``(k, p)``
    method : ``FE`` for no between-study variance, or an estimator of ``metaudit.pooling.batch.BATCHED``
    mask : shape ``(k, d)``, which rows are in; where it is False yi and vi may be NaN

    Raises
    ------
    DataError
        for shapes that do not fit, effects and variances that are not usable, and methods not batched.
    """
    y, v, x = (np.asarray(a, dtype=float) for a in (yi, vi, x))
    inside = np.ones(y.shape, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    if method not in BATCHED:
        raise DataError(f"tau2 {method!r} is not computed in batches; these are: {', '.join(BATCHED)}")
    if y.ndim != 2 or y.shape != v.shape or y.shape != inside.shape or x.shape[:1] != y.shape[:1]:
        raise DataError(
            f"effects {y.shape}, variances {v.shape}, mask {inside.shape}: all (k, d), on a design {x.shape} of (k, p)"
        )
    y, v = np.where(inside, y, 0.0), np.where(inside, v, 1.0)
    if y.size:
        check_usable(y, v)
    size = int(np.clip(_NUMBERS // max(1, y.shape[0]), 1, CHUNK))
    starts = range(0, max(1, y.shape[1]), size)
    parts = [_fit(y[:, i : i + size], v[:, i : i + size], inside[:, i : i + size], x=x, method=method) for i in starts]
    return Regressions(*(np.concatenate([getattr(p, f.name) for p in parts], axis=-1) for f in fields(Regressions)))


def _fit(y: Floats, v: Floats, inside: Any, *, x: Floats, method: str) -> Regressions:
    (k, d), p = y.shape, x.shape[1]
    determined = _determined(inside, x)
    nan = np.full(d, np.nan)
    out = Regressions(
        beta=np.full((p, d), np.nan), cov=np.full((p, p, d), np.nan), factor=nan.copy(), tau2=nan.copy(),
        tau2_alone=nan.copy(), q=nan.copy(), df=nan.copy(), k=np.where(determined, inside.sum(axis=0), np.nan),
        typical=nan.copy(), weights=np.full((k, d), np.nan),
    )  # fmt: skip
    graded = np.where(inside, v, 0.0).max(axis=0) > GRADED * np.where(inside, v, np.inf).min(axis=0)
    plain = np.flatnonzero(determined & ~graded)
    alone = np.flatnonzero(determined & graded)
    if plain.size:
        basis, r = orthonormal(x)
        sets = Problems(y[:, plain], v[:, plain], inside[:, plain].astype(float), basis)
        unsettled = _enter(out, plain, sets, np.asarray(np.linalg.inv(r)), method=method)
        alone = np.concatenate([alone, plain[unsettled]])
    for j in alone:
        _enter_exactly(out, int(j), y[:, j], v[:, j], inside[:, j], x=x, method=method)
    found = np.flatnonzero(determined)
    if found.size and method != "FE":
        out.tau2_alone[found] = fit_batch(y[:, found], v[:, found], method=method, mask=inside[:, found].T).tau2
    return out


def _determined(inside: Any, x: Floats) -> Any:
    """Whether the rows of each set determine the coefficients, shape ``(d,)``."""
    patterns, of = np.unique(inside, axis=1, return_inverse=True)
    p = x.shape[1]
    good = [m.sum() >= p and np.linalg.matrix_rank(x[m]) == p for m in patterns.T]
    return np.array(good, dtype=bool)[np.ravel(of)]


def _enter(out: Regressions, at: Any, sets: Problems, back: Floats, *, method: str) -> Any:
    """Fill in sets whose variances are of one order; which of them did not settle."""
    df, tau2, unsettled = sets.df, np.zeros(at.size), np.zeros(at.size, dtype=bool)
    free = np.flatnonzero(df > 0)
    if free.size:
        tau2[free], unsettled[free] = tau2_of(sets.take(free), method)
    first = sums_at(sets, np.zeros(at.size))
    s = sums_at(sets, tau2)
    out.beta[:, at] = back @ s.beta.T
    out.cov[:, :, at] = np.einsum("ij,djk,lk->ild", back, s.m, back)
    out.weights[:, at] = np.where(sets.inside > 0, 100 * s.w / s.trace_w, np.nan)
    _enter_sums(out, at, df, tau2=tau2, q=first.q, trace_p=first.trace_p, spread=s.q)
    return unsettled


def _enter_sums(out: Regressions, at: Any, df: Any, *, tau2: Any, q: Any, trace_p: Any, spread: Any) -> None:
    out.tau2[at], out.df[at] = tau2, df
    out.q[at] = np.where(df > 0, q, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        out.factor[at] = np.where(df > 0, np.sqrt(spread / df), 1.0)
        out.typical[at] = np.where(df > 0, df / trace_p, np.nan)


def _enter_exactly(out: Regressions, j: int, y: Floats, v: Floats, inside: Any, *, x: Floats, method: str) -> None:
    """One set by QR, as ``pool`` computes it where variances differ more than 10,000-fold."""
    y, v, x = y[inside], v[inside], x[inside]
    basis, r = orthonormal(x)
    df, tau2 = y.size - x.shape[1], estimate_tau2(method, y, v, basis)
    beta, cov = weighted_fit(y, v, basis, tau2)
    back, w = np.linalg.inv(r), 1 / (v + tau2)
    out.beta[:, j], out.cov[:, :, j] = back @ beta, back @ cov @ back.T
    out.weights[inside, j] = 100 * w / w.sum()
    f = profile(y, v, basis, np.array([0.0, tau2]))
    _enter_sums(out, j, df, tau2=tau2, q=f.q[0], trace_p=f.trace_p[0], spread=f.q[1])


def numbers_of_regressions(fits: Regressions, *, ci: str, level: float, common: bool, i2: str) -> dict[str, Floats]:
    """Tests, intervals and heterogeneity of meta-regressions, as ``metaudit.pooling.inference`` has them.

    Parameters
    ----------
    fits : of ``d`` data sets
    ci : ``wald``, ``t`` (k - p degrees of freedom) or one of the Hartung-Knapp methods (Knapp and Hartung 2003)
    level : confidence level
    common : whether the model has no between-study variance
    i2 : ``Q`` or ``tau2``

    Returns
    -------
    ``coef``, ``coef_se``, ``coef_stat``, ``coef_p``, ``coef_low`` and ``coef_high``, shape ``(p, d)``; ``qm`` and ``qm_p``
    (omnibus test of all but the intercept; F where the tests are t tests), ``r2`` (Raudenbush 1994), ``tau2``, ``q``,
    ``q_df``, ``q_p``, ``i2``, ``h2`` and ``k``, shape ``(d,)``.
    """
    wald = np.sqrt(np.einsum("iid->id", fits.cov))
    squared = fits.factor**2 if ci in HKSJ else np.ones(fits.k.size)
    squared = np.maximum(1.0, squared) if ci == "hksj-adhoc-se" else squared
    squared = np.where(squared > 0, squared, np.nan)  # the moderators give the effects exactly: every test is 0/0
    se, df, with_t = wald * np.sqrt(squared), fits.df, ci in T_INTERVALS
    normal, some = ndtri(0.5 + level / 2), np.maximum(df, 1)
    half = np.where(df > 0, stdtrit(some, 0.5 + level / 2), np.nan) * se if with_t else normal * se
    if ci == "hksj-adhoc-ci":  # the wider of the two intervals (Wiksten, Rücker and Schwarzer 2016)
        half = np.maximum(half, normal * wald)
    stat = fits.beta / se
    p = np.where(df > 0, 2 * stdtr(some, -np.abs(stat)), np.nan) if with_t else 2 * ndtr(-np.abs(stat))
    qm, qm_p = _omnibus(fits, squared, with_t=with_t)
    numbers = {
        "coef": fits.beta, "coef_se": se, "coef_stat": stat, "coef_p": p, "coef_low": fits.beta - half,
        "coef_high": fits.beta + half, "qm": qm, "qm_p": qm_p, **_spread(fits, common, i2),
    }  # fmt: skip
    return {name: np.where(np.isnan(se).any(axis=0), np.nan, values) for name, values in numbers.items()}


def _omnibus(fits: Regressions, squared: Floats, *, with_t: bool) -> tuple[Floats, Floats]:
    q = fits.beta.shape[0] - 1
    qm, p = np.full(fits.k.size, np.nan), np.full(fits.k.size, np.nan)
    at = np.flatnonzero(np.isfinite(fits.beta).all(axis=0))
    if q and at.size:
        b, cov = fits.beta[1:, at].T, np.moveaxis(fits.cov[1:, 1:, at], -1, 0)
        qm[at] = np.einsum("di,di->d", b, np.linalg.solve(cov, b[:, :, None])[:, :, 0]) / squared[at]
    if not with_t:
        return qm, np.asarray(np.where(np.isfinite(qm), chdtrc(max(q, 1), qm), p))
    qm = qm / max(q, 1)
    return qm, np.asarray(np.where(fits.df > 0, fdtrc(max(q, 1), np.maximum(fits.df, 1), qm), p))


def _spread(fits: Regressions, common: bool, i2: str) -> dict[str, Floats]:
    q, df, nan = fits.q, fits.df, np.isnan(fits.tau2)
    with np.errstate(divide="ignore", invalid="ignore"):
        q_based = np.where((q > 0) & (df > 0), np.maximum(0.0, 100 * (q - df) / q), 0.0)
        of_tau2 = np.where(df > 0, 100 * fits.tau2 / (fits.tau2 + fits.typical), 0.0)
        h2 = np.where(df > 0, q / df if common else 1 + fits.tau2 / fits.typical, 1.0)
        alone = fits.tau2_alone
        r2 = np.where(alone > 0, np.maximum(0.0, 100 * (alone - fits.tau2) / alone), 0.0)
    none = np.full(q.size, np.nan)
    return {
        "tau2": none if common else fits.tau2, "q": q, "q_df": df, "k": fits.k,
        "q_p": np.where(nan, np.nan, np.where(df > 0, chdtrc(np.maximum(df, 1), q), 1.0)),
        "i2": np.where(nan, np.nan, q_based if common or i2 == "Q" else of_tau2), "h2": np.where(nan, np.nan, h2),
        "r2": none if common else np.where(nan, np.nan, r2),
    }  # fmt: skip
