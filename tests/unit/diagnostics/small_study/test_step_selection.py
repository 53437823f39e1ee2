"""Step-function selection: the density, the likelihood in extended precision, the maximum, and its edges."""

from dataclasses import replace
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import ndtri

from metaudit.diagnostics.small_study.selection import step_selection
from metaudit.diagnostics.small_study.selection_likelihood import intervals_of, log_likelihood
from metaudit.errors import DataError
from metaudit.pooling import pool
from tolerances import CLOSED_FORM, LIKELIHOOD

CONFIGURATIONS = [("greater", (0.025,)), ("less", (0.025,)), ("greater", (0.025, 0.5)), ("two-sided", (0.05, 0.5))]
# metafor's optimiser with reltol = 1e-15 leaves a parameter about 1e-7 of its standard error off
TIGHT_OPTIMISER = 1e-5


def density(y, v, params, *, alternative, steps):
    """Density of one published effect in extended precision, from the definition."""
    mu, tau2, deltas = mp.mpf(params[0]), mp.mpf(params[1]), [mp.mpf(1), *map(mp.mpf, params[2:])]
    halves = 2 if alternative == "two-sided" else 1
    ends = [*steps, 1]

    def weight(z):
        upper = mp.ncdf(-z)
        p = {"greater": upper, "less": 1 - upper, "two-sided": 2 * min(upper, 1 - upper)}[alternative]
        return next(d for d, end in zip(deltas, ends, strict=True) if p <= end or end == 1)

    root, spread = mp.sqrt(v), mp.sqrt(v + tau2)
    cuts = [mp.sqrt(2) * mp.erfinv(1 - 2 * mp.mpf(s) / halves) * root for s in steps]
    cuts = {"greater": cuts, "less": [-c for c in cuts], "two-sided": [*cuts, *(-c for c in cuts)]}[alternative]
    edges = [-mp.inf, *sorted(cuts), mp.inf]
    share = mp.mpf(0)
    for lo, hi in pairwise(edges):
        inside = (
            0
            if lo == -mp.inf and hi == mp.inf
            else lo + 1
            if hi == mp.inf
            else hi - 1
            if lo == -mp.inf
            else (lo + hi) / 2
        )
        share += weight(inside / root) * (mp.ncdf((hi - mu) / spread) - mp.ncdf((lo - mu) / spread))
    return weight(mp.mpf(y) / root) * mp.npdf(mp.mpf(y), mu, spread) / share


@pytest.mark.parametrize(("alternative", "steps"), CONFIGURATIONS)
def test_likelihood_in_extended_precision(smoking, alternative, steps):
    yi, vi = smoking.yi[:12] - 0.1, smoking.vi[:12]
    params = [0.11, 0.03, *np.linspace(0.4, 1.7, len(steps))]
    intervals = intervals_of(
        np.append(yi, [-3, 3, 0.01, -0.3]), np.append(vi, [1, 1, 1, 1]), alternative=alternative, steps=steps
    )
    y, v = np.append(yi, [-3, 3, 0.01, -0.3]), np.append(vi, [1, 1, 1, 1])
    with mp.workdps(40):
        exact = sum(
            mp.log(density(a, b, params, alternative=alternative, steps=steps)) for a, b in zip(y, v, strict=True)
        )
    ours = log_likelihood(np.array([[*params[:2], *np.log(params[2:])]]), y, v, intervals=intervals)
    assert float(ours[0]) == pytest.approx(float(exact), rel=1e-13)


@pytest.mark.parametrize(("alternative", "steps"), CONFIGURATIONS)
def test_density_of_a_published_effect_integrates_to_one(alternative, steps):
    """Gauss-Legendre between the jumps, where the density is smooth; one study with variance 0.25."""
    params = np.array([[0.2, 0.05, *np.log(np.linspace(0.3, 2.0, len(steps)))]])
    halves = 2 if alternative == "two-sided" else 1
    cuts = {"greater": [1], "less": [-1], "two-sided": [1, -1]}[alternative]
    edges = sorted([-9.0, 9.0, *(-0.5 * sign * ndtri(s / halves) for s in steps for sign in cuts)])
    nodes, weights = np.polynomial.legendre.leggauss(60)
    total = 0.0
    for low, high in pairwise(edges):
        for node, weight in zip(nodes, weights, strict=True):
            y = (low + high) / 2 + node * (high - low) / 2
            group = intervals_of_one(y, alternative=alternative, steps=steps)
            height = log_likelihood(params, np.array([y]), np.array([0.25]), intervals=group)[0]
            total += weight * (high - low) / 2 * np.exp(height)
    assert total == pytest.approx(1.0, rel=CLOSED_FORM)


def intervals_of_one(y, *, alternative, steps):
    """The interval of one effect, beside studies in all the others."""
    fill = np.linspace(-5, 5, 400)
    found = intervals_of(np.append(y, fill), np.full(401, 0.25), alternative=alternative, steps=steps)
    return replace(found, group=found.group[:1])


@pytest.mark.parametrize(("alternative", "steps"), CONFIGURATIONS[:3])
def test_no_neighbour_and_no_dense_search_is_higher(smoking, alternative, steps):
    ours = step_selection(smoking.yi, smoking.vi, alternative=alternative, steps=steps)
    intervals = intervals_of(smoking.yi, smoking.vi, alternative=alternative, steps=steps)

    def height(params):
        if max(params[2:]) > np.log(100):  # the range of the weights
            return -np.inf
        return float(log_likelihood(np.array([params]), smoking.yi, smoking.vi, intervals=intervals)[0])

    top = [ours.estimate, ours.tau2, *np.log(ours.delta[1:])]
    assert height(top) == pytest.approx(ours.log_likelihood, rel=CLOSED_FORM)
    best = -np.inf
    for mu in np.linspace(-0.6, 0.8, 8):
        for tau in np.linspace(0, 0.6, 5):
            found = minimize(
                lambda p: -height([p[0], p[1] ** 2, *p[2:]]), [mu, tau, *np.zeros(len(steps))], method="Nelder-Mead"
            )
            best = max(best, -found.fun)
    assert best <= ours.log_likelihood + LIKELIHOOD
    assert best == pytest.approx(ours.log_likelihood, abs=1e-5)


