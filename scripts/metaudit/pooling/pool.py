"""Pool effects: the common-effect and random-effects models, with or without moderators."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import chdtrc, fdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.heterogeneity import Heterogeneity, heterogeneity
from metaudit.pooling.intervals import PI_METHODS, interval_df, prediction_interval, quantile, two_sided_p
from metaudit.pooling.linear import orthonormal
from metaudit.pooling.result import Coefficient, Pooled
from metaudit.pooling.tau2 import ESTIMATORS

CI_METHODS = ("wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci")


def pool(
    yi: Any,
    vi: Any,
    *,
    tau2: str | None = "REML",
    ci: str = "wald",
    level: float = 0.95,
    mods: Any = None,
    pi: str = "t-k-2",
) -> Pooled:
    """Pool effects on their analysis scale.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau2 : estimator of the between-study variance (``DL HE HS SJ ML REML PM EB``); None or ``FE`` pools under a
        common effect
    ci : ``wald``, ``t`` (k - p degrees of freedom), ``hksj`` (Hartung and Knapp 2001, Sidik and Jonkman 2002), or one
        of its two ad hoc corrections
    level : confidence level
    mods : moderators, shape ``(k,)`` or ``(k, q)``, or a mapping from names to columns; an intercept is added
    pi : prediction interval

    Returns
    -------
    Pooled

    Raises
    ------
    DataError
        for arrays that cannot be pooled or a choice that is not known.
    """
    y, v = _numbers(yi, "effects").ravel(), _numbers(vi, "variances").ravel()
    if y.shape != v.shape:
        raise DataError(f"{y.size} effects but {v.size} variances")
    method = "FE" if tau2 in (None, "FE") else str(tau2)
    for value, known, what in ((method, ESTIMATORS, "tau2"), (ci, CI_METHODS, "ci"), (pi, PI_METHODS, "pi")):
        if value not in known:
            raise DataError(f"{what} {value!r} is not known; choose one of {', '.join(known)}")
    if not 0 < level < 1:
        raise DataError(f"level {level!r} is not between 0 and 1")
    from metaudit.pooling.engine import fit  # PyMARE takes two seconds to import; only pooling pays for it

    names, x = design(mods, y.size)
    fitted = fit(y, v, x, method=method, ci=ci)
    het = heterogeneity(y, v, orthonormal(x)[0], float(fitted.tau2[0]), common=method == "FE", level=level)
    coefficients = _coefficients(
        names,
        fitted.beta[:, 0],
        fitted.cov[:, :, 0],
        het.q_df,
        ci=ci,
        level=level,
        wald=_wald_se(y, v, x, fitted.tau2[0]),
    )
    result = _assemble(
        coefficients, het, v, float(fitted.tau2[0]), method=method, ci=ci, level=level, pi=pi, regression=x.shape[1] > 1
    )
    if x.shape[1] == 1:
        return result
    return _with_regression(result, y, v, fitted.beta[:, 0], fitted.cov[:, :, 0], method=method, ci=ci)


def _numbers(given: Any, what: str) -> Floats:
    try:
        return np.atleast_1d(np.asarray(given, dtype=float))
    except (TypeError, ValueError):
        raise DataError(f"{what} are not all numbers") from None


def design(mods: Any, k: int) -> tuple[list[str], Floats]:
    """Names and columns of the design matrix, the intercept first."""
    if mods is None or (isinstance(mods, Mapping) and not mods):
        return ["intercept"], np.ones((k, 1))
    if isinstance(mods, Mapping):
        names: Sequence[str] = [str(n) for n in mods]
        given = [_numbers(c, f"moderator {n!r}").ravel() for n, c in mods.items()]
        if any(c.size != k for c in given):
            raise DataError(f"moderators have {' and '.join(str(c.size) for c in given)} rows, the effects {k}")
        columns = np.column_stack(given)
    else:
        columns = _numbers(mods, "moderators")
        columns = columns.reshape(columns.shape[0], -1)
        names = [f"x{i + 1}" for i in range(columns.shape[1])]
    if columns.shape[0] != k:
        raise DataError(f"moderators have {columns.shape[0]} rows, the effects {k}")
    if not np.all(np.isfinite(columns)):
        raise DataError("a moderator is missing for some study; leave the study out or complete it")
    return ["intercept", *names], np.column_stack([np.ones(k), columns])


def _wald_se(y: Floats, v: Floats, x: Floats, tau2: float) -> Floats:
    w = 1 / (v + tau2)
    return np.sqrt(np.diag(np.linalg.inv(x.T @ (x * w[:, None]))))


def _coefficients(
    names: Sequence[str], beta: Floats, cov: Floats, df: int, *, ci: str, level: float, wald: Floats
) -> tuple[Coefficient, ...]:
    t_df = interval_df(ci, df)
    out = []
    for i, name in enumerate(names):
        se = math.sqrt(cov[i, i])
        half = quantile(level, t_df) * se
        if ci == "hksj-adhoc-ci":  # the wider of the two intervals (Wiksten, Rücker and Schwarzer 2016)
            half = max(half, quantile(level, None) * float(wald[i]))
        stat = beta[i] / se if se > 0 else math.nan
        low, high = (beta[i] - half, beta[i] + half) if math.isfinite(half) else (math.nan, math.nan)
        out.append(Coefficient(name, float(beta[i]), se, stat, two_sided_p(stat, t_df), float(low), float(high)))
    return tuple(out)


def _assemble(
    coefficients: tuple[Coefficient, ...],
    het: Heterogeneity,
    v: Floats,
    tau2: float,
    *,
    method: str,
    ci: str,
    level: float,
    pi: str,
    regression: bool,
) -> Pooled:
    first = coefficients[0]
    w = 1 / (v + tau2)
    common = method == "FE"
    limits = (math.nan, math.nan)
    if not common and not regression:
        limits = prediction_interval(first.estimate, first.se, tau2, v.size, method=pi, level=level)
    return Pooled(
        estimate=first.estimate,
        se=first.se,
        ci_low=first.ci_low,
        ci_high=first.ci_high,
        stat=first.stat,
        p=first.p,
        tau2=tau2,
        tau2_low=het.tau2_low,
        tau2_high=het.tau2_high,
        i2=het.i2,
        i2_low=het.i2_low,
        i2_high=het.i2_high,
        i2_q=het.i2_q,
        h2=het.h2,
        q=het.q,
        q_df=het.q_df,
        q_p=het.q_p,
        pi_low=limits[0],
        pi_high=limits[1],
        k=int(v.size),
        weights=100 * w / w.sum(),
        model="common" if common else "random",
        tau2_method="" if common else method,
        ci_method=ci,
        level=level,
        coefficients=coefficients if regression else (),
        at_boundary=not common and tau2 == 0,
    )


def _with_regression(
    result: Pooled, y: Floats, v: Floats, beta: Floats, cov: Floats, *, method: str, ci: str
) -> Pooled:
    """Add the omnibus test of all moderators and R² (share of tau2 explained, Raudenbush 1994)."""
    from metaudit.pooling.engine import fit

    q = beta.size - 1
    qm = float(beta[1:] @ np.linalg.solve(cov[1:, 1:], beta[1:]))
    if interval_df(ci, result.q_df) is None:
        qm_p = float(chdtrc(q, qm))
    else:
        qm /= q
        qm_p = float(fdtrc(q, result.q_df, qm)) if result.q_df > 0 else math.nan
    r2 = math.nan
    if method != "FE":
        without = float(fit(y, v, np.ones((y.size, 1)), method=method).tau2[0])
        r2 = max(0.0, 100 * (without - result.tau2) / without) if without > 0 else 0.0
    return replace(result, qm=qm, qm_df=q, qm_p=qm_p, r2=r2)
