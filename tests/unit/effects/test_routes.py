"""Every route to one number: which is taken, what the others give, and the file that shows them."""

import csv
import math

import numpy as np
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_ind_from_stats, ttest_rel

from making import claim, write_review
from metaudit.effects.convert import convert, every_route
from metaudit.formats.review import read_review
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed
from metaudit.stages.table import CONVERSIONS, read_extraction, write_table
from tolerances import EFFECT_SIZE, SAME_AGAIN

WORDS = {"study", "pm_is", "effect_type"}
DIFFERENCE = {"mean_t": "2.68", "n_t": "30", "mean_c": "5.45", "n_c": "28"}


def row(**cells: str) -> Row:
    return Row(2, {"study": "A", **cells}, {k: parse_printed(v) for k, v in cells.items() if k not in WORDS})


def routes(**cells: str) -> dict[str, tuple[list[tuple[str, float]], str]]:
    """Number -> its routes, and the name of the one taken."""
    return {
        n: ([(r.name, r.value) for r in found], taken.name) for n, found, taken in every_route(convert(row(**cells)))
    }


# medians


def test_five_numbers_give_mean_and_sd():
    out = convert(row(n_t="100", min_t="2", q1_t="6", median_t="9", q3_t="17", max_t="41"))
    assert out.get("mean_t") == pytest.approx(11.42008249231684, rel=EFFECT_SIZE)  # test_medians: R
    assert out.get("sd_t") == pytest.approx(8.051513794028617, rel=EFFECT_SIZE)
    assert out.routes["mean_t"].startswith(
        "mean_t = 11.4201: median, range and quartiles (Luo 2018); the data look skewed (test "
    )
    assert "range and quartiles (Shi 2020); the data look skewed" in out.routes["sd_t"]


def test_symmetric_data_are_not_called_skewed():
    out = convert(row(n_c="50", q1_c="4", median_c="5", q3_c="6.1"))
    assert out.routes["mean_c"] == "mean_c = 5.03539: median and quartiles (Luo 2018)"
    assert "skewed" not in out.routes["sd_c"]


def test_range_alone_and_quartiles_beside_a_mean():
    by_range = convert(row(n_t="7", min_t="2", median_t="9", max_t="41"))
    assert by_range.get("mean_t") == pytest.approx(15.02154479535895, rel=EFFECT_SIZE)
    beside = convert(row(n_t="30", mean_t="11", q1_t="6", q3_t="17"))
    assert beside.get("mean_t") == 11
    assert beside.get("sd_t") == pytest.approx(8.562622406657463, rel=EFFECT_SIZE)
    assert set(beside.routes) == {"sd_t"}


def test_four_people_or_no_median_are_too_little():
    assert math.isnan(convert(row(n_t="4", q1_t="1", median_t="2", q3_t="3")).get("mean_t"))
    assert math.isnan(convert(row(n_t="40", q1_t="1", q3_t="3")).get("mean_t"))
    assert math.isnan(convert(row(n_t="40", median_t="3")).get("sd_t"))


def test_reported_numbers_come_first():
    out = convert(row(n_t="30", mean_t="11", sd_t="8", min_t="2", q1_t="6", median_t="9", q3_t="17", max_t="41"))
    assert (out.get("mean_t"), out.get("sd_t"), out.routes) == (11, 8, {})


# one SD for both arms


def test_sd_from_the_test_of_the_difference():
    """A t test of two groups with one SD, printed as t, F, P, SE or interval, gives that SD back."""
    test = ttest_ind_from_stats(2.68, 2.7, 30, 5.45, 2.7, 28)
    se, q = abs((2.68 - 5.45) / test.statistic), student.ppf(0.975, 56)
    for cells in (
        {"t": repr(float(test.statistic))},
        {"f": repr(float(test.statistic**2))},
        {"p": repr(float(test.pvalue))},
        {"se": repr(float(se))},
        {"variance": repr(float(se**2))},
        {"ci_low": repr(float(-2.77 - q * se)), "ci_high": repr(float(-2.77 + q * se))},
    ):
        out = convert(row(**DIFFERENCE, **cells))
        assert out.get("sd_t") == out.get("sd_c") == pytest.approx(2.7, rel=SAME_AGAIN)
        assert out.routes["sd_t"].startswith("sd_t: one SD for both arms = 2.7: ")


@pytest.mark.parametrize(
    "cells",
    [{"p": "<.001"}, {"t": "0"}, {"p": "1"}, {}, {"t": "2", "mean_t": ""}, {"t": "2", "n_c": ""}],
)
def test_no_sd_from_what_does_not_hold_it(cells):
    given = {k: v for k, v in {**DIFFERENCE, **cells}.items() if v}
    assert math.isnan(convert(row(**given)).get("sd_t"))


def test_an_arms_own_spread_comes_before_the_test():
    out = convert(row(**DIFFERENCE, se_t="0.5", t="2"))
    assert out.get("sd_t") == pytest.approx(0.5 * math.sqrt(30))
    assert math.isnan(out.get("sd_c"))


# changes


