"""NOT_CHECKABLE always says what is missing, in a sentence."""

import pytest

from making import DIFFERS, audited, claim

COUNTS = [
    {"study": f"S{i}", "events_t": e, "n_t": 20 + i, "events_c": f, "n_c": 21}
    for i, (e, f) in enumerate([(4, 8), (6, 9), (2, 7), (5, 9)])
]
MEANS = [
    {"study": f"S{i}", "mean_t": t, "sd_t": 1.2, "n_t": 20, "mean_c": 5, "sd_c": 1.3, "n_c": 22}
    for i, t in enumerate((4, 3.5, 4.4))
]
ZEROS = [{"study": f"S{i}", "events_t": 0, "n_t": n, "events_c": 0, "n_c": n} for i, n in enumerate((20, 30, 40))]
PROPORTIONS = [{"study": f"S{i}", "events": e, "n": n} for i, (e, n) in enumerate([(4, 20), (6, 30), (0, 15)])]
QUANTITIES = ("estimate", "se", "q", "tau2", "h2")  # nothing that could contradict itself


def numbers(*more):
    return [claim(q, q, "0.5") for q in (*QUANTITIES, *more)]


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("RR", "events and n of both arms"),
        ("SMD", "mean, SD and n of both arms"),
        ("PR", "events and n"),
        ("ZCOR", "the correlation and n"),
        ("GEN", "the effect with its standard error or interval"),
    ],
)
def test_the_table_that_is_not_public(tmp_path, measure, words):
    found = audited(tmp_path / "r", claims=[claim("est", "estimate", "0.5"), claim("k", "k", "7")], measure=measure)[
        "est"
    ]
    assert (
        found.message == f"The per-study table of 'Made up' is not public. Missing, for each of the 7 studies: {words}."
    )
    assert found.causes
    assert all(c.startswith("per study: ") for c in found.causes)


@pytest.mark.parametrize(
    ("certainty", "read", "word"),
    [("read", "full text", "Nothing in the reviews at hand"), ("secondary", "full text", "somebody else's summary")],
)
def test_a_number_outside_analyses(tmp_path, certainty, read, word):
    found = audited(
        tmp_path / "r", claims=[{**claim("n", "count", "40"), "analysis": "", "certainty": certainty}], analyses={}
    )["n"]
    assert found.message.startswith(word) or word in found.message
    assert "the list of what was counted" in found.causes


DEGENERATE = {
    "every SD missing": ({"rows": [{k: v for k, v in r.items() if not k.startswith("sd")} for r in MEANS], "measure": "MD"}, "No study gives a usable MD: sd_t, sd_c not reported."),
    "nothing at all": ({"rows": [{"study": "A", "note": "nothing"}]}, "No row holds a complete set of numbers for any measure."),
    "other data than the measure needs": ({"rows": COUNTS, "measure": "MD"}, "No study gives a usable MD"),
    "change scores": ({"rows": MEANS, "measure": "MC"}, "No study gives a usable MC"),
    "standardised change": ({"rows": MEANS, "measure": "SMCC"}, "No study gives a usable SMCC"),
    "weights that are not given": ({"rows": MEANS, "measure": "MD", "method": {"model": "user-weights"}}, "The weight of study 'S0' in column printed_weight is ''"),
    "Q centred for means": ({"rows": MEANS, "measure": "MD", "method": {"model": "random", "q": "mantel-haenszel"}}, "not for MD"),
    "mixed model of means": ({"rows": MEANS, "measure": "MD", "method": {"model": "glmm"}}, "MD"),
    "profile interval without ML": ({"rows": MEANS, "measure": "MD", "method": {"tau2": "DL", "ci": "profile"}}, "profile"),
    "Peto of risk ratios": ({"rows": COUNTS, "measure": "RR", "method": {"model": "peto"}}, "Peto's method pools odds ratios, not RR."),
    "Mantel-Haenszel of means": ({"rows": MEANS, "measure": "SMD", "method": {"model": "mantel-haenszel"}}, "not for SMD"),
    "Mantel-Haenszel with Hartung-Knapp": ({"rows": COUNTS, "measure": "RR", "method": {"model": "mantel-haenszel", "ci": "hksj"}}, "do not go together: model mantel-haenszel, ci hksj"),
    "common effect with tau²": ({"rows": COUNTS, "measure": "RR", "method": {"model": "common", "tau2": "DL"}}, "do not go together: model common, tau2 DL"),
    "no event anywhere": ({"rows": ZEROS, "measure": "OR", "method": {"model": "peto"}}, "no event, or nothing else, in both arms, so that Peto's odds ratio is not defined"),
    "no event, no correction": ({"rows": ZEROS, "measure": "RR", "method": {"zero_cells": {"to": "none"}, "model": "random"}}, "RR is not defined for these counts without a correction"),
    "no event, risk difference": ({"rows": ZEROS, "measure": "RD", "method": {"model": "mantel-haenszel"}}, "has a standard error of 0: no event"),
    "moderator in words": ({"rows": [{**r, "x_dose": i or "low"} for i, r in enumerate(COUNTS)], "measure": "RR", "moderators": ["dose"]}, "Moderator 'dose' of study 'S0' is 'low', not a number."),
    "moderator missing": ({"rows": [*({**r, "x_dose": ""} for r in COUNTS), {**COUNTS[0], "study": "Other", "outcome": "death", "x_dose": 1}], "measure": "RR", "moderators": ["dose"]}, "Moderator 'dose' of study 'S0' is not reported."),
    "logarithm of a moderator of 0": (
        {"rows": [{**r, "x_dose": i} for i, r in enumerate(COUNTS)], "measure": "RR", "moderators": [{"column": "dose", "transform": "log"}]}, "Moderator 'dose' is 0 in some study: its log is not defined."),
    "moderator that never changes": ({"rows": [{**r, "x_dose": 1} for r in COUNTS], "measure": "RR", "moderators": ["dose"]}, "cannot determine 2 coefficients"),
    "meta-regression under Mantel-Haenszel": (
        {"rows": [{**r, "x_dose": i} for i, r in enumerate(COUNTS)], "measure": "RR", "moderators": ["dose"], "method": {"model": "mantel-haenszel"}}, "A meta-regression is not defined for the mantel-haenszel model."),
}  # fmt: skip


