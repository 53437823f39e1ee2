"""Direct against indirect evidence."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import fit_network
from metaudit.network.splitting import direct_estimate, node_split, split_pair

Network_of = Callable[..., Evidence]


def two_arms(name: str, a: str, b: str, y: float, v: float) -> Study:
    return Study(name, (a, b), np.array([y, 0.0]), np.diag([v / 2, v / 2]))


LOOP = Evidence(
    "MD",
    (
        two_arms("1", "A", "B", 1.0, 0.2),
        two_arms("2", "B", "C", 0.5, 0.3),
        two_arms("3", "A", "C", 3.0, 0.4),
        two_arms("4", "C", "D", 1.0, 0.1),
    ),
)


@pytest.mark.parametrize("way", ["back-calculation", "without-designs"])
def test_a_loop_is_split_as_bucher_did(way: str) -> None:
    found = {(s.first, s.second): s for s in node_split(fit_network(LOOP, tau2=None), way=way)}
    s = found["A", "C"]
    assert (s.k, s.direct, s.se_direct) == (1, pytest.approx(3.0), pytest.approx(math.sqrt(0.4)))
    assert (s.indirect, s.se_indirect) == (pytest.approx(1.5), pytest.approx(math.sqrt(0.5)))
    assert (s.difference, s.se_difference) == (pytest.approx(1.5), pytest.approx(math.sqrt(0.9)))
    assert s.proportion == pytest.approx((1 / 0.4) / (1 / 0.4 + 1 / 0.5))
    only = found["C", "D"]
    assert (only.k, only.proportion) == (1, pytest.approx(1.0))
    assert math.isnan(only.indirect)
    assert math.isnan(only.p)
    none = found["A", "D"]
    assert (none.k, none.proportion) == (0, 0.0)
    assert math.isnan(none.direct)
    assert (none.indirect, none.se_indirect) == (pytest.approx(none.network), pytest.approx(none.se_network))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tau2", [None, "DL", "REML"])
def test_direct_and_indirect_make_the_network_estimate(network_of: Network_of, seed: int, tau2: str | None) -> None:
    found = fit_network(network_of(seed), tau2=tau2)
    for s in node_split(found):
        assert 0 <= s.proportion <= 1
        if s.k and math.isfinite(s.indirect):
            w = np.array([s.se_direct**-2, s.se_indirect**-2])
            assert s.network == pytest.approx(np.average([s.direct, s.indirect], weights=w), abs=1e-9)
            assert s.se_network == pytest.approx(w.sum() ** -0.5, rel=1e-9)
            assert s.proportion == pytest.approx(w[0] / w.sum(), rel=1e-9)


def test_the_two_ways_agree_without_multi_arm_studies(network_of: Network_of) -> None:
    found = fit_network(network_of(3, largest=2), tau2=0.1)
    for back, without in zip(node_split(found), node_split(found, way="without-designs"), strict=True):
        for name in ("k", "direct", "indirect", "se_indirect", "p"):
            assert getattr(back, name) == pytest.approx(getattr(without, name), rel=1e-8, nan_ok=True)


def test_the_network_without_the_designs_may_have_a_tau2_of_its_own(network_of: Network_of) -> None:
    found = fit_network(network_of(3, studies=25, tau=0.6), tau2="REML")
    pair = next(
        (s.first, s.second) for s in node_split(found, way="without-designs") if s.k and math.isfinite(s.indirect)
    )
    rest = found.evidence.keep(lambda s: not set(pair) <= set(s.treatments))
    for choice, tau2 in (("own", fit_network(rest, tau2="REML").tau2), ("whole", found.tau2)):
        s = split_pair(found, pair, way="without-designs", rest_tau2=choice)
        there = fit_network(rest, tau2=tau2).compare(*pair)
        assert (s.indirect, s.se_indirect) == (
            pytest.approx(there.estimate, rel=1e-8),
            pytest.approx(there.se, rel=1e-8),
        )


def test_the_direct_estimate_takes_multi_arm_studies_along(network_of: Network_of) -> None:
    evidence = network_of(5)
    k, estimate, se = direct_estimate(evidence, ("drug A", "drug B"), tau2=0.1)
    found = [s.contrast("drug A", "drug B") for s in evidence.studies if {"drug A", "drug B"} <= set(s.treatments)]
    w = [1 / (v + 0.1) for _, v in found]
    assert (k, estimate, se) == (
        len(found),
        pytest.approx(np.average([y for y, _ in found], weights=w)),
        pytest.approx(sum(w) ** -0.5),
    )
    assert any(len(s.treatments) > 2 for s in evidence.studies if {"drug A", "drug B"} <= set(s.treatments))


def test_what_is_not_known_is_refused() -> None:
    found = fit_network(LOOP)
    with pytest.raises(DataError, match="way of splitting 'x' is not known"):
        node_split(found, way="x")
    with pytest.raises(DataError, match="tau² of the rest 'x' is not known"):
        node_split(found, rest_tau2="x")
