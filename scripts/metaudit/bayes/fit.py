"""Bayesian random-effects meta-analysis: the posterior of mu, tau, a new study's effect and the studies' own effects.

Model: ``y[i] ~ N(theta[i], v[i])``, ``theta[i] ~ N(mu, tau²)``, with independent priors of mu and tau (Higgins, Thompson and Spiegelhalter
2009, J R Stat Soc A 172:137; Röver 2020, J Stat Softw 93(6)). Given tau everything is normal; tau is integrated numerically.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from metaudit.bayes.grid import Grid, Model, grids
from metaudit.bayes.likelihood import Data
from metaudit.bayes.mixture import Mixture
from metaudit.bayes.moments import exists, of_tau, tau_moment
from metaudit.bayes.priors import MuPrior, TauPrior
from metaudit.bayes.shortest import shortest
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

POLE = 100.0  # log of how much higher the density at tau = 0 is than anywhere else before it counts as unbounded
_DEEP = -1e4
_WEIGHTLESS = 1e-17


@dataclass(frozen=True)
class Marginal:
    """One posterior distribution.

    Attributes
    ----------
    mean, sd : NaN and infinite where the posterior has none
    median, mode : the mode is NaN for tau²
    low, high : the central (equal-tailed) interval
    short_low, short_high : the shortest interval; NaN for tau²
    below_zero : probability of a negative value
    """

    mean: float
    sd: float
    median: float
    mode: float
    low: float
    high: float
    short_low: float
    short_high: float
    below_zero: float


@dataclass(frozen=True)
class Posterior:
    """Everything a Bayesian random-effects analysis prints.

    Attributes
    ----------
    mu, tau, tau2, predicted : the pooled effect, the heterogeneity SD and variance, and the effect of a new study
    log_evidence : log of the marginal likelihood; with a flat prior only differences between priors of tau are meaningful
    log_evidence_common : the same with tau = 0
    log_evidence_null : with mu = 0; NaN with a flat prior of mu
    k, level, tau_prior, mu_prior : what was fitted
    grid : the posterior of tau as points and weights
    """

    mu: Marginal
    tau: Marginal
    tau2: Marginal
    predicted: Marginal
    log_evidence: float
    log_evidence_common: float
    log_evidence_null: float
    k: int
    level: float
    tau_prior: TauPrior
    mu_prior: MuPrior
    grid: Grid

    @property
    def bayes_factor_common(self) -> float:
        """Evidence for tau = 0 against the random-effects model (both priors as given); NaN under a flat prior of tau."""
        return math.exp(self.log_evidence_common - self.log_evidence) if self.tau_prior.proper else math.nan

    @property
    def bayes_factor_null(self) -> float:
        """Evidence for mu = 0 against the prior of mu (Savage-Dickey ratio); NaN under a flat prior of mu."""
        return math.exp(self.log_evidence_null - self.log_evidence)

    def probability_above(self, value: float) -> float:
        """Posterior probability that mu exceeds a value."""
        return 1.0 - float(mu_mixture(self.grid).cdf(np.array([[value]]))[0, 0])

    def studies(self) -> tuple[Marginal, ...]:
        """The posterior of each study's own effect, shrunken towards mu, in the order of the input."""
        return tuple(_of_mixture(part, self.level, finite=(True, True)) for part in study_mixtures(self.grid))

    def sentences(self) -> list[str]:
        """The result in words."""
        m, t = self.mu, self.tau
        return [
            f"{self.k} studies; prior of tau {self.tau_prior.sentence}; prior of mu {self.mu_prior.text}.",
            f"Posterior median of mu {m.median:.4g} ({100 * self.level:g} % credible interval {m.low:.4g} to {m.high:.4g}, "
            f"shortest {m.short_low:.4g} to {m.short_high:.4g}); P(mu < 0) = {m.below_zero:.4g}.",
            f"Posterior median of tau {t.median:.4g} ({t.low:.4g} to {t.high:.4g}).",
        ]


