"""Random inconsistency and net heat."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from metaudit.errors import DataError
from metaudit.network.designs import decompose, interaction
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import fit_network
from metaudit.network.from_arms import Arm, evidence_from_arms
from metaudit.network.heat import net_heat
from metaudit.network.inconsistency import random_inconsistency
from metaudit.network.likelihood import log_likelihood

Network_of = Callable[..., Evidence]
# metafor 3.8-1, made-up/inconsistent.R: nlminb ends about 1e-8 of the variances short
TAU2, GAMMA2, LOG_LIKELIHOOD = 0.0445067918881, 0.95802805352312, -21.6259105285699
BASIC = {
    "B": (0.618954919576672, 0.567671549174335),
    "C": (-0.273170624169032, 0.550661909774955),
    "D": (0.329312406752248, 0.649313621540944),
}
TAU2_ALONE, QM_ALONE = 0.722677006073229, 17.1479649235173


@pytest.fixture(scope="module")
def inconsistent() -> Evidence:
    path = Path(__file__).resolve().parents[2] / "data" / "network" / "made-up" / "inconsistent.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [
            Arm(r["study"], r["treatment"], {"events": float(r["event"]), "n": float(r["n"])}, line)
            for line, r in enumerate(csv.DictReader(handle), start=2)
        ]
    return evidence_from_arms(rows, "OR")


def test_both_variances_are_metafors(inconsistent: Evidence) -> None:
    found = random_inconsistency(inconsistent, baseline="A")
    assert (found.tau2, found.gamma2) == (pytest.approx(TAU2, rel=1e-6), pytest.approx(GAMMA2, rel=1e-6))
    assert found.log_likelihood == pytest.approx(LOG_LIKELIHOOD, rel=1e-11)
    for treatment, (estimate, se) in BASIC.items():
        c = found.compare(treatment, "A")
        assert (c.estimate, c.se) == (pytest.approx(estimate, rel=1e-7), pytest.approx(se, rel=1e-7))


def test_the_omnibus_test_is_metafors(inconsistent: Evidence) -> None:
    found = fit_network(inconsistent, tau2="REML")
    assert found.tau2 == pytest.approx(TAU2_ALONE, rel=1e-5)
    stat, df, p = fit_network(inconsistent, tau2=TAU2_ALONE).omnibus
    assert (stat, df, p) == (pytest.approx(QM_ALONE, rel=1e-10), 3, pytest.approx(chi2.sf(QM_ALONE, 3)))


def test_consistent_networks_have_no_variance_between_designs(network_of: Network_of) -> None:
    for seed in range(4):
        evidence = network_of(seed, studies=20)
        found, alone = random_inconsistency(evidence), fit_network(evidence, tau2="REML")
        assert found.log_likelihood >= log_likelihood(alone, restricted=True) - 1e-9
        if found.gamma2 == 0:
            assert found.tau2 == pytest.approx(alone.tau2, rel=1e-7, abs=1e-12)
            np.testing.assert_allclose(found.effects, alone.effects, atol=1e-8)


@pytest.mark.parametrize(
    "choices",
    [
        {"treatments": 2, "studies": 8},  # one design
        {"treatments": 4, "studies": 3, "largest": 2},  # a tree: nothing is left at all
        {"treatments": 4, "studies": 5, "largest": 2, "seed": 9},
    ],
)
def test_what_cannot_be_told_from_the_rest_is_zero(network_of: Network_of, choices: dict[str, int]) -> None:
    evidence = network_of(choices.get("seed", 2), **{k: v for k, v in choices.items() if k != "seed"})
    found, alone = random_inconsistency(evidence), fit_network(evidence, tau2="REML")
    assert (found.gamma2, found.tau2) == (0.0, pytest.approx(alone.tau2, rel=1e-9))
    assert found.log_likelihood == pytest.approx(log_likelihood(alone, restricted=True))


def test_a_loop_of_single_studies_has_one_variance() -> None:
    evidence = Evidence("MD", LOOP)
    found = random_inconsistency(evidence)
    assert (found.gamma2, found.tau2) == (0.0, pytest.approx(fit_network(evidence, tau2="REML").tau2))
    assert found.tau2 > 0


def test_variances_too_unequal_for_it_are_refused() -> None:
    unequal = [
        Study(f"{i}", ("A", "B", "C"), np.array([i, 0.0, -i]) * 1e4, np.diag([1e-9, 2e-9, 1e8 * (1 + i)]))
        for i in range(3)
    ]
    pairs = [two_arms(f"{i} more", "A", "B", float(i), 1e-9) for i in range(2)]
    with pytest.raises(DataError, match="too unequal for a model with random inconsistency"):
        random_inconsistency(Evidence("MD", (*unequal, *pairs)))


def test_the_likelihood_is_highest_at_both_variances(inconsistent: Evidence) -> None:
    """Against dense matrices of contrasts with the first arm."""
    found = random_inconsistency(inconsistent, baseline="A")

    def height(tau2: float, gamma2: float) -> float:
        names, y, x, v, spread, design = inconsistent.treatments, [], [], [], [], []
        for s in inconsistent.studies:
            m = len(s.treatments)
            d = np.hstack([-np.ones((m - 1, 1)), np.eye(m - 1)])
            where = np.zeros((m, len(names)))
            where[range(m), [names.index(t) for t in s.treatments]] = 1
            y.append(d @ s.values)
            x.append(d @ where)
            v.append(d @ s.covariance @ d.T)
            spread += [s.name] * (m - 1)
            design += [s.design] * (m - 1)
        yy, xx = np.concatenate(y), np.vstack(x)
        shared = xx @ xx.T / 2
        same = (
            np.array([[a == b for b in spread] for a in spread]),
            np.array([[a == b for b in design] for a in design]),
        )
        cov = tau2 * np.where(same[0], shared, 0) + gamma2 * np.where(same[1], shared, 0)
        at = 0
        for block in v:
            cov[at : at + len(block), at : at + len(block)] += block
            at += len(block)
        xb, w = xx[:, 1:], np.linalg.inv(cov)
        inner = xb.T @ w @ xb
        r = yy - xb @ np.linalg.solve(inner, xb.T @ w @ yy)
        logs = np.linalg.slogdet(cov)[1] + np.linalg.slogdet(inner)[1] - np.linalg.slogdet(xb.T @ xb)[1]
        return float(-0.5 * ((yy.size - xb.shape[1]) * np.log(2 * np.pi) + logs + r @ w @ r))

    top = height(found.tau2, found.gamma2)
    assert top == pytest.approx(found.log_likelihood, rel=1e-11)
    for a, b in ((1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98), (1.02, 0.98)):
        assert height(a * found.tau2, b * found.gamma2) < top


def two_arms(name: str, a: str, b: str, y: float, v: float) -> Study:
    return Study(name, (a, b), np.array([y, 0.0]), np.diag([v / 2, v / 2]))


LOOP = (
    two_arms("1", "A", "B", 1.0, 0.2),
    two_arms("2", "B", "C", 0.5, 0.3),
    two_arms("3", "A", "C", 3.0, 0.4),
    two_arms("4", "C", "D", 1.0, 0.1),
)


def test_in_a_loop_every_design_is_at_odds_with_the_others() -> None:
    heat = net_heat(Evidence("MD", LOOP))
    assert heat.designs == (("A", "B"), ("A", "C"), ("B", "C"))  # C against D is in no loop
    share = 1.5**2 / 0.9**2 * np.array([0.2, 0.4, 0.3])  # residuals are in proportion to the variances
    np.testing.assert_allclose(heat.inconsistency, share, rtol=1e-10)
    np.testing.assert_allclose(
        heat.change, np.tile(share[:, None], 3), rtol=1e-9
    )  # without any one of them nothing is left


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("random", [False, True])
def test_the_inconsistency_of_designs_is_q_between_them(network_of: Network_of, seed: int, random: bool) -> None:
    evidence = network_of(seed, treatments=4, studies=25)
    test = interaction(evidence, tau2="DL" if random else None)
    heat = net_heat(evidence, tau2=test.tau2)
    assert heat.inconsistency.sum() == pytest.approx(test.q, rel=1e-9)
    np.testing.assert_allclose(np.diag(heat.change), heat.inconsistency)
    if not random:
        detached = decompose(evidence).detached
        for column, design in enumerate(heat.designs):
            assert test.q - heat.change[:, column].sum() == pytest.approx(detached[design].q, rel=1e-8, abs=1e-9)


def test_parts_are_refused() -> None:
    apart = Evidence("MD", (LOOP[0], LOOP[3]))
    for each in (net_heat, random_inconsistency):
        with pytest.raises(DataError, match="falls into 2 parts"):
            each(apart)
