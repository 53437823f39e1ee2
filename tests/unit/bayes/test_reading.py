"""A posterior read number by number is the posterior that is worked out as a whole."""

import math

import numpy as np
import pytest

from metaudit.bayes.fit import bayes
from metaudit.bayes.priors import MuPrior, mu_prior, tau_prior
from metaudit.bayes.reading import PARTS, Reading

Y = np.array([28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16])
V = np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6]) ** 2
NAMES = ("median", "mean", "mode", "sd", "low", "high", "short_low", "short_high")


@pytest.mark.parametrize(
    ("tau", "mu"), [("half-Cauchy(25)", "normal(0, 50)"), ("uniform(30)", "flat"), ("half-normal(5)", "flat")]
)
def test_the_same_numbers(tau, mu):
    whole = bayes(Y, V, tau=tau_prior(tau), mu=mu_prior(mu), level=0.9)
    one = Reading(Y, V, tau=tau_prior(tau), mu=mu_prior(mu), level=0.9)
    for part in PARTS:
        for name in NAMES:
            assert one.value(part, name) == pytest.approx(getattr(getattr(whole, part), name), rel=1e-12), (part, name)
    assert one.below(0.0) == pytest.approx(whole.mu.below_zero, rel=1e-12)
    assert one.tau2_mean == pytest.approx(whole.tau2.mean, rel=1e-12)
    assert one.whole.log_evidence == whole.log_evidence


def test_what_does_not_exist():
    """With a flat prior of the mean and a half-Cauchy tau a new study's effect has no mean for two studies."""
    prior = tau_prior("half-Cauchy(1)")
    whole, one = bayes(Y[:2], V[:2], tau=prior), Reading(Y[:2], V[:2], tau=prior, mu=MuPrior())
    for part in ("mu", "predicted"):
        assert math.isnan(one.value(part, "mean")) == math.isnan(getattr(whole, part).mean)
        assert math.isinf(one.value(part, "sd")) == math.isinf(getattr(whole, part).sd)