def bayes(yi: Any, vi: Any, *, tau: TauPrior, mu: MuPrior | None = None, level: float = 0.95) -> Posterior:
    """Fit the model to one set of studies.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau : prior of the heterogeneity SD
    mu : prior of the pooled effect; flat when not given
    level : probability inside the intervals

    Raises
    ------
    DataError
        when the arrays cannot be pooled, or there is no posterior (an improper prior with too few studies).
    """
    if not 0 < level < 1:
        raise DataError(f"a credible interval of {level:g}: the level lies between 0 and 1")
    prior = mu if mu is not None else MuPrior()
    data = Data([yi], [vi])
    (grid,) = grids(Model(data, tau, prior))
    zero = data.given(np.zeros((1, 1)), prior)
    null = math.nan
    if prior.precision > 0:
        at_zero = float(mu_mixture(grid).density(np.zeros((1, 1)))[0, 0])
        before = math.log(prior.precision / (2 * math.pi)) / 2 - 0.5 * prior.precision * prior.mean**2
        null = float(grid.log_evidence[0]) + math.log(max(at_zero, 1e-323)) - before
    return Posterior(
        mu=_of_mixture(mu_mixture(grid), level, finite=_finite(grid, predicted=False), mean_sd=mu_moments(grid)),
        tau=_of_tau(grid, level), tau2=_of_tau2(grid, level),
        predicted=_of_mixture(
            predicted_mixture(grid), level, finite=_finite(grid, predicted=True), mean_sd=predicted_moments(grid)
        ),
        log_evidence=float(grid.log_evidence[0]), log_evidence_common=float(zero.log_likelihood[0, 0]),
        log_evidence_null=null, k=int(data.sizes[0]), level=level, tau_prior=tau, mu_prior=prior, grid=grid,
    )  # fmt: skip


def mu_mixture(grid: Grid) -> Mixture:
    """The posterior of mu."""
    return _mixture(grid, grid.given.mean, grid.given.variance)


def predicted_mixture(grid: Grid) -> Mixture:
    """The posterior of a new study's effect (Higgins et al. 2009, sec. 4)."""
    tau2 = np.exp(np.maximum(2 * grid.u, -700.0))
    return _mixture(grid, grid.given.mean, grid.given.variance + tau2)


def _mixture(grid: Grid, mean: Floats, variance: Floats) -> Mixture:
    """Normal parts at the grid's points, without those whose weight is lost in rounding in every data set."""
    keep = grid.p.max(axis=0) > _WEIGHTLESS
    return Mixture(grid.p[:, keep], mean[:, keep], np.sqrt(variance[:, keep]))


def study_mixtures(grid: Grid) -> list[Mixture]:
    """The posteriors of the studies' own effects (Röver 2020, eqs. 27 and 28), for a grid of one data set."""
    tau2 = np.exp(np.maximum(2 * grid.u, -700.0))
    out = []
    for y, v in zip(grid.model.data.y[0], grid.model.data.v[0], strict=True):
        own = tau2 / (tau2 + v)
        mean = own * (y + grid.model.data.shift[0]) + (1 - own) * grid.given.mean
        out.append(_mixture(grid, mean, own * v + (1 - own) ** 2 * grid.given.variance))
    return out


def mu_moments(grid: Grid) -> tuple[Floats, Floats]:
    """Posterior mean and SD of mu, shape ``(B,)``: of the mixture, its means' variance and its mean variance."""
    return _moments(grid, with_tau2=False)


def predicted_moments(grid: Grid) -> tuple[Floats, Floats]:
    """Posterior mean and SD of a new study's effect."""
    return _moments(grid, with_tau2=True)


def _moments(grid: Grid, *, with_tau2: bool) -> tuple[Floats, Floats]:
    mean = np.einsum("bn,bn->b", grid.p, grid.given.mean)
    between = np.einsum("bn,bn->b", grid.p, (grid.given.mean - mean[:, None]) ** 2)

    def variance(u: Floats) -> Floats:
        inside = grid.model.given(u).variance
        return inside + np.exp(2 * u) if with_tau2 else inside

    power = 2 if with_tau2 or grid.model.mu.precision == 0 else 0
    points = grid.given.variance + (np.exp(2 * grid.u) if with_tau2 else 0.0)
    return mean, np.sqrt(between + of_tau(grid, points, power, variance))


def _finite(grid: Grid, *, predicted: bool) -> tuple[bool, bool]:
    """Whether mean and SD exist."""
    if not predicted and grid.model.mu.precision > 0:
        return True, True
    return bool(exists(grid, 1)[0]), bool(exists(grid, 2)[0])


def _of_mixture(
    mixture: Mixture,
    level: float,
    *,
    finite: tuple[bool, bool],
    mean_sd: tuple[Floats, Floats] | None = None,
) -> Marginal:
    tails = np.array([[0.5 - level / 2, 0.5, 0.5 + level / 2]])
    low, median, high = mixture.quantile(tails)[0]
    if mean_sd is None:
        mean = np.einsum("bn,bn->b", mixture.p, mixture.mean)
        mean_sd = (
            mean,
            np.sqrt(np.einsum("bn,bn->b", mixture.p, mixture.sd**2 + (mixture.mean - mean[:, None]) ** 2)),
        )
    short = mixture_shortest(mixture, level)
    below = float(np.einsum("bn,bn->", mixture.p, ndtr(-mixture.mean / mixture.sd)))
    return Marginal(
        float(mean_sd[0][0]) if finite[0] else math.nan, float(mean_sd[1][0]) if finite[1] else math.inf, float(median),
        mixture.mode(0), float(low), float(high), *short, below,
    )  # fmt: skip


