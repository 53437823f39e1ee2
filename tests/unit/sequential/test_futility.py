"""Futility boundaries: where they meet, what they spend, and what simulated trials do."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaudit.errors import DataError
from metaudit.sequential import Design, Spending, bounds_of
from metaudit.sequential.design import power

OBF, POC = Spending(), Spending("pocock")
TIMING = (0.25, 0.5, 0.8, 1.0)


def one_sided(futility, alpha=OBF, beta=POC, timing=TIMING):
    return bounds_of(Design(timing, 0.025, 0.1, 1, alpha, futility, beta))


@pytest.mark.parametrize("futility", ["non-binding", "binding"])
def test_both_boundaries_meet_at_the_last_look(futility):
    found = one_sided(futility)
    assert found.futility[-1] == found.upper[-1]
    assert (np.diff(found.futility) > 0).all()
    assert (found.futility <= found.upper).all()
    assert found.binding == (futility == "binding")


def test_a_non_binding_boundary_leaves_efficacy_alone():
    plain = bounds_of(Design(TIMING, 0.025, 0.1, 1, OBF))
    found = one_sided("non-binding")
    assert found.upper == pytest.approx(plain.upper, abs=1e-13)
    assert found.inflation > plain.inflation


def test_a_binding_boundary_buys_efficacy():
    free, bound = one_sided("non-binding"), one_sided("binding")
    assert bound.upper[0] == pytest.approx(free.upper[0])
    assert (bound.upper[1:] < free.upper[1:]).all()
    assert bound.inflation < free.inflation
    assert power(bound, 0.0, sides=1) == pytest.approx(0.025, abs=1e-12)
    assert power(bound, bound.drift, sides=1) == pytest.approx(0.9, abs=1e-12)


@pytest.mark.parametrize("futility", ["non-binding", "binding"])
def test_simulated_trials_spend_beta_look_by_look(futility, simulated):
    found = one_sided(futility)
    z = simulated(np.array(TIMING), drift=found.drift)
    up, down = z >= found.upper, z < found.futility
    stop = (up | down).argmax(axis=1)
    low = down[np.arange(len(z)), stop]
    share = np.array([(low & (stop <= i)).mean() for i in range(4)])
    assert share == pytest.approx(found.beta_spent, abs=4 * math.sqrt(0.09 / 400_000))
    assert found.beta_spent[-1] == pytest.approx(0.1)
    if futility == "binding":
        z = simulated(np.array(TIMING), drift=0.0, seed=3)
        up, down = z >= found.upper, z < found.futility
        stop = (up | down).argmax(axis=1)
        assert up[np.arange(len(z)), stop].mean() == pytest.approx(0.025, abs=4 * math.sqrt(0.025 / 400_000))


def test_the_inner_wedge_begins_where_it_is_positive():
    found = bounds_of(Design((0.1, 0.2, 0.5, 0.8, 1.0), 0.05, 0.2, 2, OBF, "non-binding", OBF))
    n = found.looks_without_futility
    assert n == 2
    assert np.isnan(found.futility[:n]).all()
    assert (found.futility[n:] >= 0).all()
    assert (found.beta_spent[:n] == 0).all()
    assert found.beta_spent[n] == pytest.approx(OBF.spent(0.2, [0.5])[0])
    assert found.beta_spent[-1] == pytest.approx(0.2)


def test_a_settled_inflation_sets_the_drift():
    design = Design(TIMING, 0.05, 0.2, 2, OBF, "non-binding", OBF)
    found = bounds_of(design)
    again = bounds_of(design, inflation=found.inflation)
    assert again.futility == pytest.approx(found.futility, abs=1e-9, nan_ok=True)
    larger = bounds_of(design, inflation=1.2 * found.inflation)
    assert np.nanmax(larger.futility[:-1] - found.futility[:-1]) > 0.01
    with pytest.raises(DataError, match="finds the inflation"):
        bounds_of(Design(TIMING, 0.025, 0.1, 1, OBF, "binding", OBF), inflation=1.1)


@settings(max_examples=25)
@given(
    st.lists(st.floats(0.05, 0.95), min_size=1, max_size=4).map(lambda t: tuple(sorted({round(x, 2) for x in t} | {1.0}))),
    st.sampled_from([OBF, POC, Spending("rho", 2.0)]), st.sampled_from([OBF, POC]), st.sampled_from(["non-binding", "binding"]),
    st.floats(0.05, 0.3),
)  # fmt: skip
def test_power_is_what_was_asked_for(timing, alpha, beta, futility, missed):
    found = bounds_of(Design(timing, 0.05, missed, 1, alpha, futility, beta))
    from metaudit.sequential.course import Course
    from metaudit.sequential.paths import reach_of

    stops = Course(found.timing, found.upper, sides=1, reach=reach_of(found.drift), futility=found.futility)
    assert sum(stops.crossing(found.drift)) == pytest.approx(1 - missed, abs=1e-10)


def test_one_look_has_nothing_to_stop():
    found = bounds_of(Design((1.0,), 0.05, 0.2, 2, OBF, "non-binding", OBF))
    assert found.inflation == pytest.approx(1, abs=1e-10)
    assert found.futility[0] == found.upper[0]


@pytest.mark.parametrize(
    ("timing", "futility", "sides"),
    [((0.873637, 0.999974, 1.0), "binding", 1), ((0.24001, 0.98874, 0.99985, 0.99991, 0.99999, 1.0), "non-binding", 2)],
)
def test_looks_close_to_the_end_have_boundaries_too(timing, futility, sides):
    """A step so small that all paths lie far from where it looks for a boundary first."""
    found = bounds_of(Design(timing, 0.0076, 0.023, sides, POC, futility, POC))
    assert np.isfinite(found.upper).all()
    assert np.nanmax(found.futility - found.upper) == 0
    assert power(found, 0.0, sides=sides) == pytest.approx(0.0076 / sides, abs=1e-12)
