"""A percentage beside a number of people that cannot be one."""

import time

import pytest

from making import audited, claim
from metaudit.audit.integers import counts_of
from metaudit.printed import Interval


@pytest.mark.parametrize("beside", [[], [claim("e", "events_t", "0")]])
def test_a_percentage_of_nobody_is_a_finding(tmp_path, beside):
    claims = [claim("p", "proportion_t", "24.5%"), claim("n", "n_t", "0"), *beside]
    found = audited(tmp_path / "r", claims=claims, measure="RR")["p"]
    assert found.verdict == "IMPOSSIBLE"
    assert "24.5% beside n = 0 is a percentage of nobody." in found.message


def test_a_percentage_of_more_people_than_there_are_is_a_finding(tmp_path):
    claims = [claim("p", "proportion_t", "24.5%"), claim("n", "n_t", "1e99")]
    found = audited(tmp_path / "r", claims=claims, measure="RR")["p"]
    assert found.verdict == "IMPOSSIBLE"
    assert "more people than there are" in found.message


@pytest.mark.parametrize("printed", ["1e99", "1e100%", "-1e99"])
def test_a_percentage_without_bounds_is_a_finding(tmp_path, printed):
    claims = [claim("p", "proportion_t", printed), claim("n", "n_t", "40")]
    assert audited(tmp_path / "r", claims=claims, measure="RR")["p"].verdict == "IMPOSSIBLE"


def test_counts_behind_many_people_are_not_listed_one_by_one():
    begun = time.process_time()
    counts = counts_of(Interval(0.245, 0.255), 9_000_000_000)
    assert (counts[0], counts[-1]) == (2_205_000_000, 2_295_000_000)
    assert not counts_of(Interval(0.1 + 1e-11, 0.1 + 2e-11), 1_000_000_000)
    assert time.process_time() - begun < 1


def test_the_neighbours_of_an_impossible_percentage_of_many_people_are_named_at_once(tmp_path):
    begun = time.process_time()
    claims = [claim("p", "proportion_t", "10.00000000025%"), claim("n", "n_t", "1000000000")]
    found = audited(tmp_path / "r", claims=claims, measure="RR")["p"]
    assert time.process_time() - begun < 20
    assert "100000000/1000000000" in found.message
