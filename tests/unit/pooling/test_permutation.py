"""Permutation tests: metafor's exact ones, enumeration by hand, error rates, intervals by inversion."""

import itertools

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.pooling.permutation import permutation_interval, permutation_test, row_orders, sign_patterns
from metaudit.pooling.pool import pool
from metaudit.pooling.regression_design import factor_columns

# The first seven trials of dat.bcg (metafor 3.8-1, escalc measure "RR"), their latitudes and allocation.
YI = np.array([-0.88931133392020545, -1.5853886572014306, -1.3480731482996933, -1.4415511900213054, -0.21754732221129558,
               -0.78611558581886398, -1.6208982235983918])  # fmt: skip
VI = np.array([0.32558476500396133, 0.19458112139814385, 0.41536796536796539, 0.020010031902247573, 0.051210172169630863,
               0.0069056184559087574, 0.22301724757231517])  # fmt: skip
LATITUDE = np.array([44.0, 55, 42, 52, 13, 44, 19])
ALLOCATION = "random random random random alternate alternate random".split()


@pytest.mark.parametrize(
    ("ci", "p_intercept", "p_slope"),
    [("wald", 0.9194444444444444, 0.18611111111111112), ("hksj", 0.93253968253968256, 0.20555555555555555)],
)
def test_metafor_exact_test_of_a_moderator(ci, p_intercept, p_slope):
    """permutest(rma(yi, vi, mods = ~ ablat, method = "DL"), exact = TRUE): 2520 orders, two trials share a latitude."""
    found = permutation_test(YI, VI, tau2="DL", mods={"latitude": LATITUDE}, ci=ci)
    assert (found.arrangements, found.exact) == (2520, True)
    assert [t.p for t in found.tests] == [p_intercept, p_slope, p_slope]
    assert [t.term for t in found.tests] == ["intercept", "latitude", "moderators"]


def test_metafor_exact_test_of_a_factor_and_of_the_mean():
    """permutest(rma(yi, vi, mods = ~ factor(alloc), method = "DL")) and of the means by DL and by REML with test = "knha"."""
    found = permutation_test(YI, VI, tau2="DL", mods=factor_columns(ALLOCATION, name="allocation"))
    assert [t.p for t in found.tests] == [0.19047619047619047, 0.047619047619047616, 0.047619047619047616]
    assert found.arrangements == 21
    assert permutation_test(YI, VI, tau2="DL").p == 0.015625
    assert permutation_test(YI, VI, tau2="REML", ci="hksj").p == 0.015625


def test_metafor_interval_by_inversion():
    """permutest(rma(yi, vi, method = "DL"), exact = TRUE, permci = TRUE, control = list(tol = 1e-12)): its limits."""
    low, high = permutation_interval(YI, VI, method="DL", level=0.95)
    assert (low, high) == pytest.approx((-1.5853886660077037, -0.4541507410550414), abs=1e-9)


@pytest.mark.parametrize("method", ["DL", "REML", "PM"])
def test_the_test_of_the_mean_is_the_enumeration_of_all_signs(method):
    observed = abs(pool(YI - 0.9 * YI.mean(), VI, tau2=method).stat)
    shifted = YI - 0.9 * YI.mean()
    stats = [abs(pool(shifted * s, VI, tau2=method).stat) for s in itertools.product([1, -1], repeat=7)]
    expected = np.mean(np.array(stats) >= observed - 1.5e-8)
    assert permutation_test(shifted, VI, tau2=method).p == pytest.approx(expected, rel=1e-12)


def test_patterns_and_orders_are_complete_and_start_with_the_observed_one():
    signs, exact = sign_patterns(6, seed=1, sample=10)
    assert exact
    assert np.all(signs[:, 0] == 1)
    assert len({tuple(c) for c in signs.T} | {tuple(-c) for c in signs.T}) == 2**6
    x = np.column_stack([np.ones(5), [0, 1, 0, 2, 1]])
    orders, exact = row_orders(x, seed=1, sample=10)
    assert exact
    assert list(orders[0]) == list(range(5))
    assert len({tuple(x[np.argsort(o), 1]) for o in orders}) == len(orders) == 30


def test_a_sample_is_seeded_and_near_the_exact_answer():
    rng = np.random.default_rng(0)
    y, v = rng.normal(size=20) * 0.5 + 0.2, rng.uniform(0.05, 0.3, 20)
    once, again, other = (permutation_test(y, v, tau2="DL", seed=s) for s in (1, 1, 2))
    assert once == again
    assert (once.exact, once.arrangements) == (False, 5000)
    assert once.p == pytest.approx(other.p, abs=0.03)
    assert once.tests[0].p >= 1 / 5000
    first = permutation_test(y, v, tau2="REML", mods={"x": rng.normal(size=20)}, sample=200)
    assert (first.exact, first.arrangements, len(first.to_rows())) == (False, 201, 3)
    assert "seed" in first.sentences()[0]


def test_the_level_holds_where_the_null_is_true():
    """Exact and symmetric: P below 0.05 in at most 5 % of samples without an effect, heterogeneity or not."""
    rng, small = np.random.default_rng(5), 0
    for _ in range(600):
        v = rng.uniform(0.05, 1, 8)
        small += permutation_test(rng.normal(size=8) * np.sqrt(v + 0.4), v, tau2="DL").p <= 0.05
    assert small / 600 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    assert small > 5


@pytest.mark.parametrize("method", ["FE", "DL", "REML"])
def test_the_interval_holds_what_the_test_does_not_reject(method):
    low, high = permutation_interval(YI, VI, method=method, level=0.9)
    width = high - low
    for inside in (low + 1e-6 * width, high - 1e-6 * width):
        assert permutation_test(YI - inside, VI, tau2=method).p > 0.1
    for outside in (low - 1e-6 * width, high + 1e-6 * width):
        assert permutation_test(YI - outside, VI, tau2=method).p <= 0.1
    assert low < pool(YI, VI, tau2=method).estimate < high


def test_the_interval_moves_with_the_effects():
    low, high = permutation_interval(YI, VI, method="DL", level=0.95)
    moved = permutation_interval(-3 * YI + 2, 9 * VI, method="DL", level=0.95)
    assert moved == pytest.approx((2 - 3 * high, 2 - 3 * low), abs=1e-8)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: permutation_interval(YI[:5], VI[:5], method="DL", level=0.95), "it takes 6 studies"),
        (lambda: permutation_test(YI[:1], VI[:1]), "at least two studies"),
        (lambda: permutation_test(YI[:2], VI[:2], mods={"x": [0, 1]}), "2 studies cannot test 2 coefficients"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(DataError, match=words):
        call()


def test_six_studies_are_enough_for_a_95_percent_interval():
    low, high = permutation_interval(YI[:6], VI[:6], method="DL", level=0.95)
    assert low < high
