"""What printed weights and printed study results alone say of the method: weights name the model, effects the measure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from metaudit.effects.convert import Converted, level_of
from metaudit.effects.zero_cells import Floats
from metaudit.formats.printed_cells import on_analysis_scale, printed_window
from metaudit.printed import Printed, parse_printed
from metaudit.search.match import back
from metaudit.search.rank import distinct
from metaudit.search.results import Results
from metaudit.search.targets import Windows, windows
from metaudit.specs import COUNT_MODELS, Spec

# What the weights of the studies depend on; how an interval or an I2 is read off the fit has no part in them.
WEIGHING = ("measure", "variance", "zero_cells", "model", "tau2", "q", "counts", "rd_variance")
_PRINTED = {"estimate": "printed_effect", "ci_low": "printed_ci_low", "ci_high": "printed_ci_high"}
_TOTAL = 100.0
# Choices that a class names only where they part it from another of the same measures and models.
_MINOR = {"variance": "variance", "zero_cells": "zero cells", "q": "Q centred on", "counts": "counts"}


@dataclass(frozen=True)
class WeightClass:
    """Specifications that give the studies one set of weights, which is the printed one.

    Attributes
    ----------
    specs : in the order of the results, the likeliest first
    forced : the row whose printed weight is one unit of its last digit off because the printed weights were made to add
        up to 100; None when all of them round as printed
    apart : what sets the class apart from others with the same measures and models, in words; empty without such others
    """

    specs: tuple[Spec, ...]
    forced: int | None = None
    apart: str = ""

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each choice that weights depend on, within this class; one value means that it is named."""
        return {n: tuple(dict.fromkeys(str(getattr(s, n)) for s in self.specs)) for n in WEIGHING}

    @property
    def says(self) -> str:
        """The class in words: the choices that the weights fix."""
        said = f"{self._models} ({self.apart})" if self.apart else self._models
        if self.forced is None:
            return said
        return f"{said}; the weight in row {self.forced} is one unit off, as where a program makes the weights add up to 100"

    @property
    def _models(self) -> str:
        models = list(dict.fromkeys(f"{s.model} {s.tau2}".strip() for s in self.specs))
        measures = list(dict.fromkeys(s.measure for s in self.specs))
        return f"{' or '.join(measures)}, {' or '.join(models)}"


def by_weights(weights: Mapping[int, Printed | str], results: Results) -> tuple[WeightClass, ...]:
    """Which specifications give every printed weight, one class for each distinct set of weights.

    A class whose weights all round as printed comes before one in which a single weight is one unit of its last digit
    off. That is accepted only where it is what forcing the sum to 100 does: the printed weights add up to 100, ours as
    rounded do not, and the difference is the one that the odd weight has.

    Parameters
    ----------
    weights : printed weights in percent by the row's line; a text or what ``parse_printed`` made of it
    results : specifications, evaluated on the rows of the analysis

    Raises
    ------
    PrintedError
        for a text that is no number.
    """
    printed = {line: parse_printed(w) if isinstance(w, str) else w for line, w in weights.items()}
    places = [i for i, line in enumerate(results.lines) if line in printed]
    if len(places) < 2:
        return ()  # the weight of a single study is 100 under every method
    asked = [printed[results.lines[i]] for i in places]
    ours = results.weights_of(places)
    defined = np.isfinite(ours).all(axis=1)
    hits = windows([p.interval() for p in asked]).contain(ours)
    whole = len(places) == int(results.weighed.sum())
    odd = _forced(ours, hits, asked) if whole else np.full(len(ours), -1)
    fits = defined & (hits.all(axis=1) | (odd >= 0))
    index = np.flatnonzero(fits)
    if not index.size:
        return ()
    groups: dict[int, list[int]] = {}
    for i, g in zip(index, distinct(ours[index].T), strict=True):
        groups.setdefault(int(g), []).append(int(i))
    found = [
        WeightClass(
            tuple(results.specs[i] for i in members),
            results.lines[places[odd[members[0]]]] if odd[members[0]] >= 0 else None,
        )
        for members in groups.values()
    ]
    return _told_apart(sorted(found, key=lambda c: c.forced is not None))  # stable: the order of the results


