"""How much the studies differ: I2, H2 and the Q-profile interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, chdtri

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.linear import profile
from metaudit.pooling.tau2 import q_root


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


def q_based_i2(q: float, df: int) -> float:
    """100 (Q - df) / Q, not below 0 (Higgins and Thompson 2002)."""
    return max(0.0, 100 * (q - df) / q) if q > 0 and df > 0 else 0.0


def heterogeneity(yi: Floats, vi: Floats, x: Floats, tau2: float, *, common: bool, level: float) -> Heterogeneity:
    """Q, both I2, H2, and the Q-profile intervals (Viechtbauer 2007) of tau2 and I2.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    tau2 : the estimate
    common : whether the model is the common-effect one, for which I2 and H2 are the Q-based ones
    level : confidence level
    """
    k, p = x.shape
    df = k - p
    if df <= 0:
        nan = math.nan
        return Heterogeneity(0.0, 0, 1.0, 0.0, 0.0, 1.0, nan, nan, nan, nan)
    at_zero = profile(yi, vi, x, np.array([0.0]))
    q = float(at_zero.q[0])
    typical = df / float(at_zero.trace_p[0])
    i2_q = q_based_i2(q, df)
    alpha = 1 - level
    tau2_low = q_root(yi, vi, x, float(chdtri(df, alpha / 2)))
    tau2_high = q_root(yi, vi, x, float(chdtri(df, 1 - alpha / 2)))

    def i2_of(t: float) -> float:
        return 100.0 if math.isinf(t) else 100 * t / (t + typical)

    i2, h2 = (i2_q, q / df) if common else (i2_of(tau2), 1 + tau2 / typical)
    return Heterogeneity(
        q, df, float(chdtrc(df, q)), i2, i2_q, h2, tau2_low, tau2_high, i2_of(tau2_low), i2_of(tau2_high)
    )
