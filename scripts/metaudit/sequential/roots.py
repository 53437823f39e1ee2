"""The root of a function that grows."""

from __future__ import annotations

import math
from collections.abc import Callable

from metaudit.errors import DataError
from metaudit.pooling.brent import zero

XTOL = 1e-14
_MOST_STEPS = 60


def increasing_root(f: Callable[[float], float], *, first: float, step: float = 0.1) -> float:
    """Root of an increasing function: outwards from a first guess until the sign changes, then Brent's method.

    Parameters
    ----------
    f : increasing
    first, step : where to begin, and how far to go at first; the step doubles with each

    Raises
    ------
    DataError
        when the sign does not change.
    """
    here = f(first)
    if here == 0:
        return first
    at = first
    for _ in range(_MOST_STEPS):
        there = at + math.copysign(step, -here)
        if f(there) * here <= 0:
            return zero(f, min(at, there), max(at, there), tol=XTOL)
        at, step = there, 2 * step
    raise DataError("no drift was found that gives the probability asked for")
