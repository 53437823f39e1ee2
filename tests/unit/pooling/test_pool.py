"""pool(): what it returns, what it refuses, and what it makes of too little data."""

import math

import numpy as np
import pytest
import statsmodels.api as sm

from metaudit import pool
from metaudit.errors import DataError
from metaudit.pooling.intervals import prediction_interval, quantile, two_sided_p
from metaudit.pooling.linear import profile
from metaudit.pooling.permutation import permutation_interval, permutation_test
from metaudit.pooling.stopping import metafor_q_profile
from metaudit.pooling.tau2 import ESTIMATORS, estimate_tau2, q_root
from tolerances import CLOSED_FORM, ITERATIVE

METHODS = [m for m in ESTIMATORS if m != "FE"]
Y = np.array([-0.889, -1.585, -1.348, -1.442, -0.218, -0.786, -1.621, 0.012, -0.469, -1.371, -0.339, 0.446, -0.017])
V = np.array([0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071])
ABLAT = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33], dtype=float)


# what it returns


def test_common_effect_equals_weighted_least_squares() -> None:
    ours = pool(Y, V, tau2=None)
    fit = sm.WLS(Y, np.ones_like(Y), weights=1 / V).fit(cov_type="fixed scale")
    assert ours.estimate == pytest.approx(fit.params[0], rel=CLOSED_FORM)
    assert ours.se == pytest.approx(fit.bse[0], rel=CLOSED_FORM)
    assert (ours.model, ours.tau2_method, ours.tau2) == ("common", "", 0)
    assert ours.i2 == ours.i2_q
    assert math.isnan(ours.pi_low)
    assert pool(Y, V, tau2="FE").estimate == ours.estimate


def test_meta_regression_equals_weighted_least_squares() -> None:
    ours = pool(Y, V, tau2="DL", mods={"ablat": ABLAT})
    fit = sm.WLS(Y, sm.add_constant(ABLAT), weights=1 / (V + ours.tau2)).fit(cov_type="fixed scale")
    assert [c.term for c in ours.coefficients] == ["intercept", "ablat"]
    assert [c.estimate for c in ours.coefficients] == pytest.approx(list(fit.params), rel=CLOSED_FORM)
    assert [c.se for c in ours.coefficients] == pytest.approx(list(fit.bse), rel=CLOSED_FORM)
    assert ours.qm == pytest.approx((ours.coefficients[1].estimate / ours.coefficients[1].se) ** 2, rel=CLOSED_FORM)
    assert ours.qm_p == pytest.approx(ours.coefficients[1].p, rel=CLOSED_FORM)
    assert ours.qm_df == 1
    assert (ours.estimate, ours.se) == (ours.coefficients[0].estimate, ours.coefficients[0].se)
    assert math.isnan(ours.pi_low)


def test_hksj_is_the_formula_of_the_paper() -> None:
    ours = pool(Y, V, tau2="DL", ci="hksj")
    w = 1 / (V + ours.tau2)
    se = math.sqrt(w @ (Y - ours.estimate) ** 2 / (Y.size - 1) / w.sum())
    assert ours.se == pytest.approx(se, rel=CLOSED_FORM)
    assert ours.ci_high - ours.ci_low == pytest.approx(2 * 2.178812829667229 * se, rel=CLOSED_FORM)


def test_ad_hoc_corrections_never_give_less_than_they_should() -> None:
    y, v = np.array([0.10, 0.11, 0.12]), np.array([0.1, 0.2, 0.3])  # more alike than their variances allow
    plain, se, ci, wald = (pool(y, v, tau2="DL", ci=c) for c in ("hksj", "hksj-adhoc-se", "hksj-adhoc-ci", "wald"))
    assert plain.se < se.se == pytest.approx(wald.se)
    assert ci.se == plain.se
    assert ci.ci_high - ci.ci_low == pytest.approx(wald.ci_high - wald.ci_low)
    assert se.ci_high > wald.ci_high


def test_t_interval_keeps_the_standard_error() -> None:
    t, z = pool(Y, V, ci="t"), pool(Y, V)
    assert t.se == z.se
    assert t.ci_high - t.estimate == pytest.approx(t.se * quantile(0.95, 12), rel=CLOSED_FORM)


