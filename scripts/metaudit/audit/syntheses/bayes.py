"""Claims of a Bayesian random-effects analysis: posterior numbers under the stated priors, those left open, and others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain
from typing import Any

from metaudit.audit.intervals import Filed
from metaudit.audit.own_value import Ours
from metaudit.audit.scale import printed_of, quantity_asked
from metaudit.audit.syntheses.bayes_values import Fit, parts_of
from metaudit.audit.syntheses.bayes_ways import (
    LEVELS,
    Convention,
    Model,
    cells,
    conventions,
    departing_conventions,
    departing_models,
    stated_mus,
    stated_priors,
)
from metaudit.audit.syntheses.searching import SearchOfEffects, searched
from metaudit.audit.syntheses.study_effects import other_effects, stated_effects
from metaudit.audit.syntheses.tried import Tried, outcome_of
from metaudit.audit.values import our_value
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, evaluate_effects
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.stated import with_override
from metaudit.formats.tables import Row
from metaudit.specs import Spec

_OTHER_WAYS = ("random REML", "random DL", "random PM", "common")


def findings(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Row], *, review: Review, level: float
) -> Iterator[Filed]:
    """Verdicts on the claims of one Bayesian analysis under one method override.

    Parameters
    ----------
    analysis : with ``bayes``
    claims : of the analysis
    rows : that it pools
    review : the review
    level : level of credible intervals where none is stated
    """
    yield from searched(lambda of: Search(analysis, claims, of, level=level), claims, rows, analysis=analysis)


class Search(SearchOfEffects):
    """The sets of choices of one Bayesian analysis.

    Parameters
    ----------
    analysis, claims, level : as :func:`findings`
    rows : converted

    Raises
    ------
    DataError
        when a prior is not understood, or no row can be used.
    """

    def __init__(self, analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, level: float) -> None:
        super().__init__(analysis, claims, rows, level=level)
        self.said: Mapping[str, Any] = analysis.syntheses["bayes"]
        self.method = with_override(analysis.method, claims[0].method if claims else "")
        self.level = float(self.method.get("level", level))
        self.parts = parts_of([quantity_asked(c) for c in claims if printed_of(c) is not None])
        self.ways = stated_effects(analysis, self.method, rows, level=level)
        self._fits: dict[Model, Fit] = {}

    @cached_property
    def stated(self) -> list[Tried]:
        """What agrees with the authors, the conventional first.

        The usual priors are read in the usual way first. Where that gives every number, the other ways of reading are tried with those
        priors alone that do; else with all, and then the distributions for kinds of reviews, too.
        """
        models, usual = list(self._models()), self._conventions[0]
        if len(models) == 1:
            return self._read(models, self._conventions)
        plain = [c for c in self._conventions if c.interval == usual.interval and (c == usual or not c.of_mode)]
        first = self._read(models, plain)
        complete = [m for m in models if self._complete([self._tried(m, c) for c in plain])]
        rest = [c for c in self._conventions if c not in plain]
        if complete:
            return [*first, *self._read([models[0], *complete], rest)]
        return [*first, *self._read(models, rest), *self._read(list(self._of_cells()), self._conventions)]

    @cached_property
    def _conventions(self) -> list[Convention]:
        return conventions(self.said, self.parts)

    def _read(self, models: Sequence[Model], ways: Sequence[Convention]) -> list[Tried]:
        return [self._tried(m, c) for m in dict.fromkeys(models) for c in ways]

    def _models(self) -> Iterator[Model]:
        """The models that agree with what is stated."""
        for way in self.ways:
            for prior in stated_priors(str(self.said.get("tau", "")), way):
                for mu in stated_mus(str(self.said.get("mu", "")), way):
                    yield Model(way, prior, mu, self.level)

    def _of_cells(self) -> Iterator[Model]:
        """The distributions for kinds of analyses, where nothing is stated about the prior of tau."""
        if self.said.get("tau"):
            return
        for way in self.ways:
            mu = stated_mus(str(self.said.get("mu", "")), way)[0]
            for prior in cells(way):
                yield Model(way, prior, mu, self.level)

    def _complete(self, tried: Sequence[Tried]) -> bool:
        """Whether one of some sets of choices gives every number that it can answer."""
        outcomes = (outcome_of(t, self.claims) for t in tried)
        return any(o.given and all(g.hit for g in o.given.values()) for o in outcomes)

    @cached_property
    def others(self) -> list[Tried]:
        """What departs from the authors, in one choice and perhaps the convention; last analyses that are not Bayesian."""
        first = next(self._models())
        levels = [x for x in LEVELS if x != self.level]
        models: list[tuple[Model, tuple[str, ...]]] = [(first, ())]
        away = other_effects(self.analysis, self.method, self.rows, first=self.ways[0])
        models += list(departing_models(first, self.said, away, levels=levels))
        out = [
            self._tried(m, c, (*words, *about))
            for m, words in models
            for c, about in departing_conventions(self.said, self.parts)
            if words or about
        ]
        return [*out, *self._not_bayesian()]

    @property
    def effects(self) -> Effects:
        """The effects under the conventional measure, rule for zero cells and sampling variance."""
        return self.ways[0].effects

    def among_stated(self) -> Iterator[Tried]:
        """The distributions for kinds of analyses are among them, whether they were needed or not."""
        for model in chain(self._models(), self._of_cells()):
            yield from (self._tried(model, c) for c in self._conventions)

    def _tried(self, model: Model, as_printed: Convention, departures: tuple[str, ...] = ()) -> Tried:
        fit = self._fits.setdefault(model, Fit(model))
        choices = {
            **model.way.choices, "prior of tau": model.tau.words, "prior of the mean": model.mu.text,
            "the estimate as the posterior": as_printed.centre, "tau as the posterior": as_printed.tau_centre,
            "credible interval": as_printed.interval, "effects of studies": as_printed.studies,
        }  # fmt: skip
        return Tried(self._spec(model, as_printed), lambda c: fit.value(c, as_printed, self.rows), choices, departures)

    def _spec(self, model: Model, c: Convention) -> str:
        """``OR | 0.5@only-zero | Bayes tau half-normal(0.5), mu flat | median, central | 95%``."""
        printed = [c.centre, *([f"tau {c.tau_centre}"] if c.tau_centre != c.centre else []), c.interval]
        printed += [c.studies] if c.studies != "observed" else []
        without = [f"without {model.without}"] if model.without else []
        bayes = f"Bayes tau {model.tau.words}, mu {model.mu.text}"
        return " | ".join([model.way.words, bayes, ", ".join(printed), *without, f"{100 * model.level:g}%"])

    def _not_bayesian(self) -> Iterator[Tried]:
        """The usual analyses, for numbers that are called credible and are not."""
        way = self.ways[0]
        for words in _OTHER_WAYS:
            model, _, tau2 = words.partition(" ")
            for ci in ("wald", "hksj") if tau2 else ("wald",):
                own = {"measure": way.spec.measure, "zero_cells": way.spec.zero_cells, "variance": way.spec.variance}
                spec = Spec(**own, model=model, tau2=tau2 or "DL", ci=ci, level=self.level)
                try:
                    e = evaluate_effects(spec, way.effects, self.analysis)
                except DataError:
                    continue
                value = partial(self._pooled, e)
                yield Tried(str(spec), value, {}, (f"not Bayesian but {words}, {ci} interval",))

    def _pooled(self, e: Evaluated, claim: Claim) -> Ours:
        return our_value(claim, e, self.analysis, self.rows)
