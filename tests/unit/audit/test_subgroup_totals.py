"""Totals of people and events with a subgroup as subject are those of the subgroup."""

import pytest

from making import audited, claim

ROWS = [
    {"study": "Ahn 2001", "x_dose": "high", "events_t": "12", "n_t": "40", "events_c": "20", "n_c": "41"},
    {"study": "Beck 2004", "x_dose": "low", "events_t": "7", "n_t": "25", "events_c": "9", "n_c": "24"},
    {"study": "Cruz 2007", "x_dose": "high", "events_t": "30", "n_t": "112", "events_c": "41", "n_c": "110"},
    {"study": "Diaz 2011", "x_dose": "low", "events_t": "5", "n_t": "60", "events_c": "11", "n_c": "58"},
]


@pytest.mark.parametrize("subject", ["dose=high", "x_dose=high", "high"])
def test_sums_are_over_the_subgroup(tmp_path, subject):
    printed = {"n_t": "152", "n_c": "151", "events_t": "42", "events_c": "61"}  # 40 + 112, 41 + 110, 12 + 30, 20 + 41
    told = audited(
        tmp_path / "made", rows=ROWS, measure="RR", subgroups="dose", method={"model": "random", "tau2": "DL"},
        claims=[claim(q, q, p, subject=subject) for q, p in printed.items()] + [claim("all", "n_t", "237")],
    )  # fmt: skip
    assert {c: r.verdict for c, r in told.items()} == dict.fromkeys([*printed, "all"], "EXACT")


def test_the_whole_analysis_is_no_subgroup(tmp_path):
    told = audited(
        tmp_path / "made", rows=ROWS, measure="RR", subgroups="dose", method={"model": "random", "tau2": "DL"},
        claims=[claim("n", "n_t", "237", subject="dose=low")],
    )  # fmt: skip
    assert told["n"].verdict not in ("EXACT", "WITHIN_ROUNDING")
    assert told["n"].value == 85
