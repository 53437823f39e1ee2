"""The specification curve and the vibration of effects, against numbers taken from each specification alone."""

import math

import numpy as np
import pytest

from metaudit.evaluate import evaluate
from metaudit.search.batch import evaluate_specs
from metaudit.search.multiverse import CHOICES, multiverses
from metaudit.search.universe import universe
from metaudit.specs import Spec

ESTIMATORS = ("DL", "REML", "PM", "SJ")
CURVE = tuple(
    Spec(m, tau2=t, ci=c, i2=i)
    for m in ("RR", "MD")
    for t in ESTIMATORS
    for c in ("wald", "hksj")
    for i in ("tau2", "Q")
)


@pytest.fixture(scope="module")
def trials(make_rows, random_counts):
    return make_rows(random_counts(np.random.default_rng(12), k=9))


@pytest.fixture(scope="module")
def ratio(trials, plain):
    specs = [s for s in CURVE if s.measure == "RR"] + [Spec("RR", model="mantel-haenszel"), Spec("RR", level=0.9)]
    (found,) = multiverses(evaluate_specs(specs, trials, plain))
    return found


def test_a_fit_counts_once_and_one_level_only(ratio):
    assert len(ratio.entries) == len(ESTIMATORS) * 2 + 1
    assert {e.spec.level for e in ratio.entries} == {0.95}
    assert [e.place for e in ratio.entries] == list(range(1, 10))
    estimates = [e.estimate for e in ratio.entries]
    assert estimates == sorted(estimates)
    assert ratio.range == (estimates[0], estimates[-1])


def test_entries_are_what_each_specification_gives(ratio, trials, plain):
    for e in ratio.entries:
        alone = evaluate(e.spec, trials, plain)
        assert e.estimate == pytest.approx(math.exp(alone.fit.estimate), rel=1e-8)
        assert e.ci_low == pytest.approx(math.exp(alone.fit.ci_low), rel=1e-8)
        assert e.ci_high == pytest.approx(math.exp(alone.fit.ci_high), rel=1e-8)
        assert e.p == pytest.approx(alone.fit.p, rel=1e-8)
        assert e.significant is (alone.fit.ci_low > 0 or alone.fit.ci_high < 0)


def test_shares_vibration_and_medians(ratio):
    estimates = np.array([e.estimate for e in ratio.entries])
    p = np.array([e.p for e in ratio.entries])
    low, high = np.percentile(estimates, [1, 99])
    assert ratio.vibration.effect == pytest.approx(high / low)
    assert ratio.vibration.ratio
    assert ratio.vibration.p == pytest.approx(np.ptp(np.percentile(-np.log10(p), [1, 99])))
    assert ratio.vibration.janus is bool(low < 1 < high)
    assert ratio.significant == pytest.approx(np.mean([e.significant for e in ratio.entries]))
    first = next(e.estimate for e in ratio.entries if e.spec == ratio.reference)
    assert ratio.other_sign == pytest.approx(np.mean((estimates > 1) != (first > 1)))
    by = {(m.choice, m.value): m for m in ratio.medians}
    assert by["tau2", "REML"].number == 2
    assert by["tau2", "REML"].median == pytest.approx(
        np.median([e.estimate for e in ratio.entries if e.spec.tau2 == "REML"])
    )
    assert by["model", "mantel-haenszel"].number == 1
    assert {c for c, _ in by} == {"model", "tau2", "ci"}


def test_measures_are_never_mixed(trials, plain):
    specs = [Spec(m, tau2=t) for m in ("OR", "RD", "RR") for t in ESTIMATORS]
    found = multiverses(evaluate_specs(specs, trials, plain))
    assert [m.measure for m in found] == ["OR", "RD", "RR"]
    assert all(len(m.entries) == len(ESTIMATORS) for m in found)
    assert [m.vibration.ratio for m in found] == [True, False, True]
    rd = found[1]
    estimates = [e.estimate for e in rd.entries]
    assert rd.vibration.effect == pytest.approx(np.ptp(np.percentile(estimates, [1, 99])))


