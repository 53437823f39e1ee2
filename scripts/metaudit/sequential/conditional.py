"""Conditional power: how likely a later look is to cross, given where z stands now.

Sources: Lan, Simon and Halperin 1982 (Communications in Statistics C 1:207), Lan and Wittes 1988 (Biometrics 44:579; B-values), Jennison and
Turnbull 2000, chapter 10.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from metaudit.errors import DataError
from metaudit.sequential.paths import Paths, reach_of, regions
from metaudit.sequential.spending import Floats

__all__ = ["conditional_power", "current_trend", "final_look_power"]


def current_trend(z: float, t: float) -> float:
    """The drift that the data show so far: B(t) / t (Lan and Wittes 1988)."""
    return z / math.sqrt(t)


def final_look_power(z: float, t: float, *, boundary: float, drift: float) -> float:
    """Probability that z at fraction 1 is above a boundary, were there no look between.

    1 - Phi((boundary - B(t) - drift (1 - t)) / sqrt(1 - t)), with B(t) = z sqrt t (Lan and Wittes 1988).

    Parameters
    ----------
    z, t : now; 0 < t < 1
    boundary : of z at fraction 1
    drift : mean of z at fraction 1: the planned one, 0, or ``current_trend``

    Raises
    ------
    DataError
        when t is not between 0 and 1.
    """
    if not 0 < t < 1:
        raise DataError(f"conditional power is for a look before the last one, not at fraction {t:g}")
    return float(ndtr((z * math.sqrt(t) + drift * (1 - t) - boundary) / math.sqrt(1 - t)))


def conditional_power(
    z: float, timing: Floats, upper: Floats, *, look: int, drift: float, futility: Floats | None = None, sides: int = 2
) -> float:
    """Probability of crossing the upper boundary at some look after this one.

    Parameters
    ----------
    z : at the look ``look`` (from 0); for crossing downwards give -z, and the drift with its sign turned too
    timing, upper : information fractions and efficacy boundaries of all looks, shape ``(k,)``
    drift : mean of z at fraction 1
    futility : a boundary that stops (NaN where there is none); None: nothing stops for futility
    sides : 2 when crossing the lower boundary stops as well

    Raises
    ------
    DataError
        when there is no later look.
    """
    if not 0 <= look < len(timing) - 1:
        raise DataError(f"look {look + 1} of {len(timing)} has no look after it")
    reach = reach_of(drift, rarest=abs(z))
    t = float(timing[look])
    place = z * math.sqrt(t)
    # a path from here, with the density of drift 0 turned to give 1 at this drift
    paths = Paths(t, np.array([place]), np.array([math.exp(-(drift * place - drift**2 * t / 2))]))
    total = 0.0
    for i in range(look + 1, len(timing)):
        at = float(timing[i])
        total += paths.above(float(upper[i]) * math.sqrt(at), at, drift=drift)
        if i + 1 < len(timing):
            wedge = math.nan if futility is None else float(futility[i])
            where = regions(float(upper[i]), at, futility=wedge, sides=sides, reach=reach)
            paths = paths.then(at, where, following=float(timing[i + 1]))
    return total
