"""Pooled numbers of many data sets: by hand, and by the exact path."""

import math

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis
from metaudit.search.batch import between_groups, evaluate_specs, numbers_of
from metaudit.search.fits import can_be_batched, pooled_numbers
from metaudit.search.universe import universe
from metaudit.specs import Spec
from tolerances import SAME_AGAIN

GROUPED = Analysis("g", "Grouped", {}, subgroups="group")
COUNTS = ("RR", "OR", "RD")


def test_two_studies_by_hand():
    """Weights 1 and 1/4: mean 0.2, Q = 0.2; DerSimonian and Laird 1986, eq. 8, truncated at 0."""
    found = pooled_numbers(Spec("GEN"), np.array([[0.0], [1.0]]), np.array([[1.0], [4.0]]))
    assert found["estimate"] == pytest.approx([0.2])
    assert found["se"] == pytest.approx([math.sqrt(0.8)])
    assert found["q"] == pytest.approx([0.2])
    assert found["tau2"] == pytest.approx([0.0])
    assert found["weights"][:, 0] == pytest.approx([80, 20])
    assert found["ci_high"] == pytest.approx([0.2 + 1.959963984540054 * math.sqrt(0.8)])
    assert np.isnan(found["pi_low"]).all()  # t with k - 2 = 0 degrees of freedom


def test_tau2_by_hand():
    """Equal variances 1, effects 0 and 4: Q = 8, tau2 = (8 - 1) / (2 - 1) = 7, I2 = 7/8 either way."""
    y, v = np.array([[0.0], [4.0]]), np.ones((2, 1))
    for i2 in ("tau2", "Q"):
        found = pooled_numbers(Spec("GEN", i2=i2), y, v)
        assert (found["tau2"][0], found["i2"][0]) == pytest.approx((7, 87.5))
        assert found["se"] == pytest.approx([2.0])


def test_studies_that_are_out_change_nothing():
    rng = np.random.default_rng(4)
    y, v = rng.normal(0, 1, (6, 5)), rng.uniform(0.05, 1, (6, 5))
    mask = np.ones((6, 5), dtype=bool)
    mask[4:] = False
    for spec in (Spec("GEN"), Spec("GEN", tau2="REML", ci="hksj"), Spec("GEN", model="common")):
        padded = pooled_numbers(spec, np.where(mask, y, np.nan), np.where(mask, v, np.nan), mask=mask)
        short = pooled_numbers(spec, y[:4], v[:4])
        for name in set(short) - {"weights"}:
            assert padded[name] == pytest.approx(short[name], rel=SAME_AGAIN, abs=1e-12, nan_ok=True), (spec, name)
        assert padded["weights"][:4] == pytest.approx(short["weights"], rel=SAME_AGAIN)
        assert np.isnan(padded["weights"][4:]).all()


def test_what_arrays_do_not_compute_is_refused():
    spec = Spec("GEN", tau2="REML", ci="kenward-roger")
    assert not can_be_batched(spec)
    with pytest.raises(DataError, match="not computed in batches"):
        pooled_numbers(spec, np.zeros((3, 1)), np.ones((3, 1)))
    with pytest.raises(DataError, match="counts of every study"):
        pooled_numbers(Spec("RR", model="mantel-haenszel"), np.zeros((3, 1)), np.ones((3, 1)))


def some(rng, measures, *, rows, most):
    zero = any(r.get(f"events_{a}") in (0, r.get(f"n_{a}")) for r in rows for a in "tc")
    specs = universe(measures, any_zero=zero, k=len(rows)).specs
    return [specs[i] for i in sorted(rng.choice(len(specs), size=min(most, len(specs)), replace=False))]


def agree(specs, rows, analysis):
    """How many specifications are defined; every number of each is held to the exact path."""
    results, compared = evaluate_specs(specs, rows, analysis), 0
    for i, spec in enumerate(specs):
        try:
            e = evaluate(spec, rows, analysis)
        except DataError:
            undefined = [np.isnan(g.values["estimate"][i]) for g in (results, *results.groups.values())]
            assert i in results.failed or any(undefined), spec
            assert np.isnan(results.subgroup_q[i]), spec
            continue
        compared += 1
        for name, value in numbers_of(e):
            ours = results.values[name][i]
            assert ours == pytest.approx(value, rel=SAME_AGAIN, abs=1e-12, nan_ok=True), (str(spec), name)
        at = [results.lines.index(s.row.line) for s in e.effects.studies]
        assert results.weights[i, at] == pytest.approx(e.fit.weights, rel=SAME_AGAIN), spec
        for level, (_, fit) in e.subgroups.items():
            ours = results.groups[level].values
            assert ours["estimate"][i] == pytest.approx(fit.estimate, rel=SAME_AGAIN, abs=1e-12), (spec, level)
            assert ours["ci_low"][i] == pytest.approx(fit.ci_low, rel=SAME_AGAIN, abs=1e-12, nan_ok=True), (spec, level)
        if len(e.subgroups) > 1:
            assert results.subgroup_q[i] == pytest.approx(e.between.q, rel=SAME_AGAIN, abs=1e-12), spec
            assert results.subgroup_p[i] == pytest.approx(e.between.p, rel=SAME_AGAIN, abs=1e-12), spec
    return compared


