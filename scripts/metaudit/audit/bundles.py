"""Claims that share an analysis and a method are searched and judged together."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from metaudit.analyses import any_zero_cell, possible_measures
from metaudit.audit.beside import BESIDE
from metaudit.audit.descriptive import described
from metaudit.audit.judge import HIT, Comparison, compare
from metaudit.audit.names import column_words, why_undefined
from metaudit.audit.one_study import with_own_interval
from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.audit.software import by_program, with_software
from metaudit.audit.values import Ours, Unanswerable, other_values, our_value
from metaudit.effects.compute import NEEDS
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, Settings, evaluate, with_reading
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.stated import parse_override, with_override
from metaudit.measures import MEASURES
from metaudit.pooling.pool import SEED
from metaudit.specs import COUNT_MODELS, Spec, completions

_BESIDE_WEIGHT = 0.01


@dataclass(frozen=True)
class Answer:
    """Our value of one claim under one specification, on the printed scale, and how it compares.

    ``choice`` names what had to be chosen beside the specification to get it; empty when nothing had to.
    """

    ours: Ours
    value: float
    comparison: Comparison
    choice: str = ""


@dataclass(frozen=True)
class Bundle:
    """The claims of one analysis under one method, answered under every specification that the method leaves open.

    Attributes
    ----------
    specs : the specifications that could be evaluated, the conventional one first
    answers : claim id -> one answer a specification; missing where the quantity is not defined
    unanswerable : claim id -> why it has no answer under any specification
    best : the specification that explains most claims
    failure : why nothing could be evaluated, when so
    settings : the seed, and what else fits may need
    """

    analysis: Analysis
    claims: tuple[Claim, ...]
    rows: tuple[Converted, ...]
    specs: tuple[Spec, ...]
    evaluated: Mapping[Spec, Evaluated]
    answers: Mapping[str, Mapping[Spec, Answer]]
    unanswerable: Mapping[str, Unanswerable]
    best: Spec | None
    failure: str = ""
    settings: Settings = field(default_factory=Settings)

    def open_choices(self, claim: str) -> list[str]:
        """The choices, in words, that decide whether this claim is reproduced; empty when none does."""
        answers = self.answers[claim]
        hits = [s for s, a in answers.items() if a.comparison.hit]
        if len(hits) == len(answers):
            return []
        names = {
            "measure": "measure",
            "zero_cells": "zero cells",
            "variance": "sampling variance",
            "model": "model",
            "tau2": "tau²",
            "ci": "interval",
            "i2": "definition of I²",
            "pi": "prediction interval",
            "glmm": "mixed model",
        }
        out = []
        for f in fields(Spec):
            if f.name not in names:
                continue
            of_all = {_choice(s, f.name) for s in answers} - {""}
            of_hits = {_choice(s, f.name) for s in hits} - {""}
            if len(of_all) > 1 and of_hits and of_hits != of_all:
                out.append(f"{names[f.name]} {' or '.join(sorted(of_hits))}")
        return out

    def specificity(self, claim: str) -> float:
        """Share of the open specifications that give the printed number; NaN when nothing is open."""
        answers = self.answers.get(claim, {})
        if len(answers) < 2:
            return math.nan
        return sum(a.comparison.hit for a in answers.values()) / len(answers)


def _choice(spec: Spec, name: str) -> str:
    if name in ("tau2", "i2", "pi") and not spec.has_tau2:
        return ""
    return str(getattr(spec, name))


def search(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, level: float, seed: int = SEED
) -> Bundle:
    """Answer a bundle's claims under every specification that agrees with the stated method."""
    method, measures = _stated(analysis, claims[0].method if claims else "", rows)
    base = Bundle(analysis, tuple(claims), tuple(rows), (), {}, {}, {}, None)
    if not measures:
        return _failed(base, "no row holds a complete set of numbers for any measure")
    try:
        specs = _candidates(measures, method, any_zero=any_zero_cell(rows), level=level)
    except DataError as error:
        return _failed(base, str(error))
    if len(rows) == 1:
        specs = _single_study(specs)
    settings = Settings(seed=seed)
    evaluated, failure = _evaluate(specs, rows, analysis, settings)
    if not evaluated:
        return _failed(base, failure)
    answers, unanswerable = _answer(claims, evaluated, analysis, rows)
    best = _best(tuple(evaluated), answers, {c.id for c in claims if c.quantity in BESIDE})
    return Bundle(
        analysis,
        tuple(claims),
        tuple(rows),
        tuple(evaluated),
        evaluated,
        answers,
        unanswerable,
        best,
        settings=settings,
    )


def stated_method(analysis: Analysis, override: str, rows: Sequence[Converted]) -> dict[str, Any]:
    """What a bundle's authors state, completed by their software, with the measures that are possible under ``measure``.

    The specifications of a bundle are those that agree with it, so that none of them departs from it.

    Parameters
    ----------
    override : ``method`` of the bundle's claims, empty for the analysis's own
    """
    method, measures = _stated(analysis, override, rows)
    return {**with_software(method, measures), "measure": measures}


def _stated(analysis: Analysis, override: str, rows: Sequence[Converted]) -> tuple[dict[str, Any], tuple[str, ...]]:
    method = _method(analysis, override)
    measures = (str(method.pop("measure")),) if "measure" in method else possible_measures(analysis, rows)
    return method, measures


def _candidates(measures: tuple[str, ...], method: Mapping[str, Any], *, any_zero: bool, level: float) -> list[Spec]:
    """What the stated method leaves open, and what each program that is named would have done, as far as it differs."""
    found = completions(measures, with_software(method, measures), any_zero=any_zero, level=level)
    for measure, own in by_program(method, measures):
        try:
            found += completions((measure,), own, any_zero=any_zero, level=level)
        except DataError:  # the program has no such method: what is stated was done elsewhere
            continue
    return list(dict.fromkeys(found))


