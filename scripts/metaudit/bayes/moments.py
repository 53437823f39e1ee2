"""Posterior moments of tau, and which of them exist."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from metaudit.bayes.grid import SLOW, Grid
from metaudit.effects.zero_cells import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NODES, _PANELS = 24, 160


def exists(grid: Grid, power: int) -> NDArray[np.bool_]:
    """Whether the posterior mean of tau**power is finite, shape ``(B,)``.

    The density of log(tau) falls as ``tau**-d``; the moment is finite for d > power, and at d = power under a log-t prior, whose further
    factor is a power of log(tau).
    """
    spare = grid.model.spare() - power
    at_all = grid.model.tau.family == "log-t"
    return np.asarray((spare > 0) | ((spare == 0) & np.bool_(at_all)), dtype=bool)


def tau_moment(grid: Grid, power: int) -> Floats:
    """Posterior mean of tau**power, shape ``(B,)``; infinite where there is none."""
    return of_tau(grid, np.exp(power * grid.u), power, lambda u: np.exp(power * u))


def of_tau(grid: Grid, values: Floats, power: int, function: Callable[[Floats], Floats]) -> Floats:
    """Posterior mean of a function of tau that grows as ``tau**power``.

    Parameters
    ----------
    grid : the posterior
    values : the function at the points, shape ``(B, N)``
    power : how fast it grows
    function : the function of log(tau), shapes ``(B, M)``, for the rows whose integral falls too slowly for the grid
    """
    out = np.einsum("bn,bn->b", grid.p, np.where(grid.p > 0, values, 0.0))
    finite = exists(grid, power)
    out = np.where(finite, out, np.inf)
    for row in np.flatnonzero(finite & (grid.model.spare() - power < SLOW)):
        out[row] = _slow(grid, int(row), power, function)
    return np.asarray(out)


def _slow(grid: Grid, row: int, power: int, function: Callable[[Floats], Floats]) -> float:
    """Gauss-Legendre panels in log(tau) up to U, and beyond it the power, or the log-t tail, in closed form."""
    model = grid.model.rows(np.array([row]))
    start = float(grid.u[row, 0])
    end = math.log(float(model.data.typical[0])) + 60.0
    middle = float(grid.u[row, int(grid.p[row].argmax())])
    start = max(start, middle - 400.0)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    edges = np.linspace(start, end, _PANELS + 1)
    half = (edges[1:] - edges[:-1])[:, None] / 2
    u = (edges[:-1, None] + half * (nodes + 1)).reshape(1, -1)
    log_f = model.tau.log_u(u) + model.given(u).log_likelihood - grid.log_evidence[row]
    body = float(np.sum((half * weights).reshape(1, -1) * np.exp(log_f) * function(u)))
    last = np.array([[end]])
    spare = float(model.spare()[0]) - power
    level = float(np.exp(model.given(last).log_likelihood - grid.log_evidence[row])[0, 0])
    if spare == 0:
        return body + level * float(function(last)[0, 0]) * model.tau.beyond(end)
    height = level * math.exp(float(model.tau.log_u(last)[0, 0])) * float(function(last)[0, 0])
    return body + height / spare
