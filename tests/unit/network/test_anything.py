"""Tables of any numbers: a network is fitted and told about, or refused in words; nothing else happens."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from metaudit.errors import MetauditError
from metaudit.network.contribution import WAYS, contributions
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import INTERVALS, TAU2, fit_network
from metaudit.network.from_arms import Arm, evidence_from_arms
from metaudit.network.heat import net_heat
from metaudit.network.hypergeometric import hypergeometric_network
from metaudit.network.inconsistency import random_inconsistency
from metaudit.network.likelihood import log_likelihood
from metaudit.network.mantel_haenszel import mantel_haenszel_network
from metaudit.network.splitting import node_split
from metaudit.network.values import OF_TREATMENT, WHOLE, Values

Cells = Callable[[np.random.Generator], dict[str, float]]


def people(rng: np.random.Generator) -> float:
    return float(rng.choice([1, 2, 5, 20, 100, 1e5], p=[0.02, 0.05, 0.1, 0.4, 0.38, 0.05]))


def counts(rng: np.random.Generator) -> dict[str, float]:
    n = people(rng)
    return {"events": float(rng.choice([0, n, round(n * rng.random()), 1])), "n": n}


def rates(rng: np.random.Generator) -> dict[str, float]:
    return {"events": float(rng.choice([0, 1, 5, 40])), "time": float(rng.choice([1e-6, 1, 100, 1e9]))}


def means(rng: np.random.Generator) -> dict[str, float]:
    mean = float(rng.choice([0, 1e-9, 1, 5, -3, 1e8]) * rng.choice([1, rng.normal()]))
    return {"mean": mean, "sd": float(rng.choice([1e-8, 1, 3, 1e6])), "n": people(rng)}


def effects(rng: np.random.Generator) -> dict[str, float]:
    return {"effect": float(rng.normal() * rng.choice([0, 1, 1e6])), "se": float(rng.choice([1e-6, 0.1, 1, 1e5]))}


KINDS: dict[str, tuple[Cells, tuple[str, ...]]] = {
    "counts": (counts, ("OR", "RR", "RD", "AS")), "rates": (rates, ("IRR", "IRD")), "means": (means, ("MD", "SMD", "ROM")), "effects": (effects, ("GEN",)),
}  # fmt: skip


def table(rng: np.random.Generator, cells: Cells) -> list[Arm]:
    """Arms of up to eleven studies with up to four arms, a number missing or senseless here and there."""
    treatments, arms = int(rng.integers(2, 7)), []
    for s in range(int(rng.integers(1, 12))):
        for t in rng.permutation(treatments)[: int(rng.integers(1, min(treatments, 4) + 1))]:
            found = cells(rng)
            if rng.random() < 0.03:
                found.pop(str(rng.choice(list(found))))
            if found and rng.random() < 0.02:
                found[str(rng.choice(list(found)))] = float(rng.choice([math.nan, math.inf, -1]))
            arms.append(Arm(f"study {s}", "ABCDEFG"[t], found, len(arms) + 2))
    return arms


def everything(evidence: Evidence, rng: np.random.Generator) -> None:
    found = fit_network(
        evidence, tau2=str(rng.choice(TAU2)), ci=str(rng.choice(INTERVALS)), multiarm=str(rng.choice(["full", "split"]))
    )
    assert np.all(np.isfinite(found.effects))
    assert np.all(np.isfinite(found.covariance))
    assert all(c.se > 0 for c in found.league())
    values = Values(found, small_is_good=True)
    assert not any(math.isinf(values.value(q)) for q in WHOLE)
    assert all(math.isfinite(values.value(q, found.treatments[0])) for q in OF_TREATMENT)
    for s in node_split(found) + node_split(found, way="without-designs"):
        assert not s.proportion < 0
        assert not s.proportion > 1
    for way in WAYS:
        np.testing.assert_allclose(contributions(found, way=way).share.sum(axis=1), 1, atol=1e-6)
    assert net_heat(evidence).inconsistency.size <= len(evidence.designs)
    assert math.isfinite(log_likelihood(found, restricted=True))
    assert math.isfinite(random_inconsistency(evidence).log_likelihood)


@pytest.mark.parametrize("kind", KINDS)
def test_any_table_is_told_about_or_refused(kind: str) -> None:
    cells, measures = KINDS[kind]
    rng, told, refused = np.random.default_rng(len(kind)), 0, []
    for _ in range(60):
        arms = table(rng, cells)
        try:
            evidence = evidence_from_arms(
                arms, str(rng.choice(measures)), convention=str(rng.choice(["escalc", "meta"]))
            )
            everything(evidence, rng)
            told += 1
        except MetauditError as error:
            refused.append(str(error))
    assert min(told, len(refused)) > 2
    assert all(len(text) > 30 for text in refused)


@pytest.mark.parametrize("method", [mantel_haenszel_network, hypergeometric_network])
def test_any_table_of_counts_is_pooled_from_them_or_refused(method: Callable[[list[Arm]], object]) -> None:
    rng, told, refused = np.random.default_rng(3), 0, []
    for _ in range(80):
        arms = [a for a in table(rng, counts) if len(a.cells) == 2 and 0 <= a.cells["events"] <= a.cells["n"] < 1e4]
        try:
            found = method(arms)
            assert all(math.isfinite(c.se) and c.se > 0 for c in found.league())  # type: ignore[attr-defined]
            told += 1
        except MetauditError as error:
            refused.append(str(error))
    assert min(told, len(refused)) > 2
    assert all(len(text) > 30 for text in refused)


def test_a_precise_comparison_keeps_its_standard_error_beside_vague_ones() -> None:
    precise = Study("1", ("A", "B"), np.array([0.25, 0.0]), np.diag([1e-12, 1e-12]))
    vague = [Study(str(i), ("B", "C"), np.array([1e3 * i, 0.0]), np.diag([1e7, 1e7])) for i in (2, 3)]
    found = fit_network(Evidence("MD", (precise, *vague)), tau2=None)
    c = found.compare("A", "B")
    assert (c.estimate, c.se) == (pytest.approx(0.25, abs=1e-9), pytest.approx(math.sqrt(2e-12), rel=1e-6))
