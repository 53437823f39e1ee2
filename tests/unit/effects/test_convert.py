"""As reported -> as needed: every route, and what is logged about it."""

import math

import pytest
from scipy.stats import t as student

from metaudit.effects.convert import Converted, convert
from metaudit.effects.generic import generic_effect
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed

WORDS = {"study", "pm_is", "effect_type"}


def row(**cells: str) -> Row:
    """A row as the reader makes it."""
    numbers = {k: parse_printed(v) for k, v in cells.items() if k not in WORDS}
    return Row(2, {"study": "A", **cells}, numbers)


def test_sd_as_given_needs_no_route() -> None:
    out = convert(row(mean_t="3", sd_t="1.2", se_t="9", n_t="20"))
    assert out.get("sd_t") == 1.2
    assert not out.routes


def test_sd_from_se() -> None:
    out = convert(row(se_t="0.51", n_t="30"))
    assert out.get("sd_t") == pytest.approx(0.51 * math.sqrt(30))
    assert out.routes["sd_t"] == "sd_t = SE 0.51 × √30"


def test_sd_from_variance() -> None:
    out = convert(row(var_c="2.25", n_c="30"))
    assert out.get("sd_c") == 1.5
    assert "variance 2.25" in out.routes["sd_c"]


@pytest.mark.parametrize(("level", "shown"), [("", 0.95), ("0.99", 0.99), ("0.90", 0.90)])
def test_sd_from_ci_uses_t(level: str, shown: float) -> None:
    cells = {"ci_low_t": "1.0", "ci_high_t": "3.0", "n_t": "12"} | ({"ci_level": level} if level else {})
    out = convert(row(**cells))
    assert out.get("sd_t") == pytest.approx(math.sqrt(12) * 2.0 / (2 * student.ppf(0.5 + shown / 2, 11)))
    assert f"{shown:.0%} CI" in out.routes["sd_t"]


def test_both_readings_of_plus_minus() -> None:
    as_se = convert(row(pm_t="0.51", n_t="30", pm_is="se"))
    as_sd = convert(row(pm_t="0.51", n_t="30", pm_is="sd"))
    assert as_se.get("sd_t") == pytest.approx(0.51 * math.sqrt(30))
    assert as_sd.get("sd_t") == 0.51
    assert "read as SE" in as_se.routes["sd_t"]
    assert "read as SD" in as_sd.routes["sd_t"]


@pytest.mark.parametrize(
    "cells",
    [
        {"se_t": "0.5"},
        {"pm_t": "0.5", "pm_is": "se"},
        {"ci_low_t": "1", "ci_high_t": "2"},
        {"ci_low_t": "1", "ci_high_t": "2", "n_t": "1"},
        {"ci_low_t": "1", "n_t": "9"},
    ],
)
def test_no_sd_where_something_is_missing(cells: dict[str, str]) -> None:
    assert math.isnan(convert(row(**cells)).get("sd_t"))


@pytest.mark.parametrize(
    ("percent", "n", "count"),
    [("51%", "35", 18), ("76%", "29", 22), ("18%", "28", 5), ("33.3 %", "12", 4), ("0%", "30", 0), ("100%", "30", 30)],
)
def test_percentage_that_only_one_count_gives(percent: str, n: str, count: int) -> None:
    out = convert(row(events_t=percent, n_t=n))
    assert out.get("events_t") == count
    assert f"the only count of {n}" in out.routes["events_t"]


@pytest.mark.parametrize(("percent", "n", "found"), [("51%", "300", "152 or 153 or 154"), ("76%", "30", "no count")])
def test_percentage_that_several_or_no_counts_give(percent: str, n: str, found: str) -> None:
    out = convert(row(events_t=percent, n_t=n))
    assert math.isnan(out.get("events_t"))
    assert f"not converted: {found} of {n}" in out.routes["events_t"]


def test_percentage_without_n_is_no_count() -> None:
    assert math.isnan(convert(row(events_t="51%")).get("events_t"))