def test_weights_are_percent() -> None:
    assert pool(Y, V).weights.sum() == pytest.approx(100)
    assert pool(Y, V, tau2=None).weights == pytest.approx(100 / V / (1 / V).sum())


def test_levels_widen_the_intervals() -> None:
    narrow, wide = pool(Y, V, level=0.9), pool(Y, V, level=0.99)
    assert wide.ci_low < narrow.ci_low < narrow.ci_high < wide.ci_high
    assert wide.tau2_low < narrow.tau2_low < narrow.tau2_high < wide.tau2_high
    assert wide.pi_low < narrow.pi_low


def test_q_profile_limits_are_where_q_is_a_quantile() -> None:
    ours = pool(Y, V)
    x = np.ones((Y.size, 1))
    assert profile(Y, V, x, np.array([ours.tau2_low])).q[0] == pytest.approx(23.336664158645338, rel=1e-8)
    assert profile(Y, V, x, np.array([ours.tau2_high])).q[0] == pytest.approx(4.403788506981702, rel=1e-8)
    assert ours.tau2_low < ours.tau2 < ours.tau2_high
    assert q_root(Y, V, x, 0.0) == math.inf


@pytest.mark.parametrize(
    ("method", "k", "half"),
    [
        ("t-k-2", 4, 4.302652729749464),
        ("t-k-1", 4, 3.182446305283708),
        ("hksj", 4, 3.182446305283708),
        ("normal", 4, 1.959963984540054),
        ("t-k-1", 2, 12.706204736174694),
    ],
)
def test_prediction_intervals(method: str, k: int, half: float) -> None:
    low, high = prediction_interval(1.0, 0.3, 0.16, k, method=method, level=0.95)
    assert (low, high) == (
        pytest.approx(1 - 0.5 * half, rel=CLOSED_FORM),
        pytest.approx(1 + 0.5 * half, rel=CLOSED_FORM),
    )


def test_prediction_interval_without_degrees_of_freedom_or_without_the_mean() -> None:
    assert all(math.isnan(x) for x in prediction_interval(1.0, 0.3, 0.16, 2, method="t-k-2", level=0.95))
    assert prediction_interval(1.0, 0.3, 0.16, 2, method="tau-only", level=0.95)[1] == pytest.approx(
        1 + 0.4 * 1.959963984540054
    )


def test_scalar_fields_make_a_row() -> None:
    row = pool(Y, V).to_row()
    assert {"h2_low", "h2_high", "se_tau2", "log_lik", "aic", "bic", "aicc", "ci_df", "stopping"} <= set(row)
    assert (row["tau2_ci_method"], row["i2_ci_method"], row["pi_method"]) == ("q-profile", "tau2-ci", "t-k-2")
    assert {"estimate", "ci_low", "tau2", "i2", "pi_high", "k", "at_boundary"} <= set(row)
    assert "weights" not in row


# weights of the user's own; numbers from metafor 3.8-1, rma(yi, vi, weights = 1:3 repeated and a 5, method = ...)

OWN = np.array([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 5], dtype=float)


@pytest.mark.parametrize(
    ("method", "ci", "se", "p", "low", "i2"),
    [
        ("DL", "wald", 0.21097162607470316, 0.0083426787404967898, -0.97001403024557986, 92.084574731005787),
        ("DL", "t", 0.21097162607470316, 0.021658465982846598, -1.016184926966631, 92.084574731005787),
        ("REML", "wald", 0.21239898969937959, 0.008789106357665678, -0.97281161154278828, 92.230783355477811),
        (None, "wald", 0.12222666610545047, 5.2846719132037212e-06, -0.79607710489639583, 92.084574731005802),
        (None, "t", 0.12222666610545047, 0.00066253914890014489, -0.82282626961731853, 92.084574731005802),
    ],
)
def test_pooling_by_given_weights(method: str | None, ci: str, se: float, p: float, low: float, i2: float) -> None:
    ours = pool(Y, V, tau2=method, ci=ci, weights=OWN, pi="normal")
    assert ours.model == "user-weights"
    assert ours.estimate == pytest.approx(float(OWN @ Y) / OWN.sum(), rel=CLOSED_FORM)
    assert ours.estimate == pytest.approx(-0.55651724137931036, rel=CLOSED_FORM)
    assert (ours.se, ours.p, ours.ci_low) == pytest.approx((se, p, low), rel=ITERATIVE)
    assert ours.i2 == pytest.approx(i2, rel=ITERATIVE)
    assert ours.weights == pytest.approx(100 * OWN / OWN.sum())
    assert ours.q == pytest.approx(151.60271990698496, rel=CLOSED_FORM)
    assert math.isnan(ours.log_lik)
    if method == "DL" and ci == "wald":
        assert (ours.pi_low, ours.pi_high) == pytest.approx((-1.7185668218014629, 0.60553233904284209), rel=CLOSED_FORM)


