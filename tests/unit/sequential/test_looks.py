"""At which shares of the required size the data were looked at, by both conventions."""

import math

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.sequential import Design, Spending, bounds_of
from metaudit.sequential.looks import PLANNED, inflated_looks, looks_at, without_first

N = np.array([100.0, 250.0, 600.0, 900.0])


def plan(timing):
    return Design(timing, 0.05, 0.2)


def test_a_size_not_reached_has_a_planned_last_look():
    found = looks_at(N, 1000)
    assert found.timing == pytest.approx((0.1, 0.25, 0.6, 0.9, 1.0))
    assert found.trials == (0, 1, 2, 3, PLANNED)
    assert (found.made, found.reached) == (4, False)


def test_the_trial_that_passes_the_size_is_the_last():
    found = looks_at(N, 500)
    assert found.timing == pytest.approx((0.2, 0.5, 1.0))
    assert found.trials == (0, 1, 2)
    assert found.reached
    assert looks_at(N, 600).timing == pytest.approx((1 / 6, 250 / 600, 1.0)), "a size met exactly is reached"
    assert looks_at(N, 50).timing == (1.0,)


def test_looks_that_were_left_out():
    found = looks_at(N, 1000, after=[3, 1])
    assert found.timing == pytest.approx((0.25, 0.9, 1.0))
    assert found.trials == (1, 3, PLANNED)
    assert looks_at(N, 500, after=[0, 3]).trials == (0, 3)
    assert without_first(looks_at(N, 1000), 0.2).trials == (1, 2, 3, PLANNED)


def test_rtsa_leaves_out_what_adds_less_than_1_percent():
    n = np.array([5.0, 12.0, 20.0, 200.0, 208.0, 216.0, 300.0])
    found, bounds = inflated_looks(n, 1000, plan)
    assert found.trials == (1, 3, 6, PLANNED), (
        "8 and 8 more are both left out: each is compared with the trial before it"
    )
    root = bounds_of(plan((0.012, 0.2, 0.3, 1.0))).inflation
    assert found.required == pytest.approx(1000 * root)
    assert found.timing == pytest.approx((0.012 / root, 0.2 / root, 0.3 / root, 1.0))
    assert bounds.upper == pytest.approx(bounds_of(plan(found.timing)).upper, abs=1e-12)


def test_rtsa_looks_between_the_size_and_the_inflated_size():
    pocock = lambda t: Design(t, 0.05, 0.2, spending=Spending("pocock"))  # noqa: E731
    n = np.array([300.0, 600.0, 1050.0])
    found, _ = inflated_looks(n, 1000, pocock)
    assert found.required > 1050
    assert found.trials == (0, 1, 2, PLANNED)
    passed, _ = inflated_looks(np.array([300.0, 600.0, 1500.0]), 1000, pocock)
    assert passed.trials == (0, 1, 2)
    assert passed.reached
    assert passed.timing[-1] == 1.0


def test_rtsa_spends_beta_along_the_inflated_size():
    def wedge(t):
        return Design(t, 0.05, 0.2, futility="non-binding", beta_spending=Spending())

    looks, bounds = inflated_looks(np.array([300.0, 600.0, 900.0]), 1000, wedge)
    again = bounds_of(wedge(looks.timing), inflation=looks.required / 1000)
    assert bounds.futility == pytest.approx(again.futility, nan_ok=True)
    assert bounds.inflation == pytest.approx(looks.required / 1000)


@pytest.mark.parametrize(
    ("n", "required", "said"),
    [([100.0, 100.0], 500, "grow"), ([100.0, math.nan], 500, "must be known"), ([], 500, "must be known"), ([-5.0, 10.0], 500, "grow"),
     ([100.0, 200.0], 0, "not above 0"), ([100.0, 200.0], math.inf, "not above 0")],
)  # fmt: skip
def test_what_is_refused(n, required, said):
    with pytest.raises(DataError, match=said):
        looks_at(np.array(n), required)
    with pytest.raises(DataError, match=said):
        inflated_looks(np.array(n), required, plan)


def test_looks_after_trials_that_there_are_not():
    for after in ([4], [-1], []):
        with pytest.raises(DataError, match="there are 4"):
            looks_at(N, 1000, after=after)
