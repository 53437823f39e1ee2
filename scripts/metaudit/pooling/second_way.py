"""Every pooled number a second, independent way; a disagreement stops the run and names both values.

What is compared may differ by 1e-8 of its size, plus what rounding can have done to the sums it comes from (bounds in
``second_sums.py``): an estimate of 0.001 between effects of ±100 has lost five digits, and that is nobody's error. On
10,000 random analyses with variances over eight orders of magnitude this raises no alarm, and an error of 1e-6 put into
any field of a result is found (tests/unit/pooling/test_second_way.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, erfc, erfinv, gammaincc

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.result import Coefficient, Pooled
from metaudit.pooling.second_heterogeneity import verify_heterogeneity, verify_limits
from metaudit.pooling.second_statistics import verify_fit_statistics, verify_statistics
from metaudit.pooling.second_sums import ROUNDING, is_intercept, moments
from metaudit.pooling.second_tau2 import agree, differs, verify_tau2

T_INTERVALS = ("t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci")
RESIDUAL_SCALED = ("hksj", "hksj-adhoc-se", "hksj-adhoc-ci")
OWN_STANDARD_ERROR = ("kenward-roger",)  # see second_statistics.py


def verify_pooled(
    result: Pooled,
    yi: Floats,
    vi: Floats,
    *,
    x: Floats,
    weights: Floats | None = None,
    thorough: bool = False,
) -> None:
    """Compute a pooled result again by other algorithms.

    Parameters
    ----------
    result : of the common-effect, random-effects or user-weights model
    yi, vi : effects and sampling variances, shape ``(k,)``
    x : design with the intercept first, shape ``(k, p)``
    weights : the user's weights (of the pooled mean, or of the Q of ``GENQ``), shape ``(k,)``
    thorough : also search the whole range of tau2 for a higher likelihood, and check R²; about 2 ms more

    Raises
    ------
    DisagreementError
        with both values.
    """
    yi, vi, x = (np.asarray(a, dtype=float) for a in (yi, vi, x))
    if result.k != yi.size:
        raise differs("number of studies", result.k, yi.size)
    method = result.tau2_method or "FE"
    if getattr(result, "stopping", "exact") == "exact":
        verify_tau2(method, result.tau2, yi, vi=vi, x=x, weights=weights, thorough=thorough)
    user = weights if result.model == "user-weights" else None
    again = _fit(yi, vi, x, tau2=result.tau2, weights=user)
    _verify_coefficients(result, again)
    _verify_weights(result, vi, user)
    verify_heterogeneity(result, yi, vi, x=x)
    if thorough or result.settled("limits"):  # else they are verified when they are worked out
        verify_limits(result, yi, vi, x=x)
    verify_statistics(result, yi, vi, x=x, thorough=thorough)
    if thorough or result.settled("statistics"):
        verify_fit_statistics(result, yi, vi, x=x, weights=weights)
    if math.isfinite(result.pi_low):
        _verify_prediction(result, yi, vi)
    if x.shape[1] == 1:
        agree("degrees of freedom of QM without moderators", result.qm_df, 0)
    else:
        _verify_regression(result, yi, vi, x=x, again=again, weights=weights, thorough=thorough)


@dataclass(frozen=True)
class Again:
    """A fit at a given tau2: coefficients, their model-based covariance, and the mean weighted residual square."""

    beta: Floats
    cov: Floats
    noise: Floats
    s2: float
    s2_noise: float


def _fit(yi: Floats, vi: Floats, x: Floats, *, tau2: float, weights: Floats | None) -> Again:
    w = 1 / (vi + tau2) if weights is None else weights
    k, p = x.shape
    m = moments(yi, vi, x, w)
    s2, s2_noise = (m.q / (k - p), m.noise / (k - p)) if k > p else (math.nan, 0.0)
    if is_intercept(x):
        pivot, total = float(yi[int(np.argmax(w))]), math.fsum(w)
        beta = np.array([pivot + math.fsum(w * (yi - pivot)) / total])
        variance = 1 / total if weights is None else math.fsum(w**2 * (vi + tau2)) / total**2
        return Again(beta, np.array([[variance]]), np.array([ROUNDING * np.abs(yi).max()]), s2, s2_noise)
    root = np.sqrt(w)
    norms = np.sqrt(w @ x**2)
    basis, r = np.linalg.qr(root[:, None] * x / norms)
    half = np.linalg.solve(r, np.eye(p)) / norms[:, None]
    beta = half @ (basis.T @ (root * yi))
    condition = float(np.linalg.cond(r)) ** 2  # of the normal equations that the result came from
    rows = np.sqrt(np.sum(half**2, axis=1))
    noise = ROUNDING * condition * rows * float(np.linalg.norm(root * yi))
    if weights is None:
        return Again(beta, half @ half.T, noise, s2, s2_noise)
    spread = (half @ basis.T) * np.sqrt(w * (vi + tau2))
    return Again(beta, spread @ spread.T, noise, s2, s2_noise)


def _upper(level: float, df: float | None) -> float:
    """Two-sided quantile from the inverse error function or the inverse incomplete beta function."""
    if df is None:
        return math.sqrt(2) * float(erfinv(level))
    if df > 20:  # t² / (df + t²) or its complement, whichever is small: the other has lost its digits
        share = float(betaincinv(0.5, df / 2, level))
        return math.sqrt(df * share / (1 - share))
    share = float(betaincinv(df / 2, 0.5, 1 - level))
    return math.sqrt(df * (1 - share) / share)


def _two_sided(stat: float, df: float | None) -> float:
    if df is None:
        return float(erfc(abs(stat) / math.sqrt(2)))
    if not math.isfinite(stat):
        return math.nan if math.isnan(stat) else 0.0
    if stat * stat < df:
        return float(betaincc(0.5, df / 2, stat * stat / (df + stat * stat)))
    return float(betainc(df / 2, 0.5, df / (df + stat * stat)))


def _verify_coefficients(result: Pooled, again: Again) -> None:
    ci, df = result.ci_method, result.k - again.beta.size
    if ci in T_INTERVALS:
        agree("degrees of freedom of the interval", result.ci_df, max(0, df))
    elif ci == "wald":
        agree("degrees of freedom of the interval", result.ci_df, math.nan)
    first = Coefficient(
        "the pooled effect", result.estimate, result.se, result.stat, result.p, result.ci_low, result.ci_high
    )
    for i, c in enumerate((first, *result.coefficients)):
        j = max(0, i - 1)
        agree(f"{c.term}: estimate", c.estimate, float(again.beta[j]), noise=float(again.noise[j]))
        wald = math.sqrt(again.cov[j, j])
        if ci not in OWN_STANDARD_ERROR:
            _verify_se(c, wald, again, ci=ci if df > 0 else "wald")
        if ci in ("wald", *T_INTERVALS):
            verify_interval(c, ci, df, level=result.level, wald=wald)
        elif ci in OWN_STANDARD_ERROR and j == 0 and df > 0:
            verify_interval(c, ci, result.ci_df, level=result.level, wald=wald)


def _verify_se(c: Coefficient, wald: float, again: Again, *, ci: str) -> None:
    factor, noise = 1.0, 0.0
    if ci in RESIDUAL_SCALED:  # Hartung and Knapp 2001: times the root of the mean weighted residual square
        factor = math.sqrt(again.s2)
        noise = again.s2_noise / (2 * factor) if factor > 0 else math.sqrt(again.s2_noise)
        if ci == "hksj-adhoc-se":
            factor = max(1.0, factor)
    agree(f"{c.term}: standard error ({ci})", c.se, wald * factor, noise=wald * noise)


def verify_interval(c: Coefficient, ci: str, df: float, *, level: float, wald: float) -> None:
    """Demand that statistic, P value and limits of a coefficient follow from its estimate and standard error.

    Parameters
    ----------
    c : the coefficient
    ci, df : kind of interval, and its degrees of freedom (not used by ``wald``)
    level : confidence level
    wald : the model-based standard error, for ``hksj-adhoc-ci``

    Raises
    ------
    DisagreementError
        with both values.
    """
    t_df = None if ci == "wald" else float(df)
    with np.errstate(divide="ignore", invalid="ignore"):
        agree(f"{c.term}: test statistic", c.stat, float(np.divide(c.estimate, c.se)))
    if t_df is not None and df <= 0:
        for what, value in (("P value", c.p), ("lower limit", c.ci_low), ("upper limit", c.ci_high)):
            agree(f"{c.term}: {what} without degrees of freedom", value, math.nan)
        return
    p = _two_sided(c.stat, t_df)
    agree(f"{c.term}: P value", c.p, p, noise=1e-300)
    half = _upper(level, t_df) * c.se
    if ci == "hksj-adhoc-ci":
        half = max(half, _upper(level, None) * wald)
    noise = ROUNDING * (abs(c.estimate) + half)
    agree(f"{c.term}: lower limit", c.ci_low, c.estimate - half, noise=noise + 1e-10 * half)
    agree(f"{c.term}: upper limit", c.ci_high, c.estimate + half, noise=noise + 1e-10 * half)


def _verify_weights(result: Pooled, vi: Floats, weights: Floats | None) -> None:
    w = vi + result.tau2 if weights is None else 1 / weights
    lightest = float(w.min())
    again = 100 * (lightest / w) / math.fsum(lightest / w)
    wrong = np.flatnonzero(~(np.abs(result.weights - again) <= 1e-8 * again))
    if wrong.size:
        raise differs(f"weight of study {wrong[0] + 1}", float(result.weights[wrong[0]]), float(again[wrong[0]]))


def _verify_prediction(result: Pooled, yi: Floats, vi: Floats) -> None:
    """The limits lie at a quantile of the method that the result names, or else of one that is known."""
    centre, half = (result.pi_low + result.pi_high) / 2, (result.pi_high - result.pi_low) / 2
    named = getattr(result, "pi_method", "")
    if named.startswith("bootstrap"):
        return
    size = abs(result.estimate) + half
    agree("centre of the prediction interval", centre, result.estimate, noise=1e-12 * size)
    se2 = result.se**2
    if named == "hksj" and result.ci_method not in RESIDUAL_SCALED:
        se2 = _residual_variance(yi, 1 / (vi + result.tau2))
    spread = math.sqrt(result.tau2 + se2)
    k = result.k
    dfs = {"t-k-2": k - 2, "t-k-1": k - 1, "hksj": k - 1, "normal": None, "tau-only": None}
    known = []
    for name in [named] if named in dfs else list(dfs):
        df = dfs[name]
        if df is None or df > 0:
            known.append(_upper(result.level, df) * (math.sqrt(result.tau2) if name == "tau-only" else spread))
    if not any(abs(half - again) <= 1e-8 * again + 1e-12 * size for again in known):
        raise differs("half width of the prediction interval", half, known)


def _residual_variance(yi: Floats, w: Floats) -> float:
    """Knapp and Hartung's variance of the mean from pairs of studies, which need no mean."""
    pairs = float(w @ ((yi[:, None] - yi[None, :]) ** 2) @ w) / 2
    return pairs / float(w.sum()) ** 2 / (yi.size - 1)


