"""What hangs on the choices about a sequential analysis that nobody stated: size and conclusion under other usual values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from metaudit.effects.compute import Effects
from metaudit.errors import DataError
from metaudit.sequential.analysis import CONVENTIONS, Plan, Sequential, shares_of
from metaudit.sequential.futility import NON_BINDING, NONE
from metaudit.sequential.information import RISK_MEASURES, VARIANCES, Sought, whole
from metaudit.sequential.open_choices import control_risks, standard_deviations
from metaudit.sequential.quantities import boundary_crossed
from metaudit.sequential.spending import WITHOUT_PARAMETER, Spending
from metaudit.sequential.stated import FROM_TRIALS, USUAL_ALPHA, USUAL_POWER, USUAL_REDUCTIONS, USUAL_SHARES

__all__ = ["OpenChoice", "Value", "left_open", "percent"]

Stated = Mapping[str, Any]
Others = Iterator[tuple[str, Callable[[], Plan]]]


@dataclass(frozen=True)
class Value:
    """One value of a choice, and what comes of it.

    Attributes
    ----------
    words : the value
    size : participants at the last look that is planned; None where there is no such design
    outcome : ``upper``, ``lower``, ``futility`` or ``none``; empty where there is no such design
    look : number of the look at which that was; None when nothing was crossed or met
    """

    words: str
    size: int | None
    outcome: str
    look: int | None = None


@dataclass(frozen=True)
class OpenChoice:
    """A choice that was not stated.

    Attributes
    ----------
    name : as its option is called
    taken : the value that was taken
    others : the other usual values, everything else as it is
    """

    name: str
    taken: Value
    others: tuple[Value, ...]

    @property
    def matters(self) -> bool:
        """Whether another value leads to another conclusion."""
        return any(o.outcome not in ("", self.taken.outcome) for o in self.others)


def left_open(
    stated: Stated, found: Sequential, effects: Effects, *, again: Callable[[Plan], Sequential]
) -> list[OpenChoice]:
    """The choices that were not stated, each with what its other usual values lead to.

    Parameters
    ----------
    stated : what was said, by the keys of ``stated.KEYS``
    found : the analysis with the values that were taken
    effects : the trials
    again : the analysis under another plan
    """
    plan, chosen = found.plan, []
    sized = _of_size(stated, plan, effects) if math.isnan(plan.required) else iter(())
    for name, taken, others in (*sized, *_of_test(stated, plan)):
        values = [_value(words, partial(_under, again, work)) for words, work in others]
        chosen.append(OpenChoice(name, _value(taken, lambda: found), tuple(values)))
    return chosen


def _under(again: Callable[[Plan], Sequential], work: Callable[[], Plan]) -> Sequential:
    return again(work())


def _value(words: str, work: Callable[[], Sequential]) -> Value:
    try:
        found = work()
    except DataError:  # so high a control risk leaves no room for the effect, or no size is enough
        return Value(words, None, "")
    look = found.result.crossed_at or found.result.futile_at
    return Value(words, whole(found.looks.required), boundary_crossed(found), look)


def _of_size(stated: Stated, plan: Plan, effects: Effects) -> Iterator[tuple[str, str, Others]]:
    """What the required size depends on: the effect, what is known of the outcome, and heterogeneity."""
    sought = plan.sought
    assert sought is not None
    if "effect" not in stated and "relative_reduction" not in stated:
        usual = (round(1 - r, 12) for r in USUAL_REDUCTIONS)
        others = ((f"{sought.measure} {e:g}", partial(_sought, plan, "effect", e)) for e in usual if e != sought.effect)
        yield "effect", f"{sought.measure} {sought.effect:g}", others
    if sought.measure in RISK_MEASURES and stated.get("control_risk", FROM_TRIALS) == FROM_TRIALS:
        risks = control_risks(effects)
        yield ("control-risk", *_of_trials(plan, "control_risk", risks, percent))
    if sought.measure == "MD" and stated.get("sd", FROM_TRIALS) == FROM_TRIALS:
        yield ("sd", *_of_trials(plan, "sd", standard_deviations(effects), lambda sd: f"{sd:.4g}"))
    if sought.measure in RISK_MEASURES and "variance" not in stated:
        others = ((v, partial(_sought, plan, "variance", v)) for v in VARIANCES if v != sought.variance)
        yield "variance", sought.variance, others
    if "heterogeneity" not in stated:
        shares = shares_of(effects, tau2=plan.tau2)
        words = {"D2": "D²", "I2": "I²"}

        def of(name: str) -> str:
            return "none" if name == "none" else f"{words[name]} of the trials, {percent(shares[name])}"

        own = [(of(name), partial(replace, plan, adjustment=name)) for name in shares if name != plan.adjustment]
        given = [(f"D² {percent(s)}", partial(replace, plan, adjustment="D2", share=s)) for s in USUAL_SHARES]
        yield "heterogeneity", of(plan.adjustment), iter((*own, *given))


def _of_test(stated: Stated, plan: Plan) -> Iterator[tuple[str, str, Others]]:
    """What the boundaries depend on."""
    if "alpha" not in stated:
        yield "alpha", percent(plan.alpha), _replaced(plan, "alpha", ((percent(a), a) for a in USUAL_ALPHA))
    power_counts = math.isnan(plan.required) or plan.beta_spending is not None or plan.convention == "rtsa"
    if "power" not in stated and power_counts:
        betas = ((percent(p), round(1 - p, 12)) for p in USUAL_POWER)
        yield "power", percent(1 - plan.beta), _replaced(plan, "beta", betas)
    if "spending" not in stated:
        families = ((name, Spending(name)) for name in WITHOUT_PARAMETER)
        yield "spending", str(plan.spending), _replaced(plan, "spending", families)
    if "futility" not in stated:
        wedge = partial(replace, plan, futility=NON_BINDING, beta_spending=Spending())
        yield "futility", NONE, iter([(NON_BINDING, wedge)])
    elif plan.beta_spending is not None and "beta_spending" not in stated:
        families = ((name, Spending(name)) for name in WITHOUT_PARAMETER)
        yield "beta-spending", str(plan.beta_spending), _replaced(plan, "beta_spending", families)
    if "convention" not in stated:
        yield "convention", plan.convention, _replaced(plan, "convention", ((c, c) for c in CONVENTIONS))


def _replaced(plan: Plan, name: str, values: Iterable[tuple[str, Any]]) -> Others:
    return ((words, partial(replace, plan, **{name: v})) for words, v in values if v != getattr(plan, name))


def _of_trials(plan: Plan, name: str, found: Mapping[str, float], words: Callable[[float], str]) -> tuple[str, Others]:
    """The value taken and those of the other ways to take one from the trials."""
    assert plan.sought is not None
    here = getattr(plan.sought, name)
    first = next(way for way, value in found.items() if value == here)
    others = ((f"{words(v)} ({way})", partial(_sought, plan, name, v)) for way, v in found.items() if way != first)
    return f"{words(here)} ({first})", others


def _sought(plan: Plan, name: str, value: float | str) -> Plan:
    assert plan.sought is not None
    changed: dict[str, Any] = {name: value}
    sought: Sought = replace(plan.sought, **changed)
    return replace(plan, sought=sought)


def percent(share: float) -> str:
    """A share in percent, with a decimal where it needs one: ``5 %``, ``2.5 %``."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %"