def _of_tau(grid: Grid, level: float) -> Marginal:
    tails = np.array([[0.5 - level / 2, 0.5, 0.5 + level / 2]])
    low, median, high = grid.tau(grid.quantile(tails))[0]
    mean, sd = tau_mean_sd(grid)
    return Marginal(
        mean, sd, float(median), tau_mode(grid), float(low), float(high), *tau_shortest(grid, level), 0.0
    )  # fmt: skip


def mixture_shortest(mixture: Mixture, level: float) -> tuple[float, float]:
    """The shortest interval of the first of some mixtures of normal distributions."""
    return shortest(
        lambda p: mixture.quantile(p[None, :])[0],
        lambda x: np.log(mixture.density(x[None, :])[0]),
        level,
        local=lambda x: (mixture.cdf(x[None, :])[0], mixture.density(x[None, :])[0], mixture.slope(x[None, :])[0]),
    )


def tau_mean_sd(grid: Grid) -> tuple[float, float]:
    """Posterior mean and SD of tau, for a grid of one data set; NaN and infinite where there is none."""
    mean, square = float(tau_moment(grid, 1)[0]), float(tau_moment(grid, 2)[0])
    return mean, math.sqrt(max(square - mean**2, 0.0)) if math.isfinite(square) else math.inf


def tau_shortest(grid: Grid, level: float) -> tuple[float, float]:
    """The shortest interval of tau, for a grid of one data set."""

    def log_density(tau: Floats) -> Floats:
        return np.asarray(grid.model.log_tau_density(np.log(tau)[None, :])[0])

    return shortest(lambda p: grid.tau(grid.quantile(p[None, :]))[0], log_density, level, edge=0.0)


def _of_tau2(grid: Grid, level: float) -> Marginal:
    tails = np.array([[0.5 - level / 2, 0.5, 0.5 + level / 2]])
    low, median, high = grid.tau(grid.quantile(tails))[0] ** 2
    mean, square = float(tau_moment(grid, 2)[0]), float(tau_moment(grid, 4)[0])
    sd = math.sqrt(max(square - mean**2, 0.0)) if math.isfinite(square) else math.inf
    nan = math.nan
    return Marginal(mean, sd, float(median), nan, float(low), float(high), nan, nan, 0.0)


def tau_mode(grid: Grid) -> float:
    """Where the posterior density of tau is highest, for a grid of one data set; a pole at 0 (log-t priors) is left out."""
    model = grid.model
    u = np.linspace(float(grid.u[0, 0]), float(grid.u[0, -1]), 400)[None, :]
    if math.isinf(model.log_upper):
        u = np.maximum(u, math.log(float(model.data.typical[0])) - 40.0)
    heights = model.log_tau_density(u)[0]
    edge = float(model.log_tau_density(np.array([[_DEEP]]))[0, 0])
    pole = edge > heights.max() + POLE
    floor = -math.inf if pole else edge + 1e-9
    tops = (heights[1:-1] > heights[:-2]) & (heights[1:-1] >= heights[2:]) & (heights[1:-1] > floor)
    candidates = [_top(model, float(u[0, i]), float(u[0, i + 2])) for i in np.flatnonzero(tops)]
    if math.isfinite(model.log_upper) and heights[-1] > heights[-2]:
        candidates.append((model.log_upper, float(heights[-1])))
    best = max(candidates, key=lambda c: c[1], default=(-math.inf, -math.inf))
    if math.isinf(best[0]) or (edge >= best[1] and not pole):
        return 0.0
    return math.exp(best[0])


def _top(model: Model, low: float, high: float) -> tuple[float, float]:
    """Highest point between two values of log(tau), and the height there."""

    def slope(u: float) -> float:
        pair = model.log_tau_density(np.array([[u - 1e-4, u + 1e-4]]))[0]
        return float(pair[1] - pair[0])

    at = float(brentq(slope, low, high, xtol=1e-12)) if slope(low) > 0 > slope(high) else (low + high) / 2
    return at, float(model.log_tau_density(np.array([[at]]))[0, 0])
