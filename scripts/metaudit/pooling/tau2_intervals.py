"""Confidence intervals of the between-study variance, and what they mean for I2 and H2."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import quantile
from metaudit.pooling.linear import profiler
from metaudit.pooling.quadratic_form import GeneralisedQ
from metaudit.pooling.tau2 import log_likelihood

TAU2_CI_METHODS = ("q-profile", "profile-likelihood", "jackson", "biggerstaff")
_LIKELIHOOD = {"ML": False, "REML": True}
_STEPS = 240
_NEWTON_STEPS = 300
_SMALLEST_STEP = 1e-8  # relative, of a search whose error after a step is its square


def tau2_interval(
    yi: Floats,
    vi: Floats,
    x: Floats,
    *,
    ci: str,
    level: float,
    method: str,
    tau2: float,
    stopping: str = "exact",
    weights: Floats | None = None,
) -> tuple[float, float]:
    """Confidence limits of tau2; both 0 when no tau2 >= 0 is compatible with so little variation.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    ci : one of ``TAU2_CI_METHODS``
    level : confidence level
    method, tau2 : the estimator and its value
    stopping : ``metafor`` ends the Q-profile search where metafor's default does
    weights : of ``GENQ``, which ``jackson`` then takes instead of its own

    Returns
    -------
    Lower and upper limit; NaN without a residual degree of freedom, where they do not exist.

    Raises
    ------
    DataError
        when the interval does not belong to the estimator.
    """
    df = x.shape[0] - x.shape[1]
    if ci == "profile-likelihood" and method not in _LIKELIHOOD:
        raise DataError(
            f"a profile-likelihood interval of tau2 belongs to the likelihood that was maximised: use tau2 ML or REML, not "
            f"{method}; or another interval ({', '.join(c for c in TAU2_CI_METHODS if c != ci)})"
        )
    if df <= 0:
        return math.nan, math.nan
    if ci == "profile-likelihood":
        return profile_likelihood(yi, vi, x, level=level, restricted=_LIKELIHOOD[method])
    if ci == "jackson":
        return generalised_q(yi, vi, x, level=level, weights=1 / np.sqrt(vi) if weights is None else weights)
    if ci == "biggerstaff":
        return generalised_q(yi, vi, x, level=level, weights=1 / vi)
    if stopping == "metafor":
        from metaudit.pooling.stopping import metafor_q_profile

        return metafor_q_profile(yi, vi, x, level, tau2=tau2)
    return q_profile(yi, vi, x, level=level)


def q_profile(yi: Floats, vi: Floats, x: Floats, *, level: float) -> tuple[float, float]:
    """Where Q(tau2) equals the quantiles of chi-squared with k - p degrees of freedom (Viechtbauer 2007).

    ``Q = sum z_i² / (tau2 + lambda_i)`` with the eigenvalues of the error contrasts' variance, so that 1/Q is concave and
    rises: Newton's method on it climbs to the root from 0 and never passes it. Both limits are found together. With sums
    ``Qn`` of z_i² / (tau2 + lambda_i)ⁿ, -tau2 (1/Q)'' / (1/Q)' = 2 tau2 (Q3/Q2 - Q2/Q) is at most 2, so that what a step of
    the relative size s leaves is no more than s² of the root.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)`` with k > p
    level : confidence level
    """
    upper, lower = _chi2_quantiles(level, x.shape[0] - x.shape[1])
    fit_at, low, high = profiler(yi, vi, x), 0.0, 0.0
    for _ in range(_NEWTON_STEPS):
        f = fit_at(np.array([low, high]))
        (q_low, q_high), (q2_low, q2_high) = f.q.tolist(), f.q2.tolist()
        up, on = _newton_step(q_low, q2_low, upper), _newton_step(q_high, q2_high, lower)
        low, high = low + up, high + on
        if up <= _SMALLEST_STEP * low and on <= _SMALLEST_STEP * high:
            return low, high
    raise ArithmeticError("the Q-profile limits of tau2 did not converge")


@lru_cache(maxsize=1024)
def _chi2_quantiles(level: float, df: int) -> tuple[float, float]:
    """The upper and the lower one that leave the level between them."""
    tail = (1 - level) / 2
    return float(chdtri(df, tail)), float(chdtri(df, 1 - tail))


def _newton_step(q: float, q2: float, target: float) -> float:
    """Newton's step in 1/Q, whose derivative is q2 / q²; none where Q is below its target."""
    if not q > target:
        return 0.0
    slope = target * q2
    return (q - target) * q / slope if slope > 0 else math.inf


