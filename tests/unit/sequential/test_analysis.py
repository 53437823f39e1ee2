"""Whole sequential analyses of made-up trials: sizes, crossings, futility, intervals, and what is refused."""

import math

import numpy as np
import pytest
from making_trials import COUNTS, generic, trials

from metaudit.effects.zero_cells import ZeroCells
from metaudit.errors import DataError
from metaudit.pooling.mantel_haenszel import mantel_haenszel
from metaudit.pooling.peto import peto_pooled
from metaudit.pooling.pool import pool
from metaudit.sequential import Plan, Sought, Spending, fit_by, sequential_analysis
from metaudit.sequential.analysis import information_size
from metaudit.sequential.cumulative import cumulative_z, diversity, participants_of

SOUGHT = Sought("RR", 0.8, control_risk=0.12)


def test_cumulative_results_are_those_of_the_first_trials():
    e = trials()
    for fit, direct in (
        (fit_by("common"), lambda p: pool(p.yi, p.vi, tau2="FE")),
        (fit_by("random", tau2="REML"), lambda p: pool(p.yi, p.vi, tau2="REML")),
        (fit_by("mantel-haenszel"), mantel_haenszel),
    ):
        found = cumulative_z(e, fit)
        for k in range(1, 6):
            one = direct(e.take(np.arange(5) < k))
            assert (found.estimate[k - 1], found.se[k - 1], found.z[k - 1]) == (one.estimate, one.se, one.stat)
        assert np.isnan(found.df).all()
        assert (found.normal == found.z).all()
    assert found.participants.tolist() == [200, 500, 1300, 1380, 2780]
    assert found.studies == ("T1", "T2", "T3", "T4", "T5")
    odds = trials(measure="OR")
    assert cumulative_z(odds, fit_by("peto")).z[-1] == peto_pooled(odds).stat


def test_hartung_knapp_begins_at_the_second_trial():
    e = trials()
    found = cumulative_z(e, fit_by("random", ci="hksj"))
    wald = cumulative_z(e, fit_by("random"))
    assert found.z[0] == wald.z[0]
    assert found.z[2] != wald.z[2]
    assert found.df[1:].tolist() == [1, 2, 3, 4]
    assert math.isnan(found.df[0])
    assert (np.abs(found.normal[1:]) < np.abs(found.z[1:])).all()
    from scipy.stats import norm, t

    assert norm.sf(abs(found.normal[4])) == pytest.approx(t.sf(abs(found.z[4]), 4), rel=1e-9)
    assert np.sign(found.normal).tolist() == np.sign(found.z).tolist()


def test_trials_without_events_are_as_the_effects_have_them():
    counts = [*COUNTS, (0, 500, 0, 500)]
    kept = cumulative_z(trials(counts), fit_by("common"))
    dropped = cumulative_z(trials(counts, zero_cells=ZeroCells(double_zero="drop")), fit_by("common"))
    assert len(kept.z) == 6
    assert len(dropped.z) == 5
    assert dropped.participants[-1] == 2780
    assert kept.participants[-1] == 3780


def test_diversity_is_what_the_two_variances_say():
    y, v = [0.1, 0.9, -0.4, 0.6], [0.04, 0.02, 0.05, 0.03]
    common, random = pool(np.array(y), np.array(v), tau2="FE"), pool(np.array(y), np.array(v), tau2="DL")
    found = diversity(generic(y, v))
    assert found == pytest.approx(1 - common.se**2 / random.se**2, rel=1e-12)
    assert 0 < found < 1
    assert found >= common.i2_q / 100 - 1e-12, "D2 is at least I2 (Wetterslev 2009)"
    assert diversity(generic([0.1, 0.1, 0.1], v[:3])) == 0


def test_participants_that_are_not_reported_are_nan():
    assert np.isnan(participants_of(generic([0.1, 0.2], [0.1, 0.1]))).all()
    with pytest.raises(DataError, match="must be known"):
        sequential_analysis(generic([0.1, 0.2], [0.1, 0.1]), fit_by("common"), Plan(None, required=500))


@pytest.mark.parametrize("adjustment", ["none", "D2", "I2"])
def test_information_sizes(adjustment):
    e = trials()
    found = information_size(e, Plan(SOUGHT, adjustment=adjustment))
    fixed = information_size(e, Plan(SOUGHT, adjustment="none")).participants
    shares = {"none": 0.0, "D2": diversity(e), "I2": pool(e.yi, e.vi, tau2="FE").i2_q / 100}
    assert found.share == shares[adjustment]
    assert found.participants == math.ceil(fixed / (1 - shares[adjustment]) - 1e-6)
    stated = information_size(e, Plan(SOUGHT, adjustment=adjustment, share=0.5))
    assert stated.share == (0.0 if adjustment == "none" else 0.5)
    assert information_size(e, Plan(None, required=1234.0)).participants == 1234


