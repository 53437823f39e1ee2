"""Random-effects regression with an unstructured covariance of the coefficients between studies, by ML or REML.

``y[i] = X[i] (b + u[i]) + e[i]``, ``u[i] ~ N(0, Psi)``, ``e[i] ~ N(0, S[i])``: with the studies' own coefficients as y and X = I it is
multivariate meta-analysis (van Houwelingen, Arends and Stijnen 2002, Stat Med 21:589; Gasparrini, Armstrong and Kenward 2012, Stat Med
31:3821), with all dose levels as y it is the one-stage dose-response model (Crippa et al. 2019, Stat Methods Med Res 28:1579).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from metaudit.effects.zero_cells import Floats

_POLISH = 80


@dataclass(frozen=True)
class Fitted:
    """Coefficients with their covariance, the covariance between studies, and the log-likelihood (restricted for REML)."""

    beta: Floats
    cov: Floats
    psi: Floats
    log_likelihood: float


@dataclass(frozen=True)
class At:
    """The model at one Psi: coefficients, their covariance, log-likelihood, and its derivative in Psi, shape ``(p, p)``."""

    beta: Floats
    cov: Floats
    log_likelihood: float
    slope: Floats


class Mixed:
    """Outcomes ``(m_i,)``, designs ``(m_i, p)`` and error covariances ``(m_i, m_i)`` of the studies."""

    def __init__(self, ys: Sequence[Floats], xs: Sequence[Floats], ss: Sequence[Floats], *, restricted: bool) -> None:
        self.restricted, self.p = restricted, xs[0].shape[1]
        by_size: dict[int, list[int]] = {}
        for i, y in enumerate(ys):
            by_size.setdefault(y.size, []).append(i)
        self.stacks = [
            tuple(np.array([part[i] for i in rows]) for part in (ys, xs, ss)) for _, rows in sorted(by_size.items())
        ]
        whole = np.vstack(list(xs))
        self.constant = (len(whole) - (self.p if restricted else 0)) * math.log(2 * math.pi)
        if restricted:
            self.constant -= float(np.linalg.slogdet(whole.T @ whole)[1])

    def at(self, psi: Floats) -> At:
        """Coefficients, likelihood and slope."""
        xwx, xwy, log_det = np.zeros((self.p, self.p)), np.zeros(self.p), 0.0
        weights = []
        for y, x, s in self.stacks:
            total = s + x @ psi @ np.swapaxes(x, 1, 2)
            log_det += float(np.linalg.slogdet(total)[1].sum())
            w = np.linalg.inv(total)
            weights.append((w + np.swapaxes(w, 1, 2)) / 2)
            xw = np.swapaxes(x, 1, 2) @ weights[-1]
            xwx += (xw @ x).sum(axis=0)
            xwy += np.einsum("bpi,bi->p", xw, y)
        cov = np.linalg.inv(xwx)
        beta = cov @ xwy
        square, slope = 0.0, np.zeros((self.p, self.p))
        for (y, x, _), w in zip(self.stacks, weights, strict=True):
            residual, xw = y - x @ beta, np.swapaxes(x, 1, 2) @ w
            score, information = np.einsum("bpi,bi->bp", xw, residual), xw @ x
            square += float(np.einsum("bi,bij,bj->", residual, w, residual))
            slope += 0.5 * (score.T @ score - information.sum(axis=0))
            if self.restricted:
                slope += 0.5 * (information @ cov @ information).sum(axis=0)
        out = self.constant + log_det + square
        if self.restricted:
            out -= float(np.linalg.slogdet(cov)[1])
        return At(beta, (cov + cov.T) / 2, -0.5 * out, (slope + slope.T) / 2)


def fixed_effects(ys: Sequence[Floats], xs: Sequence[Floats], ss: Sequence[Floats]) -> Fitted:
    """Generalised least squares without heterogeneity."""
    at = Mixed(ys, xs, ss, restricted=False).at(np.zeros((xs[0].shape[1],) * 2))
    return Fitted(at.beta, at.cov, np.zeros_like(at.cov), at.log_likelihood)


def fit_mixed(ys: Sequence[Floats], xs: Sequence[Floats], ss: Sequence[Floats], *, restricted: bool) -> Fitted:
    """Maximise the likelihood over all positive semidefinite Psi.

    Psi = L L' in units of the coefficients' standard errors; a quasi-Newton search from several starting points, then Newton's method on
    the exact slope. A Psi of less than full rank is a maximum like any other.
    """
    common = fixed_effects(ys, xs, ss)
    scale = np.sqrt(np.diag(common.cov) * len(ys))
    model = Mixed(ys, [x * scale for x in xs], ss, restricted=restricted)
    rows = np.tril_indices(model.p)

    def down(t: Floats) -> tuple[float, Floats]:
        lower = np.zeros((model.p, model.p))
        lower[rows] = t
        at = model.at(lower @ lower.T)
        return -at.log_likelihood, -2 * (at.slope @ lower)[rows]

    found = []
    for size in (0.1, 1.0, 3.0):
        start = (size * np.eye(model.p))[rows]
        first = minimize(down, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 2000})
        found.append(_polished(down, first.x))
    found.append(np.zeros(rows[0].size))
    best = min(found, key=lambda t: down(t)[0])
    lower = np.zeros((model.p, model.p))
    lower[rows] = best
    at = model.at(lower @ lower.T)
    wide = np.outer(scale, scale)
    return Fitted(at.beta * scale, at.cov * wide, lower @ lower.T * wide, at.log_likelihood)


def _polished(down: Callable[[Floats], tuple[float, Floats]], t: Floats) -> Floats:
    """Newton's method with the Hessian from differences of the exact slope, while it lowers the value."""
    value, slope = down(t)
    for _ in range(_POLISH):
        hessian = np.array([(down(t + h)[1] - down(t - h)[1]) / 2e-5 for h in 1e-5 * np.eye(t.size)])
        values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
        keep = values > 1e-9 * max(float(values.max()), 1e-300)
        step = -(vectors[:, keep] / values[keep]) @ (vectors[:, keep].T @ slope)
        if not np.all(np.isfinite(step)) or float(np.abs(step).max()) < 1e-13:
            return t
        new_value, new_slope = down(t + step)
        if new_value > value + 1e-12 * (1 + abs(value)) or np.abs(new_slope).max() >= np.abs(slope).max():
            return t
        t, value, slope = t + step, new_value, new_slope
    return t