def test_sd_of_change_from_a_paired_test():
    rng = np.random.default_rng(8)
    x, y = rng.normal(3, 1, 15), rng.normal(2, 1, 15)
    test, sd = ttest_rel(x, y), float((x - y).std(ddof=1))
    given = {"mean_t": repr(float(x.mean())), "mean_c": repr(float(y.mean())), "n_pairs": "15"}
    low, high = test.confidence_interval(0.95)
    for cells in (
        {"t": repr(float(test.statistic))},
        {"p": repr(float(test.pvalue))},
        {"se": repr(sd / math.sqrt(15))},
        {"ci_low": repr(float(low)), "ci_high": repr(float(high))},
    ):
        assert convert(row(**given, **cells)).get("sd_change") == pytest.approx(sd, rel=1e-8)


def test_paired_test_says_nothing_on_the_spread_of_the_arms():
    out = convert(row(**DIFFERENCE, n_pairs="28", t="2.5"))
    assert math.isnan(out.get("sd_t"))
    assert not math.isnan(out.get("sd_change"))


def test_a_test_without_the_means_gives_no_spread() -> None:
    out = convert(row(n_pairs="15", t="2.5"))
    assert "sd_change" not in out.values
    assert not out.routes


def test_shifted_inputs_shift_what_is_converted():
    plain, moved = (convert(row(n_t="30", q1_t="6", median_t="9", q3_t="17"), s) for s in (None, {"q3_t": 0.5}))
    assert moved.get("sd_t") > plain.get("sd_t")
    assert moved.slack["q3_t"] == 0.5


# several routes


def test_every_route_is_shown_beside_the_one_taken():
    found, taken = routes(sd_t="2", se_t="0.4", ci_low_t="1", ci_high_t="3", n_t="25")["sd_t"]
    assert taken == "as reported"
    assert [n for n, _ in found] == ["as reported", "SE", "CI (t)", "CI (z)"]
    assert found[1][1] == 2.0
    assert found[2][1] == pytest.approx(5 / student.ppf(0.975, 24), rel=EFFECT_SIZE)
    assert found[3][1] == pytest.approx(5 / 1.959963984540054, rel=EFFECT_SIZE)


def test_both_readings_of_plus_minus_are_shown():
    found, taken = routes(pm_t="0.51", n_t="30", pm_is="se")["sd_t"]
    assert [n for n, _ in found] == ["± read as SD", "± read as SE"]
    assert taken == "± read as SE"


def test_the_test_of_the_difference_is_set_against_the_sds():
    found, taken = routes(**DIFFERENCE, sd_t="2.79", sd_c="2.63", t="3.9")["sd of both arms"]
    assert taken == "the SDs of the arms"
    assert [n for n, _ in found] == ["the SDs of the arms", "t of the difference"]
    assert found[0][1] == pytest.approx(math.sqrt((29 * 2.79**2 + 27 * 2.63**2) / 56))


def test_a_correlation_is_not_compared_with_itself():
    cells = {**DIFFERENCE, "sd_t": "2", "sd_c": "1.5", "n_pairs": "28", "r_pre_post": "0.6"}
    assert set(routes(**cells)) == {"sd_change"}
    assert [n for n, _ in routes(**cells, sd_change="1.7")["r_pre_post"][0]] == ["as reported", "SDs"]


def test_a_number_that_is_simply_reported_is_not_listed():
    assert routes(sd_t="2", n_t="25", mean_t="3", events_t="4") == {}


# the file


ROWS = [
    {
        "study": "A",
        "mean_t": "5",
        "sd_t": "2",
        "se_t": "0.5",
        "n_t": 25,
        "mean_c": "4",
        "sd_c": "2",
        "n_c": 25,
        "t": "1.5",
    },
    {"study": "B", "median_t": "5", "q1_t": "4", "q3_t": "6", "n_t": 25, "mean_c": "4", "sd_c": "2", "n_c": 25},
]


@pytest.fixture
def written(tmp_path):
    review = read_review(write_review(tmp_path / "r", claims=[claim("k", "k", "2")], rows=ROWS, measure="SMD"))
    write_table(review, tmp_path / "out")
    with (tmp_path / "out" / "conversions.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle)), tmp_path / "out" / "extraction.csv"


def test_conversions_are_written_with_their_disagreement(written):
    found = [(r["study"], r["number"], r["route"], r["chosen"]) for r in written[0]]
    assert found[:2] == [("A", "sd_t", "as reported", "yes"), ("A", "sd_t", "SE", "no")]
    assert ("A", "d", "means and SDs", "yes") in found
    assert ("B", "mean_t", "median and quartiles (Luo 2018)", "yes") in found
    assert ("B", "sd_t", "quartiles / 1.35", "no") in found
    by_name = {(r["study"], r["number"], r["route"]): r for r in written[0]}
    assert float(by_name["A", "sd_t", "SE"]["difference"]) == pytest.approx(0.25)
    assert float(by_name["A", "d", "t"]["value"]) == pytest.approx(1.5 * math.sqrt(2 / 25))
    assert float(by_name["A", "d", "t"]["difference"]) == pytest.approx(1.5 * math.sqrt(2 / 25) / 0.5 - 1)
    assert tuple(written[0][0]) == CONVERSIONS
    for r in written[0]:
        assert float(r["difference"]) == 0 if r["chosen"] == "yes" else r["words"]


def test_converted_medians_survive_the_file(written):
    study = read_extraction(written[1])[1]
    assert study.get("mean_t") == pytest.approx(5, rel=EFFECT_SIZE)
    assert study.get("sd_t") == convert(row(median_t="5", q1_t="4", q3_t="6", n_t="25")).get("sd_t")
