"""Numbers that a review prints for each study."""

import math

import pytest
from scipy import stats

from making import DIFFERS, audited
from metaudit.errors import InputError

ROW = {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}
OTHER = {"study": "B", "events_t": 15, "n_t": 60, "events_c": 25, "n_c": 55}
Y, V = math.log(0.5), 1 / 10 - 1 / 50 + 1 / 20 - 1 / 50
METHOD = {"model": "common", "ci": "wald", "zero_cells": {"add": 0.5, "to": "only-zero"}}


def limits(level):
    z = stats.norm.ppf(0.5 + level / 2)
    return {
        "printed_ci_low": f"{math.exp(Y - z * math.sqrt(V)):.2f}",
        "printed_ci_high": f"{math.exp(Y + z * math.sqrt(V)):.2f}",
    }


def rows(folder, *table, method=METHOD):
    return {
        name.split(":", 1)[1]: r
        for name, r in audited(folder, claims=[], rows=list(table), measure="RR", method=method).items()
    }


def test_each_filled_cell_is_a_claim(tmp_path):
    found = rows(tmp_path / "r", {**ROW, "printed_effect": "0.50", **limits(0.95), "printed_weight": "36.5%"}, OTHER)
    assert set(found) == {f"row2:printed_{c}" for c in ("effect", "ci_low", "ci_high", "weight")}
    assert {r.verdict for n, r in found.items() if "weight" not in n} == {"EXACT"}
    assert found["row2:printed_effect"].subject == "row 2"
    assert found["row2:printed_weight"].value == pytest.approx(
        100 / V / (1 / V + 1 / (1 / 15 - 1 / 60 + 1 / 25 - 1 / 55))
    )


def test_a_mistyped_cell_is_found_and_only_that(tmp_path):
    found = rows(tmp_path / "r", {**ROW, "printed_effect": "0.50", **limits(0.95), "printed_ci_high": "0.98"}, OTHER)
    assert {n for n, r in found.items() if r.verdict in DIFFERS} == {"row2:printed_ci_high"}


@pytest.mark.parametrize(("level", "verdict"), [("0.99", "EXACT"), ("", "OTHER_SPEC")])
def test_the_rows_own_level_governs_its_printed_interval(tmp_path, level, verdict):
    found = rows(tmp_path / "r", {**ROW, **limits(0.99), "ci_level": level}, OTHER)
    assert {r.verdict for r in found.values()} == {verdict}


def test_without_one_the_analysis_level_does(tmp_path):
    found = rows(tmp_path / "r", {**ROW, **limits(0.9)}, OTHER, method={**METHOD, "level": 0.9})
    assert {r.verdict for r in found.values()} == {"EXACT"}


def test_two_rows_of_one_study_are_audited_apart(tmp_path):
    found = rows(
        tmp_path / "r",
        {**ROW, "comparison": "a", "printed_effect": "0.50"},
        {**OTHER, "study": "A", "comparison": "b", "printed_effect": "0.50"},
    )
    assert found["row2:printed_effect"].verdict == "EXACT"
    assert found["row3:printed_effect"].verdict in DIFFERS


# metafor 3.8-1: summary(escalc(measure = "PFT", xi = c(16, 10, 4), ni = c(17, 12, 8)), transf = transf.ipft, ni = c(17, 12, 8))
SHARES = (
    ("16", "17", "0.9412", "0.7646", "1.0000"),
    ("10", "12", "0.8333", "0.5605", "0.9959"),
    ("4", "8", "0.5000", "0.1532", "0.8468"),
)


def shares(folder, measure):
    names = ("events", "n", "printed_effect", "printed_ci_low", "printed_ci_high")
    table = [{"study": f"S{i}", **dict(zip(names, r, strict=True))} for i, r in enumerate(SHARES)]
    method = {"model": "common", "ci": "wald", "zero_cells": {"to": "none"}}
    return audited(folder, claims=[], rows=table, measure=measure, method=method)


def test_a_double_arcsine_of_a_study_goes_back_at_its_own_size(tmp_path):
    found = shares(tmp_path / "r", "PFT")
    assert len(found) == 9
    assert {r.verdict for r in found.values()} == {"EXACT"}


def test_the_search_knows_that_way_back(tmp_path):
    found = shares(tmp_path / "r", "PAS")
    assert {r.verdict for r in found.values()} == {"EXACT", "OTHER_SPEC"}
    assert "double arcsine" in found["main:row3:printed_ci_low"].message


def printed_log(base=1.0):
    half = stats.norm.ppf(0.975) * math.sqrt(V)
    cells = {"printed_effect": Y, "printed_ci_low": Y - half, "printed_ci_high": Y + half}
    return {name: f"{x / base:.2f}" for name, x in cells.items()}


@pytest.mark.parametrize(("scale", "base"), [("log", 1.0), ("analysis", 1.0), ("log10", math.log(10))])
def test_a_row_says_on_which_scale_it_is_printed(tmp_path, scale, base):
    cells = {**ROW, **printed_log(base), "printed_weight": "39.5%", "printed_scale": scale}
    found = rows(tmp_path / "r", cells, OTHER)
    weight = found.pop("row2:printed_weight")
    assert {r.verdict for r in found.values()} == {"EXACT"}
    assert found["row2:printed_effect"].value == pytest.approx(Y / base)
    assert "come out as risk ratio" in found["row2:printed_effect"].message
    assert weight.value == pytest.approx(39.5, abs=0.05)


def test_a_row_is_printed_on_the_natural_scale_where_it_says_nothing(tmp_path):
    found = rows(tmp_path / "r", {**ROW, "printed_effect": "0.50", "printed_scale": ""}, OTHER)
    assert found["row2:printed_effect"].verdict == "EXACT"
    found = rows(tmp_path / "s", {**ROW, "printed_effect": "0.50", "printed_scale": "log"}, OTHER)
    assert found["row2:printed_effect"].verdict in DIFFERS


