"""The required size of one set of choices, with the ways it may be rounded."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from metaudit.audit.syntheses.sequential_settings import Setting
from metaudit.audit.syntheses.sequential_words import size_words
from metaudit.sequential.analysis import InformationSize, Plan
from metaudit.sequential.information import Sought, adjusted, required, whole
from metaudit.sequential_result import USUAL_TAU2

Value = tuple[float, str]


@dataclass(frozen=True)
class Size:
    """A required information size and how it came by."""

    plan: Plan
    size: InformationSize
    unrounded: float
    how: str


def plan_of(setting: Setting, measure: str, pooled: Callable[[], float], *, tau2: str = USUAL_TAU2) -> Plan:
    """The plan of a set of choices, without those of the boundaries.

    Parameters
    ----------
    measure : of the effect
    pooled : gives the pooled estimate, for a smallest effect that is that of the trials
    tau2 : estimator behind the trials' own D²

    Raises
    ------
    DataError
        for numbers that no trial could have.
    """
    effect, sought = setting.value("smallest effect"), None
    if effect is not None:
        effect = pooled() if math.isnan(effect) else effect
        sought = Sought(
            measure, effect, control_risk=setting.value("control risk", math.nan), sd=setting.value("SD", math.nan),
            variance=setting.value("variance of the outcome", "pooled"),
        )  # fmt: skip
    adjustment, share = setting.value("heterogeneity", ("none", math.nan))
    return Plan(
        sought, setting.value("alpha"), round(1 - setting.value("power"), 12), adjustment=adjustment, share=share, tau2=tau2,
        required=setting.value("required size", math.nan),
    )  # fmt: skip


def size_of(plan: Plan, share: float, *, times: int = 1) -> Size:
    """The required size of a plan with a known share of heterogeneity.

    Parameters
    ----------
    share : D² or I² to adjust by; 0 for none
    times : 2 for a size that is twice the formula's

    Raises
    ------
    DataError
        for a share of 1.
    """
    assert plan.sought is not None
    fixed = times * required(plan.sought, alpha=plan.alpha, beta=plan.beta, sides=plan.sides)
    size = InformationSize(fixed, share, whole(adjusted(whole(fixed), share)))
    return Size(plan, size, adjusted(fixed, share), size_words(plan, size))


def rounded(exact: float, ours: float, how: str) -> list[Value]:
    """A number of participants as it may be rounded: up (ours), to the nearest, down, and so that both groups are equal."""
    found = [(float(ours), how)]
    for value, way in (
        (float(whole(exact)), "rounded up at the end"),
        (float(round(exact)), "rounded to the nearest"),
        (2.0 * whole(exact / 2), "each of two groups rounded up"),
    ):
        if value not in [v for v, _ in found]:
            found.append((value, f"{how}, {way}"))
    return found
