"""Mantel-Haenszel and conditional likelihood from the counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy.special import comb
from scipy.stats import nchypergeom_fisher

from metaudit.errors import DataError
from metaudit.network.counts import informative
from metaudit.network.from_arms import Arm
from metaudit.network.hypergeometric import conditional_moments, hypergeometric_network, multinomial_moments
from metaudit.network.mantel_haenszel import mantel_haenszel_network

Make = Callable[..., list[Arm]]
TABLES = [(3, 40, 9, 42), (1, 25, 4, 27), (0, 30, 2, 31), (7, 90, 11, 85)]


def pairwise(tables: list[tuple[int, int, int, int]], a: str = "A", b: str = "B", prefix: str = "") -> list[Arm]:
    return [
        Arm(f"{prefix}{i}", t, {"events": float(e), "n": float(n)})
        for i, (e1, n1, e2, n2) in enumerate(tables)
        for t, e, n in ((a, e1, n1), (b, e2, n2))
    ]


def test_two_treatments_have_the_mantel_haenszel_odds_ratio() -> None:
    found = mantel_haenszel_network(pairwise(TABLES)).compare("A", "B")
    a, n1, c, n2 = np.array(TABLES, dtype=float).T
    b, d, n = n1 - a, n2 - c, n1 + n2
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    variance = (p @ r) / (2 * r.sum() ** 2) + (p @ s + q @ r) / (2 * r.sum() * s.sum()) + (q @ s) / (2 * s.sum() ** 2)
    assert found.estimate == pytest.approx(math.log(r.sum() / s.sum()))
    assert found.se == pytest.approx(math.sqrt(variance))


def test_one_study_of_three_arms_has_its_own_odds_ratios() -> None:
    """One table: every L is the log odds ratio, transitive, with Woolf's covariances."""
    cells = {"A": (3, 40), "B": (9, 42), "C": (12, 50)}
    found = mantel_haenszel_network([Arm("1", t, {"events": float(e), "n": float(n)}) for t, (e, n) in cells.items()])
    for first, second in (("A", "B"), ("B", "C"), ("A", "C")):
        (e, n), (f, m) = cells[first], cells[second]
        c = found.compare(first, second)
        assert c.estimate == pytest.approx(math.log(e * (m - f) / (f * (n - e))))
        assert c.se == pytest.approx(math.sqrt(1 / e + 1 / (n - e) + 1 / f + 1 / (m - f)))


def test_what_says_nothing_is_left_out_and_told() -> None:
    rows = [
        *pairwise(TABLES),
        *pairwise([(0, 20, 0, 21)], prefix="none "), *pairwise([(20, 20, 21, 21)], prefix="all "),
        *pairwise([(0, 20, 3, 21)], a="C", prefix="arm "), Arm("lonely", "A", {"events": 1.0, "n": 9.0}),
    ]  # fmt: skip
    designs, left_out = informative(rows)
    assert [(d.treatments, d.studies) for d in designs] == [(("A", "B"), ("0", "1", "2", "3"))]
    assert left_out == (
        ("none 0", "no event in any arm"), ("all 0", "only events in every arm"), ("lonely", "one arm; a comparison needs two"),
        ("B : C", "arm C has no events in all studies of this design"), ("B : C", "one arm is left; a comparison needs two"),
    )  # fmt: skip


def test_an_arm_with_all_or_no_events_in_every_study() -> None:
    """B has no event in one study and only events in the other; its own product of both is 0 and of no use."""
    rows = pairwise([(1, 5, 0, 100), (89, 100, 100, 100)])
    found = mantel_haenszel_network(rows).compare("A", "B")
    assert found.estimate == pytest.approx(math.log((1 * 100 / 105 + 89 * 0 / 200) / (4 * 0 / 105 + 11 * 100 / 200)))


