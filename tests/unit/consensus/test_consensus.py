"""Shares, panels, thresholds and rounds against plain enumeration with exact fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaudit.consensus.shares import counts_behind, nearest, panel_sizes, shares, whole_panel
from metaudit.consensus.survey import Round, Statement, check_rounds, check_statements, check_total, common_panel
from metaudit.consensus.threshold import Threshold, reached, threshold
from metaudit.errors import DataError, PrintedError


def prints(x, n, decimals):
    """Percentages that x of n may print as, ties either way."""
    scaled = Fraction(100 * 10**decimals * x, n)
    below = scaled.numerator // scaled.denominator
    rest = scaled - below
    out = ([below] if rest <= Fraction(1, 2) else []) + ([below + 1] if rest >= Fraction(1, 2) else [])
    return {f"{Fraction(v, 10**decimals).__float__():.{decimals}f}%" for v in out}


@pytest.mark.parametrize("decimals", [0, 1, 2])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 17, 40, 64, 125, 333])
def test_counts_are_those_of_enumeration(n, decimals):
    behind = {}
    for x in range(n + 1):
        for text in prints(x, n, decimals):
            behind.setdefault(text, []).append(x)
    for text, counts in behind.items():
        assert list(counts_behind(text, n)) == counts
    for percent in range(0, 101):
        text = f"{percent:.{decimals}f}%"
        assert list(counts_behind(text, n)) == behind.get(text, [])


@given(st.integers(1, 400), st.integers(0, 2), st.data())
def test_the_true_panel_is_always_among_the_possible(n, decimals, data):
    texts = [sorted(prints(data.draw(st.integers(0, n)), n, decimals))[0] for _ in range(4)]
    assert n in panel_sizes(texts, largest=500)
    assert shares(texts, n).possible


@given(st.lists(st.integers(0, 20), min_size=2, max_size=5), st.integers(0, 1))
def test_shares_of_a_whole_panel_add_up(counts, decimals):
    n = sum(counts)
    if n:
        assert whole_panel([sorted(prints(x, n, decimals))[0] for x in counts], n)


def test_shares_that_cannot_be():
    found = shares(["71%", "65%"], 17)
    assert found.impossible == () if counts_behind("65%", 17) else ("65%",)
    found = shares(["72%"], 17)
    assert not found.possible
    assert "12/17 (70.6 %) and 13/17 (76.5 %)" in found.sentence
    assert panel_sizes(["72%", "33%"], largest=40) == tuple(
        n for n in range(1, 41) if any("72%" in prints(x, n, 0) for x in range(n + 1)) and any("33%" in prints(x, n, 0) for x in range(n + 1))
    )  # fmt: skip
    assert not whole_panel(["50%", "30%"], 10)
    assert whole_panel(["33%", "33%", "33%"], 3)
    assert not whole_panel(["72%", "28%"], 17)
    assert nearest("100%", 5) == "4/5 (80.0 %) and 5/5 (100.0 %)"


def test_bounds_and_truncation():
    assert list(counts_behind(">80%", 10)) == [9, 10]
    assert list(counts_behind("≥80%", 10)) == [8, 9, 10]
    assert list(counts_behind("66%", 3)) == []
    assert list(counts_behind("66%", 3, rounding="truncated")) == [2]
    assert list(counts_behind("2/3", 9)) == [5, 6, 7]  # a fraction stands for what rounds to thirds


@pytest.mark.parametrize(
    ("text", "share", "strict"),
    [("70%", Fraction(7, 10), False), (">= 70 %", Fraction(7, 10), False), ("> 2/3", Fraction(2, 3), True), ("more than 66.7%", Fraction(667, 1000), True),
     ("at least 0.8", Fraction(4, 5), False), ("≥75%", Fraction(3, 4), False), ("over 50 per cent", Fraction(1, 2), True), ("100%", Fraction(1), False)],
)  # fmt: skip
def test_reading_a_threshold(text, share, strict):
    found = threshold(text)
    assert (found.share, found.strict) == (share, strict)
    assert threshold(found.text) == found


@pytest.mark.parametrize("text", ["70", "0", "0%", "101%", "most", "", "1/0", "-5%", "<70%", "7,5%"])
def test_what_is_no_threshold_is_refused(text):
    with pytest.raises(DataError):
        threshold(text)


@pytest.mark.parametrize("n", range(1, 60))
@pytest.mark.parametrize(
    "by",
    [
        Threshold(Fraction(7, 10)),
        Threshold(Fraction(2, 3), True),
        Threshold(Fraction(3, 4), True),
        Threshold(Fraction(1)),
    ],
)
def test_the_fewest_that_are_enough(n, by):
    enough = [x for x in range(n + 1) if by.reached_by(x, n)]
    assert by.needed(n) == (enough[0] if enough else n + 1)


def test_reached_not_reached_or_left_open():
    by = threshold(">= 70%")
    assert reached("76%", 17, by=by).answer == "yes"
    assert reached("65%", 17, by=by).answer == "no"
    assert reached("72%", 17, by=by).answer == "impossible"
    # 70 % of 200 people are 139 to 141 (69.5 and 70.5 %), of which 140 are needed
    assert reached("70%", 200, by=by).answer == "either"
    assert reached("70%", 200, by=by).needed == 140
    assert "140" in reached("70%", 200, by=by).sentence


def test_rounds():
    rounds = [
        Round("first", 50, 38, "76%"),
        Round("second", 38, 34, "90%"),
        Round("third", 40, 41),
        Round("fourth", 60, 30, "50%", newcomers=True),
    ]
    found = {(f.about, f.rule): f.fits for f in check_rounds(rounds)}
    assert found == {
        ("first", "rate"): True, ("second", "rate"): False, ("third", "more-answers"): False, ("third", "panel-grows"): False, ("fourth", "rate"): True,
    }  # fmt: skip
    with pytest.raises(DataError):
        check_rounds([Round("none", 0, 0)])


def test_statements():
    by = threshold(">= 70%")
    statements = [
        Statement("1", "76%", ("12%", "12%"), consensus=True),
        Statement("2", "65%", consensus=True),
        Statement("3", "72%", consensus=True),
        Statement("4", "75%", n=16, consensus=True),
        Statement("5", "76%", ("24%", "6%")),
    ]
    found = check_statements(statements, n=17, by=by)
    bad = [(f.about, f.rule) for f in found if not f.fits]
    assert bad == [("2", "threshold"), ("3", "share"), ("5", "whole")]
    assert all(
        "It is possible" not in f.sentence for f in found if f.about == "3"
    )  # the smallest panel with 72 % has 18
    fewer = check_statements([Statement("6", "70%")], n=17)
    assert fewer[0].sentence.endswith("It is possible among 10 people.")
    total = check_total(statements, n=17, by=by, printed=4)
    assert total.fits  # three for sure, and the impossible one is left open
    assert not check_total(statements, n=17, by=by, printed=2).fits
    assert not check_total(statements[:2], n=17, by=by, printed=2).fits


def test_one_panel_for_all():
    statements = [Statement("a", "69%"), Statement("b", "44%")]
    assert common_panel(statements, n=16).fits
    found = common_panel(statements, n=17, missing=3)
    assert not found.fits
    assert "16 people" in found.sentence
    assert "different numbers" in common_panel([Statement("a", "50%"), Statement("b", "33%")], n=5, missing=1).sentence


def test_refusals():
    with pytest.raises(DataError):
        counts_behind("50%", 0)
    with pytest.raises(DataError):
        panel_sizes([])
    with pytest.raises(DataError):
        panel_sizes(["50%"], smallest=5, largest=3)
    with pytest.raises(PrintedError):
        counts_behind("half", 10)
    with pytest.raises(DataError):
        counts_behind("150%", 10)
    with pytest.raises(DataError):
        counts_behind("50%", 10**9)