def test_an_analysis_that_crosses():
    s = sequential_analysis(trials(), fit_by("common"), Plan(None, required=3000, adjustment="none"))
    r = s.result
    z, upper = s.cumulative.z, s.bounds.upper
    first = int(np.flatnonzero(np.abs(z) >= upper[:5])[0]) + 1
    assert r.crossed_at == first
    assert r.side == -1
    assert r.reached is False
    assert r.at_crossing is not None
    assert r.at_crossing.p < 0.05
    assert r.at_crossing.low < r.at_crossing.median_unbiased < r.at_crossing.high < 0
    last = r.last
    assert (last.adjusted_low, last.adjusted_high) == pytest.approx(
        (last.estimate - last.boundary * last.se, last.estimate + last.boundary * last.se)
    )
    assert last.adjusted_low < last.naive_low
    assert last.adjusted_high > last.naive_high
    assert 0.95 < last.adjusted_level < 1
    assert last.study == "T5"


def test_turning_the_groups_turns_the_analysis():
    turned = [(c, m, a, n) for a, n, c, m in COUNTS]
    plan = Plan(None, required=3000)
    a, b = (sequential_analysis(trials(c), fit_by("common"), plan) for c in (COUNTS, turned))
    assert (a.result.crossed_at, a.result.side) == (b.result.crossed_at, -b.result.side)
    assert a.result.at_crossing.low == pytest.approx(-b.result.at_crossing.high, abs=1e-9)
    one_sided = Plan(None, required=3000, sides=1, alpha=0.025)
    assert sequential_analysis(trials(), fit_by("common"), one_sided).result.crossed_at is None
    assert sequential_analysis(trials(turned), fit_by("common"), one_sided).result.crossed_at == a.result.crossed_at


def test_futility_is_met_and_not_after_a_crossing():
    flat = [(20, 400, 20, 400), (30, 600, 31, 600), (41, 800, 40, 800)]
    plan = Plan(None, required=5000, futility="non-binding", beta_spending=Spending())
    r = sequential_analysis(trials(flat), fit_by("common"), plan).result
    assert r.crossed_at is None
    assert r.futile_at is not None
    assert r.at_crossing is None, "the analysis may go on"
    crossed = sequential_analysis(trials([*COUNTS, (300, 900, 200, 900)]), fit_by("common"), plan).result
    assert crossed.crossed_at is not None
    assert crossed.futile_at is None or crossed.futile_at < crossed.crossed_at


def test_an_analysis_that_ends_without_crossing():
    flat = [(20, 400, 22, 400), (30, 600, 28, 600)]
    r = sequential_analysis(trials(flat), fit_by("common"), Plan(None, required=1500)).result
    assert r.reached
    assert r.crossed_at is None
    assert r.side == 0
    assert r.at_crossing is not None
    assert r.at_crossing.low < 0 < r.at_crossing.high
    assert r.at_crossing.p > 0.05


def test_rtsa_looks_without_enough_information():
    with pytest.raises(DataError, match="less than 1 %"):
        sequential_analysis(trials(), fit_by("common"), Plan(None, required=10**6, convention="rtsa"))
    tsa = sequential_analysis(trials(), fit_by("common"), Plan(None, required=10**6))
    assert tsa.result.crossed_at is None
    assert tsa.result.last.adjusted_high - tsa.result.last.adjusted_low > 20 * tsa.result.last.se


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"adjustment": "tau2"}, "not known"), ({"convention": "other"}, "not known"), ({"sought": None}, "smallest relevant effect"),
     ({"convention": "rtsa", "after": [0]}, "itself"), ({"alpha": 2.0}, "alpha"), ({"futility": "binding"}, "beta|one-sided"),
     ({"share": 1.0}, "not a share"), ({"required": -5.0}, "not above 0")],
)  # fmt: skip
def test_what_is_refused(changes, said):
    with pytest.raises(DataError, match=said):
        sequential_analysis(trials(), fit_by("common"), Plan(**{"sought": SOUGHT, **changes}))


def test_a_fit_that_is_not_known():
    with pytest.raises(DataError, match="common, random"):
        fit_by("bayes")
