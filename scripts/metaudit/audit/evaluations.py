"""Every specification that a method leaves open, evaluated: by arrays together, and in full, with its checks, when asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from metaudit.analyses import effects_of
from metaudit.audit.options import Options
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, Settings, evaluate_effects, with_reading
from metaudit.formats.review import Analysis
from metaudit.search.many import Problem
from metaudit.search.plan import effects_key
from metaudit.search.results import Results
from metaudit.specs import Spec


class Evaluations(Mapping[Spec, Evaluated]):
    """The specifications that are defined for some rows, each with its fit, which is made when it is asked for.

    Arrays say of most specifications whether they are defined, and what they give; what is published is the exact fit, which
    is verified a second way. ``settle`` must be called before anything is read.

    Parameters
    ----------
    specs : the specifications to try, the conventional one first
    rows, analysis, settings : of the fits

    Attributes
    ----------
    specs : those that are defined
    places : where each stands in the arrays, shape ``(s,)``; -1 where it does not
    in_order : whether the arrays hold exactly these, in their order
    results : of the arrays; None without them
    """

    def __init__(self, specs: Options, rows: Sequence[Converted], analysis: Analysis, *, settings: Settings) -> None:
        self.rows, self.analysis, self.settings = rows, analysis, settings
        self.failure = ""
        self.results: Results | None = None
        self.specs = specs
        self.places = np.full(len(specs), -1)
        self.in_order = False
        self._tried = specs
        self._known: dict[Spec, Evaluated] = {}
        self._fits: dict[tuple[Any, ...], Evaluated | str] = {}
        self._effects: dict[tuple[Any, ...], Effects] = {}
        self._refused: set[Spec] = set()

    @property
    def problem(self) -> Problem | None:
        """What arrays are to evaluate; None when that is nothing."""
        if self.analysis.moderators or not self._tried or not self._tried.arrayed.any():
            return None
        return Problem(self.rows, self.analysis, self._tried.plan.specs, self._tried.plan)

    def enter(self, results: Results) -> None:
        """Take what arrays found."""
        self.results = results

    def settle(self) -> None:
        """Find out which specifications are defined; arrays decide where they give an estimate, the exact path elsewhere."""
        places = np.full(len(self._tried), -1)
        if self.results is not None:
            found = np.isfinite(self.results.values["estimate"])
            places[self._tried.arrayed] = np.where(found, np.arange(found.size), -1)
        keep = places >= 0
        everywhere = bool(keep.all())
        for i in np.flatnonzero(~keep).tolist():
            keep[i] = self._tried[i] not in self._refused and self.stands(self._tried[i])
        for spec in self._refused:
            keep[self._tried.place[spec]] = False
        whole = bool(keep.all())
        self.specs = self._tried if whole else Options(s for s, k in zip(self._tried, keep, strict=True) if k)
        self.places = places[keep]
        self.in_order = everywhere and whole

    def stands(self, spec: Spec) -> bool:
        """Whether the exact path can evaluate a specification; one that it cannot is not tried again."""
        found = self._exactly(spec)
        if isinstance(found, str):
            self.failure = self.failure or found
            self._refused.add(spec)
            return False
        return True

    def effects(self, spec: Spec) -> Effects:
        """The studies' effects under a specification."""
        key = effects_key(spec)
        if key not in self._effects:
            self._effects[key] = effects_of(spec, self.rows)
        return self._effects[key]

    def unfitted(self, spec: Spec) -> Evaluated:
        """Effects alone, for what needs no fit."""
        nothing: Any = None
        return Evaluated(spec, self.effects(spec), nothing)

    def _exactly(self, spec: Spec) -> Evaluated | str:
        if spec.fit_key not in self._fits:
            try:
                fit = evaluate_effects(spec, self.effects(spec), self.analysis, settings=self.settings)
                self._fits[spec.fit_key] = fit
            except DataError as error:
                self._fits[spec.fit_key] = str(error)
        return self._fits[spec.fit_key]

    def __getitem__(self, spec: Spec) -> Evaluated:
        known = self._known.get(spec)  # one look suffices mostly; a specification takes its time to be looked up
        if known is None:
            if spec not in self.specs.place:
                raise KeyError(spec)
            found = self._exactly(spec)
            if isinstance(found, str):
                raise DataError(found)
            known = self._known[spec] = with_reading(found, spec, settings=self.settings)
        return known

    def __contains__(self, spec: object) -> bool:
        return spec in self.specs.place

    def __iter__(self) -> Iterator[Spec]:
        return iter(self.specs)

    def __len__(self) -> int:
        return len(self.specs)

    def q_ps(self, level: str) -> Iterator[float]:
        """P values of Cochran's Q, of a subgroup where a level is named; specifications without it are left out."""
        part = self.results
        if level and part is not None:
            part = part.groups.get(level)
        values = None if part is None else part.values["q_p"].tolist()
        for spec, place in zip(self.specs, self.places.tolist(), strict=True):
            found = math.nan if values is None or place < 0 else values[place]
            if math.isnan(found):
                e = self[spec]
                if level and level not in e.subgroups:
                    continue
                found = e.subgroups[level][1].q_p if level else e.fit.q_p
            yield found
