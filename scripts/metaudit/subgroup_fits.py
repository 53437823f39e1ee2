"""Subgroups of one analysis with a between-study variance for all, and the test between subgroups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.compute import Effects
from metaudit.errors import DataError
from metaudit.pooling.common_tau2 import share_tau2
from metaudit.pooling.result import Pooled
from metaudit.records import record
from metaudit.specs import Spec


@record
class Between:
    """Test of the difference between subgroups.

    Attributes
    ----------
    q, df, p : ``q`` is an F statistic where ``denominator_df`` is finite
    q_within, q_within_df : sum of the subgroups' own Q
    common_tau2 : whether the subgroups have one tau2, which their estimates have, too
    """

    q: float
    df: int
    p: float
    q_within: float
    q_within_df: int
    common_tau2: bool = False
    denominator_df: float = math.inf


Groups = dict[str, tuple[Effects, Pooled]]


def between_separate(fits: Sequence[Pooled]) -> Between:
    """Q between subgroups from their estimates and standard errors (Borenstein et al. 2009, ch. 19)."""
    estimates = np.array([f.estimate for f in fits])
    w = 1 / np.array([f.se for f in fits]) ** 2
    mean = float((w * estimates).sum() / w.sum())
    q = float((w * (estimates - mean) ** 2).sum())
    df = len(fits) - 1
    p = float(chdtrc(df, q)) if df else math.nan
    return Between(q, df, p, sum(f.q for f in fits), sum(f.q_df for f in fits))


def can_share_tau2(spec: Spec, groups: int) -> bool:
    """Whether one tau2 for all subgroups differs from one for each: there are some, and the model estimates a tau2."""
    return spec.has_tau2 and groups > 1


def with_common_tau2(spec: Spec, effects: Effects, masks: Mapping[str, Any]) -> tuple[Groups, Between]:
    """Every subgroup with the tau2 of all, and the test between them.

    Raises
    ------
    DataError
        where a model has no regression on the subgroups, or the studies allow none.
    """
    if spec.model != "random" or spec.tau2 == "GENQ" or spec.q != "inverse-variance":
        raise DataError("subgroups with one τ² for all are pooled by inverse variances, with Q around their mean")
    found = share_tau2(
        effects.yi, effects.vi, masks, tau2=spec.tau2, ci=spec.ci, level=spec.level, stopping=spec.stopping, pi=spec.pi,
        tau2_ci=spec.tau2_ci,
    )  # fmt: skip
    groups = {level: (effects.take(masks[level]), fit) for level, fit in found.fits.items()}
    fits = found.fits.values()
    q_within, df_within = sum(f.q for f in fits), sum(f.q_df for f in fits)
    return groups, Between(found.q, found.df, found.p, q_within, df_within, True, found.denominator_df)
