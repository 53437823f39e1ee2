"""Estimators of the between-study variance: closed forms, and exact roots of the iterative ones.

Sources: DerSimonian and Laird 1986; Hedges 1983 (HE); Hunter and Schmidt 2004 (HS); Sidik and Jonkman 2005 (SJ);
Paule and Mandel 1982 (PM; the empirical Bayes estimator of Morris 1983 has the same root); Viechtbauer 2005 for ML
and REML and for the form of all of them with moderators.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.linear import profile

_GRID = np.concatenate([[0.0], np.logspace(-10, 6, 321)])


def _at(yi: Floats, vi: Floats, x: Floats, tau2: float):  # type: ignore[no-untyped-def]
    return profile(yi, vi, x, np.array([tau2]))


def dersimonian_laird(yi: Floats, vi: Floats, x: Floats) -> float:
    """Method of moments with inverse-variance weights; negative before truncation."""
    f = _at(yi, vi, x, 0.0)
    return float((f.q[0] - (yi.size - x.shape[1])) / f.trace_p[0])


def hedges(yi: Floats, vi: Floats, x: Floats) -> float:
    """Method of moments with equal weights; negative before truncation."""
    k, p = x.shape
    hat = x @ np.linalg.pinv(x)
    residual = yi - hat @ yi
    return float((residual @ residual - np.sum((1 - np.diag(hat)) * vi)) / (k - p))


def hunter_schmidt(yi: Floats, vi: Floats, x: Floats) -> float:
    """Hunter-Schmidt; negative before truncation."""
    f = _at(yi, vi, x, 0.0)
    return float((f.q[0] - yi.size) / f.trace_w[0])


def sidik_jonkman(yi: Floats, vi: Floats, x: Floats) -> float:
    """Sidik-Jonkman with the uncentred start value sum((y - mean)²)/k; 0 only when all effects are equal."""
    k, p = x.shape
    start = float(np.var(yi)) * k / k
    if start == 0:
        return 0.0
    w = 1 / (vi + start)
    a = x.T @ (x * w[:, None])
    r = yi - x @ np.linalg.solve(a, x.T @ (w * yi))
    return float(start * np.sum(w * r**2) / (k - p))


def paule_mandel(yi: Floats, vi: Floats, x: Floats) -> float:
    """Root of Q(tau2) = k - p, which falls in tau2; 0 when Q(0) is already below."""
    return q_root(yi, vi, x, float(yi.size - x.shape[1]))


def q_root(yi: Floats, vi: Floats, x: Floats, target: float) -> float:
    """The tau2 at which the generalised Q equals a target; 0 when Q(0) is below it, inf when no tau2 is enough."""

    def gap(tau2: float) -> float:
        return float(_at(yi, vi, x, tau2).q[0]) - target

    if gap(0.0) <= 0:
        return 0.0
    if target <= 0:
        return float("inf")
    high = max(float(np.var(yi)), float(np.mean(vi)), 1e-300)
    while gap(high) > 0:
        high *= 4
    return float(brentq(gap, 0.0, high, xtol=1e-300, rtol=8.9e-16, maxiter=500))


def log_likelihood(yi: Floats, vi: Floats, x: Floats, tau2: Floats, *, restricted: bool) -> Floats:
    """Log-likelihood profiled over the coefficients, as metafor's (with its constants)."""
    f = profile(yi, vi, x, tau2)
    k, p = x.shape
    if not restricted:
        return np.asarray(-0.5 * (k * np.log(2 * np.pi) - f.log_det_w + f.q))
    log_det_xx = np.linalg.slogdet(x.T @ x)[1]
    return np.asarray(-0.5 * ((k - p) * np.log(2 * np.pi) - log_det_xx - f.log_det_w + f.log_det_x + f.q))


def score(yi: Floats, vi: Floats, x: Floats, tau2: Floats, *, restricted: bool) -> Floats:
    """Derivative of the log-likelihood in tau2."""
    f = profile(yi, vi, x, tau2)
    return 0.5 * (f.q2 - (f.trace_p if restricted else f.trace_w))


def likelihood_maximum(yi: Floats, vi: Floats, x: Floats, *, restricted: bool) -> float:
    """The tau2 that maximises the (restricted) likelihood: every maximum of a scan polished, the highest taken.

    About one small data set in a hundred has two maxima, and zero is a maximum when the score there is not positive.
    """
    if np.ptp(yi) == 0:
        return 0.0
    scale = max(float(np.var(yi)), float(np.min(vi)))
    grid = _GRID * scale
    slope = score(yi, vi, x, grid, restricted=restricted)
    candidates = [0.0] if slope[0] <= 0 else []
    for i in np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0)):

        def f(t: float) -> float:
            return float(score(yi, vi, x, np.array([t]), restricted=restricted)[0])

        candidates.append(float(brentq(f, grid[i], grid[i + 1], xtol=1e-300, rtol=8.9e-16, maxiter=500)))
    if not candidates:
        raise ArithmeticError("the likelihood of tau2 rises over the whole range searched")
    heights = log_likelihood(yi, vi, x, np.array(candidates), restricted=restricted)
    return candidates[int(np.argmax(heights))]


ESTIMATORS: dict[str, Callable[[Floats, Floats, Floats], float]] = {
    "FE": lambda yi, vi, x: 0.0,
    "DL": dersimonian_laird,
    "HE": hedges,
    "HS": hunter_schmidt,
    "SJ": sidik_jonkman,
    "PM": paule_mandel,
    "EB": paule_mandel,
    "ML": lambda yi, vi, x: likelihood_maximum(yi, vi, x, restricted=False),
    "REML": lambda yi, vi, x: likelihood_maximum(yi, vi, x, restricted=True),
}


def estimate_tau2(method: str, yi: Floats, vi: Floats, x: Floats) -> float:
    """The tau2 of one data set, truncated at 0; 0 when there is no residual degree of freedom."""
    if x.shape[0] <= x.shape[1]:
        return 0.0
    return max(0.0, ESTIMATORS[method](yi, vi, x))