def _told_apart(classes: Sequence[WeightClass]) -> tuple[WeightClass, ...]:
    """Classes that the same measures and models give, each with the choices in which it differs from the others."""
    alike: dict[str, list[WeightClass]] = {}
    for c in classes:
        alike.setdefault(c._models, []).append(c)
    out = []
    for c in classes:
        others = alike[c._models]
        differ = [n for n in _MINOR if len({_values_of(o, n) for o in others}) > 1]
        said = [f"{_MINOR[n]} {' or '.join(values)}" for n in differ if (values := _values_of(c, n))]
        out.append(replace(c, apart=", ".join(said)))
    return tuple(out)


def _values_of(c: WeightClass, name: str) -> tuple[str, ...]:
    """The values of a choice within a class, those of specifications that it does not matter to left out."""
    pooled = [s for s in c.specs if s.model in COUNT_MODELS]  # neither a variance nor, of raw counts, a correction
    matters = {
        "q": [s for s in c.specs if s.has_tau2],
        "counts": pooled,
        "zero_cells": [s for s in c.specs if s not in pooled or s.counts],
        "variance": [s for s in c.specs if s not in pooled],
    }
    return tuple(dict.fromkeys(str(getattr(s, name)) or "as they are" for s in matters[name]))


def _forced(ours: Floats, hits: Any, asked: Sequence[Printed]) -> Any:
    """The place of the one weight that forcing the sum to 100 has moved, shape ``(s,)``; -1 where there is none.

    Where the printed weights add up to 100 and all but one round as printed, a single unit in the odd one is exactly what
    ours, as rounded, lack of 100 or have too much.
    """
    units, values = np.array([p.unit for p in asked]), np.array([p.value for p in asked])
    unit = units.max()
    odd = np.full(len(ours), -1)
    if abs(values.sum() - _TOTAL) > unit / 1000 or not np.allclose(units, unit):
        return odd
    for s in np.flatnonzero((~hits).sum(axis=1) == 1):
        j = int(np.flatnonzero(~hits[s])[0])
        if windows([asked[j].interval().scaled(1.0, shift) for shift in (-unit, unit)]).contain(ours[s, j]).any():
            odd[s] = j
    return odd


class Way(NamedTuple):
    """One way to a study's own effect and interval."""

    measure: str
    variance: str
    zero_cells: str
    level: float

    def __str__(self) -> str:
        """In words."""
        variance = f" (variance {self.variance})" if self.variance != "LS" else ""
        return f"{self.measure}{variance}, {self.zero_cells}, {100 * self.level:g} %"


@dataclass(frozen=True)
class RowMatch:
    """What gives the printed result of one study.

    Attributes
    ----------
    line, label : of its row
    printed : which of ``estimate``, ``ci_low`` and ``ci_high`` are printed
    ways : what gives all of them, in the order of the results
    computable : whether any way gives the study an effect at all
    """

    line: int
    label: str
    printed: tuple[str, ...]
    ways: tuple[Way, ...]
    computable: bool = True


