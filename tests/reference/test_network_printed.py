"""A published network meta-analysis, from its arms to every number that the article prints, digit by digit."""

from __future__ import annotations

import functools
import json
import math
from typing import Any

import pytest
from network_cases import VENDORED, NetworkCase, vendored

from metaudit.network.designs import ChiSquared, decompose, interaction
from metaudit.network.fit import Network, fit_network
from metaudit.network.ranking import p_scores, ranks
from metaudit.network.splitting import node_split
from metaudit.printed import parse_printed

PRINTED: dict[str, Any] = json.loads((VENDORED / "printed" / "stowe2010.json").read_text(encoding="utf-8"))
# 1,000 draws of a rank: three standard errors of a mean of 1,000 fractions
DRAWN = 3 * 0.5 / math.sqrt(1000)


@functools.cache
def case() -> NetworkCase:
    return next(c for c in vendored() if c.unit == "stowe2010")


@functools.cache
def fitted() -> Network:
    return fit_network(case().evidence, tau2="DL")


def same(text: str, value: float) -> None:
    """The value rounds to what is printed."""
    assert value in parse_printed(text.removesuffix("%")).interval("nearest"), f"{value} is not {text}"


def same_test(printed: dict[str, Any], found: ChiSquared) -> None:
    same(printed["Q"], found.q)
    assert found.df == printed["df"]
    if printed["p"] is not None:
        same(printed["p"], found.p)


def test_size_and_heterogeneity() -> None:
    evidence = case().evidence
    assert len(evidence.studies) == PRINTED["k"]
    assert len(evidence.treatments) == PRINTED["n"]
    assert len(evidence.designs) == PRINTED["d"]
    assert sum(len(s.treatments) * (len(s.treatments) - 1) // 2 for s in evidence.studies) == PRINTED["m"]
    assert sum(a.cells["n"] for a in case().rows) == PRINTED["observations"]
    same(PRINTED["tau2"], fitted().tau2)
    same(PRINTED["tau"], math.sqrt(fitted().tau2))
    for name, value in zip(("I2", "I2_lb", "I2_ub"), (fitted().i2, *fitted().i2_limits), strict=True):
        same(PRINTED[name], value)


@pytest.mark.parametrize("row", PRINTED["estimates"], ids=lambda r: r["treat1"])
def test_estimates(row: dict[str, str]) -> None:
    c = fitted().compare(row["treat1"], row["treat2"])
    for name, value in (("est", c.estimate), ("lb", c.ci_low), ("ub", c.ci_high), ("z", c.stat)):
        same(row[name], value)
    if row["p"].startswith("<"):
        assert c.p < float(row["p"].lstrip("< "))
    else:
        same(row["p"], c.p)


def test_decomposition_of_q() -> None:
    found = decompose(case().evidence)
    for name, test in (("Q_total", found.total), ("Q_within", found.within), ("Q_between", found.between)):
        same_test(PRINTED[name], test)
    for name, tests in (("within_by_design", found.by_design), ("between_after_detaching", found.detached)):
        known = {frozenset(d): t for d, t in tests.items()}
        for row in PRINTED[name]:
            same_test(row, known[frozenset(row["design"].split(":"))])
    row, test = PRINTED["design_by_treatment_random"], interaction(case().evidence, tau2="DL")
    same_test(row, ChiSquared(test.q, test.df))
    same(row["tau2_within"], test.tau2)
    same(row["tau_within"], math.sqrt(test.tau2))


def test_rankings() -> None:
    scores = p_scores(fitted(), small_is_good=True)
    drawn = ranks(fitted(), small_is_good=True).sucra
    for treatment, text in PRINTED["pscore"].items():
        same(text, scores[treatment])
        assert drawn[treatment] == pytest.approx(float(PRINTED["sucra_1000_draws"][treatment]), abs=DRAWN)


@pytest.mark.parametrize("row", PRINTED["netsplit_random"], ids=lambda r: r["comparison"])
def test_direct_and_indirect_evidence(row: dict[str, Any]) -> None:
    first, second = row["comparison"].split(":")
    split = next(s for s in node_split(fitted()) if {s.first, s.second} == {first, second})
    sign = 1 if split.first == first else -1
    assert split.k == row["k"]
    values = {
        "nma": sign * split.network, "direct": sign * split.direct, "indirect": sign * split.indirect, "diff": sign * split.difference,
        "z": sign * split.z, "p": split.p, "prop": split.proportion,
    }  # fmt: skip
    for name, value in values.items():
        if row.get(name) is None:
            assert name in ("prop",) or math.isnan(value)
        else:
            same(row[name], value)