@pytest.mark.parametrize("case", DEGENERATE)
def test_what_cannot_be_computed_is_said_in_a_sentence(tmp_path, case):
    main, words = DEGENERATE[case]
    for row in audited(tmp_path / "r", claims=numbers(), **main).values():
        assert row.verdict == "NOT_CHECKABLE"
        assert words in row.message
        assert "nan" not in row.message
        assert not row.message[0].islower()


def test_the_columns_that_are_missing_are_listed(tmp_path):
    main, _ = DEGENERATE["every SD missing"]
    assert audited(tmp_path / "r", claims=numbers(), **main)["estimate"].causes == (
        "per study: SD, treatment",
        "per study: SD, control",
    )


@pytest.mark.parametrize(
    ("quantity", "rows", "method", "words"),
    [
        (
            "pi_low",
            MEANS[:2],
            {"model": "random", "pi": "t-k-2"},
            "The prediction interval by t with k − 2 df needs more than 2 studies.",
        ),
        ("pi_low", MEANS, {"model": "common"}, "The common-effect model has no prediction interval."),
        ("i2_low", MEANS[:1], {}, "The lower limit of I² is not defined for one study."),
        ("r2", MEANS, {}, "R² belongs to a meta-regression; review.yaml names no moderators."),
        ("events_t", MEANS, {}, "The number of events in the treatment arm is not reported for every study."),
        ("mean_t", MEANS, {}, "The mean of the treatment arm is about one study; the analysis has 3."),
        ("nnt", MEANS, {}, "A number needed to treat needs counts in two groups."),
        ("subgroup_p", MEANS, {}, "The analysis has no subgroups."),
    ],
)
def test_a_quantity_that_is_not_defined(tmp_path, quantity, rows, method, words):
    found = audited(tmp_path / "r", claims=[claim("c", quantity, "1")], rows=rows, measure="MD", method=method)["c"]
    assert (found.verdict, found.message) == ("NOT_CHECKABLE", words)


def test_a_mixed_model_has_no_interval_of_i2(tmp_path):
    found = audited(
        tmp_path / "r",
        claims=[claim("i2_low", "i2_low", "1")],
        rows=PROPORTIONS,
        measure="PLO",
        method={"model": "glmm"},
    )["i2_low"]
    assert (found.verdict, found.message) == ("NOT_CHECKABLE", "The mixed model gives no lower limit of I².")


def test_part_of_the_table(tmp_path):
    claims = [
        claim("est", "estimate", "-1.20"),
        claim("k", "k", "5"),
        claim("one", "study_estimate", "-1.00", subject="S0"),
        claim("m", "mean_t", "4", subject="S0"),
    ]
    found = audited(tmp_path / "r", claims=claims, rows=MEANS, measure="MD", data="partial", method={"variance": "LS"})
    assert (found["est"].verdict, found["k"].verdict) == ("NOT_CHECKABLE", "NOT_CHECKABLE")
    assert "From the 3 studies that are usable ours would be -1.03" in found["est"].message
    assert found["est"].value == pytest.approx(-1.03, abs=0.01)
    assert (found["one"].verdict, found["m"].verdict) == ("EXACT", "EXACT")


def test_a_percentage_that_no_whole_number_gives_is_named(tmp_path):
    rows = [{"study": "S0", "events_t": "21%", "n_t": 50, "events_c": "40%", "n_c": 50}, *COUNTS[1:]]
    found = audited(tmp_path / "r", claims=[claim("est", "estimate", "9.00")], rows=rows, measure="RR")["est"]
    assert found.verdict == "NOT_CHECKABLE"
    assert "Missing: S0 (events, treatment; 21% of 50 is no whole number of people)." in found.message
    assert found.causes == ("S0: events, treatment",)


def test_a_percentage_that_several_numbers_give_is_named(tmp_path):
    rows = [{"study": "S0", "events_t": "11%", "n_t": 497, "events_c": "40%", "n_c": 50}, *COUNTS[1:]]
    found = audited(tmp_path / "r", claims=[claim("est", "estimate", "9.00")], rows=rows, measure="RR")["est"]
    assert found.verdict == "NOT_CHECKABLE"
    # 52/497 is 10.46 %, 53 is 10.66 %, 57 is 11.47 %, 58 is 11.67 %
    assert "S0 (events, treatment; 11% of 497 may be 53 to 57 people: give the number)" in found.message


def test_one_study_without_sd(tmp_path):
    rows = [*MEANS[:2], {k: v for k, v in MEANS[2].items() if k != "sd_t"}]
    claims = [claim("est", "estimate", "-9.00"), claim("one", "study_estimate", "-7.00", subject="S0")]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="MD", method={"variance": "LS"})
    assert found["est"].verdict == "NOT_CHECKABLE"
    assert "Missing: S2 (SD, treatment)." in found["est"].message
    assert found["one"].verdict in DIFFERS  # its own row is complete