def test_percent_is_a_scale_of_rows(tmp_path):
    found = rows(tmp_path / "r", {**ROW, "printed_effect": "50", "printed_scale": "percent"}, OTHER)
    assert found["row2:printed_effect"].verdict == "EXACT"


def test_a_scale_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"extraction.csv, row 2, column printed_scale: 'ln' is not .* natural, analysis, log"
    ):
        rows(tmp_path / "r", {**ROW, "printed_effect": "0.50", "printed_scale": "ln"}, OTHER)


def test_results_on_a_scale_that_nobody_says_are_named_so(tmp_path):
    found = rows(tmp_path / "r", {**ROW, **printed_log(), "note": "as printed"}, OTHER)
    for cell in ("printed_effect", "printed_ci_low"):
        r = found[f"row2:{cell}"]
        assert (r.verdict, r.causes) == ("DIFFERENT", ("printed on the log scale",))
        assert "printed_scale in extraction.csv" in r.message


def test_one_result_that_is_a_logarithm_by_accident_is_not(tmp_path):
    found = rows(
        tmp_path / "r", {**ROW, "printed_effect": f"{Y:.2f}", "note": "as printed"}, {**OTHER, "printed_effect": "0.55"}
    )
    assert found["row2:printed_effect"].verdict == "OUT_OF_ENVELOPE"
    assert "log scale" not in found["row2:printed_effect"].message


# Reported hazard ratios: estimate and limits were rounded each by itself, so that no interval lies evenly on the log scale.
RATIOS = (
    ("0.90", "0.24", "3.33"), ("1.60", "0.56", "4.61"), ("2.89", "1.00", "8.32"), ("5.16", "1.47", "18.07"),
    ("5.47", "2.55", "11.76"), ("1.28", "0.73", "2.27"), ("1.34", "0.42", "4.25"),
)  # fmt: skip


def ratios(folder, **changed):
    names = ("effect", "ci_low", "ci_high")
    table = [{"study": f"S{i}", **dict(zip(names, r, strict=True))} for i, r in enumerate(RATIOS)]
    table = [{**r, **{f"printed_{n}": r[n] for n in names}} for r in table]
    table[0] |= changed
    return audited(
        folder, claims=[], rows=table, measure="GEN-LOG", method={"model": "random", "tau2": "DL", "ci": "wald"}
    )


def test_a_number_that_is_the_typed_cell_agrees(tmp_path):
    found = ratios(tmp_path / "r")
    assert len(found) == 21
    assert {r.verdict for r in found.values()} == {"EXACT", "WITHIN_ROUNDING"}
    high = found["main:row2:printed_ci_high"]
    assert high.verdict == "WITHIN_ROUNDING"
    assert high.message.startswith("3.33 is ci_high of the row as it was typed in. Ours is 3.352")


@pytest.mark.parametrize("printed", ["3.43", "3.25"])
def test_one_that_differs_from_it_is_still_judged_by_ours(tmp_path, printed):
    found = ratios(tmp_path / "r", printed_ci_high=printed)
    assert found["main:row2:printed_ci_high"].verdict in DIFFERS
    assert "typed in" not in ratios(tmp_path / "s", printed_ci_high="3.31")["main:row2:printed_ci_high"].message


def test_a_typed_interval_that_no_rounding_makes_uneven_is_still_told(tmp_path):
    found = ratios(tmp_path / "r", ci_high="5.33", printed_ci_high="5.33")
    assert found["main:row2:printed_ci_high"].verdict in DIFFERS


def weighed(folder, weights):
    table = [
        {**ROW, "printed_weight": weights[0]},
        {**OTHER, "printed_weight": weights[1]},
        {**THIRD, "printed_weight": weights[2]},
    ]
    one = {"title": "One", "select": {"outcome": "pain"}, "data": "complete", "measure": "RR"}
    common, random = {**METHOD}, {**METHOD, "model": "random", "tau2": "DL"}
    analyses = {"c": {**one, "method": common}, "r": {**one, "method": random}}
    return audited(folder, claims=[], rows=table, analyses=analyses)


THIRD = {"study": "C", "events_t": 30, "n_t": 60, "events_c": 20, "n_c": 60}
# metafor 3.8-1: weights(rma(measure = "RR", ai = c(10, 15, 30), n1i = c(50, 60, 60), ci = c(20, 25, 20), n2i = c(50, 55, 60), method = "DL"))
RANDOM = ("30.9", "33.7", "35.5")


def test_weights_of_shared_rows_are_those_of_the_analysis_that_gives_them(tmp_path):
    found = weighed(tmp_path / "r", RANDOM)
    assert {found[f"r:row{i}:printed_weight"].verdict for i in (2, 3, 4)} == {"EXACT"}
    other = found["c:row2:printed_weight"]
    assert (other.verdict, other.criterion, other.causes) == ("NOT_CHECKABLE", "printed for another analysis", ())
    assert "that of analysis 'r'" in other.message
    assert other.ask == ""


def test_a_wrong_weight_is_told_once_of_the_analysis_that_gives_the_others(tmp_path):
    found = weighed(tmp_path / "r", (RANDOM[0], RANDOM[1], "39.9"))
    differs = {n for n, r in found.items() if r.verdict in DIFFERS}
    assert differs == {"r:row4:printed_weight"}


def test_weights_that_no_analysis_gives_stay_with_each(tmp_path):
    found = weighed(tmp_path / "r", ("50.0", "40.0", "10.0"))
    assert {n for n, r in found.items() if r.verdict in (*DIFFERS, "OTHER_SPEC")} == set(found)
