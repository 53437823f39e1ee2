"""The flow of evidence and what direct comparisons contribute."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.network.contribution import contributions, random_walk, shortest_paths
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import fit_network
from metaudit.network.flow import edge_weights, flows, hat_matrix, measures
from metaudit.network.splitting import node_split

Network_of = Callable[..., Evidence]


def two_arms(name: str, a: str, b: str, y: float, v: float) -> Study:
    return Study(name, (a, b), np.array([y, 0.0]), np.diag([v / 2, v / 2]))


LOOP = Evidence(
    "MD", (two_arms("1", "A", "B", 1.0, 0.2), two_arms("2", "B", "C", 0.5, 0.3), two_arms("3", "A", "C", 3.0, 0.4))
)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tau2", [None, "REML"])
def test_a_unit_flows_from_the_first_to_the_second_treatment(
    network_of: Network_of, seed: int, tau2: str | None
) -> None:
    found = fit_network(network_of(seed), tau2=tau2)
    for pair in found.evidence.pairs:
        flow = flows(found, pair)
        expected = np.zeros(len(found.treatments))
        expected[[found.treatments.index(t) for t in pair]] = 1, -1
        np.testing.assert_allclose(flow.sum(axis=1), expected, atol=1e-10)
        np.testing.assert_allclose(flow, -flow.T, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_estimates_are_direct_comparisons_weighted_by_their_flow(network_of: Network_of, seed: int) -> None:
    """Two-arm studies: the hat matrix times the direct estimates is the network (Rücker 2012)."""
    found = fit_network(network_of(seed, largest=2), tau2="REML")
    pairs, direct, hat = hat_matrix(found)
    known = {(s.first, s.second): s.direct for s in node_split(found)}
    ours = hat @ np.array([known[d] for d in direct])
    np.testing.assert_allclose(ours, [found.compare(*p).estimate for p in pairs], atol=1e-10)


def test_reduced_weights_of_a_three_arm_study() -> None:
    """Independent arms: the weight between two of them is w_i w_j / sum(w) (Rücker and Schwarzer 2014)."""
    v = np.array([0.1, 0.2, 0.4])
    found = fit_network(Evidence("MD", (Study("1", ("A", "B", "C"), np.zeros(3), np.diag(v)),)), tau2=None)
    w = 1 / v
    np.testing.assert_allclose(edge_weights(found), np.outer(w, w) / w.sum() * (1 - np.eye(3)), rtol=1e-12)


def test_measures_of_a_loop() -> None:
    found = fit_network(LOOP, tau2=None)
    m = measures(found)["A", "C"]
    share = (1 / 0.4) / (1 / 0.4 + 1 / 0.5)
    assert m.proportion == pytest.approx(share)
    assert m.mean_path == pytest.approx(share + 2 * (1 - share))
    assert m.parallelism == pytest.approx(1 / max(share, 1 - share))


@pytest.mark.parametrize("way", ["shortest-path", "random-walk"])
def test_contributions_in_a_loop(way: str) -> None:
    found = contributions(fit_network(LOOP, tau2=None), way=way)
    share = (1 / 0.4) / (1 / 0.4 + 1 / 0.5)
    row = dict(zip(found.direct, found.share[found.estimates.index(("A", "C"))], strict=True))
    assert row == pytest.approx({("A", "B"): (1 - share) / 2, ("A", "C"): share, ("B", "C"): (1 - share) / 2})


def paths(step: np.ndarray, at: int, sink: int) -> Iterator[tuple[list[tuple[int, int]], float]]:
    """Every path along the flow, with its probability."""
    if at == sink:
        yield [], 1.0
        return
    for to in np.flatnonzero(step[at]):
        for rest, p in paths(step, int(to), sink):
            yield [(at, int(to)), *rest], p * step[at, to]


@pytest.mark.parametrize("seed", range(4))
def test_the_random_walk_takes_every_path_with_its_probability(network_of: Network_of, seed: int) -> None:
    found = fit_network(network_of(seed, treatments=6, studies=20), tau2="DL")
    for first, second in found.evidence.pairs[:6]:
        i, j = found.treatments.index(first), found.treatments.index(second)
        flow = flows(found, (first, second))
        forward = np.where(flow > 1e-12, flow, 0.0)
        forward[j] = 0
        step = forward / np.where(forward.sum(axis=1, keepdims=True) > 0, forward.sum(axis=1, keepdims=True), 1)
        listed = np.zeros_like(flow)
        for path, p in paths(step, i, j):
            for edge in path:
                listed[edge] += p / len(path)
        np.testing.assert_allclose(random_walk(flow, i, j), listed, atol=1e-12)


@pytest.mark.parametrize("way", ["shortest-path", "random-walk"])
@pytest.mark.parametrize("seed", range(4))
def test_contributions_to_an_estimate_are_shares_of_one(network_of: Network_of, seed: int, way: str) -> None:
    found = contributions(fit_network(network_of(seed, treatments=7, studies=22), tau2="REML"), way=way)
    np.testing.assert_allclose(found.share.sum(axis=1), 1, atol=1e-9)
    assert found.share.min() >= 0


def test_shortest_paths_go_first() -> None:
    flow = np.zeros((4, 4))
    for (a, b), f in {(0, 3): 0.5, (0, 1): 0.5, (1, 3): 0.2, (1, 2): 0.3, (2, 3): 0.3}.items():
        flow[a, b], flow[b, a] = f, -f
    expected = np.zeros((4, 4))
    expected[0, 3], expected[0, 1], expected[1, 3], expected[1, 2], expected[2, 3] = 0.5, 0.2 / 2 + 0.1, 0.1, 0.1, 0.1
    np.testing.assert_allclose(shortest_paths(flow, 0, 3), expected, atol=1e-15)


def test_a_scaled_covariance_changes_no_flow(network_of: Network_of) -> None:
    one, scaled = (fit_network(network_of(2, tau=0.6), tau2="DL", ci=ci) for ci in ("wald", "hksj"))
    assert scaled.scale != pytest.approx(1, rel=1e-3)
    np.testing.assert_allclose(hat_matrix(one)[2], hat_matrix(scaled)[2], atol=1e-12)
    assert measures(one)["drug A", "drug B"].mean_path == pytest.approx(measures(scaled)["drug A", "drug B"].mean_path)
    assert measures(one)["drug A", "drug B"].proportion == pytest.approx(
        measures(scaled)["drug A", "drug B"].proportion
    )


def test_weights_too_unequal_for_a_flow_are_refused() -> None:
    unequal = (two_arms("1", "A", "B", 1.0, 1e-9), two_arms("2", "B", "C", 0.5, 1e9), two_arms("3", "A", "C", 3.0, 1e9))
    found = fit_network(Evidence("MD", unequal), tau2=None)
    with pytest.raises(DataError, match="too unequal to say how evidence flows from A to B"):
        contributions(found)


def test_a_way_that_is_not_known_is_refused() -> None:
    with pytest.raises(DataError, match="way 'x' of contributions is not known"):
        contributions(fit_network(LOOP), way="x")
