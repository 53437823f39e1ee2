"""The ketamine material: what the audit must find (issue 'The whole pipeline', cases that must come out)."""

import pytest

from metaudit import read_review
from metaudit.analyses import analysis_rows
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate
from metaudit.pooling.proportions import arm_proportions
from metaudit.specs import conventional
from metaudit.stages.table import readings


def test_orhurhu_percentages_name_the_smallest_counts(verdicts):
    rows = verdicts("orhurhu-2019")
    treatment, control = rows["resp-pt"], rows["resp-pc"]
    assert "20/39" in treatment.message
    assert "6/31" in control.message
    assert "7/36" in control.message
    assert "20/39 with 6/31 or 7/36" in treatment.message
    assert treatment.certainty == control.certainty == "unverified"


def test_orhurhu_seed_percentages_have_their_own_counts(verdicts):
    assert "18/35" in verdicts("orhurhu-2019")["seed-pt"].message
    assert verdicts("orhurhu-2019")["seed-pt"].certainty == "secondary"


def test_orhurhu_p_of_responders_is_normal_and_not_hartung_knapp(verdicts):
    row = verdicts("orhurhu-2019")["resp-p"]
    assert row.verdict == "WITHIN_ROUNDING"
    assert row.value == pytest.approx(0.0287, abs=5e-5)
    assert "under a normal test" in row.message
    assert "a Hartung-Knapp interval of k = 3 studies would mean P = .0407 and is excluded" in row.message


def test_orhurhu_p_of_pain_agrees_with_its_interval(verdicts):
    row = verdicts("orhurhu-2019")["md-p"]
    assert row.verdict == "WITHIN_ROUNDING"
    assert "-1.83 (-2.35 to -1.31)" in row.message


@pytest.mark.parametrize(
    "claim", ["md-est", "md-lo", "md-hi", "resp-est", "resp-lo", "resp-hi", "resp-pt", "resp-pc", "resp-i2"]
)
def test_orhurhu_pooled_values_are_not_checkable_and_say_what_is_missing(verdicts, claim):
    row = verdicts("orhurhu-2019")[claim]
    assert row.verdict == "NOT_CHECKABLE"
    assert "per-study table" in row.message
    assert row.causes
    assert all(cause.startswith("per study: ") for cause in row.causes)


@pytest.mark.parametrize(
    ("week", "p"), [("w1", 0.0045), ("w2", 0.0123), ("w4", 0.0696), ("w8", 0.0006), ("w12", 0.0069)]
)
def test_michelet_p_values_contradict_their_intervals_and_read_as_heterogeneity(verdicts, week, p):
    row = verdicts("michelet-2018")[f"{week}-p"]
    assert row.verdict == "INCONSISTENT"
    assert row.value == pytest.approx(p, abs=5e-5)
    assert "heterogeneity" in row.message
    assert any("heterogeneity" in cause for cause in row.causes)


def test_michelet_psychedelic_interval_is_not_accused(verdicts):
    rows = verdicts("michelet-2018")
    assert {rows[c].verdict for c in ("psy-est", "psy-lo", "psy-hi")} == {"NOT_CHECKABLE"}


@pytest.mark.parametrize(
    ("claim", "printed", "source"),
    [
        ("zhao-n", "158", "258"),
        ("merc-ref", "137", "138"),
        ("march-n", "50", "51"),
        ("ref-march", "55", "51"),
        ("lum-83", "83%", "80%"),
        ("lum-80", "80%", "83%"),
    ],
)
def test_mion_transcription_errors_are_found(verdicts, claim, printed, source):
    row = verdicts("mion-2024")[claim]
    assert row.verdict == "INCONSISTENT"
    assert row.criterion == "transcription"
    assert printed in row.message
    assert source in row.message


def test_mion_correct_transcriptions_are_not_accused(verdicts):
    rows = verdicts("mion-2024")
    for claim in ("zhao-imm", "zhao-late", "orh-t", "orh-c", "kief-n", "sig-n", "she-k", "rab-n"):
        assert rows[claim].verdict in ("EXACT", "WITHIN_ROUNDING"), claim


def test_sigtermans_is_analysed_with_the_number_after_plus_minus_as_se(reviews):
    review = read_review(reviews / "sigtermans-2009")
    found = readings(review, [convert(r) for r in review.rows])
    week1 = {r["reading"]: r for r in found if r["analysis"] == "week1"}
    assert week1["se"]["chosen"] is True
    assert week1["se"]["sd_t"] == pytest.approx(0.51 * 30**0.5)
    assert week1["sd"]["sd_t"] == 0.51
    assert "d = -5.59" in week1["sd"]["message"]
    assert "implausible" in week1["sd"]["message"]


def test_sigtermans_page_says_what_the_other_reading_would_have_given(reviews):
    page = (reviews.parents[1] / "results" / "report" / "sigtermans-2009.html").read_text(encoding="utf-8")
    assert "d = −5.59" in page or "d = -5.59" in page
    assert "implausible" in page


def test_noppers_p_comes_from_an_uncorrected_chi_square_only(verdicts):
    row = verdicts("noppers-2011")["m15-p"]
    assert row.verdict == "UNDERSPECIFIED"
    assert row.spec == "chi-square without correction"
    assert row.value == pytest.approx(0.0405, abs=5e-5)
    given, _, rest = row.message.partition("; ")
    assert "only the chi-square without correction (.0405)" in given
    assert "Fisher's exact test (.0995)" in rest
    assert "log risk ratio (.0693)" in rest


def test_early_responders_pooled_as_expected(reviews):
    """RR 2.09 (1.40 to 3.13) under REML and Wald, and the crude and modelled proportions of both arms."""
    review = read_review(reviews / "ketamine-responders")
    analysis = review.analyses["early-both-15-rr"]
    rows = analysis_rows(analysis, [convert(r) for r in review.rows])
    e = evaluate(conventional(analysis.measures, analysis.method), rows, analysis)
    assert [round(e.natural(x), 2) for x in (e.fit.estimate, e.fit.ci_low, e.fit.ci_high)] == [2.09, 1.4, 3.13]
    proportions = {(p["arm"], p["method"]): p for p in arm_proportions(e.effects, level=0.95)}
    assert proportions["treatment", "crude"]["proportion"] == pytest.approx((53 + 8) / (65 + 12))
    assert proportions["control", "crude"]["proportion"] == pytest.approx((13 + 3) / (32 + 12))
    assert 0.6 < proportions["treatment", "model"]["proportion"] < 0.9


def test_every_document_of_the_seed_has_verdicts(reviews, verdicts):
    """Reviews of which no data are public still have their row, with what is missing."""
    without = [
        "aiyer-2018",
        "aman-2021",
        "bredlau-2013",
        "cohen-2011",
        "hocking-2003",
        "noppers-2010",
        "shteamer-2019",
        "soto-2012",
        "zhou-2011",
        "shetty-2024",
        "zhao-2018",
    ]
    for review in without:
        rows = verdicts(review)
        assert rows, review
        not_checkable = [r for r in rows.values() if r.verdict == "NOT_CHECKABLE"]
        assert not_checkable, review
        assert all(r.causes for r in not_checkable), review