def test_inconsistency_between_designs_has_its_q() -> None:
    rows = [*pairwise(TABLES), *pairwise(TABLES, "B", "C", "bc"), *pairwise(TABLES, "A", "C", "ac")]
    found = mantel_haenszel_network(rows)
    direct = mantel_haenszel_network(pairwise(TABLES)).compare("A", "B")
    assert found.df == 1
    assert found.q == pytest.approx(direct.estimate**2 / (3 * direct.se**2))  # AB + BC - AC is one direct estimate
    assert 0 < found.q_p < 1
    assert (found.k, found.treatments) == (12, ("A", "B", "C"))


def test_an_infinite_mantel_haenszel_odds_ratio_is_refused() -> None:
    rows = [Arm("1", "A", {"events": 5.0, "n": 5.0}), Arm("1", "B", {"events": 2.0, "n": 5.0})]
    rows += [
        Arm("2", "A", {"events": 5.0, "n": 5.0}),
        Arm("2", "B", {"events": 5.0, "n": 5.0}),
        Arm("3", "A", {"events": 0.0, "n": 5.0}),
    ]
    rows += [Arm("3", "B", {"events": 0.0, "n": 5.0})]
    with pytest.raises(DataError, match="no study to pool"):
        mantel_haenszel_network(rows)
    crossed = [Arm("1", "A", {"events": 5.0, "n": 5.0}), Arm("1", "B", {"events": 2.0, "n": 5.0})]
    crossed += [Arm("2", "A", {"events": 2.0, "n": 5.0}), Arm("2", "B", {"events": 0.0, "n": 5.0})]
    with pytest.raises(DataError, match="A : B: a Mantel-Haenszel odds ratio is 0 or infinite"):
        mantel_haenszel_network(crossed)


@pytest.mark.parametrize("theta", [[0.0, 0.0, 0.0], [0.5, -1.0, 2.0], [30.0, 29.0, 31.0]])
def test_conditional_moments_are_those_of_all_tables(theta: list[float]) -> None:
    n, total, t = np.array([4.0, 6.0, 3.0]), 5, np.array(theta)
    cells = np.array([c for c in product(range(5), range(7), range(4)) if sum(c) == total], dtype=float)
    weight = np.prod(comb(n, cells), axis=1) * np.exp(cells @ t - total * t.max())
    z = weight.sum()
    mean = weight @ cells / z
    cov = (weight[:, None] * (cells - mean)).T @ (cells - mean) / z
    ours = conditional_moments(t, n, total=float(total))
    assert ours[0] == pytest.approx(math.log(z) + total * t.max(), rel=1e-12)
    np.testing.assert_allclose(ours[1], mean, rtol=1e-11)
    np.testing.assert_allclose(ours[2], cov, atol=1e-11)


@pytest.mark.parametrize(("n1", "n2", "total"), [(40, 50, 12), (3000, 2500, 900), (5, 400, 30)])
def test_two_arms_have_fishers_distribution(n1: int, n2: int, total: int) -> None:
    _, mean, cov = conditional_moments(np.array([0.7, 0.0]), np.array([float(n1), float(n2)]), total=float(total))
    theirs = nchypergeom_fisher(n1 + n2, n1, total, math.exp(0.7))
    assert mean[0] == pytest.approx(theirs.mean(), rel=1e-7)
    assert cov[0, 0] == pytest.approx(theirs.var(), rel=1e-5)
    assert mean.sum() == pytest.approx(total)
    np.testing.assert_allclose(cov.sum(axis=1), 0, atol=1e-8)


def test_no_event_and_only_events_are_certain() -> None:
    n = np.array([4.0, 6.0])
    for total in (0.0, 10.0):
        _, mean, cov = conditional_moments(np.array([0.3, 0.0]), n, total=total)
        np.testing.assert_allclose(mean, n * (total / 10))
        np.testing.assert_allclose(cov, 0, atol=1e-14)


