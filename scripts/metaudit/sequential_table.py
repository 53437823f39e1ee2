"""A trial sequential analysis of one table, for the command line and for notebooks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metaudit.analyses import effects_of
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.errors import DataError, InputError, Problem
from metaudit.formats.review import shown_path
from metaudit.measures import measure_of
from metaudit.one_table import chosen_rows
from metaudit.pool_options import Options
from metaudit.pooling.result import Pooled
from metaudit.sequential.analysis import Plan, Sequential, information_size, sequential_analysis
from metaudit.sequential.cumulative import Fit, fit_by, participants_of
from metaudit.sequential.futility import BINDING, NONE
from metaudit.sequential.information import RISK_MEASURES, Sought
from metaudit.sequential.left_open import OpenChoice, left_open
from metaudit.sequential.open_choices import Matched, Open, matching, plans
from metaudit.sequential.paths import LEAST_STEP
from metaudit.sequential.spending import WITHOUT_PARAMETER
from metaudit.sequential.stated import FROM_TRIALS, USUAL_ALPHA, USUAL_POWER, open_choices, spending_of
from metaudit.specs import Spec

MODELS = ("random", "common", "mantel-haenszel", "peto")
SIZED = (*RISK_MEASURES, "MD")
ROUNDED = 1  # participants; a size may be rounded before and after it is adjusted
OF_SIZE = ("heterogeneity", "control_risk", "sd", "variance")


@dataclass(frozen=True)
class SequentialTable:
    """A sequential analysis of one table.

    Attributes
    ----------
    spec : how the trials are pooled
    effects : the trials in the order they are looked at
    dated : whether that is the order of their years; otherwise that of the table
    analysis : what came of it
    left_open : the choices that were not stated
    matches : the plans that give the printed size; None where no size was given
    remarks : about the rows
    """

    spec: Spec
    effects: Effects
    dated: bool
    analysis: Sequential
    left_open: tuple[OpenChoice, ...]
    matches: tuple[Matched, ...] | None
    remarks: tuple[str, ...] = ()


def sequential_table(
    path: str | Path,
    spec: Spec,
    stated: Mapping[str, Any],
    *,
    select: Mapping[str, Sequence[str]] | None = None,
    printed: int | None = None,
    level: float | None = None,
) -> SequentialTable:
    """Read a table in the columns of ``extraction.csv`` and analyse its trials one after the other.

    Parameters
    ----------
    path : the table; its trials are taken by ``year``, those of one year as they stand, or all as they stand where a year is missing
    spec : measure, zero cells, model and estimator of tau2
    stated : what is said about the design, by the keys of ``stated.KEYS``; what is not said is taken as it usually is
    select : column -> the values whose rows are pooled
    printed : a required information size in print: which plans give it
    level : of the intervals; None for 1 - alpha

    Raises
    ------
    InputError
        when the table breaks its rules, or a trial does not say how many participants it had.
    DataError
        when something of it is not defined for these trials.
    """
    _check(spec, stated, printed)
    rows, remarks = chosen_rows(Path(path), Options(), select or {})
    ordered, dated = in_order(rows)
    effects = effects_of(spec, ordered)
    _check_trials(effects, shown_path(Path(path)))
    tau2 = spec.tau2 or "DL"
    plan = plan_of(stated, effects, tau2=tau2)
    fit = _told(fit_by(spec.model, tau2=tau2, level=spec.level))

    def analysed(p: Plan) -> Sequential:
        looked = looked_at(effects, p)
        return sequential_analysis(effects, fit, looked, level=1 - p.alpha if level is None else level)

    found = analysed(plan)
    matches = None
    if printed is not None:
        tried = (replace(p, tau2=tau2) for p in plans(open_choices(stated, effects)))
        matches = tuple(matching(effects, tried, (printed - ROUNDED, printed + ROUNDED)))
    unsaid = left_open(stated, found, effects, again=analysed)
    return SequentialTable(spec, effects, dated, found, tuple(unsaid), matches, remarks)


def _check(spec: Spec, stated: Mapping[str, Any], printed: int | None) -> None:
    """Refuse what no sequential analysis has, and what does not go together."""
    if spec.measure == "PETO":
        raise DataError("--measure PETO: write --measure OR --model peto.")
    if spec.model not in MODELS:
        raise DataError(f"--model {spec.model}: a sequential analysis pools by one of {', '.join(MODELS)}.")
    if spec.model == "peto" and spec.measure != "OR":
        raise DataError(f"--model peto: Peto's method pools odds ratios, not {spec.measure}. Write --measure OR.")
    if measure_of(spec.measure).null is None:
        raise DataError(f"--measure {spec.measure}: it has no value of no effect that z could be measured from.")
    if "required" not in stated:
        if spec.measure in ("RD", "MD") and not _named(stated):
            raise DataError(
                f"--measure {spec.measure}: there is no usual smallest relevant effect. Give --effect, or the size with --required."
            )
        if spec.measure not in SIZED:
            raise DataError(
                f"--measure {spec.measure}: the required information size is worked out for {', '.join(SIZED)}. "
                "Give the size with --required."
            )
        return
    if printed is not None:
        raise DataError("--printed is a size to be found, --required one that is taken as it is. Give one of them.")
    # where an effect is named it is what conditional power is about, and the outcome has to be known for it
    apart = OF_SIZE if not _named(stated) else OF_SIZE[:1]
    idle = [f"--{name.replace('_', '-')}" for name in apart if name in stated]
    if idle:
        raise DataError(
            f"{', '.join(idle)}: goes into a size that is worked out, and --required gives one. Leave it out."
        )


def _named(stated: Mapping[str, Any]) -> bool:
    """Whether a smallest relevant effect is stated."""
    return "effect" in stated or "relative_reduction" in stated


def in_order(rows: Sequence[Converted]) -> tuple[list[Converted], bool]:
    """The trials by year, those of one year as they stand; all as they stand, and False, where one has no year."""
    years = [r.row.text("year") for r in rows]
    if not all(years):
        return list(rows), False
    order = sorted(range(len(rows)), key=lambda i: float(years[i]))
    return [rows[i] for i in order], True


def _check_trials(effects: Effects, shown: str) -> None:
    """Refuse a table without a usable trial, and trials that do not say how large they were."""
    if not effects.k:
        reasons = "; ".join(f"{s.label} (row {s.row.line}): {why}" for s, why in effects.incomplete[:3])
        raise DataError(f"{shown}: no trial can be used. {reasons}")
    message = "the trial does not say how many participants it had in each group."
    problems = [
        Problem(shown, study.row.line, "n_t, n_c", "participants", message, "Fill both in: they are the information.")
        for study, n in zip(effects.studies, participants_of(effects), strict=True)
        if not n > 0
    ]
    if problems:
        raise InputError(problems)


def looked_at(effects: Effects, plan: Plan) -> Plan:
    """The same plan without looks after trials that add so little of the required size that no boundary can be told apart.

    Raises
    ------
    DataError
        when all trials together are so few; and as ``information_size``.
    """
    if plan.convention != "tsa" or plan.after is not None:
        return plan
    size, so_far, after = information_size(effects, plan).participants, 0.0, []
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


def _told(fit: Fit) -> Fit:
    """The same fit, whose refusals say how far the trials had got."""

    def pooled(effects: Effects) -> Pooled:
        last = effects.studies[-1].label
        where = f"{last} alone" if effects.k == 1 else f"The first {effects.k} trials, up to {last},"
        try:
            found = fit(effects)
        except DataError as error:
            ratio = effects.measure.code in ("RR", "OR")
            hint = (
                " Leave trials without events out (--zero-cells none+drop), or choose another --model." if ratio else ""
            )
            raise DataError(f"{where} cannot be pooled: {str(error).rstrip('.')}.{hint}") from error
        if not (math.isfinite(found.stat) and math.isfinite(found.se)):
            raise DataError(
                f"{where} cannot be pooled: the {found.model} model has no finite result. Choose another --model."
            )
        return found

    return pooled


def _sought(choices: Open, *, of_trials: bool) -> Sought:
    """The effect with the first value of each choice."""
    risk, sd = choices.control_risks[0], choices.sds[0]
    try:
        return Sought(choices.measure, choices.effects[0], control_risk=risk, sd=sd, variance=choices.variances[0])
    except DataError as error:
        if not of_trials or choices.measure not in RISK_MEASURES:
            raise
        raise DataError(
            f"{error}. This control risk is that of all trials together: give one with --control-risk."
        ) from error


def plan_of(stated: Mapping[str, Any], effects: Effects, *, tau2: str = "DL") -> Plan:
    """The plan as it is stated, with the first of the usual values for what is not.

    Parameters
    ----------
    stated : by the keys of ``stated.KEYS``
    effects : the trials
    tau2 : estimator behind the trials' own D²

    Raises
    ------
    DataError
        for values that are not understood, and where neither what is said nor the trials are enough.
    """
    futility = str(stated.get("futility", NONE))
    if futility == BINDING:
        raise DataError("--futility binding: a two-sided design has a non-binding boundary, or none.")
    beta_spending = stated.get("beta_spending", WITHOUT_PARAMETER[0] if futility != NONE else None)
    sized = "required" not in stated
    sought, (adjustment, share) = None, ("none", math.nan)
    if sized or (_named(stated) and effects.measure.code in SIZED):
        choices = open_choices(stated, effects)
        adjustment, share = choices.adjustments[0] if sized else ("none", math.nan)
        sought = _sought(choices, of_trials=stated.get("control_risk", FROM_TRIALS) == FROM_TRIALS)
    return Plan(
        sought, float(stated.get("alpha", USUAL_ALPHA[0])), round(1 - float(stated.get("power", USUAL_POWER[0])), 12), 2,
        spending_of(stated.get("spending", WITHOUT_PARAMETER[0])), futility,
        None if beta_spending is None else spending_of(beta_spending), adjustment, share, tau2,
        float(stated.get("required", math.nan)), str(stated.get("convention", "tsa")),
    )  # fmt: skip
