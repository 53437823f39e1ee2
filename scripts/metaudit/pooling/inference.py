"""Standard errors, intervals and tests of the coefficients, by every method of ``ci``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, fdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import T_INTERVALS, interval_df, quantile, two_sided_p
from metaudit.pooling.linear import Profile, orthonormal
from metaudit.pooling.result import Coefficient

CI_METHODS = ("wald", *T_INTERVALS, "kenward-roger", "profile", "permutation", "bootstrap")
RESAMPLED = ("permutation", "bootstrap")
_BELONGS_TO = {"kenward-roger": "REML", "profile": "ML"}


class Estimated(NamedTuple):
    """A fit whose inference is to be made.

    Attributes
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    beta : shape ``(p,)``
    cov : its covariance (scaled for the Hartung-Knapp methods, model-based for all others), shape ``(p, p)``
    tau2 : between-study variance
    method : ``FE`` or its estimator
    at_zero : as in ``engine.Fit``
    """

    yi: Floats
    vi: Floats
    x: Floats
    beta: Floats
    cov: Floats
    tau2: float
    method: str
    at_zero: Profile | None = None


class Inference(NamedTuple):
    """Coefficients, the degrees of freedom of the first one's t (NaN if none), and the omnibus test of the others."""

    coefficients: tuple[Coefficient, ...]
    ci_df: float
    qm: float = math.nan
    qm_p: float = math.nan


def check_ci(ci: str, method: str, *, moderators: bool, user_weights: bool, stopping: str) -> None:
    """Refuse an interval that is not defined for the model.

    Raises
    ------
    DataError
    """
    needed = _BELONGS_TO.get(ci)
    if needed and method != needed:
        raise DataError(
            f"ci {ci!r} is made from the {needed} fit: use tau2 {needed}, not {method}, or another interval"
        )
    if moderators and ci in RESAMPLED:
        raise DataError(f"ci {ci!r} is not defined with moderators here; choose wald, hksj, kenward-roger or profile")
    if user_weights and ci not in ("wald", "t"):
        raise DataError(f"ci {ci!r} is made for inverse-variance weights; with weights of your own choose wald or t")
    if stopping != "exact" and ci in ("profile", *RESAMPLED):
        raise DataError(f"ci {ci!r} is computed at the exact optimum only: leave stopping at 'exact'")


def infer(fit: Estimated, names: Sequence[str], *, ci: str, level: float, seed: int) -> Inference:
    """Coefficients with intervals and tests.

    Parameters
    ----------
    fit : what was estimated
    names : of the coefficients
    ci : one of ``CI_METHODS``
    level : confidence level
    seed : of the resampling methods
    """
    k, p = fit.x.shape
    if ci == "kenward-roger" and k > p:
        return _kenward_roger(fit, names, level=level)
    if ci == "profile":
        return _profile(fit, names, level=level)
    if ci in RESAMPLED:
        return _resampled(fit, names[0], ci=ci, level=level, seed=seed)
    return _from_quantile(fit, names, ci=ci, level=level)


def wald_se(vi: Floats, x: Floats, tau2: float) -> Floats:
    """Model-based standard errors, shape ``(p,)``."""
    w = 1 / (vi + tau2)
    basis, r = orthonormal(x)
    back = np.linalg.inv(r)
    return np.sqrt(np.diag(back @ np.linalg.inv(basis.T @ (basis * w[:, None])) @ back.T))


def _from_quantile(fit: Estimated, names: Sequence[str], *, ci: str, level: float) -> Inference:
    k, p = fit.x.shape
    df = interval_df(ci, max(0, k - p))
    wald = wald_se(fit.vi, fit.x, fit.tau2) if ci == "hksj-adhoc-ci" else None
    out = []
    for i, name in enumerate(names):
        se = math.sqrt(fit.cov[i, i])
        half = quantile(level, df) * se
        if wald is not None:  # the wider of the two intervals (Wiksten, Rücker and Schwarzer 2016)
            half = max(half, quantile(level, None) * float(wald[i]))
        out.append(_coefficient(name, float(fit.beta[i]), se, half=half, df=df))
    return Inference(tuple(out), math.nan if df is None else df, *_omnibus(fit.beta, fit.cov, df))


