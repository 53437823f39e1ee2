"""What stands in the tables of findings, heterogeneity, sensitivity and characteristics."""

import pytest

from metaudit.tables.characteristics import columns_of, put_together, study_rows
from metaudit.tables.findings import APART, CAPPED, NO_EVENTS, finding_rows, per_thousand
from metaudit.tables.heterogeneity import heterogeneity_rows
from metaudit.tables.kinds import KINDS, tables_of
from metaudit.tables.sensitivity import sensitivity_rows
from metaudit.tables.summary import analysis_rows


def test_findings_of_events_stand_at_the_median_control_risk(made_review, made_analysis):
    (row,) = finding_rows(made_review(made_analysis()))
    assert row["control"] == "200"
    assert row["control_range"] == "100 to 300"
    assert row["treated"] == "100"
    assert row["difference"] == "-100 (-150 to 0)"
    assert row["needed"] == "NNTB 10 (NNTB 7 to ∞)"
    assert (row["k"], row["n"], row["effect"]) == ("3", "62", "0.50 (0.25 to 1.00)")


def test_findings_say_when_a_risk_is_held(made_review, made_analysis, fit):
    review = made_review(made_analysis(pooled=(fit | {"estimate": "2", "ci_low": "1", "ci_high": "9"},)))
    (row,) = finding_rows(review)
    assert row["difference"] == "200 (0 to 800)"
    assert row["note"] == CAPPED


@pytest.mark.parametrize(
    ("risk", "ratio", "shown", "note"),
    [
        ("286.5", "2.4", ("286", "688", "401"), APART),  # 687.6 - 286.5 = 401.1
        ("286", "2.4", ("286", "686", "400"), ""),
        ("15.9", "0.49", ("16", "7.8", "-8.1"), APART),
        ("500", "3", ("500", "1000", "500"), CAPPED),
        ("600.5", "9", ("600", "1000", "399"), f"{CAPPED}; {APART}"),
        ("600.6", "9", ("601", "1000", "399"), CAPPED),
    ],
)
def test_a_difference_that_is_not_that_of_the_rounded_risks_is_said_to_be(
    made_review, made_analysis, fit, risk, ratio, shown, note
):
    controls = ({"row": "2", "events_c": risk, "n_c": "1000"},)
    pooled = (fit | {"estimate": ratio, "ci_low": "", "ci_high": ""},)
    (row,) = finding_rows(made_review(made_analysis(effects=controls, pooled=pooled)))
    assert (row["control"], row["treated"], row["difference"]) == shown
    assert row["note"] == note


def test_findings_without_events_in_the_controls_multiply_nothing(made_review, made_analysis):
    none = tuple({"row": str(i), "events_c": "0", "n_c": "10"} for i in (2, 3, 4))
    (row,) = finding_rows(made_review(made_analysis(effects=none)))
    assert row["control"] == "0"
    assert "difference" not in row
    assert row["note"] == NO_EVENTS


def test_a_risk_difference_needs_no_events_to_stand(made_review, made_analysis, fit):
    none = tuple({"row": str(i), "events_c": "0", "n_c": "10"} for i in (2, 3, 4))
    pooled = (fit | {"measure": "RD", "estimate": "0.2", "ci_low": "0.1", "ci_high": "0.3"},)
    (row,) = finding_rows(made_review(made_analysis(effects=none, pooled=pooled, favours="high")))
    assert (row["difference"], row["needed"]) == ("200 (100 to 300)", "NNTB 5 (NNTB 4 to NNTB 10)")


@pytest.mark.parametrize("measure", ["MD", "SMD", "IRR", "GEN", "ZCOR", "ROM"])
def test_findings_of_other_measures_are_the_effect_alone(made_review, made_analysis, fit, measure):
    (row,) = finding_rows(made_review(made_analysis(pooled=(fit | {"measure": measure},))))
    assert row["effect"] == "0.50 (0.25 to 1.00)"
    assert not {"control", "treated", "difference", "needed"} & set(row)


