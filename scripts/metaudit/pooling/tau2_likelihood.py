"""Estimators of the between-study variance that are roots: Paule-Mandel, and the maxima of two likelihoods.

Sources: Paule and Mandel 1982 (PM; the empirical Bayes estimator of Morris 1983 has the same root); Viechtbauer 2005
for ML and REML with moderators.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import chdtri

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.linear import Profile, profile, profiler

STEP = 1.15  # ratio of vmin + tau2 between neighbours of the scan
_NEXT_TO_ZERO = 1e-3  # share of the first step at which the score is compared with that at 0


def paule_mandel(yi: Floats, vi: Floats, x: Floats) -> float:
    """Root of Q(tau2) = k - p, which falls in tau2; 0 when Q(0) is already below (Paule and Mandel 1982)."""
    return q_root(yi, vi, x, float(yi.size - x.shape[1]))


def paule_mandel_median(yi: Floats, vi: Floats, x: Floats) -> float:
    """Root of Q(tau2) = the median of chi-squared with k - p degrees of freedom (PMM; median-unbiased)."""
    return q_root(yi, vi, x, float(chdtri(yi.size - x.shape[1], 0.5)))


def q_root(yi: Floats, vi: Floats, x: Floats, target: float) -> float:
    """The tau2 at which the generalised Q equals a target; 0 when Q(0) is below it, inf when no tau2 is enough."""
    fit_at = profiler(yi, vi, x)

    def gap(tau2: float) -> float:
        return float(fit_at(np.array([tau2])).q[0]) - target

    if gap(0.0) <= 0:
        return 0.0
    if target <= 0:
        return math.inf
    low, high = 0.0, max(float(np.var(yi)), float(np.min(vi)))
    while gap(high) > 0:
        low, high = high, high * 4
    return _root(gap, low, high)


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(f, low, high, xtol=1e-300, rtol=8.9e-16, maxiter=1000))


def log_likelihood(yi: Floats, vi: Floats, x: Floats, tau2: Floats, *, restricted: bool) -> Floats:
    """Log-likelihood profiled over the coefficients, as metafor's (with its constants)."""
    f = profile(yi, vi, x, tau2)
    k, p = x.shape
    if not restricted:
        return np.asarray(-0.5 * (k * np.log(2 * np.pi) - f.log_det_w + f.q))
    log_det_xx = np.linalg.slogdet(x.T @ x)[1]
    return np.asarray(-0.5 * ((k - p) * np.log(2 * np.pi) - log_det_xx - f.log_det_w + f.log_det_x + f.q))


def score(yi: Floats, vi: Floats, x: Floats, tau2: Floats, *, restricted: bool) -> Floats:
    """Derivative of the log-likelihood in tau2 (Viechtbauer 2005): half of y'PPy less tr P (REML) or tr W (ML)."""
    return _score_of(profile(yi, vi, x, tau2), restricted=restricted)


def _score_of(f: Profile, *, restricted: bool) -> Floats:
    return 0.5 * (f.q2 - (f.trace_p if restricted else f.trace_w))


def largest_tau2(yi: Floats, vi: Floats, x: Floats) -> float:
    """A bound above which both likelihoods fall: max(largest vi, 2 RSS / (k - p)), RSS of unweighted least squares.

    y'PPy is at most RSS / (vmin + t)² and tr P, like tr W, at least (k - p) / (vmax + t).
    """
    residual = yi - x @ np.linalg.lstsq(x, yi, rcond=None)[0]
    return float(max(np.max(vi), 2 * (residual @ residual) / (x.shape[0] - x.shape[1])))


def scan(vi: Floats, top: float, step: float = STEP) -> Floats:
    """Values of tau2 from 0 to beyond ``top``, with vmin + tau2 growing by a ratio: the score bends no faster."""
    smallest = float(np.min(vi))
    count = math.ceil(math.log1p(top / smallest) / math.log(step)) + 1
    return np.asarray(smallest * np.expm1(np.arange(count + 1) * math.log(step)))


def likelihood_maximum(yi: Floats, vi: Floats, x: Floats, *, restricted: bool) -> float:
    """The tau2 that maximises the (restricted) likelihood: every maximum of a scan polished, the highest taken.

    About one small data set in a hundred has two maxima, and zero is a maximum when the score there is not positive.
    Between neighbours of the scan the score may touch zero and come back; where its values suggest so, its extremum is
    sought and put between them.
    """
    if np.ptp(yi) == 0:
        return 0.0

    fit_at = profiler(yi, vi, x)

    def f(t: float) -> float:
        return float(_score_of(fit_at(np.array([t])), restricted=restricted)[0])

    grid = scan(vi, largest_tau2(yi, vi, x))
    slope = score(yi, vi, x, grid, restricted=restricted)
    grid, slope = _with_turning_points(f, grid, slope)
    candidates = [0.0] if slope[0] <= 0 else []
    for i in np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0)):
        candidates.append(_root(f, float(grid[i]), float(grid[i + 1])))
    if not candidates:
        raise ArithmeticError("the likelihood of tau2 rises over the whole range searched")
    if len(candidates) == 1:
        return candidates[0]
    heights = log_likelihood(yi, vi, x, np.array(candidates), restricted=restricted)
    return candidates[int(np.argmax(heights))]


def _with_turning_points(f: Callable[[float], float], grid: Floats, slope: Floats) -> tuple[Floats, Floats]:
    """The scan with points added where the score turns back towards zero without having crossed it."""
    inner, left, right = slope[1:-1], slope[:-2], slope[2:]
    peak = (inner < 0) & (inner >= left) & (inner >= right)
    dip = (inner > 0) & (inner <= left) & (inner <= right)
    ranges = [(float(grid[i]), float(grid[i + 2]), -1.0 if peak[i] else 1.0) for i in np.flatnonzero(peak | dip)]
    if slope[1] < slope[0] <= 0 and f(_NEXT_TO_ZERO * float(grid[1])) > slope[0]:
        ranges.append((0.0, float(grid[1]), -1.0))  # it rises from 0 first
    added = []
    for low, high, sign in ranges:
        found = minimize_scalar(
            lambda t, s=sign: s * f(t), bounds=(low, high), method="bounded", options={"xatol": 1e-6 * (high - low)}
        )
        if found.fun < 0:
            added.append((float(found.x), sign * float(found.fun)))
    if not added:
        return grid, slope
    both = np.array(sorted([*zip(grid.tolist(), slope.tolist(), strict=True), *added]))
    return both[:, 0], both[:, 1]
