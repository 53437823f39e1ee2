"""The highest point of the likelihood over variances that cannot be negative."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.optimize import minimize

from metaudit.effects.zero_cells import Floats
from metaudit.multilevel.blocks import Blocks

_STARTS = (0.0, 0.05, 0.5)  # times the variance of the effects
_MOST_STARTS = 27
_NEWTON = 60
_SCORING = 40


def maximum(model: Blocks, *, fixed: tuple[int, float] | None = None, near: Floats | None = None) -> Floats:
    """The variances at the highest maximum found from a grid of starting points, one of them held where it is asked.

    Scoring climbs from the best starting points, with a quasi-Newton search where that does not arrive; Newton's method on the exact
    slope, with the variances that want to be negative held at 0, ends at the limit of rounding. With ``near`` the search starts there
    alone.
    """
    scale = max(float(np.var(model.y)), 1e-3 * min(float(np.einsum("bii->bi", s.v).min()) for s in model.stacks))
    if near is not None:
        start = near.copy()
        if fixed is not None:
            start[fixed[0]] = fixed[1]
        return _polished(model, _climbed(model, start, scale, fixed), scale, fixed)
    grids = [[s * scale for s in _STARTS] for _ in range(model.count)]
    if fixed is not None:
        grids[fixed[0]] = [fixed[1]]
    starts = list(product(*grids)) if len(_STARTS) ** model.count <= _MOST_STARTS else list(zip(*grids, strict=False))
    heights = sorted(((model.at(np.array(s)).log_likelihood, s) for s in starts), reverse=True)
    found = [_climbed(model, np.array(s), scale, fixed) for _, s in heights[:3]]
    return _polished(model, max(found, key=lambda s: model.at(s).log_likelihood), scale, fixed)


def _free(model: Blocks, fixed: tuple[int, float] | None) -> list[int]:
    return [i for i in range(model.count) if fixed is None or fixed[0] != i]


def _climbed(model: Blocks, start: Floats, scale: float, fixed: tuple[int, float] | None) -> Floats:
    """Scoring with the average information (Gilmour, Thompson and Cullis 1995), which mostly arrives in a few steps; else quasi-Newton."""
    may, s = _free(model, fixed), start
    for _ in range(_SCORING):
        at = model.at(s)
        free = [i for i in may if s[i] > 0 or at.slope[i] > 0]
        if not free:
            return s
        step = np.zeros(s.size)
        try:
            step[free] = np.linalg.solve(at.information[np.ix_(free, free)], at.slope[free])
        except np.linalg.LinAlgError:
            break
        new = _shortened(model, s, step)
        if np.all(np.abs(new - s) <= 1e-5 * (s + 1e-3 * scale)):
            return new
        s = new
    return _quasi_newton(model, s, scale, fixed)


def _quasi_newton(model: Blocks, start: Floats, scale: float, fixed: tuple[int, float] | None) -> Floats:
    free = _free(model, fixed)
    if not free:
        return start

    def down(t: Floats) -> tuple[float, Floats]:
        s = start.copy()
        s[free] = t * scale
        at = model.at(s)
        return -at.log_likelihood, -at.slope[free] * scale

    found = minimize(down, start[free] / scale, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(free))
    out = start.copy()
    out[free] = np.maximum(0.0, found.x) * scale
    return out


def _polished(model: Blocks, s: Floats, scale: float, fixed: tuple[int, float] | None) -> Floats:
    may = _free(model, fixed)
    for _ in range(_NEWTON):
        slope = model.at(s).slope
        free = [i for i in may if s[i] > 0 or slope[i] > 0]
        if not free:
            return s
        hessian = np.array([_second(model, s, i, scale) for i in free])[:, free]
        hessian = (hessian + hessian.T) / 2
        if np.max(np.linalg.eigvalsh(hessian)) >= 0:
            return s  # flat or rising: the quasi-Newton result stands
        step = np.zeros(s.size)
        step[free] = -np.linalg.solve(hessian, slope[free])
        new = _shortened(model, s, step)
        if np.all(np.abs(new - s) <= 1e-12 * (s + 1e-3 * scale)):
            return new
        s = new
    return s


def _second(model: Blocks, s: Floats, i: int, scale: float) -> Floats:
    """Derivative of the slope in one variance, from differences."""
    h = np.zeros(s.size)
    h[i] = 1e-5 * max(float(s[i]), 1e-3 * scale)
    below = np.maximum(s - h, 0.0)
    return np.asarray((model.at(s + h).slope - model.at(below).slope) / float((s + h - below)[i]))


def _shortened(model: Blocks, s: Floats, step: Floats) -> Floats:
    height = model.at(s).log_likelihood
    for _ in range(40):
        new = np.maximum(0.0, s + step)
        if model.at(new).log_likelihood >= height - 1e-12 * (1 + abs(height)):
            return new
        step = step / 2
    return s
