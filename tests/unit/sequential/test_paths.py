"""The recursion against normal distributions that are known in closed form."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from metaudit.errors import DataError
from metaudit.sequential import paths as room
from metaudit.sequential.paths import LEAST_STEP, Paths, places, reach_of, regions, start


def free(t: float, following: float, reach: float = 12.0) -> Paths:
    return start().then(t, regions(math.inf, t, sides=2, reach=reach), following=following)


@given(st.floats(0.02, 0.98), st.floats(-3, 3), st.floats(-3, 3))
def test_a_look_that_stops_nobody_changes_nothing(t, z, drift):
    p = free(t, 1.0)
    assert p.going_on() == pytest.approx(1, abs=1e-13)
    assert p.going_on(drift=drift) == pytest.approx(1, abs=1e-12)
    assert p.above(z, 1.0, drift=drift) == pytest.approx(norm.sf(z - drift), abs=1e-13)
    assert p.below(z, 1.0, drift=drift) == pytest.approx(norm.cdf(z - drift), abs=1e-13)
    assert p.density(z, 1.0, drift=drift) == pytest.approx(norm.pdf(z - drift), abs=1e-13)


@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_two_looks_above_0_have_the_orthant_probability(t):
    p = start().then(t, [(0.0, 12 * math.sqrt(t))], following=1.0)
    assert p.above(0.0, 1.0) == pytest.approx(0.25 + math.asin(math.sqrt(t)) / (2 * math.pi), abs=1e-14)


def test_three_looks_against_scipys_normal_integral():
    t, c = np.array([0.3, 0.6, 1.0]), np.array([2.1, 1.9, 1.5])
    p = start().then(0.3, regions(c[0], 0.3, sides=1, reach=10), following=0.6)
    p = p.then(0.6, regions(c[1], 0.6, sides=1, reach=10), following=1.0)
    cov = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    inside = multivariate_normal(cov=cov, abseps=1e-10, releps=1e-10, maxpts=10**7, seed=1).cdf(c)
    assert p.below(c[2], 1.0) == pytest.approx(inside, abs=2e-8)


@pytest.mark.parametrize("drift", [-4.0, 1.0, 3.5])
def test_a_drift_turns_the_density_as_the_likelihood_ratio_says(drift):
    """The same region walked under the drift itself, with scipy's quadrature, instead of turned afterwards."""
    from scipy.integrate import quad

    t, c = 0.4, 2.0
    p = start().then(t, regions(c, t, sides=2, reach=15), following=1.0)
    b = c * math.sqrt(t)
    root, step = math.sqrt(t), math.sqrt(1 - t)
    direct, _ = quad(
        lambda u: norm.pdf(u, drift * t, root) * norm.sf((1.7 - u - drift * (1 - t)) / step), -b, b, epsabs=1e-13
    )
    assert p.above(1.7, 1.0, drift=drift) == pytest.approx(direct, abs=1e-12)


def test_places_integrate_and_stay_inside():
    b, w = places(0.2, 0.05, [(-2.0, -0.5), (0.5, 2.0)])
    assert w.sum() == pytest.approx(3.0)
    assert ((np.abs(b) > 0.5) & (np.abs(b) < 2)).all()
    assert (np.diff(b) > 0).all()
    assert w @ b**2 == pytest.approx(2 * (8 - 0.125) / 3)
    assert places(0.2, None, [(1.0, 0.5)])[0].size == 0


def test_finer_places_change_nothing(monkeypatch):
    from metaudit.sequential.efficacy import efficacy
    from metaudit.sequential.spending import Spending

    timing = np.array([0.03, 0.1, 0.11, 0.4, 0.41, 0.9, 1.0])
    spent = Spending().spent(0.025, timing)
    usual = efficacy(timing, spent, sides=2)
    monkeypatch.setattr(room, "PANEL", 1.5)
    assert efficacy(timing, spent, sides=2) == pytest.approx(usual, abs=1e-12)


def test_thinning_keeps_what_a_wide_step_sees():
    p = free(0.3, 0.300002)
    b, mass = room._thinned(p.b, p.mass, 0.5)
    assert b.size < p.b.size / 4
    for x in np.linspace(-2, 2, 9):
        few, many = (np.exp(-(((at - x) / 0.5) ** 2) / 2) for at in (b, p.b))
        assert few @ mass == pytest.approx(many @ p.mass, abs=1e-14)


def test_looks_close_to_each_other_are_quick_and_right():
    close = free(0.3, 0.300002).then(0.300002, regions(2.0, 0.300002, sides=2, reach=10), following=1.0)
    once = start().then(0.300002, regions(2.0, 0.300002, sides=2, reach=10), following=1.0)
    assert close.above(1.8, 1.0) == pytest.approx(once.above(1.8, 1.0), abs=1e-11)


def test_looks_at_one_place_are_refused():
    with pytest.raises(DataError, match="treat them as one"):
        places(LEAST_STEP / 2, 0.1, [(-1.0, 1.0)])
    with pytest.raises(DataError, match="treat them as one"):
        places(0.1, LEAST_STEP / 2, [(-1.0, 1.0)])


def test_regions():
    assert regions(2.0, 0.25, sides=2, reach=9) == [(-1.0, 1.0)]
    assert regions(math.inf, 0.25, sides=1, reach=8) == [(-4.0, 4.0)]
    assert regions(2.0, 0.25, sides=1, reach=9, futility=-1.0) == [(-0.5, 1.0)]
    assert regions(2.0, 0.25, sides=2, reach=9, futility=0.5) == [(-1.0, -0.25), (0.25, 1.0)]
    assert reach_of(-3.0) == reach_of(3.0) == reach_of(rarest=3.0)
