"""Subgroups, each with its own between-study variance or all with one, and the test of the difference between them.

Sources: Borenstein, Hedges, Higgins and Rothstein 2009, ch. 19. One common tau2 is the residual tau2 of the
meta-regression on the groups, and Q between is that regression's omnibus test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.heterogeneity import heterogeneity
from metaudit.pooling.intervals import interval_df
from metaudit.pooling.pool import pool
from metaudit.pooling.regression_design import factor_columns, levels
from metaudit.pooling.result import Pooled
from metaudit.pooling.second_sums import moments
from metaudit.pooling.second_tau2 import agree


@dataclass(frozen=True)
class Group:
    """One subgroup: its pooled effect, and its own heterogeneity; ``i2`` in percent, from the tau2 that was used."""

    level: str
    k: int
    estimate: float
    se: float
    stat: float
    p: float
    ci_low: float
    ci_high: float
    tau2: float
    i2: float
    q: float
    q_df: int
    q_p: float


@dataclass(frozen=True)
class Subgroups:
    """All subgroups and the test between them.

    Attributes
    ----------
    groups : in the order of their names
    common_tau2 : whether one tau2 was estimated for all
    q, df, p : between the groups. With one tau2 and a t-based interval ``q`` is an F statistic, ``denominator_df`` its
        second degrees of freedom; else it is chi-squared and ``denominator_df`` is infinite
    q_within, q_within_df : sum of the groups' own Q
    r2 : percent of tau2 that the groups explain (one tau2 only)
    """

    groups: tuple[Group, ...]
    common_tau2: bool
    q: float
    df: int
    denominator_df: float
    p: float
    q_within: float
    q_within_df: int
    r2: float


def pool_subgroups(
    yi: Any,
    vi: Any,
    groups: Sequence[Any],
    *,
    tau2: str | None = "REML",
    common_tau2: bool = False,
    ci: str = "wald",
    level: float = 0.95,
    stopping: str = "exact",
) -> Subgroups:
    """Pool every subgroup and test whether they differ.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    groups : label of each study's subgroup, length k
    tau2, ci, level, stopping : as in ``pool``
    common_tau2 : one between-study variance for all subgroups

    Raises
    ------
    DataError
        when there is only one group, a label is missing, or the arrays cannot be pooled.
    DisagreementError
        when two computations of Q between differ.
    """
    y, v = (np.asarray(a, dtype=float).ravel() for a in (yi, vi))
    if len(groups) != y.size:
        raise DataError(f"{len(groups)} group labels, but {y.size} effects")
    factor_columns(groups, name="subgroup")  # refuses a missing label and a single group
    labels = np.array([str(g).strip() for g in groups])
    masks = {name: labels == name for name in levels(groups)}
    if common_tau2:
        return _common(y, v, masks, tau2=tau2, ci=ci, level=level, stopping=stopping)
    fits = {n: pool(y[m], v[m], tau2=tau2, ci=ci, level=level, stopping=stopping) for n, m in masks.items()}
    parts = tuple(_from_fit(name, fit) for name, fit in fits.items())
    q = _between(np.array([g.estimate for g in parts]), np.array([g.se for g in parts]))
    df = len(parts) - 1
    p = float(chdtrc(df, q)) if math.isfinite(q) else math.nan
    return Subgroups(parts, False, q, df, math.inf, p, sum(g.q for g in parts), sum(g.q_df for g in parts), math.nan)


def _from_fit(name: str, f: Pooled) -> Group:
    return Group(name, f.k, f.estimate, f.se, f.stat, f.p, f.ci_low, f.ci_high, f.tau2, f.i2, f.q, f.q_df, f.q_p)


def _between(estimates: Floats, se: Floats) -> float:
    """Weighted sum of squares of the groups' estimates about their mean; NaN when one has a standard error of 0."""
    if not np.all(se > 0):
        return math.nan
    w = 1 / se**2
    centred = estimates - estimates[0]
    return float(np.sum(w * (centred - np.sum(w * centred) / w.sum()) ** 2))


def _common(
    y: Floats, v: Floats, masks: dict[str, Any], *, tau2: str | None, ci: str, level: float, stopping: str
) -> Subgroups:
    """Each group is in turn the reference of the same regression, whose intercept is then its mean."""
    names = list(masks)
    fits = {}
    for reference in names:
        mods = {n: masks[n].astype(float) for n in names if n != reference}
        fits[reference] = pool(y, v, tau2=tau2, ci=ci, level=level, mods=mods, stopping=stopping)
    fit = fits[names[0]]  # its tau2 stands for all: the same number but for the last digit
    parts = []
    for name, f in fits.items():
        own = masks[name]
        k = int(own.sum())
        het = heterogeneity(y[own], v[own], np.ones((k, 1)), fit.tau2, common=tau2 in (None, "FE"), level=level)
        parts.append(
            Group(
                name, k, f.estimate, f.se, f.stat, f.p, f.ci_low, f.ci_high, fit.tau2, het.i2, het.q, het.q_df, het.q_p
            )
        )
    df, residual = len(names) - 1, y.size - len(names)
    _check_between(y, v, masks, fit)
    f_test = interval_df(ci, residual) is not None
    p = fit.qm_p if not f_test or residual > 0 else math.nan
    within, within_df = sum(g.q for g in parts), sum(g.q_df for g in parts)
    denominator = float(residual) if f_test else math.inf
    return Subgroups(tuple(parts), True, fit.qm, df, denominator, p, within, within_df, fit.r2)


def _check_between(y: Floats, v: Floats, masks: dict[str, Any], fit: Pooled) -> None:
    """Q between from the groups' means at the common tau2, against the omnibus test of the regression."""
    w = 1 / (v + fit.tau2)
    total = np.array([w[m].sum() for m in masks.values()])
    means = np.array([(w[m] * y[m]).sum() / w[m].sum() for m in masks.values()])
    if fit.ci_method == "wald":
        q = _between(means, 1 / np.sqrt(total))
        noise = moments(y, v, np.ones((y.size, 1)), w).noise
        agree("Q between subgroups", fit.qm, q, noise=noise * (1 + math.sqrt(abs(q))))
