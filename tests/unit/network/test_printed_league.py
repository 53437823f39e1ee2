"""Printed leagues, scores and rankings against what they must obey."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaudit.network.evidence import Evidence
from metaudit.network.fit import fit_network
from metaudit.network.printed_league import league_problems, mean_problem, order_problems
from metaudit.network.ranking import p_scores, ranks
from metaudit.printed import Interval

Cells = dict[tuple[str, str], Interval]


def around(x: float, digits: int = 2) -> Interval:
    half = 0.5 * 10.0**-digits
    return Interval(round(x, digits) - half, round(x, digits) + half)


def printed(effects: dict[str, float], digits: int = 2) -> Cells:
    return {(a, b): around(effects[a] - effects[b], digits) for a in effects for b in effects if a < b}


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=7), st.integers(0, 3))
def test_rounded_leagues_of_one_network_are_well(values: list[float], digits: int) -> None:
    effects = {f"t{i}": x for i, x in enumerate(values)}
    cells = printed(effects, digits)
    assert league_problems(cells) == ()
    assert league_problems({**cells, **{(b, a): Interval(-x.high, -x.low) for (a, b), x in cells.items()}}) == ()


def test_a_fitted_and_rounded_league_is_well(network_of: Callable[..., Evidence]) -> None:
    found = fit_network(network_of(2))
    ratios: Cells = {}
    for c in found.league():
        ratio = around(math.exp(c.estimate))
        ratios[c.first, c.second] = Interval(math.log(ratio.low), math.log(ratio.high))
    assert league_problems(ratios) == ()
    scores = {t: around(p, 2) for t, p in p_scores(found, small_is_good=True).items()}
    assert mean_problem(scores) is None
    assert (
        mean_problem({t: around(r, 1) for t, r in ranks(found, small_is_good=True).mean_rank.items()}, of_ranks=True)
        is None
    )
    order = sorted(scores, key=lambda t: -scores[t].low)
    assert order_problems(order, scores) == ()


def test_a_mirror_that_does_not_mirror_is_found() -> None:
    cells = {("A", "B"): around(0.5), ("B", "A"): around(-0.4)}
    (found,) = league_problems(cells)
    assert (found.rule, found.where) == ("turned", ("A", "B"))
    assert (found.expected.low, found.expected.high) == pytest.approx((0.395, 0.405))
    assert (found.found.low, found.found.high) == pytest.approx((0.495, 0.505))


def test_a_triangle_that_does_not_close_is_found() -> None:
    cells = printed({"A": 1.0, "B": 0.3, "C": -0.2, "D": 2.0})
    cells["A", "C"] = around(1.4)
    found = league_problems(cells)
    assert {f.rule for f in found} == {"triangle"}
    assert [set(f.where) for f in found] == [{"A", "B", "C"}, {"A", "C", "D"}]
    first = next(f for f in found if f.where == ("A", "B", "C"))
    assert (first.expected.low, first.expected.high) == pytest.approx((1.19, 1.21))
    assert (first.found.low, first.found.high) == pytest.approx((1.395, 1.405))


def test_triangles_may_close_one_by_one_and_not_together() -> None:
    """A ring of four at the edge of its rounding: no triangle is complete, and the sum does not vanish."""
    cells = {("A", "B"): around(0.10), ("B", "C"): around(0.10), ("C", "D"): around(0.10), ("A", "D"): around(0.33)}
    (found,) = league_problems(cells)
    assert (found.rule, found.where) == ("together", ("A", "B", "C", "D"))
    assert league_problems({**cells, ("A", "D"): around(0.32)}) == ()


def test_scores_that_cannot_average_a_half_are_found() -> None:
    assert mean_problem({"A": Interval(0.895, 0.905), "B": Interval(0.445, 0.455), "C": Interval(0.145, 0.155)}) is None
    found = mean_problem({"A": Interval(0.895, 0.905), "B": Interval(0.545, 0.555), "C": Interval(0.145, 0.155)})
    assert found is not None
    assert (found.rule, found.where, found.expected) == ("mean", ("A", "B", "C"), Interval(0.5, 0.5))
    assert (found.found.low, found.found.high) == pytest.approx((1.585 / 3, 1.615 / 3))
    assert mean_problem({"A": Interval(1.0, 1.2), "B": Interval(1.9, 2.0)}, of_ranks=True) is None
    assert mean_problem({"A": Interval(1.0, 1.2), "B": Interval(1.9, 1.9)}, of_ranks=True) is None
    assert mean_problem({"A": Interval(1.0, 1.05), "B": Interval(1.8, 1.9)}, of_ranks=True) is not None


def test_an_order_against_the_scores_is_found() -> None:
    scores = {"A": Interval(0.85, 0.95), "B": Interval(0.55, 0.65), "C": Interval(0.6, 0.7), "D": Interval(0.75, 0.8)}
    assert order_problems(["A", "D", "B", "C"], scores) == ()  # B and C may be equal
    (found,) = order_problems(["A", "B", "unknown", "D", "C"], scores)
    assert (found.rule, found.where, found.expected, found.found) == (
        "order",
        ("B", "D"),
        Interval(0.75, 0.8),
        Interval(0.55, 0.65),
    )


def test_infinite_cells_say_nothing() -> None:
    cells = {("A", "B"): Interval(-math.inf, math.log(0.005)), ("B", "C"): around(1.0), ("A", "C"): around(-9.0)}
    assert league_problems(cells) == ()
    assert np.isinf(cells["A", "B"].low)
