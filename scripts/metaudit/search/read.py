"""How each interval, test and statistic is read off a fit, for many fits and many readings at once.

The formulas are those of ``metaudit.pooling`` (sources there); ``metaudit.evaluate.evaluate`` computes the same for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from metaudit.effects.zero_cells import Floats

_TABLE = 256


@dataclass(frozen=True)
class Fits:
    """Fits of ``d`` data sets, before any interval is chosen; every field but the weights has shape ``(d,)``.

    Attributes
    ----------
    estimate, wald : mean and its standard error under the model
    factor : what Hartung and Knapp multiply the standard error by; NaN for a single study
    tau2 : NaN for models without one
    q, q_df, k : Cochran's Q around the mean it is centred on; number of studies
    typical : typical sampling variance (Higgins and Thompson 2002), for I2 from tau2
    weights : percent, shape ``(k, d)``, NaN where a study is not in
    """

    estimate: Floats
    wald: Floats
    factor: Floats
    tau2: Floats
    q: Floats
    q_df: Floats
    k: Floats
    typical: Floats
    weights: Floats


@dataclass(frozen=True)
class Reading:
    """How numbers are read off their fits, as masks of one shape.

    Attributes
    ----------
    scaled, with_t : Hartung and Knapp's standard error; a t distribution
    wide_se, wide_ci : their two ad hoc corrections
    level : confidence level
    i2_of_tau2 : I2 from tau2, not from Q
    pi : code of the prediction interval
    """

    scaled: Any
    with_t: Any
    wide_se: Any
    wide_ci: Any
    level: Any
    i2_of_tau2: Any
    pi: Any

    @property
    def fields(self) -> tuple[Any, ...]:
        """All of them, in their order."""
        return self.scaled, self.with_t, self.wide_se, self.wide_ci, self.level, self.i2_of_tau2, self.pi


def of_fits(f: Fits) -> dict[str, Floats]:
    """What depends on the fit alone."""
    missing = np.isnan(f.estimate)
    with np.errstate(divide="ignore", invalid="ignore"):
        h2_q = np.where(f.q_df > 0, f.q / f.q_df, 1.0)
        h2_tau2 = np.where(f.q_df > 0, 1 + f.tau2 / f.typical, 1.0)
        q_p = np.where(f.q_df > 0, chdtrc(np.maximum(f.q_df, 1), f.q), 1.0)
    return {
        "estimate": f.estimate, "q": f.q, "q_df": f.q_df, "q_p": np.where(missing, np.nan, q_p),
        "h2": np.where(missing, np.nan, np.where(np.isfinite(f.tau2), h2_tau2, h2_q)), "tau2": f.tau2, "k": f.k,
    }  # fmt: skip


def of_tests(f: Fits, at: Any, r: Reading) -> dict[str, Floats]:
    """Standard error, statistic and P value.

    Parameters
    ----------
    at : the fit of each class, shape ``(c,)``
    r : how each class is read off, shapes ``(c,)`` or ``(1,)``
    """
    se, df = _error(f, at, r), np.maximum(f.k[at] - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = f.estimate[at] / se
        t_p = np.where(df > 0, 2 * stdtr(np.maximum(df, 1), -np.abs(z)), np.nan)
        return {"se": se, "z": z, "p": np.where(r.with_t, t_p, 2 * ndtr(-np.abs(z)))}


def of_intervals(f: Fits, at: Any, r: Reading) -> dict[str, Floats]:
    """Confidence limits; parameters as in :func:`of_tests`."""
    normal, df = ndtri(0.5 + r.level / 2), np.maximum(f.k[at] - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.where(r.with_t, _t_quantile(r.level, df), normal) * _error(f, at, r)
        half = np.where(r.wide_ci, np.maximum(half, normal * f.wald[at]), half)
    half = np.where(np.isfinite(half), half, np.nan)
    estimate = f.estimate[at]
    return {"ci_low": estimate - half, "ci_high": estimate + half}


def of_i2(f: Fits, at: Any, r: Reading) -> dict[str, Floats]:
    """I2 in percent, from Q or from tau2; parameters as in :func:`of_tests`."""
    q, df, tau2 = f.q[at], f.q_df[at], f.tau2[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        of_q = np.where((q > 0) & (df > 0), np.maximum(0.0, 100 * (q - df) / q), 0.0)
        of_tau2 = np.where(df > 0, 100 * tau2 / (tau2 + f.typical[at]), 0.0)
    found = np.where(np.isfinite(tau2) & r.i2_of_tau2, of_tau2, of_q)
    return {"i2": np.where(np.isnan(f.estimate[at]), np.nan, found)}


def of_predictions(f: Fits, at: Any, r: Reading) -> dict[str, Floats]:
    """Prediction limits (``pooling.intervals.prediction_interval``), NaN without tau2; parameters as in :func:`of_tests`."""
    se, wald, factor, tau2, k = _error(f, at, r), f.wald[at], f.factor[at], f.tau2[at], f.k[at]
    hksj = r.pi == "hksj"
    own = np.where(hksj, wald * factor, se)
    own = np.where(hksj & (se != wald) & np.isfinite(factor), se, own)
    plain = r.pi == "tau-only"
    with np.errstate(invalid="ignore"):
        spread = np.where(plain, np.sqrt(tau2), np.sqrt(tau2 + own**2))
    df = np.where(r.pi == "t-k-2", k - 2, k - 1)
    t = np.where(df >= 1, _t_quantile(r.level, df), np.nan)
    half = np.where((r.pi == "normal") | plain, ndtri(0.5 + r.level / 2), t) * spread
    return {"pi_low": f.estimate[at] - half, "pi_high": f.estimate[at] + half}


def _error(f: Fits, at: Any, r: Reading) -> Floats:
    wald, factor = f.wald[at], f.factor[at]
    factor = np.where(r.wide_se, np.maximum(1.0, factor), factor)
    return np.asarray(np.where(r.scaled & (f.k[at] > 1), wald * factor, wald))


def _t_quantile(level: Any, df: Floats) -> Floats:
    """Two-sided quantiles of t, infinite without degrees of freedom; one table a level, which the classes look up."""
    levels = np.broadcast_to(np.asarray(level, dtype=float), df.shape)
    out = np.full(df.shape, np.inf)
    whole = np.where(df > 0, df, 0).astype(np.int64)
    most = int(whole.max(initial=0))
    for one in np.unique(levels):
        at = (levels == one) & (whole > 0)
        out[at] = _quantiles(float(one), max(_TABLE, most))[whole[at]]
    return out


@lru_cache(maxsize=64)
def _quantiles(level: float, most: int) -> Floats:
    """Quantiles for 0 (not used) to ``most`` degrees of freedom."""
    found: Floats = np.asarray(stdtrit(np.maximum(np.arange(most + 1.0), 1.0), 0.5 + level / 2))
    found.flags.writeable = False
    return found
