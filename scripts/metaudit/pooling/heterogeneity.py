"""How much the studies differ: Q, I2, H2 and their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.linear import Profile, profile
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


class Spread(NamedTuple):
    """Heterogeneity without its intervals; ``typical`` is the typical sampling variance (NaN without degrees of freedom)."""

    q: float
    q_df: int
    q_p: float
    i2: float
    i2_q: float
    h2: float
    typical: float


def spread(yi: Floats, vi: Floats, x: Floats, tau2: float, *, common: bool, at_zero: Profile | None = None) -> Spread:
    """Q, both I2 and H2.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    tau2 : the estimate
    common : whether the model is the common-effect one, for which I2 and H2 are the Q-based ones
    at_zero : the fit at tau2 = 0, where the caller has it
    """
    df = x.shape[0] - x.shape[1]
    if df <= 0:
        return Spread(0.0, 0, 1.0, 0.0, 0.0, 1.0, math.nan)
    f = at_zero if at_zero is not None else profile(yi, vi, x, np.array([0.0]))
    q = float(f.q[0])
    typical = df / float(f.trace_p[0])
    i2_q = q_based_i2(q, df)
    i2, h2 = (i2_q, q / df) if common else (_i2_of(tau2, typical), 1 + tau2 / typical)
    return Spread(q, df, float(chdtrc(df, q)), i2, i2_q, h2, typical)


def limits(s: Spread, tau2: tuple[float, float], *, level: float, i2_ci: str = "tau2-ci") -> dict[str, float]:
    """The intervals of tau2, I2 and H2 from that of tau2, or those of I2 and H2 from Q.

    Raises
    ------
    DataError
        for an interval that is not known.
    """
    if i2_ci not in I2_CI_METHODS:
        raise DataError(f"i2_ci {i2_ci!r} is not known; choose one of {', '.join(I2_CI_METHODS)}")
    low, high = tau2
    if s.q_df <= 0:
        return dict.fromkeys(("tau2_low", "tau2_high", "i2_low", "i2_high", "h2_low", "h2_high"), math.nan)
    i2_low, i2_high, h2_low, h2_high = (
        _i2_of(low, s.typical),
        _i2_of(high, s.typical),
        1 + low / s.typical,
        1 + high / s.typical,
    )
    if i2_ci == "test-based":
        h2_low, h2_high = h2_test_based(s.q, s.q_df, level=level)
        i2_low, i2_high = (100 * (1 - 1 / h) for h in (h2_low, h2_high))
    return {
        "tau2_low": low, "tau2_high": high, "i2_low": i2_low, "i2_high": i2_high, "h2_low": h2_low, "h2_high": h2_high,
    }  # fmt: skip


def _i2_of(t: float, typical: float) -> float:
    return 100.0 if math.isinf(t) else 100 * t / (t + typical)


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
    interval = tau2_interval(
        yi, vi, x, ci=tau2_ci, level=level, method=method, tau2=tau2, stopping=stopping, weights=weights
    )
    s = spread(yi, vi, x, tau2, common=common)
    return Heterogeneity(s.q, s.q_df, s.q_p, s.i2, s.i2_q, s.h2, **limits(s, interval, level=level, i2_ci=i2_ci))
