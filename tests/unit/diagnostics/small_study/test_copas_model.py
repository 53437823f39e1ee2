"""Copas's model: the density, the limit of no selection, the printed example, and simulated selection."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from metaudit.diagnostics.small_study.copas import copas
from metaudit.diagnostics.small_study.copas_likelihood import copas_fit, log_likelihood, with_se
from metaudit.errors import DataError
from metaudit.pooling import pool
from tolerances import CLOSED_FORM

# Crowther et al. 2003, the example of Carpenter, Rücker and Schwarzer 2009 (R Journal): nine trials
EVENTS_T, N_T = [8, 14, 70, 2, 11, 12, 16, 0, 75], [25, 62, 311, 21, 54, 42, 75, 31, 183]
EVENTS_C, N_C = [13, 26, 64, 9, 19, 29, 35, 2, 84], [23, 74, 279, 18, 67, 46, 75, 33, 172]
# Printed by summary(copas(...)): chance of publication, OR, its interval, P, P of residual selection, unpublished
PRINTED = [
    (1.00, 0.50, 0.32, 0.76, 0.001, 0.006, 0),
    (0.82, 0.55, 0.35, 0.86, 0.009, 0.007, 1),
    (0.67, 0.61, 0.39, 0.93, 0.023, 0.012, 2),
    (0.55, 0.67, 0.46, 0.98, 0.037, 0.021, 4),
    (0.45, 0.74, 0.54, 1.02, 0.065, 0.046, 6),
]
# One unit in the second decimal of an odds ratio; and 0.004 of a P value (the models are fitted at points of the path
# that differ in the third decimal).
PRINTED_RATIO, PRINTED_P = 0.011, 0.0045
# The regular maximum under the strongest selection (odds ratio 0.80) beside the printed one on an edge (0.83).
REGULAR_MAXIMUM = 0.035


def crowther():
    a, c = np.array(EVENTS_T, dtype=float), np.array(EVENTS_C, dtype=float)
    b, d = np.array(N_T) - a, np.array(N_C) - c
    a, b, c, d = (x + 0.5 * (np.array(EVENTS_T) == 0) for x in (a, b, c, d))
    return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


@pytest.fixture(scope="module")
def example():
    return copas(*crowther())


@pytest.mark.parametrize(("tau2", "rho", "gamma0"), [(0.05, 0.7, -0.5), (0.0, -0.5, -1.0), (0.3, -0.95, 0.4)])
def test_density_of_a_published_effect_integrates_to_one_with_its_variance(tau2, rho, gamma0):
    """With tau2 = 0, vi is the variance of the published effects around their mean."""
    vi = np.array([0.16])

    def density(y):
        params = np.array([[0.2, tau2, rho]])
        return math.exp(log_likelihood(params, np.array([y]), vi, gamma0=gamma0, gamma1=0.1)[0])

    total, mean, square = (quad(lambda y, p=p: y**p * density(y), -8, 8, points=[0.2], limit=200)[0] for p in (0, 1, 2))
    assert total == pytest.approx(1.0, rel=CLOSED_FORM)
    assert (mean - 0.2) * rho > 0
    if tau2 == 0:
        assert square - mean**2 == pytest.approx(0.16, rel=1e-7)


def test_no_selection_is_maximum_likelihood(smoking):
    ours = copas_fit(smoking.yi, smoking.vi, gamma0=10.0, gamma1=0.0, positive_rho=True)
    plain = pool(smoking.yi, smoking.vi, tau2="ML")
    assert (ours.estimate, ours.tau2) == pytest.approx((plain.estimate, plain.tau2), rel=1e-7)
    w, r = 1 / (smoking.vi + plain.tau2), smoking.yi - plain.estimate
    information = np.array([[w.sum(), w**2 @ r], [w**2 @ r, w**3 @ r**2 - (w**2).sum() / 2]])
    assert ours.se == pytest.approx(math.sqrt(np.linalg.inv(information)[0, 0]), rel=1e-6)
    assert ours.publish_largest_se == 1.0
    assert ours.unpublished == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("row", PRINTED)
def test_printed_example_row(example, row):
    chance, ratio, low, high, p, residual, unpublished = row
    fit = min(example.fits, key=lambda f: abs(f.publish_largest_se - chance))
    assert abs(fit.publish_largest_se - chance) < 0.0065
    found = np.exp([fit.estimate, fit.ci_low, fit.ci_high])
    assert np.abs(found - [ratio, low, high]).max() < PRINTED_RATIO
    assert abs(fit.p - p) < PRINTED_P
    assert abs(fit.residual_p - residual) < PRINTED_P
    assert round(fit.unpublished) == unpublished


def test_printed_adjusted_effect(example):
    """Printed 0.83 (0.61 to 1.15) at a chance of 0.37: a maximum with tau2 = 0 on the edge where a study is cut off.

    Ours is the regular maximum there, with a standard error of its own; metasens carried over that of the row before.
    """
    adjusted = example.adjusted
    assert adjusted is example.fits[-1]
    assert np.abs(np.exp([adjusted.estimate, adjusted.ci_low]) - [0.83, 0.61]).max() < REGULAR_MAXIMUM
    assert adjusted.residual_p > 0.1
    assert adjusted.tau2 > 0
    assert not adjusted.se_carried
    assert example.to_row()["estimate"] == adjusted.estimate


def test_a_standard_error_that_is_none_is_carried_over():
    yi, vi = crowther()
    fit = copas_fit(yi, vi, gamma0=0.3, gamma1=0.23, positive_rho=False)
    carried = with_se(replace(fit, se=math.nan), 0.2, level=0.95)
    assert carried.se_carried
    assert carried.ci_high - carried.ci_low == pytest.approx(2 * 1.959963984540054 * 0.2, rel=CLOSED_FORM)
    assert carried.stat == pytest.approx(fit.estimate / 0.2, rel=CLOSED_FORM)


def test_path_goes_from_weak_to_strong_selection(example):
    chances = [f.publish_largest_se for f in example.fits]
    assert chances == sorted(chances, reverse=True)
    assert example.fits[0].gamma0 == 10.0
    assert example.grid.shape == (20, 20)
    low, high = example.gamma0[0], example.gamma0[-1]
    assert all(low <= f.gamma0 <= high for f in example.fits[1:])


def test_mirror_image(example):
    yi, vi = crowther()
    ours = copas_fit(-yi, vi, gamma0=0.3, gamma1=0.23, positive_rho=True)
    other = copas_fit(yi, vi, gamma0=0.3, gamma1=0.23, positive_rho=False)
    assert ours.estimate == pytest.approx(-other.estimate, rel=1e-6)
    assert ours.residual_p == pytest.approx(other.residual_p, rel=1e-4)


def test_simulated_selection_is_undone_at_its_own_strength():
    rng = np.random.default_rng(8)
    vi = rng.uniform(0.01, 0.3, 3000)
    error, latent = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 3000).T
    yi = 0.1 + np.sqrt(vi) * error
    keep = -0.8 + 0.15 / np.sqrt(vi) + latent > 0
    published = yi[keep]
    ours = copas_fit(published, vi[keep], gamma0=-0.8, gamma1=0.15, positive_rho=True)
    plain = pool(published, vi[keep], tau2="ML")
    assert plain.estimate - 0.1 > 0.05
    assert abs(ours.estimate - 0.1) < 0.4 * (plain.estimate - 0.1)


def test_unusable_data_are_refused(bcg):
    with pytest.raises(DataError, match="at least 3"):
        copas([0.1, 0.2], [0.1, 0.2])
    with pytest.raises(DataError, match="the same for all"):
        copas([0.1, 0.2, 0.4], [0.1, 0.1, 0.1])
    with pytest.raises(DataError, match="not a range"):
        copas(bcg.yi, bcg.vi, gamma0=(1.0, 0.0))
    with pytest.raises(DataError, match="too coarse"):
        copas(bcg.yi, bcg.vi, points=2)
