"""Quantiles, P values and prediction intervals."""

from __future__ import annotations

import math
from functools import lru_cache

from scipy.special import ndtr, ndtri, stdtr, stdtrit

from metaudit.errors import DataError

PI_METHODS = ("t-k-2", "t-k-1", "normal", "hksj", "tau-only", "bootstrap")
HKSJ = ("hksj", "hksj-adhoc-se", "hksj-adhoc-ci")
T_INTERVALS = ("t", *HKSJ)


@lru_cache(maxsize=1024)
def quantile(level: float, df: float | None) -> float:
    """Two-sided quantile: normal when ``df`` is None, else t; infinite without degrees of freedom."""
    upper = 0.5 + level / 2
    if df is None:
        return float(ndtri(upper))
    return float(stdtrit(df, upper)) if df > 0 else math.inf


def two_sided_p(stat: float, df: float | None) -> float:
    """Two-sided P value of a z or t statistic."""
    if df is None:
        return float(2 * ndtr(-abs(stat)))
    return float(2 * stdtr(df, -abs(stat))) if df > 0 else math.nan


def interval_df(ci: str, df: int) -> float | None:
    """Degrees of freedom of the reference distribution; None for the normal one and where none is used.

    Kenward and Roger's method has its own, which a result carries in ``ci_df``; ``df`` stands in for it here.
    """
    return float(df) if ci in (*T_INTERVALS, "kenward-roger") else None


def prediction_interval(
    estimate: float, se: float, tau2: float, k: int, *, method: str, level: float
) -> tuple[float, float]:
    """Interval for the effect of a new study.

    ``t-k-2`` (Higgins et al. 2009, Riley et al. 2011), ``t-k-1``, ``normal`` (metafor's default before 4.0), ``hksj``
    (t with k - 1 on the Knapp-Hartung standard error, which the caller passes) and ``tau-only`` (estimate ± z tau,
    without the uncertainty of the mean; Raudenbush 2009, p. 302). NaN where the degrees of freedom run out.

    Raises
    ------
    DataError
        for ``bootstrap``, which needs the studies (``metaudit.pooling.prediction``).
    """
    if method == "bootstrap":
        raise DataError(
            "a bootstrap prediction interval is drawn from the studies, not from the pooled result: use pool()"
        )
    spread = math.sqrt(tau2) if method == "tau-only" else math.sqrt(tau2 + se**2)
    df = {"t-k-2": k - 2, "t-k-1": k - 1, "hksj": k - 1}.get(method)
    if df is not None and df < 1:
        return math.nan, math.nan
    half = quantile(level, None if df is None else float(df)) * spread
    return estimate - half, estimate + half
