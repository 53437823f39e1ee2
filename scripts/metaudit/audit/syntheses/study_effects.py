"""The studies' effects that a synthesis rests on, under every choice that the authors leave open, and under others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from metaudit.analyses import any_zero_cell, effects_of, possible_measures
from metaudit.audit.bundles import OPEN_CHOICES
from metaudit.effects.compute import Effects, default_zero_cells
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, evaluate_effects
from metaudit.formats.review import Analysis
from metaudit.measures import measure_of
from metaudit.space import load
from metaudit.specs import Spec, completions, usual_measures, value_of

# What a synthesis does not take from a specification of pooled effects is held at one value.
_ONE_WAY = {"model": "random", "tau2": "DL", "ci": "wald", "i2": "tau2", "pi": "t-k-2"}
_COUNTED = ("counts", "rates", "proportion")


@dataclass(frozen=True, eq=False)
class StudyEffects:
    """Effects under one measure, rule for zero cells and sampling variance; one is equal to itself alone.

    Attributes
    ----------
    effects : of the studies that can be used, and the rows that cannot
    spec : measure, zero cells, variance and level; the rest of it has no part here
    analysis : whose rows they are
    choices : what was chosen where authors may leave it open, in words
    departures : from what the authors state; empty where it agrees with them
    """

    effects: Effects
    spec: Spec
    analysis: Analysis
    choices: Mapping[str, str] = field(default_factory=dict)
    departures: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """As it stands at the head of a specification: ``OR | 0.5@only-zero``."""
        variance = f" [{self.spec.variance}]" if self.spec.variance != "LS" else ""
        counted = measure_of(self.spec.measure).kind in _COUNTED
        return f"{self.spec.measure}{variance}" + (f" | {self.spec.zero_cells}" if counted else "")

    @cached_property
    def evaluated(self) -> Evaluated:
        """The usual frequentist fit of the same effects, which holds what does not depend on the model (k, Q, sums of people)."""
        return evaluate_effects(self.spec, self.effects, self.analysis)

    def natural(self, x: float) -> float:
        """A number of the analysis scale on the natural scale."""
        return Evaluated(self.spec, self.effects, fit=None).natural(x)  # type: ignore[arg-type]  # no fit is looked at


def stated_effects(
    analysis: Analysis, method: Mapping[str, Any], rows: Sequence[Converted], *, level: float
) -> list[StudyEffects]:
    """Effects under every choice of measure, zero cells and variance that agrees with what is stated, the conventional first.

    Raises
    ------
    DataError
        when no row can be used under any of them, or the stated choices do not go together.
    """
    method = dict(method)
    stated = (str(method.pop("measure")),) if "measure" in method else possible_measures(analysis, rows)
    if not stated:
        raise DataError("no row holds a complete set of numbers for any measure")
    said = {k: method[k] for k in ("variance", "zero_cells", "level") if k in method} | _ONE_WAY
    specs = completions(stated, said, any_zero=any_zero_cell(rows), level=level)
    return _usable(specs, analysis, rows)


def other_effects(
    analysis: Analysis, method: Mapping[str, Any], rows: Sequence[Converted], *, first: StudyEffects
) -> list[StudyEffects]:
    """Effects that depart from the stated method in one choice: another measure, rule for zero cells, or variance.

    Parameters
    ----------
    first : the conventional completion of what is stated
    """
    spec, kind = first.spec, measure_of(first.spec.measure).kind
    ways: list[tuple[str, dict[str, str]]] = []
    if len(analysis.measures) == 1 or "measure" in method:
        others = [m for m in usual_measures(kind) if m != spec.measure]
        ways += [(f"measure {m}", {"measure": m, "zero_cells": str(default_zero_cells(m))}) for m in others]
    if "zero_cells" in method and any_zero_cell(rows):
        rules = [z for z in load().codes("zero_cells") if z != spec.zero_cells]
        ways += [(f"zero cells {z}", {"zero_cells": z}) for z in rules]
    variances = load().codes("variance", of=spec.measure)
    usual = load().codes("variance", of=spec.measure, usual=True)
    rest = [v for v in variances if v != spec.variance and ("variance" in method or v not in usual)]
    ways += [(f"sampling variance {v}", {"variance": v}) for v in rest]
    out = []
    for words, change in ways:
        changed = Spec(**{"measure": spec.measure, "zero_cells": spec.zero_cells, "variance": spec.variance, **change},
                       level=spec.level)  # fmt: skip
        out += _usable([changed], analysis, rows, departures=(words,), refuse=False)
    return out


def varied_choices(specs: Sequence[Spec]) -> dict[Spec, dict[str, str]]:
    """The choices in which some specifications differ, by the words of verdicts: ``{spec: {"tau²": "REML"}}``."""
    varied = [n for n in OPEN_CHOICES if len({value_of(s, n) for s in specs}) > 1]
    return {s: {OPEN_CHOICES[n]: value_of(s, n) for n in varied} for s in specs}


def _usable(
    specs: Sequence[Spec],
    analysis: Analysis,
    rows: Sequence[Converted],
    *,
    departures: tuple[str, ...] = (),
    refuse: bool = True,
) -> list[StudyEffects]:
    """Those under which some rows can be used."""
    out, why = [], ""
    for spec in specs:
        try:
            effects = effects_of(spec, rows)
        except DataError as error:
            why = why or str(error)
            continue
        if effects.k:
            choices = {"measure": spec.measure, "sampling variance": spec.variance}
            if measure_of(spec.measure).kind in _COUNTED:
                choices["zero cells"] = spec.zero_cells
            out.append(StudyEffects(effects, spec, analysis, choices, departures))
        elif effects.incomplete:
            why = why or f"no study gives a usable {spec.measure}: {effects.incomplete[0][1]}"
    if not out and refuse:
        raise DataError(why or "no row is selected")
    return _distinct(out)


def _distinct(ways: list[StudyEffects]) -> list[StudyEffects]:
    """Without those whose numbers are those of an earlier one: with no zero cell all rules for zero cells are one."""
    seen: set[tuple[str, bytes, bytes]] = set()
    out = []
    for way in ways:
        key = (way.effects.measure.scale, way.effects.yi.tobytes(), way.effects.vi.tobytes())
        if key not in seen:
            seen.add(key)
            out.append(way)
    return out