def test_meta_regression_by_given_weights() -> None:
    """rma(yi, vi, mods = ~ ablat, weights, method = "DL"), metafor 3.8-1."""
    ours = pool(Y, V, tau2="DL", weights=OWN, mods={"ablat": ABLAT})
    assert [c.estimate for c in ours.coefficients] == pytest.approx([0.410673658993534474, -0.029278221410033927])
    assert [c.se for c in ours.coefficients] == pytest.approx([0.2774822434495810564, 0.0085099140197468625])
    assert (ours.qm, ours.q, ours.r2) == pytest.approx((11.836928847359552, 30.791801314255686, 79.486732596479825))


def test_inverse_variances_as_given_weights_change_nothing() -> None:
    ours, plain = pool(Y, V, tau2=None, weights=1 / V), pool(Y, V, tau2=None)
    assert (ours.estimate, ours.se, ours.p) == pytest.approx((plain.estimate, plain.se, plain.p), rel=CLOSED_FORM)


@pytest.mark.parametrize("ci", ["hksj", "hksj-adhoc-se", "kenward-roger", "profile", "bootstrap", "permutation"])
def test_intervals_that_are_made_for_inverse_variances(ci: str) -> None:
    tau2 = {"kenward-roger": "REML", "profile": "ML"}.get(ci, "DL")
    with pytest.raises(DataError, match="made for inverse-variance weights"):
        pool(Y, V, tau2=tau2, ci=ci, weights=OWN)


def test_general_moments_take_the_weights_in_q_only() -> None:
    """tau2 and its standard error: rma(yi, vi, weights, method = "GENQ"), metafor 3.8-1, which pools by them too."""
    ours = pool(Y, V, tau2="GENQ", weights=OWN)
    assert (ours.tau2, ours.se_tau2) == pytest.approx((0.31239794473684213, 0.22656015478737521), rel=CLOSED_FORM)
    assert ours.model == "random"
    w = 1 / (V + ours.tau2)
    assert ours.estimate == pytest.approx(float(w @ Y / w.sum()), rel=CLOSED_FORM)


# what fits and how well


@pytest.mark.parametrize("method", ["DL", "REML", "ML", None])
def test_likelihood_and_criteria(method: str | None) -> None:
    ours = pool(Y, V, tau2=method)
    s = V + ours.tau2
    full = -0.5 * float(np.sum(np.log(2 * math.pi * s) + (Y - ours.estimate) ** 2 / s))
    if method == "REML":
        full += 0.5 * (math.log(2 * math.pi) + math.log(13) - math.log(np.sum(1 / s)))
    n, parameters = 13 - (method == "REML"), 1 + (method is not None)
    assert ours.log_lik == pytest.approx(full, rel=CLOSED_FORM)
    assert ours.aic == pytest.approx(-2 * full + 2 * parameters, rel=CLOSED_FORM)
    assert ours.bic == pytest.approx(-2 * full + parameters * math.log(n), rel=CLOSED_FORM)
    assert ours.aicc == pytest.approx(-2 * full + 2 * parameters * n / (n - parameters - 1), rel=CLOSED_FORM)


