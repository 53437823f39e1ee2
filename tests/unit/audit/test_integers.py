"""Whole numbers of people behind a percentage."""

import pytest

from making import audited, claim
from metaudit.audit.integers import counts_of, smallest_pairs
from metaudit.printed import Interval


@pytest.mark.parametrize(
    ("low", "high", "first"),
    [(0.5125, 0.5135, [(20, 39)]), (0.1935, 0.1945, [(6, 31), (7, 36)]), (0.505, 0.515, [(18, 35), (19, 37), (20, 39)]), (0.0, 0.005, [(0, 1)])],
)  # fmt: skip
def test_the_smallest_counts_come_first(low, high, first):
    found = smallest_pairs(Interval(low, high))
    assert found[: len(first)] == first
    assert all(low <= x / n <= high for x, n in found)


def test_smallest_pairs_against_a_search_over_everything():
    window = Interval(0.1935, 0.1945)
    brute = [(x, n) for n in range(1, 101) for x in range(n + 1) if 0.1935 <= x / n <= 0.1945]
    assert smallest_pairs(window, most=len(brute), largest=100) == brute


def test_counts_of_a_given_n():
    assert list(counts_of(Interval(0.505, 0.515), 39)) == [20]
    assert list(counts_of(Interval(0.505, 0.515), 41)) == [21]
    assert not counts_of(Interval(0.505, 0.515), 40)


def test_51_percent_of_40_is_impossible(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("p", "proportion_t", "51%"), claim("n", "n_t", "40")], measure="RR")
    assert (found["p"].verdict, found["p"].criterion) == ("IMPOSSIBLE", "integer check")
    assert "20/40 is 50 %, 21/40 is 52.5 %" in found["p"].message


def test_51_percent_of_39_is_20_people(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("p", "proportion_t", "51%"), claim("n", "n_t", "39")], measure="RR")
    assert found["p"].verdict == "NOT_CHECKABLE"
    assert "only 20/39" in found["p"].message


def test_both_arms_are_named_together(tmp_path):
    found = audited(
        tmp_path / "r", claims=[claim("t", "proportion_t", "51.3%"), claim("c", "proportion_c", "19.4%")], measure="RR"
    )
    for name in ("t", "c"):
        assert "Together: 20/39 with 6/31 or 7/36." in found[name].message


@pytest.mark.parametrize(
    ("printed", "verdict"), [("33.3%", "EXACT"), ("33%", "EXACT"), ("33.2%", "INCONSISTENT"), ("66.6%", "INCONSISTENT")]
)
def test_a_percentage_against_the_counts_beside_it(tmp_path, printed, verdict):
    claims = [claim("p", "proportion_t", printed), claim("n", "n_t", "12"), claim("e", "events_t", "4")]
    assert audited(tmp_path / "r", claims=claims, measure="RR")["p"].verdict == verdict


def test_a_percentage_that_is_cut_says_so(tmp_path):
    claims = [claim("p", "proportion_t", "66.6%"), claim("n", "n_t", "12"), claim("e", "events_t", "8")]
    found = audited(tmp_path / "r", claims=claims, measure="RR")["p"]
    assert found.verdict == "WITHIN_ROUNDING"
    assert "cut instead of rounded" in found.message


@pytest.mark.parametrize(("n", "verdict"), [("82", "NOT_CHECKABLE"), ("83", "INCONSISTENT")])
def test_n_is_the_sum_of_its_arms(tmp_path, n, verdict):
    claims = [claim("n", "n", n), claim("t", "n_t", "41"), claim("c", "n_c", "41")]
    found = audited(tmp_path / "r", claims=claims, measure="RR")
    assert found["n"].verdict == verdict
    assert found["t"].verdict == "NOT_CHECKABLE"


def test_more_events_than_people_is_impossible(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("e", "events_c", "12"), claim("n", "n_c", "10")], measure="RR")
    assert found["e"].verdict == "IMPOSSIBLE"
