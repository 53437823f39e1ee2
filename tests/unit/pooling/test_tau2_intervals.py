"""Intervals of tau2, I2 and H2: that they solve their equations, and where they do not exist."""

import math

import numpy as np
import pytest
from scipy.special import chdtri

from metaudit import pool
from metaudit.errors import DataError
from metaudit.pooling.quadratic_form import GeneralisedQ, cdf_of_sum
from metaudit.pooling.tau2 import log_likelihood, q_root
from metaudit.pooling.tau2_intervals import TAU2_CI_METHODS, h2_test_based, profile_likelihood, q_profile
from tolerances import CLOSED_FORM

Y = np.array([-0.889, -1.585, -1.348, -1.442, -0.218, -0.786, -1.621, 0.012, -0.469, -1.371, -0.339, 0.446, -0.017])
V = np.array([0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071])
ABLAT = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33], dtype=float)
ROOT = 1e-9  # a probability at a root found to 1e-15 in tau2


# profile likelihood


@pytest.mark.parametrize("method", ["ML", "REML"])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_profile_limits_lie_where_the_likelihood_ratio_is_its_quantile(method: str, level: float) -> None:
    ours = pool(Y, V, tau2=method, tau2_ci="profile-likelihood", level=level)
    at = np.array([ours.tau2, ours.tau2_low, ours.tau2_high])
    heights = log_likelihood(Y, V, np.ones((13, 1)), at, restricted=method == "REML")
    assert 2 * (heights[0] - heights[1:]) == pytest.approx([float(chdtri(1, 1 - level))] * 2, rel=1e-10)
    assert ours.tau2_low < ours.tau2 < ours.tau2_high
    assert ours.tau2_ci_method == "profile-likelihood"


def test_profile_limit_is_zero_where_zero_is_not_rejected() -> None:
    ours = pool([0.1, 0.3, -0.2, 0.4], [0.2, 0.1, 0.3, 0.2], tau2="REML", tau2_ci="profile-likelihood")
    assert ours.tau2_low == 0
    assert ours.tau2_high > ours.tau2


def test_profile_set_with_a_gap_gives_its_outermost_limits() -> None:
    """One precise study, one far and imprecise: small and large tau2 are compatible, those between are not."""
    y, v, x = np.array([-0.1104, 28.9518, -0.0069]), np.array([0.0308641, 82.1584162, 9.8e-06]), np.ones((3, 1))
    grid = np.concatenate([[0.0], np.logspace(-9, 4, 20_001)])
    heights = log_likelihood(y, v, x, grid, restricted=True)
    inside = np.flatnonzero(heights >= heights.max() - float(chdtri(1, 0.05)) / 2)
    assert inside[-1] - inside[0] + 1 > inside.size
    low, high = profile_likelihood(y, v, x, level=0.95, restricted=True)
    assert low == grid[inside[0]] == 0
    assert grid[inside[-1]] <= high <= grid[inside[-1] + 1]


@pytest.mark.parametrize("method", ["DL", "PM", "EB", "HE", None])
def test_profile_belongs_to_the_likelihood(method: str | None) -> None:
    with pytest.raises(DataError, match="belongs to the likelihood that was maximised"):
        pool(Y, V, tau2=method, tau2_ci="profile-likelihood")


# exact distribution of Q


@pytest.mark.parametrize(("ci", "power"), [("biggerstaff", 1.0), ("jackson", 0.5)])
@pytest.mark.parametrize("mods", [None, ABLAT])
def test_exact_limits_leave_the_same_tail_on_both_sides(ci: str, power: float, mods: np.ndarray | None) -> None:
    ours = pool(Y, V, tau2="DL", tau2_ci=ci, mods=mods, level=0.9)
    x = np.ones((13, 1)) if mods is None else np.column_stack([np.ones(13), mods])
    q = GeneralisedQ(Y, V, x, V**-power)
    assert cdf_of_sum(q.q, q.lambdas(ours.tau2_low)) == pytest.approx(0.95, abs=ROOT)
    assert cdf_of_sum(q.q, q.lambdas(ours.tau2_high)) == pytest.approx(0.05, abs=ROOT)


@pytest.mark.parametrize("ci", ["q-profile", "jackson", "biggerstaff"])
def test_equal_variances_have_a_closed_form(ci: str) -> None:
    y, v = np.array([1.0, 2.0, 4.0, 5.0, 9.0]), 0.5
    ours = pool(y, np.full(5, v), tau2="DL", tau2_ci=ci)
    q = float(np.sum((y - y.mean()) ** 2)) / v
    closed = [v * (q / float(chdtri(4, tail)) - 1) for tail in (0.025, 0.975)]
    assert [ours.tau2_low, ours.tau2_high] == pytest.approx(closed, rel=CLOSED_FORM)
    assert ours.h2_high == pytest.approx(1 + closed[1] / v, rel=CLOSED_FORM)
    assert ours.i2_high == pytest.approx(100 * closed[1] / (closed[1] + v), rel=CLOSED_FORM)


def test_jackson_takes_the_weights_of_genq() -> None:
    own = pool(Y, V, tau2="GENQ", weights=1 / V, tau2_ci="jackson")
    assert (own.tau2_low, own.tau2_high) == pytest.approx(
        (pool(Y, V, tau2_ci="biggerstaff").tau2_low, pool(Y, V, tau2_ci="biggerstaff").tau2_high), rel=CLOSED_FORM
    )
    assert own.tau2 == pytest.approx(pool(Y, V, tau2="DL").tau2, rel=CLOSED_FORM)


