"""Tests of heterogeneity of a mixed model: every study its own effect, against one effect for all.

Likelihood-ratio and Wald statistics with k - 1 degrees of freedom, as metafor's ``rma.glmm`` prints them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.glmm_families import Binomial, Family, Poisson
from metaudit.pooling.glmm_fit import Maximum, climb, numeric_moments
from metaudit.pooling.glmm_model import Model
from metaudit.pooling.glmm_quadrature import moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NO_TIME = 1e-300  # of an arm that is to say nothing: its probability of no event is 1


@dataclass(frozen=True)
class HeterogeneityTests:
    """Both statistics, and the log-likelihood of the saturated model."""

    lrt: float
    wald: float
    df: int
    saturated: float


def heterogeneity_tests(model: Model, common: Maximum, *, rule: int | None = None) -> HeterogeneityTests:
    """Likelihood-ratio and Wald test of heterogeneity.

    Parameters
    ----------
    model : the random-effects model
    common : the maximum of the common-effect model
    rule : as the models were integrated; matters for random study levels only

    Notes
    -----
    A study with a zero cell has an infinite effect of its own: its likelihood is taken at that limit, and in the Wald
    statistic its weight is 0, the limit of information times squared effect.
    """
    if "sigma" in [t.name for t in model.terms]:
        saturated, wald = _random_levels(model, common, rule=rule)
    else:
        peaks = [arm.peak() for arm in model.arms]
        saturated = float(sum(p[1].sum() for p in peaks))
        effect, variance = np.zeros(model.k), np.zeros(model.k)
        for a, (eta, _) in enumerate(peaks):
            eta = eta - model.offsets[a]
            finite = np.isfinite(eta)
            information = -model.arms[a].at(np.where(finite, eta + model.offsets[a], 0.0)[:, None])[2][:, 0]
            with np.errstate(divide="ignore", invalid="ignore"):
                effect = effect + (eta if a == 0 else -eta)
                variance = variance + np.where(finite & (information > 0), 1 / information, np.inf)
        wald = _wald(effect, variance)
    return HeterogeneityTests(max(0.0, 2 * (saturated - common.value)), wald, model.k - 1, saturated)


def _wald(effect: Floats, variance: Floats) -> float:
    kept = np.isfinite(effect) & np.isfinite(variance)
    if not kept.any():
        return 0.0
    y, w = effect[kept], 1 / variance[kept]
    return float(np.sum(w * (y - np.sum(w * y) / np.sum(w)) ** 2))


def _random_levels(model: Model, common: Maximum, *, rule: int | None) -> tuple[float, float]:
    """Random study levels: an effect for each study beside the normal distribution of the control arms' level."""
    treated = model.arms[0]
    eta, _ = treated.peak()
    finite = np.isfinite(eta)
    with_effects = replace(
        model.without("mean", "link", "tau"), arms=(_silent(treated, ~finite), model.arms[1]), own=(1.0, 0.0)
    )
    level, sigma = common.of("level"), common.of("sigma")
    if sigma == 0:
        with_effects = with_effects.without("sigma")
    shared = [level] if sigma == 0 else [level, sigma]
    begin = np.array([*shared, *np.where(finite, eta - level, 0.0)])
    theta = climb(with_effects, begin, lambda t: moments(with_effects, t))
    found = moments(with_effects, theta)
    if rule is not None and sigma > 0:
        theta = climb(with_effects, theta, lambda t: numeric_moments(with_effects, t, rule))
        found = numeric_moments(with_effects, theta, rule)
    s = len(shared)
    own = theta[s:][finite]
    curve = -found.hessian[:, :s, :s].sum(axis=0)
    across, diagonal = -found.hessian[finite][:, s, :s], -found.hessian[finite][:, s, s]
    information = np.diag(diagonal) - across @ np.linalg.solve(curve, across.T)
    one = np.ones(own.size)
    centred = own - one * (one @ information @ own) / (one @ information @ one)
    return float(found.value.sum()), float(centred @ information @ centred)


def _silent(arm: Family, which: NDArray[np.bool_]) -> Family:
    """The arm without what some of its studies say: their probability is 1 at their own, infinite, effect."""
    if isinstance(arm, Binomial):
        return Binomial(np.where(which, 0.0, arm.x), np.where(which, 0.0, arm.n))
    assert isinstance(arm, Poisson)
    return Poisson(np.where(which, 0.0, arm.x), np.where(which, _NO_TIME, arm.t))
