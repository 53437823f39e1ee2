"""The shortest interval that holds a given probability (the highest posterior density interval of a density with one top)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from metaudit.effects.zero_cells import Floats

_SCAN = np.array([1e-9, 1e-3, 0.03, 0.1, 0.2, 0.32, 0.42, 0.47, 0.53, 0.58, 0.68, 0.8, 0.9, 0.97, 0.999, 1 - 1e-9])


def shortest(
    quantile: Callable[[Floats], Floats],
    log_density: Callable[[Floats], Floats],
    level: float,
    *,
    edge: float | None = None,
    local: Callable[[Floats], tuple[Floats, Floats, Floats]] | None = None,
) -> tuple[float, float]:
    """Ends of the shortest interval.

    Among the intervals from the p to the p + level quantile the shortest is where the densities at both ends are equal (Box and
    Tiao 1973, *Bayesian Inference in Statistical Analysis*, sec. 2.8), or p = 0 where the density is highest at the edge.

    Parameters
    ----------
    quantile : values at probabilities, shape ``(M,)`` to ``(M,)``
    log_density : log of the density at values, up to a constant
    level : the probability inside
    edge : smallest possible value, where there is one
    local : distribution function, density and its slope at values, where they are at hand: Newton's method is quicker
    """
    free = (1 - level) * _SCAN
    ends = quantile(np.r_[free, free + level])
    low, high = ends[: free.size], ends[free.size :]
    best = int(np.argmin(high - low))
    if edge is not None:
        top = float(quantile(np.array([level]))[0])
        if top - edge <= float((high - low)[best]):
            return edge, top

    if local is not None:
        pair = _newton(local, level, np.array([low[best], high[best]]))
        if pair is not None:
            return float(pair[0]), float(pair[1])

    def gap(p: float) -> float:
        pair = quantile(np.array([p, p + level]))
        lower, upper = log_density(pair)
        return float(upper - lower)

    left, right = float(free[max(best - 1, 0)]), float(free[min(best + 1, free.size - 1)])
    p = (
        float(brentq(gap, left, right, xtol=1e-12, rtol=1e-10))
        if gap(left) > 0 > gap(right)
        else _narrowest(quantile, level, left, right)
    )
    pair = quantile(np.array([p, p + level]))
    if edge is not None and top - edge <= float(pair[1] - pair[0]):
        return edge, top
    return float(pair[0]), float(pair[1])


def _newton(local: Callable[[Floats], tuple[Floats, Floats, Floats]], level: float, ends: Floats) -> Floats | None:
    """Both conditions at once: the probability between the ends, and equal densities there; None when it does not settle."""
    width = float(ends[1] - ends[0])
    for _ in range(12):
        below, height, slope = local(ends)
        if slope[0] <= 0 or slope[1] >= 0:
            return None  # not on either side of the top
        excess, unequal = below[1] - below[0] - level, height[1] - height[0]
        determinant = -height[0] * slope[1] + height[1] * slope[0]
        step = (
            np.array([slope[1] * excess - height[1] * unequal, slope[0] * excess - height[0] * unequal]) / determinant
        )
        ends = ends - step
        if float(np.abs(step).max()) <= 1e-9 * width:
            return ends
        if float(np.abs(step).max()) > width:
            return None
    return None


def _narrowest(quantile: Callable[[Floats], Floats], level: float, left: float, right: float) -> float:
    """By golden sections, where densities at the ends do not bracket: flat or many-topped densities."""
    ratio = (5**0.5 - 1) / 2
    for _ in range(60):
        inner = np.array([right - ratio * (right - left), left + ratio * (right - left)])
        ends = quantile(np.r_[inner, inner + level])
        widths = ends[2:] - ends[:2]
        left, right = (left, float(inner[1])) if widths[0] <= widths[1] else (float(inner[0]), right)
    return (left + right) / 2
