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
from metaudit.pooling.common_tau2 import between, share_tau2
from metaudit.pooling.pool import pool
from metaudit.pooling.regression_design import factor_columns, levels
from metaudit.pooling.result import Pooled


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
    q = between(np.array([g.estimate for g in parts]), np.array([g.se for g in parts]))
    df = len(parts) - 1
    p = float(chdtrc(df, q)) if math.isfinite(q) else math.nan
    return Subgroups(parts, False, q, df, math.inf, p, sum(g.q for g in parts), sum(g.q_df for g in parts), math.nan)


def _from_fit(name: str, f: Pooled) -> Group:
    return Group(name, f.k, f.estimate, f.se, f.stat, f.p, f.ci_low, f.ci_high, f.tau2, f.i2, f.q, f.q_df, f.q_p)


def _common(
    y: Floats, v: Floats, masks: dict[str, Any], *, tau2: str | None, ci: str, level: float, stopping: str
) -> Subgroups:
    found = share_tau2(y, v, masks, tau2=tau2, ci=ci, level=level, stopping=stopping)
    parts = tuple(_from_fit(name, f) for name, f in found.fits.items())
    within, within_df = sum(g.q for g in parts), sum(g.q_df for g in parts)
    return Subgroups(
        parts, True, found.q, found.df, found.denominator_df, found.p, within, within_df, found.regression.r2
    )
