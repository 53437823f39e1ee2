"""Results by the stage-wise ordering: one look, uniform P, coverage, and signs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from metaudit.errors import DataError
from metaudit.sequential import Design, Spending, bounds_of
from metaudit.sequential.stagewise import stagewise, stagewise_p

T = np.array([0.3, 0.6, 1.0])
UPPER = bounds_of(Design(tuple(T))).upper


@pytest.mark.parametrize("z", [-2.5, 0.3, 1.0, 4.0])
def test_one_look_is_the_usual_result(z):
    found = stagewise(np.array([0.4]), np.array([2.0]), z, se=0.3)
    assert found.p == pytest.approx(2 * norm.sf(abs(z)), rel=1e-12)
    assert found.median_unbiased == pytest.approx(z * 0.3, abs=1e-12)
    assert (found.low, found.high) == pytest.approx(
        (0.3 * (z - norm.isf(0.025)), 0.3 * (z + norm.isf(0.025))), abs=1e-10
    )


def test_p_at_a_boundary_is_what_is_spent_by_then():
    spent = Spending().spent(0.025, T)
    for k in (1, 2, 3):
        assert stagewise_p(T[:k], UPPER[:k], UPPER[k - 1]) == pytest.approx(2 * spent[k - 1], rel=1e-10)


def test_a_later_crossing_is_less_extreme_whatever_its_z():
    early = stagewise_p(T[:1], UPPER[:1], UPPER[0])
    late = stagewise_p(T[:2], UPPER[:2], 8.0)
    assert late > early


@settings(max_examples=30)
@given(st.floats(-6, 6), st.sampled_from([1, 2, 3]))
def test_turning_the_sign_turns_the_result(z, k):
    a = stagewise(T[:k], UPPER[:k], z, se=0.2)
    b = stagewise(T[:k], UPPER[:k], -z, se=0.2)
    assert a.p == pytest.approx(b.p, rel=1e-12)
    if z:
        assert (a.low, a.high, a.median_unbiased) == pytest.approx((-b.high, -b.low, -b.median_unbiased), abs=1e-9)
    assert a.low < a.median_unbiased < a.high


@settings(max_examples=30)
@given(st.floats(-3, 8), st.sampled_from([2, 3]))
def test_p_and_interval_agree(z, k):
    """The interval leaves out 0 on the near side just when the one-sided P is below 0.025."""
    found = stagewise(T[:k], UPPER[:k], z, se=1.0, sides=1)
    assert (found.low > 0) == (found.p < 0.025)


def test_coverage_and_median_over_simulated_trials(simulated):
    drift, se_end = 2.0, 0.5
    z = simulated(T, drift=drift, paths=1500, seed=5)
    crossed = np.abs(z) >= UPPER
    stop = np.where(crossed.any(axis=1), crossed.argmax(axis=1), 2)
    inside = above = 0
    for row, k in zip(z, stop, strict=True):
        found = stagewise(T[: k + 1], UPPER[: k + 1], row[k], se=se_end / math.sqrt(T[k]))
        inside += found.low <= drift * se_end <= found.high
        above += found.median_unbiased > drift * se_end
    assert inside / 1500 == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 1500))
    assert above / 1500 == pytest.approx(0.5, abs=4 * math.sqrt(0.25 / 1500))


def test_p_is_uniform_without_an_effect(simulated):
    z = simulated(T, drift=0.0, paths=3000, seed=8)
    crossed = np.abs(z) >= UPPER
    stop = np.where(crossed.any(axis=1), crossed.argmax(axis=1), 2)
    p = np.array([stagewise_p(T[: k + 1], UPPER[: k + 1], row[k]) for row, k in zip(z, stop, strict=True)])
    for level in (0.05, 0.2, 0.5, 0.9):
        assert (p <= level).mean() == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / 3000))


def test_a_binding_futility_boundary_counts():
    found = bounds_of(Design((0.3, 0.6, 1.0), 0.025, 0.2, 1, Spending(), "binding", Spending("pocock")))
    p = stagewise_p(found.timing, found.upper, found.upper[-1], sides=1, futility=found.futility)
    assert p == pytest.approx(0.025, rel=1e-9)
    assert stagewise_p(found.timing, found.upper, found.upper[-1], sides=1) > 0.025


def test_large_z_is_no_trouble():
    found = stagewise(T[:2], UPPER[:2], 14.0, se=0.1)
    assert found.p == pytest.approx(2 * Spending().spent(0.025, T)[0], rel=1e-9)
    assert math.isfinite(found.high)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"upper": UPPER[:2]}, "3 looks have 2"), ({"z": math.nan}, "not a number"), ({"se": 0.0}, "not above 0"), ({"sides": 0}, "1 or 2")],
)  # fmt: skip
def test_what_is_refused(change, said):
    given_ = {"timing": T, "upper": UPPER, "z": 1.0, "se": 1.0, "sides": 2, **change}
    with pytest.raises(DataError, match=said):
        stagewise(given_["timing"], given_["upper"], given_["z"], se=given_["se"], sides=given_["sides"])
