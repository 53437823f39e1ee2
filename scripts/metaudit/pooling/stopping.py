"""metafor's default stopping rules, for numbers published with them.

metafor 3.8-1 ends Fisher scoring (ML, REML, EB) when tau2 moves by no more than 1e-5, and searches the root of
Paule-Mandel and of the Q-profile limits between 0 and 100 to an absolute tolerance of ``eps ** 0.25`` (1.2e-4). On small
scales (risk differences, proportions) what it prints then differs from the optimum in the first digits. The rules are
reproduced here from their documentation and behaviour; they are never the default.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import chdtri

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.brent import R_TOLERANCE, zero
from metaudit.pooling.linear import profile
from metaudit.pooling.tau2_closed import hedges
from metaudit.pooling.tau2_likelihood import log_likelihood

THRESHOLD = 1e-5
MAX_SCORING_STEPS = 100
MAX_ROOT_STEPS = 100
MAX_LIMIT_STEPS = 1000
TAU2_MAX = 100.0
_MAD = 1.4826  # makes the median absolute deviation the standard deviation of a normal distribution


def metafor_scoring(yi: Floats, vi: Floats, x: Floats, *, method: str) -> float:
    """tau2 by Fisher scoring from HE until a step is at most 1e-5 (ML, REML) or by the EB iteration.

    A step that would end below 0 is halved until it does not. After ML and REML, tau2 is set to 0 where the likelihood
    is higher there by more than 1.2e-4.

    Raises
    ------
    DataError
        when 100 steps are not enough: metafor stops with an error and there is no number to reproduce.
    """
    tau2 = max(0.0, hedges(yi, vi, x))
    for _ in range(MAX_SCORING_STEPS):
        step = _step(yi, vi, x, tau2, method=method)
        while tau2 + step < 0:
            step /= 2
        tau2 += step
        if abs(step) <= THRESHOLD:
            break
    else:
        raise DataError(
            f"with metafor's default stopping rule {method} does not converge for these data "
            f"({MAX_SCORING_STEPS} steps of Fisher scoring): metafor prints no result; use stopping: exact"
        )
    if method == "EB" or tau2 <= THRESHOLD:
        return tau2
    at_zero, here = log_likelihood(yi, vi, x, np.array([0.0, tau2]), restricted=method == "REML")
    return 0.0 if at_zero - here > R_TOLERANCE else tau2


def _step(yi: Floats, vi: Floats, x: Floats, tau2: float, *, method: str) -> float:
    """Score over expected information in tau2 (Viechtbauer 2005); for EB the step of Morris 1983."""
    k, p = x.shape
    f = profile(yi, vi, x, np.array([tau2]))
    if method == "EB":
        return float((f.q[0] * k / (k - p) - k) / f.trace_w[0])
    if method == "ML":
        return float((f.q2[0] - f.trace_w[0]) / np.sum(1 / (vi + tau2) ** 2))
    return float((f.q2[0] - f.trace_p[0]) / _trace_pp(vi, x, tau2))


def _trace_pp(vi: Floats, x: Floats, tau2: float) -> float:
    """tr(PP), twice the expected information of REML."""
    w = 1 / (vi + tau2)
    basis = np.linalg.qr(np.sqrt(w)[:, None] * x)[0]
    inner = basis.T @ (w[:, None] * basis)
    return float(np.sum(w**2) - 2 * np.sum(w[:, None] ** 2 * basis**2) + np.sum(inner**2))


def metafor_q_root(yi: Floats, vi: Floats, x: Floats, target: float) -> float:
    """Root of Q(tau2) = target between 0 and max(100, 10 mad²), by ``uniroot`` with its default tolerance.

    Raises
    ------
    DataError
        when the root lies beyond: metafor stops with an error.
    """
    centred = yi - yi.mean()
    top = max(TAU2_MAX, 10 * (_MAD * float(np.median(np.abs(yi - np.median(yi))))) ** 2)
    gap = _gap(centred, vi, x, target)
    if gap(0.0) < 0:
        return 0.0
    if gap(top) > 0:
        raise DataError(
            f"with metafor's default stopping rule the search for tau2 ends at {top:g} and the root lies beyond: "
            "metafor prints no result; use stopping: exact"
        )
    return zero(gap, 0.0, top, tol=R_TOLERANCE, maxiter=MAX_ROOT_STEPS)


def _gap(yi: Floats, vi: Floats, x: Floats, target: float) -> Callable[[float], float]:
    return lambda tau2: float(profile(yi, vi, x, np.array([tau2])).q[0]) - target


def metafor_q_profile(
    yi: Floats, vi: Floats, x: Floats, level: float = 0.95, *, tau2: float = 0.0
) -> tuple[float, float]:
    """Q-profile limits of tau2 as metafor's ``confint`` prints them by default: cut at max(100, 10 tau2).

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    level : confidence level
    tau2 : the estimate of the model asked, which may widen the range searched

    Returns
    -------
    Lower and upper limit; both 0 when even the upper one is below 0, both the cut when even the lower one is above it;
    NaN without a residual degree of freedom.
    """
    df = x.shape[0] - x.shape[1]
    if df <= 0:
        return math.nan, math.nan
    top = max(TAU2_MAX, 10 * tau2)
    low_target, high_target = (float(chdtri(df, tail)) for tail in ((1 - level) / 2, (1 + level) / 2))
    at_zero, at_top = (float(q) for q in profile(yi, vi, x, np.array([0.0, top])).q)
    if at_zero < high_target:
        return 0.0, 0.0
    if at_top > low_target:
        return top, top
    high = top if at_top > high_target else _limit(yi, vi, x, target=high_target, top=top)
    low = 0.0 if at_zero < low_target else _limit(yi, vi, x, target=low_target, top=top)
    return low, high


def _limit(yi: Floats, vi: Floats, x: Floats, *, target: float, top: float) -> float:
    return zero(_gap(yi, vi, x, target), 0.0, top, tol=R_TOLERANCE, maxiter=MAX_LIMIT_STEPS)
