"""The comparing itself: what counts as a difference, how results are counted, what metafor's messages come down to."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from harness import Case, Compared, Explained, of, p_of_stat, same_tau2
from messages import facts
from scipy.stats import norm
from tally import Tally, tally

INF, NAN = math.inf, math.nan
EXPLAINED = {"known": Explained(who_is_right="ours", why="it is a test", size="any")}


@pytest.mark.parametrize(
    ("ours", "theirs", "scale", "error"),
    [
        (1.0, 1.0, 0.0, 0.0),  # equal, whatever the scale
        (INF, INF, 1.0, 0.0),
        (NAN, NAN, 1.0, 0.0),  # neither is defined
        (NAN, 1.0, 1.0, INF),
        (1.0, NAN, 1.0, INF),
        (INF, 1.0, 1.0, INF),
        (1.5, 1.0, 0.0, INF),
        (1.5, 1.0, NAN, INF),  # a scale that is not defined cannot make a difference small
        (1.5, 1.0, 2.0, 0.25),
    ],
)
def test_error_of_a_comparison(ours: float, theirs: float, scale: float, error: float) -> None:
    compared = Compared("q", "what", ours, theirs, scale, 0.1)
    assert compared.error == error
    assert compared.differs == (error > 0.1)


def test_a_comparison_is_relative_to_metafor_unless_a_scale_is_given() -> None:
    assert of("q", "", 101.0, theirs=100.0, tolerance=0.0).error == pytest.approx(0.01)
    assert of("q", "", 101.0, theirs=100.0, tolerance=0.0, scale=2.0).error == pytest.approx(0.5)
    assert of("q", "", 1.0, theirs=None, tolerance=0.0).differs
    assert not of("q", "", -INF, theirs="-Inf", tolerance=0.0).differs


@pytest.mark.parametrize("z", [0.3, 2.0, 8.0, 35.0])
def test_a_p_value_may_be_off_as_far_as_its_statistic(z: float) -> None:
    tolerance = 1e-9
    p, near, far = (2 * norm.sf(z * (1 + shift)) for shift in (0.0, 0.4 * tolerance, 10 * tolerance))
    assert not p_of_stat("q", "", near, theirs=p, stat=z, tolerance=tolerance).differs
    if z > 1:  # below, P hardly moves with z
        assert p_of_stat("q", "", far, theirs=p, stat=z, tolerance=tolerance).differs


def test_tau2_below_the_boundary_is_zero_and_above_it_is_not() -> None:
    vi = np.array([1.0, 3.0])
    assert not same_tau2("q", "", 0.0, theirs=1e-13, vi=vi, tolerance=1e-7).differs
    assert same_tau2("q", "", 0.0, theirs=1e-6, vi=vi, tolerance=1e-7).differs


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Fisher scoring algorithm did not converge. See elsewhere.", ["did not converge"]),
        ("Optimizer (optim) did not achieve convergence (convergence = 1).", ["did not converge"]),
        ("failure to converge in 10000 evaluations", ["did not converge"]),
        ("Value of 'tau2.max' too low.", ["search interval too short"]),
        ("Some yi/vi values are NA.", []),
    ],
)
def test_messages_come_down_to_facts(message: str, found: list[str]) -> None:
    assert facts(message) == found
    assert [f for fact in found for f in facts(fact)] == found  # a fact is a message too: vendored files hold facts


def case(log: Any = ()) -> Case:
    return Case("unit", "OR", {"log": list(log)}, [], {})


def test_what_metafor_said_is_found_by_place_and_fact() -> None:
    said = case([{"where": "rma REML z", "kind": "error", "message": "did not converge"}]).said
    assert said("did not converge", where="rma REML")
    assert not said("did not converge", where="rma ML")
    assert not said("local maximum", where="rma REML")


def compare(case: Case) -> list[Compared]:
    return [
        Compared("right", "a", 1.0, 1.0, 1.0, 1e-9),
        Compared("right", "b", 1.0, 1.0 + 5e-10, 1.0, 1e-9),
        Compared("right", "c", 1.0, 1.0 + 1e-9, 1.0, 1e-7),
        Compared("wrong", "d", 2.0, 1.0, 1.0, 1e-9),
        Compared("understood", "e", 2.0, 1.0, 1.0, 1e-9, "known"),
        Compared("understood", "f", 1.0, 1.0, 1.0, 1e-9, "known"),
        Compared("not understood", "g", 2.0, 1.0, 1.0, 1e-9, "unknown"),
    ]


def test_comparisons_are_counted_by_quantity() -> None:
    area: Any = SimpleNamespace(compare=compare, EXPLAINED=EXPLAINED)
    found = Tally()
    for _ in range(2):
        found.merge(tally([case()], {"area": area}))
    assert found.compared == 14
    assert found.quantities["area", "right"].count == 6
    assert found.quantities["area", "right"].error == pytest.approx(5e-10)  # the nearest to its tolerance
    assert found.quantities["area", "understood"].explained == {"known": (2, 1.0)}
    assert found.explained() == {("area", "known"): 2, ("area", "unknown"): 2}
    assert [("d: ours 2.0" in w, "not in EXPLAINED" in w) for w in found.wrong] == [(True, False), (False, True)] * 2


def test_an_area_that_fails_is_a_difference() -> None:
    def broken(case: Case) -> list[Compared]:
        raise ValueError("no such number")

    area: Any = SimpleNamespace(compare=broken)
    assert tally([case()], {"area": area}).wrong == ["area, unit OR: ValueError: no such number"]
