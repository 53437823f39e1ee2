"""Mean and SD from medians: a second implementation, and what they promise on normal data."""

import math

import numpy as np
import pytest

from metaudit.effects import medians
from metaudit.effects.medians import Summary, skewness_test
from tolerances import EFFECT_SIZE

# R 4.2.2, the formulas of Wan 2014, Luo 2018 and Shi 2020 typed anew with qnorm, at minimum 2, quartiles 6 and 17,
# median 9, maximum 41: mean and SD from the range, from the quartiles, from both, and Wan's SD from both.
R = {
    7: (15.02154479535895, 14.29106691143328, 10.88928571428571, 10.10396214778489, 14.36122061359871, 13.52204393695416, 12.19751452960908),
    30: (11.97289725069668, 9.557505521241302, 10.7825, 8.562622406657463, 12.3038216208361, 9.209183797877678, 9.060063963949382),
    100: (10.40359637203678, 7.804399930371213, 10.75975, 8.274254232882212, 11.42008249231684, 8.051513794028617, 8.039327081626713),
}  # fmt: skip


@pytest.mark.parametrize("n", R)
def test_equal_to_a_second_implementation(n):
    s = Summary(n, 2, 6, 9, 17, 41)
    ours = (
        medians.mean_from_range(s), medians.sd_from_range(s), medians.mean_from_quartiles(s), medians.sd_from_quartiles(s),
        medians.mean_from_five(s), medians.sd_from_five(s), medians.sd_from_five_wan(s),
    )  # fmt: skip
    assert ours == pytest.approx(R[n], rel=EFFECT_SIZE)


def test_older_formulas_by_hand():
    s = Summary(20, 2, 6, 9, 17, 41)
    assert medians.mean_from_range_wan(s) == 15.25
    assert medians.mean_from_quartiles_wan(s) == pytest.approx(32 / 3)
    assert medians.mean_from_five_wan(s) == pytest.approx((2 + 12 + 18 + 34 + 41) / 8)
    assert medians.sd_from_quartiles_crude(s) == pytest.approx(11 / 1.35)


def samples(n: int, draws: int, seed: int) -> list[Summary]:
    """Five-number summaries of samples from N(50, 10)."""
    x = np.random.default_rng(seed).normal(50, 10, (draws, n))
    return [Summary(n, *q) for q in np.quantile(x, [0, 0.25, 0.5, 0.75, 1], axis=1).T]


@pytest.mark.parametrize("n", [17, 61, 401])
def test_unbiased_on_normal_data(n):
    found = samples(n, 4000, n)
    for mean in (medians.mean_from_range, medians.mean_from_quartiles, medians.mean_from_five):
        assert np.mean([mean(s) for s in found]) == pytest.approx(50, abs=0.2)
    for sd in (medians.sd_from_range, medians.sd_from_quartiles, medians.sd_from_five, medians.sd_from_five_wan):
        assert np.mean([sd(s) for s in found]) == pytest.approx(10, rel=0.01)


def test_expected_range_is_that_of_control_charts():
    """d2 of control charts: the expected range of n normal values, 3.078 for 10 and 3.735 for 20; Blom is within 1 %."""
    assert medians.expected_range(10) == pytest.approx(3.078, rel=0.01)
    assert medians.expected_range(20) == pytest.approx(3.735, rel=0.01)
    assert medians.expected_iqr(1e7) == pytest.approx(1.3489795, rel=1e-6)


@pytest.mark.parametrize(
    "n", [21, 61, 301]
)  # the quartiles are single values when n - 1 is a multiple of 4, as in the paper
def test_skewness_test_holds_its_level(n):
    found = samples(n, 4000, 100 + n)
    for part in (
        lambda s: s,
        lambda s: Summary(s.n, low=s.low, median=s.median, high=s.high),
        lambda s: Summary(s.n, q1=s.q1, median=s.median, q3=s.q3),
    ):
        assert np.mean([skewness_test(part(s)).skewed for s in found]) == pytest.approx(0.05, abs=0.012)


def test_skewness_is_seen():
    assert skewness_test(Summary(100, 0, 1, 2, 9, 60)).skewed
    assert not skewness_test(Summary(100, 10, 40, 50, 60, 90)).skewed


@pytest.mark.parametrize(
    "s",
    [
        Summary(4, 1, 2, 3, 4, 5),
        Summary(30, 1, 2, math.nan, 4, 5),
        Summary(30, median=3),
        Summary(30, 3, 3, 3, 3, 3),
        Summary(30, low=1, median=2),
    ],
)
def test_no_skewness_test_without_what_it_needs(s):
    assert skewness_test(s) is None


def test_what_is_there():
    assert not Summary(4, 1, 2, 3, 4, 5).has_range
    assert not Summary(math.nan, 1, 2, 3, 4, 5).has_quartiles
    assert Summary(5, 1, median=3, high=5).has_range
