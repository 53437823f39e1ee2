"""compatible.csv: the tables that a brute search finds, what binds them, and what is said where none is left."""

from __future__ import annotations

import itertools
import math

import pytest

from making import claim, made
from metaudit.files import read_rows
from metaudit.formats.review import read_review
from metaudit.stages import compatible
from metaudit.stages.compatible import write_compatible
from metaudit.stages.effects import write_effects
from metaudit.stages.extract import extract


def written(folder, claims, *, rows=None, kind="trial", **main):
    """Rows of compatible.csv of a made-up review, with numbers as numbers."""
    review = made(folder / "r", claims=claims, rows=rows, kind=kind, **{"measure": "RR", **main})
    out = folder / "results"
    if rows:
        extract(review.folder, out)
        write_effects(review, out, level=0.95)
    out.mkdir(exist_ok=True)
    write_compatible(read_review(review.folder), out, level=0.95)
    return read_rows(out / "compatible.csv")


def pairs(rows):
    return [(int(r["events_t"]), int(r["events_c"])) for r in rows if r["events_t"]]


SHARES = [claim("a", "proportion_t", "83%"), claim("b", "proportion_c", "41%")]
SIZES = [claim("c", "n_t", "30"), claim("d", "n_c", "32")]


def test_shares_and_sizes_leave_the_tables_of_a_brute_search(tmp_path):
    rows = written(
        tmp_path,
        [
            claim("a", "proportion_t", "5%"),
            claim("b", "proportion_c", "41%"),
            claim("c", "n_t", "300"),
            claim("d", "n_c", "132"),
        ],
    )
    brute = [
        (a, c)
        for a, c in itertools.product(range(301), range(133))
        if 0.045 <= a / 300 <= 0.055 and 0.405 <= c / 132 <= 0.415
    ]
    assert sorted(pairs(rows)) == brute
    assert {r["tables"] for r in rows} == {r["pairs"] for r in rows} == {str(len(brute))}
    assert {r["verdict"] for r in rows} == {"many"}
    assert {(r["n_t_low"], r["n_t_high"], r["n_c_low"], r["n_c_high"]) for r in rows} == {("300", "300", "132", "132")}
    assert {r["share_t_low"] for r in rows} == {"0.045"}
    assert {r["used"] for r in rows} == {"5% and 41%"}


def test_an_effect_with_its_limits_leaves_the_tables_of_a_brute_search(tmp_path):
    rows = written(
        tmp_path, [claim("e", "estimate", "2.05"), claim("l", "ci_low", "1.31"), claim("u", "ci_high", "3.21"), *SIZES]
    )
    brute = []
    for a, c in itertools.product(range(1, 31), range(1, 33)):
        log, se = math.log(a / 30 / (c / 32)), math.sqrt(1 / a - 1 / 30 + 1 / c - 1 / 32)
        ends = [math.exp(log + s * 1.959963984540054 * se) for s in (0, -1, 1)]
        if all(abs(x - y) <= 0.005 for x, y in zip(ends, (2.05, 1.31, 3.21), strict=True)):
            brute.append((a, c))
    assert brute
    assert sorted(pairs(rows)) == brute
    assert rows[0]["measure"] == "RR"
    assert rows[0]["used"] == "RR 2.05 (1.31 to 3.21)"


def test_without_sizes_the_search_is_bounded_and_tables_with_the_same_events_are_one_row(tmp_path, monkeypatch):
    monkeypatch.setattr(compatible, "LARGEST_TOTAL", 60)
    rows = written(tmp_path, [claim("a", "proportion_t", "51.3%"), claim("b", "proportion_c", "19%")])
    brute = {}
    for n_t, n_c in itertools.product(range(1, 60), range(1, 60)):
        if n_t + n_c > 60:
            continue
        for a in (x for x in range(n_t + 1) if 0.5125 <= x / n_t <= 0.5135):
            for c in (x for x in range(n_c + 1) if 0.185 <= x / n_c <= 0.195):
                brute.setdefault((a, c), []).append((n_t, n_c))
    assert set(pairs(rows)) == set(brute)
    for r in rows:
        sizes = brute[int(r["events_t"]), int(r["events_c"])]
        assert int(r["count"]) == len(sizes)
        assert (int(r["n_c_low"]), int(r["n_c_high"])) == (min(n for _, n in sizes), max(n for _, n in sizes))
    assert "60 in all" in rows[0]["searched"]
    people = [int(r["n_t_low"]) + int(r["n_c_low"]) for r in rows]
    assert people == sorted(people)


