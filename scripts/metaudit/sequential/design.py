"""A sequential design: looks, errors, spending functions, and the boundaries and inflation that follow.

Sources: Lan and DeMets 1983 (Biometrika 70:659); Jennison and Turnbull 2000, Group Sequential Methods, chapters 2 (inflation
of the fixed sample), 5 and 7 (inner wedge, error spending); Pampallona and Tsiatis 1994 (J Stat Plan Inference 42:19) and
Pampallona, Tsiatis and Kim 2001 (Drug Inf J 35:1113) for spending beta, Thorlund et al. 2011 (TSA manual), chapter 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtri

from metaudit.errors import DataError
from metaudit.sequential.course import Course
from metaudit.sequential.efficacy import checked_timing, efficacy
from metaudit.sequential.futility import BINDING, NON_BINDING, NONE, Errors, binding, non_binding
from metaudit.sequential.paths import reach_of
from metaudit.sequential.roots import increasing_root
from metaudit.sequential.spending import Floats, Spending

__all__ = ["FUTILITY", "Bounds", "Design", "bounds_of", "fixed_drift", "power"]

FUTILITY = (NONE, NON_BINDING, BINDING)


@dataclass(frozen=True)
class Design:
    """What is settled before the data are looked at.

    Attributes
    ----------
    timing : information fractions of the looks, growing, above 0, at most 1
    alpha : type I error of both sides together (of the one side, with ``sides`` 1)
    beta : type II error at the effect that the information was planned for
    sides : 1 or 2
    spending : of alpha, by each side
    futility : ``none``; ``non-binding`` (a look may go on beyond it: the efficacy boundary is the one without it);
        ``binding`` (one-sided only)
    beta_spending : of beta, where there is a futility boundary

    Raises
    ------
    DataError
        for looks that do not grow, errors outside (0, 1) or too large together, and choices that do not go together.
    """

    timing: tuple[float, ...]
    alpha: float = 0.05
    beta: float = 0.2
    sides: int = 2
    spending: Spending = field(default_factory=Spending)
    futility: str = NONE
    beta_spending: Spending | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "timing", tuple(map(float, checked_timing(self.timing))))
        if self.sides not in (1, 2):
            raise DataError(f"sides {self.sides!r}: a test has 1 or 2")
        check_errors(self.alpha, self.beta, sides=self.sides)
        if self.futility not in FUTILITY:
            raise DataError(f"futility {self.futility!r} is not known; choose one of {', '.join(FUTILITY)}")
        if self.futility == BINDING and self.sides == 2:
            raise DataError(
                "binding futility is worked out for one-sided designs; a two-sided one has a non-binding inner wedge or none"
            )
        if (self.beta_spending is not None) != (self.futility != NONE):
            raise DataError("a futility boundary needs a spending function for beta, and there is none without one")

    @property
    def side_alpha(self) -> float:
        """Type I error of one side."""
        return self.alpha / self.sides


def check_errors(alpha: float, beta: float, *, sides: int) -> None:
    """Refuse errors that no test has.

    Raises
    ------
    DataError
    """
    for name, value in (("alpha", alpha), ("beta", beta)):
        if not 0 < value < 1:
            raise DataError(f"{name} {value!r} is not between 0 and 1")
    if alpha / sides + beta >= 1:
        raise DataError(f"alpha {alpha:g} and beta {beta:g} are too large together: a coin does as well")


@dataclass(frozen=True)
class Bounds:
    """Boundaries on the scale of z, and what the design costs.

    Attributes
    ----------
    timing : information fractions, shape ``(k,)``
    upper : efficacy; infinite where nothing is spent, shape ``(k,)``
    futility : below it (inside ± it, two-sided) a look stops for futility; NaN where there is none, shape ``(k,)``
    alpha_spent : cumulative, of one side, shape ``(k,)``
    beta_spent : cumulative, shape ``(k,)``; zeros without futility
    drift : mean of z at fraction 1 at which the design has its power
    inflation : factor on the fixed-sample information that restores the power
    binding : whether the efficacy boundary counts on the futility boundary
    """

    timing: Floats
    upper: Floats
    futility: Floats
    alpha_spent: Floats
    beta_spent: Floats
    drift: float
    inflation: float
    binding: bool = False

    @property
    def looks_without_futility(self) -> int:
        """How many looks, from the first on, have no futility boundary."""
        return int(np.isnan(self.futility).sum())


def fixed_drift(alpha: float, beta: float, *, sides: int) -> float:
    """Mean of z at which one look at all data has power 1 - beta: z(1 - alpha / sides) + z(1 - beta)."""
    return -float(ndtri(alpha / sides)) - float(ndtri(beta))


def bounds_of(design: Design, *, inflation: float | None = None) -> Bounds:
    """Boundaries and inflation of a design.

    Parameters
    ----------
    design : what is settled
    inflation : where the size of the last look is settled already: beta of a non-binding boundary is spent along the drift
        that belongs to it; None: the inflation that restores the power

    Raises
    ------
    DataError
        when no boundary spends what it should, no drift gives the power, or a design that finds its own inflation is given one.
    """
    first = fixed_drift(design.alpha, design.beta, sides=design.sides)
    settled = None if inflation is None else first * math.sqrt(inflation)
    t = np.array(design.timing)
    spent = design.spending.spent(design.side_alpha, t)
    nowhere = np.full(t.size, math.nan)
    if design.beta_spending is None:
        upper = efficacy(t, spent, sides=design.sides)
        drift = _drift_for(t, upper, design) if settled is None else settled
        beta = np.zeros(t.size)
        return Bounds(t, upper, nowhere, spent, beta, drift, _inflation(design, drift))
    errors = Errors(spent, design.beta_spending.spent(design.beta, t), design.sides)
    if design.futility == BINDING:
        if settled is not None:
            raise DataError("a binding futility boundary finds the inflation of its own looks; none can be given")
        found = binding(t, errors, first=first)
    else:
        found = non_binding(t, errors, first=first, drift=settled)
    return Bounds(
        t, found.upper, found.futility, spent, found.beta_spent, found.drift, _inflation(design, found.drift),
        binding=design.futility == BINDING,
    )  # fmt: skip


def power(bounds: Bounds, drift: float, *, sides: int) -> float:
    """Probability of crossing the upper boundary at some look; a non-binding futility boundary stops nobody here."""
    futility = bounds.futility if bounds.binding else None
    course = Course(bounds.timing, bounds.upper, sides=sides, reach=reach_of(drift), futility=futility)
    return sum(course.crossing(drift))


def _drift_for(t: Floats, upper: Floats, design: Design) -> float:
    first = fixed_drift(design.alpha, design.beta, sides=design.sides)
    course = Course(t, upper, sides=design.sides, reach=reach_of(2 * first))
    return increasing_root(lambda drift: sum(course.crossing(drift)) - (1 - design.beta), first=first)


def _inflation(design: Design, drift: float) -> float:
    return (drift / fixed_drift(design.alpha, design.beta, sides=design.sides)) ** 2
