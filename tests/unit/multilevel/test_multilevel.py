"""Multilevel fits and robust tests against metafor and clubSandwich, dense likelihoods, statsmodels, and the rooms for special cases."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from metaudit.errors import DataError
from metaudit.multilevel.blocks import Blocks
from metaudit.multilevel.fit import multilevel
from metaudit.multilevel.robust import robust_multilevel
from metaudit.multilevel.vcov import imputed_covariance
from metaudit.pooling.robust import cluster_robust
from metaudit.pooling.three_level import three_level

FITS = json.loads((Path(__file__).parents[2] / "data" / "multilevel" / "metafor.json").read_text(encoding="utf-8"))
IDS = [f"{f['name']} {f['method']}" for f in FITS]
# nlminb stops where the likelihood is flat to 1e-14: variances agree to about its square root, the rest follows from them.
STOPPED = 2e-6


def fitted(f, **options):
    v = (
        np.array(f["v"])
        if f["covariance"] == "diagonal"
        else imputed_covariance(f["v"], f["cluster"], rho=float(f["covariance"]))
    )
    x = np.column_stack([np.ones(len(f["y"])), np.array(f["x"])]) if f["x"] else None
    groups = {f"g{i}": g for i, g in enumerate(f["groups"])}
    return multilevel(f["y"], v, groups, x=x, method=f["method"], **options)


@pytest.mark.parametrize("f", FITS, ids=IDS)
def test_as_metafor(f):
    ours = fitted(f)
    scale = max(f["sigma2"])
    assert ours.variances == pytest.approx(f["sigma2"], abs=STOPPED * scale)
    assert [c.estimate for c in ours.coefficients] == pytest.approx(f["beta"], rel=STOPPED, abs=STOPPED * max(f["se"]))
    assert [c.se for c in ours.coefficients] == pytest.approx(f["se"], rel=STOPPED)
    assert ours.log_likelihood == pytest.approx(f["log_lik"][0], rel=1e-10)
    assert ours.log_likelihood >= f["log_lik"][0] - 1e-10
    assert ours.q == pytest.approx(f["q"][0], rel=1e-9)


@pytest.mark.parametrize(
    "f", [f for f in FITS if f["ci"] and len(f["y"]) < 80], ids=lambda f: f"{f['name']} {f['method']}"
)
def test_profile_intervals_as_metafor(f):
    ours = fitted(f, intervals=True)
    limits = [end for c in ours.components for end in (c.low, c.high)]
    assert limits == pytest.approx(
        f["ci"], rel=2e-4, abs=1e-7
    )  # metafor's profiles restart its optimiser for each value


@pytest.mark.parametrize(
    ("ours_kind", "theirs"), [("CR0", "CR0"), ("CR1", "CR1p"), ("CR1-simple", "CR1"), ("CR2", "CR2")]
)
@pytest.mark.parametrize(
    "f", [f for f in FITS if f["robust"]], ids=[i for i, f in zip(IDS, FITS, strict=True) if f["robust"]]
)
def test_as_clubsandwich(f, ours_kind, theirs):
    ours = robust_multilevel(fitted(f), f["cluster"], kind=ours_kind)
    expected = f["robust"][theirs]
    assert [c.se for c in ours.coefficients] == pytest.approx(expected["se"], rel=2e-5)
    assert [c.df for c in ours.coefficients] == pytest.approx(expected["df"], rel=2e-5)
    assert [c.p for c in ours.coefficients] == pytest.approx(expected["p"], rel=2e-4)
    if ours_kind == "CR2" and f["x"]:
        f_stat, df_num, df_denom, p = f["robust"]["HTZ"]
        assert (ours.f, *ours.f_df, ours.f_p) == pytest.approx((f_stat, df_num, df_denom, p), rel=2e-4)


RNG = np.random.default_rng(3)
CLUSTER = np.repeat(np.arange(10), [1, 2, 3, 4, 1, 5, 2, 2, 3, 6])
K = CLUSTER.size
V = imputed_covariance(RNG.uniform(0.02, 0.2, K), CLUSTER, rho=0.4)
Y = 0.3 + RNG.normal(size=10)[CLUSTER] * 0.4 + np.linalg.cholesky(V) @ RNG.normal(size=K)
X = np.column_stack([np.ones(K), RNG.normal(size=K)])
CROSSED = RNG.integers(0, 4, K)
GROUPS = {"study": CLUSTER, "effect": np.arange(K), "lab": CROSSED}


@pytest.mark.parametrize("s", [(0.0, 0.0, 0.0), (0.2, 0.0, 0.1), (0.5, 0.05, 0.3)])
def test_the_likelihood_is_a_normal_density(s):
    model = Blocks(Y, V, X, groupings=list(GROUPS.values()), restricted=False)
    at = model.at(np.array(s))
    total = V + sum(v * (c[:, None] == c[None, :]) for v, c in zip(s, GROUPS.values(), strict=True))
    assert at.log_likelihood == pytest.approx(multivariate_normal.logpdf(Y, X @ at.beta, total), rel=1e-12)
    w = np.linalg.inv(total)
    assert at.beta == pytest.approx(np.linalg.solve(X.T @ w @ X, X.T @ w @ Y), rel=1e-10)


@pytest.mark.parametrize("restricted", [True, False])
def test_slopes_are_derivatives(restricted):
    model = Blocks(Y, V, X, groupings=list(GROUPS.values()), restricted=restricted)
    s = np.array([0.2, 0.04, 0.1])
    for i in range(3):
        h = np.zeros(3)
        h[i] = 1e-5
        numeric = (model.at(s + h).log_likelihood - model.at(s - h).log_likelihood) / 2e-5
        assert model.at(s).slope[i] == pytest.approx(numeric, rel=1e-7, abs=1e-7)


def test_restricted_likelihood_is_that_of_error_contrasts():
    """REML is the density of n - p contrasts that do not depend on the coefficients (Harville 1974), up to |X'X|."""
    s = np.array([0.3, 0.1, 0.05])
    total = V + sum(v * (c[:, None] == c[None, :]) for v, c in zip(s, GROUPS.values(), strict=True))
    basis = np.linalg.qr(X, mode="complete")[0][:, 2:]
    expected = multivariate_normal.logpdf(basis.T @ Y, np.zeros(K - 2), basis.T @ total @ basis)
    ours = Blocks(Y, V, X, groupings=list(GROUPS.values()), restricted=True).at(s).log_likelihood
    assert ours == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_two_nested_groupings_are_the_three_level_model(method):
    v = np.diag(V)
    ours = multilevel(Y, v, {"study": CLUSTER, "effect": np.arange(K)}, x=X, method=method, intervals=True)
    other = three_level(Y, v, CLUSTER, x=X, method=method, intervals=True)
    assert ours.variances == pytest.approx([other.sigma2_between, other.sigma2_within], rel=1e-8, abs=1e-10)
    assert ours.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    assert [c.se for c in ours.coefficients] == pytest.approx([c.se for c in other.coefficients], rel=1e-8)
    assert [end for c in ours.components for end in (c.low, c.high)] == pytest.approx(
        [other.between_low, other.between_high, other.within_low, other.within_high], rel=1e-6, abs=1e-9
    )
    assert [c.i2 for c in ours.components] == pytest.approx([other.i2_between, other.i2_within], rel=1e-8)


