"""Every pooled number a second, independent way; a disagreement stops the run and names both values.

What is compared may differ by 1e-8 of its size, plus what rounding can have done to the sums it comes from (bounds in
``second_sums.py``): an estimate of 0.001 between effects of ±100 has lost five digits, and that is nobody's error. On
10,000 random analyses with variances over eight orders of magnitude this raises no alarm, and an error of 1e-6 put into
any field of a result is found (tests/unit/pooling/test_second_way.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, erfc, erfinv, gammaincc

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.result import Coefficient, Pooled
from metaudit.pooling.second_heterogeneity import verify_heterogeneity, verify_limits
from metaudit.pooling.second_statistics import verify_fit_statistics, verify_statistics
from metaudit.pooling.second_sums import ROUNDING, Studies, moments
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
    verify_studies(result, Studies(yi, vi, x), weights=weights, thorough=thorough)


def verify_studies(result: Pooled, studies: Studies, *, weights: Floats | None, thorough: bool = False) -> None:
    """``verify_pooled`` for studies that more is asked of afterwards."""
    yi, vi, x = studies.yi, studies.vi, studies.x
    if result.k != yi.size:
        raise differs("number of studies", result.k, yi.size)
    if result.stopping == "exact":
        verify_tau2(
            result.tau2_method or "FE", result.tau2, yi, vi=vi, x=x, weights=weights, thorough=thorough,
            inverse=lambda: studies.moments,
        )  # fmt: skip
    user = weights if result.model == "user-weights" else None
    again = _fit(studies, tau2=result.tau2, weights=user, scaled=result.ci_method in RESIDUAL_SCALED)
    _verify_coefficients(result, again)
    _verify_weights(result, vi, user)
    verify_heterogeneity(result, studies)
    if thorough or result.settled("limits"):  # else they are verified when they are worked out
        verify_limits(result, studies)
    verify_statistics(result, studies, thorough=thorough)
    if thorough or result.settled("statistics"):
        verify_fit_statistics(result, studies, weights=weights)
    if math.isfinite(result.pi_low):
        _verify_prediction(result, yi, vi)
    if x.shape[1] == 1:
        agree("degrees of freedom of QM without moderators", result.qm_df, 0)
    else:
        _verify_regression(result, yi, vi, x=x, again=again, weights=weights, thorough=thorough)


class Again(NamedTuple):
    """A fit at a given tau2: coefficients, their model-based covariance, and the mean weighted residual square."""

    beta: Floats
    cov: Floats
    noise: Callable[[], Floats]
    s2: float
    s2_noise: float

    def noise_of(self, j: int) -> float:
        """What rounding may have done to one coefficient."""
        return float(self.noise()[j])


def _fit(studies: Studies, *, tau2: float, weights: Floats | None, scaled: bool) -> Again:
    """The fit; the mean weighted residual square only where standard errors are ``scaled`` by it, else NaN."""
    yi, vi, x = studies.yi, studies.vi, studies.x
    w = 1 / (vi + tau2) if weights is None else weights
    s2, s2_noise = math.nan, 0.0
    if scaled and studies.df > 0:
        m = moments(yi, vi, x, w)
        s2, s2_noise = m.q / studies.df, m.noise / studies.df
    if studies.intercept:
        pivot, total = float(yi[w.argmax()]), math.fsum(w.tolist())
        beta = np.array([pivot + math.fsum((w * (yi - pivot)).tolist()) / total])
        variance = 1 / total if weights is None else math.fsum(w**2 * (vi + tau2)) / total**2
        return Again(beta, np.array([[variance]]), lambda: np.array([ROUNDING * np.abs(yi).max()]), s2, s2_noise)
    p = x.shape[1]
    root = np.sqrt(w)
    norms = np.sqrt(w @ x**2)
    basis, r = np.linalg.qr(root[:, None] * x / norms)
    half = np.linalg.solve(r, np.eye(p)) / norms[:, None]
    beta = half @ (basis.T @ (root * yi))
    condition = float(np.linalg.cond(r)) ** 2  # of the normal equations that the result came from
    rows = np.sqrt(np.sum(half**2, axis=1))
    noise = ROUNDING * condition * rows * float(np.linalg.norm(root * yi))
    if weights is None:
        return Again(beta, half @ half.T, lambda: noise, s2, s2_noise)
    spread = (half @ basis.T) * np.sqrt(w * (vi + tau2))
    return Again(beta, spread @ spread.T, lambda: noise, s2, s2_noise)


@lru_cache(maxsize=1024)
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
        agree(f"{c.term}: estimate", c.estimate, float(again.beta[j]), noise=partial(again.noise_of, j))
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
    agree(f"{c.term}: test statistic", c.stat, _quotient(c.estimate, c.se))
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


def _quotient(a: float, b: float) -> float:
    """``a / b`` as IEEE 754 has it for ``b`` = 0."""
    if b != 0:
        return a / b
    return math.copysign(math.inf, a) if a != 0 and not math.isnan(a) else math.nan


def _verify_weights(result: Pooled, vi: Floats, weights: Floats | None) -> None:
    """Weights in proportion to what they are made of, and 100 % together: then each is right to 1e-8."""
    inverse = vi + result.tau2 if weights is None else 1 / weights
    product = result.weights * inverse
    alike = product.max() <= (1 + 5e-9) * product.min()
    if alike and abs(math.fsum(result.weights.tolist()) - 100) <= 5e-7:
        return
    lightest = float(inverse.min())
    again = 100 * (lightest / inverse) / math.fsum(lightest / inverse)
    i = int(np.argmax(np.abs(result.weights - again) / again))  # the first NaN, if there is one
    raise differs(f"weight of study {i + 1}", float(result.weights[i]), float(again[i]))


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
        noise += float(np.linalg.norm(again.noise() / np.sqrt(np.diag(again.cov)))) * (1 + 2 * math.sqrt(abs(qm)))
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
