"""A printed number is an interval: what is read, what is refused, and where the ends are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaudit.errors import PrintedError
from metaudit.printed import Interval, Printed, parse_printed, round_like

INF = math.inf


@pytest.mark.parametrize(
    ("text", "value", "relation", "decimals", "unit", "percent"),
    [
        ("-1.83", -1.83, "=", 2, 0.01, False),
        ("\u22121.83", -1.83, "=", 2, 0.01, False),
        ("\u20131.83", -1.83, "=", 2, 0.01, False),
        (".029", 0.029, "=", 3, 0.001, False),
        ("-.5", -0.5, "=", 1, 0.1, False),
        ("0.50", 0.5, "=", 2, 0.01, False),
        ("+0.5", 0.5, "=", 1, 0.1, False),
        ("7", 7, "=", 0, 1, False),
        ("7.", 7, "=", 0, 1, False),
        ("<.0001", 0.0001, "<", 4, 0.0001, False),
        ("< 0.001", 0.001, "<", 3, 0.001, False),
        (">.05", 0.05, ">", 2, 0.01, False),
        ("≥10", 10, ">=", 0, 1, False),
        (">= 10", 10, ">=", 0, 1, False),
        ("≤0.5", 0.5, "<=", 1, 0.1, False),
        ("<=0.5", 0.5, "<=", 1, 0.1, False),
        ("= 0.03", 0.03, "=", 2, 0.01, False),
        ("51.3%", 51.3, "=", 1, 0.1, True),
        ("51 %", 51, "=", 0, 1, True),
        ("51\u00a0%", 51, "=", 0, 1, True),
        ("3,476", 3476, "=", 0, 1, False),
        ("1,234,567.8", 1234567.8, "=", 1, 0.1, False),
        ("140 000", 140000, "=", 0, 1, False),
        ("140\u2009000", 140000, "=", 0, 1, False),
        ("140\u202f000", 140000, "=", 0, 1, False),
        ("1/3", 1 / 3, "=", 0, 1 / 3, False),
        ("2 / 7", 2 / 7, "=", 0, 1 / 7, False),
        ("1e-5", 1e-5, "=", 5, 1e-5, False),
        ("1.20E-3", 0.0012, "=", 5, 1e-5, False),
        ("3e2", 300, "=", -2, 100, False),
        ("  0.49  ", 0.49, "=", 2, 0.01, False),
    ],
)
def test_every_way_of_printing_is_read(
    text: str, value: float, relation: str, decimals: int, unit: float, percent: bool
) -> None:
    """Value, relation, decimals, unit of the last digit and percent sign; the text is kept as it was."""
    assert parse_printed(text) == Printed(text, value, relation, decimals, pytest.approx(unit, rel=1e-15), percent)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "%",
        "<",
        "n.s.",
        "NA",
        "1.2.3",
        "0.4-0.6",
        "0.4 to 0.6",
        "12 34",
        "1234 567",
        "1,23,456",
        "e5",
        ".",
        "1/0",
        "-1/3",
        "1e999",
        "1e9999999",
        "nan",
        "inf",
        "1_000",
        "5 kg",
        "<<.05",
        "1.5±0.2",
        "p<.05",
        "0x10",
    ],
)
def test_what_is_no_single_number_is_refused(text: str) -> None:
    """The message quotes the text and shows what a printed number looks like."""
    with pytest.raises(PrintedError, match="is not a printed number such as") as caught:
        parse_printed(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("0,49", "0.49"),
        ("-1,8", "-1.8"),
        ("0,029", "0.029"),
        (",05", ".05"),
        ("51,3 %", "51.3 %"),
        ("<0,001", "<0.001"),
        ("12,3456", "12.3456"),
    ],
)
def test_decimal_comma_is_named_and_put_right(text: str, write: str) -> None:
    """0,029 must not become 29; 3,476 stays three thousand."""
    with pytest.raises(PrintedError, match="has a decimal comma") as caught:
        parse_printed(text)
    assert f"write {write!r}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "rounding", "low", "high", "low_open", "high_open"),
    [
        ("0.49", "nearest", 0.485, 0.495, False, False),
        ("0.50", "nearest", 0.495, 0.505, False, False),
        ("-1.83", "nearest", -1.835, -1.825, False, False),
        ("0.00", "nearest", -0.005, 0.005, False, False),
        ("51.3%", "nearest", 51.25, 51.35, False, False),
        ("3e2", "nearest", 250, 350, False, False),
        ("12", "nearest", 11.5, 12.5, False, False),
        ("0.49", "truncated", 0.49, 0.50, False, True),
        ("-1.83", "truncated", -1.84, -1.83, True, False),
        ("0.00", "truncated", 0.0, 0.01, False, True),
        ("-0.00", "truncated", -0.01, 0.0, True, False),
        ("\u22120.00", "truncated", -0.01, 0.0, True, False),
        ("\u20130.00", "truncated", -0.01, 0.0, True, False),
        ("<.001", "nearest", -INF, 0.001, False, True),
        ("≤.001", "nearest", -INF, 0.001, False, False),
        (">.05", "nearest", 0.05, INF, True, False),
        ("≥.05", "truncated", 0.05, INF, False, False),
    ],
)
def test_interval_ends(text: str, rounding: str, low: float, high: float, low_open: bool, high_open: bool) -> None:
    """Nearest is closed at both ends; truncation cuts toward zero; a relation is a half line."""
    assert parse_printed(text).interval(rounding) == Interval(
        pytest.approx(low, abs=1e-15), pytest.approx(high, abs=1e-15), low_open, high_open
    )


@given(st.floats(-1e6, 1e6), st.integers(0, 8))
def test_a_number_lies_in_the_interval_of_its_own_print(x: float, decimals: int) -> None:
    """Printing and reading back never loses the number."""
    printed = parse_printed(f"{x:.{decimals}f}")
    assert printed.decimals == decimals
    assert x in printed.interval()
    assert printed.interval().distance(x) >= -1e-9 * max(1, abs(x))


@given(st.integers(-(10**11), 10**11).map(lambda i: i / 1e8), st.integers(0, 8))
def test_a_number_lies_in_the_interval_of_its_truncated_print(x: float, decimals: int) -> None:
    """The same for programs that cut digits off; the sign of a negative number that becomes zero is kept."""
    text = f"{abs(x):.12f}"
    cut = text[: len(text) - 12 + decimals] if decimals else text.split(".")[0]
    shown = float(text) if x >= 0 else -float(text)
    assert shown in parse_printed(f"-{cut}" if x < 0 else cut).interval("truncated")


@given(st.floats(1e-290, 1e-10))
def test_small_p_values_are_told_apart(p: float) -> None:
    """A P value printed as 2e-30 is not one of 2e-20: the slack at the ends is relative."""
    interval = parse_printed(f"{p:.2e}").interval()
    assert p in interval
    assert 2 * p not in interval
    assert p / 2 not in interval


def test_within_keeps_a_quantity_in_its_range() -> None:
    """<.001 for a P value starts at 0, >.05 ends at 1; P=.00 cannot be negative."""
    assert parse_printed("<.001").interval().within(0, 1) == Interval(0, 0.001, False, True)
    assert parse_printed(">.05").interval().within(0, 1) == Interval(0.05, 1, True, False)
    assert parse_printed(".00").interval().within(0, 1) == Interval(0, 0.005)
    assert Interval(-1, 2, True, True).within(-2, 3) == Interval(-1, 2, True, True)


def test_open_ends_do_not_contain_their_end() -> None:
    """<.001 excludes .001, ≤.001 includes it."""
    assert 0.001 not in parse_printed("<.001").interval()
    assert 0.001 in parse_printed("≤.001").interval()
    assert 0.05 not in parse_printed(">.05").interval()
    assert 0.5 not in parse_printed("0.49").interval("truncated")


def test_ties_of_floating_point_count_as_inside() -> None:
    """0.145 + 0.35 is 0.49499999999999994 or 0.495: both print as 0.49 somewhere and as 0.50 elsewhere."""
    for text in ("0.49", "0.50"):
        assert 0.495 * (1 + 1e-15) in parse_printed(text).interval()
        assert 0.495 * (1 - 1e-15) in parse_printed(text).interval()


def test_overlaps() -> None:
    """Sets share a value when they cross, or meet at ends that both hold."""
    a, b, c = (parse_printed(t).interval() for t in ("0.49", "0.50", "0.51"))
    assert a.overlaps(b)
    assert b.overlaps(a)
    assert not a.overlaps(c)
    assert a.overlaps(Interval(0.0, 1.0))
    assert Interval(0.0, 1.0).overlaps(a)
    assert not Interval(0, 1, high_open=True).overlaps(Interval(1, 2))
    assert not parse_printed("<.05").interval().overlaps(parse_printed("≥.05").interval())
    assert Interval(0.495 * (1 + 1e-15), 0.6).overlaps(a)
    assert not Interval(0.4951, 0.6).overlaps(a)
    assert Interval(-INF, INF).overlaps(a)
    assert not Interval(1e-30, 2e-30).overlaps(Interval(3e-30, 4e-30))


def test_distance_is_positive_inside() -> None:
    """Signed distance to the nearest edge."""
    interval = parse_printed("0.49").interval()
    assert interval.distance(0.49) == pytest.approx(0.005)
    assert interval.distance(0.484) == pytest.approx(-0.001)
    assert interval.distance(0.5) == pytest.approx(-0.005)
    assert parse_printed("<.001").interval().distance(0.0004) == pytest.approx(0.0006)


def test_reflection_swaps_the_ends_and_scaling_keeps_them() -> None:
    """A risk reduction of [20 %, 30 %) is a ratio of (0.7, 0.8]."""
    reduction = Interval(20, 30, low_open=False, high_open=True)
    ratio = reduction.reflect_one_minus(100)
    assert (ratio.low, ratio.high, ratio.low_open, ratio.high_open) == (
        pytest.approx(0.7),
        pytest.approx(0.8),
        True,
        False,
    )
    back = ratio.reflect_one_minus().scaled(100)
    assert (back.low, back.high, back.low_open, back.high_open) == (pytest.approx(20), pytest.approx(30), False, True)
    assert Interval(1, 2).scaled(0.01, 1.0) == Interval(1.01, 1.02)


@pytest.mark.parametrize(
    ("value", "like", "words"),
    [
        (0.4962, "0.49", "0.50"),
        (0.4962, "<.001", "0.5"),
        (312.4, "3e2", "312"),
        (0.3333, "1/3", "0.333"),
        (math.nan, "0.5", "not defined"),
        (7.2, "7", "7"),
    ],
)
def test_our_value_is_written_like_the_printed_one(value: float, like: str, words: str) -> None:
    """Same number of decimals; words where there is no value."""
    assert round_like(value, parse_printed(like)) == words


@pytest.mark.parametrize(
    "text", ["\x00" * 99, "\U000e0001" * 99, "x" * 100, "1" * 5000, f"1{'0' * 97},5", "\u202e" * 90 + "1,5"]
)
def test_a_message_shows_the_beginning_of_a_long_cell(text: str) -> None:
    """Whatever it is made of: signs without a look are shown as escapes of up to ten characters."""
    with pytest.raises(PrintedError) as refused:
        parse_printed(text)
    assert len(str(refused.value)) < 300
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("blank", ["", " ", "\t", "\n", "\x0c", "\u2009", "\u00a0"])
def test_a_fraction_may_have_blanks_around_its_stroke(blank: str) -> None:
    """Whatever the blanks of ASCII are, and those that typesetters take for one."""
    read = parse_printed(f"<4{blank}/{blank}3")
    assert (read.value, read.unit, read.relation) == (4 / 3, 1 / 3, "<")
