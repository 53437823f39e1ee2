"""The cheapest set of requests: against every subset, and against an integer program."""

import itertools
import random

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from metaudit.explain.cover import minimum_cover


def instance(seed, *, requests, needs, options, together):
    rng = random.Random(seed)
    costs = {f"r{i:02d}": rng.randint(1, 9) for i in range(requests)}
    names = list(costs)
    wanted = {
        f"n{i:02d}": [frozenset(rng.sample(names, rng.randint(1, together))) for _ in range(rng.randint(1, options))]
        for i in range(needs)
    }
    return wanted, costs


def serves(chosen, needs):
    return all(any(o <= set(chosen) for o in options) for options in needs.values())


def by_integer_program(needs, costs):
    """The same problem with a binary for each request and each option: HiGHS."""
    names = list(costs)
    options = [(n, o) for n, given in sorted(needs.items()) for o in given]
    width = len(names) + len(options)
    rows, low = [], []
    for n in sorted(needs):  # some option of every need
        rows.append([0] * len(names) + [int(m == n) for m, _ in options])
        low.append(1)
    for j, (_, o) in enumerate(options):  # an option needs all its requests
        for r in o:
            line = [0] * width
            line[names.index(r)], line[len(names) + j] = 1, -1
            rows.append(line)
            low.append(0)
    cost = np.array([*costs.values(), *[0] * len(options)], dtype=float)
    found = milp(
        cost, constraints=LinearConstraint(np.array(rows), low, np.inf), integrality=np.ones(width), bounds=Bounds(0, 1)
    )
    assert found.success
    return round(found.fun)


@pytest.mark.parametrize("seed", range(60))
def test_small_covers_are_the_cheapest_of_all_subsets(seed):
    needs, costs = instance(seed, requests=8, needs=1 + seed % 9, options=3, together=3)
    best = min(
        sum(costs[r] for r in subset)
        for size in range(9)
        for subset in itertools.combinations(costs, size)
        if serves(subset, needs)
    )
    found = minimum_cover(needs, costs)
    assert serves(found.chosen, needs)
    assert (found.cost, found.bound, found.exact) == (best, best, True)
    assert sum(costs[r] for r in found.chosen) == found.cost


@pytest.mark.parametrize("seed", range(6))
def test_larger_covers_agree_with_an_integer_program(seed):
    needs, costs = instance(100 + seed, requests=30, needs=40, options=4, together=2)
    found = minimum_cover(needs, costs)
    assert found.exact
    assert serves(found.chosen, needs)
    assert found.cost == by_integer_program(needs, costs)


@pytest.mark.parametrize("seed", range(20))
def test_a_search_that_ends_early_still_serves_and_bounds(seed):
    needs, costs = instance(200 + seed, requests=20, needs=25, options=4, together=3)
    true = by_integer_program(needs, costs)
    early = minimum_cover(needs, costs, budget=1)
    assert serves(early.chosen, needs)
    assert early.bound <= true <= early.cost
    assert early.exact == (early.bound == early.cost)


def test_requests_are_asked_once_for_all_they_serve():
    needs = {"a": [frozenset("x")], "b": [frozenset("x"), frozenset("y")], "c": [frozenset("xz"), frozenset("yz")]}
    found = minimum_cover(needs, {"x": 5, "y": 1, "z": 1})
    assert found.chosen == ("x", "z")


def test_nothing_to_serve_and_what_cannot_be_served():
    empty = minimum_cover({}, {"x": 1})
    assert (empty.chosen, empty.cost, empty.exact) == ((), 0, True)
    with pytest.raises(ValueError, match="no option"):
        minimum_cover({"a": []}, {"x": 1})
    with pytest.raises(ValueError, match="positive"):
        minimum_cover({"a": [frozenset("x")]}, {"x": 0})
