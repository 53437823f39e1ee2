"""What one arm of a study, or one study given its margins, says about a linear predictor: three exponential families.

Each family gives, for arrays of linear predictors of shape ``(k, N)``, the log-density of what was observed and its first
two derivatives. All three densities are log-concave in the linear predictor, which is what the quadrature relies on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy.special import expit, gammaln, xlogy

from metaudit.effects.zero_cells import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

Derivatives = tuple[Floats, Floats, Floats]
_NEGLIGIBLE = 45.0  # exp(-45) = 3e-20: terms of a sum so far below its largest one do not change it


class Family(Protocol):
    """The density of each study's count given its linear predictor."""

    def at(self, eta: Floats) -> Derivatives:
        """Log-density and its first two derivatives, shapes ``(k, N)`` as ``eta``."""

    def peak(self) -> tuple[Floats, Floats]:
        """Linear predictor with the largest density (may be infinite) and that log-density, each of shape ``(k,)``."""

    def take(self, keep: NDArray[np.bool_]) -> Family:
        """The same for some of the studies."""


@dataclass(frozen=True)
class Binomial:
    """``x`` events among ``n``, logit link, each of shape ``(k,)``."""

    x: Floats
    n: Floats

    @property
    def constant(self) -> Floats:
        """Log binomial coefficients."""
        out: Floats = gammaln(self.n + 1) - gammaln(self.x + 1) - gammaln(self.n - self.x + 1)
        return out

    def at(self, eta: Floats) -> Derivatives:
        """See :class:`Family`."""
        x, n = self.x[:, None], self.n[:, None]
        p = expit(eta)
        value = self.constant[:, None] + x * eta - n * np.logaddexp(0.0, eta)
        return value, x - n * p, -n * p * expit(-eta)

    def peak(self) -> tuple[Floats, Floats]:
        """See :class:`Family`."""
        y = self.n - self.x
        with np.errstate(divide="ignore"):
            eta = np.log(self.x) - np.log(y)
        return eta, self.constant + xlogy(self.x, self.x) + xlogy(y, y) - xlogy(self.n, self.n)

    def take(self, keep: NDArray[np.bool_]) -> Binomial:
        """See :class:`Family`."""
        return Binomial(self.x[keep], self.n[keep])


@dataclass(frozen=True)
class Poisson:
    """``x`` events in person-time ``t``, log link, each of shape ``(k,)``."""

    x: Floats
    t: Floats

    def at(self, eta: Floats) -> Derivatives:
        """See :class:`Family`."""
        x, t = self.x[:, None], self.t[:, None]
        with np.errstate(over="ignore"):
            mean = t * np.exp(eta)
        return x * (eta + np.log(t)) - mean - gammaln(x + 1), x - mean, -mean

    def peak(self) -> tuple[Floats, Floats]:
        """See :class:`Family`."""
        with np.errstate(divide="ignore"):
            eta = np.log(self.x / self.t)
        return eta, xlogy(self.x, self.x) - self.x - gammaln(self.x + 1)

    def take(self, keep: NDArray[np.bool_]) -> Poisson:
        """See :class:`Family`."""
        return Poisson(self.x[keep], self.t[keep])


