"""The priors and conventions that a Bayesian analysis may have used: those that agree with what its authors state, and others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from metaudit.appraise.bayesian import chosen_prior
from metaudit.appraise.stated_priors import family_alone
from metaudit.audit.syntheses.study_effects import StudyEffects
from metaudit.bayes.empirical import Empirical, empirical_priors
from metaudit.bayes.priors import FAMILIES, MuPrior, TauPrior, mu_prior
from metaudit.bayes.search import CENTRES, INTERVALS, usual_priors
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

# Normal priors of the mean that are searched, by their SD in units of the effect. The list is ours.
_MU_SDS = (1.0, 2.0, 4.0, 5.0, 10.0, 100.0)
# A prior this many times wider than the effects are apart is flat in every digit that is printed.
_FLAT = 300.0
LEVELS = (0.8, 0.89, 0.9, 0.95, 0.99)
_MEANT_FOR = {"log odds ratio": ("OR", "PETO", "PLO"), "standardised mean difference": ("SMD", "SMD1", "SMDH")}
_STANDARDISED = ("SMD", "SMD1", "SMDH", "SMCC", "SMCR")


@dataclass(frozen=True)
class Prior:
    """A prior of tau, and what it is called: its text, or the cell of a table that it comes from."""

    tau: TauPrior
    words: str


@dataclass(frozen=True)
class Model:
    """What a posterior depends on.

    Attributes
    ----------
    way : the studies' effects
    tau, mu : the priors
    level : of the credible intervals
    without : label of a study that is left out; empty for none
    """

    way: StudyEffects
    tau: Prior
    mu: MuPrior
    level: float
    without: str = ""

    @property
    def used(self) -> Any:
        """Which of the effects are pooled, shape ``(k,)``."""
        return np.array([s.label != self.without for s in self.way.effects.studies])

    @property
    def data(self) -> tuple[Floats, Floats]:
        """Effects and variances that are pooled."""
        keep = self.used
        return self.way.effects.yi[keep], self.way.effects.vi[keep]


@dataclass(frozen=True)
class Convention:
    """How a posterior is printed.

    Attributes
    ----------
    centre, tau_centre : ``median``, ``mean`` or ``mode`` of effects, and of tau
    interval : ``central`` or ``shortest``
    studies : ``observed`` or ``shrunken``: which effect of one study is meant
    """

    centre: str = "median"
    tau_centre: str = "median"
    interval: str = "central"
    studies: str = "observed"

    @property
    def of_mode(self) -> bool:
        """Whether a mode is printed, which takes longest to find."""
        return "mode" in (self.centre, self.tau_centre)


def stated_priors(text: str, way: StudyEffects) -> list[Prior]:
    """The priors of tau that agree with a statement: one, all of a family without its numbers, or all cells of a table.

    Raises
    ------
    DataError
        when the statement is not understood.
    """
    if not text:
        return [*usual(way), *general(way)]
    family = family_alone(text)
    if family:
        found = [p for p in usual(way) if p.tau.family == family]
        if not found:
            wanted = ", ".join(FAMILIES[family].parameters)
            raise DataError(f"the prior {family} of tau needs its numbers ({wanted}); the usual ones are not known")
        return found
    table = [e for e in empirical_priors() if e.table == text.strip()]
    if table:
        return [_of_table(e) for e in table]
    return [Prior(chosen_prior(text).tau, text.strip())]


def usual(way: StudyEffects) -> list[Prior]:
    """The usual priors of tau on the scale of the effects."""
    out: dict[str, Prior] = {}
    for unit in units(way):
        for tau in usual_priors(unit):
            out.setdefault(tau.text, Prior(tau, tau.text))
    return list(out.values())


def units(way: StudyEffects) -> tuple[float, ...]:
    """Units in which scales of priors are thought of: 1 where the effects have none of their own, else powers of ten near their size."""
    if way.effects.measure.scale != "natural" or way.spec.measure in _STANDARDISED or way.effects.k == 0:
        return (1.0,)
    size = _size(way)
    near = 10.0 ** math.floor(math.log10(size)) if size > 0 else 1.0
    return tuple(dict.fromkeys((1.0, near)))


def _size(way: StudyEffects) -> float:
    """How far effects are apart, roughly."""
    return max(float(np.sqrt(np.median(way.effects.vi))), float(np.std(way.effects.yi)))


def general(way: StudyEffects) -> list[Prior]:
    """The distributions over all reviews of the tables that are made for the measure."""
    return [_of_table(e) for e in _tables(way) if not e.outcome]


def cells(way: StudyEffects) -> list[Prior]:
    """The distributions for kinds of analyses of the tables that are made for the measure."""
    return [_of_table(e) for e in _tables(way) if e.outcome]


def _tables(way: StudyEffects) -> Iterator[Empirical]:
    for e in empirical_priors():
        # Ready-made effects do not say which measure they are of.
        if way.spec.measure in (*_MEANT_FOR.get(e.scale, ()), "GEN", "GEN-LOG"):
            yield e


def _of_table(e: Empirical) -> Prior:
    parts = (e.table, e.outcome, e.comparison, *([e.area] if e.area else []))
    return Prior(e.prior, "; ".join(p for p in parts if p))


def stated_mus(text: str, way: StudyEffects) -> list[MuPrior]:
    """The priors of the mean that agree with a statement.

    Raises
    ------
    DataError
        when the statement is not understood.
    """
    if text:
        return [mu_prior(text)]
    widest = _FLAT * max(_size(way), float(np.abs(way.effects.yi).max()) / 10)
    sds = dict.fromkeys(sd * unit for unit in units(way) for sd in _MU_SDS if sd * unit <= widest)
    return [MuPrior(), *(MuPrior(0.0, sd) for sd in sorted(sds, reverse=True))]


def conventions(stated: Mapping[str, Any], parts: frozenset[str]) -> list[Convention]:
    """The conventions that agree with what is stated and that make a difference to some claim.

    Parameters
    ----------
    stated : ``bayes`` of review.yaml
    parts : what is claimed: ``centre``, ``tau centre``, ``interval``, ``study``
    """
    centres = (str(stated["centre"]),) if "centre" in stated else CENTRES
    own = centres if "centre" in parts else centres[:1]
    taus = centres if "tau centre" in parts else centres[:1]
    intervals = (str(stated["interval"]),) if "interval" in stated else INTERVALS
    intervals = intervals if "interval" in parts else intervals[:1]
    studies = ("observed", "shrunken") if "study" in parts else ("observed",)
    return [Convention(*c) for c in product(own, taus, intervals, studies)]


def departing_conventions(stated: Mapping[str, Any], parts: frozenset[str]) -> list[tuple[Convention, tuple[str, ...]]]:
    """Every convention, with what in it departs from what is stated."""
    out = []
    for c in conventions({}, parts):
        words = []
        for name, values in (("centre", {c.centre, c.tau_centre}), ("interval", {c.interval})):
            about = {"centre": {"centre", "tau centre"}, "interval": {"interval"}}[name]
            other = sorted(values - {str(stated.get(name))}) if name in stated and about & parts else []
            words += [f"{_CONVENTION_WORDS[name]} {' and '.join(other)}"] if other else []
        out.append((c, tuple(words)))
    return out


_CONVENTION_WORDS = {"centre": "posterior", "interval": "credible interval"}


def departing_models(
    first: Model,
    stated: Mapping[str, Any],
    ways: Sequence[StudyEffects],
    *,
    levels: Sequence[float],
) -> Iterator[tuple[Model, tuple[str, ...]]]:
    """Models that depart from the first of the stated ones in one choice, in words; the likelier first.

    Parameters
    ----------
    first : the conventional model
    stated : ``bayes`` of review.yaml
    ways : effects that depart from the stated ones
    levels : other levels of the intervals
    """
    way = first.way
    if stated.get("tau"):
        for prior in [*usual(way), *general(way), *cells(way)]:
            if prior.tau.text != first.tau.tau.text:
                yield Model(way, prior, first.mu, first.level), (f"prior of tau {prior.words}",)
    if stated.get("mu"):
        for mu in stated_mus("", way):
            if mu != first.mu:
                yield Model(way, first.tau, mu, first.level), (f"prior of the mean {mu.text}",)
    for level in levels:
        yield Model(way, first.tau, first.mu, level), (f"level {100 * level:g} %",)
    for other in ways:
        yield Model(other, first.tau, first.mu, first.level), other.departures
    labels = list(dict.fromkeys(s.label for s in way.effects.studies))
    for label in labels if len(labels) > 2 else []:
        yield Model(way, first.tau, first.mu, first.level, label), (f"without {label}",)