def test_standard_error_of_tau2() -> None:
    """DL's by simulation under normality, REML's from the curvature that the expected information describes."""
    dl = pool(Y, V, tau2="DL")
    rng = np.random.default_rng(2)
    w = 1 / V
    ys = rng.normal(0, np.sqrt(V + dl.tau2), size=(20_000, 13))
    q = np.sum(w * (ys - (ys @ w / w.sum())[:, None]) ** 2, axis=1)
    untruncated = (q - 12) / (w.sum() - (w**2).sum() / w.sum())
    assert dl.se_tau2 == pytest.approx(untruncated.std(), rel=0.05)
    reml = pool(Y, V)
    v = 1 / (V + reml.tau2)
    p = np.diag(v) - np.outer(v, v) / v.sum()
    assert reml.se_tau2 == pytest.approx(math.sqrt(2 / np.trace(p @ p)), rel=CLOSED_FORM)
    for nothing in (pool(Y, V, tau2=None), pool(Y, V, tau2="DL2"), pool([0.5], [0.04])):
        assert math.isnan(nothing.se_tau2)


def test_permutation_interval_is_that_of_the_test() -> None:
    y, v = Y[:8], V[:8]
    ours = pool(y, v, tau2="DL", ci="permutation")
    test = permutation_test(y, v, tau2="DL")
    assert (ours.ci_low, ours.ci_high) == permutation_interval(y, v, method="DL", level=0.95)
    assert ours.p == test.p
    assert ours.se == pool(y, v, tau2="DL").se


def test_stopping_as_metafor_does_is_passed_on_everywhere() -> None:
    exact, stopped = pool(Y / 100, V / 1e4, tau2="PM"), pool(Y / 100, V / 1e4, tau2="PM", stopping="metafor")
    assert stopped.tau2 == estimate_tau2("PM", Y / 100, V / 1e4, np.ones((13, 1)), stopping="metafor") != exact.tau2
    assert (stopped.tau2_low, stopped.tau2_high) == metafor_q_profile(
        Y / 100, V / 1e4, np.ones((13, 1)), 0.95, tau2=stopped.tau2
    )
    assert (stopped.stopping, exact.stopping) == ("metafor", "exact")


# what it refuses


@pytest.mark.parametrize(
    ("yi", "vi", "extra", "words"),
    [
        ([], [], {}, "there is no study to pool"),
        ([1, 2], [1], {}, "2 effects but 1 variances"),
        ([1, math.nan], [1, 1], {}, "missing or not finite"),
        ([1, 2], [1, math.inf], {}, "missing or not finite"),
        ([1, 2], [1, 0], {}, "not positive"),
        ([1, 2], [1, -0.1], {}, "not positive"),
        (["a", "b"], [1, 1], {}, "effects are not all numbers"),
        ([1, 2], [1, 1], {"tau2": "REM"}, "tau2 'REM' is not known; choose one of FE, DL"),
        ([1, 2], [1, 1], {"ci": "normal"}, "ci 'normal' is not known"),
        ([1, 2], [1, 1], {"pi": "k-2"}, "pi 'k-2' is not known"),
        ([1, 2], [1, 1], {"stopping": "early"}, "stopping 'early' is not known"),
        ([1, 2], [1, 1], {"weights": [1, 2, 3]}, "2 effects but 3 weights"),
        ([1, 2], [1, 1], {"weights": [1, 0]}, "weight is missing or not positive"),
        ([1, 2], [1, 1], {"weights": [1, math.nan]}, "weight is missing or not positive"),
        ([1, 2], [1, 1], {"weights": ["a", "b"]}, "weights are not all numbers"),
        ([1, 2], [1, 1], {"tau2": "GENQ"}, "tau2 GENQ needs weights"),
        ([1, 2], [1, 1], {"weights": [1, 2], "pi": "hksj"}, "pi 'hksj' is made for inverse-variance weights"),
        ([1, 2, 3], [1, 1, 1], {"mods": [1, 2, 4], "ci": "permutation"}, "not defined with moderators"),
        ([2, 2, 2, 2], [1, 2, 3, 4], {"mods": [1, 2, 3, 5], "ci": "hksj"}, "reproduce the effects exactly"),
        ([1, 2], [1, 1], {"level": 95}, "level 95 is not between 0 and 1"),
        ([1, 2, 3], [1, 1, 1], {"mods": [1, 2]}, "moderators have 2 rows, the effects 3"),
        ([1, 2, 3], [1, 1, 1], {"mods": {"a": [1, 2], "b": [1, 2, 3]}}, "moderators have 2 and 3 rows"),
        ([1, 2, 3], [1, 1, 1], {"mods": {"dose": ["low", "high", "low"]}}, "moderator 'dose' are not all numbers"),
        ([1, 2, 3], [1, 1, 1], {"mods": [1, 2, math.nan]}, "a moderator is missing"),
        ([1, 2, 3], [1, 1, 1], {"mods": [2, 2, 2]}, "moderators that follow from one another"),
        (
            [1, 2, 3, 4],
            [1] * 4,
            {"mods": np.array([[1, 2], [2, 4], [3, 6], [4, 8]])},
            "moderators that follow from one another",
        ),
        ([1, 2], [1, 1], {"mods": np.array([[1, 2], [2, 5]])}, "too few studies"),
    ],
)
def test_arrays_that_cannot_be_pooled_are_refused_in_words(yi: list, vi: list, extra: dict, words: str) -> None:
    with pytest.raises(DataError, match=words):
        pool(yi, vi, **extra)