@pytest.mark.parametrize("ci", ["jackson", "biggerstaff"])
def test_exact_intervals_cover(ci: str) -> None:
    """600 simulated sets: 95 % +- 4 standard errors of a binomial share."""
    rng = np.random.default_rng(17)
    v = np.array([0.05, 0.1, 0.2, 0.4, 0.8])
    inside = 0
    for _ in range(600):
        ours = pool(rng.normal(0, np.sqrt(v + 0.3)), v, tau2="DL", tau2_ci=ci)
        inside += ours.tau2_low <= 0.3 <= ours.tau2_high
    assert inside / 600 == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 600))


# degenerate


@pytest.mark.parametrize("ci", TAU2_CI_METHODS)
def test_a_single_study_has_no_interval_of_tau2(ci: str) -> None:
    ours = pool([0.5], [0.04], tau2="REML", tau2_ci=ci)
    assert all(math.isnan(x) for x in (ours.tau2_low, ours.tau2_high, ours.i2_low, ours.h2_high))


@pytest.mark.parametrize("ci", TAU2_CI_METHODS)
@pytest.mark.parametrize("k", [2, 5])
def test_equal_effects_are_compatible_with_little_heterogeneity(ci: str, k: int) -> None:
    ours = pool(np.full(k, 0.3), np.linspace(0.1, 0.5, k), tau2="REML", tau2_ci=ci)
    assert ours.tau2 == ours.tau2_low == 0
    assert ours.tau2_high == 0 if ci != "profile-likelihood" else 0 < ours.tau2_high < math.inf


@pytest.mark.parametrize("ci", TAU2_CI_METHODS)
def test_variances_over_ten_orders_of_magnitude(ci: str) -> None:
    ours = pool([0.0, 1.0, -2.0, 3.0], [1e-8, 1.0, 1e-3, 100.0], tau2="REML", tau2_ci=ci)
    assert 0 <= ours.tau2_low <= ours.tau2_high < math.inf
    assert ours.tau2_low <= ours.tau2 <= ours.tau2_high or ci in ("q-profile", "biggerstaff", "jackson")


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(DataError, match="tau2_ci 'qp' is not known; choose one of q-profile"):
        pool(Y, V, tau2_ci="qp")
    with pytest.raises(DataError, match="i2_ci 'Q' is not known; choose one of tau2-ci, test-based"):
        pool(Y, V, i2_ci="Q")


# I2 and H2 from Q


@pytest.mark.parametrize(
    ("q", "df", "se"),
    [
        (30.0, 10, 0.5 * (math.log(30) - math.log(10)) / (math.sqrt(60) - math.sqrt(19))),
        (8.0, 10, math.sqrt(1 / 18 * (1 - 1 / 243))),
        (11.0, 10, math.sqrt(1 / 18 * (1 - 1 / 243))),
        (5.0, 1, 0.5 * math.log(5) / (math.sqrt(10) - 1)),
    ],
)
def test_test_based_limits_of_h(q: float, df: int, se: float) -> None:
    """Standard error of ln H on both sides of Q = k (Higgins and Thompson 2002)."""
    h, z = math.sqrt(q / df), 1.959963984540054
    low, high = h2_test_based(q, df, level=0.95)
    assert low == pytest.approx(max(1.0, (h * math.exp(-z * se)) ** 2), rel=CLOSED_FORM)
    assert high == pytest.approx(max(1.0, (h * math.exp(z * se)) ** 2), rel=CLOSED_FORM)


def test_test_based_limits_of_i2_follow_from_those_of_h2() -> None:
    ours = pool(Y, V, tau2="DL", i2_ci="test-based")
    assert (ours.h2_low, ours.h2_high) == h2_test_based(ours.q, 12, level=0.95)
    assert ours.i2_low == pytest.approx(100 * (ours.h2_low - 1) / ours.h2_low)
    assert ours.i2_high == pytest.approx(100 * (ours.h2_high - 1) / ours.h2_high)
    assert ours.i2_low < ours.i2_q < ours.i2_high
    assert ours.tau2_high == pool(Y, V, tau2="DL").tau2_high


def test_test_based_limits_that_do_not_exist() -> None:
    assert all(math.isnan(x) for x in h2_test_based(0.0, 0, level=0.95))
    assert all(math.isnan(x) for x in h2_test_based(1.5, 1, level=0.95))
    assert h2_test_based(0.0, 4, level=0.95) == (1.0, 1.0)


# Q-profile


@pytest.mark.parametrize("seed", range(8))
def test_q_profile_by_newton_and_by_brent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 30))
    v = 10 ** rng.uniform(-6, 2, k)
    y = rng.normal(0, np.sqrt(v + 10 ** rng.uniform(-4, 2)))
    x = np.ones((k, 1)) if k < 4 or seed % 2 else np.column_stack([np.ones(k), rng.normal(size=k)])
    df = k - x.shape[1]
    brent = [q_root(y, v, x, float(chdtri(df, tail))) for tail in (0.025, 0.975)]
    assert q_profile(y, v, x, level=0.95) == pytest.approx(tuple(brent), rel=1e-11)
