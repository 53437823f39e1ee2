"""Bootstrap interval of the pooled effect, against a loop over the same samples."""

import math

import numpy as np
import pytest

from metaudit import pool
from metaudit.errors import DataError
from metaudit.pooling.bootstrap import bootstrap_interval

Y = np.array([-0.889, -1.585, -1.348, -1.442, -0.218, -0.786, -1.621, 0.012, -0.469, -1.371, -0.339, 0.446, -0.017])
V = np.array([0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071])


@pytest.mark.parametrize("method", ["FE", "DL", "REML"])
def test_every_sample_is_pooled_as_pool_does_it(method: str) -> None:
    low, high, p = bootstrap_interval(Y, V, method=method, level=0.9, seed=3, samples=199)
    counts = np.random.default_rng(3).multinomial(13, np.full(13, 1 / 13), size=199)
    slow = sorted(pool(np.repeat(Y, c), np.repeat(V, c), tau2=method).estimate for c in counts)
    assert (low, high) == pytest.approx((slow[9], slow[189]), rel=1e-8)  # the 10th and 190th of 199: (B + 1) p
    assert p == pytest.approx(2 * (1 + sum(e >= 0 for e in slow)) / 200)


def test_it_is_reproducible_and_close_to_normal_theory_for_many_studies() -> None:
    rng = np.random.default_rng(8)
    v = rng.uniform(0.05, 0.2, 80)
    y = rng.normal(0.3, np.sqrt(v + 0.2))
    one, two, other = (pool(y, v, tau2="DL", ci="bootstrap", seed=s) for s in (1, 1, 2))
    wald = pool(y, v, tau2="DL")
    assert (one.ci_low, one.ci_high, one.p) == (two.ci_low, two.ci_high, two.p)
    assert one.ci_low != other.ci_low
    assert one.ci_low == pytest.approx(wald.ci_low, abs=0.15 * (wald.ci_high - wald.ci_low))
    assert (one.se, one.stat) == (wald.se, wald.stat)
    assert math.isnan(one.ci_df)


def test_p_and_interval_agree() -> None:
    ours = pool(Y, V, tau2="DL", ci="bootstrap")
    at_limit = pool(Y - ours.ci_high, V, tau2="DL", ci="bootstrap")
    assert at_limit.p == pytest.approx(0.05, abs=0.001)
    assert ours.p == pytest.approx(2 / 10_000)


def test_what_it_is_not_defined_for() -> None:
    with pytest.raises(DataError, match="not defined with moderators"):
        pool(Y, V, ci="bootstrap", mods=V)
    with pytest.raises(DataError, match="with tau2 GENQ is not defined"):
        pool(Y, V, tau2="GENQ", weights=V, ci="bootstrap")
    with pytest.raises(DataError, match="exact optimum only"):
        pool(Y, V, ci="bootstrap", stopping="metafor")
    assert math.isnan(pool([0.5], [0.04], ci="bootstrap").ci_low)


def test_two_studies_give_the_range_of_their_effects() -> None:
    ours = pool([0.0, 2.0], [0.1, 0.1], tau2="DL", ci="bootstrap")
    assert (ours.ci_low, ours.ci_high) == (0.0, 2.0)
