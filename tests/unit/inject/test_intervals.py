"""Wilson's interval against statsmodels and by its definition."""

import math

import pytest
from statsmodels.stats.proportion import proportion_confint

from metaudit.inject.intervals import Rate


@pytest.mark.parametrize(("hits", "of"), [(1, 10), (5, 10), (95, 100), (1, 1000), (0, 7), (7, 7)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_against_statsmodels(hits, of, level):
    low, high = Rate(hits, of, level).interval
    assert (low, high) == pytest.approx(proportion_confint(hits, of, alpha=1 - level, method="wilson"), abs=1e-12)


def test_the_ends_are_where_the_score_test_turns():
    low, high = Rate(30, 100).interval
    for end in (low, high):
        assert abs(0.3 - end) / math.sqrt(end * (1 - end) / 100) == pytest.approx(1.959964, rel=1e-6)


def test_none_and_all():
    assert Rate(0, 5).interval[0] == 0.0
    assert Rate(5, 5).interval[1] == 1.0
    assert Rate(0, 0).interval == (0.0, 1.0)
    assert math.isnan(Rate(0, 0).value)


def test_words():
    assert Rate(243, 250).words() == "97.2 % (94.3 to 98.6), 243 of 250"
    assert Rate(0, 0).words() == "none to judge"