@dataclass(frozen=True)
class Hypergeometric:
    """``a`` of the ``m`` events in an arm of ``n1``, the other arm of ``n2``; the linear predictor is the log odds ratio.

    Fisher's non-central hypergeometric distribution (Stijnen, Hamza and Özdemir 2010, section 3). The sums over its support
    run over all studies at once, laid end to end, and leave out terms below 3e-20 of the largest.
    """

    a: Floats
    n1: Floats
    n2: Floats
    m: Floats
    _window: dict[str, tuple[Any, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def low(self) -> Floats:
        """Smallest count that the margins allow."""
        return np.maximum(0.0, self.m - self.n2)

    @property
    def high(self) -> Floats:
        """Largest count that the margins allow."""
        return np.minimum(self.n1, self.m)

    def _support(self) -> tuple[Any, ...]:
        """Study number, count less the observed one, and log-weight less that of the observed count; end to end."""
        if "all" not in self._window:
            sizes = (self.high - self.low + 1).astype(int)
            study = np.repeat(np.arange(self.a.size), sizes)
            j = np.concatenate([np.arange(int(lo), int(hi) + 1) for lo, hi in zip(self.low, self.high, strict=True)])
            weight = _log_weight(j, self.n1[study], self.n2[study], self.m[study])
            own = _log_weight(self.a, self.n1, self.n2, self.m)
            self._window["all"] = (study, j - self.a[study], weight - own[study])
        return self._window["all"]

    def _terms(self, eta: Floats) -> tuple[Any, ...]:
        """The terms of the support that matter for these linear predictors, and where each study's begin."""
        lowest, highest = eta.min(axis=1), eta.max(axis=1)
        if "range" in self._window and np.all(self._window["range"][0] <= lowest):
            kept = self._window["range"]
            if np.all(highest <= kept[1]):
                return self._window["terms"]
        lowest, highest = lowest - 0.25, highest + 0.25  # so that the next, similar request finds it
        study, j, weight = self._support()
        starts = np.searchsorted(study, np.arange(self.a.size))
        keep = np.zeros((2, study.size), dtype=bool)
        for row, edge in enumerate((lowest, highest)):  # log-concave in j: both ends bound what lies between
            term = weight + edge[study] * j
            near = term >= np.maximum.reduceat(term, starts)[study] - _NEGLIGIBLE
            first, last = (
                np.minimum.reduceat(np.where(near, j, math.inf), starts),
                np.maximum.reduceat(np.where(near, j, -math.inf), starts),
            )
            keep[row] = j >= first[study] if row == 0 else j <= last[study]
        chosen = keep.all(axis=0)
        study, j, weight = study[chosen], j[chosen], weight[chosen]
        self._window["range"] = (lowest, highest)
        self._window["terms"] = (study, j, weight, np.searchsorted(study, np.arange(self.a.size)))
        return self._window["terms"]

    def at(self, eta: Floats) -> Derivatives:
        """See :class:`Family`."""
        study, j, weight, starts = self._terms(eta)
        term = eta[study]
        term *= j[:, None]
        term += weight[:, None]
        top = np.maximum.reduceat(term, starts, axis=0)
        term -= top[study]
        np.exp(term, out=term)
        total = np.add.reduceat(term, starts, axis=0)
        term *= j[:, None]
        mean = np.add.reduceat(term, starts, axis=0) / total
        term *= j[:, None]
        second = np.add.reduceat(term, starts, axis=0) / total
        return -(top + np.log(total)), -mean, -(second - mean**2)

    def peak(self) -> tuple[Floats, Floats]:
        """See :class:`Family`; by Newton's method, as the conditional maximum has no closed form."""
        inside = (self.a > self.low) & (self.a < self.high)
        eta = np.where(self.low == self.high, 0.0, np.where(self.a == self.low, -math.inf, math.inf))
        value = np.zeros(self.a.size)  # at the edge of the support the probability tends to 1
        if inside.any():
            part = self.take(inside)
            cells = (part.a, part.n1 - part.a, part.m - part.a, part.n2 - part.m + part.a)
            at = np.log((cells[0] + 0.5) * (cells[3] + 0.5) / ((cells[1] + 0.5) * (cells[2] + 0.5)))
            for _ in range(200):
                _, slope, curve = part.at(at[:, None])
                step = -(slope / curve)[:, 0]
                at = at + np.clip(step, -1, 1)
                if np.max(np.abs(step)) < 1e-13 * (1 + np.max(np.abs(at))):
                    break
            eta[inside], value[inside] = at, part.at(at[:, None])[0][:, 0]
        return eta, value

    def take(self, keep: NDArray[np.bool_]) -> Hypergeometric:
        """See :class:`Family`."""
        return Hypergeometric(self.a[keep], self.n1[keep], self.n2[keep], self.m[keep])


def _log_weight(j: Floats, n1: Floats, n2: Floats, m: Floats) -> Floats:
    """Log of C(n1, j) C(n2, m - j)."""
    out: Floats = (
        gammaln(n1 + 1) - gammaln(j + 1) - gammaln(n1 - j + 1)
        + gammaln(n2 + 1) - gammaln(m - j + 1) - gammaln(n2 - m + j + 1)
    )  # fmt: skip
    return out