def test_findings_of_one_group_are_its_risk(made_review, made_analysis, fit):
    (row,) = finding_rows(made_review(made_analysis(pooled=(fit | {"measure": "PLO"},))))
    assert row["treated"] == "500 (250 to 1000)"
    assert "needed" not in row


def test_the_intercept_of_a_meta_regression_is_no_finding_and_is_called_one(made_review, made_analysis):
    terms = [{"term": "intercept"}, {"term": "dose"}, {"term": "year"}]
    review = made_review(made_analysis(regression=terms))
    assert finding_rows(review) == []
    (row,) = analysis_rows(review)
    assert row["method"].endswith("CI; meta-regression on dose, year: the estimate is the intercept")
    assert sensitivity_rows(review)[0]["note"] == "meta-regression on dose, year: the estimate is the intercept"


def test_events_without_an_interval_have_no_limits(made_review, made_analysis, fit):
    pooled = (fit | {"ci_low": "", "ci_high": ""},)
    (row,) = finding_rows(made_review(made_analysis(pooled=pooled)))
    assert (row["difference"], row["needed"]) == ("-100", "NNTB 10")


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0099, "9.9"), (0.00999, "10"), (0.25, "250"), (0, "0"), (-0.00812, "-8.1")]
)
def test_per_thousand(value, shown):
    assert per_thousand(value) == shown


def test_nothing_pooled_is_no_row(made_review, made_analysis):
    review = made_review(made_analysis(pooled=()))
    assert finding_rows(review) == heterogeneity_rows(review) == sensitivity_rows(review) == []
    assert [table.name for table in tables_of(review)] == ["analyses", "claims"]


def test_heterogeneity_with_its_intervals(made_review, made_analysis, fit):
    found = fit | {"q": "12.346", "q_df": "2", "q_p": "0.0021", "i2": "83.8", "i2_low": "50.1", "i2_high": "94.7"}
    found |= {
        "i2_q": "83.8",
        "tau2": "0.31",
        "tau2_low": "0",
        "tau2_high": "1.234",
        "h2": "6.17",
        "h2_low": "2",
        "h2_high": "",
    }
    found |= {"pi_low": "0.12", "pi_high": "2.2", "subgroup_q": "4.5", "subgroup_df": "1", "subgroup_p": "0.0005"}
    (row,) = heterogeneity_rows(made_review(made_analysis(pooled=(found,))))
    assert row["i2"] == "83.8 (50.1 to 94.7)"
    assert row["tau2"] == "0.310 (0 to 1.23)"
    assert row["h2"] == "6.17"  # half an interval is none
    assert (row["q"], row["q_df"], row["q_p"]) == ("12.35", "2", "0.002")
    assert row["prediction"] == "0.12 to 2.20"
    assert row["between"] == "Q = 4.50, df = 1, P < 0.001"


def test_one_study_has_neither_heterogeneity_nor_sensitivity(made_review, made_analysis, fit):
    review = made_review(made_analysis(pooled=(fit | {"k": "1"},)))
    assert heterogeneity_rows(review) == sensitivity_rows(review) == []
    assert len(finding_rows(review)) == 1


def test_sensitivity_names_the_extremes_and_counts_what_crosses(made_review, made_analysis):
    left_out = [
        {"study": "A", "estimate": "0.4", "ci_low": "0.2", "ci_high": "0.9", "p": "0.03"},
        {"study": "B", "estimate": "0.7", "ci_low": "0.4", "ci_high": "1.3", "p": "0.2"},
        {"study": "C", "estimate": "0.5", "ci_low": "0.3", "ci_high": "1.1", "p": "0.07"},
        {"study": "D", "estimate": "", "ci_low": "", "ci_high": "", "p": ""},
    ]
    rows = sensitivity_rows(made_review(made_analysis(leave_one_out=left_out)))
    found = {row["check"]: row for row in rows}
    assert found["lowest without a study"]["what"] == "without A"
    assert found["highest without a study"]["estimate"] == "0.70 (0.40 to 1.30)"
    assert found["lowest without a study"]["note"] == "as pooled it is significant; 2 of 3 omissions change that"