def test_one_grouping_by_effect_is_the_random_effects_model():
    v = np.diag(V)
    ours = multilevel(Y, v, {"effect": np.arange(K)}, x=X)
    for ours_kind, theirs in (("CR0", "CR0"), ("CR1", "CR1"), ("CR2", "CR2")):
        here = robust_multilevel(ours, CLUSTER, kind=ours_kind)
        there = cluster_robust(Y, v, CLUSTER, tau2=float(ours.variances[0]), x=X, kind=theirs)
        assert [c.se for c in here.coefficients] == pytest.approx([c.se for c in there.coefficients], rel=1e-9)
        if ours_kind == "CR2":
            assert [c.df for c in here.coefficients] == pytest.approx([c.df for c in there.coefficients], rel=1e-8)
            assert (here.f, here.f_p) == pytest.approx((there.f, there.f_p), rel=1e-8)


def test_equal_variances_are_a_mixed_model_of_statsmodels():
    """With one sampling variance for all, vi is part of the residual variance that MixedLM estimates."""
    import statsmodels.api as sm

    y, cluster = Y, CLUSTER
    free = sm.MixedLM(y, X, groups=cluster).fit(reml=True, method=["lbfgs", "bfgs"])
    ours = multilevel(y, np.full(K, 1e-3), {"study": cluster, "effect": np.arange(K)}, x=X)
    assert ours.variances[0] == pytest.approx(
        float(free.cov_re[0, 0] if isinstance(free.cov_re, np.ndarray) else free.cov_re.iloc[0, 0]), rel=1e-3
    )
    assert ours.variances[1] + 1e-3 == pytest.approx(free.scale, rel=1e-3)
    assert ours.coefficients[1].estimate == pytest.approx(free.params[1], rel=1e-4)


