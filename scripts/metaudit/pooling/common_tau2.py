"""Subgroups whose studies share one between-study variance, each as a pooled result, and the test between them.

Each group is in turn the reference of the same meta-regression on the groups: its intercept is then the group's mean, and its
omnibus test the one between the groups (Borenstein, Hedges, Higgins and Rothstein 2009, ch. 19).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.heterogeneity import Spread, limits, spread
from metaudit.pooling.intervals import HKSJ, interval_df, prediction_interval
from metaudit.pooling.pool import pool
from metaudit.pooling.result import Later, Pooled
from metaudit.pooling.second_sums import moments
from metaudit.pooling.second_tau2 import agree

_GROUP_ALONE = ("t-k-2", "t-k-1", "normal", "tau-only")


@dataclass(frozen=True)
class Shared:
    """Subgroups with one tau2.

    Attributes
    ----------
    fits : level -> the group's pooled result, whose tau2 is the one of all
    regression : of the effects on the groups
    q, df, p : between the groups; ``q`` is an F statistic where ``denominator_df`` is finite
    """

    fits: Mapping[str, Pooled]
    regression: Pooled
    q: float
    df: int
    denominator_df: float
    p: float


def share_tau2(
    y: Floats,
    v: Floats,
    masks: Mapping[str, Any],
    *,
    tau2: str | None,
    ci: str = "wald",
    level: float = 0.95,
    stopping: str = "exact",
    pi: str = "t-k-2",
    tau2_ci: str = "q-profile",
) -> Shared:
    """Pool every group with the tau2 of all.

    A group's Q, I2 and H2 are those of its own studies, I2 and H2 at the common tau2; the interval of tau2 is the residual one of
    the regression. The degrees of freedom of a prediction interval are those that the regression leaves, as in metafor.

    Parameters
    ----------
    y, v : shape ``(k,)``
    masks : level -> which studies make up the group; at least two groups

    Raises
    ------
    DataError
        when the regression cannot be fitted.
    DisagreementError
        when two computations of Q between differ.
    """
    by_reference = {}
    for name in masks:
        others = {n: m.astype(float) for n, m in masks.items() if n != name}
        by_reference[name] = pool(y, v, tau2=tau2, ci=ci, level=level, mods=others, stopping=stopping, tau2_ci=tau2_ci)
    fit = next(iter(by_reference.values()))  # its tau2 stands for all: the same number but for the last digit
    _check_between(y, v, masks, fit)
    residual = y.size - len(masks)
    f_test = interval_df(ci, residual) is not None
    p = fit.qm_p if not f_test or residual > 0 else math.nan
    fits = {name: _of_group(f, fit, y[masks[name]], v[masks[name]], pi=pi) for name, f in by_reference.items()}
    return Shared(fits, fit, fit.qm, len(masks) - 1, float(residual) if f_test else math.inf, p)


def _of_group(f: Pooled, fit: Pooled, y: Floats, v: Floats, *, pi: str) -> Pooled:
    """The group that is a regression's reference, as a result of its own."""
    s = spread(y, v, np.ones((y.size, 1)), fit.tau2, common=fit.model == "common")
    w = 1 / (v + fit.tau2)
    later: dict[str, Later] = {
        "limits": (partial(_limits, fit, s), _verified),
        "statistics": (partial(_statistics, fit), _verified),
    }
    group = Pooled.begun(
        later,
        estimate=f.estimate, se=f.se, ci_low=f.ci_low, ci_high=f.ci_high, stat=f.stat, p=f.p, tau2=fit.tau2, i2=s.i2, i2_q=s.i2_q,
        h2=s.h2, q=s.q, q_df=s.q_df, q_p=s.q_p, k=y.size, weights=100 * w / w.sum(), model=fit.model,
        tau2_method=fit.tau2_method, ci_method=fit.ci_method, level=fit.level, at_boundary=fit.at_boundary, ci_df=f.ci_df,
        tau2_ci_method=fit.tau2_ci_method, i2_ci_method=fit.i2_ci_method, stopping=fit.stopping, yi=y, vi=v, pi_low=math.nan,
        pi_high=math.nan,
    )  # fmt: skip
    return predicted(group, fit.q_df, pi=pi)


def predicted(f: Pooled, residual: int, *, pi: str) -> Pooled:
    """A group with another prediction interval; without one where that needs more than the group's mean and the tau2 of all.

    Parameters
    ----------
    residual : degrees of freedom that the regression on the groups leaves
    pi : as in ``pool``
    """
    low = high = math.nan
    if f.model != "common" and (pi in _GROUP_ALONE or (pi == "hksj" and f.ci_method in HKSJ)):
        low, high = prediction_interval(f.estimate, f.se, f.tau2, residual + 1, method=pi, level=f.level)
    return f.changed(pi_low=low, pi_high=high, pi_method=pi)


def _limits(fit: Pooled, s: Spread) -> dict[str, float]:
    return limits(s, (fit.tau2_low, fit.tau2_high), level=fit.level) | {
        "tau2_low": fit.tau2_low,
        "tau2_high": fit.tau2_high,
    }


def _statistics(fit: Pooled) -> dict[str, float]:
    """The standard error of the tau2 of all; a likelihood is that of all groups together, and none of them has one of its own."""
    return {"se_tau2": fit.se_tau2, **dict.fromkeys(("log_lik", "aic", "bic", "aicc"), math.nan)}


def _verified(result: Pooled) -> None:
    """The regression has verified its own numbers, which these are."""


def between(estimates: Floats, se: Floats) -> float:
    """Weighted sum of squares of the groups' estimates about their mean; NaN when one has a standard error of 0."""
    if not np.all(se > 0):
        return math.nan
    w = 1 / se**2
    centred = estimates - estimates[0]
    return float(np.sum(w * (centred - np.sum(w * centred) / w.sum()) ** 2))


def _check_between(y: Floats, v: Floats, masks: Mapping[str, Any], fit: Pooled) -> None:
    """Q between from the groups' means at the common tau2, against the omnibus test of the regression."""
    w = 1 / (v + fit.tau2)
    total = np.array([w[m].sum() for m in masks.values()])
    means = np.array([(w[m] * y[m]).sum() / w[m].sum() for m in masks.values()])
    if fit.ci_method == "wald":
        q = between(means, 1 / np.sqrt(total))
        noise = moments(y, v, np.ones((y.size, 1)), w).noise
        agree("Q between subgroups", fit.qm, q, noise=noise * (1 + math.sqrt(abs(q))))
