"""One tau2 for all subgroups: stated, it is the way; not stated, another way of the numbers of subgroups and of the test between."""

import pytest

from making import audited, claim
from metaudit.audit_words.french import french

# Effects, variances and groups; the expected numbers below are those of R metafor 3.8-1, rma(yi, vi, mods = ~ g - 1), its predict and
# confint, and rma(yi, vi, mods = ~ g) for the test between the groups.
DATA = [
    (-0.492, 0.1465, "other"), (0.981, 0.1528, "caucasian"), (0.197, 0.0124, "caucasian"), (-0.656, 0.0185, "other"),
    (0.182, 0.0367, "caucasian"), (-0.492, 0.1465, "other"), (-0.382, 0.017, "caucasian"), (0.118, 0.2361, "caucasian"),
    (-0.367, 0.0192, "other"), (0.636, 0.1699, "caucasian"), (-1.46, 0.0474, "other"), (-0.33, 0.0747, "other"),
    (1.05, 0.0964, "other"),
]  # fmt: skip
ROWS = [
    {"study": f"S{i}", "effect": str(y), "variance": str(v), "x_g": g, "source": "paper", "certainty": "read"}
    for i, (y, v, g) in enumerate(DATA, start=1)
]
DL = {"model": "random", "tau2": "DL", "ci": "wald"}
HKSJ = {**DL, "ci": "hksj"}
BY_Z = [
    ("estimate", "g=caucasian", "0.22650"), ("ci_low", "g=caucasian", "-0.21905"), ("ci_high", "g=caucasian", "0.67204"),
    ("estimate", "g=other", "-0.42326"), ("ci_low", "g=other", "-0.82752"), ("ci_high", "g=other", "-0.01901"),
    ("p", "g=caucasian", "0.31908"), ("p", "g=other", "0.04016"), ("tau2", "g=other", "0.22743"), ("tau", "g=other", "0.47689"),
    ("subgroup_q", "", "4.48093"), ("q", "between", "4.48093"), ("subgroup_p", "", "0.03428"),
]  # fmt: skip
BY_KNHA = [
    ("p", "g=caucasian", "0.40200"),
    ("p", "g=other", "0.10009"),
    ("subgroup_q", "", "3.42975"),
    ("subgroup_p", "", "0.09104"),
]


def found(tmp_path, numbers, said, rows=ROWS, **keys):
    claims = [claim(f"c{i}", q, printed, subject=s, **keys) for i, (q, s, printed) in enumerate(numbers)]
    return audited(tmp_path / "r", claims=claims, rows=rows, measure="GEN", method=said, subgroups="g")


@pytest.mark.parametrize(("method", "numbers"), [(DL, BY_Z), (HKSJ, BY_KNHA)])
def test_one_tau2_that_is_stated_is_the_way(tmp_path, method, numbers):
    for row in found(tmp_path, numbers, {**method, "subgroup_tau2": "common"}).values():
        assert row.verdict == "EXACT", row
        assert "one τ² for all subgroups" in row.message


def test_it_may_be_stated_for_some_numbers(tmp_path):
    rows = found(tmp_path, BY_Z, DL, method="subgroup_tau2=common")
    assert {r.verdict for r in rows.values()} == {"EXACT"}


def test_a_number_of_separate_tau2s_is_not_given_by_a_stated_common_one(tmp_path):
    separate = [("estimate", "g=caucasian", "0.19572"), ("subgroup_q", "", "4.1237")]
    rows = found(tmp_path, separate, {**DL, "subgroup_tau2": "common"})
    assert all(r.verdict in ("DIFFERENT", "NEAR") for r in rows.values())
    for r in rows.values():
        assert "No method" not in r.message
        assert r.edits == ()


def test_the_interval_of_the_one_tau2_and_the_range_of_new_effects(tmp_path):
    limits = [("tau2_low", "g=other", "0.1235"), ("tau2_high", "g=other", "1.0742")]
    numbers = [*limits, ("pi_low", "g=caucasian", "-0.80896"), ("pi_high", "g=caucasian", "1.26195")]
    rows = found(tmp_path, numbers, {**DL, "subgroup_tau2": "common", "pi": "normal"})
    assert {r.verdict for r in rows.values()} == {"EXACT"}


def test_its_hartung_knapp_range_has_the_degrees_of_freedom_that_the_regression_leaves(tmp_path):
    numbers = [("pi_low", "g=caucasian", "-0.96883"), ("pi_high", "g=caucasian", "1.42182")]
    rows = found(tmp_path, numbers, {**HKSJ, "subgroup_tau2": "common", "pi": "t-k-1"})
    assert {r.verdict for r in rows.values()} == {"EXACT"}


