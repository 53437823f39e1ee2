"""Case diagnostics: metafor's numbers, refits one by one, identities, and what does not exist."""

import math

import numpy as np
import pytest
from bcg_metafor import ABLAT, KNAPP_HARTUNG, LATITUDE, REML, VI, YEAR, YI
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from metaudit import pool
from metaudit.diagnostics.influence import influence
from metaudit.errors import DataError
from metaudit.pooling.tau2 import estimate_tau2
from tolerances import CLOSED_FORM, SAME_AGAIN

DEVICES = ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "q_del")
EFFECTS = st.floats(-3, 3, allow_nan=False).map(lambda x: round(x, 3))
VARIANCES = st.floats(0.005, 5).map(lambda x: round(x, 4))


@pytest.mark.parametrize(
    ("theirs", "choices"),
    [
        (REML, {"tau2": "REML"}),
        (LATITUDE, {"tau2": "DL", "mods": {"ablat": ABLAT}}),
        (KNAPP_HARTUNG, {"tau2": "DL", "ci": "hksj"}),
    ],
)
def test_equals_metafor(theirs, choices) -> None:
    ours = influence(YI, VI, **choices)
    for field, values in theirs.items():
        mine = ours.dfbetas[:, -1] if field == "dfbetas" else getattr(ours, field)
        assert mine == pytest.approx(values, rel=CLOSED_FORM), field
    assert not ours.influential.any()  # as metafor's is.infl


def by_hand(y, v, x, i, *, method, knapp_hartung=False):
    """Case i by refits of the plain normal equations."""

    def solve(rows):
        yy, vv, xx = y[rows], v[rows], x[rows]
        t = estimate_tau2(method, yy, vv, xx) if method != "FE" and yy.size > x.shape[1] else 0.0
        w = np.diag(1 / (vv + t))
        cov = np.linalg.inv(xx.T @ w @ xx)
        b = cov @ xx.T @ w @ yy
        r = yy - xx @ b
        s2 = r @ w @ r / (yy.size - x.shape[1]) if knapp_hartung else 1.0
        return t, b, s2 * cov, s2

    rest = np.arange(y.size) != i
    t, b, cov, _ = solve(np.ones(y.size, dtype=bool))
    ti, bi, covi, si = solve(rest)
    w = np.diag(1 / (v + t))
    hat = (x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w)[i, i]
    at_deleted = np.linalg.inv(x.T @ np.diag(1 / (v + ti)) @ x)
    return {
        "rstudent": (y[i] - x[i] @ bi) / math.sqrt(si * (v[i] + ti) + x[i] @ covi @ x[i]),
        "dffits": x[i] @ (b - bi) / math.sqrt(si * hat * (v[i] + ti)),
        "cook_d": (b - bi) @ np.linalg.inv(cov) @ (b - bi),
        "cov_r": np.linalg.det(covi) / np.linalg.det(cov),
        "tau2_del": ti,
        "hat": hat,
        "dfbetas": (b - bi) / np.sqrt(si * np.diag(at_deleted)),
    }


@pytest.mark.parametrize("method", ["FE", "DL", "REML", "PM"])
@pytest.mark.parametrize("ci", ["wald", "hksj"])
def test_moderators_equal_refits_one_by_one(method, ci) -> None:
    mods = {"year": np.array(YEAR, dtype=float) - 1948, "ablat": ABLAT}
    x = np.column_stack([np.ones(YI.size), *mods.values()])
    ours = influence(YI, VI, tau2=method, ci=ci, mods=mods)
    assert ours.terms == ("intercept", "year", "ablat")
    for i in range(YI.size):
        theirs = by_hand(YI, VI, x, i, method=method, knapp_hartung=ci == "hksj")
        for field, value in theirs.items():
            assert getattr(ours, field)[i] == pytest.approx(value, rel=1e-8, abs=1e-10), (field, i)


