"""Prediction by parametric bootstrap: published output, a slow implementation, coverage."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from metaudit import pool
from metaudit.errors import DataError
from metaudit.pooling.intervals import prediction_interval, quantile
from metaudit.pooling.prediction import bootstrap_prediction, draw_tau2, new_effects
from metaudit.pooling.quadratic_form import GeneralisedQ, cdf_of_sum

Y = np.array([-0.889, -1.585, -1.348, -1.442, -0.218, -0.786, -1.621, 0.012, -0.469, -1.371, -0.339, 0.446, -0.017])
V = np.array([0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071])
# Events and totals of 13 trials of cisapride (Hartung and Knapp 2001).
CISAPRIDE = np.array([
    [15, 12, 29, 42, 14, 44, 14, 29, 10, 17, 38, 19, 21], [16, 16, 34, 56, 22, 54, 17, 58, 14, 26, 44, 29, 38],
    [9, 1, 18, 31, 6, 17, 7, 23, 3, 6, 12, 22, 19], [16, 16, 34, 56, 22, 55, 15, 58, 15, 27, 45, 30, 38],
], dtype=float)  # fmt: skip


def test_published_output_of_pimeta() -> None:
    """pimeta 1.1.4, pima(B = 25000, seed = 2236067) on log odds ratios with 0.5 added everywhere: OR 4.141 [0.533, 33.692].

    Two runs of 25,000 draws differ: the quantiles of our own runs have a standard deviation of 0.02 in the log.
    """
    a, n1, c, n2 = CISAPRIDE
    cells = [x + 0.5 for x in (a, n1 - a, c, n2 - c)]
    y, v = np.log(cells[0] * cells[3] / cells[1] / cells[2]), sum(1 / x for x in cells)
    low, high = bootstrap_prediction(y, v, level=0.95, seed=1, samples=200_000)
    assert low == pytest.approx(math.log(0.533), abs=0.06)
    assert high == pytest.approx(math.log(33.692), abs=0.06)
    assert math.exp(pool(y, v, tau2="DL").estimate) == pytest.approx(4.141, abs=5e-4)


def test_draws_of_tau2_invert_the_distribution_of_q() -> None:
    q = GeneralisedQ(Y[:6], V[:6], np.ones((6, 1)), 1 / V[:6])
    u = np.random.default_rng(4).random(60)
    for probability, drawn in zip(u, draw_tau2(Y[:6], V[:6], u), strict=True):
        if 1 - q.below(0.0) >= probability:
            assert drawn == 0
            continue
        slow = brentq(lambda t, p=probability: 1 - cdf_of_sum(q.q, q.lambdas(t)) - p, 0, 1e6, xtol=1e-14)
        assert drawn == pytest.approx(slow, rel=1e-4, abs=1e-4 * V[:6].min())


def test_draws_of_effects_are_the_formula_of_the_paper() -> None:
    tau2, z, t = np.array([0.0, 0.2]), np.array([1.0, -0.5]), np.array([0.3, 2.0])
    ours = new_effects(Y, V, tau2, z=z, t=t)
    for i in range(2):
        w = 1 / (V + tau2[i])
        mean = float(w @ Y / w.sum())
        variance = float(w @ (Y - mean) ** 2 / w.sum()) / 12
        assert ours[i] == pytest.approx(mean + z[i] * math.sqrt(tau2[i]) - t[i] * math.sqrt(variance), rel=1e-12)


def test_same_seed_same_limits_and_more_draws_converge() -> None:
    first, second, other = (pool(Y, V, pi="bootstrap", seed=s) for s in (1, 1, 2))
    assert (first.pi_low, first.pi_high) == (second.pi_low, second.pi_high) != (other.pi_low, other.pi_high)
    assert first.pi_method == "bootstrap"
    many = bootstrap_prediction(Y, V, level=0.95, seed=9, samples=200_000)
    width = many[1] - many[0]
    assert (first.pi_low, first.pi_high) == pytest.approx(many, abs=0.04 * width)


def test_it_does_not_depend_on_the_estimator_of_tau2() -> None:
    a, b = pool(Y, V, tau2="DL", pi="bootstrap"), pool(Y, V, tau2="REML", pi="bootstrap")
    assert (a.pi_low, a.pi_high) == (b.pi_low, b.pi_high)


def test_coverage_with_five_studies() -> None:
    """200 simulated reviews: the effect of a new study lies inside in 95 % +- 4 standard errors."""
    rng = np.random.default_rng(21)
    v = np.array([0.05, 0.1, 0.15, 0.3, 0.5])
    inside = 0
    for i in range(200):
        y = rng.normal(0.0, np.sqrt(v + 0.2))
        low, high = bootstrap_prediction(y, v, level=0.95, seed=i, samples=1000)
        inside += low <= rng.normal(0, math.sqrt(0.2)) <= high
    assert inside / 200 == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 200))


def test_degenerate_input() -> None:
    assert all(math.isnan(x) for x in bootstrap_prediction(Y[:1], V[:1], level=0.95, seed=1))
    assert bootstrap_prediction(np.full(4, 0.3), V[:4], level=0.95, seed=1) == pytest.approx((0.3, 0.3))
    low, high = bootstrap_prediction(np.array([0.0, 100.0]), np.array([1e-4, 1e-4]), level=0.95, seed=1)
    assert -math.inf < low < 0 < 100 < high < math.inf
    low, high = bootstrap_prediction(Y, V**4, level=0.95, seed=1)  # variances over eight orders of magnitude
    assert low < Y.mean() < high
    assert math.isnan(pool(Y, V, tau2=None, pi="bootstrap").pi_low)
    assert math.isnan(pool(Y, V, mods=V, pi="bootstrap").pi_low)


def test_the_pooled_result_is_not_enough() -> None:
    with pytest.raises(DataError, match="drawn from the studies"):
        prediction_interval(0.0, 0.1, 0.1, 5, method="bootstrap", level=0.95)


def test_hksj_prediction_takes_the_hartung_knapp_standard_error_whatever_the_interval() -> None:
    wald, hksj = pool(Y, V, pi="hksj"), pool(Y, V, ci="hksj", pi="hksj")
    assert (wald.pi_low, wald.pi_high) == pytest.approx((hksj.pi_low, hksj.pi_high), rel=1e-12)
    half = quantile(0.95, 12.0) * math.sqrt(hksj.tau2 + hksj.se**2)
    assert hksj.pi_high == pytest.approx(hksj.estimate + half)
    assert math.isnan(pool([0.5], [0.04], pi="hksj").pi_low)
