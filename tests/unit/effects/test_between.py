"""From one kind of effect to another: there and back, exact values, and distributions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, ttest_ind
from scipy.stats import t as student

from metaudit.effects import between
from tolerances import EFFECT_SIZE, SAME_AGAIN


def test_from_p_to_t_is_the_distributions_inverse():
    for p, df in ((0.03, 43), (0.5, 3), (1e-12, 20), (1.0, 9)):
        assert between.t_of_p(p, df) == pytest.approx(student.isf(p / 2, df), rel=EFFECT_SIZE, abs=1e-15)
    assert math.isnan(between.t_of_p(0.0, 9))
    assert math.isnan(between.t_of_p(0.1, 0))
    assert math.isnan(between.t_of_p(1.1, 9))


def test_from_t_equals_what_the_data_say():
    rng = np.random.default_rng(3)
    x, y = rng.normal(1, 2, 12), rng.normal(0, 2, 19)
    test = ttest_ind(x, y)
    pooled = math.sqrt((11 * x.var(ddof=1) + 18 * y.var(ddof=1)) / 29)
    d = (x.mean() - y.mean()) / pooled
    assert between.d_of_t(test.statistic, 12, 19) == pytest.approx(d, rel=EFFECT_SIZE)
    assert between.d_of_t(between.t_of_p(test.pvalue, 29), 12, 19) == pytest.approx(d, rel=SAME_AGAIN)
    both = pearsonr(x, x + rng.normal(0, 3, 12))
    t = both.statistic * math.sqrt(10 / (1 - both.statistic**2))
    assert between.r_of_t(t, 12) == pytest.approx(both.statistic, rel=EFFECT_SIZE)
    assert math.isnan(between.r_of_t(2, 2))


def test_borensteins_example():
    """Borenstein et al. 2009, ch. 7: log odds ratio 0.9069 with variance 0.0676 is d 0.5000 with variance 0.0205."""
    d, v = between.d_of_log_odds(0.9069, 0.0676)
    assert (round(d, 4), round(v, 4)) == (0.5, 0.0205)
    log_odds, variance = between.log_odds_of_d(0.5, 0.0205)
    assert (round(log_odds, 4), round(variance, 4)) == (0.9069, 0.0674)
    d, v = between.d_of_r(0.5, 0.0058)
    assert (round(d, 4), round(v, 4)) == (1.1547, 0.0550)
    r, v = between.r_of_d(1.1547, 0.0550)
    assert (round(r, 4), round(v, 4)) == (0.5, 0.0058)


@given(st.floats(-3, 3), st.floats(1e-4, 2))
def test_there_and_back(d, v):
    assert between.d_of_log_odds(*between.log_odds_of_d(d, v)) == pytest.approx((d, v), rel=SAME_AGAIN)
    assert between.d_of_r(*between.r_of_d(d, v)) == pytest.approx((d, v), rel=SAME_AGAIN)
    r = math.tanh(d / 2)
    assert between.r_of_z(*between.z_of_r(r, v)) == pytest.approx((r, v), rel=SAME_AGAIN)


def test_group_sizes_matter_for_r():
    even, uneven = between.r_of_d(0.8, 0.05, n_t=20, n_c=20), between.r_of_d(0.8, 0.05, n_t=35, n_c=5)
    assert even == between.r_of_d(0.8, 0.05)
    assert uneven[0] < even[0]


def test_r_of_d_is_the_correlation_with_the_group():
    """Point-biserial correlation of the data; d with the SD within groups, a with N - 2 in place of N for exactness."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(1, 2, 4000), rng.normal(0, 2, 2500)
    group = np.r_[np.ones(4000), np.zeros(2500)]
    pooled = math.sqrt((3999 * x.var(ddof=1) + 2499 * y.var(ddof=1)) / 6498)
    r, _ = between.r_of_d((x.mean() - y.mean()) / pooled, 0.01, n_t=4000, n_c=2500)
    assert r == pytest.approx(pearsonr(np.r_[x, y], group).statistic, rel=2e-4)


def test_ends_are_not_defined():
    assert all(map(math.isnan, between.d_of_r(1.0, 0.1)))
    assert all(map(math.isnan, between.z_of_r(-1.0, 0.1)))
    assert math.isnan(between.variance_of_r(0.5, 1))
    assert between.variance_of_r(0.5, 50) == 0.5625 / 49
    assert between.variance_of_d(0.5, 20, 30) == pytest.approx(1 / 20 + 1 / 30 + 0.25 / 100)
