"""The cheapest set of requests that serves every need: a minimum set cover with needs that have several ways.

Each need has options, each option is a set of requests that together serve it. With one request an option this is the
weighted set cover problem; exact by best-first branch and bound (Land and Doig 1960), with a dual-ascent lower bound
(Erlenkotter 1978): what a need must cost at least is charged to the requests of its options, never twice.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R", bound=Hashable)
# Partial covers looked at before the search of one independent part ends without proof.
BUDGET = 50_000


@dataclass(frozen=True)
class Cover(Generic[R]):
    """A set of requests that serves every need.

    Attributes
    ----------
    chosen : the requests, in the order they were given
    cost : sum of their costs
    bound : no set that serves every need costs less; equal to ``cost`` when ``exact``
    exact : whether the set is proven to be the cheapest
    """

    chosen: tuple[R, ...]
    cost: int
    bound: int
    exact: bool


def minimum_cover(
    needs: Mapping[str, Sequence[frozenset[R]]], costs: Mapping[R, int], *, budget: int = BUDGET
) -> Cover[R]:
    """The cheapest set of requests that contains an option of every need.

    Parameters
    ----------
    needs : for each need its options; a need without options, or an option with an unknown request, is an error
    costs : cost of each request, positive; their order breaks ties
    budget : partial covers to look at in each independent part

    Returns
    -------
    The cover; where the budget does not suffice the best one found, with a proven lower bound.

    Raises
    ------
    ValueError
        when a need cannot be served or a cost is not positive.
    """
    order = list(costs)
    place = {r: i for i, r in enumerate(order)}
    if any(c <= 0 for c in costs.values()):
        raise ValueError("costs must be positive")
    masks = [_minimal([_mask(o, place) for o in options]) for _, options in sorted(needs.items())]
    if any(not options for options in masks):
        raise ValueError("a need has no option")
    price = [costs[r] for r in order]
    chosen, cost, bound, exact = 0, 0, 0, True
    for part in _parts(masks):
        best, low = _solve(part, price, budget)
        chosen |= best
        cost += _cost(best, price)
        bound += low
        exact &= low == _cost(best, price)
    return Cover(tuple(r for i, r in enumerate(order) if chosen >> i & 1), cost, bound, exact)


def _mask(option: frozenset[R], place: Mapping[R, int]) -> int:
    return sum(1 << place[r] for r in option)


def _minimal(options: Sequence[int]) -> tuple[int, ...]:
    """Options that do not contain another one."""
    once = sorted(set(options))
    return tuple(o for o in once if not any(p != o and p & o == p for p in once))


def _bits(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def _cost(mask: int, price: Sequence[int]) -> int:
    return sum(price[i] for i in _bits(mask))


def _parts(needs: Sequence[tuple[int, ...]]) -> list[list[tuple[int, ...]]]:
    """Needs that share no request can be served one part after the other."""
    parts: list[tuple[int, list[tuple[int, ...]]]] = []
    for options in dict.fromkeys(needs):
        touched = 0
        for o in options:
            touched |= o
        joined, rest = [options], []
        for mask, members in parts:
            if mask & touched:
                touched |= mask
                joined += members
            else:
                rest.append((mask, members))
        parts = [*rest, (touched, joined)]
    return [members for _, members in parts]


def _solve(needs: Sequence[tuple[int, ...]], price: Sequence[int], budget: int) -> tuple[int, int]:
    """The cheapest cover of one part found, and a lower bound of its cost."""
    best = _greedy(needs, price)
    upper = _cost(best, price)
    heap = [(_ascent(needs, 0, price), 0)]
    seen = {0}
    for _ in range(budget):
        if not heap or heap[0][0] >= upper:
            return best, upper
        _, chosen = heapq.heappop(heap)
        open_needs = [n for n in needs if not any(o & chosen == o for o in n)]
        if not open_needs:
            return chosen, _cost(chosen, price)
        tightest = min(open_needs, key=lambda n: (len(n), n))
        for option in tightest:
            child = chosen | option
            if child in seen:
                continue
            seen.add(child)
            low = _cost(child, price) + _ascent(needs, child, price)
            if low < upper:
                full = child | _greedy([n for n in needs if not any(o & child == o for o in n)], price, have=child)
                if _cost(full, price) < upper:
                    best, upper = full, _cost(full, price)
                heapq.heappush(heap, (low, child))
    return best, min(heap[0][0], upper) if heap else upper


def _ascent(needs: Sequence[tuple[int, ...]], chosen: int, price: Sequence[int]) -> int:
    """What the needs that are still open must cost at least."""
    left = [0 if chosen >> i & 1 else p for i, p in enumerate(price)]
    total = 0
    for options in sorted(needs, key=lambda n: (len(n), n)):
        least = min(sum(left[i] for i in _bits(o)) for o in options)
        if least == 0:
            continue
        total += least
        charged: dict[int, int] = {}
        for o in options:
            owed = least - sum(charged.get(i, 0) for i in _bits(o))
            for i in _bits(o):
                taken = min(owed, left[i])
                if taken > 0:
                    charged[i] = charged.get(i, 0) + taken
                    left[i] -= taken
                    owed -= taken
    return total


def _greedy(needs: Sequence[tuple[int, ...]], price: Sequence[int], *, have: int = 0) -> int:
    """A good cover: again and again the option that serves most for its price, then without what turns out idle."""
    chosen, open_needs = have, [n for n in needs if not any(o & have == o for o in n)]
    while open_needs:
        options = sorted({o for n in open_needs for o in n})
        pick = min(options, key=lambda o: (_cost(o & ~chosen, price) / _served(open_needs, chosen | o), o))
        chosen |= pick
        open_needs = [n for n in open_needs if not any(o & chosen == o for o in n)]
    for i in sorted(_bits(chosen & ~have), key=lambda i: (-price[i], i)):
        without = chosen & ~(1 << i)
        if all(any(o & without == o for o in n) for n in needs):
            chosen = without
    return chosen


def _served(needs: Sequence[tuple[int, ...]], chosen: int) -> int:
    return sum(any(o & chosen == o for o in n) for n in needs)
