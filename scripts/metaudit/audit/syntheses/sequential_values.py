"""Our value of a claim about a sequential analysis under one set of choices; what sets of choices share is computed once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from metaudit.analyses import effects_of
from metaudit.audit.judge import HIT, compare
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import on_analysis_scale, on_printed_scale, printed_of, quantity_asked
from metaudit.audit.syntheses.sequential_bounds import bounds_key, planned_looks
from metaudit.audit.syntheses.sequential_choices import OF_Z
from metaudit.audit.syntheses.sequential_settings import Setting
from metaudit.audit.syntheses.sequential_sizes import Size, Value, plan_of, rounded, size_of
from metaudit.audit.syntheses.sequential_words import bounds_words, holds, outcome_words
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.errors import DataError, InputError
from metaudit.formats.review import Claim
from metaudit.measures import Measure
from metaudit.pooling.result import Pooled
from metaudit.sequential.analysis import InformationSize, Plan, Sequential, shares_of
from metaudit.sequential.cumulative import CumulativeZ, Fit, cumulative_z, fit_by
from metaudit.sequential.design import Bounds
from metaudit.sequential.information import whole
from metaudit.sequential.looks import Looks
from metaudit.sequential.monitor import monitored
from metaudit.sequential.quantities import natural_limit, quantities
from metaudit.sequential.spending import Floats
from metaudit.sequential.stagewise import Stagewise, stagewise
from metaudit.sequential_result import USUAL_TAU2, check_trials, in_order, looked_at, told
from metaudit.specs import Spec

OF_SIZE = ("ris", "ris_fixed", "ris_share", "diversity")
"""Quantities in closed form; everything else needs the boundaries."""
_LIMITS = {"tsa_ci_low": "adjusted_low", "tsa_ci_high": "adjusted_high"}
_T = TypeVar("_T")


class Trials:
    """The trials of an analysis under every way of pooling, with what has been computed of them."""

    def __init__(self, rows: Sequence[Converted], *, file: str) -> None:
        self.rows, self.file = list(rows), file
        self.by_year, self.dated = in_order(self.rows)
        self._kept: dict[Any, Any] = {}

    def _once(self, key: Any, work: Callable[[], _T]) -> _T:
        """A result, or its refusal, kept."""
        if key not in self._kept:
            try:
                self._kept[key] = work()
            except (DataError, InputError) as error:
                self._kept[key] = error
        found = self._kept[key]
        if isinstance(found, DataError | InputError):
            raise found
        return found  # type: ignore[no-any-return]

    def effects(self, spec: Spec, *, by_year: bool = True) -> Effects:
        """The trials' effects in the order they are looked at."""
        return self._once(("effects", spec, by_year), lambda: effects_of(spec, self.by_year if by_year else self.rows))

    def cumulative(self, spec: Spec, *, by_year: bool = True, adjusted: bool = False) -> CumulativeZ:
        """The pooled result after each trial; ``adjusted`` by Hartung and Knapp as RTSA has it (``hartung_knapp_fit``)."""

        def work() -> CumulativeZ:
            effects = self.effects(spec, by_year=by_year)
            check_trials(effects, self.file)
            fit = hartung_knapp_fit if adjusted and spec.has_tau2 else fit_by
            return cumulative_z(effects, told(fit(spec.model, tau2=spec.tau2 or USUAL_TAU2, level=spec.level)))

        return self._once(("cumulative", spec, by_year, adjusted), work)

    def pooled(self, spec: Spec) -> float:
        """The estimate of all trials, natural scale."""
        effects = self.effects(spec)
        fit = told(fit_by(spec.model, tau2=spec.tau2 or USUAL_TAU2, level=spec.level))
        return self._once(("pooled", spec), lambda: effects.measure.to_natural(fit(effects).estimate))

    def shares(self, spec: Spec) -> dict[str, float]:
        """D² and I² of the trials."""
        return self._once(("shares", spec), lambda: shares_of(self.effects(spec), tau2=spec.tau2 or USUAL_TAU2))

    def size(self, setting: Setting) -> Size:
        """The required size under the choices that it depends on."""
        spec: Spec = setting.value("pooling")
        plan = plan_of(setting, spec.measure, lambda: self.pooled(spec), tau2=spec.tau2 or USUAL_TAU2)
        if not math.isnan(plan.required):
            whole_size = InformationSize(math.nan, 0.0, whole(plan.required))
            return Size(plan, whole_size, plan.required, f"{whole_size.participants:,} participants, as stated")
        share = 0.0 if plan.adjustment == "none" else plan.share
        share = self.shares(spec)[plan.adjustment] if math.isnan(share) else share
        return size_of(plan, share, times=setting.value("size of a mean difference", 1))

    def analysis(self, setting: Setting, size: Size) -> Sequential:
        """Cumulative z against the boundaries."""
        spec: Spec = setting.value("pooling")
        by_year, adjusted = bool(setting.value("order", True)), bool(setting.value(OF_Z, False))
        futility, beta_spending = setting.value("futility")
        chosen = {"spending": setting.value("spending"), "futility": futility, "beta_spending": beta_spending}
        plan = replace(size.plan, convention=setting.value("convention"), **chosen)
        effects = self.effects(spec, by_year=by_year)
        n = size.size.participants

        def work() -> Sequential:
            cumulative = self.cumulative(spec, by_year=by_year, adjusted=adjusted)
            looks, bounds = self._bounds(cumulative.participants, looked_at(effects, plan, size=n), n)
            result = monitored(cumulative, looks, bounds, sides=plan.sides, level=1 - plan.alpha)
            return Sequential(plan, size.size, cumulative, looks, bounds, result)

        return self._once(("analysis", spec, by_year, adjusted, n, plan), work)

    def _bounds(self, participants: Floats, plan: Plan, size: int) -> tuple[Looks, Bounds]:
        """The looks of a plan and their boundaries, worked out once for all ways to pool with which they are the same."""
        key = ("bounds", *bounds_key(participants, size, plan))
        return self._once(key, lambda: planned_looks(participants, size, plan))

    @cached_property
    def undated(self) -> list[str]:
        """Trials without a year."""
        return [r.label for r in self.rows if not r.row.text("year")]


