"""The fitted network: closed forms, algebra, and the pairwise meta-analysis it is with two treatments."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making_networks import network
from scipy.stats import norm, t

from metaudit.errors import DataError
from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import TAU2, fit_network
from metaudit.pooling import pool

Network_of = Callable[..., Evidence]


def two_arms(name: str, a: str, b: str, y: float, v: float) -> Study:
    return Study(name, (a, b), np.array([y, 0.0]), np.diag([v / 2, v / 2]))


PAIRS = [(0.4, 0.04), (0.9, 0.09), (-0.2, 0.05), (0.5, 0.02), (1.3, 0.12), (0.1, 0.06)]


@pytest.mark.parametrize(
    ("tau2", "ci"), [(m, ci) for m in TAU2 for ci in ("wald", "t", "hksj")] + [(None, "wald"), (None, "t")]
)  # pool() scales no common effect
def test_two_treatments_are_a_pairwise_meta_analysis(tau2: str | None, ci: str) -> None:
    evidence = Evidence("GEN", tuple(two_arms(str(i), "A", "B", y, v) for i, (y, v) in enumerate(PAIRS)))
    found = fit_network(evidence, tau2=tau2, ci=ci)
    y, v = np.array(PAIRS).T
    theirs = pool(y, v, tau2=tau2, ci=ci, pi="t-k-1")
    c = found.compare("A", "B")
    assert found.tau2 == pytest.approx(theirs.tau2, rel=1e-10, abs=1e-14)
    assert (found.q, found.df, found.q_p, found.i2) == pytest.approx((theirs.q, theirs.q_df, theirs.q_p, theirs.i2_q))
    assert (c.estimate, c.se, c.ci_low, c.ci_high, c.stat, c.p) == pytest.approx(
        (theirs.estimate, theirs.se, theirs.ci_low, theirs.ci_high, theirs.stat, theirs.p), rel=1e-10
    )
    if tau2 is not None:
        assert (c.pi_low, c.pi_high) == pytest.approx((theirs.pi_low, theirs.pi_high), rel=1e-10)


def test_a_chain_of_two_comparisons_is_their_sum() -> None:
    evidence = Evidence("MD", (two_arms("1", "A", "B", 1.0, 0.2), two_arms("2", "B", "C", 0.5, 0.3)))
    found = fit_network(evidence, tau2="DL")
    c = found.compare("A", "C")
    assert (c.estimate, c.se) == pytest.approx((1.5, math.sqrt(0.5)))
    assert (found.df, found.q, found.tau2) == (0, 0.0, 0.0)
    assert math.isnan(found.q_p)
    assert math.isnan(c.pi_low)


def test_a_triangle_has_its_closed_form() -> None:
    """Direct and indirect evidence weighted by inverse variances (Bucher et al. 1997)."""
    evidence = Evidence(
        "MD", (two_arms("1", "A", "B", 1.0, 0.2), two_arms("2", "B", "C", 0.5, 0.3), two_arms("3", "A", "C", 2.0, 0.4))
    )
    found = fit_network(evidence, tau2=None)
    direct, indirect, v1, v2 = 2.0, 1.5, 0.4, 0.5
    c = found.compare("A", "C")
    assert c.estimate == pytest.approx((direct / v1 + indirect / v2) / (1 / v1 + 1 / v2))
    assert c.se == pytest.approx((1 / v1 + 1 / v2) ** -0.5)
    assert (found.q, found.df) == pytest.approx(((direct - indirect) ** 2 / (v1 + v2), 1))


@given(seed=st.integers(0, 10_000), tau2=st.sampled_from([None, "DL", "REML", 0.15]))
def test_the_league_table_is_consistent_and_antisymmetric(seed: int, tau2: str | float | None) -> None:
    found = fit_network(network(seed), tau2=tau2)
    names = found.treatments
    for a in names:
        for b in names:
            if a == b:
                continue
            one, back = found.compare(a, b), found.compare(b, a)
            assert (one.estimate, one.se, one.ci_low) == pytest.approx(
                (-back.estimate, back.se, -back.ci_high), rel=1e-12
            )
            for c in names:
                if c not in (a, b):
                    assert one.estimate == pytest.approx(
                        found.compare(a, c).estimate + found.compare(c, b).estimate, abs=1e-12
                    )


@given(seed=st.integers(0, 10_000), shuffled=st.integers(0, 1000))
def test_names_and_orders_change_nothing(seed: int, shuffled: int) -> None:
    evidence, rng = network(seed), np.random.default_rng(shuffled)
    renamed = {t: f"t{i}" for i, t in enumerate(rng.permutation(evidence.treatments))}
    studies = []
    for s in rng.permutation(np.array(evidence.studies, dtype=object)):
        order = rng.permutation(len(s.treatments))
        names = tuple(renamed[s.treatments[i]] for i in order)
        studies.append(Study(s.name, names, s.values[order], s.covariance[np.ix_(order, order)]))
    one, other = fit_network(evidence, tau2="REML"), fit_network(Evidence("OR", tuple(studies)), tau2="REML")
    assert other.tau2 == pytest.approx(one.tau2, rel=1e-8, abs=1e-12)
    assert other.q == pytest.approx(one.q, rel=1e-9, abs=1e-10)
    for c in one.league():
        there = other.compare(renamed[c.first], renamed[c.second])
        assert (there.estimate, there.se) == pytest.approx((c.estimate, c.se), rel=1e-7, abs=1e-9)


def test_changing_the_unit_changes_the_scale_only(network_of: Network_of) -> None:
    evidence = network_of(2)
    other = replace(
        evidence,
        studies=tuple(Study(s.name, s.treatments, 60 * s.values, 3600 * s.covariance) for s in evidence.studies),
    )
    for method in TAU2:
        one, two = fit_network(evidence, tau2=method), fit_network(other, tau2=method)
        assert two.tau2 == pytest.approx(3600 * one.tau2, rel=1e-9)
        assert two.q == pytest.approx(one.q)
        np.testing.assert_allclose(two.effects, 60 * one.effects, rtol=1e-9)


def test_reml_and_ml_are_where_the_score_vanishes(network_of: Network_of) -> None:
    from metaudit.network.likelihood import log_likelihood

    for seed in range(6):
        evidence = network_of(seed, tau=0.5)
        for method, restricted in (("REML", True), ("ML", False)):
            best = fit_network(evidence, tau2=method)
            top = log_likelihood(best, restricted=restricted)
            assert best.tau2 > 0
            for factor in (0.0, 0.5, 0.99, 1.01, 2.0):
                assert log_likelihood(fit_network(evidence, tau2=factor * best.tau2), restricted=restricted) < top


def test_paule_mandel_makes_q_its_expectation(network_of: Network_of) -> None:
    found = fit_network(network_of(4, tau=0.5), tau2="PM", ci="hksj")
    assert found.tau2 > 0
    assert found.scale == pytest.approx(1.0)


def test_the_moment_estimator_is_what_makes_q_expected(network_of: Network_of) -> None:
    """E(Q) = df + tau2 tr(PS), S = (I + J)/2 within studies (Jackson, White and Riley 2012), from dense matrices."""
    from scipy.linalg import block_diag

    evidence = network_of(4, tau=0.5)
    names, x, v, s = evidence.treatments, [], [], []
    for study in evidence.studies:
        m = len(study.treatments)
        d = np.hstack([-np.ones((m - 1, 1)), np.eye(m - 1)])
        where = np.zeros((m, len(names)))
        where[range(m), [names.index(u) for u in study.treatments]] = 1
        x.append(d @ where)
        v.append(d @ study.covariance @ d.T)
        s.append((np.eye(m - 1) + 1) / 2)
    xx, w = np.vstack(x)[:, 1:], np.linalg.inv(block_diag(*v))
    p = w - w @ xx @ np.linalg.inv(xx.T @ w @ xx) @ xx.T @ w
    found = fit_network(evidence, tau2="DL")
    assert found.tau2 == pytest.approx((found.q - found.df) / np.trace(p @ block_diag(*s)), rel=1e-10)


def test_prediction_intervals_have_the_degrees_of_freedom_asked_for(network_of: Network_of) -> None:
    found = fit_network(network_of(5), tau2="REML")
    a, b = found.treatments[:2]
    plain = found.compare(a, b)
    spread = math.sqrt(plain.se**2 + found.tau2)
    for pi, quantile in (
        ("t-df", t.ppf(0.975, found.df)), ("t-df-1", t.ppf(0.975, found.df - 1)), ("t-k-n", t.ppf(0.975, found.k - 5)), ("normal", norm.ppf(0.975)),
    ):  # fmt: skip
        c = found.compare(a, b, pi=pi)
        assert (c.pi_low, c.pi_high) == pytest.approx(
            (plain.estimate - quantile * spread, plain.estimate + quantile * spread)
        )
    with pytest.raises(DataError, match="pi 'new' is not known"):
        found.compare(a, b, pi="new")


def test_intervals_have_their_level(network_of: Network_of) -> None:
    found = fit_network(network_of(5), tau2="DL", level=0.9)
    c = found.compare(*found.treatments[:2])
    assert c.ci_high - c.estimate == pytest.approx(norm.ppf(0.95) * c.se)
    assert fit_network(network_of(5), tau2="DL", ci="t").compare(
        *found.treatments[:2]
    ).ci_high - c.estimate == pytest.approx(t.ppf(0.975, found.df) * c.se)


def test_more_heterogeneity_makes_intervals_wider(network_of: Network_of) -> None:
    evidence = network_of(7)
    widths = [[c.se for c in fit_network(evidence, tau2=value).league()] for value in (0.0, 0.1, 1.0)]
    assert all(a < b < c for a, b, c in zip(*widths, strict=True))


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"tau2": "HE"}, "tau2 'HE' is not known for networks"), ({"tau2": -1.0}, "tau2 is -1"), ({"tau2": math.nan}, "tau2 is nan"),
        ({"ci": "profile"}, "ci 'profile'"), ({"level": 1.0}, "level 1.0"), ({"multiarm": "x"}, "multiarm 'x'"),
    ],
)  # fmt: skip
def test_choices_that_are_not_known_are_refused(network_of: Network_of, choices: dict[str, object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        fit_network(network_of(0), **choices)  # type: ignore[arg-type]


def test_hksj_needs_something_that_varies() -> None:
    same = Evidence("MD", (two_arms("1", "A", "B", 1.0, 0.2), two_arms("2", "A", "B", 1.0, 0.3)))
    with pytest.raises(DataError, match="leaves hksj no standard error"):
        fit_network(same, ci="hksj")
    assert fit_network(same).tau2 == 0


def test_a_network_in_parts_is_refused_by_name() -> None:
    apart = Evidence("MD", (two_arms("1", "A", "B", 1.0, 0.2), two_arms("2", "C", "D", 0.5, 0.3)))
    with pytest.raises(DataError, match=r"falls into 2 parts that no study connects: A, B \| C, D"):
        fit_network(apart)


def test_a_treatment_that_is_not_there_is_named(network_of: Network_of) -> None:
    with pytest.raises(DataError, match="the network has no sugar; it has drug A, drug B"):
        fit_network(network_of(0)).compare("drug A", "sugar")


def test_one_study_and_many_treatments() -> None:
    one = Evidence("MD", (Study("1", ("A", "B", "C"), np.array([0.0, 1.0, 3.0]), np.diag([0.1, 0.2, 0.3])),))
    found = fit_network(one, tau2="REML")
    assert (found.df, found.tau2, found.i2) == (0, 0.0, 0.0)
    assert (found.compare("C", "A").estimate, found.compare("C", "A").se) == pytest.approx((3.0, math.sqrt(0.4)))


def test_one_trial_a_million_times_as_precise_keeps_the_digits() -> None:
    precise = two_arms("1", "A", "B", 0.25, 1e-12)
    rest = (two_arms("2", "B", "C", 0.5, 1.0), two_arms("3", "A", "C", 1.5, 2.0), two_arms("4", "A", "B", 7.0, 1.0))
    found = fit_network(Evidence("MD", (precise, *rest)), tau2=None)
    assert found.compare("A", "B").estimate == pytest.approx(0.25, abs=1e-11)
    # with A - B known, B - C rests on 0.5 (variance 1) and 1.5 - 0.25 (variance 2)
    assert found.compare("B", "C").estimate == pytest.approx((0.5 + 1.25 / 2) / 1.5, rel=1e-10)
    assert found.q == pytest.approx((7 - 0.25) ** 2 + (0.5 - 1.25) ** 2 / 3, rel=1e-9)


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e6])
def test_three_studies_that_agree_have_only_the_rounding_of_the_computer_to_vary(size: float) -> None:
    """log 0.8 and the variance of 0.62 to 1.03, three times: the residuals are not exactly 0."""
    y, v = -0.22314355131420976 * size, 0.016774 * size**2
    same = Evidence("MD", tuple(two_arms(name, "A", "B", y, v) for name in "123"))
    with pytest.raises(DataError, match="leaves hksj no standard error"):
        fit_network(same, ci="hksj")
    nearly = Evidence("MD", tuple(two_arms(str(i), "A", "B", y * (1 + 1e-6 * i), v) for i in range(3)))
    assert fit_network(nearly, ci="hksj").compare("A", "B").se > 0
