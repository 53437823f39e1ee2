"""What the keys of a trial sequential analysis in review.yaml say against each other and against the measure of their analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from metaudit.errors import Problem
from metaudit.formats.review import Analysis, Review
from metaudit.measures import MEASURES

_RATIOS, _RISKS = ("RR", "OR"), ("RR", "OR", "RD")
Said = tuple[str, str, str]
"""Key, what is wrong with it, and what would be right."""
Naming = Callable[[str], str]
"""How a key is called in a message: as it stands in review.yaml, or as an option of a command."""


def plan_problems(review: Review, *, yaml: str) -> Iterator[Problem]:
    """Every problem of the sequential analyses of a review.

    Parameters
    ----------
    review : the review
    yaml : review.yaml as it is written in messages
    """
    for analysis in review.analyses.values():
        if "sequential" not in analysis.syntheses:
            continue
        for key, message, fix in _of_plan(analysis):
            place = f"analyses.{analysis.id}.sequential" + (f".{key}" if key else "")
            line = analysis.line("sequential", key) if key else analysis.line("sequential")
            yield Problem(yaml, line or analysis.line(), place, "sequential-plan", message, fix)


def _of_plan(analysis: Analysis) -> Iterator[Said]:
    plan = analysis.syntheses["sequential"]
    measure = analysis.measures[0] if len(analysis.measures) == 1 else ""
    if not analysis.pairwise:
        yield (
            "",
            "a row of this analysis is an arm, and a sequential analysis compares two groups of each trial.",
            "Give it an analysis of its own.",
        )
    if measure in MEASURES and MEASURES[measure].null is None:
        yield "", f"{measure} has no value of no effect that boundaries could be about.", "Leave the key out."
    yield from wrong_in_design(plan, measure)
    if "beta_spending" in plan and plan.get("futility") != "non-binding":
        yield (
            "beta_spending",
            "beta is spent on a boundary of futility, and none is stated.",
            "Add futility: non-binding, or leave it out.",
        )
    if "required" in plan and "heterogeneity" in plan:
        yield (
            "heterogeneity",
            "it goes into a required size that is worked out, and required states one.",
            "Leave one of the two out.",
        )
    for key in ("spending", "beta_spending"):
        said = plan.get(key)
        if isinstance(said, Mapping) and said.get("rho", 1) <= 0:
            yield key, f"rho {said['rho']:g} is not above 0.", "Write the power of time that is spent, such as rho: 3."


def wrong_in_design(plan: Mapping[str, Any], measure: str, *, named: Naming = str) -> Iterator[Said]:
    """What the effect, the outcome and the errors of a plan say against each other and against the measure.

    Parameters
    ----------
    plan : by the keys of ``sequential`` in review.yaml
    measure : its code; empty where several are possible
    named : how a key is called
    """
    yield from _of_effect(plan, measure, named)
    yield from _of_outcome(plan, measure, named)
    yield from _of_errors(plan)


def _of_effect(plan: Mapping[str, Any], measure: str, named: Naming) -> Iterator[Said]:
    effect, reduction = plan.get("effect"), plan.get("relative_reduction")
    if effect is not None and reduction is not None:
        yield (
            "relative_reduction",
            f"{named('effect')} and {named('relative_reduction')} say the same.",
            "Leave one of the two out.",
        )
    if reduction is not None and measure and measure not in _RATIOS:
        yield (
            "relative_reduction",
            f"a relative reduction is of a risk or odds ratio, not of {measure}.",
            f"Write {named('effect')}.",
        )
    if reduction is not None and (reduction >= 1 or reduction == 0):
        yield "relative_reduction", f"{reduction:g} is no reduction to look for.", "Write 0.2 for 20 %."
    if not isinstance(effect, int | float) or measure not in MEASURES:
        return
    if MEASURES[measure].ratio and effect <= 0:
        yield (
            "effect",
            f"a {measure} of {effect:g} is not above 0.",
            "Write the ratio, such as 0.8, not its logarithm or the reduction.",
        )
    elif effect == MEASURES[measure].null:
        yield (
            "effect",
            f"a smallest relevant {measure} of {effect:g} is no effect to look for.",
            "Write the effect that the trials should find.",
        )


def _of_outcome(plan: Mapping[str, Any], measure: str, named: Naming) -> Iterator[Said]:
    risk, effect = plan.get("control_risk"), plan.get("effect")
    if measure == "MD" and risk is not None:
        yield (
            "control_risk",
            "a mean difference has no control risk.",
            f"Write {named('sd')}, the standard deviation of the outcome.",
        )
    if measure in _RISKS and "sd" in plan:
        yield "sd", f"{measure} is about risks.", f"Write {named('control_risk')}, the risk in the control group."
    if measure == "MD" and "variance" in plan:
        yield "variance", "it is of the difference of two risks.", "Leave it out."
    reduction = plan.get("relative_reduction")
    if effect is None and isinstance(reduction, float | int) and measure in _RATIOS:
        effect = 1 - reduction
    if not isinstance(risk, float | int) or not isinstance(effect, float | int):
        return
    other = {"RR": risk * effect, "RD": risk + effect}.get(measure)
    if other is not None and not 0 <= other <= 1:
        yield (
            "control_risk",
            f"a control risk of {risk:g} and a {measure} of {effect:g} make a risk of {other:g}.",
            "Correct one of the two.",
        )


def _of_errors(plan: Mapping[str, Any]) -> Iterator[Said]:
    alpha, power = plan.get("alpha"), plan.get("power")
    if alpha is not None and alpha > 0.5:
        yield (
            "alpha",
            f"{alpha:g} is the level of an interval, not an error.",
            f"Write {1 - alpha:g}, if that is meant.",
        )
    elif alpha is not None and power is not None and alpha / 2 >= power:
        yield (
            "power",
            f"{power:g} is a probability of missing the effect, it seems.",
            f"Write {1 - power:g}, if that is meant.",
        )
    elif power is not None and power < 0.5:
        yield (
            "power",
            f"a power of {power:g} is less than that of a coin.",
            f"Write {1 - power:g}, if {power:g} is beta.",
        )