def test_metafor_with_a_tight_optimiser(smoking):
    # metafor 3.8-1: selmodel(rma(yi, vi, data=dat.hackshaw1998, method="ML"), type="stepfun", steps=.025,
    #                         control=list(reltol=1e-15))
    ours = step_selection(smoking.yi, smoking.vi)
    found = (ours.estimate, ours.se, ours.tau2, ours.delta[1], ours.delta_se[1], ours.lrt, ours.lrt_p)
    assert found == pytest.approx(
        (
            0.194401493115,
            0.0797834755432,
            0.0166226279381,
            0.764395080899,
            0.598938142652,
            0.117052727484,
            0.732253291826,
        ),
        rel=TIGHT_OPTIMISER,
    )
    assert ours.log_likelihood == pytest.approx(-10.0900760431, rel=CLOSED_FORM)
    assert not ours.at_boundary


def test_common_effect_model(smoking):
    # metafor 3.8-1: selmodel(rma(yi, vi, data=dat.hackshaw1998, method="FE"), type="stepfun", steps=.025)
    ours = step_selection(smoking.yi, smoking.vi, model="common")
    assert (ours.estimate, ours.se, ours.delta[1], ours.delta_se[1]) == pytest.approx(
        (0.137922401385, 0.0467736656743, 0.385489204714, 0.229162680034), rel=TIGHT_OPTIMISER
    )
    assert ours.tau2 == 0
    assert np.isnan(ours.tau2_se)


def test_without_selection_it_is_maximum_likelihood(smoking):
    ours, plain = step_selection(smoking.yi, smoking.vi), pool(smoking.yi, smoking.vi, tau2="ML")
    assert (ours.plain_estimate, ours.plain_tau2) == pytest.approx((plain.estimate, plain.tau2), rel=CLOSED_FORM)


def test_shift_of_scale_and_sign(smoking):
    ours = step_selection(smoking.yi, smoking.vi)
    scaled = step_selection(100 * smoking.yi, 1e4 * smoking.vi)
    assert scaled.estimate == pytest.approx(100 * ours.estimate, rel=CLOSED_FORM)
    assert scaled.tau2_se == pytest.approx(1e4 * ours.tau2_se, rel=1e-7)
    mirrored = step_selection(-smoking.yi, smoking.vi, alternative="less")
    assert mirrored.estimate == pytest.approx(-ours.estimate, rel=CLOSED_FORM)
    order = np.random.default_rng(3).permutation(37)
    assert step_selection(smoking.yi[order], smoking.vi[order]).estimate == pytest.approx(
        ours.estimate, rel=CLOSED_FORM
    )


def test_simulated_selection_is_undone():
    rng = np.random.default_rng(11)
    vi = rng.uniform(0.01, 0.2, 4000)
    yi = rng.normal(0.1, np.sqrt(vi + 0.02))
    keep = (yi / np.sqrt(vi) > 1.96) | (rng.uniform(size=4000) < 0.2)
    ours = step_selection(yi[keep], vi[keep])
    assert abs(ours.estimate - 0.1) < 3 * ours.se
    assert abs(ours.delta[1] - 0.2) < 3 * ours.delta_se[1]
    assert ours.plain_estimate - 0.1 > 5 * ours.se
    assert ours.lrt_p < 1e-6


def test_heterogeneity_of_none_has_no_standard_error():
    yi = np.array([0.23, 0.24, 0.22, 0.17, 0.18, 0.16, 0.25, 0.21])
    ours = step_selection(yi, np.array([0.01, 0.011, 0.012, 0.01, 0.011, 0.012, 0.02, 0.021]))
    assert ours.tau2 == 0
    assert ours.at_boundary
    assert np.isnan(ours.tau2_se)
    assert np.isfinite(ours.se)


def test_an_empty_first_interval_leaves_its_weight_at_the_limit():
    yi = np.array([0.1, -0.2, 0.05, 0.15, -0.3, 0.2])
    ours = step_selection(yi, np.full(6, 0.04) + np.arange(6) * 0.01)
    assert ours.counts[0] == 0
    assert ours.delta[1] == pytest.approx(100, rel=CLOSED_FORM)
    assert ours.at_boundary


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"alternative": "up"}, "is not known"),
        ({"steps": (0.0,)}, "between 0 and 1"),
        ({"steps": (1.0,)}, "between 0 and 1"),
        ({"steps": (0.025, 0.0250001)}, "no study has a one-sided P between"),
        ({"model": "mixed"}, "is not known"),
        ({"delta_max": 0.5}, "leaves no room"),
    ],
)
def test_what_cannot_be_fitted_is_refused(given, message, smoking):
    with pytest.raises(DataError, match=message):
        step_selection(smoking.yi, smoking.vi, **given)


def test_fewer_studies_than_parameters_are_refused():
    with pytest.raises(DataError, match="cannot determine"):
        step_selection([0.9, 0.1, 0.2, -0.5], [0.1, 0.1, 0.1, 0.1], steps=(0.025, 0.3, 0.5))
