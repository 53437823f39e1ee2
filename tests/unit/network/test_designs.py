"""Q within and between designs, and the design-by-treatment interaction."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.linalg import block_diag
from scipy.stats import chi2

from metaudit.errors import DataError
from metaudit.network.designs import decompose, interaction
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import fit_network
from metaudit.network.splitting import node_split

Network_of = Callable[..., Evidence]


def two_arms(name: str, a: str, b: str, y: float, v: float) -> Study:
    return Study(name, (a, b), np.array([y, 0.0]), np.diag([v / 2, v / 2]))


@pytest.mark.parametrize("seed", range(8))
def test_the_parts_of_q_add_up(network_of: Network_of, seed: int) -> None:
    evidence = network_of(seed, studies=20)
    found = decompose(evidence)
    assert found.total.q == pytest.approx(fit_network(evidence, tau2=None).q)
    assert found.within.q + found.between.q == pytest.approx(found.total.q, rel=1e-12)
    assert found.within.df + found.between.df == found.total.df
    assert sum(t.df for t in found.by_design.values()) == found.within.df
    for test in found.detached.values():
        assert -1e-12 <= test.q <= found.between.q + 1e-9
        assert 0 <= test.df <= found.between.df


def test_two_arm_designs_have_cochrans_q_of_their_studies() -> None:
    studies = [(1.0, 0.2), (0.3, 0.1), (0.8, 0.4)]
    evidence = Evidence(
        "MD",
        (*(two_arms(str(i), "A", "B", y, v) for i, (y, v) in enumerate(studies)), two_arms("9", "B", "C", 0.1, 0.2)),
    )
    y, v = np.array(studies).T
    mean = np.average(y, weights=1 / v)
    found = decompose(evidence)
    assert found.by_design["A", "B"].q == pytest.approx(float(((y - mean) ** 2 / v).sum()))
    assert (found.by_design["B", "C"].q, found.by_design["B", "C"].df) == (0.0, 0)
    assert math.isnan(found.by_design["B", "C"].p)
    assert (found.between.q, found.between.df) == (0.0, 0)


def test_a_loop_has_the_square_of_its_z_between_designs() -> None:
    evidence = Evidence(
        "MD", (two_arms("1", "A", "B", 1.0, 0.2), two_arms("2", "B", "C", 0.5, 0.3), two_arms("3", "A", "C", 3.0, 0.4))
    )
    found = decompose(evidence)
    z = node_split(fit_network(evidence, tau2=None))[0].z
    assert (found.between.q, found.between.df) == (pytest.approx(1.5**2 / 0.9), 1)
    assert found.between.q == pytest.approx(z**2)
    assert found.between.p == pytest.approx(chi2.sf(z**2, 1))
    assert {(t.q, t.df) for t in found.detached.values()} == {(0.0, 0)}


def test_detaching_can_be_left_out(network_of: Network_of) -> None:
    assert decompose(network_of(1), detach=False).detached == {}


def wald(evidence: Evidence, tau2: float) -> tuple[float, int]:
    """The Wald statistic of all inconsistency parameters from dense matrices, with the consistency model nested explicitly."""
    names = evidence.treatments
    y, v, x, z = [], [], [], []
    designs = list(evidence.designs)
    for s in evidence.studies:
        m = len(s.treatments)
        d = np.hstack([-np.ones((m - 1, 1)), np.eye(m - 1)])
        order = [s.treatments.index(t) for t in s.design]
        values, cov = s.values[order], s.covariance[np.ix_(order, order)]
        where = np.zeros((m, len(names)))
        where[range(m), [names.index(t) for t in s.design]] = 1
        own = [d[:, 1:] if g == s.design else np.zeros((m - 1, len(g) - 1)) for g in designs]
        y.append(d @ values)
        v.append(d @ (cov + tau2 / 2 * np.eye(m)) @ d.T)
        x.append((d @ where)[:, 1:])
        z.append(np.hstack(own))
    yy, w, xx, zz = np.concatenate(y), np.linalg.inv(block_diag(*v)), np.vstack(x), np.vstack(z)
    keep, basis = [], xx
    for j in range(zz.shape[1]):  # inconsistency parameters, one after the other, while they add something
        tried = np.hstack([basis, zz[:, [j]]])
        if np.linalg.matrix_rank(tried) > basis.shape[1]:
            basis = tried
            keep.append(j)
    cov = np.linalg.inv(basis.T @ w @ basis)
    beta = cov @ basis.T @ w @ yy
    at = slice(xx.shape[1], None)
    return float(beta[at] @ np.linalg.solve(cov[at, at], beta[at])), len(keep)


@pytest.mark.parametrize("tau2", [None, 0.25, "DL", "REML", "ML", "PM"])
@pytest.mark.parametrize("seed", [1, 4])
def test_the_interaction_is_the_wald_test_of_all_inconsistency_parameters(
    network_of: Network_of, seed: int, tau2: str | float | None
) -> None:
    evidence = network_of(seed, treatments=4, studies=30)
    found = interaction(evidence, tau2=tau2)
    q, df = wald(evidence, found.tau2)
    assert (found.q, found.df) == (pytest.approx(q, rel=1e-9), df)
    assert found.p == pytest.approx(chi2.sf(q, df), rel=1e-8)
    if tau2 is None:
        assert found.q == pytest.approx(decompose(evidence).between.q)


def test_tau2_within_designs_is_that_of_the_model_with_the_interaction(network_of: Network_of) -> None:
    """Each two-arm design alone, its studies around its own mean: the sum of their likelihoods."""
    from scipy.optimize import minimize_scalar

    evidence = network_of(4, treatments=3, studies=25, largest=2, tau=0.6)

    def minus(tau2: float, restricted: bool) -> float:
        total = 0.0
        for design, studies in evidence.designs.items():
            y, v = np.array([s.contrast(*design) for s in studies]).T
            w = 1 / (v + tau2)
            mean = np.average(y, weights=w)
            total += float(np.sum(np.log(v + tau2) + w * (y - mean) ** 2)) + restricted * math.log(float(w.sum()))
        return total

    for method, restricted in (("REML", True), ("ML", False)):
        best = minimize_scalar(minus, bounds=(1e-6, 3), args=(restricted,), method="bounded", options={"xatol": 1e-10})
        assert interaction(evidence, tau2=method).tau2 == pytest.approx(best.x, rel=1e-5)


def test_without_a_second_study_of_any_design_tau2_within_is_zero() -> None:
    evidence = Evidence(
        "MD", (two_arms("1", "A", "B", 1.0, 0.2), two_arms("2", "B", "C", 0.5, 0.3), two_arms("3", "A", "C", 3.0, 0.4))
    )
    for method in ("DL", "REML", "ML"):
        found = interaction(evidence, tau2=method)
        assert (found.tau2, found.df) == (0.0, 1)
        assert found.q == pytest.approx(1.5**2 / 0.9)
    assert interaction(evidence, tau2=0.5).tau2 == 0.5


def test_networks_without_inconsistency_to_test() -> None:
    evidence = Evidence("MD", (two_arms("1", "A", "B", 1.0, 0.2), two_arms("2", "B", "C", 0.5, 0.3)))
    found = interaction(evidence)
    assert (found.q, found.df) == (0.0, 0)
    assert math.isnan(found.p)
    apart = Evidence("MD", (two_arms("1", "A", "B", 1.0, 0.2), two_arms("2", "C", "D", 0.5, 0.3)))
    for each in (decompose, interaction):
        with pytest.raises(DataError, match="falls into 2 parts"):
            each(apart)
