"""How evidence flows through a network: the hat matrix as an electrical network, and measures of it.

A network estimate of A against B is the potential difference that a unit current from A to B meets; the current through an
edge is the weight of that direct comparison in the estimate (Rücker 2012; König, Krahn and Binder 2013; Davies et al. 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.network.evidence import Pair
from metaudit.network.fit import Network
from metaudit.network.splitting import split_pair

_LOST = 1e-7  # of a unit flow: what may get lost at a treatment on the way


@dataclass(frozen=True)
class FlowMeasures:
    """Measures of one network estimate (König et al. 2013, section 3.4).

    Attributes
    ----------
    proportion : share of direct evidence
    mean_path : mean path length: how many direct comparisons are chained on average
    parallelism : minimal parallelism: 1 over the largest flow through a design
    """

    proportion: float
    mean_path: float
    parallelism: float


def edge_weights(network: Network) -> Floats:
    """Weight between each two treatments, shape ``(n, n)``: multi-arm studies with their reduced weights.

    The off-diagonal of the Laplacian X'WX, sign changed, is the sum of the weights of all studies between two treatments
    after the reduction of Rücker 2012 and Rücker and Schwarzer 2014.
    """
    rows = network.rows
    w = 1 / (rows.vi + network.tau2 / 2)
    weights = -(rows.x.T @ (w[:, None] * rows.x))
    np.fill_diagonal(weights, 0.0)
    compared = np.zeros_like(weights, dtype=bool)
    for a, b in network.evidence.direct_pairs:
        i, j = network.treatments.index(a), network.treatments.index(b)
        compared[i, j] = compared[j, i] = True
    return np.where(compared, weights, 0.0)


def flows(network: Network, pair: Pair) -> Floats:
    """Flow of evidence for ``pair`` from each treatment to each other, shape ``(n, n)``, antisymmetric.

    Unit flow leaves the first treatment and reaches the second; where it runs backwards it is negative. The upper
    triangle is a row of the aggregate hat matrix (Davies et al. 2022).

    Raises
    ------
    DataError
        when weights differ so much that rounding leaves no flow that adds up.
    """
    i, j = (network.treatments.index(t) for t in pair)
    potential = (network.covariance[:, i] - network.covariance[:, j]) / network.scale
    flow = np.asarray(edge_weights(network) * (potential[:, None] - potential[None, :]))
    lost = flow.sum(axis=1)
    lost[[i, j]] -= 1.0, -1.0
    if float(np.abs(lost).max()) > _LOST:
        raise DataError(
            f"the weights of this network are too unequal to say how evidence flows from {pair[0]} to {pair[1]}"
        )
    return flow


def hat_matrix(network: Network) -> tuple[tuple[Pair, ...], tuple[Pair, ...], Floats]:
    """Network comparisons, direct comparisons, and the weight of each of these in each of those."""
    pairs, direct = network.evidence.pairs, network.evidence.direct_pairs
    place = {t: i for i, t in enumerate(network.treatments)}
    at = tuple(np.array([place[p[side]] for p in direct]) for side in (0, 1))
    return pairs, direct, np.array([flows(network, p)[at] for p in pairs])


def measures(network: Network) -> dict[Pair, FlowMeasures]:
    """Measures of every network estimate.

    What a design of m arms passes on is half the sum of the absolute weights of its arms: all that enters it (König et
    al. 2013, for multi-arm designs).
    """
    rows, pairs = network.rows, network.evidence.pairs
    w = 1 / (rows.vi + network.tau2 / 2)
    place = {t: i for i, t in enumerate(network.treatments)}
    first, second = (np.array([place[p[side]] for p in pairs]) for side in (0, 1))
    potentials = (network.covariance[:, first] - network.covariance[:, second]) / network.scale
    designs = {d: i for i, d in enumerate(network.evidence.designs)}
    owner = np.array([designs[network.evidence.studies[s].design] for s in rows.study])
    total, largest = np.zeros(len(pairs)), np.zeros(len(pairs))
    for design, number in designs.items():
        arms = [place[t] for t in design]
        x = rows.x[owner == number][:, arms]
        weights = x.T @ (w[owner == number, None] * x)
        through = np.abs(weights @ potentials[arms]).sum(axis=0) / 2
        total += through
        largest = np.maximum(largest, through)
    return {
        pair: FlowMeasures(split_pair(network, pair).proportion, float(total[i]), float(1 / largest[i]))
        for i, pair in enumerate(pairs)
    }