# degenerate input


@pytest.mark.parametrize("method", [None, *METHODS])
@pytest.mark.parametrize("ci", ["wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci"])
def test_one_study_is_its_own_result(method: str | None, ci: str) -> None:
    ours = pool([0.5], [0.04], tau2=method, ci=ci)
    assert (ours.estimate, ours.se, ours.tau2, ours.k) == (0.5, pytest.approx(0.2), 0, 1)
    assert (ours.q, ours.q_df, ours.q_p, ours.i2, ours.h2) == (0, 0, 1, 0, 1)
    assert math.isnan(ours.tau2_low)
    assert math.isnan(ours.ci_low) == (ci != "wald")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ci", ["wald", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci"])
def test_two_equal_studies_have_no_heterogeneity(method: str, ci: str) -> None:
    ours = pool([0.5, 0.5], [0.04, 0.04], tau2=method, ci=ci)
    assert ours.estimate == pytest.approx(0.5)
    assert ours.tau2 == 0
    assert ours.i2 == 0
    assert ours.at_boundary


@pytest.mark.parametrize("method", METHODS)
def test_two_studies(method: str) -> None:
    ours = pool([0.0, 2.0], [0.1, 0.3], tau2=method)
    assert ours.q_df == 1
    assert ours.tau2 > 0
    assert math.isnan(ours.pi_low)


@pytest.mark.parametrize("method", METHODS)
def test_equal_variances_give_the_plain_mean(method: str) -> None:
    ours = pool([1.0, 2.0, 4.0, 5.0], [0.5] * 4, tau2=method)
    assert ours.estimate == pytest.approx(3.0)
    expected = {"HS": np.sum((np.array([1, 2, 4, 5]) - 3) ** 2) / 4 - 0.5, "ML": 2.5 - 0.5}.get(method, 10 / 3 - 0.5)
    if method == "HS":
        expected = (10 / 0.5 - 4) / (4 / 0.5)
    if method == "SJ":
        expected = 2.5 * (10 / 3) / (0.5 + 2.5)
    assert ours.tau2 == pytest.approx(expected, rel=CLOSED_FORM)


def test_saturated_regression_has_no_residual() -> None:
    ours = pool([1.0, 2.0], [0.1, 0.2], mods=[0.0, 1.0])
    assert (ours.tau2, ours.q_df) == (0, 0)
    assert ours.coefficients[1].estimate == pytest.approx(1.0)


def test_no_moderators_is_no_regression() -> None:
    assert pool(Y, V, mods={}).coefficients == ()


def test_p_values_do_not_underflow_early() -> None:
    assert two_sided_p(38.0, None) == pytest.approx(2 * 2.885428e-316, rel=1e-4)
    assert two_sided_p(0.0, None) == 1
    assert math.isnan(two_sided_p(1.0, 0))
