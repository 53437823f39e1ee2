"""Required information sizes: formulas by hand, simulated trials, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from metaudit.errors import DataError
from metaudit.sequential.information import (
    Sought,
    adjusted,
    control_risk,
    least_trials,
    required,
    trials_for_tau2,
    whole,
)

Z2 = (norm.isf(0.025) + norm.isf(0.2)) ** 2


def test_formulas_by_hand():
    p, q = 0.3, 0.24
    mean = (p + q) / 2
    rr = Sought("RR", 0.8, control_risk=p)
    assert rr.intervention_risk == pytest.approx(q)
    assert required(rr) == pytest.approx(4 * Z2 * mean * (1 - mean) / (p - q) ** 2, rel=1e-13)
    odds = 0.8 * p / (1 - p)
    odds_ratio = Sought("OR", 0.8, control_risk=p)
    assert odds_ratio.intervention_risk == pytest.approx(odds / (1 + odds), rel=1e-14)
    rd = Sought("RD", -0.06, control_risk=p)
    assert required(rd) == pytest.approx(required(rr), rel=1e-12)
    unpooled = Sought("RD", -0.06, control_risk=p, variance="unpooled")
    assert required(unpooled) == pytest.approx(2 * Z2 * (p * (1 - p) + q * (1 - q)) / 0.06**2, rel=1e-12)
    assert required(Sought("MD", -2.0, sd=10.0)) == pytest.approx(4 * Z2 * 100 / 4, rel=1e-13)


def test_the_size_that_the_tsa_manual_prints():
    """Thorlund et al. 2011, User manual for TSA: smoking cessation, event proportion 14 % in the control group, relative
    increase 20 %, alpha 5 %, beta 20 %, no heterogeneity: 5218 patients (read in a copy of the manual, 2026-11-29)."""
    assert whole(required(Sought("RR", 1.2, control_risk=0.14))) == 5218


def test_one_side_and_unequal_groups():
    sought = Sought("MD", 2.0, sd=10.0)
    assert required(sought, alpha=0.025, sides=1) == pytest.approx(required(sought, alpha=0.05), rel=1e-14)
    uneven = Sought("MD", 2.0, sd=10.0, intervention_share=2 / 3)
    assert required(uneven) == pytest.approx(required(sought) * 9 / 8, rel=1e-13)


@given(st.floats(0.02, 0.6), st.floats(0.4, 0.95), st.floats(0.05, 0.4))
def test_harm_and_benefit_and_both_ways_of_counting(p, ratio, beta):
    """Counting survivors instead of deaths changes neither the difference nor the size, for OR and RD."""
    a = Sought("OR", ratio, control_risk=p)
    b = Sought("OR", 1 / ratio, control_risk=1 - p)
    assert required(a, beta=beta) == pytest.approx(required(b, beta=beta), rel=1e-7)
    assert required(a, beta=beta / 2) > required(a, beta=beta)


def test_a_trial_of_that_size_has_the_power():
    sought = Sought("MD", 3.0, sd=10.0)
    n = whole(required(sought, beta=0.1)) // 2
    rng = np.random.default_rng(20260101)
    diff = rng.normal(3.0, 10 * math.sqrt(2 / n), size=200_000)
    power = (np.abs(diff) / (10 * math.sqrt(2 / n)) > norm.isf(0.025)).mean()
    assert power == pytest.approx(0.9, abs=0.005)


def test_trials_for_a_between_study_variance_have_the_power():
    sought, tau2 = Sought("MD", 3.0, sd=10.0), 4.0
    least = least_trials(sought, tau2)
    assert least == math.floor(tau2 * Z2 / 9) + 1
    needed = trials_for_tau2(sought, tau2, trials=least + 2)
    variance = (tau2 + 4 * 100 / needed.participants_each) / needed.trials
    assert 3 / math.sqrt(variance) >= math.sqrt(Z2)
    fewer = (tau2 + 4 * 100 / (needed.participants_each - 1)) / needed.trials
    assert 3 / math.sqrt(fewer) < math.sqrt(Z2)
    assert needed.participants == needed.trials * needed.participants_each
    with pytest.raises(DataError, match=f"{least} could"):
        trials_for_tau2(sought, tau2, trials=least - 1)


def test_without_heterogeneity_trials_add_up_to_the_fixed_size():
    sought = Sought("MD", 3.0, sd=10.0)
    assert least_trials(sought, 0.0) == 1
    needed = trials_for_tau2(sought, 0.0, trials=1)
    assert needed.participants == whole(required(sought))


def test_adjustment():
    assert adjusted(1000, 0.0) == 1000
    assert adjusted(1000, 0.75) == pytest.approx(4000)
    for share in (1.0, -0.1, math.nan):
        with pytest.raises(DataError, match="not a share"):
            adjusted(1000, share)


@pytest.mark.parametrize(("value", "people"), [(3632.0659, 3633), (4000.0, 4000), (4000.0000000001, 4000), (3999.9999999999, 4000), (0.2, 1)])  # fmt: skip
def test_people_are_whole(value, people):
    assert whole(value) == people


def test_control_risk():
    assert control_risk(7, 100) == 0.07
    with pytest.raises(DataError, match="no participants"):
        control_risk(0, 0)


@pytest.mark.parametrize(
    ("given_", "said"),
    [({"measure": "SMD", "effect": 0.5}, "not for SMD"), ({"measure": "RR", "effect": 0.8}, "control risk"),
     ({"measure": "RR", "effect": 0.8, "control_risk": 1.0}, "control risk"), ({"measure": "MD", "effect": 2.0}, "standard deviation"),
     ({"measure": "MD", "effect": 2.0, "sd": -1.0}, "above 0"), ({"measure": "RR", "effect": -0.8, "control_risk": 0.1}, "not above 0"),
     ({"measure": "RR", "effect": 12.0, "control_risk": 0.1}, "make a risk of"), ({"measure": "RD", "effect": -0.2, "control_risk": 0.1}, "make a risk"),
     ({"measure": "RR", "effect": 1.0, "control_risk": 0.1}, "no effect to look for"), ({"measure": "MD", "effect": 0.0, "sd": 1.0}, "no effect"),
     ({"measure": "MD", "effect": math.nan, "sd": 1.0}, "no effect"),
     ({"measure": "RD", "effect": 0.1, "control_risk": 0.1, "variance": "other"}, "not known"),
     ({"measure": "MD", "effect": 1.0, "sd": 1.0, "intervention_share": 1.0}, "share")],
)  # fmt: skip
def test_what_is_refused(given_, said):
    with pytest.raises(DataError, match=said):
        Sought(**given_)


def test_errors_that_no_test_has_are_refused():
    for errors in ({"alpha": 0.0}, {"beta": 1.2}, {"alpha": 0.9, "beta": 0.6}):
        with pytest.raises(DataError):
            required(Sought("MD", 1.0, sd=1.0), **errors)
    with pytest.raises(DataError, match="not a variance"):
        least_trials(Sought("MD", 1.0, sd=1.0), -0.1)