def test_the_list_is_capped_with_the_number_of_all(tmp_path, monkeypatch):
    monkeypatch.setattr(compatible, "MOST_PAIRS", 7)
    rows = written(tmp_path, [claim("a", "proportion_t", "51%"), claim("b", "proportion_c", "19%")])
    assert len(rows) == 7
    assert {r["pairs"] for r in rows} == {"1172"}
    assert int(rows[0]["tables"]) == 6068


def test_the_size_of_an_arm_comes_from_the_table_where_the_paper_prints_none(tmp_path):
    row = {"study": "A", "events_t": "25", "n_t": "30", "events_c": "13", "n_c": "32"}
    rows = written(tmp_path, SHARES, rows=[row])
    assert pairs(rows) == [(25, 13)]
    assert rows[0]["verdict"] == "unique"
    assert rows[0]["whose"] == "one trial"


def test_limits_that_are_not_walds_are_left_out_in_a_second_search(tmp_path):
    """29/93 against 25/92 with the continuity correction: no table has these Wald limits, one has the rest."""
    claims = [
        claim("e", "estimate", "0.04"), claim("l", "ci_low", "-0.10"), claim("u", "ci_high", "0.18"), claim("p", "p", ".55"),
        claim("a", "proportion_t", "31%"), claim("b", "proportion_c", "27%"), claim("c", "n_t", "93"), claim("d", "n_c", "92"),
    ]  # fmt: skip
    first, second = written(tmp_path, claims, measure="RD")
    assert (first["verdict"], first["tables"], first["events_t"]) == ("impossible", "0", "")
    assert (second["verdict"], pairs([second])) == ("unique", [(29, 25)])
    assert first["used"].startswith(second["used"])
    assert "-0.10" not in second["used"]


def test_a_pooled_effect_does_not_bind_the_totals_but_its_shares_do(tmp_path):
    claims = [
        *SHARES,
        *SIZES,
        claim("k", "k", "3"),
        claim("e", "estimate", "9.99"),
        claim("l", "ci_low", "9.98"),
        claim("u", "ci_high", "10.00"),
    ]
    rows = written(tmp_path, claims, kind="meta-analysis")
    assert pairs(rows) == [(25, 13)]
    assert (rows[0]["whose"], rows[0]["measure"], rows[0]["used"]) == ("totals", "", "83% and 41%")


def test_one_study_of_a_review_is_one_table(tmp_path):
    claims = [claim("k", "k", "1"), claim("e", "estimate", "2.05"), claim("l", "ci_low", "1.30"), *SHARES, *SIZES]
    rows = written(tmp_path, claims, kind="meta-analysis")
    assert rows[0]["measure"] == "RR"
    assert rows[0]["whose"] == "one trial"


@pytest.mark.parametrize("quantity", ["proportion_t", "p", "estimate"])
def test_one_number_alone_is_not_searched(tmp_path, quantity):
    assert written(tmp_path, [claim("a", quantity, ".05")]) == []


def test_numbers_on_the_log_scale_are_not_taken_for_others(tmp_path):
    claims = [
        claim(q, q, text, scale="analysis")
        for q, text in (("estimate", "0.71"), ("ci_low", "0.25"), ("ci_high", "1.17"))
    ]
    assert written(tmp_path, [*claims, *SIZES]) == []


def test_percent_reductions_swap_their_limits(tmp_path):
    claims = [
        claim(q, q, text, scale="percent-reduction")
        for q, text in (("estimate", "50"), ("ci_low", "17"), ("ci_high", "70"))
    ]
    sizes = [claim("c", "n_t", "60"), claim("d", "n_c", "60")]
    rows = written(tmp_path, [*claims, *sizes])
    assert pairs(rows)
    for a, c in pairs(rows):
        log, se = math.log(a / c), math.sqrt(1 / a - 1 / 60 + 1 / c - 1 / 60)
        assert 1 - math.exp(log + 1.959963984540054 * se) == pytest.approx(0.17, abs=0.005001)
        assert 1 - math.exp(log - 1.959963984540054 * se) == pytest.approx(0.70, abs=0.005001)