def test_slack_is_half_a_unit_of_rounded_numbers_only() -> None:
    out = convert(row(mean_t="2.68", sd_t="1.2", n_t="30", events_t="4"))
    assert out.slack == {"mean_t": pytest.approx(0.005), "sd_t": pytest.approx(0.05)}


def test_shifts_move_what_was_given_before_it_is_converted() -> None:
    out = convert(row(se_t="0.51", n_t="30"), {"se_t": 0.005})
    assert out.get("sd_t") == pytest.approx(0.515 * math.sqrt(30))


# ready-made effects


def effect(*, log: bool = False, **cells: str) -> tuple[float, float, str]:
    """Through the whole conversion."""
    return generic_effect(convert(row(**cells)), log=log)


Z = 1.959963984540054


@pytest.mark.parametrize(
    ("cells", "variance", "words"),
    [
        ({"variance": "0.04", "se": "9"}, 0.04, "variance as given"),
        ({"se": "0.2"}, 0.04, "variance = SE²"),
        ({"ci_low": "0.1", "ci_high": "0.9"}, (0.4 / Z) ** 2, "95% CI"),
        ({"ci_low": "0.1", "ci_high": "0.9", "ci_level": "0.99"}, (0.4 / 2.5758293035489004) ** 2, "99% CI"),
        ({"t": "2.5"}, 0.04, "|effect / t|"),
        ({"t": "-2.5"}, 0.04, "|effect / t|"),
        ({"f": "6.25"}, 0.04, "√F"),
        ({"p": "0.05"}, (0.5 / Z) ** 2, "z of the P value"),
        ({"effect_type": "d", "n_t": "20", "n_c": "30"}, 1 / 20 + 1 / 30 + 0.25 / 100, "Hedges and Olkin"),
        ({"effect_type": "g", "n_t": "20", "n_c": "30"}, 1 / 20 + 1 / 30 + 0.25 / 100, "Hedges and Olkin"),
        ({"effect_type": "r", "n": "50"}, 0.75**2 / 49, "(1 - r²)/√(n - 1)"),
        ({"effect_type": "z", "n": "50"}, 1 / 47, "1/√(n - 3)"),
    ],
)
def test_generic_effect_by_every_route(cells: dict[str, str], variance: float, words: str) -> None:
    yi, vi, route = effect(effect="0.5", **cells)
    assert yi == 0.5
    assert vi == pytest.approx(variance, rel=1e-12)
    assert words in route


def test_ratio_is_pooled_on_the_log_scale() -> None:
    yi, vi, route = effect(effect="2", ci_low="1", ci_high="4", log=True)
    assert yi == pytest.approx(math.log(2))
    assert vi == pytest.approx((math.log(4) / (2 * Z)) ** 2)
    assert "on the log scale" in route
    assert effect(effect="2", se="0.3", log=True)[1] == pytest.approx(0.09)


@pytest.mark.parametrize(
    ("cells", "log", "words"),
    [
        ({}, False, "effect is not reported"),
        ({"effect": "0.5"}, False, "neither variance, SE, CI, t, F nor P"),
        ({"effect": "0.5", "p": "<.001"}, False, "neither variance"),
        ({"effect": "0", "p": "1.0"}, False, "neither variance"),
        ({"effect": "0", "t": "0"}, False, "neither variance"),
        ({"effect": "-2", "se": "1"}, True, "has no logarithm"),
        ({"effect": "2", "ci_low": "0", "ci_high": "4"}, True, "neither variance"),
        ({"effect": "2", "effect_type": "d", "n_t": "9", "n_c": "9"}, True, "neither variance"),
    ],
)
def test_what_does_not_suffice_says_why(cells: dict[str, str], log: bool, words: str) -> None:
    _, vi, route = effect(log=log, **cells)
    assert math.isnan(vi)
    assert words in route


def test_label_and_missing_numbers() -> None:
    out = Converted(row(n_t="3"))
    assert out.label == "A"
    assert math.isnan(out.get("n_t"))
