"""What a result means that was looked at more than once: P, interval and estimate by the stage-wise ordering.

A path that crossed at an earlier look is the more extreme one, then the one with the larger z (Armitage 1957; Fairbanks and
Madsen 1982, Biometrika 69:69; Tsiatis, Rosner and Mehta 1984, Biometrics 40:797; Jennison and Turnbull 2000, chapter 8).
Nothing depends on looks that have not come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from metaudit.errors import DataError
from metaudit.sequential.course import Course
from metaudit.sequential.paths import reach_of
from metaudit.sequential.roots import increasing_root
from metaudit.sequential.spending import Floats

__all__ = ["Stagewise", "stagewise", "stagewise_p"]


@dataclass(frozen=True)
class Stagewise:
    """The result at the look where it ended; effects on the analysis scale.

    Attributes
    ----------
    p : of the test with its sides
    low, high : limits of the interval
    median_unbiased : the effect under which more and less extreme results are equally likely
    """

    p: float
    low: float
    high: float
    median_unbiased: float


def _beyond(course: Course, z: float, drift: float) -> float:
    """Probability of a result at least as extreme upwards as ``z`` at the last look."""
    return sum(course.crossing(drift, last=z))


def _course(timing: Floats, upper: Floats, z: float, sides: int, futility: Floats | None) -> Course:
    return Course(timing, upper, sides=sides, reach=reach_of(rarest=abs(z)), futility=futility)


def stagewise_p(timing: Floats, upper: Floats, z: float, *, sides: int = 2, futility: Floats | None = None) -> float:
    """Stage-wise ordered P of a result at the last of these looks.

    Parameters
    ----------
    timing, upper : information fractions and efficacy boundaries up to that look, shape ``(k,)``
    z : there, either sign
    sides : of the test; with one, only upwards is extreme
    futility : a boundary that stops (binding), shape ``(k,)``, NaN where there is none; None: nothing stops for futility
    """
    _check(timing, upper, z, sides)
    outwards = z if sides == 1 else abs(z)
    return min(1.0, sides * _beyond(_course(timing, upper, z, sides, futility), outwards, 0.0))


def stagewise(
    timing: Floats,
    upper: Floats,
    z: float,
    *,
    se: float,
    sides: int = 2,
    level: float = 0.95,
    futility: Floats | None = None,
) -> Stagewise:
    """P, interval and median unbiased estimate of a result at the last of these looks.

    Parameters
    ----------
    timing, upper, z, sides, futility : as in ``stagewise_p``
    se : standard error of the effect there
    level : of the two-sided interval

    Raises
    ------
    DataError
        for looks and boundaries that do not belong together, and a z or standard error that is not a number.
    """
    _check(timing, upper, z, sides)
    if not (math.isfinite(se) and se > 0):
        raise DataError(f"a standard error of {se:g} is not above 0")
    sign = -1.0 if z < 0 and sides == 2 else 1.0
    course = _course(timing, upper, z, sides, futility)
    tail = (1 - level) / 2
    root = math.sqrt(float(timing[-1]))
    scale = sign * root * se  # the effect is drift times sqrt t times the standard error at t

    def drift(probability: float) -> float:
        return increasing_root(lambda d: _beyond(course, sign * z, d) - probability, first=sign * z / root, step=0.5)

    low, middle, high = (scale * drift(p) for p in (tail, 0.5, 1 - tail))
    if sign < 0:
        low, high = high, low
    p = min(1.0, sides * _beyond(course, sign * z, 0.0))
    return Stagewise(p, low, high, middle)


def _check(timing: Floats, upper: Floats, z: float, sides: int) -> None:
    if len(timing) != len(upper) or not len(timing):
        raise DataError(f"{len(timing)} looks have {len(upper)} boundaries")
    if sides not in (1, 2):
        raise DataError(f"sides {sides!r}: a test has 1 or 2")
    if not math.isfinite(z):
        raise DataError(f"z {z!r} is not a number")
