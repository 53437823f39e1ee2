"""What a paper may leave open about its required information size, and which choices give the size that it prints.

Sources of what is tried: Thorlund et al. 2011, User manual for trial sequential analysis (TSA), chapters 2 and 4 (control risk
and variance from the trials or from the user, heterogeneity by D², I² or a number of the user's).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from metaudit.effects.compute import Effects
from metaudit.errors import DataError
from metaudit.sequential.analysis import InformationSize, Plan, information_size, shares_of
from metaudit.sequential.information import Sought

__all__ = ["Matched", "Open", "control_risks", "matching", "plans", "standard_deviations"]


@dataclass(frozen=True)
class Open:
    """The values to try for everything that a size depends on; one value where the paper says it.

    Attributes
    ----------
    measure : RR, OR, RD or MD
    effects : smallest relevant effects, natural scale
    control_risks, sds : of which a measure needs the one or the other
    alphas, betas, sides : of the test
    adjustments : pairs of ``Plan.adjustment`` and share; a share of NaN is the trials' own
    variances : ``Sought.variance``; another one matters for risks only
    tau2s : estimators behind the trials' own D²
    """

    measure: str
    effects: tuple[float, ...]
    control_risks: tuple[float, ...] = (math.nan,)
    sds: tuple[float, ...] = (math.nan,)
    alphas: tuple[float, ...] = (0.05, 0.01)
    betas: tuple[float, ...] = (0.2, 0.1)
    sides: tuple[int, ...] = (2,)
    adjustments: tuple[tuple[str, float], ...] = (("D2", math.nan), ("I2", math.nan), ("none", math.nan))
    variances: tuple[str, ...] = ("pooled",)
    tau2s: tuple[str, ...] = ("DL",)


@dataclass(frozen=True)
class Matched:
    """A plan whose required information size is the printed one."""

    plan: Plan
    size: InformationSize


def plans(choices: Open) -> Iterator[Plan]:
    """Every combination of the choices that makes sense, the first values of each first; risks beyond 1 are left out."""
    grid = itertools.product(
        choices.alphas, choices.betas, choices.sides, choices.effects, choices.control_risks, choices.sds,
        choices.variances, _adjustments(choices),
    )  # fmt: skip
    for alpha, beta, sides, effect, risk, sd, variance, (adjustment, share, tau2) in grid:
        try:
            sought = Sought(choices.measure, effect, control_risk=risk, sd=sd, variance=variance)
        except DataError:
            continue
        yield Plan(sought, alpha, beta, sides, adjustment=adjustment, share=share, tau2=tau2)


def _adjustments(choices: Open) -> list[tuple[str, float, str]]:
    """Adjustments with the estimators that make a difference to them."""
    found = []
    for adjustment, share in choices.adjustments:
        own = adjustment == "D2" and math.isnan(share)
        found += [(adjustment, share, tau2) for tau2 in (choices.tau2s if own else choices.tau2s[:1])]
    return found


def matching(effects: Effects, tried: Iterable[Plan], printed: tuple[float, float]) -> list[Matched]:
    """The plans whose size lies in an interval, in the order they are tried.

    Parameters
    ----------
    effects : the trials
    tried : see ``plans``
    printed : the smallest and the largest number of participants that the printed size may be

    Raises
    ------
    DataError
        when the trials have no D² or I².
    """
    shares: dict[str, dict[str, float]] = {}
    found = []
    for plan in tried:
        share = plan.share
        if math.isnan(share):
            if plan.tau2 not in shares:
                shares[plan.tau2] = shares_of(effects, tau2=plan.tau2)
            share = shares[plan.tau2][plan.adjustment]
        try:
            size = information_size(effects, replace(plan, share=share))
        except DataError:  # a share of 1: no size is enough
            continue
        if printed[0] <= size.participants <= printed[1]:
            found.append(Matched(plan, size))
    return found


def control_risks(effects: Effects) -> dict[str, float]:
    """The control risks that the trials themselves suggest, by how they come about.

    Raises
    ------
    DataError
        when the trials have no counts.
    """
    if "events_c" not in effects.cells or "n_c" not in effects.cells:
        raise DataError("the trials have no counts of events to take a control risk from")
    events, n = effects.cells["events_c"], effects.cells["n_c"]
    known = np.isfinite(events) & (n > 0)
    if not known.any():
        raise DataError("the trials have no counts of events to take a control risk from")
    risks = events[known] / n[known]
    return {
        "all trials together": float(events[known].sum() / n[known].sum()),
        "mean of the trials": float(risks.mean()),
        "median of the trials": float(np.median(risks)),
    }


def standard_deviations(effects: Effects) -> dict[str, float]:
    """The standard deviations that the trials themselves suggest, by how they come about.

    Raises
    ------
    DataError
        when the trials have no standard deviations.
    """
    names = ("sd_t", "n_t", "sd_c", "n_c")
    if any(name not in effects.cells for name in names):
        raise DataError("the trials have no standard deviations")
    sd_t, n_t, sd_c, n_c = (effects.cells[name] for name in names)
    known = np.isfinite(sd_t) & np.isfinite(sd_c) & (n_t > 1) & (n_c > 1)
    if not known.any():
        raise DataError("the trials have no standard deviations")
    sds = np.concatenate([sd_t[known], sd_c[known]])
    df = np.concatenate([n_t[known], n_c[known]]) - 1
    of_effect = 1 / np.sum(1 / effects.vi[known])  # of the common effect, turned into one participant's
    people = float((n_t[known] + n_c[known]).sum())
    return {
        "pooled over all groups": math.sqrt(float(df @ sds**2 / df.sum())),
        "from the variance of the common effect": math.sqrt(float(of_effect) * people / 4),
        "median of the groups": float(np.median(sds)),
    }