def _coefficient(name: str, estimate: float, se: float, *, half: float, df: float | None) -> Coefficient:
    stat = _ratio(estimate, se)
    low, high = (estimate - half, estimate + half) if math.isfinite(half) else (math.nan, math.nan)
    return Coefficient(name, estimate, se, stat, two_sided_p(stat, df), low, high)


def _ratio(estimate: float, se: float) -> float:
    """The test statistic; without any spread (Knapp-Hartung of equal effects) infinite, and 0/0 for an effect of 0."""
    if se > 0:
        return estimate / se
    return math.copysign(math.inf, estimate) if estimate != 0 else math.nan


def _omnibus(beta: Floats, cov: Floats, df: float | None) -> tuple[float, float]:
    q = beta.size - 1
    if q == 0:
        return math.nan, math.nan
    if not np.all(np.diag(cov) > 0):
        raise DataError(
            "the moderators reproduce the effects exactly: the Hartung-Knapp variance is 0 and its tests are 0/0; choose ci wald"
        )
    qm = float(beta[1:] @ np.linalg.solve(cov[1:, 1:], beta[1:]))
    if df is None:
        return qm, float(chdtrc(q, qm))
    return qm / q, float(fdtrc(q, df, qm / q)) if df > 0 else math.nan


def _kenward_roger(fit: Estimated, names: Sequence[str], *, level: float) -> Inference:
    from metaudit.pooling.kenward_roger import kenward_roger, omnibus

    adjusted = kenward_roger(fit.vi, fit.x, fit.tau2)
    if not np.all(np.diag(adjusted.cov) > 0):
        raise DataError(
            "the Kenward-Roger variance cannot be computed: the variances of the studies, or tau2, are too far apart for arithmetic "
            "in double precision; look for a study that is far larger than any other, or choose another ci"
        )
    out = []
    for i, name in enumerate(names):
        se, df = math.sqrt(adjusted.cov[i, i]), float(adjusted.df[i])
        out.append(_coefficient(name, float(fit.beta[i]), se, half=quantile(level, df) * se, df=df))
    test = omnibus(adjusted, fit.beta) if len(names) > 1 else (math.nan, math.nan)
    return Inference(tuple(out), float(adjusted.df[0]), *test)


def _profile(fit: Estimated, names: Sequence[str], *, level: float) -> Inference:
    from metaudit.pooling.profile_interval import likelihood_ratio, profile_intervals

    k, p = fit.x.shape
    if k <= p:
        return _without_limits(fit, names)
    out = []
    for i, (name, found) in enumerate(zip(names, profile_intervals(fit.yi, fit.vi, fit.x, level=level), strict=True)):
        se = math.sqrt(fit.cov[i, i])
        out.append(Coefficient(name, float(fit.beta[i]), se, found.stat, found.p, found.low, found.high))
    test = likelihood_ratio(fit.yi, fit.vi, fit.x) if p > 1 else (math.nan, math.nan)
    return Inference(tuple(out), math.nan, *test)


def _without_limits(fit: Estimated, names: Sequence[str]) -> Inference:
    """As many coefficients as studies: there is nothing to learn tau2 from, and no interval."""
    nan = math.nan
    rows = [
        Coefficient(n, float(b), math.sqrt(fit.cov[i, i]), nan, nan, nan, nan)
        for i, (n, b) in enumerate(zip(names, fit.beta, strict=True))
    ]
    return Inference(tuple(rows), nan)


def _resampled(fit: Estimated, name: str, *, ci: str, level: float, seed: int) -> Inference:
    """Limits and P from the samples; the standard error and its z stay those of the model."""
    if ci == "bootstrap":
        from metaudit.pooling.bootstrap import bootstrap_interval

        low, high, p = bootstrap_interval(fit.yi, fit.vi, method=fit.method, level=level, seed=seed)
    else:
        low, high, p = _permuted(fit, level=level, seed=seed)
    se = math.sqrt(fit.cov[0, 0])
    stat = float(fit.beta[0]) / se
    return Inference((Coefficient(name, float(fit.beta[0]), se, stat, p, low, high),), math.nan)


def _permuted(fit: Estimated, *, level: float, seed: int) -> tuple[float, float, float]:
    from metaudit.pooling.permutation import permutation_interval, permutation_test

    low, high = permutation_interval(fit.yi, fit.vi, method=fit.method, level=level, seed=seed)
    return low, high, permutation_test(fit.yi, fit.vi, tau2=fit.method, seed=seed).p
