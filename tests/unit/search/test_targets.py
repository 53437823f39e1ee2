"""Windows of printed numbers, one by one and many at once, mean what ``Interval`` means."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaudit.printed import Interval, parse_printed
from metaudit.search.targets import inside, windows

TEXTS = ["0.50", "-1.83", "0", "3,476", "<.001", ">0.05", "<=2", "1e-7", "100", "-0.0", "1/3", "0.005"]


def near_the_ends(w):
    points = [0.0, -0.0, 1.0, math.nan, math.inf, -math.inf]
    for end in (w.low, w.high):
        if math.isfinite(end):
            step = max(abs(end) * 1e-13, 1e-300)
            points += [end, np.nextafter(end, -math.inf), np.nextafter(end, math.inf), end - step, end + step]
            points += [end * (1 - 1e-11), end * (1 + 1e-11), end - 0.01, end + 0.01]
    return points


@pytest.mark.parametrize("rounding", ["nearest", "truncated"])
@pytest.mark.parametrize("text", TEXTS)
def test_inside_is_in(text, rounding):
    w = parse_printed(text).interval(rounding)
    points = near_the_ends(w)
    expected = [x in w for x in points]
    assert inside(points, w).tolist() == expected
    assert windows([w]).contain(np.array(points)[:, None])[:, 0].tolist() == expected


@given(st.floats(-1e9, 1e9), st.floats(0, 1e6), st.booleans(), st.booleans(), st.floats(-1e9, 1e9))
def test_any_interval(low, width, low_open, high_open, x):
    w = Interval(low, low + width, low_open, high_open)
    points = [*near_the_ends(w), x]
    expected = [p in w for p in points]
    assert inside(points, w).tolist() == expected
    assert windows([w]).contain(np.array(points)[:, None])[:, 0].tolist() == expected


def test_many_windows_are_compared_place_by_place():
    w = windows([parse_printed("0.5").interval(), None, parse_printed("<2").interval()])
    assert w.given.tolist() == [True, False, True]
    assert w.contain([[0.46, 1.0, 1.9], [0.56, math.nan, 2.0]]).tolist() == [[True, False, True], [False, False, False]]
