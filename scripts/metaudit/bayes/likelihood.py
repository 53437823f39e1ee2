"""The likelihood of tau with mu integrated out, over many data sets and many tau at once.

Given tau, everything is normal: mu has a normal posterior, and the marginal likelihood is closed (Röver 2020, eqs. 12 to 17).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaudit.bayes.priors import MuPrior, TauPrior
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Given:
    """What is known about mu and tau, for B data sets and N values of tau each.

    Attributes
    ----------
    log_likelihood : log of the marginal likelihood of tau, mu integrated out, shape ``(B, N)``; of a flat prior of mu its
        density is taken as 1
    mean, variance : of mu given tau, shape ``(B, N)``
    """

    log_likelihood: Floats
    mean: Floats
    variance: Floats


class Data:
    """Effects and variances of B data sets, padded to the longest.

    Parameters
    ----------
    effects, variances : one array per data set

    Raises
    ------
    DataError
        when a data set is empty, or an effect or a variance is no finite number (a variance: above 0).
    """

    def __init__(self, effects: Sequence[Any], variances: Sequence[Any]) -> None:
        ys = [np.asarray(y, dtype=float).ravel() for y in effects]
        vs = [np.asarray(v, dtype=float).ravel() for v in variances]
        for y, v in zip(ys, vs, strict=True):
            _check(y, v)
        self.sizes = np.array([y.size for y in ys])
        shape = (len(ys), int(self.sizes.max()))
        self.y, self.v = np.zeros(shape), np.full(shape, np.inf)
        for i, (y, v) in enumerate(zip(ys, vs, strict=True)):
            self.y[i, : y.size], self.v[i, : v.size] = y, v
        self.there = np.isfinite(self.v)
        self.shift = self.y[np.arange(len(ys)), self.v.argmin(axis=1)]
        self.y -= self.shift[:, None]  # far from 0 the squares below would lose their digits
        self.typical = np.array([math.sqrt(float(np.median(v))) for v in vs])

    def rows(self, which: NDArray[np.intp]) -> Data:
        """Some of the data sets."""
        out = object.__new__(Data)
        out.sizes, out.typical, out.shift = self.sizes[which], self.typical[which], self.shift[which]
        longest = int(out.sizes.max())
        out.y, out.v, out.there = (a[which, :longest] for a in (self.y, self.v, self.there))
        return out

    def given(self, tau2: Floats, mu: MuPrior) -> Given:
        """The model at values of tau², shape ``(B, N)``."""
        y, v, there = self.y[:, None, :], self.v[:, None, :], self.there[:, None, :]
        weights = 1 / (v + tau2[:, :, None])
        precision, before = weights.sum(axis=2) + mu.precision, mu.mean - self.shift[:, None]
        mean = ((weights * y).sum(axis=2) + mu.precision * before) / precision
        square = (weights * (y - mean[:, :, None]) ** 2).sum(axis=2) + mu.precision * (mean - before) ** 2
        log_weights = np.where(there, np.log(np.where(there, weights, 1.0)), 0.0).sum(axis=2)
        log_likelihood = 0.5 * (log_weights - square - np.log(precision) - (self.sizes[:, None] - 1) * _LOG_2PI)
        if mu.precision > 0:
            log_likelihood += 0.5 * (math.log(mu.precision) - _LOG_2PI)
        return Given(log_likelihood, mean + self.shift[:, None], 1 / precision)

    def likelihood_tail(self, mu: MuPrior) -> NDArray[np.intp]:
        """Exponent with which the marginal likelihood falls as tau grows: k, or k - 1 when mu is left free."""
        return np.asarray(self.sizes - (mu.precision == 0), dtype=np.intp)

    def demand_proper(self, tau: TauPrior, mu: MuPrior) -> None:
        """Refuse data sets for which there is no posterior.

        Raises
        ------
        DataError
            when a flat prior meets too few studies.
        """
        fewest = int(self.sizes.min())
        if fewest < 2 and mu.precision == 0:
            raise DataError("one study with a flat prior of mu says nothing about tau; give mu a normal prior")
        if not tau.proper and int(self.likelihood_tail(mu).min()) < 2:
            raise DataError(
                f"with {fewest} studies a flat prior of tau has no posterior (3 are needed, 2 with a normal prior of mu); "
                "use a proper prior such as half-normal(scale)"
            )


def _check(y: Floats, v: Floats) -> None:
    if y.size == 0 or y.size != v.size:
        raise DataError(
            f"{y.size} effects and {v.size} variances: one of each per study is needed, and one study at least"
        )
    if not np.all(np.isfinite(y)) or not np.all(np.isfinite(v)) or np.any(v <= 0):
        raise DataError(
            "an effect or a sampling variance is missing or not positive; leave the study out or complete it"
        )
