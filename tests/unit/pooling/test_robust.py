"""Cluster-robust variances: closed cases, defining properties, both CR2, and refusals."""

import numpy as np
import pytest

from metaudit.errors import DataError, DisagreementError
from metaudit.pooling import robust
from metaudit.pooling.engine_robust import pymare_robust
from metaudit.pooling.robust import cluster_robust

RNG = np.random.default_rng(3)
CLUSTERS = list("aaabbccccddeefff")
YI = RNG.normal(size=16)
VI = RNG.uniform(0.05, 0.6, 16)
X = np.column_stack([np.ones(16), RNG.normal(size=16), np.arange(16.0) % 3])
EXACT = 1e-12  # the same sums in another order


def test_clusters_of_one_give_the_heteroscedasticity_variances_in_closed_form():
    w = 1 / VI
    mean, h = np.sum(w * YI) / w.sum(), w / w.sum()
    e = YI - mean
    for kind, scores in (("CR0", w * e), ("CR1", w * e * np.sqrt(16 / 15)), ("CR2", w * e / np.sqrt(1 - h))):
        fit = cluster_robust(YI, VI, range(16), tau2=0, kind=kind)
        assert fit.mean.se == pytest.approx(np.sqrt(np.sum(scores**2)) / w.sum(), rel=EXACT)
        assert fit.mean.estimate == pytest.approx(mean, rel=EXACT)


@pytest.mark.parametrize("kind", ["CR0", "CR1"])
@pytest.mark.parametrize("x", [None, X], ids=["mean", "regression"])
def test_cr0_and_cr1_are_the_sandwich_written_out(kind, x):
    design = np.ones((16, 1)) if x is None else x
    w = np.diag(1 / (VI + 0.2))
    bread = np.linalg.inv(design.T @ w @ design)
    e = YI - design @ bread @ design.T @ w @ YI
    meat = np.zeros((design.shape[1],) * 2)
    for c in sorted(set(CLUSTERS)):
        r = np.array([i for i, label in enumerate(CLUSTERS) if label == c])
        s = design[r].T @ w[np.ix_(r, r)] @ e[r]
        meat += np.outer(s, s)
    p = design.shape[1]
    expected = bread @ meat @ bread * (6 / (6 - p) if kind == "CR1" else 1)
    fit = cluster_robust(YI, VI, CLUSTERS, tau2=0.2, x=x, kind=kind)
    np.testing.assert_allclose(fit.cov, expected, rtol=1e-10)
    assert {c.df for c in fit.coefficients} == {6.0 - p}


def test_both_cr2_agree_when_variances_are_equal_within_clusters_and_differ_when_not():
    equal = np.array([{"a": 0.1, "b": 0.5, "c": 0.2, "d": 0.3, "e": 0.05, "f": 0.4}[c] for c in CLUSTERS])
    ours, whitened = (cluster_robust(YI, equal, CLUSTERS, tau2=0.1, x=X, kind=k) for k in ("CR2", "CR2-whitened"))
    np.testing.assert_allclose(ours.cov, whitened.cov, rtol=1e-10)
    assert [c.df for c in ours.coefficients] == pytest.approx([c.df for c in whitened.coefficients], rel=1e-10)
    cov, df = pymare_robust(YI, equal, X, tau2=0.1, clusters=np.unique(CLUSTERS, return_inverse=True)[1], kind="CR2")
    np.testing.assert_allclose(ours.cov, cov, rtol=1e-8)
    assert [c.df for c in ours.coefficients] == pytest.approx(list(df), rel=1e-8)
    ours, whitened = (cluster_robust(YI, VI, CLUSTERS, tau2=0, kind=k) for k in ("CR2", "CR2-whitened"))
    assert abs(ours.mean.se / whitened.mean.se - 1) > 1e-4


def test_cr2_is_unbiased_under_the_working_model():
    """The mean over samples of the model is the model's variance; Satterthwaite's df match the spread of the estimates."""
    rng, found = np.random.default_rng(1), []
    first = cluster_robust(YI, VI, CLUSTERS, tau2=0)
    for _ in range(600):
        found.append(cluster_robust(rng.normal(size=16) * np.sqrt(VI), VI, CLUSTERS, tau2=0).mean.se ** 2)
    model, error = 1 / np.sum(1 / VI), np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(model, abs=4 * error)
    assert 2 * np.mean(found) ** 2 / np.var(found) == pytest.approx(first.mean.df, rel=0.35)


def test_the_omnibus_test_of_one_moderator_is_the_square_of_its_t():
    for kind in ("CR1", "CR2", "CR2-whitened"):
        fit = cluster_robust(YI, VI, CLUSTERS, tau2=0.1, x=X[:, :2], kind=kind)
        slope = fit.coefficients[1]
        assert fit.f == pytest.approx(slope.stat**2, rel=1e-9)
        assert fit.f_df == pytest.approx((1.0, slope.df), rel=1e-9)
        assert fit.f_p == pytest.approx(slope.p, rel=1e-8)