def test_signs_that_differ_are_a_janus_effect(make_rows, plain):
    """One large study against many small ones: common and random effects lie on different sides of 0."""
    studies = [{"mean_t": 9.8, "sd_t": 1, "n_t": 2000, "mean_c": 10, "sd_c": 1, "n_c": 2000}]
    studies += [{"mean_t": 11 + i / 10, "sd_t": 2, "n_t": 20, "mean_c": 10, "sd_c": 2, "n_c": 20} for i in range(6)]
    rows = make_rows(studies)
    specs = (Spec("MD"), Spec("MD", model="common"))
    (found,) = multiverses(evaluate_specs(specs, rows, plain))
    assert found.reference == specs[0]
    assert found.vibration.janus
    assert found.other_sign == 0.5
    assert [e.estimate > 0 for e in found.entries] == [False, True]
    (other,) = multiverses(evaluate_specs(specs, rows, plain), reference=specs[1])
    assert (other.reference, other.other_sign) == (specs[1], 0.5)


def test_a_proportion_has_no_sign(make_rows, plain):
    rows = make_rows([{"events": e, "n": 40} for e in (4, 9, 20, 11)])
    found = multiverses(evaluate_specs((Spec("PLO"), Spec("PLO", tau2="ML"), Spec("PFT")), rows, plain))
    assert [m.measure for m in found] == ["PLO", "PFT"]
    for m in found:
        assert math.isnan(m.other_sign)
        assert math.isnan(m.significant)
        assert not m.vibration.janus
        assert all(e.significant is None and 0 < e.ci_low < e.estimate < e.ci_high < 1 for e in m.entries)
        assert all(r["significant"] == "" for r in m.rows)


def test_rows_of_a_table(ratio):
    rows = list(ratio.rows)
    assert len(rows) == len(ratio.entries)
    assert set(CHOICES) < set(rows[0])
    assert {r["significant"] for r in rows} <= {"yes", "no"}
    assert {r["q"] for r in rows if r["model"] == "mantel-haenszel"} == {""}
    assert {r["counts"] for r in rows if r["model"] == "mantel-haenszel"} == {"as-they-are"}
    assert [set(r) for r in ratio.median_rows] == [{"measure", "choice", "value", "number", "median"}] * len(
        ratio.medians
    )


def test_what_is_not_defined_is_left_out(make_rows, plain):
    rows = make_rows(
        [{"events_t": 0, "n_t": 10, "events_c": 0, "n_c": 10}, {"events_t": 0, "n_t": 9, "events_c": 0, "n_c": 8}]
    )
    found = multiverses(evaluate_specs((Spec("RR", model="mantel-haenszel"), Spec("RD")), rows, plain))
    assert [m.measure for m in found] == ["RD"]
    assert multiverses(evaluate_specs((Spec("RD"),), rows, plain), level=0.9) == ()


def test_a_whole_space(trials, plain):
    space = universe(("RR",), any_zero=False, k=9)
    (found,) = multiverses(evaluate_specs(space.specs, trials, plain))
    assert len(found.entries) == len({e.spec.fit_key for e in found.entries})
    assert 0 <= found.significant <= 1
    assert found.vibration.effect >= 1
    assert {m.choice for m in found.medians} >= {"model", "tau2", "ci"}


def test_adding_to_all_studies_without_a_zero_cell_is_searched_but_no_choice_of_an_analyst(trials, plain):
    space = universe(("RR",), any_zero=False, k=9)
    results = evaluate_specs(space.specs, trials, plain)
    (all_of_them,) = multiverses(results)
    (found,) = multiverses(results, any_zero=False)
    assert {e.spec.zero_cells for e in all_of_them.entries} == {"0.5@only-zero", "0.5@all"}
    assert {e.spec.zero_cells for e in found.entries} == {"0.5@only-zero"}
    assert 2 * len(found.entries) - 1 <= len(all_of_them.entries) <= 2 * len(found.entries)


def test_a_proportion_has_no_p_value(make_rows, plain):
    """The P of a logit is one against a proportion of a half, which no review asks about."""
    rows = make_rows([{"events": e, "n": n} for e, n in ((4, 30), (12, 80), (30, 100))])
    (found,) = multiverses(evaluate_specs([Spec("PLO", tau2=t) for t in ("DL", "REML")], rows, plain))
    assert all(math.isnan(e.p) and e.significant is None for e in found.entries)
    assert math.isnan(found.vibration.p)
    assert math.isnan(found.significant)