@dataclass(frozen=True)
class RowsMatched:
    """What gives the printed results of all studies.

    Attributes
    ----------
    rows : study by study; rows that print nothing are not in it
    joint : the ways that give every computable study's printed result
    counts : how many studies each way explains, most first
    """

    rows: tuple[RowMatch, ...]
    joint: tuple[Way, ...]
    counts: Mapping[Way, int]

    @property
    def best(self) -> int:
        """How many studies the best way explains."""
        return next(iter(self.counts.values()), 0)

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures that explain all computable studies."""
        return tuple(dict.fromkeys(w.measure for w in self.joint))

    def missed(self, way: Way) -> tuple[RowMatch, ...]:
        """Studies that one way does not explain although they could be computed."""
        return tuple(r for r in self.rows if r.computable and way not in r.ways)


def printed_rows(rows: Sequence[Converted]) -> dict[str, Windows]:
    """The intervals of the printed effects and limits of rows, by quantity; each of shape ``(r,)``, on the scale of its row."""
    return {name: windows([printed_window(r.row, column) for r in rows]) for name, column in _PRINTED.items()}


def by_rows(rows: Sequence[Converted], results: Results, *, levels: Collection[float] | None = None) -> RowsMatched:
    """Which measure, variance, zero-cell rule and level give the printed effect and interval of every study.

    Intervals of single studies are normal, on the analysis scale. A row that states its level (``ci_level``) keeps it.

    Parameters
    ----------
    rows : the analysis's rows, those of the results in the same order
    results : specifications, evaluated on them
    levels : confidence levels that are tried; by default those of the specifications
    """
    known = tuple(dict.fromkeys(levels or (s.level for s in results.specs)))
    first = _variants(results)
    printed = printed_rows(rows)
    asked: Any = np.logical_or.reduce([w.given for w in printed.values()])
    own = np.array([level_of(r.row) if r.row.text("ci_level") else np.nan for r in rows], dtype=float)
    as_analysed = np.array([on_analysis_scale(r.row) for r in rows], dtype=bool)
    fits = np.zeros((len(first), len(known), len(rows)), dtype=bool)
    for a, i in enumerate(first.values()):
        (y, v), code, n = results.studies(i), results.specs[i].measure, results.people[i]

        def shown(x: Floats, code: str = code, n: Floats = n) -> Floats:
            return np.where(as_analysed, x, back(x, code, n))

        estimate = ~printed["estimate"].given | printed["estimate"].contain(shown(y))
        for b, level in enumerate(known):
            half = ndtri(0.5 + np.where(np.isnan(own), level, own) / 2) * np.sqrt(v)
            low, high = printed["ci_low"], printed["ci_high"]
            fits[a, b] = (
                estimate
                & (~low.given | low.contain(shown(y - half)))
                & (~high.given | high.contain(shown(y + half)))
                & np.isfinite(y)
            )
    ways = [Way(*key, level) for key in first for level in known]
    return _gathered(results, ways, fits.reshape(len(ways), len(rows)), printed=printed, asked=asked)


def _variants(results: Results) -> dict[tuple[str, str, str], int]:
    """The first specification of each variant of the studies' effects; pooling of raw counts has no part in them."""
    found: dict[tuple[str, str, str], int] = {}
    for i in _firsts(results):
        s = results.specs[i]
        if s.model not in COUNT_MODELS and np.isfinite(results.studies(i)[0]).any():
            found.setdefault((s.measure, s.variance, s.zero_cells), i)
    return found


def _firsts(results: Results) -> list[int]:
    """In their order, specifications that did not fail: all of them, or the first of each variant where a plan says which share one."""
    if results.plan is None:
        return [i for i in range(len(results.specs)) if i not in results.failed]
    part = results.plan.part("variant")
    if not results.failed:
        return [int(i) for i in part.first]
    stands = np.ones(len(results.specs), dtype=bool)
    stands[list(results.failed)] = False
    there = np.flatnonzero(stands)
    return [int(i) for i in there[np.sort(np.unique(part.of[there], return_index=True)[1])]]


def _gathered(
    results: Results, ways: Sequence[Way], fits: Any, *, printed: Mapping[str, Windows], asked: Any
) -> RowsMatched:
    computable: Any = results.computable
    out = []
    for j in np.flatnonzero(asked).tolist():
        of_row = tuple(ways[w] for w in np.flatnonzero(fits[:, j]).tolist())
        names = tuple(n for n, w in printed.items() if w.given[j])
        out.append(RowMatch(results.lines[j], results.labels[j], names, of_row, bool(computable[j])))
    counted: Any = asked & computable
    number = fits[:, counted].sum(axis=1)
    order = np.argsort(-number, kind="stable")
    joint = tuple(w for w, n in zip(ways, number, strict=True) if n == counted.sum()) if counted.any() else ()
    return RowsMatched(tuple(out), joint, {ways[i]: int(number[i]) for i in order.tolist() if number[i]})
