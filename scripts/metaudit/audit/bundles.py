"""Claims that share an analysis and a method are searched and judged together."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from metaudit.analyses import any_zero_cell, possible_measures
from metaudit.audit.answered import answered
from metaudit.audit.answers import Answer as Answer
from metaudit.audit.answers import Answers
from metaudit.audit.answers import answer as answer
from metaudit.audit.beside import BESIDE
from metaudit.audit.evaluations import Evaluations
from metaudit.audit.names import column_words
from metaudit.audit.options import Options
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.software import candidates, with_software
from metaudit.audit_words.matters import OF_EFFECTS, matters
from metaudit.effects.compute import NEEDS
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, Settings
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.stated import parse_override, with_override
from metaudit.measures import MEASURES
from metaudit.pooling.pool import SEED
from metaudit.search.many import evaluate_many
from metaudit.specs import COUNT_MODELS, Spec

BESIDE_WEIGHT = 0.01
# Choices of a specification that a paper may leave open, as verdicts name them.
OPEN_CHOICES = {
    "measure": "measure",
    "zero_cells": "zero cells",
    "variance": "sampling variance",
    "model": "model",
    "tau2": "tau²",
    "ci": "interval",
    "i2": "definition of I²",
    "pi": "prediction interval",
    "glmm": "mixed model",
    "q": "centre of Q",
    "counts": "counts",
    "rd_variance": "variance of the risk difference",
    "stopping": "end of the iterations",
}


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
    remembered : what several of its claims need, worked out once
    """

    analysis: Analysis
    claims: tuple[Claim, ...]
    rows: tuple[Converted, ...]
    specs: Options
    evaluated: Mapping[Spec, Evaluated]
    answers: Mapping[str, Answers]
    unanswerable: Mapping[str, Unanswerable]
    best: Spec | None
    failure: str = ""
    settings: Settings = field(default_factory=Settings)
    remembered: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def open_choices(self, claim: str) -> list[str]:
        """The choices, in words, that decide whether this claim is reproduced; empty when none does."""
        answers = self.answers[claim]
        if np.count_nonzero(answers.hit) == np.count_nonzero(answers.given):
            return []
        quantity = next((c.quantity for c in self.claims if c.id == claim), "")
        given, asked = answers.given, matters(quantity)
        if quantity in OF_EFFECTS:  # who names odds ratios does not mean Peto's, where the measure's own are printed
            peto = self.with_choice("model", "peto")
            given = given & ~peto if bool((answers.hit & ~peto).any()) else given
        if bool(answers.hit[given].all()):
            return []
        key = (
            "deciding",
            answers.hit.tobytes(),
            given.tobytes(),
        )  # the numbers of one result mostly have these in common
        if key not in self.remembered:
            self.remembered[key] = self._deciding(answers, given)
        deciding: dict[str, str] = self.remembered[key]
        return [words for name, words in deciding.items() if name in asked] or list(deciding.values())

    def _deciding(self, answers: Answers, given: Any) -> dict[str, str]:
        """The choices, by their fields and in words, of which some values give a number and others do not."""
        out, hits = {}, answers.hit & given
        for name, words in OPEN_CHOICES.items():
            if name not in self.specs.varied:
                continue
            values, of = self.specs.choice(name)
            of_all, of_hits = np.zeros((2, len(values)), dtype=bool)
            of_all[of[given]] = of_hits[of[hits]] = True
            if "" in values:  # a specification without this choice
                of_all[values.index("")] = of_hits[values.index("")] = False
            if of_all.sum() > 1 and of_hits.any() and (of_hits != of_all).any():
                out[name] = f"{words} {' or '.join(sorted(v for v, h in zip(values, of_hits, strict=True) if h))}"
        return out

    def with_choice(self, name: str, value: str) -> Any:
        """Which specifications have one value of a choice, shape ``(s,)``."""
        values, of = self.specs.choice(name)
        return of == values.index(value) if value in values else np.zeros(len(self.specs), dtype=bool)

    def specificity(self, claim: str) -> float:
        """Share of the open specifications that give the printed number; NaN when nothing is open."""
        answers = self.answers.get(claim)
        if answers is None or len(answers) < 2:
            return math.nan
        return float(answers.hit.sum()) / len(answers)

    def heterogeneity_ps(self, level: str) -> tuple[float, ...]:
        """P values of Cochran's Q under the open specifications, each once; of a subgroup where a level is named."""
        evaluated = self.evaluated
        assert isinstance(evaluated, Evaluations)
        return tuple(dict.fromkeys(evaluated.q_ps(level)))