def test_multinomial_moments() -> None:
    theta, n = np.array([0.4, 0.0]), np.array([30.0, 50.0])
    log_z, mean, cov = multinomial_moments(theta, n, total=7.0)
    p = 30 * math.exp(0.4) / (30 * math.exp(0.4) + 50)
    assert log_z == pytest.approx(7 * math.log(30 * math.exp(0.4) + 50))
    np.testing.assert_allclose(mean, [7 * p, 7 * (1 - p)])
    assert cov[0, 0] == pytest.approx(7 * p * (1 - p))


@pytest.mark.parametrize("likelihood", ["exact", "approximate"])
def test_the_estimates_are_where_the_likelihood_is_highest(arms: Make, likelihood: str) -> None:
    rows = arms(3, treatments=4, studies=9)
    found = hypergeometric_network(rows, likelihood=likelihood)
    moments = conditional_moments if likelihood == "exact" else multinomial_moments
    by_study: dict[str, list[Arm]] = {}
    for a in rows:
        by_study.setdefault(a.study, []).append(a)

    def height(effects: np.ndarray) -> float:
        total = 0.0
        for group in by_study.values():
            e, n = (np.array([a.cells[c] for a in group]) for c in ("events", "n"))
            theta = effects[[found.treatments.index(a.treatment) for a in group]]
            total += float(e @ theta) - moments(theta, n, total=float(e.sum()))[0]
        return total

    top, rng = height(found.effects), np.random.default_rng(1)
    for _ in range(30):
        step = rng.normal(0, 1e-3, 4)
        assert height(found.effects + step - step.mean()) < top
    h = 1e-3
    i, j = 0, 1
    e = np.eye(4)
    information = np.array([
        [-(height(found.effects + h * (e[a] + e[b])) - height(found.effects + h * (e[a] - e[b])) - height(found.effects - h * (e[a] - e[b]))
           + height(found.effects - h * (e[a] + e[b]))) / (4 * h * h) for b in range(4)]
        for a in range(4)
    ])  # fmt: skip
    covariance = np.linalg.pinv(information, rcond=1e-6)
    se = math.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
    assert found.compare(*found.treatments[:2]).se == pytest.approx(se, rel=1e-4)


def test_the_exact_likelihood_of_two_treatments_is_the_mixed_models_without_heterogeneity() -> None:
    from metaudit.network.fit import fit_network
    from metaudit.network.from_arms import evidence_from_arms

    rows = pairwise([(30, 400, 50, 420), (10, 250, 14, 270), (7, 900, 11, 850)])
    found = hypergeometric_network(rows).compare("A", "B")
    near = fit_network(evidence_from_arms(rows, "OR"), tau2=None).compare("A", "B")
    assert found.estimate == pytest.approx(near.estimate, abs=0.02)  # large studies: all methods meet
    assert found.se == pytest.approx(near.se, rel=0.02)


def test_rare_events_make_the_approximation_good(arms: Make) -> None:
    rare = [Arm(a.study, a.treatment, {**a.cells, "n": 1e5 * a.cells["n"]}) for a in arms(2, treatments=3, studies=6)]
    exact, near = (
        hypergeometric_network(rare, likelihood=k).compare("drug A", "drug B") for k in ("exact", "approximate")
    )
    assert exact.estimate == pytest.approx(near.estimate, abs=1e-5)
    assert exact.se == pytest.approx(near.se, rel=1e-4)


def test_what_has_no_conditional_likelihood_is_refused() -> None:
    with pytest.raises(DataError, match="likelihood 'x' is not known"):
        hypergeometric_network(pairwise(TABLES), likelihood="x")
    half = [Arm("1", "A", {"events": 1.5, "n": 20.0}), Arm("1", "B", {"events": 3.0, "n": 20.0})]
    with pytest.raises(DataError, match="needs whole numbers"):
        hypergeometric_network(half)
    apart = [*pairwise(TABLES), *pairwise(TABLES, "C", "D", "cd")]
    for method in (hypergeometric_network, mantel_haenszel_network):
        with pytest.raises(DataError, match=r"falls into 2 parts.*A, B \| C, D"):
            method(apart)