def test_sensitivity_keeps_the_estimate_of_a_test_apart_from_an_adjusted_effect(made_review, made_analysis):
    tests = [
        {"test": "peters", "stat": "1.5", "df": "1", "p": "0.3", "estimate": "0.9", "ci_low": "0.1", "ci_high": "2"},
        {
            "test": "trim-fill-L0",
            "p": "0.04",
            "estimate": "0.6",
            "ci_low": "0.4",
            "ci_high": "0.9",
            "filled": "1",
            "note": "left",
        },
        {"test": "failsafe-rosenthal", "filled": "12"},
        {"test": "a-new-one", "stat": "2", "p": "0.01"},
    ]
    rows = [
        r
        for r in sensitivity_rows(made_review(made_analysis(small_study=tests)))
        if r["check"] == "small-study effects"
    ]
    assert [row.get("estimate", "") for row in rows] == ["", "0.60 (0.40 to 0.90)", "", ""]
    assert [row["note"] for row in rows] == [
        "statistic 1.50 with 1 df",
        "1 study added; left",
        "N = 12",
        "statistic 2.00",
    ]
    assert [row["what"] for row in rows][-1] == "a new one"


def test_medians_are_of_the_measure_pooled_and_of_choices_that_differ(made_review, made_analysis):
    medians = [
        {"measure": "RR", "choice": "model", "value": "common", "number": "2", "median": "0.61"},
        {"measure": "RR", "choice": "model", "value": "random", "number": "9", "median": "0.5"},
        {"measure": "OR", "choice": "model", "value": "common", "number": "2", "median": "0.1"},
        {"measure": "RR", "choice": "zero_cells", "value": "0.5@only-zero", "number": "9", "median": "0.5"},
    ]
    rows = [r for r in sensitivity_rows(made_review(made_analysis(medians=medians))) if r["check"].startswith("median")]
    assert [(row["what"], row["estimate"], row["note"]) for row in rows] == [
        ("model", "0.50 to 0.61", "common effect 0.61; random effects 0.50")
    ]


ROWS = (
    {"row": "2", "study": "A", "year": "2001", "outcome": "pain", "n_t": "9", "x_dose": "0.5", "rob_blinding": "low"},
    {"row": "3", "study": "A", "year": "2001", "outcome": "sleep", "n_t": "10", "x_dose": "0.5", "rob_blinding": "low"},
    {"row": "4", "study": "A", "year": "2011", "outcome": "pain", "n_t": "100", "x_dose": "1", "rob_blinding": "high"},
)


def test_characteristics_put_the_rows_of_a_study_together(made_review, made_analysis):
    rows = tuple(row | {"certainty": c, "source": "s"} for row, c in zip(ROWS, ["read", "derived", ""], strict=True))
    review = made_review(made_analysis(), extraction=rows)
    first, second = study_rows(review)
    assert (first["outcomes"], first["n_t"], first["x_dose"], first["rows"]) == ("pain; sleep", "9 to 10", "0.5", "2")
    assert (first["certainty"], first["analyses"], second["analyses"]) == ("derived", "1", "1")
    assert (second["study"], second["year"]) == ("A", "2011")
    headings = [column.heading for column in columns_of(review)]
    assert "Dose" in headings
    assert "Risk of bias: blinding" in headings


def test_many_words_are_counted():
    assert put_together([""]) == ""
    assert put_together(["b", "a", "b", ""]) == "b; a"
    assert put_together(["10", "9", "10"]) == "9 to 10"
    assert put_together([f"w{i}" for i in range(9)]) == "w0; w1; w2; w3; w4; w5; 3 more"


def test_every_kind_has_its_own_name_and_its_columns_name_the_row_first(made_review, made_analysis):
    review = made_review(made_analysis(), extraction=ROWS)
    assert len({kind.name for kind in KINDS}) == len(KINDS) == 9
    for kind in KINDS:
        columns = kind.columns(review)
        assert len({column.name for column in columns}) == len(columns)
        for row in kind.rows(review):
            assert set(row) <= {column.name for column in columns}, kind.name
            assert row.get(columns[0].name), kind.name
