"""Every target's value is what ``evaluate`` gives for the same specification, on the printed scale."""

import math

import numpy as np
import pytest

from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis
from metaudit.printed import Interval, parse_printed
from metaudit.search.batch import evaluate_specs
from metaudit.search.match import match, target_values
from metaudit.search.targets import Target
from metaudit.specs import Spec
from tolerances import SAME_AGAIN

ANY = Interval(-math.inf, math.inf)
SPECS = (
    Spec("RR"), Spec("OR", tau2="REML", ci="hksj"), Spec("RD", model="common"), Spec("OR", model="peto"),
    Spec("RR", model="mantel-haenszel", level=0.99), Spec("AS", tau2="PM"),
)  # fmt: skip


def at(quantity, subject="", **more):
    return Target(quantity, quantity, subject, ANY, **more)


@pytest.fixture(scope="module")
def trials(make_rows, random_counts):
    rows = random_counts(np.random.default_rng(4), k=8)
    return make_rows([{**r, "group": "ab"[i % 2]} for i, r in enumerate(rows)])


def test_pooled_effects_are_natural_by_each_measure(trials, plain):
    results = evaluate_specs(SPECS, trials, plain)
    for name in ("estimate", "ci_low", "ci_high"):
        values = target_values(at(name), results)
        raw = target_values(at(name, natural=False), results)
        for i, spec in enumerate(SPECS):
            e = evaluate(spec, trials, plain)
            assert values[i] == pytest.approx(e.natural(getattr(e.fit, name)), rel=SAME_AGAIN), (spec, name)
            assert raw[i] == pytest.approx(getattr(e.fit, name), rel=SAME_AGAIN), (spec, name)


def test_tau_weights_and_studies(trials, plain):
    results = evaluate_specs(SPECS, trials, plain)
    for i, spec in enumerate(SPECS):
        e = evaluate(spec, trials, plain)
        if spec.has_tau2:
            assert target_values(at("tau"), results)[i] == pytest.approx(math.sqrt(e.fit.tau2), rel=SAME_AGAIN)
        for j, s in enumerate(e.effects.studies):
            where = f"row {s.row.line}" if j % 2 else s.label
            z = {0.95: 1.959963984540054, 0.99: 2.5758293035489004}[spec.level]
            y, se = e.effects.yi[j], math.sqrt(e.effects.vi[j])
            expected = {
                "weight": e.fit.weights[j], "study_se": se, "study_variance": se**2, "study_estimate": e.natural(y),
                "study_ci_low": e.natural(y - z * se), "study_ci_high": e.natural(y + z * se),
            }  # fmt: skip
            for name, value in expected.items():
                assert target_values(at(name, where), results)[i] == pytest.approx(value, rel=SAME_AGAIN), (spec, name)


def test_a_rows_own_level_holds_for_its_interval(trials, plain):
    results = evaluate_specs(SPECS[:1], trials, plain)
    y, v = results.yi[0, 0], results.vi[0, 0]
    value = target_values(at("study_ci_high", "Study 1", level=0.99), results)[0]
    assert value == pytest.approx(math.exp(y + 2.5758293035489004 * math.sqrt(v)), rel=SAME_AGAIN)


def test_subgroups(trials):
    analysis = Analysis("made", "Made up", {}, subgroups="group")
    results = evaluate_specs(SPECS[:2], trials, analysis)
    e = evaluate(SPECS[0], trials, analysis)
    for level, (part, fit) in e.subgroups.items():
        assert target_values(at("estimate", level), results)[0] == pytest.approx(
            e.natural(fit.estimate, part), rel=SAME_AGAIN
        )
        assert target_values(at("i2", level), results)[0] == pytest.approx(fit.i2, rel=SAME_AGAIN, abs=1e-9)
    assert target_values(at("subgroup_q"), results)[0] == pytest.approx(e.between.q, rel=SAME_AGAIN)
    assert target_values(at("subgroup_p"), results)[0] == pytest.approx(e.between.p, rel=SAME_AGAIN)


def test_double_arcsine_goes_back_by_the_harmonic_mean(make_rows, plain):
    rows = make_rows([{"events": 1, "n": 20}, {"events": 12, "n": 60}, {"events": 30, "n": 100}])
    specs = (Spec("PFT"), Spec("PLO"), Spec("PLN", model="common"))
    results = evaluate_specs(specs, rows, plain)
    for i, spec in enumerate(specs):
        e = evaluate(spec, rows, plain)
        for name in ("estimate", "ci_low", "ci_high"):
            assert target_values(at(name), results)[i] == pytest.approx(e.natural(getattr(e.fit, name)), rel=SAME_AGAIN)
        for j in range(3):
            assert target_values(at("study_estimate", f"row {j + 2}"), results)[i] == pytest.approx(
                e.natural_of_study(e.effects.yi[j], j), rel=SAME_AGAIN
            )


def test_what_arrays_do_not_hold_is_unknown_not_missed(trials, plain):
    results = evaluate_specs(SPECS, trials, plain)
    wanted = [
        at("egger_p"),
        at("estimate", "no such subgroup"),
        at("weight", "row 99"),
        at("subgroup_q"),
        at("estimate"),
    ]
    found = match([Target(f"c{i}", t.quantity, t.subject, t.window) for i, t in enumerate(wanted)], results)
    assert found.unknown == ("c0", "c1", "c2", "c3")
    assert [t.name for t in found.targets] == ["c4"]
    assert found.row("c4") == 0
    assert found.row("c0") is None
    assert found.hits.all()


def test_nothing_to_match(trials, plain):
    found = match([], evaluate_specs(SPECS, trials, plain))
    assert found.values.shape == found.hits.shape == found.cuts.shape == (0, len(SPECS))


def test_undefined_values_hit_nothing(make_rows, plain):
    rows = make_rows(
        [{"events_t": 0, "n_t": 10, "events_c": 0, "n_c": 10}, {"events_t": 0, "n_t": 9, "events_c": 0, "n_c": 8}]
    )
    specs = (Spec("RR", model="mantel-haenszel"), Spec("RR", zero_cells="none"), Spec("RD"))
    found = match([at("estimate"), at("i2")], evaluate_specs(specs, rows, plain))
    assert np.isfinite(found.values[0]).tolist() == [False, False, True]
    assert found.hits[0].tolist() == [False, False, True]


def test_digits_that_were_cut_are_told_from_digits_that_were_rounded(trials, plain):
    results = evaluate_specs(SPECS[:1], trials, plain)
    value = target_values(at("estimate"), results)[0]
    cut = parse_printed(f"{math.floor(value * 1000) / 1000:.3f}")
    found = match([Target("e", "estimate", "", cut.interval(), cut.interval("truncated"))], results)
    rounds = value in cut.interval()
    assert (bool(found.hits[0, 0]), bool(found.cuts[0, 0])) == (rounds, not rounds)
    never = match([Target("e", "estimate", "", Interval(9, 9.1), Interval(value - 1e-6, value + 1e-6))], results)
    assert (bool(never.hits[0, 0]), bool(never.cuts[0, 0])) == (False, True)


def test_margins_are_distances_to_the_nearest_end(trials, plain):
    results = evaluate_specs(SPECS[:3], trials, plain)
    windows = [Interval(0.5, 0.9), Interval(-math.inf, 0.7)]
    found = match([Target(str(i), "estimate", "", w) for i, w in enumerate(windows)], results)
    for i, w in enumerate(windows):
        assert found.margins[i].tolist() == [w.distance(v) for v in found.values[i]]
    assert match([], results).margins.shape == (0, 3)