def test_nothing_is_higher_than_the_maximum():
    ours = multilevel(Y, V, GROUPS, x=X)
    model = ours.blocks
    for step in (-1e-3, 1e-3):
        for i in range(3):
            s = ours.variances.copy()
            s[i] = max(0.0, s[i] + step)
            assert model.at(s).log_likelihood <= ours.log_likelihood + 1e-12
    for _ in range(200):
        s = RNG.exponential(0.2, 3) * RNG.integers(0, 2, 3)
        assert model.at(s).log_likelihood <= ours.log_likelihood + 1e-10


def test_order_and_names_do_not_matter():
    shuffled = RNG.permutation(K)
    ours = multilevel(Y, V, GROUPS, x=X)
    other = multilevel(
        Y[shuffled],
        V[np.ix_(shuffled, shuffled)],
        {n: [f"z{c}" for c in g[shuffled]] for n, g in GROUPS.items()},
        x=X[shuffled],
    )
    assert other.variances == pytest.approx(ours.variances, rel=1e-7, abs=1e-10)
    assert other.mean.estimate == pytest.approx(ours.mean.estimate, rel=1e-8)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"groupings": {"study": CLUSTER, "again": [f"s{c}" for c in CLUSTER]}}, "same way"),
        ({"groupings": {"study": np.zeros(K)}}, "all effects have one"),
        ({"groupings": {}}, "at least one grouping"),
        ({"groupings": {"study": CLUSTER[:-1]}}, "one for each effect"),
        ({"groupings": {"study": [None, *CLUSTER[1:]]}}, "effect 1 has no study"),
        ({"v": np.diag(V) - 0.05}, "not positive"),
        ({"v": V[:-1]}, "do not fit"),
        ({"yi": np.r_[np.nan, Y[1:]]}, "missing"),
        ({"x": np.ones((K, 2))}, "cannot determine"),
        ({"method": "DL"}, "REML or ML"),
    ],
)
def test_refusals(change, says):
    given = {"yi": Y, "v": V, "groupings": {"study": CLUSTER}, **change}
    with pytest.raises(DataError, match=says):
        multilevel(given.pop("yi"), given.pop("v"), given.pop("groupings"), **given)


def test_robust_refusals():
    crossed = multilevel(Y, V, GROUPS)
    with pytest.raises(DataError, match="several clusters"):
        robust_multilevel(crossed, CLUSTER)
    nested = multilevel(Y, V, {"study": CLUSTER}, x=X)
    with pytest.raises(DataError, match="more are needed"):
        robust_multilevel(nested, np.zeros(K))
    with pytest.raises(DataError, match="not known"):
        robust_multilevel(nested, CLUSTER, kind="CR9")
    with pytest.raises(DataError, match="needs one"):
        robust_multilevel(nested, ["", *CLUSTER[1:]])


def test_imputed_covariances():
    v = imputed_covariance([1.0, 4.0, 9.0], ["a", "a", "b"], rho=0.5)
    assert v.tolist() == [[1.0, 1.0, 0.0], [1.0, 4.0, 0.0], [0.0, 0.0, 9.0]]
    with pytest.raises(DataError, match="lies between"):
        imputed_covariance([1.0, 4.0, 9.0], ["a", "a", "a"], rho=-0.6)
    with pytest.raises(DataError, match="labels"):
        imputed_covariance([1.0, 4.0], ["a"], rho=0.5)
