"""How much the studies differ: Q, I2, H2 and their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.linear import profile
from metaudit.pooling.tau2_intervals import h2_test_based, tau2_interval

I2_CI_METHODS = ("tau2-ci", "test-based")


@dataclass(frozen=True)
class Heterogeneity:
    """Heterogeneity statistics of one fit; percentages for I2."""

    q: float
    q_df: int
    q_p: float
    i2: float
    i2_q: float
    h2: float
    tau2_low: float
    tau2_high: float
    i2_low: float
    i2_high: float
    h2_low: float = math.nan
    h2_high: float = math.nan


def q_based_i2(q: float, df: int) -> float:
    """100 (Q - df) / Q, not below 0 (Higgins and Thompson 2002)."""
    return max(0.0, 100 * (q - df) / q) if q > 0 and df > 0 else 0.0


def heterogeneity(
    yi: Floats,
    vi: Floats,
    x: Floats,
    tau2: float,
    *,
    common: bool,
    level: float,
    method: str = "FE",
    tau2_ci: str = "q-profile",
    i2_ci: str = "tau2-ci",
    stopping: str = "exact",
    weights: Floats | None = None,
) -> Heterogeneity:
    """Q, both I2, H2, and the intervals of tau2, I2 and H2.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    tau2 : the estimate
    common : whether the model is the common-effect one, for which I2 and H2 are the Q-based ones
    level : confidence level
    method : estimator of tau2
    tau2_ci : one of ``TAU2_CI_METHODS``
    i2_ci : ``tau2-ci`` turns the limits of tau2 into limits of I2 and H2; ``test-based`` takes them from Q (Higgins and
        Thompson 2002)
    stopping : where the search for Q-profile limits ends
    weights : of ``GENQ``

    Raises
    ------
    DataError
        for an interval that is not known, or that does not belong to the estimator.
    """
    if i2_ci not in I2_CI_METHODS:
        raise DataError(f"i2_ci {i2_ci!r} is not known; choose one of {', '.join(I2_CI_METHODS)}")
    k, p = x.shape
    df = k - p
    low, high = tau2_interval(
        yi, vi, x, ci=tau2_ci, level=level, method=method, tau2=tau2, stopping=stopping, weights=weights
    )
    if df <= 0:
        nan = math.nan
        return Heterogeneity(0.0, 0, 1.0, 0.0, 0.0, 1.0, nan, nan, nan, nan)
    at_zero = profile(yi, vi, x, np.array([0.0]))
    q = float(at_zero.q[0])
    typical = df / float(at_zero.trace_p[0])
    i2_q = q_based_i2(q, df)

    def i2_of(t: float) -> float:
        return 100.0 if math.isinf(t) else 100 * t / (t + typical)

    i2, h2 = (i2_q, q / df) if common else (i2_of(tau2), 1 + tau2 / typical)
    i2_low, i2_high, h2_low, h2_high = i2_of(low), i2_of(high), 1 + low / typical, 1 + high / typical
    if i2_ci == "test-based":
        h2_low, h2_high = h2_test_based(q, df, level=level)
        i2_low, i2_high = (100 * (1 - 1 / h) for h in (h2_low, h2_high))
    p_value = float(chdtrc(df, q))
    return Heterogeneity(q, df, p_value, i2, i2_q, h2, low, high, i2_low, i2_high, h2_low, h2_high)
