"""Absolute effects against printed examples, and against the definition of a risk ratio and an odds ratio."""

import math

import pytest

from metaudit.tables.absolute import Absolute, absolute, median, needed, needed_words, treated_risk


def difference(measure, control, effect):
    return treated_risk(measure, control=control, effect=effect) - control


def test_risk_ratio_as_in_the_cochrane_handbook():
    """Cochrane Handbook 5.1, 12.5.4.2: RR 0.92 at a control risk of 0.3 is 24 fewer per 1000, NNT 42."""
    found = difference("RR", 0.3, 0.92)
    assert round(1000 * found) == -24
    assert needed(found) == 42


def test_odds_ratio_as_in_the_cochrane_handbook():
    """Cochrane Handbook 5.1, 12.5.4.3: OR 0.73 at a control risk of 0.3 is 62 fewer per 1000, NNT 17."""
    for measure in ("OR", "PETO"):
        found = difference(measure, 0.3, 0.73)
        assert round(1000 * found) == -62
        assert needed(found) == 17


def test_an_odds_ratio_is_a_ratio_of_odds():
    for control in (0.01, 0.2, 0.5, 0.97):
        for effect in (0.1, 0.9, 1.0, 3.0):
            risk = treated_risk("OR", control=control, effect=effect)
            assert risk / (1 - risk) / (control / (1 - control)) == pytest.approx(effect, rel=1e-12)


def test_an_arcsine_difference_is_a_difference_of_arcsines():
    for control, treated in ((0.0, 0.3), (0.2, 0.5), (0.9, 0.1)):
        effect = math.asin(math.sqrt(treated)) - math.asin(math.sqrt(control))
        assert treated_risk("AS", control=control, effect=effect) == pytest.approx(treated, abs=1e-12)


def test_an_interval_through_no_effect_as_altman_writes_it():
    """Altman, BMJ 1998;317:1309: a risk reduction of 10 % (-5 % to 25 %) is NNTB 10 (NNTB 4 to ∞ to NNTH 20)."""
    found = Absolute(control=0.5, treated=0.4, difference=-0.10, low=-0.25, high=0.05, capped=False)
    assert needed_words(found, favours="low") == "NNTB 10 (NNTB 4 to ∞ to NNTH 20)"
    assert needed_words(found, favours="high") == "NNTH 10 (NNTH 4 to ∞ to NNTB 20)"
    assert needed_words(found, favours="") == "fewer 10 (fewer 4 to ∞ to more 20)"


def test_an_interval_on_one_side_runs_from_the_larger_effect():
    """Barrowman, CMAJ 2002;166:1676: a reduction of 16.6 % (0.9 % to 32.2 %) is about 6 (3.1 to 111.1)."""
    found = Absolute(control=0.5, treated=0.334, difference=-0.166, low=-0.322, high=-0.009, capped=False)
    assert needed_words(found, favours="low") == "NNTB 7 (NNTB 4 to NNTB 112)"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0.0, -0.1, 0.1), "∞ (NNTB 10 to ∞ to NNTH 10)"),
        ((0.1, 0.0, 0.2), "NNTB 10 (NNTB 5 to ∞)"),
        ((0.1, math.nan, math.nan), "NNTB 10"),
        ((-0.5, -0.5, -0.5), "NNTH 2 (NNTH 2 to NNTH 2)"),
    ],
)
def test_edges_of_an_interval(values, words):
    middle, low, high = values
    found = Absolute(control=0.5, treated=0.5 + middle, difference=middle, low=low, high=high, capped=False)
    assert needed_words(found, favours="high") == words


def test_numbers_needed_are_rounded_up_but_not_by_a_rounding_error():
    assert needed(0.1) == 10
    assert needed(1 / 3) == 3
    assert needed(0.3 - 0.2) == 10  # 0.09999999999999998
    assert needed(0.0999) == 11
    assert needed(-1.0) == 1
    assert math.isinf(needed(0.0))


def test_a_risk_is_held_between_none_and_all():
    found = absolute("RR", control=0.5, estimate=1.5, low=0.9, high=3.0)
    assert (found.treated, found.high, found.capped) == (0.75, 0.5, True)
    assert not absolute("RR", control=0.5, estimate=1.5, low=0.9, high=2.0).capped
    assert absolute("RD", control=0.1, estimate=-0.05, low=-0.3, high=0.2).low == -0.1
    assert math.isnan(absolute("OR", control=0.1, estimate=2, low=math.nan, high=math.nan).low)


def test_an_arcsine_beyond_all_is_held_there_and_said_to_be():
    found = absolute("AS", control=0.9, estimate=0.2, low=-0.1, high=0.5)
    assert (found.capped, found.high + found.control) == (True, 1.0)
    assert absolute("AS", control=0.1, estimate=-0.2, low=-0.5, high=0.1).low == -0.1
    assert not absolute("AS", control=0.5, estimate=0.1, low=-0.1, high=0.2).capped


def test_what_is_no_risk_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        treated_risk("RR", control=1.2, effect=1)


def test_median():
    assert median([3.0, 1.0, 2.0]) == 2
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5
