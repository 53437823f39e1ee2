"""Kenward-Roger inference: where it must equal ordinary least squares, and from dense matrices."""

import math
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from metaudit import pool
from metaudit.errors import DataError
from metaudit.pooling.kenward_roger import kenward_roger, omnibus
from tolerances import CLOSED_FORM

Y = np.array([-0.889, -1.585, -1.348, -1.442, -0.218, -0.786, -1.621, 0.012, -0.469, -1.371, -0.339, 0.446, -0.017])
V = np.array([0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071])
ABLAT = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33], dtype=float)
YEAR = np.array([48, 49, 60, 77, 73, 53, 73, 80, 68, 61, 74, 69, 76], dtype=float)


def test_formula_of_partlett_and_riley() -> None:
    ours = pool(Y, V, ci="kenward-roger")
    w = 1 / (V + ours.tau2)
    w1, w2, w3 = (float(np.sum(w**i)) for i in (1, 2, 3))
    information = w2 / 2 - w3 / w1 + (w2 / w1) ** 2 / 2
    variance = (1 + 2 * (w3 / w1 - (w2 / w1) ** 2) / information) / w1
    assert ours.se == pytest.approx(math.sqrt(variance), rel=CLOSED_FORM)
    assert ours.ci_df == pytest.approx(2 * information / (variance * w2) ** 2, rel=CLOSED_FORM)
    assert ours.se > pool(Y, V).se


def test_equal_variances_give_the_t_interval_of_the_plain_mean() -> None:
    y = np.array([1.0, 2.0, 4.0, 5.0, 9.0])
    ours = pool(y, np.full(5, 0.5), ci="kenward-roger")
    assert ours.ci_df == pytest.approx(4)
    assert ours.se == pytest.approx(np.std(y, ddof=1) / math.sqrt(5), rel=CLOSED_FORM)
    assert ours.ci_high - ours.estimate == pytest.approx(2.7764451051977987 * ours.se, rel=CLOSED_FORM)
    assert ours.estimate == pytest.approx(y.mean())


def test_equal_variances_give_ordinary_least_squares_with_moderators() -> None:
    y = np.array([-0.9, -1.6, -1.3, -1.4, -0.2, -0.8, -1.6, 0.3, -0.5, -1.4, -0.3, 0.4, 0.0])
    ours = pool(y, np.full(13, 0.01), mods={"ablat": ABLAT, "year": YEAR}, ci="kenward-roger")
    ols = sm.OLS(y, sm.add_constant(np.column_stack([ABLAT, YEAR]))).fit()
    assert ours.tau2 == pytest.approx(ols.mse_resid - 0.01, rel=1e-8)
    assert [c.se for c in ours.coefficients] == pytest.approx(list(ols.bse), rel=1e-7)
    assert [c.p for c in ours.coefficients] == pytest.approx(list(ols.pvalues), rel=1e-6)
    assert ours.qm == pytest.approx(ols.fvalue, rel=1e-7)
    assert ours.qm_p == pytest.approx(ols.f_pvalue, rel=1e-6)


def test_adjustment_from_dense_matrices() -> None:
    """Kenward and Roger 1997: the adjusted covariance and degrees of freedom, with V and its derivative written out."""
    x = np.column_stack([np.ones(13), ABLAT, YEAR])
    tau2 = 0.08
    ours = kenward_roger(V, x, tau2)
    inverse = np.diag(1 / (V + tau2))
    phi = np.linalg.inv(x.T @ inverse @ x)
    p = -x.T @ inverse @ inverse @ x
    q = x.T @ inverse @ inverse @ inverse @ x
    projector = inverse - inverse @ x @ phi @ x.T @ inverse
    w = 2 / float(np.trace(projector @ projector))
    assert ours.cov == pytest.approx(phi + 2 * phi @ (w * (q - p @ phi @ p)) @ phi, rel=1e-8)
    for j in range(3):
        ell = np.zeros((3, 1))
        ell[j] = 1
        theta = ell @ np.linalg.inv(ell.T @ phi @ ell) @ ell.T
        a1 = w * float(np.trace(theta @ phi @ p @ phi)) ** 2
        assert ours.df[j] == pytest.approx(2 / a1, rel=1e-8)


def test_one_moderator_is_tested_alike_by_t_and_by_f() -> None:
    ours = pool(Y, V, mods={"ablat": ABLAT}, ci="kenward-roger")
    slope = ours.coefficients[1]
    assert ours.qm == pytest.approx(slope.stat**2, rel=1e-8)
    assert ours.qm_p == pytest.approx(slope.p, rel=1e-7)
    fit = kenward_roger(V, np.column_stack([np.ones(13), ABLAT]), ours.tau2)
    assert omnibus(fit, np.array([c.estimate for c in ours.coefficients]))[0] == pytest.approx(ours.qm, rel=1e-8)


@pytest.mark.parametrize("method", ["DL", "ML", None])
def test_it_belongs_to_reml(method: str | None) -> None:
    with pytest.raises(DataError, match="made from the REML fit"):
        pool(Y, V, tau2=method, ci="kenward-roger")


def test_few_studies() -> None:
    assert math.isnan(pool([0.5], [0.04], ci="kenward-roger").ci_low)
    two = pool([0.0, 2.0], [0.1, 0.3], ci="kenward-roger")
    assert two.ci_low < 0 < 2 < two.ci_high
    assert 0 < two.ci_df < 2
    boundary = pool([0.1, 0.11, 0.12], [0.1, 0.2, 0.3], ci="kenward-roger")
    assert boundary.tau2 == 0
    assert boundary.se > pool([0.1, 0.11, 0.12], [0.1, 0.2, 0.3]).se


def test_a_variance_that_double_precision_cannot_hold_is_refused(monkeypatch):
    found = kenward_roger(V, np.ones((len(V), 1)), 0.1)
    lost = replace(found, cov=-found.cov)
    monkeypatch.setattr("metaudit.pooling.kenward_roger.kenward_roger", lambda *_: lost)
    with pytest.raises(DataError, match="Kenward-Roger variance cannot be computed"):
        pool(Y, V, ci="kenward-roger")
