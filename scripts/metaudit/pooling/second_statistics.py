"""Likelihood, information criteria, the standard error of tau2, and intervals with a standard error of their own, again."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import erfinv

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.result import Pooled
from metaudit.pooling.second_sums import ROUNDING, Studies, moments, sums
from metaudit.pooling.second_tau2 import agree, differs, likelihood_height

_MOMENTS = ("DL", "HE", "HS", "HSk", "SJ", "GENQ")


def verify_statistics(result: Pooled, studies: Studies, *, thorough: bool) -> None:
    """Kenward-Roger's and the profile-likelihood interval, which have a standard error or a likelihood of their own.

    Raises
    ------
    DisagreementError
        with both values.
    """
    if studies.df <= 0 or not studies.intercept:
        return
    if result.ci_method == "kenward-roger":
        _verify_kenward_roger(result, studies.vi)
    if result.ci_method == "profile" and thorough:
        for what, limit in (("lower", result.ci_low), ("upper", result.ci_high)):
            _verify_profile(what, limit, result, studies.yi, vi=studies.vi)


def verify_fit_statistics(result: Pooled, studies: Studies, *, weights: Floats | None) -> None:
    """The likelihood at tau2 and its criteria, and se(tau2).

    Raises
    ------
    DisagreementError
        with both values.
    """
    if studies.df <= 0:
        return
    if not math.isnan(result.log_lik):
        _verify_likelihood(result, studies)
    if not studies.intercept:  # sums over a full residual maker would be the first computation again
        return
    if result.tau2_method and not math.isnan(result.se_tau2):
        again, noise = _se_tau2(result, studies.yi, studies.vi, weights)
        agree("standard error of tau2", result.se_tau2, again, noise=noise)


def _verify_likelihood(result: Pooled, studies: Studies) -> None:
    x = studies.x
    k, p = x.shape
    restricted = result.tau2_method == "REML"
    at = sums(studies.yi, studies.vi, x, np.array([result.tau2]))
    height, noise = likelihood_height(at, restricted=restricted)
    n, parameters = (k - p if restricted else k), p + int(result.model == "random")
    twice = float(height[0]) - n * math.log(2 * math.pi)
    if restricted:
        twice += (
            math.log(k) if studies.intercept else 2 * float(np.sum(np.log(np.abs(np.diag(np.linalg.qr(x, mode="r"))))))
        )
    agree("log-likelihood", result.log_lik, twice / 2, noise=float(noise[0]) + ROUNDING * n)
    size = max(n, parameters + 2)
    room = float(noise[0]) + ROUNDING * n
    agree("AIC", result.aic, 2 * parameters - twice, noise=room)
    agree("BIC", result.bic, parameters * math.log(n) - twice, noise=room)
    correction = 2 * parameters * (parameters + 1) / (size - parameters - 1)
    agree("AICc", result.aicc, 2 * parameters - twice + correction, noise=room)


def _traces(a: Floats, s: Floats) -> tuple[float, float]:
    """tr(P), and tr(PSPS) for diagonal S, of P = A - Aee'A / sum(a), summed over pairs so that nothing is subtracted.

    P is a weighted graph Laplacian: P_ij = -a_i a_j / sum(a), and its diagonal is minus the sum of the others.
    """
    total = float(a.sum())
    diagonal = a * (total - a) / total
    if a.size > 1:  # for a study that outweighs all others, total - a has lost its digits
        i = int(np.argmax(a))
        diagonal[i] = a[i] * float(np.delete(a, i).sum()) / total
    off = (float(np.sum(a**2 * s)) ** 2 - float(np.sum(a**4 * s**2))) / total**2
    return float(diagonal.sum()), float(np.sum(diagonal**2 * s**2)) + off


def _se_tau2(result: Pooled, yi: Floats, vi: Floats, weights: Floats | None) -> tuple[float, float]:
    """By metafor's formulas (see ``fit_statistics.py``), from sums instead of matrices; and its rounding."""
    k, method = yi.size, result.tau2_method
    w, s = 1 / (vi + result.tau2), vi + result.tau2
    if method == "ML":
        return math.sqrt(2 / math.fsum(w**2)), 0.0
    if method in ("PM", "PMM", "EB"):
        return math.sqrt(2 / (k - 1)) * k / math.fsum(w), 0.0
    if method == "REML":
        square = _traces(w, np.ones(k))[1]
        again = math.sqrt(2 / square)
        return again, again * ROUNDING * float(w @ w) / square
    start = moments(yi, vi, np.ones((k, 1)), np.ones(k)).q / k
    alike = start <= (ROUNDING * float(np.abs(yi).max())) ** 2
    if method not in _MOMENTS or (method == "GENQ" and weights is None) or (method == "SJ" and alike):
        return 0.0, math.inf  # none is published, or effects that only rounding tells apart
    a = {"HE": np.ones(k), "GENQ": weights, "SJ": 1 / (vi + start)}.get(method, 1 / vi)
    a = np.asarray(a, dtype=float)
    trace, square = _traces(a, s)
    divisor = {"HS": math.fsum(a), "HSk": math.fsum(a) * (k - 1) / k, "SJ": (k - 1) / max(start, 1e-300)}
    again = math.sqrt(2 * square) / divisor.get(method, trace)
    lost = float(np.sum((a * s) ** 2)) / square + float(a.sum()) / trace
    return again, again * ROUNDING * lost


def _verify_kenward_roger(result: Pooled, vi: Floats) -> None:
    """Variance and degrees of freedom of the mean (Partlett and Riley 2017) from sums of powers of the weights."""
    w = 1 / (vi + result.tau2)
    one, two = math.fsum(w), math.fsum(w**2)
    square = _traces(w, np.ones(w.size))[1]
    middle = float(np.sum(w * (w - two / one) ** 2))  # sum w³ - (sum w²)² / sum w, as a sum of squares
    variance = 1 / one + 4 * middle / (square * one**2)
    room = ROUNDING * (two / square)
    agree("standard error (kenward-roger)", result.se, math.sqrt(variance), noise=math.sqrt(variance) * room)
    df = square / (variance * two) ** 2
    agree("degrees of freedom (kenward-roger)", result.ci_df, df, noise=df * room)


def _verify_profile(what: str, limit: float, result: Pooled, yi: Floats, *, vi: Floats) -> None:
    """With the mean held at the limit, the likelihood maximised over tau2 has fallen by the quantile."""
    if not math.isfinite(limit):
        return
    top = likelihood_height(sums(yi, vi, np.ones((yi.size, 1)), np.array([result.tau2])), restricted=False)[0][0]

    def fall(t: float) -> float:
        w = 1 / (vi + t)
        return float(top) - float(np.sum(np.log(w))) + float(np.sum(w * (yi - limit) ** 2))

    scale = float(np.max((yi - limit) ** 2))
    edges = np.concatenate([[0.0], scale * np.logspace(-9, 1, 81)])
    best = int(np.argmin([fall(t) for t in edges]))
    bounds = (edges[max(0, best - 1)], edges[min(edges.size - 1, best + 1)])
    found = minimize_scalar(fall, bounds=bounds, method="bounded", options={"xatol": 1e-10 * bounds[1]})
    least, drop = min(float(found.fun), fall(float(edges[best]))), 2 * float(erfinv(result.level)) ** 2
    if abs(least - drop) > 1e-7 * drop:
        raise differs(f"{what} profile-likelihood limit {limit!r}: fall of the likelihood there", drop, least)
