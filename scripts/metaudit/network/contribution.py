"""How much each direct comparison contributes to each network estimate.

The flows for an estimate are split into streams along paths from the first treatment to the second; a stream counts for every
comparison on its path in equal parts, so that contributions to an estimate sum to 1. The shortest-path algorithm takes out
the stream along a shortest path again and again (Papakonstantinou et al. 2018); the random walk gives every path the
probability that a walker who follows the flow takes it (Davies et al. 2022).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.network.evidence import Pair
from metaudit.network.fit import Network
from metaudit.network.flow import flows

_LOST = 1e-6  # of a unit flow
_NO_FLOW = 1e-12  # of a unit flow: what rounding leaves of an edge that carries nothing


@dataclass(frozen=True, eq=False)
class Contributions:
    """Contributions of direct comparisons.

    Attributes
    ----------
    estimates : the network comparisons, shape ``(r,)``
    direct : the direct comparisons, shape ``(c,)``
    share : shape ``(r, c)``; every row sums to 1
    """

    estimates: tuple[Pair, ...]
    direct: tuple[Pair, ...]
    share: Floats


def contributions(network: Network, *, way: str = "shortest-path") -> Contributions:
    """Contribution of every direct comparison to every network estimate.

    Parameters
    ----------
    network : fitted
    way : ``shortest-path``, or ``random-walk``, which depends on no order of equally short paths

    Raises
    ------
    DataError
        for a way that is not known, and where weights of a multi-arm study are negative (very large standardised
        differences) or too unequal for evidence to flow.
    """
    if way not in WAYS:
        raise DataError(f"way {way!r} of contributions is not known; choose one of {', '.join(WAYS)}")
    pairs, direct = network.evidence.pairs, network.evidence.direct_pairs
    place = {t: i for i, t in enumerate(network.treatments)}
    edges = [(place[a], place[b]) for a, b in direct]
    out = np.zeros((len(pairs), len(direct)))
    for r, pair in enumerate(pairs):
        flow = flows(network, pair)
        used = WAYS[way](flow, place[pair[0]], place[pair[1]])
        out[r] = [used[i, j] + used[j, i] for i, j in edges]
        if abs(out[r].sum() - 1) > _LOST:
            raise DataError(
                f"evidence for {pair[0]} against {pair[1]} flows in circles: a multi-arm study has negative weights"
            )
    return Contributions(pairs, direct, out)


def shortest_paths(flow: Floats, source: int, sink: int) -> Floats:
    """Contribution of each directed edge, shape ``(n, n)``, by the streams along shortest paths.

    Among equally short paths the one found first by a breadth-first search is taken, treatments in the order in which the
    directed edges name them, as in netmeta.
    """
    left = np.where(flow > _NO_FLOW, flow, 0.0)
    order = _order(flow)
    used = np.zeros_like(flow)
    while (path := _breadth_first(left, source, sink, order=order)) is not None:
        stream = min(left[e] for e in path)
        for e in path:
            used[e] += stream / len(path)
            left[e] = left[e] - stream if left[e] - stream > _NO_FLOW else 0.0
    return used


def _order(flow: Floats) -> list[int]:
    """Treatments as a list of edges, each from where the evidence comes to where it goes, names them first."""
    n = len(flow)
    named = [
        v for i in range(n) for j in range(i + 1, n) if flow[i, j] != 0 for v in ((i, j) if flow[i, j] > 0 else (j, i))
    ]
    return list(dict.fromkeys(named))


def _breadth_first(left: Floats, source: int, sink: int, *, order: list[int]) -> list[tuple[int, int]] | None:
    """Edges of a shortest path with flow left; None when there is none."""
    came, queue = {source: source}, deque([source])
    while queue and sink not in came:
        at = queue.popleft()
        for to in order:
            if left[at, to] > 0 and to not in came:
                came[to] = at
                queue.append(to)
    if sink not in came:
        return None
    path, at = [], sink
    while at != source:
        path.append((came[at], at))
        at = came[at]
    return path[::-1]


def random_walk(flow: Floats, source: int, sink: int) -> Floats:
    """Contribution of each directed edge, shape ``(n, n)``, by all paths at once.

    Paths are not listed, of which there may be millions: the probability to have come to a treatment in a steps, and that
    to reach the sink from one in b steps, give the share of each edge for every path length a + 1 + b.
    """
    forward = np.where(flow > _NO_FLOW, flow, 0.0)
    forward[sink] = 0.0
    total = forward.sum(axis=1, keepdims=True)
    step = np.divide(forward, total, out=np.zeros_like(forward), where=total > 0)
    n = len(flow)
    come, go = np.zeros((n, n)), np.zeros((n, n))  # by number of steps, by treatment
    come[0, source], go[0, sink] = 1.0, 1.0
    for a in range(1, n):
        come[a], go[a] = come[a - 1] @ step, step @ go[a - 1]
    used = np.zeros_like(flow)
    for a in range(n):
        for b in range(n - 1 - a):
            used += np.outer(come[a], go[b]) * step / (a + 1 + b)
    return used


WAYS: dict[str, Callable[[Floats, int, int], Floats]] = {"shortest-path": shortest_paths, "random-walk": random_walk}