def hartung_knapp_fit(model: str, *, tau2: str, level: float) -> Fit:
    """A fit of a random-effects model whose z is the estimate over Hartung and Knapp's standard error, as the R package RTSA has it.

    RTSA 0.2.2 (``synthesize``, ``inference``) with ``re_method = "DL_HKSJ"`` holds this statistic of t against boundaries of z as it is,
    makes the adjusted interval of this standard error, and takes the common effect as long as tau² is 0, so for a single trial.

    Parameters
    ----------
    model, tau2, level : as in ``cumulative.fit_by``
    """
    plain, adjusted = (fit_by(model, tau2=tau2, ci=ci, level=level) for ci in ("wald", "hksj"))

    def fit(effects: Effects) -> Pooled:
        usual = plain(effects)
        return adjusted(effects) if usual.tau2 > 0 else usual

    return fit


class Valued:
    """Our values of claims under one set of choices.

    Parameters
    ----------
    trials : of the analysis
    setting : the choices; without those of the boundaries only quantities ``OF_SIZE`` have a value
    statements : claim id -> the statement, for claims that stand for a statement in words: 1 where it holds, else 0
    """

    def __init__(self, trials: Trials, setting: Setting, statements: dict[str, str]) -> None:
        self.trials, self.setting, self.statements = trials, setting, statements
        self.spec: Spec = setting.value("pooling")

    @cached_property
    def size(self) -> Size:
        """The required size."""
        return self.trials.size(self.setting)

    @cached_property
    def analysis(self) -> Sequential:
        """The whole analysis."""
        return self.trials.analysis(self.setting, self.size)

    @property
    def bounded(self) -> bool:
        """Whether the boundaries are looked at."""
        return "spending" in self.setting.chosen

    def value(self, claim: Claim) -> Ours:
        """Our value of a claim on the natural scale of its quantity.

        Raises
        ------
        Unanswerable
            when it has none here.
        DataError
        InputError
        """
        asked = quantity_asked(claim)
        if asked not in OF_SIZE and not self.bounded:
            raise Unanswerable("boundaries are not worked out for this set of choices")
        if claim.id in self.statements:
            return Ours(float(holds(self.statements[claim.id], self.analysis)), outcome_words(self.analysis))
        if asked in OF_SIZE:
            return _first_given(claim, [Ours(v, how) for v, how in self._of_size(asked)])
        return self._of_bounds(claim, asked)

    def _of_size(self, asked: str) -> list[Value]:
        """Values that may be printed, the usual one first: a size is rounded in several ways."""
        size = self.size
        if asked == "diversity":
            of_trials = (
                100 * self.trials.shares(self.spec)["D2"],
                "D² of the trials: 1 less the ratio of the variances of the pooled effect",
            )
            assumed = size.plan.adjustment == "D2" and not math.isnan(size.plan.share)
            return [of_trials, *([(100 * size.plan.share, "D² as assumed")] if assumed else [])]
        if asked == "ris_fixed":
            if math.isnan(size.size.fixed):
                raise Unanswerable("the required size is taken as given", "the smallest relevant effect")
            return rounded(size.size.fixed, whole(size.size.fixed), size.how)
        sizes = rounded(size.unrounded, size.size.participants, size.how)
        if self.bounded and self.analysis.plan.convention == "rtsa":
            sizes.append(
                (float(whole(self.analysis.looks.required)), f"{size.how}, and what the looks cost in power (RTSA)")
            )
        if asked == "ris":
            return sizes
        n = float(self.trials.cumulative(self.spec).participants[-1])
        return [(100 * n / s, f"{n:,.0f} participants of {s:,.0f} ({how})") for s, how in sizes]

    def _of_bounds(self, claim: Claim, asked: str) -> Ours:
        s = self.analysis
        measure = self.trials.effects(self.spec).measure
        if asked == "tsa_look":
            return Ours(float(s.result.crossed_at or 0), outcome_words(s))
        if asked in ("tsa_p", "tsa_estimate"):
            return self._ordered(claim, asked, measure)
        last = s.result.last
        if asked in _LIMITS:
            x = getattr(last, _LIMITS[asked])
            sign = "-" if asked == "tsa_ci_low" else "+"
            how = f"{last.estimate:.4g} {sign} {last.boundary:.3f} × {last.se:.4g}"
            scale = "" if measure.scale == "natural" else f" on the {measure.scale} scale"
            return Ours(
                x if on_analysis_scale(claim) else natural_limit(measure, x), f"{how}{scale}, {bounds_words(s)}"
            )
        value = quantities(s, measure)[asked]
        if math.isnan(value):
            raise Unanswerable(f"there is no {asked.replace('_', ' ')} here: {outcome_words(s)}")
        return Ours(value, bounds_words(s))

    def _ordered(self, claim: Claim, asked: str, measure: Measure) -> Ours:
        """Stage-wise P and median; where the analysis goes on there is none."""
        s = self.analysis
        ordered, of = s.result.at_crossing, "by the stage-wise ordering"
        if self.setting.value("stage-wise inference", False):
            ordered, of = _of_boundary(s), "by the stage-wise ordering of the boundary, not of z"
        if ordered is None:
            raise Unanswerable(
                "no boundary is crossed and the required size is not reached, so that there is no last P value or estimate"
            )
        if asked == "tsa_p":
            return Ours(ordered.p, f"{of}; {outcome_words(s)}")
        x = ordered.median_unbiased
        value = x if on_analysis_scale(claim) else natural_limit(measure, x)
        return Ours(value, f"median unbiased {of}; {outcome_words(s)}")


def _of_boundary(s: Sequential) -> Stagewise:
    """Stage-wise inference as RTSA 0.2.2 has it after the lower boundary is crossed: the boundary in the place of z.

    Raises
    ------
    Unanswerable
        where the lower boundary is not crossed.
    """
    number = s.result.crossed_at
    if number is None or s.result.side > 0:
        raise Unanswerable("the lower boundary is not crossed")
    look, upper = s.result.looks[number - 1], s.bounds.upper[:number]
    level = 1 - s.plan.alpha
    return stagewise(s.bounds.timing[:number], upper, -look.boundary, se=look.se, sides=s.plan.sides, level=level)


def _first_given(claim: Claim, values: Sequence[Ours]) -> Ours:
    """The first value that prints as the claim, or the first."""
    printed = printed_of(claim)
    assert printed is not None
    for ours in values:
        if compare(on_printed_scale(claim, printed, ours.value), printed, rounding=claim.rounding).kind == HIT:
            return ours
    return values[0]