def _method(analysis: Analysis, override: str) -> dict[str, Any]:
    """The stated method with a claim's override; another model takes the random-effects choices of the first with it."""
    own = parse_override(override)[0]
    method = with_override(analysis.method, override)
    if own.get("model", "random") != "random":
        belongs = ("tau2", "tau2_ci", "pi", "q", *(("ci",) if own["model"] in COUNT_MODELS else ()))
        method = {k: v for k, v in method.items() if k in own or k not in belongs}
    return method


def _failed(base: Bundle, why: str) -> Bundle:
    missing = _columns_missing(base) if "usable" in why or "complete set" in why else ()
    none: dict[str, Unanswerable] = {c.id: Unanswerable(why, *missing) for c in base.claims}
    return Bundle(base.analysis, base.claims, base.rows, (), {}, {}, none, None, why)


def _columns_missing(base: Bundle) -> tuple[str, ...]:
    """What no row reports although the stated measure needs it."""
    code = base.analysis.measures[0] if base.analysis.measures else ""
    needs = NEEDS.get(MEASURES[code].kind, ()) if code in MEASURES else ()
    return tuple(f"per study: {column_words(n)}" for n in needs if all(math.isnan(r.get(n)) for r in base.rows))


def _single_study(specs: Sequence[Spec]) -> list[Spec]:
    """With one study every model is that study: only measure, variance and correction remain."""
    seen: dict[tuple[object, ...], Spec] = {}
    own = [s for s in specs if s.model not in ("mantel-haenszel", "peto")]
    for s in [s for s in own if s.ci == "wald"] or own:
        seen.setdefault((s.measure, s.zero_cells, s.variance, s.level), s)
    return list(seen.values()) or list(specs)


def _evaluate(
    specs: Sequence[Spec], rows: Sequence[Converted], analysis: Analysis, settings: Settings
) -> tuple[dict[Spec, Evaluated], str]:
    fits: dict[tuple[object, ...], Evaluated | None] = {}
    out: dict[Spec, Evaluated] = {}
    failure = ""
    for spec in specs:
        if spec.fit_key not in fits:
            try:
                fits[spec.fit_key] = evaluate(spec, rows, analysis, settings=settings)
            except DataError as error:
                fits[spec.fit_key] = None
                failure = failure or str(error)
        fit = fits[spec.fit_key]
        if fit is not None:
            out[spec] = with_reading(fit, spec, settings=settings)
    return out, failure


def answer(claim: Claim, e: Evaluated, analysis: Analysis, rows: Sequence[Converted]) -> Answer:
    """Our value of one claim under one specification.

    Raises
    ------
    Unanswerable
    """
    printed = printed_of(claim)
    if printed is None:
        raise Unanswerable(f"{claim.printed!r} is not a number")
    ours = described(claim, e, rows) if claim.quantity in ("count", "value") else our_value(claim, e, analysis, rows)
    choice = ""
    if math.isnan(ours.value) and (own := with_own_interval(claim, e, analysis)) is not None:
        alone, choice = own
        ours = our_value(replace(claim, subject=""), alone, analysis, rows)
        ours = replace(ours, how=f"{ours.how}; {choice}")
    value = on_printed_scale(claim, printed, ours.value)
    comparison = compare(value, printed, rounding=claim.rounding)
    if not comparison.hit and claim.quantity not in ("count", "value"):
        for other, choice in other_values(claim, e, analysis):
            on_scale = on_printed_scale(claim, printed, other.value)
            compared = compare(on_scale, printed, rounding=claim.rounding)
            if compared.hit:
                return Answer(other, on_scale, compared, choice)
    if not comparison.hit and claim.quantity == "nnt" and not math.isinf(value):
        again = compare(math.ceil(value), printed, rounding=claim.rounding)
        if again.kind == HIT:
            return Answer(
                Ours(float(math.ceil(value)), f"{ours.how} = {value:.4g}, rounded up"), float(math.ceil(value)), again
            )
    return Answer(ours, value, comparison, choice)


def _answer(
    claims: Sequence[Claim], evaluated: Mapping[Spec, Evaluated], analysis: Analysis, rows: Sequence[Converted]
) -> tuple[dict[str, dict[Spec, Answer]], dict[str, Unanswerable]]:
    answers: dict[str, dict[Spec, Answer]] = {}
    unanswerable: dict[str, Unanswerable] = {}
    for claim in claims:
        found: dict[Spec, Answer] = {}
        why: Unanswerable | None = None
        for spec, e in evaluated.items():
            try:
                a = answer(claim, e, analysis, rows)
            except Unanswerable as reason:
                why = why or reason
                continue
            if not math.isnan(a.value):
                found[spec] = a
            else:
                why = why or Unanswerable(why_undefined(claim.quantity, e))
        if found:
            answers[claim.id] = found
        else:
            assert why is not None
            unanswerable[claim.id] = why
    return answers, unanswerable


def _best(specs: Sequence[Spec], answers: Mapping[str, Mapping[Spec, Answer]], beside: Collection[str]) -> Spec:
    """The specification that explains most claims; a number matched by cutting counts a little less; first on a tie.

    What is computed beside the pooled result (a test of asymmetry, a fail-safe N) only breaks ties: such a number can be
    had in so many ways that it must not overrule the estimate.
    """

    def explained(spec: Spec) -> float:
        total = 0.0
        for claim, of_claim in answers.items():
            a = of_claim.get(spec)
            if a is not None and a.comparison.hit:
                weight = _BESIDE_WEIGHT if claim in beside else 1.0
                total += weight if a.comparison.kind == HIT else weight / 2
        return total

    return max(specs, key=explained)  # max keeps the first of equals: the most conventional
