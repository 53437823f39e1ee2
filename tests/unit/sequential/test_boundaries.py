"""Boundaries: closed forms, printed ones, what they spend, and what simulated trials do."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from metaudit.errors import DataError
from metaudit.sequential import Design, Spending, bounds_of
from metaudit.sequential.course import Course
from metaudit.sequential.design import fixed_drift, power
from metaudit.sequential.efficacy import efficacy
from metaudit.sequential.paths import reach_of

FAMILIES = [Spending(), Spending("pocock"), Spending("rho", 2.0), Spending("hwang-shih-decani", -2.0)]
timings = st.lists(st.floats(0.01, 1), min_size=1, max_size=6).map(
    lambda ts: tuple(sorted({round(t, 2) for t in ts} | {1.0}))
)


def test_one_look_is_the_usual_test():
    for sides, z in ((1, norm.isf(0.05)), (2, norm.isf(0.025))):
        found = bounds_of(Design((1.0,), 0.05, 0.2, sides))
        assert found.upper[0] == pytest.approx(z, abs=1e-13)
        assert found.inflation == pytest.approx(1, abs=1e-12)
        assert found.drift == pytest.approx(z + norm.isf(0.2), abs=1e-12)


@pytest.mark.parametrize(
    ("family", "printed"),
    [  # five equal looks, two-sided 0.05; the check values of tests/data/sequential and, for the first, Lan-DeMets tables
        ("obrien-fleming", ["4.8769", "3.3570", "2.6803", "2.2898", "2.0310"]),
        ("pocock", ["2.4380", "2.4268", "2.4102", "2.3966", "2.3860"]),
    ],
)
def test_five_equal_looks_as_printed(family, printed):
    upper = bounds_of(Design((0.2, 0.4, 0.6, 0.8, 1.0), spending=Spending(family))).upper
    assert [f"{u:.4f}" for u in upper] == printed


def test_pococks_constant_boundary_as_sas_prints_it():
    """SAS/STAT 15, SEQDESIGN, example "Creating Two-Sided Pocock and O'Brien-Fleming Designs", Output 1: four stages, alpha
    0.05, beta 0.1: maximum information 118.3143, mean under no effect 115.6074 and under the effect 69.74805 percent of the
    fixed sample (read on go.documentation.sas.com, 2026-11-29). Its power counts the side of the effect; we find 118.31422,
    SAS searches to about 1e-6."""
    t = np.arange(1, 5) / 4

    def course(c):
        return Course(t, np.full(4, c), sides=2, reach=reach_of(5.0))

    c = brentq(lambda c: 2 * sum(course(c).crossing(0.0)) - 0.05, 2, 3, xtol=1e-13)
    test = course(c)
    drift = brentq(lambda d: sum(test.crossing(d)) - 0.9, 2, 5, xtol=1e-13)
    inflation = 100 * (drift / fixed_drift(0.05, 0.1, sides=2)) ** 2
    assert inflation == pytest.approx(118.3143, rel=1e-6)
    for d, printed in ((0.0, 115.6074), (drift, 69.74805)):
        stopped = np.array(test.crossing(d)) + np.array(test.crossing(-d))
        stopped[-1] = 1 - stopped[:-1].sum()
        assert inflation * float(stopped @ t) == pytest.approx(printed, rel=1e-6)


def test_two_looks_against_the_bivariate_normal():
    t, alpha = (0.4, 1.0), 0.05
    family = Spending("pocock")
    first, second = bounds_of(Design(t, alpha, spending=family, sides=1)).upper
    spent = family.spent(alpha, t)
    assert first == pytest.approx(norm.isf(spent[0]), abs=1e-12)
    cov = [[1, math.sqrt(0.4)], [math.sqrt(0.4), 1]]

    def stays(c):
        return float(multivariate_normal(cov=cov, abseps=1e-12, releps=1e-12, seed=1).cdf([first, c]))

    direct = brentq(lambda c: 1 - stays(c) - alpha, 1, 3, xtol=1e-12)
    assert second == pytest.approx(direct, abs=1e-9)


@settings(max_examples=60)
@given(timings, st.sampled_from(FAMILIES), st.sampled_from([1, 2]), st.floats(0.005, 0.2))
def test_boundaries_spend_just_what_they_should(timing, family, sides, alpha):
    t = np.array(timing)
    spent = family.spent(alpha / sides, t)
    upper = efficacy(t, spent, sides=sides)
    crossing = Course(t, upper, sides=sides, reach=reach_of(rarest=10)).crossing(0.0)
    assert np.cumsum(crossing) == pytest.approx(spent, abs=1e-12)


@settings(max_examples=30)
@given(timings, st.sampled_from(FAMILIES))
def test_boundaries_lie_between_closed_forms(timing, family):
    """P(Z > c) is at least what the look spends, and at most that and all that was stopped on either side before."""
    t = np.array(timing)
    spent = family.spent(0.025, t)
    upper = efficacy(t, spent, sides=2)
    steps, before = np.diff(spent, prepend=0.0), np.concatenate([[0.0], spent[:-1]])
    some = steps > 1e-290
    assert (upper[some] <= norm.isf(steps[some]) + 1e-9).all()
    assert (upper[some] >= norm.isf((spent + before)[some]) - 1e-9).all()


def test_looks_that_spend_next_to_nothing():
    t = np.array([0.001, 0.004, 0.018, 0.02, 0.5, 1.0])
    spent = Spending().spent(0.025, t)
    upper = efficacy(t, spent, sides=2)
    assert math.isinf(upper[0])
    assert spent[0] == 0
    assert upper[1] == pytest.approx(norm.isf(spent[1]), abs=1e-9)
    assert norm.isf(spent[3] + spent[2]) <= upper[3] <= norm.isf(spent[3] - spent[2])
    rest = efficacy(t[4:], np.array([spent[4], spent[5]]), sides=2)
    assert upper[4:] == pytest.approx(rest, abs=1e-9), "what was spent before is too little to matter"


def test_a_look_that_spends_nothing_has_no_boundary():
    t = np.array([0.3, 0.6, 1.0])
    with_it = efficacy(t, np.array([0.01, 0.01, 0.025]), sides=2)
    without = efficacy(t[[0, 2]], np.array([0.01, 0.025]), sides=2)
    assert math.isinf(with_it[1])
    assert with_it[[0, 2]] == pytest.approx(without, abs=1e-12)


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_inflation_restores_the_power(family):
    design = Design((0.2, 0.5, 0.9, 1.0), 0.05, 0.1, spending=family)
    found = bounds_of(design)
    assert power(found, found.drift, sides=2) == pytest.approx(0.9, abs=1e-12)
    assert found.inflation == pytest.approx((found.drift / fixed_drift(0.05, 0.1, sides=2)) ** 2)
    assert found.inflation > 1
    assert power(found, 0.0, sides=2) == pytest.approx(0.025, abs=1e-12)


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_simulated_trials_cross_as_often_as_spent(family, simulated):
    timing = (0.1, 0.15, 0.4, 0.7, 1.0)
    found = bounds_of(Design(timing, 0.05, 0.2, spending=family))
    z = simulated(np.array(timing), drift=0.0)
    error = (np.abs(z) >= found.upper).any(axis=1).mean()
    assert error == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 400_000))
    z = simulated(np.array(timing), drift=found.drift, seed=7)
    up, down = z >= found.upper, z <= -found.upper
    first_up = np.where(up.any(axis=1), up.argmax(axis=1), 99)
    first_down = np.where(down.any(axis=1), down.argmax(axis=1), 99)
    assert (first_up < first_down).mean() == pytest.approx(0.8, abs=4 * math.sqrt(0.16 / 400_000))


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"timing": ()}, "at least one look"), ({"timing": (0.5, 0.4, 1.0)}, "must grow"), ({"timing": (0.5, 1.1)}, "at most 1"),
     ({"timing": (0.0, 1.0)}, "above 0"), ({"timing": (math.nan, 1.0)}, "must grow"), ({"alpha": 0.0}, "alpha"),
     ({"beta": 1.0}, "beta"), ({"sides": 3}, "sides"), ({"alpha": 0.6, "sides": 1, "beta": 0.5}, "coin"),
     ({"futility": "some"}, "not known"), ({"futility": "non-binding"}, "spending function for beta"),
     ({"beta_spending": Spending()}, "spending function for beta"),
     ({"futility": "binding", "beta_spending": Spending()}, "one-sided")],
)  # fmt: skip
def test_designs_that_are_refused(changes, said):
    with pytest.raises(DataError, match=said):
        Design(**{"timing": (0.5, 1.0), **changes})


def test_looks_that_a_computer_cannot_tell_apart_are_refused():
    with pytest.raises(DataError, match="treat them as one"):
        bounds_of(Design((0.5, 0.5 + 1e-9, 1.0)))
