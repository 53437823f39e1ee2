"""Limit meta-analysis: R's lm by the paper's definitions, least squares by numpy, and its limits."""

import numpy as np
import pytest

from metaudit.diagnostics.small_study.limit import limit_meta
from metaudit.diagnostics.small_study.regression import egger
from metaudit.errors import DataError
from metaudit.pooling import pool
from tolerances import CLOSED_FORM


def test_every_adjustment_of_the_bcg_trials(bcg):
    # R 4.2.2, metafor 3.8-1 for tau2 (DL): lm(y*x ~ x) with x = sqrt(1/(vi + tau2)), and the formulas of Rücker et al.
    beta0 = limit_meta(bcg.yi, bcg.vi, method="DL")
    assert (beta0.alpha, beta0.beta, beta0.estimate, beta0.se) == pytest.approx(
        (-1.02854481222389, -0.041347106435134, -0.66388731650356, 0.251153956202967), rel=CLOSED_FORM
    )
    slope = limit_meta(bcg.yi, bcg.vi, method="DL", adjustment="beta-lim")
    assert (slope.estimate, slope.se, slope.g2) == pytest.approx(
        (-0.188260568341413, 0.0676396026023311, 94.262094378508), rel=CLOSED_FORM
    )
    mean = limit_meta(bcg.yi, bcg.vi, method="DL", adjustment="mu-lim")
    assert (mean.estimate, mean.se) == pytest.approx((-0.417903247567064, 0.042265456992996), rel=CLOSED_FORM)
    assert (mean.q, mean.q_residual) == pytest.approx((163.1649151808, 135.244332530906), rel=CLOSED_FORM)


def test_standard_error_is_that_of_the_line_at_its_limit(smoking):
    """b + tau a has the variance of a linear combination of the coefficients of the generalised radial line."""
    ours = limit_meta(smoking.yi, smoking.vi)
    x = 1 / np.sqrt(smoking.vi + ours.tau2)
    basis = np.column_stack([np.ones_like(x), x])
    coefficients = np.linalg.lstsq(basis, smoking.yi * x, rcond=None)[0]
    at = np.array([np.sqrt(ours.tau2), 1.0])
    assert ours.estimate == pytest.approx(at @ coefficients, rel=CLOSED_FORM)
    assert ours.se == pytest.approx(np.sqrt(at @ np.linalg.inv(basis.T @ basis) @ at), rel=CLOSED_FORM)


def test_without_heterogeneity_all_is_on_one_line(bcg):
    ours = limit_meta(bcg.yi, bcg.vi, method="FE")
    assert ours.estimate == pytest.approx(egger(bcg.yi, bcg.vi).limit, rel=CLOSED_FORM)
    assert ours.g2 == pytest.approx(0.0, abs=CLOSED_FORM)
    assert ours.limit_yi == pytest.approx(np.full(13, ours.beta), rel=CLOSED_FORM)


def test_random_effects_mean_is_that_of_the_pool(bcg):
    ours, pooled = limit_meta(bcg.yi, bcg.vi), pool(bcg.yi, bcg.vi, tau2="REML")
    assert (ours.random, ours.random_se, ours.tau2) == pytest.approx(
        (pooled.estimate, pooled.se, pooled.tau2), rel=CLOSED_FORM
    )
    assert ours.q == pytest.approx(pooled.q, rel=CLOSED_FORM)
    assert "limit_yi" not in ours.to_row()


def test_unusable_data_are_refused(bcg):
    with pytest.raises(DataError, match="is not known"):
        limit_meta(bcg.yi, bcg.vi, adjustment="beta1")
    with pytest.raises(DataError, match="the same for all"):
        limit_meta([1, 2, 3], [1, 1, 1])
