"""A measure that no row can give, and numbers that no ratio can be, are named before anything is fitted."""

from __future__ import annotations

import pytest

from making import audited, claim, made
from metaudit.appraise.stated_measures import measure_problems

COUNTS = [{"study": s, "events_t": 4, "n_t": 40, "events_c": 9, "n_c": 41} for s in "abc"]
MEANS = [{"study": s, "mean_t": 4, "sd_t": 2, "n_t": 40, "mean_c": 5, "sd_c": 2, "n_c": 41} for s in "abc"]
EFFECTS = [{"study": s, "effect": e, "se": 0.2} for s, e in (("a", 0.7), ("b", 0.9), ("c", 1.2))]
ARMS = [
    {"study": s, "treatment": t, "events": e, "n": 40}
    for s, own in {"1": {"A": 9, "B": 4}, "2": {"B": 6, "C": 8}, "3": {"A": 7, "C": 5}}.items() for t, e in own.items()
]  # fmt: skip


def found(folder, rows, claims=(), **main):
    return measure_problems(made(folder, claims=[claim("k", "k", "3"), *claims], rows=rows, **main))


@pytest.mark.parametrize(("rows", "main"), [
    (EFFECTS, {"measure": "MD", "bayes": {}}), (EFFECTS, {"measure": "MD", "multilevel": {"cluster": "study"}}),
    (COUNTS, {"measure": "RR"}), (MEANS, {"measure": ["SMD", "MD"]}), (EFFECTS, {"measure": "GEN-LOG"}), (COUNTS, {}),
    ([{"study": s, "median_t": 4, "q1_t": 3, "q3_t": 6, "n_t": 40, "median_c": 5, "q1_c": 4, "q3_c": 6, "n_c": 41} for s in "ab"], {"measure": "MD"}),
    ([{"study": s, "effect": 0.4, "effect_type": "d", "n_t": 20, "n_c": 20} for s in "ab"], {"measure": "SMD"}),
    ([*COUNTS, {"study": "d", "n_t": 4, "n_c": 5}], {"measure": "OR"}),
    ([{"study": s, "mean_t": 4, "sd_t": 2, "mean_c": 5, "sd_c": 2, "n_pairs": 9} for s in "ab"], {"measure": "MC"}),
    (ARMS, {"measure": "OR", "network": {}}), (COUNTS, {"measure": ["MD", "RR"]}),
    ([{"study": s, "treatment": "A", "treatment_c": "B", "effect": 0.8, "se": 0.1} for s in "ab"], {"measure": "GEN-LOG", "network": {}}),
])  # fmt: skip
def test_rows_that_can_give_the_measure(tmp_path, rows, main):
    assert found(tmp_path / "r", rows, **main) == []


