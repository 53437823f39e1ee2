"""Likelihood of the three-level model: effects within clusters within a population of clusters.

``y = Xb + u[cluster] + w[effect] + e`` with variances s_between, s_within and the known vi. The covariance matrix is made of
blocks ``diag(vi + s_within) + s_between 11'``, whose inverse and determinant are closed (Sherman and Morrison 1950), so a
likelihood costs O(k) and no matrix larger than the design is formed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from metaudit.effects.zero_cells import Floats

_STARTS = np.array([0.0, 1e-3, 0.03, 0.3, 1.0, 3.0])  # times the variance of the effects
_NEWTON = 60


@dataclass(frozen=True)
class At:
    """The model at one pair of variances.

    Attributes
    ----------
    beta, cov : coefficients and (X'V⁻¹X)⁻¹
    ll : log-likelihood profiled over the coefficients (restricted or not), with metafor's constants
    slope : its derivatives in s_between and s_within, shape ``(2,)``
    """

    beta: Floats
    cov: Floats
    ll: float
    slope: Floats


class Model:
    """Data of a three-level model, sorted by cluster.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    codes : number of each effect's cluster, from 0
    restricted : REML instead of ML
    """

    def __init__(self, yi: Floats, vi: Floats, x: Floats, *, codes: Floats, restricted: bool) -> None:
        order = np.argsort(codes, kind="stable")
        self.y, self.v, self.x = yi[order], vi[order], x[order]
        self.starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) > 0])
        self.sizes = np.diff(np.r_[self.starts, yi.size])
        self.restricted = restricted
        self.scale = max(float(np.var(yi)), float(np.min(vi)))
        self.constant = yi.size * math.log(2 * math.pi)
        if restricted:
            self.constant -= x.shape[1] * math.log(2 * math.pi) + float(np.linalg.slogdet(x.T @ x)[1])

    def _inverse(self, d: Floats, shrink: Floats, z: Floats) -> Floats:
        """V⁻¹z for the columns of z, shape ``(k, c)``."""
        dz = d[:, None] * z
        return dz - d[:, None] * np.repeat(shrink[:, None] * np.add.reduceat(dz, self.starts), self.sizes, axis=0)

    def at(self, between: float, within: float) -> At:
        """Coefficients, likelihood and its slope."""
        d = 1 / (self.v + within)
        total = np.add.reduceat(d, self.starts)
        shrink = between / (1 + between * total)
        g = self._inverse(d, shrink, self.x)
        cov = np.linalg.inv(self.x.T @ g)
        beta = cov @ (g.T @ self.y)
        r = self.y - self.x @ beta
        a = self._inverse(d, shrink, r[:, None])[:, 0]
        log_det = -float(np.sum(np.log(d))) + float(np.sum(np.log1p(between * total)))
        trace = np.array(
            [np.sum(total / (1 + between * total)), d.sum() - np.sum(shrink * np.add.reduceat(d**2, self.starts))]
        )
        square = np.array([np.sum(np.add.reduceat(a, self.starts) ** 2), np.sum(a**2)])
        if self.restricted:
            log_det -= float(np.linalg.slogdet(cov)[1])
            sums = np.add.reduceat(g, self.starts)
            trace -= np.array([np.sum(cov * (sums.T @ sums)), np.sum(cov * (g.T @ g))])
        ll = -0.5 * (self.constant + log_det + float(r @ a))
        return At(np.asarray(beta, dtype=float), np.asarray(cov, dtype=float), ll, 0.5 * (square - trace))

    def height(self, s: Floats) -> float:
        """The log-likelihood."""
        return self.at(float(s[0]), float(s[1])).ll

    def slope(self, s: Floats) -> Floats:
        """Its two derivatives."""
        return self.at(float(s[0]), float(s[1])).slope

    def maximum(self, fixed: tuple[int, float] | None = None) -> Floats:
        """The pair of variances at the highest maximum, each at least 0; one of them may be held fixed.

        A grid with both boundaries gives the starting points, a quasi-Newton search climbs from each grid maximum, and
        Newton's method on the slope, with the variances that stay at 0 left out, ends at the limit of rounding.
        """
        grids = [_STARTS * self.scale, _STARTS * self.scale]
        if fixed is not None:
            grids[fixed[0]] = np.array([fixed[1]])
        heights = np.array([[self.height(np.array([b, w])) for w in grids[1]] for b in grids[0]])
        padded = np.pad(heights, 1, constant_values=-np.inf)
        around = np.array(
            [padded[i : i + heights.shape[0], j : j + heights.shape[1]] for i in range(3) for j in range(3)]
        )
        found = []
        for i, j in np.argwhere(heights >= around.max(axis=0)):
            start = np.array([grids[0][i], grids[1][j]])
            found.append(self._polish(self._climb(start, fixed), fixed))
        return max(found, key=self.height)

    def _climb(self, start: Floats, fixed: tuple[int, float] | None) -> Floats:
        free = [i for i in (0, 1) if fixed is None or fixed[0] != i]

        def down(t: Floats) -> tuple[float, Floats]:
            s = start.copy()
            s[free] = t * self.scale
            at = self.at(float(s[0]), float(s[1]))
            return -at.ll, -at.slope[free] * self.scale

        result = minimize(down, start[free] / self.scale, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(free))
        out = start.copy()
        out[free] = np.maximum(0.0, result.x) * self.scale
        return out

    def _polish(self, s: Floats, fixed: tuple[int, float] | None) -> Floats:
        """Newton's method with a projection on the bounds; the Hessian from differences of the exact slope."""
        may = [i for i in (0, 1) if fixed is None or fixed[0] != i]
        for _ in range(_NEWTON):
            slope = self.slope(s)
            free = [i for i in may if s[i] > 0 or slope[i] > 0]
            if not free:
                return s
            hessian = np.array([self._second(s, i) for i in free])[:, free]
            hessian = (hessian + hessian.T) / 2
            if np.max(np.linalg.eigvalsh(hessian)) >= 0:
                return s  # flat or rising: the quasi-Newton result stands
            step = np.zeros(2)
            step[free] = -np.linalg.solve(hessian, slope[free])
            new = self._shortened(s, step)
            if np.all(np.abs(new - s) <= 4e-15 * (s + 1e-6 * self.scale)):
                return new
            s = new
        return s

    def _second(self, s: Floats, i: int) -> Floats:
        h = np.zeros(2)
        h[i] = 1e-5 * max(float(s[i]), 1e-3 * self.scale)
        below = np.maximum(s - h, 0.0)
        return (self.slope(s + h) - self.slope(below)) / float((s + h - below)[i])

    def _shortened(self, s: Floats, step: Floats) -> Floats:
        height = self.height(s)
        for _ in range(40):
            new = np.maximum(0.0, s + step)
            if self.height(new) >= height - 1e-12 * (1 + abs(height)):
                return new
            step = step / 2
        return s
