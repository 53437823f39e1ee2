"""The axis of effects: its range and its ticks."""

from __future__ import annotations

import math

import pytest

from metaudit.figures.axis import Axis, shown_range, ticks
from metaudit.measures import measure_of


def _labels(measure, low, high, width=230.0):
    found = measure_of(measure)
    axis = Axis(found.to_analysis(low), found.to_analysis(high), 0.0, width)
    return [t.label for t in ticks(axis, found, to_axis=found.to_analysis, to_natural=found.to_natural)]


@pytest.mark.parametrize(
    ("measure", "low", "high", "labels"),
    [
        ("RR", 0.09, 11, ["0.1", "0.2", "0.5", "1", "2", "5", "10"]),
        ("OR", 0.0009, 1100, ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]),
        ("RR", 0.75, 1.3, ["0.8", "0.9", "1.0", "1.1", "1.2", "1.3"]),
        ("MD", -95, 35, ["\u221280", "\u221260", "\u221240", "\u221220", "0", "20"]),
        ("RD", -0.11, 0.19, ["\u22120.10", "\u22120.05", "0.00", "0.05", "0.10", "0.15"]),
        ("PR", 0.0, 1.0, ["0", "20", "40", "60", "80", "100"]),
        ("PLO", 0.02, 0.97, ["5", "10", "25", "50", "75", "90", "95"]),
    ],
)
def test_ticks_are_round_numbers(measure, low, high, labels):
    assert _labels(measure, low, high) == labels


@pytest.mark.parametrize("span", [1e-6, 1e-3, 0.5, 3.0, 40.0, 1e4, 1e9])
@pytest.mark.parametrize("measure", ["MD", "RR"])
def test_any_span_has_a_few_ticks(measure, span):
    high = span if measure == "MD" else math.exp(min(span, 345.0))
    labels = _labels(measure, -span if measure == "MD" else 1 / high, high)
    assert 2 <= len(labels) <= 11
    assert len(set(labels)) == len(labels)


def test_a_narrow_axis_has_fewer_ticks():
    assert len(_labels("RR", 0.01, 100, width=40.0)) < len(_labels("RR", 0.01, 100))


def test_ratio_axes_give_both_sides_the_same_room():
    low, high = shown_range([(-0.4, -1.5, 0.8)] * 3, [], null=0.0, symmetric=True)
    assert low == pytest.approx(-high)


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("other", [-0.5, 0.0, 0.2, 0.7, 0.8, 1.4])
def test_mirroring_a_ratio_axis_leaves_little_of_it_empty(side, other):
    ends = sorted((side * 1.5, -side * other))
    low, high = shown_range([(side * 0.9, *ends)] * 3, [], null=0.0, symmetric=True)
    far, near = (high, -low) if side > 0 else (-low, high)
    assert far > 1.5, "the intervals are shown whole"
    assert near > max(other, 0.0)
    assert near == pytest.approx(far) if other >= 0.75 else near < 0.6 * far
    room = 0.03 / 1.06 * (near + far)
    assert (near - room - max(other, 0.0)) / (near + far - 2 * room) <= 0.25 + 1e-9


def test_the_null_is_always_on_the_axis():
    low, high = shown_range([(5.0, 4.0, 6.0)] * 3, [], null=0.0, symmetric=False)
    assert low < 0.0 < 6.0 < high


def test_one_huge_interval_is_clipped():
    plain = [(0.1 * i, 0.1 * i - 0.5, 0.1 * i + 0.5) for i in range(6)]
    low, high = shown_range([*plain, (0.0, -90.0, 90.0)], [], null=0.0, symmetric=False)
    assert -5 < low < -0.5
    assert 1.0 < high < 5


def test_ordinary_intervals_are_shown_whole():
    plain = [(0.1 * i, 0.1 * i - 0.5, 0.1 * i + 0.5) for i in range(6)]
    low, high = shown_range(plain, [(0.2, -0.6, 1.3)], null=0.0, symmetric=False)
    assert low <= -0.6
    assert high >= 1.3


def test_a_prediction_interval_widens_the_axis_only_a_little():
    plain = [(0.0, -1.0, 1.0)] * 3
    low, high = shown_range(plain, [], prediction=(0.0, -80.0, 80.0), null=0.0, symmetric=False)
    assert -2 < low < -1
    assert 1 < high < 2


def test_nothing_to_show_still_gives_an_axis():
    low, high = shown_range([(math.nan, math.nan, math.nan)], [], null=None, symmetric=False)
    assert low < high


def test_places_beyond_the_ends_are_the_ends():
    axis = Axis(-1.0, 1.0, 100.0, 300.0)
    assert [axis.place(v) for v in (-math.inf, -1.0, 0.0, 1.0, 5.0)] == [100.0, 100.0, 200.0, 300.0, 300.0]
    assert axis.holds(1.0)
    assert not axis.holds(1.1)
