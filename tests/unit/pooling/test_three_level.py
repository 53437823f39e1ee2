"""Three-level models: the likelihood against full matrices, maxima, boundaries, intervals, closed cases."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from scipy.stats import t as student

from metaudit.errors import DataError, DisagreementError
from metaudit.pooling import three_level as module
from metaudit.pooling.pool import pool
from metaudit.pooling.three_level import dense_log_likelihood, three_level
from metaudit.pooling.three_level_likelihood import Model

RNG = np.random.default_rng(11)
CLUSTERS = np.repeat(np.arange(12), [1, 2, 3, 4, 1, 5, 2, 2, 3, 6, 1, 4])
VI = RNG.uniform(0.02, 0.2, CLUSTERS.size)
YI = 0.3 + RNG.normal(size=12)[CLUSTERS] * 0.4 + RNG.normal(size=CLUSTERS.size) * np.sqrt(0.1 + VI)
X = np.column_stack([np.ones(CLUSTERS.size), RNG.normal(size=CLUSTERS.size)])
MATRICES = 1e-11  # block formula and Cholesky of the whole matrix


def model(restricted=True, x=None):
    design = np.ones((YI.size, 1)) if x is None else x
    return Model(YI, VI, design, codes=CLUSTERS, restricted=restricted)


@pytest.mark.parametrize("s", [(0.0, 0.0), (0.2, 0.0), (0.0, 0.3), (0.5, 0.05), (100.0, 1e-6)])
@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("x", [None, X], ids=["mean", "moderator"])
def test_the_block_likelihood_is_that_of_the_full_matrix(s, restricted, x):
    m = model(restricted, x)
    assert m.height(np.array(s)) == pytest.approx(dense_log_likelihood(m, np.array(s)), rel=MATRICES)


def test_the_likelihood_is_a_normal_density():
    m, s = model(restricted=False), np.array([0.15, 0.08])
    covariance = np.diag(VI + s[1]) + s[0] * (CLUSTERS[:, None] == CLUSTERS[None, :])
    at = m.at(*s)
    assert at.ll == pytest.approx(multivariate_normal.logpdf(YI, np.full(YI.size, at.beta[0]), covariance), rel=1e-12)


@pytest.mark.parametrize("restricted", [True, False])
def test_the_slope_is_the_derivative(restricted):
    m, s, h = model(restricted, X), np.array([0.2, 0.1]), 1e-6
    numeric = [(m.height(s + h * e) - m.height(s - h * e)) / (2 * h) for e in np.eye(2)]
    assert m.slope(s) == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_no_point_of_a_grid_is_higher_and_the_slope_is_zero(method):
    fit = three_level(YI, VI, CLUSTERS, method=method, x=X)
    m = model(method == "REML", X)
    best = np.array([fit.sigma2_between, fit.sigma2_within])
    assert np.all(best > 0)
    assert np.abs(m.slope(best)).max() < 1e-9
    grid = [m.height(np.array([a, b])) for a in np.linspace(0, 1, 21) for b in np.linspace(0, 1, 21)]
    assert max(grid) <= fit.log_likelihood


def test_balanced_data_have_the_closed_form_of_the_analysis_of_variance():
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(9), 5)
    y = rng.normal(size=9)[labels] + rng.normal(size=45) * 0.7
    means = y.reshape(9, 5).mean(axis=1)
    within = np.sum((y - means[labels]) ** 2) / 36
    between = 5 * np.var(means, ddof=1)
    fit = three_level(y, np.full(45, 0.04), labels)
    assert fit.sigma2_within == pytest.approx(within - 0.04, rel=1e-9)
    assert fit.sigma2_between == pytest.approx((between - within) / 5, rel=1e-9)
    assert fit.mean.se == pytest.approx(np.sqrt(between / 45), rel=1e-9)
    assert fit.mean.estimate == pytest.approx(y.mean(), rel=1e-12)


def test_without_variance_between_clusters_it_is_the_random_effects_model():
    rng = np.random.default_rng(8)
    labels = np.repeat(np.arange(10), 3)
    y = rng.normal(size=30)
    y -= y.reshape(10, 3).mean(axis=1)[labels] * 0.9  # cluster means alike: the boundary
    v = rng.uniform(0.05, 0.2, 30)
    fit, plain = three_level(y, v, labels), pool(y, v, tau2="REML")
    assert fit.sigma2_between == 0
    assert fit.sigma2_within == pytest.approx(plain.tau2, rel=1e-9)
    assert (fit.mean.estimate, fit.mean.se) == pytest.approx((plain.estimate, plain.se), rel=1e-9)
    assert (fit.mean.p, fit.mean.ci_low, fit.mean.ci_high) == pytest.approx(
        (plain.p, plain.ci_low, plain.ci_high), rel=1e-9
    )
    assert fit.i2_within == pytest.approx(plain.i2, rel=1e-9)
    assert (fit.q, fit.q_p) == pytest.approx((plain.q, plain.q_p), rel=1e-10)


def test_identical_effects_leave_both_variances_at_zero():
    fit = three_level(np.full(6, 0.4), np.full(6, 0.1), list("aabbcc"))
    assert (fit.sigma2_between, fit.sigma2_within, fit.i2_between) == (0, 0, 0)
    assert fit.mean.se == pytest.approx(np.sqrt(0.1 / 6), rel=1e-12)


SMALL = (
    [0.31, 0.44, 0.12, -0.25, 0.05, 0.71, 0.93, 0.66, 0.20, 0.35, -0.10, 0.52, 0.48, 0.15],
    [0.04, 0.05, 0.03, 0.06, 0.02, 0.08, 0.05, 0.04, 0.03, 0.03, 0.07, 0.02, 0.05, 0.04],
    [1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 6, 6, 6],
)
AS_PRINTED_BY_R = 1e-7  # metafor's own optimiser and uniroot


def test_metafor_rma_mv_with_profile_limits():
    """metafor 3.8-1: rma.mv(yi, vi, random = ~ 1 | cl/id, control = list(rel.tol = 1e-10)); confint(control = list(tol = 1e-12))."""
    fit = three_level(*SMALL, intervals=True)
    assert fit.sigma2_between == pytest.approx(6.71055585639380e-02, rel=AS_PRINTED_BY_R)
    assert fit.sigma2_within == 0  # metafor: 3.92e-12
    assert fit.log_likelihood == pytest.approx(-0.646946727866313, rel=1e-9)
    assert (fit.mean.estimate, fit.mean.se) == pytest.approx(
        (0.290129060709455, 0.120483055106327), rel=AS_PRINTED_BY_R
    )
    assert fit.q == pytest.approx(29.171101866415018, rel=1e-12)
    assert (fit.between_low, fit.between_high) == pytest.approx((0.00827719273719, 0.411139672623), rel=AS_PRINTED_BY_R)
    assert fit.within_low == 0
    assert fit.within_high == pytest.approx(0.0597123544594, rel=AS_PRINTED_BY_R)


def test_metafor_rma_mv_by_ml_with_a_moderator():
    """metafor 3.8-1: rma.mv(yi, vi, mods = ~ x, random = ~ 1 | cl/id, method = "ML"), default control."""
    x = np.column_stack([np.ones(14), [1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0]])
    fit = three_level(*SMALL, method="ML", x=x, names=["intercept", "x"], ci="t")
    assert fit.sigma2_between == pytest.approx(3.94293805711894e-02, rel=1e-6)
    assert fit.log_likelihood == pytest.approx(-0.229563948924589, rel=1e-9)
    assert [c.estimate for c in fit.coefficients] == pytest.approx([0.239852368337550, 0.121151981892585], rel=1e-7)
    assert [c.se for c in fit.coefficients] == pytest.approx([0.112893376038595, 0.116852594202564], rel=1e-7)
    assert fit.coefficients[1].p == pytest.approx(2 * student.sf(fit.coefficients[1].stat, 12), rel=1e-12)


@pytest.mark.parametrize(
    ("clusters", "words"),
    [([1] * 6, "one cluster"), (range(6), "no cluster holds more than one"), ([1, 1, None, 2, 2, 2], "effect 3")],
)
def test_refusals(clusters, words):
    with pytest.raises(DataError, match=words):
        three_level(np.arange(6.0), np.ones(6), clusters)


def test_a_fit_that_is_not_at_the_maximum_is_stopped(monkeypatch):
    right = Model.maximum
    monkeypatch.setattr(Model, "maximum", lambda self, fixed=None: right(self, fixed) * np.array([1.01, 1.0]))
    with pytest.raises(DisagreementError, match="between clusters"):
        three_level(YI, VI, CLUSTERS)


def test_a_wrong_likelihood_is_stopped(monkeypatch):
    monkeypatch.setattr(module, "dense_log_likelihood", lambda m, s: dense_log_likelihood(m, s) + 1e-5)
    with pytest.raises(DisagreementError, match="log-likelihood"):
        three_level(YI, VI, CLUSTERS)
