"""Conditional power: its closed form, simulated continuations, and that it averages to the power."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from metaudit.errors import DataError
from metaudit.sequential import Design, Spending, bounds_of
from metaudit.sequential.conditional import conditional_power, current_trend, final_look_power
from metaudit.sequential.course import Course
from metaudit.sequential.design import power
from metaudit.sequential.paths import reach_of

BOUNDS = bounds_of(Design((0.25, 0.5, 0.75, 1.0)))


def test_one_look_to_go_is_the_closed_form():
    for drift in (-1.0, 0.0, 2.8):
        direct = conditional_power(1.2, BOUNDS.timing, BOUNDS.upper, look=2, drift=drift)
        closed = final_look_power(1.2, 0.75, boundary=float(BOUNDS.upper[3]), drift=drift)
        assert direct == pytest.approx(closed, rel=1e-12)
        by_hand = norm.sf((BOUNDS.upper[3] - 1.2 * math.sqrt(0.75) - drift * 0.25) / 0.5)
        assert closed == pytest.approx(by_hand, rel=1e-12)


def test_the_trend_goes_on_in_a_straight_line():
    drift = current_trend(1.5, 0.36)
    assert drift == pytest.approx(2.5)
    assert final_look_power(1.5, 0.36, boundary=2.5, drift=drift) == pytest.approx(0.5)


def test_simulated_continuations(simulated):
    z0, t, drift = 1.4, BOUNDS.timing, 2.5
    steps = np.diff(t)[1:]
    rng = np.random.default_rng(20260101)
    b = z0 * math.sqrt(t[1]) + np.cumsum(rng.normal(drift * steps, np.sqrt(steps), size=(400_000, 2)), axis=1)
    z = b / np.sqrt(t[2:])
    up, down = z >= BOUNDS.upper[2:], z <= -BOUNDS.upper[2:]
    share = (up[:, 0] | (~down[:, 0] & up[:, 1])).mean()
    direct = conditional_power(z0, t, BOUNDS.upper, look=1, drift=drift)
    assert direct == pytest.approx(share, abs=4 * math.sqrt(0.25 / 400_000))


@pytest.mark.parametrize("drift", [0.0, 2.8])
def test_it_averages_to_the_power(drift):
    """Over where paths stand at the first look: what was crossed there and what is crossed later add up to the power."""
    from metaudit.sequential.paths import places

    t, c = float(BOUNDS.timing[0]), float(BOUNDS.upper[0])
    b, w = places(t, None, [(-c * math.sqrt(t), c * math.sqrt(t))])
    later = np.array([
        conditional_power(x / math.sqrt(t), BOUNDS.timing, BOUNDS.upper, look=0, drift=drift) for x in b
    ])  # fmt: skip
    mean = float(w * norm.pdf(b, drift * t, math.sqrt(t)) @ later)
    first = norm.sf(c - drift * math.sqrt(t))
    assert first + mean == pytest.approx(power(BOUNDS, drift, sides=2), abs=1e-9)


def test_futility_that_stops_lowers_it():
    bounds = bounds_of(Design((0.25, 0.5, 0.75, 1.0), futility="non-binding", beta_spending=Spending("pocock")))
    free = conditional_power(1.0, bounds.timing, bounds.upper, look=0, drift=2.8)
    stopped = conditional_power(1.0, bounds.timing, bounds.upper, look=0, drift=2.8, futility=bounds.futility)
    assert stopped < free
    course = Course(bounds.timing, bounds.upper, sides=2, reach=reach_of(3.0), futility=bounds.futility)
    assert sum(course.crossing(2.8)) < power(bounds, 2.8, sides=2)


def test_far_away_is_certain():
    assert conditional_power(6.0, BOUNDS.timing, BOUNDS.upper, look=2, drift=0.0) == pytest.approx(1, abs=1e-9)
    assert conditional_power(-6.0, BOUNDS.timing, BOUNDS.upper, look=0, drift=0.0) < 1e-6


def test_what_is_refused():
    with pytest.raises(DataError, match="before the last"):
        final_look_power(1.0, 1.0, boundary=2.0, drift=0.0)
    for look in (3, -1):
        with pytest.raises(DataError, match="no look after"):
            conditional_power(1.0, BOUNDS.timing, BOUNDS.upper, look=look, drift=0.0)
