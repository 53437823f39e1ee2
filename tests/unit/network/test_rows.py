"""A network as a regression with independent rows: the same as generalised least squares with the whole covariance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.linalg import block_diag

from metaudit.errors import DataError
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import fit_network
from metaudit.network.likelihood import log_likelihood
from metaudit.network.rows import contrasts_of, rows_of


def gls(evidence: Evidence, tau2: float, baseline: int = 0) -> tuple[np.ndarray, np.ndarray, float, float, float]:
    """Effects against the first treatment, covariance, Q, and both log-likelihoods, from contrasts with one arm of each study."""
    names = evidence.treatments
    y, v, x = [], [], []
    for s in evidence.studies:
        m = len(s.treatments)
        d = np.delete(np.eye(m), baseline % m, axis=0)
        d[:, baseline % m] = -1
        whole = np.zeros((m, len(names)))
        whole[range(m), [names.index(t) for t in s.treatments]] = 1
        y.append(d @ s.values)
        v.append(d @ (s.covariance + tau2 / 2 * np.eye(m)) @ d.T)
        x.append(d @ whole)
    yy, vv, xx = np.concatenate(y), block_diag(*v), np.vstack(x)[:, 1:]
    w = np.linalg.inv(vv)
    cov = np.linalg.inv(xx.T @ w @ xx)
    beta = cov @ xx.T @ w @ yy
    r = yy - xx @ beta
    q, n, p = float(r @ w @ r), yy.size, xx.shape[1]
    ml = -0.5 * (n * np.log(2 * np.pi) + np.linalg.slogdet(vv)[1] + q)
    reml = -0.5 * (
        (n - p) * np.log(2 * np.pi)
        + np.linalg.slogdet(vv)[1]
        + q
        - np.linalg.slogdet(cov)[1]
        - np.linalg.slogdet(xx.T @ xx)[1]
    )
    return beta, cov, q, ml, reml


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tau2", [0.0, 0.2])
@pytest.mark.parametrize("baseline", [0, 1])
def test_the_fit_is_generalised_least_squares(
    network_of: Callable[..., Evidence], seed: int, tau2: float, baseline: int
) -> None:
    evidence = network_of(seed)
    found = fit_network(evidence, tau2=tau2)
    beta, cov, q, ml, reml = gls(evidence, tau2, baseline)
    first = evidence.treatments[0]
    for i, t in enumerate(evidence.treatments[1:]):
        c = found.compare(t, first)
        assert c.estimate == pytest.approx(beta[i], rel=1e-10, abs=1e-12)
        assert c.se == pytest.approx(np.sqrt(cov[i, i]), rel=1e-10)
    assert log_likelihood(found, restricted=False) == pytest.approx(ml, rel=1e-11)
    if baseline == 0 and all(s.treatments[0] == s.design[0] for s in evidence.studies):
        assert log_likelihood(found, restricted=True) == pytest.approx(reml, rel=1e-11)
    if tau2 == 0:
        assert found.q == pytest.approx(q, rel=1e-10)


@pytest.mark.parametrize("m", [2, 3, 6])
def test_contrasts_are_orthonormal_and_sum_to_zero(m: int) -> None:
    h = contrasts_of(m)
    assert h.shape == (m - 1, m)
    np.testing.assert_allclose(h @ h.T, np.eye(m - 1), atol=1e-15)
    np.testing.assert_allclose(h.sum(axis=1), 0, atol=1e-15)


def test_a_constant_added_to_arms_or_to_their_covariance_changes_nothing(network_of: Callable[..., Evidence]) -> None:
    evidence = network_of(3)
    moved = Evidence(
        "OR", tuple(Study(s.name, s.treatments, s.values + 7, s.covariance + 0.3) for s in evidence.studies)
    )
    one, other = (fit_network(e, tau2="REML") for e in (evidence, moved))
    assert other.tau2 == pytest.approx(one.tau2, rel=1e-9)
    np.testing.assert_allclose(other.effects, one.effects, atol=1e-11)
    np.testing.assert_allclose(other.covariance, one.covariance, atol=1e-12)


def test_split_pairs_are_studies_of_their_own(network_of: Callable[..., Evidence]) -> None:
    evidence = network_of(1)
    single = []
    for s in evidence.studies:
        for a in s.design:
            for b in s.design:
                if a < b:
                    y, v = s.contrast(a, b)
                    single.append(Study(f"{s.name} {a} {b}", (a, b), np.array([y, 0.0]), np.diag([v / 2, v / 2])))
    apart = fit_network(Evidence("OR", tuple(single)), tau2="REML")
    split = fit_network(evidence, tau2="REML", multiarm="split")
    full = fit_network(evidence, tau2="REML")
    assert split.tau2 == pytest.approx(apart.tau2, rel=1e-9)
    assert split.df == apart.df > full.df
    for ours, theirs, right in zip(split.league(), apart.league(), full.league(), strict=True):
        assert ours.estimate == pytest.approx(theirs.estimate, rel=1e-9, abs=1e-12)
        assert ours.se == pytest.approx(theirs.se, rel=1e-9)
        assert ours.se != pytest.approx(right.se, rel=1e-4)


def test_what_has_no_rows_is_refused() -> None:
    with pytest.raises(DataError, match="multiarm 'half' is not known"):
        rows_of([], ["A"], multiarm="half")
    flat = Study("1", ("A", "B"), np.zeros(2), np.ones((2, 2)))
    with pytest.raises(DataError, match="study 1: the variances of its comparisons leave no positive covariance"):
        rows_of([flat], ["A", "B"])
