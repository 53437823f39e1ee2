"""Profile-likelihood intervals and likelihood-ratio tests of the coefficients (Hardy and Thompson 1996).

A coefficient's value b belongs to the interval when 2 (max l - max over the other parameters of l(b)) is at most the
chi-squared(1) quantile. For a fixed tau2 the log-likelihood falls by ((b - beta(tau2)) / s(tau2))² / 2 as b leaves the
weighted estimate beta(tau2), so that the limit is ``max over tau2 of beta(tau2) + s(tau2) sqrt(quantile - 2 drop(tau2))``:
one search over tau2, in which every local maximum is seen, instead of a root of a maximum.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtr

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.intervals import quantile
from metaudit.pooling.linear import orthonormal
from metaudit.pooling.tau2 import likelihood_maximum

_POINTS = 241
_ZOOMS = 9


@dataclass(frozen=True)
class ProfileInterval:
    """Limits, signed root of the likelihood ratio against 0, and its P value; of one coefficient."""

    low: float
    high: float
    stat: float
    p: float


class _Scan:
    """Weighted fits at many values of tau2: log-likelihood (but for a constant), coefficients, standard errors."""

    def __init__(self, yi: Floats, vi: Floats, x: Floats) -> None:
        self.yi, self.vi = yi, vi
        self.basis, r = orthonormal(x)
        self.back = np.linalg.inv(r)

    def __call__(self, tau2: Floats) -> tuple[Floats, Floats, Floats]:
        """Shapes ``(m,)``, ``(m, p)``, ``(m, p)``."""
        w = 1 / (self.vi[None, :] + tau2[:, None])
        inverse = np.linalg.inv(np.einsum("mk,kp,kq->mpq", w, self.basis, self.basis))
        b = np.einsum("mpq,mk,kq,k->mp", inverse, w, self.basis, self.yi, optimize=True)
        r = self.yi[None, :] - b @ self.basis.T
        height = 0.5 * (np.log(w).sum(axis=1) - (w * r**2).sum(axis=1))
        variance = np.einsum("ap,mpq,aq->ma", self.back, inverse, self.back)
        return height, b @ self.back.T, np.sqrt(variance)


def profile_intervals(yi: Floats, vi: Floats, x: Floats, *, level: float) -> list[ProfileInterval]:
    """One for each coefficient of the model fitted by maximum likelihood.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)`` with k > p
    level : confidence level
    """
    scan = _Scan(yi, vi, x)
    best = likelihood_maximum(yi, vi, x, restricted=False)
    scale = max(float(np.var(yi)), float(np.min(vi)))
    peak = float(scan(np.array([best]))[0][0])
    drop = quantile(level, None) ** 2
    top = max(scale, best)
    while 2 * (peak - float(scan(np.array([top]))[0][0])) < drop:  # nothing beyond can be inside a limit
        top *= 4
    grid = np.unique(np.concatenate([[0.0, best], top * np.logspace(-12, 0, _POINTS)]))
    out = []
    for j in range(x.shape[1]):
        ends = []
        for sign in (1.0, -1.0):

            def reach(t: Floats, j: int = j, sign: float = sign) -> Floats:
                height, b, s = scan(t)
                left = drop - 2 * (peak - height)
                return np.where(left >= 0, sign * b[:, j] + s[:, j] * np.sqrt(np.maximum(left, 0)), -np.inf)

            ends.append(sign * _maximum(reach, grid))
        stat, p = _against_zero(scan, grid, j, peak=peak, at_best=float(scan(np.array([best]))[1][0, j]))
        out.append(ProfileInterval(ends[1], ends[0], stat, p))
    return out


def _against_zero(scan: _Scan, grid: Floats, j: int, *, peak: float, at_best: float) -> tuple[float, float]:
    far = max(float(np.max(scan.yi**2)), float(np.max(scan.vi)))  # without the coefficient tau2 may be this large
    wide = np.unique(np.concatenate([grid, far * np.logspace(-12, 1, _POINTS)]))

    def height(t: Floats) -> Floats:
        h, b, s = scan(t)
        return h - 0.5 * (b[:, j] / s[:, j]) ** 2

    ratio = max(0.0, 2 * (peak - _maximum(height, wide)))
    root = math.sqrt(ratio)
    return math.copysign(root, at_best), float(2 * ndtr(-root))


def _maximum(f: Callable[[Floats], Floats], grid: Floats) -> float:
    """Largest value of a function of tau2: the grid's best point, then finer grids between its neighbours."""
    for _ in range(_ZOOMS):
        values = f(grid)
        i = int(np.argmax(values))
        grid = np.linspace(grid[max(0, i - 1)], grid[min(grid.size - 1, i + 1)], 33)
    return float(np.max(f(grid)))


def likelihood_ratio(yi: Floats, vi: Floats, x: Floats) -> tuple[float, float]:
    """Twice the gain in log-likelihood over the model with an intercept only, and its P value; both fitted by ML.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design with the intercept first, shape ``(k, p)``
    """
    heights = []
    for columns in (x, x[:, :1]):
        best = likelihood_maximum(yi, vi, columns, restricted=False)
        heights.append(float(_Scan(yi, vi, columns)(np.array([best]))[0][0]))
    ratio = max(0.0, 2 * (heights[0] - heights[1]))
    return ratio, float(chdtrc(x.shape[1] - 1, ratio))
