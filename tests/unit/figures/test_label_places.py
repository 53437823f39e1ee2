"""Names of points stand beside their marks, over nothing else."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaudit.figures.label_places import Label, place_labels
from metaudit.figures.plot import even_ticks, shorten, tick_label
from metaudit.figures.style import SMALL
from metaudit.figures.typeset import width

FRAME = (0.0, 0.0, 300.0, 200.0)


def _over(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 0 and min(a[3], b[3]) - max(a[1], b[1]) > 0


points = st.lists(st.tuples(st.floats(5, 295), st.floats(5, 195)), min_size=1, max_size=25)


@given(points)
def test_placed_names_touch_neither_marks_nor_each_other(places):
    labels = [Label(f"Study {i}", p) for i, p in enumerate(places)]
    found = place_labels(labels, avoid=[(100, 50, 140, 90)], limit=FRAME)
    boxes = [f.box for f in found if f]
    marks = [(x - 2.5, y - 2.5, x + 2.5, y + 2.5) for x, y in places] + [(100, 50, 140, 90)]
    for i, box in enumerate(boxes):
        assert not any(_over(box, m) for m in marks)
        assert not any(_over(box, other) for other in boxes[:i])
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= 300
        assert box[3] <= 200


def test_the_place_at_the_right_is_taken_first():
    (spot,) = place_labels([Label("Name", (50.0, 50.0))], avoid=[], limit=FRAME)
    assert spot.start[0] > 50
    assert (spot.box[1] + spot.box[3]) / 2 == pytest.approx(50, abs=0.5)
    assert spot.leader == ()


def test_a_name_that_stands_apart_is_led_to_its_mark():
    crowd = [(53.0, 30.0, 120.0, 70.0), (0.0, 30.0, 47.0, 70.0), (0.0, 54.0, 120.0, 70.0), (0.0, 30.0, 120.0, 46.0)]
    (spot,) = place_labels([Label("Name", (50.0, 50.0))], avoid=crowd, limit=FRAME)
    assert spot.leader
    assert math.dist(spot.leader[0], (50.0, 50.0)) == pytest.approx(2.5)


def test_where_there_is_no_room_there_is_no_name():
    assert place_labels([Label("Name", (50.0, 50.0))], avoid=[(-50, -50, 350, 250)], limit=FRAME) == [None]


@given(st.text(min_size=1, max_size=90))
def test_shortened_names_fit(text):
    assert width(shorten(text, 60.0), SMALL) <= 60.0 or shorten(text, 60.0) == "…"


def test_a_name_is_cut_in_its_middle():
    short = shorten("paper 2037 QUERCUS RUBRA of the long kind obs 445", 90.0)
    assert short.startswith("paper 2037")
    assert short.endswith("obs 445")
    assert shorten("Short 1999") == "Short 1999"


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(3, 9))
def test_ticks_are_few_round_and_inside(low, span, most):
    high = low + span
    found = even_ticks(low, high, most=most)
    assert 1 <= len(found) <= most
    slack = 1e-6 * max(abs(low), abs(high), span)
    assert all(low - slack <= t.at <= high + slack for t in found)
    steps = [b.at - a.at for a, b in itertools.pairwise(found)]
    ulp = max(math.ulp(low), math.ulp(high))  # a difference of two ticks is rounded as they are
    assert not steps or steps == pytest.approx([steps[0]] * len(steps), abs=4 * ulp)
    assert len({t.label for t in found}) == len(found)


def test_ticks_of_percentages_stand_at_fractions():
    found = even_ticks(0.0, 0.4, factor=100.0)
    assert [t.label for t in found] == ["0", "10", "20", "30", "40"]
    assert [t.at for t in found] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])
    assert even_ticks(1.0, 1.0) == ()


@pytest.mark.parametrize(
    ("value", "finest", "label"),
    [(0.0, -17, "0"), (2e-17, -17, "2×10⁻¹⁷"), (-0.25, -2, "−0.25"), (2.5, -1, "2.5"), (4e11, 10, "4.0×10¹¹")],
)
def test_labels_of_ticks_are_short(value, finest, label):
    assert tick_label(value, finest) == label
