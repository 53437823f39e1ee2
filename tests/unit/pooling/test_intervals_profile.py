"""Profile-likelihood intervals of coefficients, against an optimiser that knows nothing of their shape."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import chdtri

from metaudit import pool
from metaudit.errors import DataError
from metaudit.pooling.profile_interval import likelihood_ratio, profile_intervals
from tolerances import SAME_AGAIN

Y = np.array([-0.889, -1.585, -1.348, -1.442, -0.218, -0.786, -1.621, 0.012, -0.469, -1.371, -0.339, 0.446, -0.017])
V = np.array([0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071])
ABLAT = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33], dtype=float)
OPTIMISER = 1e-7  # Nelder-Mead to 1e-12 in the parameters


def deviance(y: np.ndarray, v: np.ndarray, x: np.ndarray, fixed: dict[int, float]) -> float:
    """-2 log-likelihood, minimised over tau2 and the coefficients that are not fixed, from several starts."""
    free = [j for j in range(x.shape[1]) if j not in fixed]
    offset = sum((b * x[:, j] for j, b in fixed.items()), np.zeros(y.size))

    def f(p: np.ndarray) -> float:
        s = v + p[-1] ** 2
        return float(np.sum(np.log(s) + (y - offset - x[:, free] @ p[:-1]) ** 2 / s))

    starts = [
        np.append(np.linalg.lstsq(x[:, free], y - offset, rcond=None)[0] if free else [], t) for t in (0.01, 0.3, 2.0)
    ]
    options = {"xatol": 1e-12, "fatol": 1e-13, "maxiter": 20_000, "maxfev": 20_000}
    return min(minimize(f, s, method="Nelder-Mead", options=options).fun for s in starts)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_limits_lie_where_the_likelihood_ratio_is_its_quantile(level: float) -> None:
    ours = pool(Y, V, tau2="ML", ci="profile", level=level)
    x = np.ones((13, 1))
    best = deviance(Y, V, x, {})
    for limit in (ours.ci_low, ours.ci_high):
        assert deviance(Y, V, x, {0: limit}) - best == pytest.approx(float(chdtri(1, 1 - level)), abs=OPTIMISER)
    assert ours.stat**2 == pytest.approx(deviance(Y, V, x, {0: 0.0}) - best, abs=OPTIMISER)
    assert ours.stat < 0


def test_every_coefficient_of_a_regression() -> None:
    z = (ABLAT - 33) / 10
    ours = pool(Y, V, tau2="ML", ci="profile", mods={"z": z})
    x = np.column_stack([np.ones(13), z])
    best = deviance(Y, V, x, {})
    for j, c in enumerate(ours.coefficients):
        for limit in (c.ci_low, c.ci_high):
            assert deviance(Y, V, x, {j: limit}) - best == pytest.approx(3.841458820694124, abs=OPTIMISER)
    assert ours.qm == pytest.approx(ours.coefficients[1].stat ** 2, abs=1e-9)
    assert ours.qm_p == pytest.approx(ours.coefficients[1].p, rel=1e-7)
    assert likelihood_ratio(Y, V, x)[0] == ours.qm


@pytest.mark.parametrize("side", ["low", "high"])
def test_the_test_at_a_limit_has_p_equal_to_alpha(side: str) -> None:
    ours = profile_intervals(Y, V, np.ones((13, 1)), level=0.95)[0]
    again = profile_intervals(Y - getattr(ours, side), V, np.ones((13, 1)), level=0.95)[0]
    assert again.p == pytest.approx(0.05, rel=1e-9)


def test_limits_are_equivariant() -> None:
    one = profile_intervals(Y, V, np.ones((13, 1)), level=0.95)[0]
    two = profile_intervals(100 - 3 * Y, 9 * V, np.ones((13, 1)), level=0.95)[0]
    assert (two.low, two.high) == pytest.approx((100 - 3 * one.high, 100 - 3 * one.low), rel=SAME_AGAIN)


def test_two_far_groups_give_the_outermost_limits() -> None:
    """The profile likelihood may have a dip; no value outside the limits is compatible."""
    y, v = np.array([0.0, 0.01, 6.0]), np.array([1e-4, 1e-4, 4.0])
    ours = profile_intervals(y, v, np.ones((3, 1)), level=0.95)[0]
    best = deviance(y, v, np.ones((3, 1)), {})
    for limit in (ours.low, ours.high):
        assert deviance(y, v, np.ones((3, 1)), {0: limit}) - best == pytest.approx(3.841458820694124, abs=1e-5)
    for b in (ours.low - 0.3, ours.low - 3, ours.high + 0.3, ours.high + 3):
        assert deviance(y, v, np.ones((3, 1)), {0: b}) - best > 3.841458820694124


@pytest.mark.parametrize("k", [2, 3, 60])
def test_few_and_many_studies(k: int) -> None:
    rng = np.random.default_rng(k)
    v = 10 ** rng.uniform(-4, 1, k)
    y = rng.normal(0.5, np.sqrt(v + 0.1))
    ours = pool(y, v, tau2="ML", ci="profile")
    assert -math.inf < ours.ci_low < ours.estimate < ours.ci_high < math.inf


def test_equal_effects() -> None:
    ours = pool([0.5] * 4, [0.1, 0.2, 0.3, 0.4], tau2="ML", ci="profile")
    assert ours.ci_low < 0.5 < ours.ci_high
    assert ours.ci_high - 0.5 == pytest.approx(0.5 - ours.ci_low, rel=1e-9)


def test_it_belongs_to_ml_and_needs_a_residual() -> None:
    with pytest.raises(DataError, match="made from the ML fit"):
        pool(Y, V, tau2="REML", ci="profile")
    with pytest.raises(DataError, match="exact optimum only"):
        pool(Y, V, tau2="ML", ci="profile", stopping="metafor")
    alone = pool([0.5], [0.04], tau2="ML", ci="profile")
    assert alone.estimate == 0.5
    assert all(math.isnan(x) for x in (alone.ci_low, alone.ci_high, alone.p, alone.stat))
