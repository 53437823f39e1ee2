"""The parts of a mixed model: densities and their derivatives, quadrature in one and two dimensions, likelihood slopes."""

import math

import numpy as np
import pytest
from scipy.stats import binom, nchypergeom_fisher, poisson

from metaudit.pooling.glmm_families import Binomial, Hypergeometric, Poisson
from metaudit.pooling.glmm_fit import numeric_moments
from metaudit.pooling.glmm_models import build
from metaudit.pooling.glmm_quadrature import log_likelihoods, moments

ETA = np.array([[-3.0, -0.4, 0.0, 1.1], [-1.0, 0.2, 2.0, 5.0]])
FAMILIES = {
    "binomial": Binomial(np.array([3.0, 0.0]), np.array([9.0, 4.0])),
    "poisson": Poisson(np.array([3.0, 0.0]), np.array([1.5, 0.1])),
    "hypergeometric": Hypergeometric(
        np.array([3.0, 0.0]), np.array([30.0, 400.0]), np.array([25.0, 380.0]), np.array([9.0, 12.0])
    ),
}
SCIPY = 1e-10  # scipy's non-central hypergeometric is BiasedUrn's, whose precision is 1e-10 or so
DIFFERENCE = 1e-7  # central differences with step 1e-4


def density(name: str, i: int, eta: float) -> float:
    f = FAMILIES[name]
    if name == "binomial":
        return float(binom.logpmf(f.x[i], f.n[i], 1 / (1 + math.exp(-eta))))
    if name == "poisson":
        return float(poisson.logpmf(f.x[i], f.t[i] * math.exp(eta)))
    return float(nchypergeom_fisher.logpmf(f.a[i], f.n1[i] + f.n2[i], f.n1[i], f.m[i], math.exp(eta)))


@pytest.mark.parametrize("name", FAMILIES)
def test_densities_equal_scipy(name: str) -> None:
    value = FAMILIES[name].at(ETA)[0]
    for i, j in np.ndindex(*ETA.shape):
        assert value[i, j] == pytest.approx(density(name, i, ETA[i, j]), rel=SCIPY, abs=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_derivatives_are_those_of_the_density(name: str) -> None:
    f, h = FAMILIES[name], 1e-4
    _, first, second = f.at(ETA)
    up, down = f.at(ETA + h), f.at(ETA - h)
    assert first == pytest.approx((up[0] - down[0]) / (2 * h), rel=DIFFERENCE, abs=DIFFERENCE)
    assert second == pytest.approx((up[1] - down[1]) / (2 * h), rel=DIFFERENCE, abs=DIFFERENCE)
    assert np.all(second <= 0)


@pytest.mark.parametrize("name", FAMILIES)
def test_peak_is_where_the_slope_is_zero_or_at_infinity(name: str) -> None:
    f = FAMILIES[name]
    eta, value = f.peak()
    assert f.at(np.array([[eta[0]], [0.0]]))[1][0, 0] == pytest.approx(0, abs=1e-9)
    assert f.at(np.array([[eta[0]], [0.0]]))[0][0, 0] == pytest.approx(value[0], abs=1e-12)
    assert (eta[1], value[1]) == (-math.inf, 0.0)


def test_support_that_is_left_out_does_not_matter() -> None:
    large = Hypergeometric(np.array([800.0]), np.array([9000.0]), np.array([8500.0]), np.array([1700.0]))
    near = large.at(np.array([[-0.2, 0.1]]))[0]
    everything = np.arange(0, 1701.0)
    from metaudit.pooling.glmm_families import _log_weight

    w = _log_weight(everything, *(np.full(everything.size, x) for x in (9000.0, 8500.0, 1700.0)))
    for j, eta in enumerate((-0.2, 0.1)):
        term = w + eta * everything
        assert near[0, j] == pytest.approx(
            term[800] - term.max() - math.log(np.exp(term - term.max()).sum()), abs=1e-10
        )


CELLS = {
    "events_t": np.array([4.0, 0.0, 9.0]), "n_t": np.array([40.0, 31.0, 60.0]),
    "events_c": np.array([9.0, 3.0, 9.0]), "n_c": np.array([41.0, 30.0, 55.0]),
}  # fmt: skip
OWN = np.array([-1.4, -2.0, -1.2])


@pytest.mark.parametrize(
    ("kind", "theta"),
    [
        ("conditional-exact", np.array([-0.5, 0.7])),
        ("conditional-approximate", np.array([-0.5, 0.7])),
        ("unconditional-fixed", np.concatenate([[-0.5, 0.7], OWN])),
        ("unconditional-random", np.array([-0.5, -1.4, 0.6, 0.7])),
    ],
)
def test_slopes_of_the_likelihood_are_its_differences(kind: str, theta: np.ndarray) -> None:
    model = build("OR", kind, CELLS)
    exact, differences = moments(model, theta), numeric_moments(model, theta, 61 if model.axes == 1 else 31)
    assert exact.value == pytest.approx(differences.value, abs=1e-9)
    assert exact.score == pytest.approx(differences.score, abs=1e-8)
    assert exact.hessian == pytest.approx(differences.hessian, abs=1e-5)


def test_two_random_effects_against_a_plain_grid() -> None:
    model, theta = build("OR", "unconditional-random", CELLS), np.array([-0.5, -1.4, 0.6, 0.7])
    z = np.linspace(-9, 9, 401)
    v, u = np.meshgrid(z, z, indexing="ij")
    weight = (z[1] - z[0]) ** 2 * np.exp(-(v**2 + u**2) / 2) / (2 * math.pi)
    for i, ours in enumerate(log_likelihoods(model, theta, None)):
        treated = binom.pmf(CELLS["events_t"][i], CELLS["n_t"][i], 1 / (1 + np.exp(1.9 - 0.6 * v - 0.35 * u)))
        control = binom.pmf(CELLS["events_c"][i], CELLS["n_c"][i], 1 / (1 + np.exp(1.4 - 0.6 * v + 0.35 * u)))
        assert ours == pytest.approx(math.log(np.sum(weight * treated * control)), abs=1e-11)


def test_correlated_effects_without_link_are_the_uncorrelated_ones() -> None:
    plain, linked = build("OR", "unconditional-random", CELLS), build("OR", "unconditional-random", CELLS, cor=True)
    a = log_likelihoods(plain, np.array([-0.5, -1.4, 0.6, 0.7]), None)
    b = log_likelihoods(linked, np.array([-0.5, -1.4, 0.6, 0.0, 0.7]), None)
    assert b == pytest.approx(a, abs=1e-12)


@pytest.mark.parametrize("coding", [0.5, 1.0, 0.0])
def test_coding_says_which_arm_varies(coding: float) -> None:
    model = build("OR", "unconditional-fixed", CELLS, coding=coding)
    assert (model.slopes(np.concatenate([[0.0, 2.0], OWN]))[:, 0] / 2).tolist() == {
        0.5: [0.5, -0.5],
        1.0: [1, 0],
        0.0: [0, 1],
    }[coding]