@pytest.mark.parametrize("k", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.4])
def test_random_counts_agree_with_the_exact_path(make_rows, random_counts, plain, k, rate):
    rng = np.random.default_rng([k, int(100 * rate)])
    studies = [{**s, "group": "ab"[i % 2]} for i, s in enumerate(random_counts(rng, k=k, rate=rate))]
    rows = make_rows(studies)
    done = agree(some(rng, COUNTS, rows=rows, most=30), rows, plain)
    assert done + agree(some(rng, COUNTS, rows=rows, most=30), rows, GROUPED) > 0


@pytest.mark.parametrize("k", [1, 2, 5, 15])
def test_random_means_agree_with_the_exact_path(make_rows, plain, k):
    rng = np.random.default_rng(k)
    n, sd = rng.integers(8, 60, (k, 2)), rng.uniform(0.5, 3, (k, 2)).round(2)
    studies = [
        {"mean_t": round(m, 2), "sd_t": s[0], "n_t": a, "mean_c": 5, "sd_c": s[1], "n_c": b, "group": "ab"[i % 2]}
        for i, (m, s, (a, b)) in enumerate(zip(rng.normal(5.5, 1, k), sd, n, strict=True))
    ]
    rows = make_rows(studies)
    for analysis in (plain, GROUPED):
        assert agree(some(rng, ("MD", "SMD"), rows=rows, most=30), rows, analysis) > 0


def test_a_row_that_is_not_complete_stays_out(make_rows, random_counts, plain):
    rng = np.random.default_rng(12)
    studies = random_counts(rng, k=5, rate=0.3)
    studies[2]["events_c"] = "not reported"
    rows = make_rows(studies)
    assert agree(some(rng, COUNTS, rows=rows, most=60), rows, plain) > 50
    results = evaluate_specs([Spec("RR")], rows, plain)
    assert results.values["k"][0] == 4
    assert np.isnan(results.yi[0, 2])
    assert np.isnan(results.weights[0, 2])


EMPTY_ARM = [(5, 8, "a"), (7, 6, "a"), (9, 4, "c"), (0, 3, "b"), (0, 2, "b")]


@pytest.mark.parametrize("spec", [Spec("RR", model="mantel-haenszel"), Spec("RR", q="mantel-haenszel")])
def test_a_subgroup_without_an_estimate_leaves_no_test_between_the_others(make_rows, plain, spec):
    """Nobody in one arm of subgroup b has an event: the whole has a Mantel-Haenszel mean, the subgroup has none."""
    rows = make_rows([{"events_t": t, "n_t": 40, "events_c": c, "n_c": 40, "group": g} for t, c, g in EMPTY_ARM])
    results = evaluate_specs([spec], rows, GROUPED)
    assert results.values["estimate"][0] == pytest.approx(evaluate(spec, rows, plain).fit.estimate, rel=SAME_AGAIN)
    assert np.isnan(results.groups["b"].values["estimate"][0])
    assert np.isfinite(results.groups["a"].values["estimate"][0])
    assert np.isnan(results.subgroup_q[0])
    assert np.isnan(results.subgroup_p[0])


def test_a_subgroup_without_studies_is_no_subgroup(make_rows, plain):
    """Without a correction the studies of b have no risk ratio, so that the test is one of a and c."""
    rows = make_rows([{"events_t": t, "n_t": 40, "events_c": c, "n_c": 40, "group": g} for t, c, g in EMPTY_ARM])
    spec = Spec("RR", zero_cells="none")
    results, e = evaluate_specs([spec, Spec("RR")], rows, GROUPED), evaluate(spec, rows, GROUPED)
    assert set(e.subgroups) == {"a", "c"}
    assert results.subgroup_q[0] == pytest.approx(e.between.q, rel=SAME_AGAIN)
    assert results.subgroup_q[1] > results.subgroup_q[0] > 0


def test_the_test_between_subgroups_needs_no_effects_of_studies(make_rows):
    """Arrays that keep no study's effect (those of the edits) say themselves which subgroups have studies."""
    rows = make_rows([{"events_t": t, "n_t": 40, "events_c": c, "n_c": 40, "group": g} for t, c, g in EMPTY_ARM[:3]])
    results = evaluate_specs([Spec("RR")], rows, GROUPED)
    expected = results.subgroup_q[0]
    for part in results.groups.values():
        part.effects[:] = np.nan
    between_groups(results)
    assert np.isnan(results.subgroup_q[0])
    between_groups(results, studies=np.ones((2, 1), dtype=bool))
    assert results.subgroup_q[0] == expected > 0
