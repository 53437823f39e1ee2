"""A trial sequential analysis from trials to conclusion.

Sources: Wetterslev et al. 2008 (J Clin Epidemiol 61:64), Brok et al. 2008 (J Clin Epidemiol 61:763), Wetterslev et al. 2009
(BMC Med Res Methodol 9:86), Thorlund et al. 2011, User manual for trial sequential analysis (TSA).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from metaudit.effects.compute import Effects
from metaudit.errors import DataError
from metaudit.pooling.pool import pool
from metaudit.sequential.cumulative import CumulativeZ, Fit, cumulative_z, diversity
from metaudit.sequential.design import Bounds, Design, bounds_of
from metaudit.sequential.futility import NONE
from metaudit.sequential.information import Sought, adjusted, required, whole
from metaudit.sequential.looks import Looks, inflated_looks, looks_at
from metaudit.sequential.monitor import Monitored, monitored
from metaudit.sequential.spending import Spending

__all__ = [
    "ADJUSTMENTS",
    "CONVENTIONS",
    "InformationSize",
    "Plan",
    "Sequential",
    "analysed",
    "information_size",
    "sequential_analysis",
]

ADJUSTMENTS = ("none", "D2", "I2")
CONVENTIONS = ("tsa", "rtsa")


@dataclass(frozen=True)
class Plan:
    """What an author says about a trial sequential analysis, beside the data and the model.

    Attributes
    ----------
    sought : smallest relevant effect, control risk or standard deviation; None where ``required`` is given
    alpha, beta, sides, spending, futility, beta_spending : as in ``Design``
    adjustment : of the required information size: ``none``, ``D2`` (diversity) or ``I2``
    share : the D² or I² to adjust by, as a share; NaN: that of the trials
    tau2 : estimator of the between-study variance in the trials' own D²
    required : required information size, where it is given; NaN: from ``sought``
    convention : ``tsa`` (the TSA program: shares of the required size, each trial a look) or ``rtsa`` (the R package: looks
        that add 1 % or more, inflated size), see ``looks``
    after : trials (from 0) after which the data were looked at (``tsa`` only); None: after each

    Raises
    ------
    DataError
        for a choice that is not known, and numbers out of their range.
    """

    sought: Sought | None
    alpha: float = 0.05
    beta: float = 0.2
    sides: int = 2
    spending: Spending = field(default_factory=Spending)
    futility: str = NONE
    beta_spending: Spending | None = None
    adjustment: str = "D2"
    share: float = math.nan
    tau2: str = "DL"
    required: float = math.nan
    convention: str = "tsa"
    after: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if self.adjustment not in ADJUSTMENTS:
            raise DataError(f"adjustment {self.adjustment!r} is not known; choose one of {', '.join(ADJUSTMENTS)}")
        if self.convention not in CONVENTIONS:
            raise DataError(f"convention {self.convention!r} is not known; choose {' or '.join(CONVENTIONS)}")
        if self.sought is None and math.isnan(self.required):
            raise DataError("a required information size needs a smallest relevant effect, or is given itself")
        if self.convention == "rtsa" and self.after is not None:
            raise DataError("the rtsa convention finds its looks itself")
        self.design((1.0,))  # the errors and spending functions are checked there

    def design(self, timing: tuple[float, ...]) -> Design:
        """The design with given looks."""
        return Design(timing, self.alpha, self.beta, self.sides, self.spending, self.futility, self.beta_spending)


@dataclass(frozen=True)
class InformationSize:
    """The required information size, in participants.

    Attributes
    ----------
    fixed : for one look under a common effect, not rounded; NaN where only the final number was given
    share : the D² or I² it is adjusted by; 0 for none
    participants : rounded up, and adjusted after rounding, as RTSA does: what the looks are shares of
    """

    fixed: float
    share: float
    participants: int


@dataclass(frozen=True)
class Sequential:
    """A trial sequential analysis.

    Attributes
    ----------
    plan : what was settled
    size : required information size
    cumulative : the pooled result after each trial
    looks, bounds : when the data were looked at, and the boundaries there
    result : what was crossed when
    """

    plan: Plan
    size: InformationSize
    cumulative: CumulativeZ
    looks: Looks
    bounds: Bounds
    result: Monitored


def information_size(effects: Effects, plan: Plan) -> InformationSize:
    """The required information size under a plan.

    Raises
    ------
    DataError
        when D² or I² cannot be had from the trials, or is 1.
    """
    if not math.isnan(plan.required):
        return InformationSize(math.nan, 0.0, whole(plan.required))
    assert plan.sought is not None
    fixed = required(plan.sought, alpha=plan.alpha, beta=plan.beta, sides=plan.sides)
    share = 0.0 if plan.adjustment == "none" else plan.share
    if math.isnan(share):
        share = shares_of(effects, tau2=plan.tau2)[plan.adjustment]
    return InformationSize(fixed, share, whole(adjusted(whole(fixed), share)))


def shares_of(effects: Effects, *, tau2: str = "DL") -> dict[str, float]:
    """What each of ``ADJUSTMENTS`` adjusts by in these trials: diversity with an estimator of tau2, I² by Q; shares.

    Raises
    ------
    DataError
        when there is no trial.
    """
    d2 = diversity(effects, tau2=tau2)
    return {"none": 0.0, "D2": d2, "I2": pool(effects.yi, effects.vi, tau2="FE", ci="wald").i2_q / 100}


def sequential_analysis(effects: Effects, fit: Fit, plan: Plan, *, level: float = 0.95) -> Sequential:
    """Cumulative z, required information size, boundaries, and what was crossed.

    Parameters
    ----------
    effects : the trials in the order they came; cumulated in that order
    fit : what pools them (``cumulative.fit_by``, or any other)
    plan : what the authors settled
    level : of the naive interval

    Raises
    ------
    DataError
        when something of it is not defined for these trials.
    """
    return analysed(cumulative_z(effects, fit), information_size(effects, plan), plan, level=level)


def analysed(cumulative: CumulativeZ, size: InformationSize, plan: Plan, *, level: float = 0.95) -> Sequential:
    """The same where the trials are pooled and the size is known already.

    Parameters
    ----------
    cumulative : the pooled result after each trial
    size : required information size
    plan : what the authors settled
    level : of the naive interval

    Raises
    ------
    DataError
        when something of it is not defined for these trials.
    """
    if plan.convention == "rtsa":
        looks, bounds = inflated_looks(cumulative.participants, size.participants, plan.design)
    else:
        looks = looks_at(cumulative.participants, size.participants, after=plan.after)
        bounds = bounds_of(plan.design(looks.timing))
    result = monitored(cumulative, looks, bounds, sides=plan.sides, level=level)
    return Sequential(plan, size, cumulative, looks, bounds, result)