@dataclass(frozen=True)
class Asked:
    """A bundle before anything is evaluated: the specifications to try, or why there are none."""

    analysis: Analysis
    claims: tuple[Claim, ...]
    rows: tuple[Converted, ...]
    settings: Settings
    specs: Options = field(default_factory=Options)
    failure: str = ""


def search(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, level: float, seed: int = SEED
) -> Bundle:
    """Answer a bundle's claims under every specification that agrees with the stated method."""
    return search_many([asked_of(analysis, claims, rows, level=level, seed=seed)])[0]


def asked_of(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, level: float, seed: int = SEED
) -> Asked:
    """The specifications that agree with the method which a bundle's authors state."""
    method, measures = _stated(analysis, claims[0].method if claims else "", rows)
    settings = Settings(seed=seed, common_tau2=method.get("subgroup_tau2") == "common")
    asked = Asked(analysis, tuple(claims), tuple(rows), settings)
    if not measures:
        return replace(asked, failure="no row holds a complete set of numbers for any measure")
    try:
        specs = _options(measures, method, any_zero=any_zero_cell(rows), level=level, single=len(rows) == 1)
    except DataError as error:
        return replace(asked, failure=str(error))
    return replace(asked, specs=specs)


def search_many(asked: Sequence[Asked]) -> list[Bundle]:
    """Answer many bundles' claims, their specifications evaluated together; each as it would be answered alone."""
    evaluated = [Evaluations(a.specs, a.rows, a.analysis, settings=a.settings) for a in asked]
    waiting = [(e, p) for e in evaluated if (p := e.problem) is not None]
    for (e, _), results in zip(waiting, evaluate_many([p for _, p in waiting]), strict=True):
        e.enter(results)
    return [_bundle(a, e) for a, e in zip(asked, evaluated, strict=True)]


def _bundle(asked: Asked, evaluated: Evaluations) -> Bundle:
    if not asked.specs:
        return _failed(asked, asked.failure)
    while True:
        evaluated.settle()
        if not evaluated:
            return _failed(asked, evaluated.failure)
        answers, unanswerable = answered(asked.claims, evaluated)
        best = _best(evaluated.specs, answers, {c.id for c in asked.claims if c.quantity in BESIDE})
        if evaluated.stands(best):
            break
    return Bundle(
        asked.analysis, asked.claims, asked.rows, evaluated.specs, evaluated, answers, unanswerable, best,
        settings=asked.settings,
    )  # fmt: skip


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


def _options(
    measures: tuple[str, ...], method: Mapping[str, Any], *, any_zero: bool, level: float, single: bool
) -> Options:
    """What is to be tried; analyses that state the same share one list."""
    try:
        said = json.dumps(dict(method))
    except TypeError:  # nothing that review.yaml can hold, but a caller may
        specs = candidates(measures, method, any_zero=any_zero, level=level)
        return Options(_single_study(specs) if single else specs)
    return _shared_options(measures, said, any_zero, level, single)


@lru_cache(maxsize=1024)
def _shared_options(measures: tuple[str, ...], method: str, any_zero: bool, level: float, single: bool) -> Options:
    specs = candidates(measures, json.loads(method), any_zero=any_zero, level=level)
    return Options(_single_study(specs) if single else specs)


def _method(analysis: Analysis, override: str) -> dict[str, Any]:
    """The stated method with a claim's override; another model takes the random-effects choices of the first with it."""
    own = parse_override(override)[0]
    method = with_override(analysis.method, override)
    if own.get("model", "random") != "random":
        belongs = ("tau2", "tau2_ci", "pi", "q", *(("ci",) if own["model"] in COUNT_MODELS else ()))
        method = {k: v for k, v in method.items() if k in own or k not in belongs}
    return method


def _failed(base: Asked, why: str) -> Bundle:
    missing = _columns_missing(base) if "usable" in why or "complete set" in why else ()
    none: dict[str, Unanswerable] = {c.id: Unanswerable(why, *missing) for c in base.claims}
    return Bundle(base.analysis, base.claims, base.rows, Options(), {}, {}, none, None, why)


def _columns_missing(base: Asked) -> tuple[str, ...]:
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


def _best(specs: Sequence[Spec], answers: Mapping[str, Answers], beside: Collection[str]) -> Spec:
    """The specification that explains most claims; a number matched by cutting counts a little less; first on a tie.

    What is computed beside the pooled result (a test of asymmetry, a fail-safe N) only breaks ties: such a number can be
    had in so many ways that it must not overrule the estimate.
    """
    explained = np.zeros(len(specs))
    for claim, a in answers.items():
        weight = BESIDE_WEIGHT if claim in beside else 1.0
        explained += np.where(a.hit, np.where(a.rounds, weight, weight / 2), 0.0)
    return specs[int(np.argmax(explained))]  # the first of equals: the most conventional
