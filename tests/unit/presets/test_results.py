"""What presets do beyond the 18 tables: early ends of searches, tables that stop a program, labels and subgroups."""

import math

import numpy as np
import pytest

from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.pooling.tau2_intervals import generalised_q
from metaudit.presets import load_presets, preset_results
from metaudit.presets.quirks import jackson_of_meta, paule_mandel_of_statsmodels
from metaudit.printed import parse_printed

NAMES = ("events_t", "n_t", "events_c", "n_c")


def trials(*tables, labels=()):
    rows = []
    for i, table in enumerate(tables):
        cells = dict(zip(NAMES, map(str, table), strict=True))
        label = labels[i] if labels else f"S{i}"
        rows.append(convert(Row(i + 2, {"study": label, **cells}, {k: parse_printed(v) for k, v in cells.items()})))
    return rows


def results(name, rows, measure="OR", **more):
    return preset_results(load_presets()[name], rows, measure=measure, **more)


@pytest.mark.parametrize("seed", range(20))
def test_paule_mandel_ends_where_statsmodels_does(seed):
    from statsmodels.stats.meta_analysis import _fit_tau_iterative

    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 15))
    vi = rng.uniform(0.01, 0.5, k)
    yi = rng.normal(0, np.sqrt(vi + rng.choice([0.0, 0.1, 2.0])))
    assert paule_mandel_of_statsmodels(yi, vi) == pytest.approx(_fit_tau_iterative(yi, vi)[0], rel=1e-12, abs=0)


@pytest.mark.parametrize("seed", range(10))
def test_jacksons_limits_end_within_rs_tolerance_of_the_solution(seed):
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.05, 0.5, 8)
    yi = rng.normal(0, np.sqrt(vi + 0.4))
    solved = generalised_q(yi, vi, np.ones((8, 1)), level=0.95, weights=1 / np.sqrt(vi))
    assert jackson_of_meta(yi, vi, level=0.95) == pytest.approx(solved, abs=1.3e-4, rel=0)


def test_one_limit_beyond_the_search_is_its_end():
    yi, vi = np.array([0.0, 9.0]), np.array([0.01, 0.01])
    assert jackson_of_meta(yi, vi, level=0.95)[1] == pytest.approx(10 * (40.5 - 0.01), rel=1e-9)


def test_a_label_that_stands_twice_keeps_both_studies():
    found = results("revman5", trials((5, 50, 9, 50), (7, 60, 9, 61), (3, 40, 8, 41), labels="ABA"))
    assert list(found.studies) == ["A (row 2)", "B", "A (row 4)"]
    assert sum(s["weight_common"] for s in found.studies.values()) == pytest.approx(100)


def test_a_level_without_an_estimable_study_is_left_out_of_the_test():
    rows = trials((5, 50, 9, 50), (7, 60, 9, 61), (0, 40, 0, 41), (3, 30, 4, 33))
    found = results("revman5", rows, subgroups=("a", "a", "b", "c"))
    assert set(found.subgroups) == {"a", "c"}
    assert found.between["df"] == 1
    assert found.k_in == 4
    assert found.k_used == 3
    assert math.isnan(found.studies["S2"]["weight_common"])


def test_every_event_in_both_arms_is_a_risk_ratio_of_1_in_revman():
    rows = trials((16, 16, 14, 14), (22, 28, 18, 29))
    assert results("revman5", rows, "RR").studies["S0"]["yi"] == 0
    assert results("revman5-by-meta", rows, "RR").studies["S0"]["yi"] != 0


@pytest.mark.parametrize(
    ("name", "table", "measure"),
    [
        ("pythonmeta", (0, 30, 0, 31), "RD"),
        ("statsmodels", (0, 30, 4, 31), "RR"),
        ("statsmodels", (0, 30, 31, 31), "RD"),
        ("stata-meta", (0, 30, 31, 31), "RD"),
        ("cma", (0, 30, 0, 31), "OR"),
    ],
)
def test_a_table_that_stops_the_program_is_named(name, table, measure):
    with pytest.raises(DataError, match="S1"):
        results(name, trials((5, 50, 9, 50), table), measure)


def test_a_table_without_any_estimable_study():
    with pytest.raises(DataError, match="RevMan 5 can pool none"):
        results("revman5", trials((0, 50, 0, 50)))


def test_pythonmeta_takes_1_96_at_95_percent_only():
    rows = trials((5, 50, 9, 50), (7, 60, 9, 61))
    at95, at99 = results("pythonmeta", rows).common, results("pythonmeta", rows, level=0.99).common
    assert at95["ci_high"] - at95["estimate"] == pytest.approx(1.96 * at95["se"], rel=1e-12)
    assert at99["ci_high"] - at99["estimate"] == pytest.approx(2.5758293035489004 * at99["se"], rel=1e-12)


@pytest.mark.parametrize("name", ["revman5", "meta4", "meta8", "metafor", "stata-metan4", "cma"])
@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_the_point_of_the_space_gives_what_the_preset_gives(name, measure):
    rows = trials((0, 40, 5, 42), (7, 60, 9, 61), (12, 90, 20, 88), (30, 30, 28, 31))
    preset = load_presets()[name]
    found = preset_results(preset, rows, measure=measure)
    for model in ("random", "common"):
        fit = evaluate(preset.spec(measure, model=model), rows, Analysis("", "", {})).fit
        theirs = getattr(found, model)
        assert (fit.estimate, fit.se, fit.ci_low) == (theirs["estimate"], theirs["se"], theirs["ci_low"])
