"""metafor's stopping rules in arrays: the numbers are those of one data set at a time, whatever shares the batch."""

import math

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.pooling.batch_stopping import STOPPED, stopped
from metaudit.pooling.tau2 import estimate_tau2
from metaudit.specs import ITERATED

# Log risk ratios of the 13 trials of BCG vaccine (metafor's dat.bcg) and their variances, rounded, on a hundredth of the scale, on
# which the default control of metafor stops short of the solution.
DATA = (
    (
        -0.00889311, -0.01585389, -0.01348073, -0.01441551, -0.00217547, -0.00786116, -0.01620898, 0.00011952, -0.00469418,
        -0.01371345, -0.00339359, 0.00445913, -0.00017314,
    ),
    (
        3.25585e-05, 1.94581e-05, 4.15368e-05, 2.001e-06, 5.12102e-06, 6.90562e-07, 2.23017e-05, 3.96158e-07, 5.64342e-06,
        7.30248e-06, 1.24122e-06, 5.32506e-05, 7.14047e-06,
    ),
)  # fmt: skip
WANTED = {
    "REML": 3.1348826061972235e-05,
    "ML": 2.8127211695791942e-05,
    "EB": 3.1825647879569988e-05,
    "PM": 8.7849952589312151e-05,
}


def data_sets(seed, d=40, k=9):
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.001, 0.5, (k, d)) * 10.0 ** rng.uniform(-4, 1, d)
    y = rng.normal(0, np.sqrt(v + v.mean(axis=0) * rng.choice([0.0, 0.3, 3.0, 30.0], d)))
    inside = rng.random((k, d)) < 0.8
    inside[:, 0] = False
    inside[:, 1] = np.arange(k) == 2
    return np.where(inside, y, 0.0), np.where(inside, v, 1.0), inside


def alone(method, y, v):
    if y.size == 0:
        return math.nan
    try:
        return estimate_tau2(method, y, v, np.ones((y.size, 1)), stopping="metafor")
    except DataError:
        return math.nan


@pytest.mark.parametrize("method", STOPPED)
@pytest.mark.parametrize("seed", range(4))
def test_each_data_set_ends_where_it_ends_alone(method, seed):
    y, v, inside = data_sets(seed)
    found = stopped(y, v, inside, method=method)
    want = [alone(method, y[m, j], v[m, j]) for j, m in enumerate(inside.T)]
    np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-13)
    one = [stopped(y[:, j : j + 1], v[:, j : j + 1], inside[:, j : j + 1], method=method)[0] for j in range(found.size)]
    assert np.array_equal(found, one, equal_nan=True)


def test_the_data_sets_reach_what_there_is_to_reach():
    """Among them: tau2 of 0, ends short of the solution, and none where metafor stops with an error."""
    y, v, inside = (np.concatenate(a, axis=1) for a in zip(*map(data_sets, range(4)), strict=True))
    found = stopped(y, v, inside, method="REML")
    exact = [
        estimate_tau2("REML", y[m, j], v[m, j], np.ones((m.sum(), 1))) if m.any() else math.nan
        for j, m in enumerate(inside.T)
    ]
    apart = np.abs(found - exact) / np.maximum(exact, 1e-12)
    assert (found == 0).sum() > 5
    assert (apart > 1e-4).sum() > 5
    assert np.isnan(found[np.isnan(exact)]).all()


def test_what_metafor_prints():
    """``rma(yi, vi, method = ...)$tau2`` of metafor 3.8-1 with its default control, computed in R on 2026-11-29, all digits."""
    for method, want in WANTED.items():
        y, v = (np.array(a)[:, None] for a in DATA)
        found = stopped(y, v, np.ones(y.shape, dtype=bool), method=method)
        assert found[0] == pytest.approx(want, rel=1e-9)


def test_an_estimator_with_a_closed_form_is_refused():
    with pytest.raises(DataError, match="DL"):
        stopped(np.zeros((2, 1)), np.ones((2, 1)), np.ones((2, 1), dtype=bool), method="DL")


def test_a_specification_lists_the_same_estimators():
    assert set(ITERATED) == set(STOPPED)