def _verify_regression(
    result: Pooled, yi: Floats, vi: Floats, *, x: Floats, again: Again, weights: Floats | None, thorough: bool
) -> None:
    """The omnibus test from two weighted residual sums of squares, at the same tau2; R² from the tau2 it implies."""
    k, p = x.shape
    w = 1 / (vi + result.tau2)
    without, full = moments(yi, vi, np.ones((k, 1)), w), moments(yi, vi, x, w)
    agree("degrees of freedom of QM", result.qm_df, p - 1)
    if result.ci_method in ("wald", *T_INTERVALS) and k > p:
        qm, noise = without.q - full.q, without.noise + full.noise
        if result.model == "user-weights":  # the identity holds for inverse-variance weights only
            half = np.linalg.solve(np.linalg.cholesky(again.cov[1:, 1:]), again.beta[1:])
            qm, noise = float(half @ half), 0.0
        noise += float(np.linalg.norm(again.noise / np.sqrt(np.diag(again.cov)))) * (1 + 2 * math.sqrt(abs(qm)))
        if result.ci_method in T_INTERVALS:
            s2 = again.s2 if result.ci_method in RESIDUAL_SCALED else 1.0
            s2 = max(1.0, s2) if result.ci_method == "hksj-adhoc-se" else s2
            qm, noise = qm / (s2 * (p - 1)), noise / (s2 * (p - 1))
            qm_p = float(betainc((k - p) / 2, (p - 1) / 2, (k - p) / (k - p + (p - 1) * result.qm)))
        else:
            qm_p = float(gammaincc((p - 1) / 2, result.qm / 2))
        agree("QM", result.qm, qm, noise=noise)
        agree("P value of QM", result.qm_p, qm_p, noise=1e-300)
    if thorough and 0 < result.r2 < 99.9 and result.tau2_method:
        implied = result.tau2 / (1 - result.r2 / 100)
        verify_tau2(result.tau2_method, implied, yi, vi=vi, x=np.ones((k, 1)), weights=weights)
