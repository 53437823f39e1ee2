"""Single numbers of a posterior, each worked out when it is first asked for, as a search over many priors needs it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from metaudit.bayes.fit import (
    Posterior,
    bayes,
    mixture_shortest,
    mu_mixture,
    mu_moments,
    predicted_mixture,
    predicted_moments,
    tau_mean_sd,
    tau_mode,
    tau_shortest,
)
from metaudit.bayes.grid import Model, grids
from metaudit.bayes.likelihood import Data
from metaudit.bayes.mixture import Mixture
from metaudit.bayes.moments import exists, tau_moment
from metaudit.bayes.priors import MuPrior, TauPrior

PARTS = ("mu", "predicted", "tau")


class Reading:
    """The posterior that :func:`metaudit.bayes.fit.bayes` gives, number by number.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau, mu : the priors
    level : probability inside the intervals

    Raises
    ------
    DataError
        when the arrays cannot be pooled, or there is no posterior.
    """

    def __init__(self, yi: Any, vi: Any, *, tau: TauPrior, mu: MuPrior, level: float = 0.95) -> None:
        self._data = (yi, vi)
        self.tau_prior, self.mu_prior, self.level = tau, mu, level
        (self.grid,) = grids(Model(Data([yi], [vi]), tau, mu))
        self._known: dict[tuple[str, str], float] = {}

    def value(self, part: str, name: str) -> float:
        """One number of one posterior; NaN or infinite where there is none.

        Parameters
        ----------
        part : ``mu``, ``predicted`` or ``tau``
        name : ``median``, ``mean``, ``mode``, ``sd``, ``low``, ``high``, ``short_low`` or ``short_high``
        """
        if (part, name) not in self._known:
            names, values = self._work(part, name)
            self._known |= {(part, n): v for n, v in zip(names, values, strict=True)}
        return self._known[part, name]

    @property
    def tau2_mean(self) -> float:
        """Posterior mean of tau²; NaN where there is none."""
        return float(tau_moment(self.grid, 2)[0])

    def below(self, value: float) -> float:
        """Posterior probability of a mean effect below a value."""
        return float(self._mu.cdf(np.array([[value]]))[0, 0])

    @cached_property
    def whole(self) -> Posterior:
        """Everything at once, with the evidence and the studies' own effects."""
        yi, vi = self._data
        return bayes(yi, vi, tau=self.tau_prior, mu=self.mu_prior, level=self.level)

    @cached_property
    def _mu(self) -> Mixture:
        return mu_mixture(self.grid)

    @cached_property
    def _predicted(self) -> Mixture:
        return predicted_mixture(self.grid)

    def _work(self, part: str, name: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """What comes with a number, and the numbers."""
        if name in ("low", "median", "high"):
            tails = np.array([[0.5 - self.level / 2, 0.5, 0.5 + self.level / 2]])
            found = self.grid.tau(self.grid.quantile(tails)) if part == "tau" else self._mixture(part).quantile(tails)
            return ("low", "median", "high"), tuple(map(float, found[0]))
        if name in ("short_low", "short_high"):
            return ("short_low", "short_high"), self._shortest(part)
        if name == "mode":
            return ("mode",), (tau_mode(self.grid) if part == "tau" else self._mixture(part).mode(0),)
        return ("mean", "sd"), self._moments(part)

    def _mixture(self, part: str) -> Mixture:
        return self._mu if part == "mu" else self._predicted

    def _shortest(self, part: str) -> tuple[float, float]:
        if part == "tau":
            return tau_shortest(self.grid, self.level)
        return mixture_shortest(self._mixture(part), self.level)

    def _moments(self, part: str) -> tuple[float, float]:
        if part == "tau":
            return tau_mean_sd(self.grid)
        proper = part == "mu" and self.mu_prior.precision > 0
        mean, sd = mu_moments(self.grid) if part == "mu" else predicted_moments(self.grid)
        return (
            float(mean[0]) if proper or bool(exists(self.grid, 1)[0]) else math.nan,
            float(sd[0]) if proper or bool(exists(self.grid, 2)[0]) else math.inf,
        )
