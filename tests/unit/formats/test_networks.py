"""A clear line for every network that cannot be."""

from __future__ import annotations

from making import claim, made
from metaudit.errors import InputError
from metaudit.network.checks import disagreements_of, number_problems

ARMS = {"1": "AB", "2": "BC", "3": "ABC"}


def arms(studies=ARMS, names=None):
    names = names or {"A": "Placebo", "B": "Aprotinin", "C": "Tranexamic acid"}
    return [
        {"study": s, "treatment": names.get(t, t), "mean": i, "sd": 1, "n": 20}
        for s, own in studies.items() for i, t in enumerate(own)
    ]  # fmt: skip


def problems(folder, rows, **main):
    try:
        made(folder, claims=[claim("k", "k", "3")], rows=rows, **{"measure": "MD", "network": {}, **main})
    except InputError as error:
        return error.problems
    return []


def test_a_network_that_can_be_has_no_problem(tmp_path):
    assert problems(tmp_path / "r", arms()) == []
    assert problems(tmp_path / "s", arms(), network=None) == []


def test_rows_without_a_treatment(tmp_path):
    rows = arms()
    rows[3]["treatment"] = ""
    (found,) = problems(tmp_path / "r", rows)
    assert (found.rule, found.row, found.column) == ("network-treatment", 5, "treatment")
    assert "study '2'" in found.message


def test_one_treatment_spelled_two_ways(tmp_path):
    rows = arms()
    rows[-2]["treatment"] = "Aprotonin"
    (found,) = problems(tmp_path / "r", rows)
    assert (found.rule, found.row) == ("network-spelling", 7)
    assert "distinct: [[Aprotinin, Aprotonin]]" in found.fix
    assert problems(tmp_path / "s", rows, network={"distinct": [["Aprotinin", "Aprotonin"]]}) == []


def test_a_network_in_parts_names_them(tmp_path):
    (found,) = problems(tmp_path / "r", arms({"1": "AB", "2": "BC", "3": "XY"}))
    assert found.rule == "network-disconnected"
    assert "Aprotinin, Placebo, Tranexamic acid | X, Y" in found.message
    assert found.row == 6


def test_one_study_is_no_network(tmp_path):
    (found,) = problems(tmp_path / "r", arms({"1": "ABC"}))
    assert found.rule == "network-one-study"


def test_treatments_that_no_row_has(tmp_path):
    found = problems(tmp_path / "r", arms(), network={"reference": "Placebos", "distinct": [["Aprotinin", "Heparin"]]})
    assert [p.rule for p in found] == ["network-unknown-treatment"] * 2
    assert all(p.file.endswith("review.yaml") and p.row for p in found)
    assert "Placebo" in next(p.fix for p in found if p.column.endswith("reference"))
    (picked,) = problems(tmp_path / "s", arms(), select={"outcome": "pain", "treatment": ["Placebo", "Aprotinine"]})
    assert picked.rule == "unresolvable-select"


def test_an_arm_twice_and_a_treatment_against_itself(tmp_path):
    rows = [{**r, "timepoint": "week 1"} for r in arms()]
    (found,) = problems(tmp_path / "r", [*rows, {**rows[0], "timepoint": "week 2"}])
    assert (found.rule, found.row) == ("network-arm-twice", 9)
    own = {"study": "9", "treatment": "Placebo", "treatment_c": "Placebo", "effect": 1, "se": 1}
    assert [p.rule for p in problems(tmp_path / "s", [*arms(), own])] == ["network-contrast-of-one"]


def test_rows_of_another_analysis_need_no_treatment(tmp_path):
    pair = [
        {"study": s, "outcome": "pair", "mean_t": 1, "sd_t": 1, "n_t": 9, "mean_c": 2, "sd_c": 1, "n_c": 9}
        for s in "xy"
    ]
    assert problems(tmp_path / "r", [*arms(), *pair]) == []


def contrast(first, second, effect, se, study="9"):
    return {"study": study, "treatment": first, "treatment_c": second, "effect": effect, "se": se}


def review(folder, rows):
    return made(folder, claims=[], rows=rows, measure="MD", network={})


def test_a_negative_covariance_of_a_multi_arm_study(tmp_path):
    three = [
        contrast("Placebo", "Aprotinin", 1, 0.1),
        contrast("Placebo", "Tranexamic acid", 2, 0.1),
        contrast("Aprotinin", "Tranexamic acid", 1, 5),
    ]
    (found,) = number_problems(review(tmp_path / "r", [*arms(), *three]))
    assert (found.rule, found.row) == ("network-negative-variance", 9)
    well = [{**c, "se": 0.5} for c in three]
    assert number_problems(review(tmp_path / "s", [*arms(), *well])) == []
    (missing,) = number_problems(review(tmp_path / "t", [*arms(), *well[:2]]))
    assert missing.rule == "network-contrast-missing"


def test_comparisons_that_the_arms_do_not_give(tmp_path):
    right = contrast("Aprotinin", "Placebo", 1, "0.3162", study="1")
    assert list(disagreements_of(review(tmp_path / "r", [*arms(), right]))) == []
    (found,) = disagreements_of(review(tmp_path / "s", [*arms(), {**right, "effect": -1}]))
    assert (found.quantity, found.row) == ("sign", 9)
    (found,) = disagreements_of(review(tmp_path / "t", [*arms(), {**right, "se": "0.42"}]))
    assert found.quantity == "standard error"
