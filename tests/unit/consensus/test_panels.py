"""Panels behind printed shares, against enumeration of every combination of counts."""

from itertools import product

import pytest

from metaudit.consensus.panels import Told, shown
from metaudit.consensus.threshold import threshold
from metaudit.errors import DataError


def printed(x, n):
    """Whole per cents that x of n people may print as, ties either way."""
    below, rest = divmod(100 * x, n)
    return {f"{below}%"} if 2 * rest < n else {f"{below + 1}%"} if 2 * rest > n else {f"{below}%", f"{below + 1}%"}


@pytest.mark.parametrize(
    "texts", [("50%", "30%", "20%"), ("33%", "67%"), ("34%", "33%", "33%"), ("1%", "99%"), ("7%", "50%")]
)
def test_all_the_answers_there_were_by_enumeration(texts):
    expected = [
        n
        for n in range(1, 41)
        if any(
            sum(counts) == n and all(t in printed(x, n) for t, x in zip(texts, counts, strict=True))
            for counts in product(range(n + 1), repeat=len(texts))
        )
    ]
    told = Told(texts, whole=True)
    assert list(told.possible_sizes((1, 40))) == expected
    for n in range(1, 41):
        assert told.panel(n).possible is (n in expected)


def test_without_the_sum_more_panels_are_possible():
    apart, whole = (Told(("40%", "35%"), whole=w).possible_sizes((1, 60)) for w in (False, True))
    assert set(whole) < set(apart)
    assert 20 in apart  # 8 and 7 of 20
    assert not whole  # 75 % are not everybody


def test_what_is_said_of_one_panel():
    found = Told(("81.3%", "68.8%"), threshold(">= 70%")).panel(16)
    assert [a.answer for a in found.answers] == ["yes", "no"]
    assert found.sentences() == [
        "81.3% of 16 people are 13; this reaches at least 70 %, which are 12 or more.",
        "68.8% of 16 people are 11; this does not reach at least 70 %, which are 12 or more.",
    ]
    assert Told(("81.3%",)).panel(16).sentences() == ["81.3% of 16 people: 13."]
    assert Told(("50%", "45%"), whole=True).panel(20).sentences()[-1] == "50%, 45% cannot add up to 20 people."
    assert shown(range(143, 146)) == "143 to 145"


def test_what_is_impossible_is_said_with_what_is_near():
    (said,) = Told(("81.3%",)).panel(40).sentences()
    assert "32/40 (80.0 %) and 33/40 (82.5 %)" in said


def test_rounding_is_passed_on():
    # 2 of 3 are 66.67 %: 67 % rounded, 66 % cut off
    assert Told(("67%",)).panel(3).possible
    assert not Told(("67%",), rounding="truncated").panel(3).possible
    assert 3 in Told(("66%",), rounding="truncated").possible_sizes((1, 5))
    assert Told(("66%", "33%"), whole=True, rounding="truncated").possible_sizes((3, 3)) == (3,)


@pytest.mark.parametrize("sizes", [(0, 5), (5, 3), (1, 10_000_000)])
def test_sizes_that_are_no_range_are_refused(sizes):
    with pytest.raises(DataError, match="panel sizes"):
        Told(("50%",)).possible_sizes(sizes)
