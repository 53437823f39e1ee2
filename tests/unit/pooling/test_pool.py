"""pool(): what it returns, what it refuses, and what it makes of too little data."""

import math

import numpy as np
import pytest
import statsmodels.api as sm

from metaudit import pool
from metaudit.errors import DataError
from metaudit.pooling.intervals import prediction_interval, quantile, two_sided_p
from metaudit.pooling.linear import profile
from metaudit.pooling.tau2 import ESTIMATORS, q_root
from tolerances import CLOSED_FORM

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
    assert {"estimate", "ci_low", "tau2", "i2", "pi_high", "k", "at_boundary"} <= set(row)
    assert "weights" not in row


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
