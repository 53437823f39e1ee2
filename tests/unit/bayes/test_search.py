"""The prior that made a paper's numbers is found again, with the conventions it printed under."""

import math

import numpy as np
import pytest

from metaudit.bayes.fit import bayes
from metaudit.bayes.priors import MuPrior, tau_prior
from metaudit.bayes.search import search_priors, usual_priors
from metaudit.errors import DataError

RNG = np.random.default_rng(8)
V = RNG.uniform(0.02, 0.3, 7)
Y = 0.3 + RNG.normal(size=7) * np.sqrt(V + 0.1)


@pytest.mark.parametrize("text", ["half-normal(0.5)", "half-Cauchy(0.3)", "inverse-gamma(0.001, 0.001)", "uniform(2)"])
@pytest.mark.parametrize(("centre", "low", "high"), [("median", "low", "high"), ("mean", "short_low", "short_high")])
def test_the_prior_behind_printed_numbers_is_among_the_best(text, centre, low, high):
    truth = bayes(Y, V, tau=tau_prior(text))
    printed = {
        "estimate": f"{getattr(truth.mu, centre):.3f}", "ci_low": f"{getattr(truth.mu, low):.3f}", "ci_high": f"{getattr(truth.mu, high):.3f}",
        "tau": f"{getattr(truth.tau, centre):.3f}", "tau_high": f"{getattr(truth.tau, high):.3f}", "p_negative": f"{truth.mu.below_zero:.4f}",
    }  # fmt: skip
    found = search_priors(Y, V, printed, priors=usual_priors())
    complete = [c for c in found if c.complete]
    assert (tau_prior(text), centre) in [(c.tau, c.centre) for c in complete]
    assert {c.tau for c in complete} == {tau_prior(text)}  # three digits tell the usual priors apart
    assert found[: len(complete)] == complete
    assert "6 of 6" in complete[0].sentence


def test_ratios_are_compared_on_their_scale():
    truth = bayes(Y, V, tau=tau_prior("half-normal(1)"), mu=MuPrior(0, 2.82))
    printed = {
        "estimate": f"{math.exp(truth.mu.median):.2f}",
        "ci_high": f"{math.exp(truth.mu.high):.2f}",
        "pi_high": f"{math.exp(truth.predicted.high):.2f}",
        "tau2": f"{truth.tau2.median:.2f}",
    }
    found = search_priors(
        Y, V, printed, priors=[tau_prior("half-normal(1)")], mu=[MuPrior(), MuPrior(0, 2.82)], to_printed=math.exp
    )
    assert any(
        c.complete and c.mu == MuPrior(0, 2.82) and (c.centre, c.interval) == ("median", "central") for c in found
    )


def test_only_conventions_that_matter_are_tried():
    assert len(search_priors(Y, V, {"p_negative": "0.1"}, priors=[tau_prior("half-normal(1)")])) == 1
    assert len(search_priors(Y, V, {"estimate": "0.3"}, priors=[tau_prior("half-normal(1)")])) == 3
    assert len(search_priors(Y, V, {"ci_low": "0.3"}, priors=[tau_prior("half-normal(1)")])) == 2


@pytest.mark.parametrize("printed", [{}, {"q": "3"}])
def test_refusals(printed):
    with pytest.raises(DataError):
        search_priors(Y, V, printed, priors=usual_priors())
