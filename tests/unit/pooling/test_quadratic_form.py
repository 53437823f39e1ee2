"""The exact distribution of Q against closed forms, another algorithm, a published table and simulation."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import chdtr

from metaudit.pooling.quadratic_form import GeneralisedQ, cdf_of_sum

EXACT = 1e-13  # truncation and rounding of about 100 terms of size 1
IMHOF = 1e-10  # the quadrature that it is compared with


def imhof(q: float, lambdas: np.ndarray) -> float:
    """Imhof 1961: 1/2 - 1/pi integral of sin(theta(u)) / (u rho(u)), by adaptive quadrature."""

    def integrand(u: float) -> float:
        if u == 0:
            return (lambdas.sum() - q) / 2
        theta = 0.5 * np.arctan(lambdas * u).sum() - 0.5 * q * u
        return math.sin(theta) / (u * np.prod((1 + (lambdas * u) ** 2) ** 0.25))

    ends = [0.0, *np.arange(1, 400) * 4 * math.pi / q]
    pieces = [quad(integrand, a, b, epsabs=1e-14, epsrel=1e-12, limit=200)[0] for a, b in pairwise(ends)]
    return 0.5 - sum(pieces) / math.pi


@pytest.mark.parametrize("m", [1, 2, 3, 10, 50, 500])
@pytest.mark.parametrize("at", [0.001, 0.1, 1.0, 3.0, 10.0])
def test_equal_weights_are_a_scaled_chi_squared(m: int, at: float) -> None:
    q = at * m
    assert cdf_of_sum(7.0 * q, np.full(m, 7.0)) == pytest.approx(float(chdtr(m, q)), abs=EXACT)


@pytest.mark.parametrize("q", [1e-6, 1e-3, 0.1, 1.0, 5.0, 30.0])
def test_pairs_of_weights_are_a_sum_of_exponentials(q: float) -> None:
    rates = 1 / (2 * np.array([1.0, 0.01, 1e-6]))
    shares = [np.prod([r / (r - s) for r in rates if r != s]) for s in rates]
    closed = 1 - sum(c * math.exp(-s * q) for c, s in zip(shares, rates, strict=True))
    assert cdf_of_sum(q, np.repeat([1.0, 0.01, 1e-6], 2)) == pytest.approx(closed, abs=EXACT)


@pytest.mark.parametrize(
    ("multiplicities", "q", "printed"),
    [
        ((1, 1, 1), 0.1, 0.9458), ((1, 1, 1), 0.7, 0.5064), ((1, 1, 1), 2.0, 0.1240), ((2, 2, 2), 2.0, 0.3998),
        ((2, 2, 2), 6.0, 0.0161), ((6, 4, 2), 1.0, 0.9973), ((6, 4, 2), 5.0, 0.4353), ((6, 4, 2), 12.0, 0.0088),
        ((2, 4, 6), 1.0, 0.9666), ((2, 4, 6), 3.0, 0.4196), ((2, 4, 6), 8.0, 0.0087),
    ],
)  # fmt: skip
def test_upper_tails_of_imhof_1961(multiplicities: tuple[int, ...], q: float, printed: float) -> None:
    """Table 1 there, four decimals."""
    assert 1 - cdf_of_sum(q, np.repeat([0.6, 0.3, 0.1], multiplicities)) == pytest.approx(printed, abs=5e-5)


@pytest.mark.parametrize("seed", range(6))
def test_another_algorithm_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lambdas = 10 ** rng.uniform(-2, 0, 8)
    for share in (0.3, 1.0, 2.5):
        q = share * lambdas.sum()
        assert cdf_of_sum(q, lambdas) == pytest.approx(imhof(q, lambdas), abs=IMHOF)


def test_simulation_agrees() -> None:
    lambdas = np.array([3.0, 1.0, 0.2, 0.2, 0.01])
    draws = np.random.default_rng(5).chisquare(1, (200_000, 5)) @ lambdas
    for q in (0.5, 3.0, 9.0):
        p = cdf_of_sum(q, lambdas)
        assert np.mean(draws <= q) == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 200_000))


@given(
    st.lists(st.floats(-8, 0), min_size=1, max_size=40),
    st.floats(-4, 6),
)
@settings(max_examples=200, deadline=None)
def test_it_is_a_distribution_for_any_weights(exponents: list[float], at: float) -> None:
    lambdas = 10 ** np.array(exponents)
    q = 10**at * lambdas.sum()
    p = cdf_of_sum(q, lambdas)
    assert 0 <= p <= 1
    assert p <= cdf_of_sum(1.1 * q, lambdas) + EXACT
    assert cdf_of_sum(1000 * q, 1000 * lambdas) == pytest.approx(p, abs=EXACT)


def test_determinant_and_eigenvalues_give_the_same_probability() -> None:
    rng = np.random.default_rng(11)
    y, v = rng.normal(0, 0.5, 20), 10 ** rng.uniform(-3, 0, 20)
    for weights in (1 / v, 1 / np.sqrt(v), rng.uniform(0.1, 3, 20)):
        q = GeneralisedQ(y, v, np.ones((20, 1)), weights)
        for tau2 in (0.0, 0.01, 0.3, 20.0):
            assert q.below(tau2) == pytest.approx(cdf_of_sum(q.q, q.lambdas(tau2)), abs=EXACT)


def test_observed_q_is_that_of_weighted_least_squares() -> None:
    rng = np.random.default_rng(12)
    y, v, x = rng.normal(size=9), rng.uniform(0.1, 1, 9), np.column_stack([np.ones(9), rng.normal(size=9)])
    w = rng.uniform(1, 2, 9)
    b = np.linalg.solve(x.T @ (x * w[:, None]), x.T @ (w * y))
    assert GeneralisedQ(y, v, x, w).q == pytest.approx(float(w @ (y - x @ b) ** 2) / w.max(), rel=1e-12)


def test_nothing_is_below_zero() -> None:
    assert cdf_of_sum(0.0, np.ones(3)) == 0
    assert cdf_of_sum(1e9, np.ones(3)) == 1
