"""The maximum of a smooth likelihood inside a box: many starts, then Newton steps on the free parameters.

Gradients are taken by the complex step (Squire and Trapp 1998), exact to rounding; the information matrix by central
differences of those gradients with one Richardson step. The likelihood takes a batch of parameter vectors at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from metaudit.effects.zero_cells import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Parameters of shape (m, n), real or complex, to log-likelihoods of shape (m,).
Likelihood = Callable[[Any], Any]
_STEP = 1e-30
_NEWTON = 60
_EDGE = 1e-5  # a parameter this near to a bound, in steps of the second derivatives, is on it
_NEAR, _FLAT = 1e-3, 1e-12  # slopes, in standard errors: where rounding hides the height, and where to stop


@dataclass(frozen=True)
class Maximum:
    """A maximum in a box.

    Attributes
    ----------
    x, height : where, and the log-likelihood there
    free : parameters that are not held by a bound, shape ``(n,)``
    information : minus the second derivatives, shape ``(n, n)``
    slope : largest first derivative among the free parameters, in units of the standard error it would move
    """

    x: Floats
    height: float
    free: NDArray[np.bool_]
    information: Floats
    slope: float


def height_and_gradient(f: Likelihood, x: Floats) -> tuple[float, Floats]:
    """Log-likelihood and its first derivatives at ``x``, from one batch of complex steps."""
    batch = np.tile(x.astype(complex), (x.size, 1))
    batch[np.diag_indices(x.size)] += 1j * _STEP
    found = f(batch)
    return float(np.real(found[0])), np.asarray(np.imag(found) / _STEP, dtype=float)


def gradient(f: Likelihood, x: Floats) -> Floats:
    """First derivatives at ``x`` by the complex step."""
    return height_and_gradient(f, x)[1]


def information(f: Likelihood, x: Floats, *, scale: Floats) -> Floats:
    """Minus the second derivatives at ``x``: central differences of the gradient at steps of ``scale`` and half of it."""
    n = x.size
    out = np.zeros((n, n))
    for j in range(n):
        near = []
        for h in (scale[j], scale[j] / 2):
            up, down = x.copy(), x.copy()
            up[j] += h
            down[j] -= h
            near.append((gradient(f, up) - gradient(f, down)) / (2 * h))
        out[j] = -(4 * near[1] - near[0]) / 3
    return (out + out.T) / 2


def standard_errors(top: Maximum) -> Floats:
    """Of the free parameters, the others held; NaN for those, and for all where the likelihood is not a hill."""
    free = np.flatnonzero(top.free)
    out = np.full(top.x.size, math.nan)
    part = top.information[np.ix_(free, free)]
    if free.size and np.linalg.eigvalsh(part).min() > 0:
        out[free] = np.sqrt(np.diag(np.linalg.inv(part)))
    return out


def climb(
    f: Likelihood, starts: Floats, *, low: Floats, high: Floats, steps: Callable[[Floats], Floats], keep: int = 6,
    avoid: Callable[[Floats], bool] | None = None,
) -> Maximum:  # fmt: skip
    """The highest maximum found from several starts.

    Parameters
    ----------
    f : log-likelihood of a batch of parameter vectors
    starts : shape ``(m, n)``; the ``keep`` highest that differ are climbed from
    low, high : bounds, shape ``(n,)``
    steps : steps of the second derivatives at a point, shape ``(n,)``, about 1e-3 of what changes the likelihood
    avoid : says of a maximum that it is to be taken only when all are such
    """
    heights = np.real(f(starts.astype(complex)))
    order = np.argsort(-np.where(np.isfinite(heights), heights, -np.inf), kind="stable")[:keep]
    ends = [ascend(f, starts[i], low=low, high=high) for i in order]
    best = max(ends, key=lambda end: (avoid is None or not avoid(end[0]), end[1]))
    return polish(f, best[0], low=low, high=high, steps=steps)


def ascend(f: Likelihood, start: Floats, *, low: Floats, high: Floats) -> tuple[Floats, float]:
    """Climb from one start (SLSQP): where it ends and how high."""

    def down(x: Floats) -> tuple[float, Floats]:
        height, slope = height_and_gradient(f, x)
        return -height, -slope

    bounds = list(zip(low, high, strict=True))
    options = {"ftol": 1e-13, "maxiter": 500}
    found = minimize(down, np.clip(start, low, high), jac=True, bounds=bounds, method="SLSQP", options=options)
    return np.clip(found.x, low, high), -float(found.fun)


def polish(f: Likelihood, x: Floats, *, low: Floats, high: Floats, steps: Callable[[Floats], Floats]) -> Maximum:
    """Newton steps on the free parameters; a parameter at a bound is held while the slope points outwards.

    Far from the maximum a step must raise the likelihood; near it the likelihood is flat to rounding, and a step must
    lower the slope instead.
    """
    top = _at(f, x, low=low, high=high, steps=steps)
    for _ in range(_NEWTON):
        if top.slope < _FLAT:
            break
        move = _newton(top, gradient(f, top.x))
        better = _climb_on(f, top, move, low=low, high=high, steps=steps)
        if better is None:
            break
        top = better
    return top


def _at(f: Likelihood, x: Floats, *, low: Floats, high: Floats, steps: Callable[[Floats], Floats]) -> Maximum:
    edge = _EDGE * steps(x)
    x = np.where(x - low <= edge, low, np.where(high - x <= edge, high, x))
    height, g = height_and_gradient(f, x)
    free = ~(((x <= low) & (g <= 0)) | ((x >= high) & (g >= 0)))
    here = Maximum(x, height, free, information(f, x, scale=steps(x)), 0.0)
    return replace(here, slope=math.sqrt(max(0.0, float(g[free] @ _newton(here, g)[free]))))


def _newton(here: Maximum, g: Floats) -> Floats:
    """Newton's step on the free parameters, uphill even where the likelihood is not concave."""
    step = np.zeros_like(here.x)
    free = here.free
    if free.any():
        values, vectors = np.linalg.eigh(here.information[np.ix_(free, free)])
        values = np.maximum(np.abs(values), 1e-12 * max(1.0, float(np.abs(values).max())))
        step[free] = vectors @ ((vectors.T @ g[free]) / values)
    return step


def _climb_on(
    f: Likelihood, top: Maximum, move: Floats, *, low: Floats, high: Floats, steps: Callable[[Floats], Floats]
) -> Maximum | None:
    for shrink in (1.0, 0.5, 0.25, 0.1, 0.01, 1e-3):
        x = np.clip(top.x + shrink * move, low, high)
        height = float(np.real(f(x[None].astype(complex))[0]))
        if top.slope < _NEAR:
            there = _at(f, x, low=low, high=high, steps=steps)
            if there.slope < 0.7 * top.slope and height > top.height - _NEAR * max(1.0, abs(top.height)) * 1e-6:
                return there
        elif height > top.height:
            return _at(f, x, low=low, high=high, steps=steps)
    return None