@given(st.lists(st.tuples(EFFECTS, VARIANCES), min_size=3, max_size=12))
def test_identities_of_the_common_effect(pairs) -> None:
    y, v = np.array(pairs).T
    ours, w = influence(y, v, tau2="FE"), 1 / v
    assert ours.hat.sum() == pytest.approx(1)
    assert ours.hat == pytest.approx(w / w.sum())
    assert 100 * ours.hat == pytest.approx(ours.weight)
    rest = 1 - ours.hat
    assert ours.rstudent == pytest.approx(ours.rstandard, abs=1e-9)  # nothing is estimated but the mean
    assert ours.deleted_resid == pytest.approx(ours.resid / rest, abs=1e-9)
    assert ours.dffits == pytest.approx(ours.rstandard * np.sqrt(ours.hat / rest), abs=1e-9)
    assert ours.cook_d == pytest.approx(ours.dffits**2, abs=1e-9)
    assert ours.cov_r == pytest.approx(1 / rest)
    assert ours.q_del == pytest.approx(ours.q - ours.rstandard**2, abs=1e-7)  # Q falls by the squared residual


@given(st.lists(st.tuples(EFFECTS, VARIANCES), min_size=4, max_size=9, unique_by=lambda p: p[0]), st.randoms())
def test_order_shift_and_scale_do_not_matter(pairs, random) -> None:
    y, v = np.array(pairs).T
    ours = influence(y, v, tau2="DL")
    mixed = list(range(y.size))
    random.shuffle(mixed)
    for other in (influence(y[mixed], v[mixed], tau2="DL"), influence(100 + 7 * y[mixed], 49 * v[mixed], tau2="DL")):
        for field in ("rstandard", "rstudent", "dffits", "cook_d", "cov_r", "hat"):
            assert getattr(other, field) == pytest.approx(getattr(ours, field)[mixed], rel=1e-6, abs=1e-6), field


def test_internally_standardised_residuals_by_the_residual_maker() -> None:
    x = np.column_stack([np.ones(YI.size), ABLAT])
    ours = influence(YI, VI, tau2="DL", mods=ABLAT)
    m = np.diag(VI + ours.tau2)
    w = np.linalg.inv(m)
    maker = np.eye(YI.size) - x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
    assert ours.resid == pytest.approx(maker @ YI, rel=SAME_AGAIN)
    assert ours.resid_se == pytest.approx(np.sqrt(np.diag(maker @ m @ maker.T)), rel=SAME_AGAIN)


def test_an_outlier_is_flagged_with_the_reasons() -> None:
    y = np.array([0.10, 0.12, 0.09, 0.11, 0.10, 0.13, 0.70])
    v = np.array([0.02, 0.03, 0.02, 0.03, 0.02, 0.03, 0.01])
    ours = influence(y, v, tau2="FE", labels=list("ABCDEFG"))
    assert ours.reasons[-1] == ("DFFITS", "Cook's distance", "DFBETAS")
    rules = {
        "DFFITS": np.abs(ours.dffits) > 3 * math.sqrt(1 / 6),
        "Cook's distance": chi2.cdf(ours.cook_d, 1) > 0.5,
        "leverage": ours.hat > 3 / 7,
        "DFBETAS": np.abs(ours.dfbetas[:, 0]) > 1,
    }
    for i, found in enumerate(ours.reasons):
        assert found == tuple(name for name, meets in rules.items() if meets[i])
        assert ours.influential[i] == bool(found)
    assert 0 < ours.influential.sum() < 7
    heavy = influence(y, [0.02] * 6 + [0.001], tau2="FE")
    assert "leverage" in heavy.reasons[-1]


def test_cut_offs_count_the_coefficients() -> None:
    """With two coefficients the same leverage is no longer unusual: 3 p / k doubles."""
    y, v = np.arange(8) / 10, np.array([1, 1, 1, 1, 1, 1, 1, 0.15])
    assert "leverage" in influence(y, v, tau2="FE").reasons[-1]
    x = np.array([0, 1, 0, 1, 0, 1, 0, 0.5])
    assert "leverage" not in influence(y, v, tau2="FE", mods=x).reasons[-1]


def test_the_cut_off_of_dffits_allows_for_the_coefficients() -> None:
    """3 √(p / (k − p)) is 3 for four studies and two coefficients, where 3 √(p / k) would be 2.1."""
    ours = influence([0.0, 0.5, 0.3, 1.5], [0.1, 0.1, 0.1, 0.1], tau2="FE", mods=[0, 1, 2, 3])
    assert 3 * math.sqrt(2 / 4) < ours.dffits[-1] < 3
    assert "DFFITS" not in ours.reasons[-1]


