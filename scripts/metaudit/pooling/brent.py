"""A root of a function by Brent's method, stopping exactly as a given absolute tolerance says.

Published numbers carry the stopping error of the root finder that made them. R's ``uniroot`` is Brent's procedure
(Brent 1973, *Algorithms for Minimization without Derivatives*, ch. 4) with a tolerance of ``eps ** 0.25`` unless told
otherwise; scipy's ``brentq`` takes other steps and stops elsewhere, so the procedure is written out here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from metaudit.errors import DataError

_EPS = sys.float_info.epsilon
R_TOLERANCE = _EPS**0.25


def _step(old: tuple[float, float], best: tuple[float, float], far: tuple[float, float]) -> tuple[float, float]:
    """Interpolated step from ``best`` as a fraction ``p / q`` with ``p >= 0``: linear through two points, else inverse
    quadratic through three.
    """  # noqa: D205 - one sentence
    (a, fa), (b, fb), (c, fc) = old, best, far
    width = c - b
    if a == c:
        t = fb / fa
        p, q = width * t, 1.0 - t
    else:
        u, t, s = fa / fc, fb / fc, fb / fa
        p = s * (width * u * (u - t) - (b - a) * (t - 1.0))
        q = (u - 1.0) * (t - 1.0) * (s - 1.0)
    return (p, -q) if p > 0 else (-p, q)


def zero(
    f: Callable[[float], float], low: float, high: float, *, tol: float = R_TOLERANCE, maxiter: int = 1000
) -> float:
    """The root of ``f`` between ``low`` and ``high`` where Brent's procedure stops (Brent 1973, sec. 4.6).

    Parameters
    ----------
    f : function with values of opposite sign, or a zero, at the two ends
    low, high : the interval
    tol : the search stops when half the interval is no longer than ``2 eps |b| + tol / 2``
    maxiter : number of function values allowed after the two ends

    Raises
    ------
    DataError
        when the values at the ends have one sign, or ``maxiter`` is not enough.
    """
    a, fa = low, f(low)
    b, fb = high, f(high)
    if fa == 0:
        return a
    if fb == 0:
        return b
    if fa * fb > 0:
        raise DataError(f"no root between {low:g} and {high:g}: the function has one sign at both ends")
    c, fc = a, fa
    for _ in range(maxiter + 1):
        before = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        close = 2 * _EPS * abs(b) + tol / 2
        step = (c - b) / 2
        if abs(step) <= close or fb == 0:
            return b
        if abs(before) >= close and abs(fa) > abs(fb):
            p, q = _step((a, fa), (b, fb), (c, fc))
            if p < 0.75 * (c - b) * q - abs(close * q) / 2 and p < abs(before * q / 2):
                step = p / q
        if abs(step) < close:
            step = close if step > 0 else -close
        a, fa = b, fb
        b += step
        fb = f(b)
        if (fb > 0) == (fc > 0) and fb != 0:
            c, fc = a, fa
    raise DataError(f"the search for a root between {low:g} and {high:g} did not end within {maxiter} steps")