def profile_likelihood(yi: Floats, vi: Floats, x: Floats, *, level: float, restricted: bool) -> tuple[float, float]:
    """Every tau2 whose likelihood ratio to the maximum is not significant (Hardy and Thompson 1996).

    With two maxima the set may have a gap; the outermost limits are given.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    level : confidence level
    restricted : whether the restricted likelihood (REML) is meant
    """
    scale = max(float(np.var(yi)), float(np.min(vi)))
    drop = quantile(level, None) ** 2 / 2

    def height(t: Floats) -> Floats:
        return log_likelihood(yi, vi, x, t, restricted=restricted)

    grid = np.concatenate([[0.0], scale * np.logspace(-10, 4, _STEPS)])
    while height(grid[-1:])[0] > height(grid).max() - 2 * drop:  # k - p = 1 falls slowly: as log(tau2) / 2
        grid = np.append(grid, 100 * grid[-1])
    heights = height(grid)
    best = int(np.argmax(heights))
    peak = _peak(height, grid, best)
    over = np.flatnonzero(heights >= peak - drop)
    first, last = (min(over[0], best), max(over[-1], best)) if over.size else (best, best)
    if not over.size:  # the whole set lies between two points of the grid, around the maximum
        grid = np.insert(grid, best, _argmax(height, grid, best))
        first = last = best

    def gap(t: float) -> float:
        return float(height(np.array([t]))[0]) - peak + drop

    low = 0.0 if first == 0 else _root(gap, float(grid[first - 1]), float(grid[first]))
    return low, _root(gap, float(grid[last]), float(grid[last + 1]))


def _argmax(height: Callable[[Floats], Floats], grid: Floats, best: int) -> float:
    """Where the maximum lies between the neighbours of a grid's best point, by golden section."""
    low, high = float(grid[max(0, best - 1)]), float(grid[min(grid.size - 1, best + 1)])
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(90):
        a, b = high - golden * (high - low), low + golden * (high - low)
        fa, fb = height(np.array([a, b]))
        low, high = (low, b) if fa >= fb else (a, high)
    return (low + high) / 2


def _peak(height: Callable[[Floats], Floats], grid: Floats, best: int) -> float:
    t = _argmax(height, grid, best)
    return float(height(np.array([t, grid[best]])).max())


def _root(gap: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(gap, low, high, xtol=1e-300, rtol=8.9e-16, maxiter=500))


def generalised_q(yi: Floats, vi: Floats, x: Floats, *, level: float, weights: Floats) -> tuple[float, float]:
    """Limits from the exact distribution of Q with fixed weights (Biggerstaff and Jackson 2008; Jackson 2013).

    Parameters
    ----------
    yi, vi, weights : shape ``(k,)``
    x : design, shape ``(k, p)``
    level : confidence level
    """
    q = GeneralisedQ(yi, vi, x, weights)
    tail = (1 - level) / 2

    def solve(target: float) -> float:
        if q.below(0.0) <= target:
            return 0.0
        high = max(float(np.var(yi)), float(np.mean(vi)))
        while q.below(high) > target:
            high *= 4
        return _root(lambda t: q.below(t) - target, 0.0, high)

    return solve(1 - tail), solve(tail)


def h2_test_based(q: float, df: int, *, level: float) -> tuple[float, float]:
    """Limits of H² from the standard error of ln H (Higgins and Thompson 2002, appendix).

    Parameters
    ----------
    q : Cochran's Q
    df : its degrees of freedom, k - 1
    level : confidence level

    Returns
    -------
    Limits, not below 1; NaN for df = 1 when Q <= 2 and for df < 1, where the standard error does not exist.
    """
    if df < 1:
        return math.nan, math.nan
    if q > df + 1:
        se = 0.5 * (math.log(q) - math.log(df)) / (math.sqrt(2 * q) - math.sqrt(2 * df - 1))
    elif df > 1:
        se = math.sqrt((1 - 1 / (3 * (df - 1) ** 2)) / (2 * (df - 1)))
    else:
        return math.nan, math.nan
    if q <= 0:
        return 1.0, 1.0
    half = quantile(level, None) * se
    h = math.sqrt(q / df)
    return max(1.0, (h * math.exp(-half)) ** 2), max(1.0, (h * math.exp(half)) ** 2)
