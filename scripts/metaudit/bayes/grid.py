"""The posterior of tau on a grid that integrates it to rounding error.

With ``log(tau) = z0 + c sinh(x / c)`` every posterior density is analytic in a strip around the real axis and falls at least exponentially
on both sides, so that the plain sum over equally spaced x converges geometrically (Stenger 1993, *Numerical Methods Based on Sinc and
Analytic Functions*, ch. 3; Trefethen and Weideman 2014, SIAM Rev 56:385). The sum over every second point tells the error: it is
the square root of the error of the whole sum, and the size of the error of the interpolated distribution function.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import sici

from metaudit.bayes.likelihood import Data, Given
from metaudit.bayes.priors import MuPrior, TauPrior
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_C = 4.0
_LEFT, _RIGHT = 36.0, 4 * math.asinh(30.0)  # ends of x: tau 16,000 and 120 powers of e from the typical standard error
_NEGLIGIBLE = 42.0  # exp(-42) = 6e-19 of the highest density
_SCAN, _FIRST, _LAST = 160, 96, 1 << 15
_ERROR = 1e-10  # of the sum over every second point, and of the distribution function
SLOW = 0.35  # a moment whose integrand falls more slowly than tau**-(1 + this) is not left to the grid


class Model:
    """One prior and B data sets: the log posterior density of x, unnormalised, and what belongs to each x.

    Parameters
    ----------
    data : the data sets
    tau, mu : the priors
    """

    def __init__(self, data: Data, tau: TauPrior, mu: MuPrior) -> None:
        data.demand_proper(tau, mu)
        self.data, self.tau, self.mu = data, tau, mu
        self.log_upper = math.log(tau.upper) if math.isfinite(tau.upper) else math.inf
        centre = np.log(data.typical)
        if math.isfinite(tau.upper):
            ratio = np.minimum(data.typical / tau.upper, 0.5)
            centre = np.log(ratio) - np.log1p(-ratio)
        self.centre = centre

    def rows(self, which: NDArray[np.intp]) -> Model:
        """Some of the data sets."""
        out = object.__new__(Model)
        out.data, out.tau, out.mu = self.data.rows(which), self.tau, self.mu
        out.log_upper, out.centre = self.log_upper, self.centre[which]
        return out

    def u(self, x: Floats) -> Floats:
        """log(tau) at x, shape ``(B, N)``."""
        z = self.centre[:, None] + _C * np.sinh(x / _C)
        return np.asarray(z if math.isinf(self.log_upper) else self.log_upper - np.logaddexp(0.0, -z), dtype=float)

    def log_slope(self, x: Floats) -> Floats:
        """Log of the derivative of log(tau) by x."""
        out = np.log(np.cosh(x / _C))
        if math.isinf(self.log_upper):
            return np.asarray(out)
        return np.asarray(out - np.logaddexp(0.0, self.centre[:, None] + _C * np.sinh(x / _C)))

    def given(self, u: Floats) -> Given:
        """The model at log(tau)."""
        return self.data.given(np.exp(np.maximum(2 * u, -700.0)), self.mu)

    def log_tau_density(self, u: Floats) -> Floats:
        """Log posterior density of tau, unnormalised, at log(tau), shape ``(B, N)``."""
        return self.tau.log_u(u) - u + self.given(u).log_likelihood

    def spare(self) -> Floats:
        """Exponent d with which the posterior density of log(tau) falls: ``tau**-d``; shape ``(B,)``."""
        return np.asarray(self.tau.tail - 1.0 + self.data.likelihood_tail(self.mu), dtype=float)


@dataclass(frozen=True)
class Grid:
    """The posterior of B data sets on N points each.

    Attributes
    ----------
    model : what was integrated
    rows : numbers of the data sets in the whole
    x, u : the points and log(tau) there, shape ``(B, N)``
    p : their weights, which add up to 1
    log_evidence : log of the integral, shape ``(B,)``
    given : likelihood, and mu given tau, at the points
    """

    model: Model
    rows: NDArray[np.intp]
    x: Floats
    u: Floats
    p: Floats
    log_evidence: Floats
    given: Given

    @property
    def step(self) -> Floats:
        """Distance of the points, shape ``(B, 1)``."""
        return self.x[:, 1:2] - self.x[:, :1]

    def cdf(self, x: Floats) -> Floats:
        """Distribution function of tau at x, shape ``(B, M)``: the integral of the sinc interpolant."""
        t = math.pi * (x[:, :, None] - self.x[:, None, :]) / self.step[:, :, None]
        return np.asarray(0.5 + np.einsum("bmn,bn->bm", sici(t)[0], self.p) / math.pi)

    def density(self, x: Floats) -> Floats:
        """Density of x, the derivative of ``cdf``."""
        t = (x[:, :, None] - self.x[:, None, :]) / self.step[:, :, None]
        return np.asarray(np.einsum("bmn,bn->bm", np.sinc(t), self.p) / self.step)

    def quantile(self, probability: Floats) -> Floats:
        """The x below which tau lies with a probability, shape ``(B, M)``: Newton's method inside a closing bracket."""
        sums = np.cumsum(self.p, axis=1) - self.p / 2
        x = np.stack([np.interp(q, s, at) for q, s, at in zip(probability, sums, self.x, strict=True)])
        low, high = np.broadcast_to(self.x[:, :1], x.shape), np.broadcast_to(self.x[:, -1:], x.shape)
        for _ in range(100):
            gap = self.cdf(x) - probability
            low, high = np.where(gap < 0, x, low), np.where(gap < 0, high, x)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = x - gap / self.density(x)
            new = np.where((new >= low) & (new <= high), new, (low + high) / 2)
            moved = np.abs(new - x)
            x = np.where(np.abs(gap) < 1e-15, x, new)
            if np.all((moved < 1e-9) | (np.abs(gap) < 1e-15)):
                break
        return x

    def tau(self, x: Floats) -> Floats:
        """Tau at x, shape ``(B, M)``."""
        return np.asarray(np.exp(self.model.u(x)))