def test_numbers_of_all_studies_and_counts_stay_what_they_are(tmp_path):
    numbers = [("k", "g=other", "7"), ("subgroup_df", "", "1"), ("estimate", "", "-0.127"), ("q_df", "g=other", "6")]
    separate, common = (
        [r.value for r in found(tmp_path / t, numbers, {**DL, "subgroup_tau2": t}).values()]
        for t in ("separate", "common")
    )
    assert separate == common


def test_i2_between_is_not_made_of_an_f(tmp_path):
    row = found(tmp_path, [("subgroup_i2", "", "77.7%")], {**HKSJ, "subgroup_tau2": "common"})["c0"]
    assert row.verdict == "NOT_CHECKABLE"
    assert "F test" in row.message


def test_a_centre_that_has_no_regression_is_said(tmp_path):
    said = {"model": "user-weights", "tau2": "DL", "subgroup_tau2": "common"}
    weighted = [{**r, "printed_weight": "7.7"} for r in ROWS]
    row = found(tmp_path, [("estimate", "g=other", "0.1")], said, weighted)["c0"]
    assert row.verdict == "NOT_CHECKABLE"
    assert "one τ² for all are pooled by inverse variances" in row.message


def test_a_model_without_tau2_has_none_to_share(tmp_path):
    row = found(
        tmp_path, [("estimate", "g=other", "-0.4")], {"model": "common", "ci": "wald", "subgroup_tau2": "common"}
    )["c0"]
    assert row.verdict in ("EXACT", "DIFFERENT", "NEAR")
    assert "τ² for all" not in row.message


ALONE = [n for n in BY_Z if n[0] not in ("tau2", "tau", "q")]


@pytest.mark.parametrize("said", [DL, {**DL, "software": "R metafor 3.8"}, {"model": "random", "ci": "wald"}])
def test_one_tau2_is_another_way_where_nothing_is_said(tmp_path, said):
    for row in found(tmp_path, ALONE, said).values():
        assert row.verdict == "UNDERSPECIFIED", row
        assert "one τ² for all subgroups" in row.causes
        assert "No method" not in row.message


def test_the_hartung_knapp_test_between_is_an_f_test(tmp_path):
    for row in found(tmp_path, BY_KNHA, HKSJ).values():
        assert (row.verdict, row.causes) == ("UNDERSPECIFIED", ("one τ² for all subgroups",))


@pytest.mark.parametrize("said", [{"subgroup_tau2": "separate"}, {"software": "RevMan 5.3"}])
def test_it_is_no_way_where_separate_ones_are_stated_or_the_program_has_no_other(tmp_path, said):
    for row in found(tmp_path, ALONE, {**DL, **said}).values():
        assert row.verdict not in ("EXACT", "UNDERSPECIFIED", "WITHIN_ROUNDING")
        assert "τ² for all subgroups" not in row.message


def test_one_mistyped_number_among_them_is_compared_with_the_same_way(tmp_path):
    rows = found(tmp_path, [*ALONE, ("ci_high", "g=caucasian", "0.76204")], DL)
    wrong = rows.pop(f"c{len(ALONE)}")
    assert {r.verdict for r in rows.values()} == {"UNDERSPECIFIED"}
    assert wrong.verdict in ("NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")
    assert wrong.value == pytest.approx(0.672043785889, abs=1e-9)
    assert "one τ² for all subgroups" in wrong.message
    assert wrong.edits == ()


def test_a_number_that_it_gives_by_chance_beside_those_of_the_usual_way_is_no_other_way(tmp_path):
    usual = [
        ("estimate", "g=caucasian", "0.19572"),
        ("ci_low", "g=caucasian", "-0.16339"),
        ("subgroup_q", "", "4.1237"),
    ]
    row = list(found(tmp_path, [*usual, ("ci_high", "g=caucasian", "0.67204")], DL).values())[-1]
    assert row.verdict in ("NEAR", "DIFFERENT", "OUT_OF_ENVELOPE", "INCONSISTENT")
    assert "τ² for all subgroups" not in row.message


def test_rounding_of_the_inputs_may_excuse_a_number_that_it_nearly_gives(tmp_path):
    numbers = [("estimate", "g=other", "-0.423"), ("subgroup_q", "", "4.48"), ("estimate", "g=caucasian", "0.22652")]
    row = list(found(tmp_path, numbers, DL).values())[-1]
    assert (row.verdict, row.causes) == ("WITHIN_ROUNDING", ("inputs printed with few digits",))
    assert row.value == pytest.approx(0.22649585846, abs=1e-9)


def test_the_choice_is_told_in_french():
    assert french("one τ² for all subgroups") == "un seul τ² pour tous les sous-groupes"