@pytest.mark.parametrize(("rows", "main", "columns", "instead"), [
    (MEANS, {"measure": "RR"}, "no row has events_t and events_c", "MD"),
    (COUNTS, {"measure": "SMD"}, "no row has mean_t, sd_t, mean_c and sd_c", "OR"),
    (COUNTS, {"measure": ["SMD", "MD"]}, "mean_t", "RR"),
    (COUNTS, {"measure": "GEN"}, "no row has effect", "RR"),
    (COUNTS, {"measure": "IRR"}, "no row has time_t and time_c", "RR"),
    ([{"study": s, "effect": 0.4} for s in "ab"], {"measure": "GEN"}, "se, variance or ci_low and ci_high", "data: none"),
    ([{"study": "a", "events_t": 4, "n_t": 9}, {"study": "b", "events_c": 4, "n_c": 9}], {"measure": "RR"},
     "every row lacks one or more of events_c, n_c, events_t and n_t", "data: none"),
    (ARMS, {"measure": "MD", "network": {}}, "no row has mean and sd", "RR"),
    (ARMS, {"measure": "GEN-LOG", "network": {}}, "no row has treatment_c", "OR"),
    ([{"study": s, "treatment": "A", "treatment_c": "B", "effect": 0.8} for s in "ab"], {"measure": "OR", "network": {}},
     "se, variance or ci_low and ci_high", "data: none"),
    (EFFECTS, {"measure": "ROM", "bayes": {}}, "mean_t", "GEN"),
    (EFFECTS, {"measure": "ROM", "multilevel": {"cluster": "study"}}, "mean_t", "GEN"),
])  # fmt: skip
def test_a_measure_that_no_row_gives_names_the_columns(tmp_path, rows, main, columns, instead):
    (problem,) = found(tmp_path / "r", rows, **main)
    assert (problem.rule, problem.column) == ("measure-of-no-row", "analyses.main.measure")
    lines = (tmp_path / "r" / "review.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[problem.row - 1].strip().startswith("measure:")
    assert columns in problem.message
    assert instead in problem.fix


@pytest.mark.parametrize(("quantity", "printed", "cells"), [
    ("estimate", "-0.5", {}), ("ci_low", "-0.21", {}), ("ci_high", "\u22120.4", {}), ("estimate", "<0", {}),
    ("ci_high", "-0.00", {"rounding": "truncated"}), ("estimate", "-0.01", {}),
    ("study_estimate", "-0.2", {"subject": "a"}), ("pi_low", "-1", {}), ("estimate", "-20%", {}), ("tsa_ci_low", "-0.3", {}),
])  # fmt: skip
def test_a_claim_that_no_ratio_can_be(tmp_path, quantity, printed, cells):
    (problem,) = found(tmp_path / "r", COUNTS, [claim("x", quantity, printed, **cells)], measure="RR")
    assert (problem.rule, problem.row, problem.column) == ("ratio", 3, "printed")
    assert "a ratio is above 0 (claim 'x')" in problem.message
    assert "scale: log" in problem.fix
    assert (
        found(tmp_path / "s", COUNTS, [claim("x", quantity, printed, note="printed so", **cells)], measure="RR") == []
    )


@pytest.mark.parametrize(("quantity", "printed", "cells", "measure"), [
    ("estimate", "-0.5", {"scale": "log"}, "RR"), ("estimate", "-50", {"scale": "percent-increase"}, "RR"), ("estimate", "0.5", {}, "OR"),
    ("ci_low", "0.00", {}, "OR"), ("estimate", "0.00", {}, "RR"), ("ci_high", "0.00", {}, "RR"), ("estimate", "0", {}, "RR"),
    ("estimate", "0.00", {"rounding": "truncated"}, "RR"), ("ci_high", ">0", {}, "RR"), ("study_estimate", "0.0", {"subject": "a"}, "OR"), ("estimate", "-0.5", {}, "RD"), ("estimate", "-0.5", {}, ["RR", "RD"]), ("z", "-2.1", {}, "RR"),
    ("estimate", "-0.1", {"method": "measure=RD"}, "RR"), ("coef", "-0.1", {"subject": "year"}, "RR"), ("estimate", "<0.01", {}, "OR"),
])  # fmt: skip
def test_claims_that_can_be(tmp_path, quantity, printed, cells, measure):
    assert found(tmp_path / "r", COUNTS, [claim("x", quantity, printed, **cells)], measure=measure) == []


def test_arms_that_no_key_says_are_a_network(tmp_path):
    (problem,) = found(tmp_path / "r", ARMS, measure="OR")
    assert problem.fix == "The rows are arms of named treatments: add network: {reference: A}."


def test_of_a_dose_response_line_the_slope_is_a_logarithm_and_the_relative_risk_a_ratio(tmp_path):
    rows = [
        {"study": s, "dose": d, "effect": rr, "se": se, "events": e, "n": 50}
        for s in "ab"
        for d, rr, se, e in ((0, 1, "", 5), (5, 1.3, 0.4, 7))
    ]
    claims = [claim("x", "coef", "-0.1"), claim("y", "predicted", "-0.1", subject="dose=5")]
    (problem,) = found(tmp_path / "r", rows, claims, measure="RR", dose_response={})
    assert (problem.rule, problem.row) == ("ratio", 4)


def test_cells_of_the_table_that_no_ratio_can_be(tmp_path):
    def rows(**cells):
        return [*EFFECTS, {"study": "d", "effect": 0.8, "se": 0.2, **cells}]

    (effect,) = found(tmp_path / "a", rows(effect="-0.22"), measure="GEN-LOG")
    assert (effect.rule, effect.row, effect.column) == ("ratio", 5, "effect")
    assert "study 'd', analysis 'main'" in effect.message
    assert "measure GEN" in effect.fix
    (zero,) = found(tmp_path / "b", rows(effect="0"), measure="GEN-LOG")
    assert zero.message.startswith("0 is no ratio as given")
    limits = found(tmp_path / "c", rows(ci_low="-0.5", ci_high="1.2", printed_ci_low="-0.1"), measure="GEN-LOG")
    assert [p.column for p in limits] == ["ci_low", "printed_ci_low"]
    printed = {"printed_effect": "0.00", "printed_ci_low": "0.00", "printed_ci_high": "0.00"}
    assert found(tmp_path / "h", rows(**printed), measure="GEN-LOG") == []
    (below,) = found(tmp_path / "i", rows(**printed | {"printed_ci_low": "-0.02"}), measure="GEN-LOG")
    assert below.column == "printed_ci_low"
    assert "say printed_scale: log where a logarithm is printed" in below.fix
    assert (
        found(tmp_path / "j", rows(**printed | {"printed_ci_low": "-0.02", "printed_scale": "log"}), measure="GEN-LOG")
        == []
    )
    assert found(tmp_path / "d", rows(effect="-0.22"), measure="GEN") == []
    assert found(tmp_path / "e", rows(ci_low="0.00", ci_high="1.2"), measure="GEN-LOG") == []
    assert found(tmp_path / "f", rows(effect="-0.22", note="printed so"), measure="GEN-LOG") == []
    assert (
        found(
            tmp_path / "g",
            [*COUNTS, {**COUNTS[0], "study": "d", "effect": "-0.4", "effect_type": "log-or"}],
            measure="OR",
        )
        == []
    )


def test_what_check_and_audit_say_of_a_ratio_that_prints_as_0_goes_together(tmp_path):
    rows = [{"study": s, "events_t": a, "n_t": 100000, "events_c": b, "n_c": 1000} for s, a, b in (("A", 1, 40), ("B", 2, 60))]  # fmt: skip
    claims = [claim("e", "estimate", "0.00"), claim("h", "ci_high", "0.00")]
    assert found(tmp_path / "r", rows, claims, measure="RR", method={"model": "common"}) == []
    verdicts = audited(tmp_path / "s", claims=claims, rows=rows, measure="RR", method={"model": "common"})
    assert {v.verdict for v in verdicts.values()} <= {"EXACT", "UNDERSPECIFIED"}


CHANGE = {"mean_t": "5.1", "mean_c": "6.0", "n_pairs": "30"}


@pytest.mark.parametrize(("cells", "measure", "columns"), [
    ({}, "MC", "no row has sd_change (or sd_t and sd_c)"), ({}, "SMCC", "no row has sd_change (or sd_t and sd_c)"), ({}, "SMCR", "no row has sd_c"),
    ({"sd_t": "2"}, "MC", "no row has sd_change (or sd_c)"), ({"r_pre_post": "0.5"}, "MC", "no row has sd_change (or sd_t and sd_c)"),
    ({"sd_c": "2"}, "SMCC", "no row has sd_change (or sd_t)"), ({"sd_t": "2"}, "SMCR", "no row has sd_c"),
    ({"sd_change": "2", "sd_c": "2"}, "SMCR", "no row has r_pre_post"), ({"n_pairs": "", "sd_t": "2", "sd_c": "2"}, "MC", "no row has n_pairs"),
])  # fmt: skip
def test_changes_that_no_correlation_mends(tmp_path, cells, measure, columns):
    (problem,) = found(
        tmp_path / "r",
        [{"study": s, **{k: v for k, v in (CHANGE | cells).items() if v}} for s in "ab"],
        measure=measure,
    )
    assert f"{columns}." in problem.message


@pytest.mark.parametrize(("cells", "measure"), [
    ({"sd_t": "2", "sd_c": "2.1"}, "MC"), ({"sd_t": "2", "sd_c": "2.1"}, "SMCC"), ({"sd_t": "2", "sd_c": "2.1"}, "SMCR"), ({"sd_change": "2"}, "SMCC"),
    ({"sd_c": "2", "r_pre_post": "0.4"}, "SMCR"), ({"sd_t": "2", "sd_c": "2.1", "r_pre_post": "0.4"}, "MC"),
])  # fmt: skip
def test_changes_that_a_row_can_give_under_some_correlation(tmp_path, cells, measure):
    rows = [{"study": s, **CHANGE, **cells} for s in "ab"]
    assert found(tmp_path / "r", rows, measure=measure) == []
    verdicts = audited(tmp_path / "s", claims=[claim("k", "k", "2")], rows=rows, measure=measure)
    assert verdicts["k"].verdict != "NOT_CHECKABLE"
