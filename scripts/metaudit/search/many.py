"""Many analyses at once: effects of one kind, and fits that share an estimator and a size, are one call for all of them.

What an analysis gives does not depend on what it is evaluated with: sums run study by study, and the empty places of a
shorter analysis add nothing (``pooling.batch``). ``search.batch.evaluate_specs`` is this for one analysis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from metaudit.analyses import numbers_of
from metaudit.effects.convert import Converted
from metaudit.effects.table import OF_ALL, Numbers, Table
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.evaluate import Settings, subgroup_values
from metaudit.formats.review import Analysis
from metaudit.records import record
from metaudit.search.columns import Ints
from metaudit.search.exactly import fill_alone
from metaudit.search.fits import fits_of
from metaudit.search.plan import Plan, effects_key, plan_of
from metaudit.search.read import Fits, Reading, of_fits, of_i2, of_intervals, of_predictions, of_tests
from metaudit.search.results import Planned, between_groups
from metaudit.specs import Spec

COUNT_CELLS = ("events_t", "n_t", "events_c", "n_c", "time_t", "time_c", "events", "n")
# Analyses are padded to the largest of their group; a group spans sizes up to this factor.
_SPAN = 1.25
_READ = {"test": of_tests, "interval": of_intervals, "i2": of_i2, "prediction": of_predictions}
_NUMBERS = [f.name for f in fields(Fits) if f.name != "weights"]


@dataclass(frozen=True)
class Problem:
    """One analysis and the specifications it is evaluated under; ``plan`` is what they share, where it is known."""

    rows: Sequence[Converted]
    analysis: Analysis
    specs: Sequence[Spec]
    plan: Plan | None = None


@dataclass(frozen=True)
class _Begun:
    """One analysis on its way: its results, whole and by subgroup, and the counts of every variant."""

    problem: Problem
    plan: Plan
    parts: Mapping[str, Planned]
    cells: dict[int, Mapping[str, Floats]]

    @property
    def whole(self) -> Planned:
        return self.parts[""]


@record
class _Column:
    """One fit that waits for its estimator: whose, of which part, and where its numbers go."""

    begun: _Begun
    part: Planned
    fit: int
    at: int

    @property
    def spec(self) -> Spec:
        return self.begun.plan.fits[self.fit]

    @property
    def variant(self) -> int:
        return int(self.begun.plan.variant_of[self.fit])

    @property
    def size(self) -> int:
        return len(self.part.lines)


def evaluate_many(problems: Sequence[Problem], *, settings: Settings | None = None) -> list[Planned]:
    """Every number of every specification of each analysis, with one call for all fits that share an estimator and a size.

    What arrays do not compute (mixed models, meta-regressions, resampled intervals) goes through ``evaluate`` one by one.

    Parameters
    ----------
    problems : analyses of any sizes

    Returns
    -------
    The results in the order of the problems, with the specifications in theirs; the ones that are not defined for the rows
    hold NaN and their reason stands in ``failed``.
    """
    begun = [_begin(p) for p in problems]
    _enter_effects(begun)
    parts = [(b, part) for b in begun for part in b.parts.values()]
    offsets = np.cumsum([0, *(len(b.plan.fits) for b, _ in parts)])
    table = np.full((len(_NUMBERS), int(offsets[-1])), np.nan)
    for waiting in _by_estimator(parts, offsets).values():
        for group in _sizes(waiting):
            _fit(group, table)
    _read(parts, offsets, _as_fits(table))
    for b in begun:
        if b.plan.alone:
            fill_alone(b.parts, b.problem.rows, b.problem.analysis, settings=settings or Settings())
        if len(b.parts) > 1:
            between_groups(b.whole)
    return [b.whole for b in begun]


def _as_fits(table: Floats) -> Fits:
    numbers: dict[str, Any] = dict(zip(_NUMBERS, table, strict=True))
    return Fits(**numbers, weights=np.empty((0, 0)))


def _begin(problem: Problem) -> _Begun:
    plan = problem.plan or plan_of(problem.specs, one_by_one=bool(problem.analysis.moderators))
    lines, labels = tuple(r.row.line for r in problem.rows), tuple(r.label for r in problem.rows)
    whole = Planned(plan, lines=lines, labels=labels)
    return _Begun(problem, plan, {"": whole}, {})


def _enter_effects(begun: Sequence[_Begun]) -> None:
    """Effects, variances and counts of every variant, those of one variant computed together; then the subgroups."""
    wanted: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for i, b in enumerate(begun):
        for v, spec in enumerate(b.plan.variants):
            wanted.setdefault(effects_key(spec), []).append((i, v))
    tables: dict[tuple[int, ...], tuple[Table, list[_Begun], Ints]] = {}
    for members in wanted.values():
        i, v = members[0]
        those = tuple(j for j, _ in members)
        if those not in tables:  # the variants of one kind of data are those of the same analyses
            some = [begun[j] for j in those]
            rows = [b.problem.rows for b in some]
            tables[those] = Table([r for own in rows for r in own]), some, np.cumsum([0, *map(len, rows)])
        table, some, ends = tables[those]
        own = [(n, u) for n, (_, u) in enumerate(members)]
        for (n, u), (found, failed) in _effects_of_each(begun[i].plan.variants[v], own, some, table, ends):
            j = those[n]
            b = begun[j]
            if failed:
                b.whole.failed.update(dict.fromkeys(_specs_of(b.plan, u), failed))  # type: ignore[attr-defined]
                continue
            b.whole.effects[u], b.whole.variances[u] = found["yi"], found["vi"]
            b.cells[u] = {n: found[n] for n in COUNT_CELLS if n in found}
            b.whole.sizes[u] = _typical_size(b, u, b.whole)
            _enter_people(b, u)
    for b in begun:
        if b.problem.analysis.subgroups:
            _enter_subgroups(b)


def _specs_of(plan: Plan, variant: int) -> list[int]:
    return [int(i) for i in np.flatnonzero(plan.variant_of[plan.part("fit").of] == variant)]


def _typical_size(b: _Begun, variant: int, part: Planned) -> float:
    """Harmonic mean of n where the way back to a proportion needs it (Miller 1978)."""
    if b.plan.variants[variant].measure != "PFT":
        return float("nan")
    n = b.cells[variant]["n"][np.isfinite(part.effects[variant])]
    return float(n.size / np.sum(1 / n)) if n.size else float("nan")


def _enter_people(b: _Begun, variant: int) -> None:
    """The size of each study, by which its own double arcsine goes back."""
    if b.plan.variants[variant].measure == "PFT":
        there = np.isfinite(b.whole.effects[variant])
        b.whole.people_of_rows[there] = b.cells[variant]["n"][there]


def _enter_subgroups(b: _Begun) -> None:
    """The same effects by level; a level is one of the studies that some variant can use."""
    rows = b.problem.rows
    used: Any = np.isfinite(b.whole.effects).any(axis=0)
    if not used.any():
        return
    values = subgroup_values(b.problem.analysis, [r for r, u in zip(rows, used, strict=True) if u])
    of_row = np.full(len(rows), "", dtype=object)
    of_row[used] = values
    parts: dict[str, Planned] = b.parts  # type: ignore[assignment]
    for level in sorted(set(values)):
        inside = used & (of_row == level)
        part = Planned(b.plan, lines=b.whole.lines, labels=b.whole.labels, failed={})
        part.effects[:, inside] = b.whole.effects[:, inside]
        part.variances[:, inside] = b.whole.variances[:, inside]
        for v in b.cells:
            part.sizes[v] = _typical_size(b, v, part)
        parts[level] = b.whole.groups[level] = part  # type: ignore[index]


_Found = tuple[Mapping[str, Floats], str]


def _effects_of_each(
    spec: Spec, members: Sequence[tuple[int, int]], begun: Sequence[_Begun], table: Table, ends: Ints
) -> Iterator[tuple[tuple[int, int], _Found]]:
    """The effects of many analyses under the variant of one specification, computed together.

    A study's effect depends on its own row, except where a correction is made in all studies because one has a zero cell, and
    where a variance looks at all studies; those, and rows that raise an error, are computed analysis by analysis.
    """
    together = "@if-any-zero" not in spec.zero_cells and spec.variance not in OF_ALL
    if together or len(begun) == 1:
        try:
            found = numbers_of(spec, table)
        except DataError:
            pass  # one analysis's error is not the others': each gets its own below
        else:
            for m in members:
                yield m, _cut(spec, found, slice(ends[m[0]], ends[m[0] + 1]))
            return
    for m in members:
        try:
            found = numbers_of(spec, Table(begun[m[0]].problem.rows))
        except DataError as error:
            yield m, ({}, str(error))
        else:
            yield m, _cut(spec, found, slice(None))


def _cut(spec: Spec, found: Numbers, some: slice) -> _Found:
    own = {
        "yi": found.yi[some],
        "vi": found.vi[some],
        **{n: c[some] for n, c in found.cells.items() if n in COUNT_CELLS},
    }
    return own, "" if np.isfinite(own["yi"]).any() else f"no study gives a usable {spec.measure}"


def _by_estimator(parts: Sequence[tuple[_Begun, Planned]], offsets: Ints) -> dict[Any, list[_Column]]:
    """The fits that wait for each estimator; those without a study in their part stay undefined."""
    found: dict[Any, list[_Column]] = {}
    for (b, part), offset in zip(parts, offsets, strict=False):
        there: Any = np.isfinite(part.effects).any(axis=1)
        for f, key in enumerate(b.plan.fit_keys):
            v = int(b.plan.variant_of[f])
            if f in b.plan.alone or not there[v]:
                continue
            names = tuple(b.cells[v]) if len(key) > 2 else ()
            found.setdefault((key, names), []).append(_Column(b, part, f, int(offset) + f))
    return found


def _sizes(waiting: Sequence[_Column]) -> Iterator[list[_Column]]:
    """Groups of columns of nearly one length."""
    group: list[_Column] = []
    for c in sorted(waiting, key=lambda w: w.size):
        if group and c.size > _SPAN * group[0].size:
            yield group
            group = []
        group.append(c)
    if group:
        yield group


def _fit(waiting: Sequence[_Column], table: Floats) -> None:
    """Fit all columns in one call; where one cannot be pooled at all, each alone."""
    try:
        fits = _fits(waiting)
    except DataError as error:
        if len(waiting) > 1:
            for c in waiting:
                _fit([c], table)
        elif waiting[0].part is waiting[0].begun.whole:
            plan, failed = waiting[0].begun.plan, waiting[0].part.failed
            specs = np.flatnonzero(plan.part("fit").of == waiting[0].fit)
            failed.update(dict.fromkeys(map(int, specs), str(error)))  # type: ignore[attr-defined]
        return
    table[:, [c.at for c in waiting]] = [getattr(fits, name) for name in _NUMBERS]
    for j, c in enumerate(waiting):
        c.part.shares[c.fit] = fits.weights[: c.size, j]


def _fits(waiting: Sequence[_Column]) -> Fits:
    size, spec = (max(c.size for c in waiting), len(waiting)), waiting[0].spec
    needed = (
        waiting[0].begun.cells[waiting[0].variant] if len(waiting[0].begun.plan.fit_keys[waiting[0].fit]) > 2 else ()
    )
    y, v = np.full(size, np.nan), np.full(size, np.nan)
    cells = {n: np.full(size, np.nan) for n in needed}  # the others pool effects and variances alone
    for j, c in enumerate(waiting):
        u = c.variant
        y[: c.size, j], v[: c.size, j] = c.part.effects[u], c.part.variances[u]
        for name, values in cells.items():
            values[: c.size, j] = c.begun.cells[u][name]
    return fits_of(spec, y, v, mask=np.isfinite(y) & np.isfinite(v), cells=cells or None)


def _read(parts: Sequence[tuple[_Begun, Planned]], offsets: Ints, fits: Fits) -> None:
    """Read every class of every analysis off its fit."""
    _enter(parts, of_fits(fits), [len(b.plan.fits) for b, _ in parts])
    for name, read in _READ.items():
        at = [b.plan.fits_of(name) + offset for (b, _), offset in zip(parts, offsets, strict=False)]
        if at:
            _enter(parts, read(fits, np.concatenate(at), _joined(parts, name)), [a.size for a in at])


def _joined(parts: Sequence[tuple[_Begun, Planned]], name: str) -> Reading:
    each = [b.plan.readings[name] for b, _ in parts]
    return each[0] if len(each) == 1 else Reading(*map(np.concatenate, zip(*(e.fields for e in each), strict=True)))


def _enter(parts: Sequence[tuple[_Begun, Planned]], numbers: Mapping[str, Floats], sizes: Sequence[int]) -> None:
    ends = np.cumsum([0, *sizes]).tolist()
    for name, values in numbers.items():
        for (_, part), low, high in zip(parts, ends, ends[1:], strict=False):
            part.numbers[name] = values[low:high]
