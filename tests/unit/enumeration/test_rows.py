"""Integer checks on rows of an extraction table."""

import pytest

from metaudit.enumeration import row_integer_checks
from metaudit.errors import DataError
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed


def row(**cells):
    return Row(7, {"study": "A", **cells}, {name: parse_printed(text) for name, text in cells.items()})


def test_percentages_against_n():
    checks = row_integer_checks(row(events_t="51.3%", n_t="39", events_c="19.4%", n_c="35"))
    assert [(c.check, c.columns, c.possible, c.line) for c in checks] == [
        ("percentage", ("events_t", "n_t"), True, 7),
        ("percentage", ("events_c", "n_c"), False, 7),
    ]
    assert checks[0].sentence == "51.3% of 39 people is 20 of them."
    assert "6/35 = 17.14% and 7/35 = 20.00%" in checks[1].sentence
    assert row_integer_checks(row(events="50%", n="301"))[0].sentence.endswith("149 to 152 of them.")


def test_counts_and_bounds_are_left_alone():
    assert row_integer_checks(row(events_t="20", n_t="39", events_c="<5%", n_c="35", mean="3.45", n="20")) == []


def test_means_and_sds_only_when_the_outcome_is_said_to_be_whole_numbers():
    data = row(
        mean_t="3.45", sd_t="1.23", n_t="20", mean_c="3.46", sd_c="1.20", n_c="20", mean="2.00", sd="3.10", n="12"
    )
    assert row_integer_checks(data) == []
    found = [(c.check, c.columns[0], c.possible) for c in row_integer_checks(data, items=1, scale_min=1, scale_max=7)]
    assert found == [
        ("grim", "mean_t", True),
        ("mean-sd", "mean_t", True),
        ("grim", "mean_c", False),
        ("grim", "mean", True),
        ("mean-sd", "mean", False),
    ]
    assert [c.check for c in row_integer_checks(data, items=1)] == ["grim", "mean-sd", "grim", "grim", "mean-sd"]


def test_a_scale_from_nought_to_one_is_binary():
    checks = row_integer_checks(row(mean="0.20", sd="0.30", n="40"), scale_min=0, scale_max=1)
    assert [(c.check, c.possible) for c in checks] == [("grim", True), ("debit", False)]
    assert "0.405" in checks[1].sentence


def test_rounding_and_denominator_are_passed_on():
    data = row(mean="0.33", sd="0.47", n="3")
    by_n = row_integer_checks(data, scale_min=0, scale_max=1, denominator="population")
    assert [c.possible for c in by_n] == [True, True]
    assert [c.possible for c in row_integer_checks(data, scale_min=0, scale_max=1)] == [True, False]
    cut = row(mean="0.66", n="3")
    assert [c.possible for c in row_integer_checks(cut, items=1)] == [False]
    assert [c.possible for c in row_integer_checks(cut, items=1, rounding="truncated")] == [True]
    with pytest.raises(DataError, match="both ends"):
        row_integer_checks(data, scale_min=0)