def test_order_and_names_of_the_clusters_do_not_matter():
    order = np.random.default_rng(2).permutation(16)
    once = cluster_robust(YI, VI, CLUSTERS, tau2=0.1, x=X)
    again = cluster_robust(YI[order], VI[order], [f"lab {CLUSTERS[i]}" for i in order], tau2=0.1, x=X[order])
    np.testing.assert_allclose(once.cov, again.cov, rtol=1e-10)
    assert [c.df for c in once.coefficients] == pytest.approx([c.df for c in again.coefficients], rel=1e-9)


@pytest.mark.parametrize(
    ("clusters", "words"),
    [(["a"] * 16, "1 clusters"), (["a", None] * 8, "effect 2 has no cluster"), (["a", "b"] * 7, "14 cluster labels")],
)
def test_refusals(clusters, words):
    with pytest.raises(DataError, match=words):
        cluster_robust(YI, VI, clusters, tau2=0)


def test_an_unknown_kind_is_refused():
    with pytest.raises(DataError, match="CR3"):
        cluster_robust(YI, VI, CLUSTERS, tau2=0, kind="CR3")


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2-whitened"])
def test_a_wrong_sandwich_is_stopped_by_pymare(monkeypatch, kind):
    right = robust.ClusterFit.covariance
    monkeypatch.setattr(robust.ClusterFit, "covariance", lambda self, k: right(self, k) * (1 + 1e-6))
    with pytest.raises(DisagreementError, match=kind):
        cluster_robust(YI, VI, CLUSTERS, tau2=0.1, kind=kind)


def test_a_wrong_adjustment_is_stopped_by_its_defining_property(monkeypatch):
    right = robust.ClusterFit.adjustment
    monkeypatch.setattr(robust.ClusterFit, "adjustment", lambda self, r, k: right(self, r, k) * (1 + 1e-6))
    with pytest.raises(DisagreementError, match="working model"):
        cluster_robust(YI, VI, CLUSTERS, tau2=0.1, kind="CR2")


def test_metafor_robust_of_a_meta_regression():
    """metafor 3.8-1: robust(rma(yi, vi, mods = ~ x), cluster = cl): se, pval, QM, QMp."""
    yi = [0.31, 0.44, 0.12, -0.25, 0.05, 0.71, 0.93, 0.66, 0.20, 0.35, -0.10, 0.52, 0.48, 0.15]
    vi = [0.04, 0.05, 0.03, 0.06, 0.02, 0.08, 0.05, 0.04, 0.03, 0.03, 0.07, 0.02, 0.05, 0.04]
    clusters = [1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 6, 6, 6]
    x = np.column_stack([np.ones(14), [1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0]])
    fit = cluster_robust(yi, vi, clusters, tau2=0.0413927271187195, x=x, kind="CR1", names=["intercept", "x"])
    assert [c.se for c in fit.coefficients] == pytest.approx([0.143682671684927, 0.185948135905276], rel=1e-9)
    assert [c.p for c in fit.coefficients] == pytest.approx([0.232018572100599, 0.272449285238800], rel=1e-8)
    assert (fit.f, fit.f_p) == pytest.approx((1.61674703543084, 0.27244928523880), rel=1e-8)


def test_variances_over_eight_orders_do_not_lose_the_adjustment():
    """Its defining property is checked in every call: eigenvalues of its square would be gone below 1e-16 of the largest."""
    rng = np.random.default_rng(6)
    for _ in range(100):
        v = 10 ** rng.uniform(-4, 4, 16)
        fit = cluster_robust(rng.normal(size=16) * np.sqrt(v), v, CLUSTERS, tau2=0, x=X, kind="CR2")
        assert all(np.isfinite([c.se, c.df]).all() and c.df > 0 for c in fit.coefficients)


def test_a_moderator_that_one_cluster_determines_alone_is_computed():
    x = np.column_stack([np.ones(16), [c == "a" for c in CLUSTERS]]).astype(float)
    for kind in ("CR0", "CR1", "CR2", "CR2-whitened"):
        fit = cluster_robust(YI, VI, CLUSTERS, tau2=0.1, x=x, kind=kind)
        rest = np.array(CLUSTERS) != "a"
        mean = np.sum((YI / (VI + 0.1))[rest]) / np.sum((1 / (VI + 0.1))[rest])
        assert fit.mean.estimate == pytest.approx(mean, rel=1e-12)
        if kind != "CR2":  # whose square root mixes directions that are fitted away with those that are not
            assert fit.coefficients[1].se == pytest.approx(fit.mean.se, rel=1e-8)
        assert np.isfinite([fit.coefficients[1].se, fit.coefficients[1].df]).all()
