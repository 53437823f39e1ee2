"""P-scores, rank probabilities, SUCRA."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import fit_network
from metaudit.network.ranking import bivariate, p_scores, ranks

Network_of = Callable[..., Evidence]


@pytest.mark.parametrize("seed", range(4))
def test_p_scores_are_a_half_on_average_and_turn_with_the_direction(network_of: Network_of, seed: int) -> None:
    found = fit_network(network_of(seed))
    low, high = (p_scores(found, small_is_good=good) for good in (True, False))
    assert np.mean(list(low.values())) == pytest.approx(0.5)
    for t in found.treatments:
        assert low[t] + high[t] == pytest.approx(1.0)


def test_the_p_score_of_two_treatments_is_a_one_sided_p() -> None:
    study = Study("1", ("A", "B"), np.array([0.0, 1.0]), np.diag([0.3, 0.2]))
    found = fit_network(Evidence("MD", (study,)), tau2=None)
    scores = p_scores(found, small_is_good=True)
    assert scores["A"] == pytest.approx(norm.cdf(1 / math.sqrt(0.5)))
    drawn = ranks(found, small_is_good=True)
    assert drawn.exact
    assert drawn.sucra == pytest.approx(scores)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("good", [True, False])
def test_three_treatments_are_ranked_exactly(network_of: Network_of, seed: int, good: bool) -> None:
    found = fit_network(network_of(seed, treatments=3))
    exact = ranks(found, small_is_good=good)
    assert exact.exact
    np.testing.assert_allclose(exact.probability.sum(axis=0), 1, atol=1e-12)
    np.testing.assert_allclose(exact.probability.sum(axis=1), 1, atol=1e-12)
    assert exact.sucra == pytest.approx(p_scores(found, small_is_good=good), abs=1e-12)
    assert sum(exact.mean_rank.values()) == pytest.approx(6)
    draws = np.random.default_rng(1).multivariate_normal(found.effects, found.covariance, 400_000, method="eigh")
    place = np.argsort(np.argsort(draws if good else -draws, axis=1), axis=1)
    simulated = np.array([[np.mean(place[:, i] == r) for r in range(3)] for i in range(3)])
    np.testing.assert_allclose(exact.probability, simulated, atol=0.004)


def test_more_treatments_are_ranked_by_simulation_that_repeats(network_of: Network_of) -> None:
    found = fit_network(network_of(2))
    one, again = (ranks(found, small_is_good=True, draws=50_000) for _ in range(2))
    assert not one.exact
    assert np.array_equal(one.probability, again.probability)
    assert not np.array_equal(one.probability, ranks(found, small_is_good=True, draws=50_000, seed=1).probability)
    np.testing.assert_allclose(one.probability.sum(axis=0), 1, atol=1e-12)
    scores = p_scores(found, small_is_good=True)
    for t, sucra in one.sucra.items():
        assert sucra == pytest.approx(scores[t], abs=0.01)
        assert one.mean_rank[t] == pytest.approx(1 + (1 - sucra) * 4)


@pytest.mark.parametrize("rho", [-0.95, -0.3, 0.0, 0.5, 0.99])
@pytest.mark.parametrize(
    ("h", "k"), [(0.0, 0.0), (0.7, -1.2), (-0.4, -0.6), (0.0, 1.1), (-0.9, 0.0), (2.0, 0.3), (0.0, -1.0), (1.0, 0.0)]
)
def test_bivariate_normal(h: float, k: float, rho: float) -> None:
    theirs = multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([h, k])
    assert bivariate(h, k, rho) == pytest.approx(theirs, abs=2e-6)
    assert bivariate(h, k, rho) == pytest.approx(bivariate(k, h, rho), abs=1e-15)


@pytest.mark.parametrize(("rho", "p"), [(1.0, norm.cdf(-0.5)), (-1.0, 0.0)])
def test_bivariate_normal_on_a_line(rho: float, p: float) -> None:
    assert bivariate(-0.5, 0.3, rho) == pytest.approx(p)
    assert bivariate(1.0, 0.5, -1.0) == pytest.approx(norm.cdf(1) + norm.cdf(0.5) - 1)
