"""What must not change when the same data are written differently, and what the likelihood says."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metaudit import pool
from metaudit.pooling.engine import likelihood_tau2
from metaudit.pooling.linear import orthonormal, profile
from metaudit.pooling.tau2 import ESTIMATORS, estimate_tau2, log_likelihood
from tolerances import CLOSED_FORM, LIKELIHOOD, SAME_AGAIN

METHODS = [m for m in ESTIMATORS if m != "FE"]
Y = np.array([-0.889, -1.585, -1.348, -1.442, -0.218, -0.786, -1.621, 0.012, -0.469, -1.371, -0.339, 0.446, -0.017])
V = np.array([0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071])
ABLAT = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33], dtype=float)


@st.composite
def data_sets(draw: st.DrawFn, smallest: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Effects and variances of some studies, none of them absurd."""
    k = draw(st.integers(smallest, 12))
    y = draw(st.lists(st.floats(-3, 3), min_size=k, max_size=k))
    v = draw(st.lists(st.floats(0.01, 2), min_size=k, max_size=k))
    return np.round(np.array(y), 6), np.round(np.array(v), 6)


def close(a: float, b: float, scale: float = 0.0) -> bool:
    """Equal but for rounding; two undefined numbers are equal."""
    return (math.isnan(a) and math.isnan(b)) or a == b or abs(a - b) <= SAME_AGAIN * max(abs(a), abs(b), scale)


def test_effects_far_from_zero_lose_no_digits() -> None:
    for method in METHODS:
        assert close(pool(Y + 1e4, V, tau2=method).tau2, pool(Y, V, tau2=method).tau2, 1e-3)


def test_moderator_far_from_zero_loses_no_digits() -> None:
    """A calendar year once made PyMARE's Hedges estimator and ours differ by 1e-8."""
    for method in METHODS:
        near, far = (pool(Y, V, tau2=method, mods={"year": ABLAT + shift}) for shift in (0.0, 1950.0))
        assert close(near.tau2, far.tau2)
        assert close(near.coefficients[1].estimate, far.coefficients[1].estimate)
        assert close(near.coefficients[1].se, far.coefficients[1].se)
        assert close(near.qm, far.qm)
        assert close(near.q, far.q)


def test_orthonormal_basis_spans_the_same_design() -> None:
    x = np.column_stack([np.ones(13), ABLAT + 1950, ABLAT**2])
    basis, r = orthonormal(x)
    assert basis @ r == pytest.approx(x)
    assert basis.T @ basis == pytest.approx(np.eye(3), abs=1e-12)
    ones = np.ones((4, 1))
    assert orthonormal(ones)[0] is ones


@pytest.mark.parametrize("method", [None, *METHODS])
@given(data=data_sets(), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_order_of_studies_does_not_matter(method: str | None, data: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    y, v = data
    order = np.random.default_rng(seed).permutation(y.size)
    a, b = pool(y, v, tau2=method), pool(y[order], v[order], tau2=method)
    assert close(a.tau2, b.tau2, v.min())
    assert close(a.estimate, b.estimate, a.se)
    assert close(a.se, b.se)
    assert close(a.q, b.q, 1)
    assert b.weights == pytest.approx(a.weights[order], rel=1e-8)


@pytest.mark.parametrize("method", [None, *METHODS])
@given(data=data_sets(), shift=st.floats(-5, 5), factor=st.floats(0.1, 10))
@settings(max_examples=40)
def test_shift_and_scale_carry_through(
    method: str | None, data: tuple[np.ndarray, np.ndarray], shift: float, factor: float
) -> None:
    y, v = data
    assume(np.ptp(y) > 1e-3)
    a, b = pool(y, v, tau2=method), pool(factor * y + shift, factor**2 * v, tau2=method)
    assert close(factor**2 * a.tau2, b.tau2, factor**2 * v.min())
    assert close(factor * a.estimate + shift, b.estimate, factor * a.se + abs(shift))
    assert close(factor * a.se, b.se)
    assert close(a.q, b.q, 1)
    assert close(a.i2, b.i2, 100)
    assert close(factor**2 * a.tau2_high, b.tau2_high, factor**2 * v.min())


@pytest.mark.parametrize("restricted", [False, True])
@given(data=data_sets(smallest=2))
def test_likelihood_estimates_are_at_least_as_likely_as_a_dense_grid(
    restricted: bool, data: tuple[np.ndarray, np.ndarray]
) -> None:
    y, v = data
    x = np.ones((y.size, 1))
    tau2 = estimate_tau2("REML" if restricted else "ML", y, v, x)
    grid = np.concatenate([[0.0], np.logspace(-8, 3, 4000)])
    best = log_likelihood(y, v, x, grid, restricted=restricted).max()
    assert log_likelihood(y, v, x, np.array([tau2]), restricted=restricted)[0] >= best - LIKELIHOOD


def test_two_maxima_the_higher_one_is_taken() -> None:
    """Effects in two far groups with very unlike variances: the likelihood peaks at 0 and at a positive tau2."""
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(300):
        v = np.exp(rng.normal(-1, 2.2, 4))
        y = rng.normal(0, np.sqrt(v + 0.3))
        x = np.ones((4, 1))
        grid = np.concatenate([[0.0], np.logspace(-8, 3, 2000)])
        heights = log_likelihood(y, v, x, grid, restricted=True)
        peaks = np.flatnonzero((heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])).size + (
            heights[0] > heights[1]
        )
        found += peaks > 1
        ours = estimate_tau2("REML", y, v, x)
        assert log_likelihood(y, v, x, np.array([ours]), restricted=True)[0] >= heights.max() - LIKELIHOOD
    assert found > 0, "no data set with two maxima was drawn"


def test_pymares_own_likelihood_estimates_are_near() -> None:
    x = np.ones((Y.size, 1))
    for restricted, method in ((False, "ML"), (True, "REML")):
        assert likelihood_tau2(Y, V, x, restricted=restricted) == pytest.approx(pool(Y, V, tau2=method).tau2, rel=1e-4)


def test_paule_mandel_makes_q_its_degrees_of_freedom() -> None:
    ours = pool(Y, V, tau2="PM")
    assert profile(Y, V, np.ones((Y.size, 1)), np.array([ours.tau2])).q[0] == pytest.approx(12, rel=CLOSED_FORM)
    assert pool(Y, V, tau2="EB").tau2 == ours.tau2