def grids(model: Model) -> list[Grid]:
    """The posteriors of all data sets, in groups with equally many points.

    Raises
    ------
    DataError
        when a posterior cannot be integrated to 1e-10.
    """
    rows = np.arange(model.data.sizes.size)
    low, high = _bracket(model)
    model = _centred(model, low, high)
    low, high = _bracket(model)
    points, out = _FIRST, []
    while rows.size:
        grid, error = _summed(model, rows, low, high, points)
        good = error <= _ERROR
        if good.any():
            out.append(_part(grid, np.flatnonzero(good)))
        rest = np.flatnonzero(~good)
        if rest.size:
            model, rows, low, high = model.rows(rest), rows[rest], low[rest], high[rest]
        else:
            break
        points *= 2
        if points > _LAST:
            raise DataError(
                f"the posterior of tau under {model.tau.text} cannot be integrated to {_ERROR:g}: prior and data contradict each other too strongly"
            )
    return out


def _grown(model: Model, x: Floats) -> tuple[Floats, Floats, Given, Floats]:
    """log(tau), log density of x, the model there, and the log density times the highest power of tau that is integrated."""
    u = model.u(x)
    given = model.given(u)
    log_f = model.tau.log_u(u) + given.log_likelihood + model.log_slope(x)
    power = np.clip(np.floor(model.spare() - SLOW), 0, 4)[:, None]
    return u, log_f, given, log_f + power * u


def _bracket(model: Model) -> tuple[Floats, Floats]:
    """Ends of x between which everything lies, found by closing in on the highest density."""
    count = model.data.sizes.size
    low, high = np.full(count, -_LEFT), np.full(count, _RIGHT)
    for _ in range(40):
        x = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, _SCAN)
        _, log_f, _, grown = _grown(model, x)
        keep = (log_f > log_f.max(axis=1, keepdims=True) - _NEGLIGIBLE) | (
            grown > grown.max(axis=1, keepdims=True) - _NEGLIGIBLE
        )
        first = np.maximum(keep.argmax(axis=1) - 1, 0)
        last = np.minimum(_SCAN - keep[:, ::-1].argmax(axis=1), _SCAN - 1)
        at = np.arange(count)
        low, high = x[at, first], x[at, last]
        if np.all(last - first > 0.5 * _SCAN):
            break
    return low, high


def _centred(model: Model, low: Floats, high: Floats) -> Model:
    """The model with x = 0 where the posterior is highest: the strip in which it is analytic is widest there."""
    x = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, _SCAN)
    best = _grown(model, x)[1].argmax(axis=1)
    out = model.rows(np.arange(model.data.sizes.size))
    out.centre = model.centre + _C * np.sinh(x[np.arange(best.size), best] / _C)
    return out


def _summed(model: Model, rows: NDArray[np.intp], low: Floats, high: Floats, points: int) -> tuple[Grid, Floats]:
    x = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, points + 1)
    u, log_f, given, grown = _grown(model, x)
    top = log_f.max(axis=1, keepdims=True)
    f, step = np.exp(log_f - top), x[:, 1:2] - x[:, :1]
    total = f.sum(axis=1, keepdims=True) * step
    p = f * step / total
    big = np.exp(grown - grown.max(axis=1, keepdims=True))
    spread = np.sqrt((p * (given.variance + given.mean**2)).sum(axis=1) - (p * given.mean).sum(axis=1) ** 2)
    error = np.maximum.reduce(
        [
            np.abs(2 * p[:, ::2].sum(axis=1) - 1),
            np.abs(2 * big[:, ::2].sum(axis=1) / big.sum(axis=1) - 1),
            np.abs(((2 * p[:, ::2] * given.mean[:, ::2]).sum(axis=1) - (p * given.mean).sum(axis=1)) / spread),
        ]
    )
    log_evidence = np.log(total[:, 0]) + top[:, 0]
    return Grid(model, rows, x, u, p, log_evidence, given), error


def _part(grid: Grid, which: NDArray[np.intp]) -> Grid:
    if which.size == grid.rows.size:
        return grid
    given = Given(*(a[which] for a in (grid.given.log_likelihood, grid.given.mean, grid.given.variance)))
    return Grid(
        grid.model.rows(which), grid.rows[which], grid.x[which], grid.u[which], grid.p[which],
        grid.log_evidence[which], given,
    )  # fmt: skip