# what does not exist


def test_one_study() -> None:
    ours = influence([0.2], [0.04])
    assert ours.hat.tolist() == [1.0]
    assert ours.weight.tolist() == [100.0]
    assert ours.q == 0
    for field in ("rstandard", *DEVICES):
        assert np.isnan(getattr(ours, field)).all(), field
    assert not ours.influential.any()


def test_two_studies_are_defined() -> None:
    ours = influence([0.2, 0.4], [0.04, 0.02], tau2="DL")
    assert ours.tau2_del.tolist() == ours.q_del.tolist() == [0, 0]
    assert ours.cov_r == pytest.approx([1.5, 3.0])
    for field in ("rstandard", *DEVICES):
        assert np.isfinite(getattr(ours, field)).all(), field


@pytest.mark.parametrize("k", [3, 5])
def test_equal_effects(k) -> None:
    v = np.linspace(0.1, 0.5, k)
    ours = influence([0.3] * k, v, tau2="REML")
    for field in ("rstandard", "rstudent", "dffits", "cook_d", "tau2_del"):
        assert getattr(ours, field) == pytest.approx(np.zeros(k), abs=1e-12), field
    assert ours.cov_r == pytest.approx(1 / (1 - ours.hat))
    spread = influence([0.25] * k, v, tau2="REML", ci="hksj")  # 0 / 0: there is no spread to measure by
    assert np.isnan(spread.dffits).all()
    assert np.isnan(spread.cov_r).all()
    assert not spread.influential.any()


def test_a_study_alone_in_its_group_cannot_be_left_out() -> None:
    ours = influence([0.2, 0.4, 0.1, 0.5], [0.04, 0.02, 0.03, 0.05], tau2="DL", mods=[0, 0, 0, 1])
    for field in ("rstandard", *DEVICES):
        values = getattr(ours, field)
        assert math.isnan(values[-1]), field
        assert np.isfinite(values[:-1]).all(), field
    assert np.isnan(ours.dfbetas[-1]).all()


def test_a_study_of_nearly_infinite_precision_keeps_its_digits() -> None:
    v = np.array([0.04, 1e-13, 0.03, 0.05])
    y = np.array([0.2, 0.4, 0.1, 0.5])
    ours = influence(y, v, tau2="FE")
    others = (1 / v).sum() - 1e13
    rest = 1 / v[[0, 2, 3]]
    assert others != pytest.approx(rest.sum(), rel=1e-12)  # by subtraction four digits are gone
    expected = math.sqrt(1e-13 * rest.sum() / (rest.sum() + 1e13))
    assert ours.resid_se[1] == pytest.approx(expected, rel=CLOSED_FORM)
    assert ours.cov_r[1] == pytest.approx((rest.sum() + 1e13) / rest.sum(), rel=CLOSED_FORM)


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"mods": [1, 1, 1]}, "follow from one another"),
        ({"mods": np.arange(12).reshape(3, 4)}, "3 studies cannot determine 5"),
        ({"mods": [1, 2]}, "2 rows"),
        ({"tau2": "no"}, "not known"),
        ({"ci": "no"}, "not offered"),
    ],
)
def test_what_is_refused(choices, why) -> None:
    with pytest.raises(DataError, match=why):
        influence([0.1, 0.2, 0.4], [0.1, 0.2, 0.1], **choices)


def test_rows_of_a_table() -> None:
    row = influence(YI, VI, mods={"ablat": ABLAT}).to_rows()[6]
    assert row["study"] == "study 7"
    assert {"dfbetas_intercept", "dfbetas_ablat", "influential", "reasons", "rstudent"} <= set(row)


def test_agrees_with_pool() -> None:
    ours, pooled = influence(YI, VI), pool(YI, VI)
    assert ours.weight == pytest.approx(pooled.weights, rel=SAME_AGAIN)
    assert ours.tau2 == pytest.approx(pooled.tau2, rel=SAME_AGAIN)
    assert ours.q == pytest.approx(pooled.q, rel=SAME_AGAIN)
