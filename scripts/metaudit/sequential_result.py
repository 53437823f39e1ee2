"""A trial sequential analysis under what its authors state, the usual value taken for what they do not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from metaudit.analyses import any_zero_cell, effects_of, possible_measures
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.errors import DataError, InputError, Problem
from metaudit.formats.review import Analysis
from metaudit.measures import measure_of
from metaudit.pooling.result import Pooled
from metaudit.sequential.analysis import Plan, Sequential, information_size, sequential_analysis
from metaudit.sequential.cumulative import Fit, fit_by, participants_of
from metaudit.sequential.futility import BINDING, NONE
from metaudit.sequential.information import RISK_MEASURES, Sought
from metaudit.sequential.left_open import OpenChoice, left_open
from metaudit.sequential.open_choices import Open
from metaudit.sequential.paths import LEAST_STEP
from metaudit.sequential.spending import WITHOUT_PARAMETER
from metaudit.sequential.stated import FROM_TRIALS, USUAL_ALPHA, USUAL_POWER, open_choices, spending_of
from metaudit.specs import Spec, completions

MODELS = ("random", "common", "mantel-haenszel", "peto")
SIZED = (*RISK_MEASURES, "MD")
USUAL_TAU2 = "DL"  # what the TSA program and RTSA take, and what diversity is defined with
_POOLED_BY = ("model", "tau2", "zero_cells", "variance", "q")

Naming = Callable[[str], str]
"""How the reader writes a choice: ``control_risk`` in review.yaml, ``--control-risk`` on the command line."""


@dataclass(frozen=True)
class Sequenced:
    """A sequential analysis with what it was made of.

    Attributes
    ----------
    spec : how the trials are pooled
    effects : the trials in the order they are looked at
    dated : whether that is the order of their years; otherwise that of the table
    analysis : what came of it
    left_open : the choices that were not stated
    remarks : about the rows
    """

    spec: Spec
    effects: Effects
    dated: bool
    analysis: Sequential
    left_open: tuple[OpenChoice, ...]
    remarks: tuple[str, ...] = ()


def sequential_result(
    analysis: Analysis, rows: Sequence[Converted], *, level: float = 0.95, file: str = "extraction.csv"
) -> Sequenced:
    """The sequential analysis of an analysis of a review: what is stated, and the usual value of what is not.

    Parameters
    ----------
    analysis : with ``sequential`` among its syntheses; without, everything of the design is taken as usual
    rows : those that it pools
    level : of the naive intervals, where the method states none
    file : the table, as messages name it

    Raises
    ------
    InputError
        when a trial does not say how many participants it had.
    DataError
        when something of it is not defined for these trials.
    """
    stated = analysis.syntheses.get("sequential", {})
    spec = ways_of_pooling(analysis, rows, level=level)[0]
    check_method(spec, stated)
    return sequenced(spec, stated, rows, file=file, level=spec.level)


def ways_of_pooling(analysis: Analysis, rows: Sequence[Converted], *, level: float = 0.95) -> list[Spec]:
    """The specifications that agree with the stated method and that trials can be cumulated under, the most usual first.

    They differ in measure, zero cells, variance, model and tau2 alone: intervals by the normal distribution are what boundaries
    of z replace. Where a random-effects model is stated without its estimator, that of the TSA program comes first.

    Raises
    ------
    DataError
        when the stated choices do not go together, or no model among them can be cumulated.
    """
    method = {k: v for k, v in analysis.method.items() if k in _POOLED_BY}
    measures = possible_measures(analysis, rows)
    found = completions(measures, {**method, "ci": "wald"}, any_zero=any_zero_cell(rows), level=level)
    level = float(analysis.method.get("level", level))
    plain = dict.fromkeys(
        Spec(s.measure, s.zero_cells, s.variance, s.model, s.tau2, level=level) for s in found if s.model in MODELS
    )
    if not plain:
        raise DataError(f"model {method.get('model')}: a sequential analysis pools by one of {', '.join(MODELS)}")
    return sorted(plain, key=lambda s: (measures.index(s.measure), s.has_tau2 and s.tau2 != USUAL_TAU2))


def sequenced(
    spec: Spec,
    stated: Mapping[str, Any],
    rows: Iterable[Converted],
    *,
    file: str,
    level: float | None = None,
    named: Naming = str,
) -> Sequenced:
    """Trials in their order, pooled one after the other, against the boundaries of the stated plan.

    Parameters
    ----------
    spec : how they are pooled
    stated : by the keys of ``stated.KEYS``
    rows : of the trials, as the table has them
    file : the table, as messages name it
    level : of the naive intervals; None for 1 - alpha
    named : how the reader writes a choice

    Raises
    ------
    InputError
        when a trial does not say how many participants it had.
    DataError
        when something of it is not defined for these trials.
    """
    ordered, dated = in_order(list(rows))
    effects = effects_of(spec, ordered)
    check_trials(effects, file)
    tau2 = spec.tau2 or USUAL_TAU2
    fit = told(fit_by(spec.model, tau2=tau2, level=spec.level), named=named)
    if stated.get("effect") == FROM_TRIALS:
        stated = {**stated, "effect": effects.measure.to_natural(fit(effects).estimate)}
    plan = plan_of(stated, effects, tau2=tau2, named=named)

    def analysed(p: Plan) -> Sequential:
        looked = looked_at(effects, p)
        return sequential_analysis(effects, fit, looked, level=1 - p.alpha if level is None else level)

    found = analysed(plan)
    unsaid = left_open(stated, found, effects, again=analysed)
    return Sequenced(spec, effects, dated, found, tuple(unsaid))


def check_method(spec: Spec, stated: Mapping[str, Any], *, named: Naming = str) -> None:
    """Refuse what has no sequential analysis, or no required size unless one is given.

    Raises
    ------
    DataError
    """
    if spec.model not in MODELS:
        raise DataError(f"{named('model')} {spec.model}: a sequential analysis pools by one of {', '.join(MODELS)}.")
    if spec.model == "peto" and spec.measure != "OR":
        raise DataError(
            f"{named('model')} peto: Peto's method pools odds ratios, not {spec.measure}. Write {named('measure')} OR."
        )
    if measure_of(spec.measure).null is None:
        raise DataError(
            f"{named('measure')} {spec.measure}: it has no value of no effect that z could be measured from."
        )
    if "required" in stated:
        return
    if spec.measure in ("RD", "MD") and not effect_named(stated):
        raise DataError(
            f"{named('measure')} {spec.measure}: there is no usual smallest relevant effect. "
            f"Give {named('effect')}, or the size with {named('required')}."
        )
    if spec.measure not in SIZED:
        raise DataError(
            f"{named('measure')} {spec.measure}: the required information size is worked out for {', '.join(SIZED)}. "
            f"Give the size with {named('required')}."
        )


def effect_named(stated: Mapping[str, Any]) -> bool:
    """Whether a smallest relevant effect is stated."""
    return "effect" in stated or "relative_reduction" in stated


def in_order(rows: Sequence[Converted]) -> tuple[list[Converted], bool]:
    """The trials by year, those of one year as they stand; all as they stand, and False, where one has no year."""
    years = [r.row.text("year") for r in rows]
    if not all(years):
        return list(rows), False
    order = sorted(range(len(rows)), key=lambda i: float(years[i]))
    return [rows[i] for i in order], True


def check_trials(effects: Effects, file: str) -> None:
    """Refuse a table without a usable trial, and trials that do not say how large they were.

    Raises
    ------
    InputError
    DataError
    """
    if not effects.k:
        reasons = "; ".join(f"{s.label} (row {s.row.line}): {why}" for s, why in effects.incomplete[:3])
        raise DataError(
            f"{file}: no trial can be used. {reasons}. A trial is one row, with the numbers of both of its groups."
        )
    message = "the trial does not say how many participants it had in each group."
    problems = [
        Problem(file, study.row.line, "n_t, n_c", "participants", message, "Fill both in: they are the information.")
        for study, n in zip(effects.studies, participants_of(effects), strict=True)
        if not n > 0
    ]
    if problems:
        raise InputError(problems)


def looked_at(effects: Effects, plan: Plan, *, size: int | None = None) -> Plan:
    """The same plan without looks after trials that add so little of the required size that no boundary can be told apart.

    Parameters
    ----------
    size : the required size where it is known already

    Raises
    ------
    DataError
        when all trials together are so few; and as ``information_size``.
    """
    if plan.convention != "tsa" or plan.after is not None:
        return plan
    size = information_size(effects, plan).participants if size is None else size
    so_far, after = 0.0, []
    for i, n in enumerate(participants_of(effects).cumsum()):
        share = min(float(n) / size, 1.0)
        if share - so_far >= LEAST_STEP and (share == 1.0 or 1.0 - share >= LEAST_STEP):
            after.append(i)
            so_far = share
    if not after:
        raise DataError(
            f"All trials together are less than {LEAST_STEP:g} of the required size, {size:,} participants."
        )
    return replace(plan, after=tuple(after))


def told(fit: Fit, *, named: Naming = str) -> Fit:
    """The same fit, whose refusals say how far the trials had got."""

    def pooled(effects: Effects) -> Pooled:
        last = effects.studies[-1].label
        where = f"{last} alone" if effects.k == 1 else f"The first {effects.k} trials, up to {last},"
        try:
            found = fit(effects)
        except DataError as error:
            hint = ""
            if effects.measure.code in ("RR", "OR"):
                hint = (
                    f" Leave trials without events out ({named('zero_cells')} none+drop), "
                    f"or choose another {named('model')}."
                )
            raise DataError(f"{where} cannot be pooled: {str(error).rstrip('.')}.{hint}") from error
        if not (math.isfinite(found.stat) and math.isfinite(found.se)):
            raise DataError(
                f"{where} cannot be pooled: the {found.model} model has no finite result. Choose another {named('model')}."
            )
        return found

    return pooled


def _another_risk_would_do(measure: str, effect: float) -> bool:
    """Whether some control risk goes with an effect: with a ratio a small one does, with a difference one that leaves it room."""
    try:
        Sought(measure, effect, control_risk=(1 - effect) / 2 if measure == "RD" else 0.5 / max(1.0, effect))
    except DataError:
        return False
    return True


def _sought(choices: Open, *, of_trials: bool, named: Naming) -> Sought:
    """The effect with the first value of each choice."""
    measure, effect, risk, sd = choices.measure, choices.effects[0], choices.control_risks[0], choices.sds[0]
    try:
        return Sought(measure, effect, control_risk=risk, sd=sd, variance=choices.variances[0])
    except DataError as error:
        if not of_trials or measure not in RISK_MEASURES or not _another_risk_would_do(measure, effect):
            raise
        raise DataError(
            f"{error}. This control risk is that of all trials together: give one with {named('control_risk')}."
        ) from error


def plan_of(stated: Mapping[str, Any], effects: Effects, *, tau2: str = USUAL_TAU2, named: Naming = str) -> Plan:
    """The plan as it is stated, with the first of the usual values for what is not.

    Parameters
    ----------
    stated : by the keys of ``stated.KEYS``
    effects : the trials
    tau2 : estimator behind the trials' own D²
    named : how the reader writes a choice

    Raises
    ------
    DataError
        for values that are not understood, and where neither what is said nor the trials are enough.
    """
    futility = str(stated.get("futility", NONE))
    if futility == BINDING:
        raise DataError(f"{named('futility')} binding: a two-sided design has a non-binding boundary, or none.")
    beta_spending = stated.get("beta_spending", WITHOUT_PARAMETER[0] if futility != NONE else None)
    sized = "required" not in stated
    sought, (adjustment, share) = None, ("none", math.nan)
    if sized or (effect_named(stated) and effects.measure.code in SIZED):
        choices = open_choices(stated, effects)
        adjustment, share = choices.adjustments[0] if sized else ("none", math.nan)
        of_trials = stated.get("control_risk", FROM_TRIALS) == FROM_TRIALS
        sought = _sought(choices, of_trials=of_trials, named=named)
    return Plan(
        sought, float(stated.get("alpha", USUAL_ALPHA[0])), round(1 - float(stated.get("power", USUAL_POWER[0])), 12), 2,
        spending_of(stated.get("spending", WITHOUT_PARAMETER[0])), futility,
        None if beta_spending is None else spending_of(beta_spending), adjustment, share, tau2,
        float(stated.get("required", math.nan)), str(stated.get("convention", "tsa")),
    )  # fmt: skip
