"""Many edited tables as arrays: the effects of every changed row once, one column a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from metaudit.analyses import numbers_of
from metaudit.edits.changed import Changed, Moved
from metaudit.edits.edit import Change, Edit
from metaudit.edits.whole_table import WholeTable
from metaudit.effects.convert import Converted
from metaudit.effects.table import Table
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.search.batch import COUNT_CELLS, effects_key
from metaudit.specs import Spec

_IF_ANY = "if-any-zero"


@dataclass(frozen=True)
class Tables:
    """``d`` edited tables over ``r`` places: the rows of the analysis, then rows that edits bring in or count twice.

    Attributes
    ----------
    rows : the row that stands in each place before any edit
    inside : which places are pooled in each table, shape ``(r, d)``
    at : for every changed row, its place and its table, shape ``(c, 2)``
    changed : the changed rows themselves, made in full when they are asked for
    effects : of all tables, under the variant of the effects that was asked for last
    """

    rows: tuple[Converted, ...]
    inside: Any
    at: Any
    changed: tuple[Changed, ...]
    effects: dict[tuple[Any, ...], Effected] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def columns(self) -> tuple[Table, Table]:
        """The rows as they stand, and the changed ones, as columns."""
        rows = Table(self.rows)
        return rows, Moved(self.changed, rows, self.at[:, 0])

    def take(self, some: Any) -> Tables:
        """Some of the tables, by their numbers in ascending order."""
        d = self.inside.shape[1]
        if some.size == d:
            return self
        place = np.full(d, -1)
        place[some] = np.arange(some.size)
        kept = np.flatnonzero(place[self.at[:, 1]] >= 0)
        at = np.column_stack([self.at[kept, 0], place[self.at[kept, 1]]])
        known = {key: e.take(some) for key, e in self.effects.items()}
        return Tables(self.rows, self.inside[:, some], at, tuple(self.changed[i] for i in kept.tolist()), known)


def tables_of(
    rows: Sequence[Converted],
    combinations: Sequence[Sequence[Edit]],
    *,
    shared: bool = False,
    everything: WholeTable | None = None,
) -> Tables:
    """Lay out one table for every combination of edits.

    Parameters
    ----------
    rows : the rows that the analysis pools
    combinations : edits that are made together; those of one combination touch different rows
    shared : whether rows that come in, or count twice, share places, as few as a table has of them at most: right where no
        subgroup and no moderator tells them apart and nothing is printed of one alone
    everything : the table that rows come in from, which converts each of them once
    """
    whole = WholeTable() if everything is None else everything
    places = {r.row.line: i for i, r in enumerate(rows)}
    instead = _in_place_of(rows, combinations, places, whole)
    more, incoming, doubles = _further_places(rows, combinations, places, instead=instead, whole=whole)
    out: list[tuple[int, int]] = []
    at: list[tuple[int, int]] = []
    changed: list[Changed] = []
    known: dict[tuple[int, int], Changed] = {}
    further: list[list[int]] = [[] for _ in combinations]
    for j, edits in enumerate(combinations):
        for edit in edits:
            if id(edit) in instead:
                at.append((places[edit.lines[0]], j))
                changed.append(instead[id(edit)])
                continue
            out += [(places[line], j) for line in edit.without]
            further[j] += [incoming[row.line] for row in edit.with_rows if row.line in incoming]
            further[j] += [doubles[line] for line in edit.twice]
            for line, changes in _changes_of(edit):
                at.append((places[line], j))
                changed.append(known.setdefault((id(edit), line), Changed(rows[places[line]], changes)))
    if shared:
        more, cells, others = _sharing(more, further)
        at += [(len(rows) + i, j) for i, j in cells]
        changed += map(Changed, others)
    inside = np.zeros((len(rows) + len(more), len(combinations)), dtype=bool)
    inside[: len(rows)] = True
    if out:
        inside[tuple(np.array(out).T)] = False
    there = [(len(rows) + i, j) for j, own in enumerate(further) for i in own]
    if there:
        inside[tuple(np.array(there).T)] = True
    return Tables((*rows, *more), inside, np.array(at, dtype=int).reshape(-1, 2), tuple(changed))


def _sharing(
    more: Sequence[Converted], further: list[list[int]]
) -> tuple[list[Converted], list[tuple[int, int]], list[Converted]]:
    """As few further places as the tables need: the rows that stand there, and of tables with another one its place and row.

    Parameters
    ----------
    further : of every table, which of ``more`` it has; afterwards, which of the shared places. The first of its rows stands in
        the first of them, so that sums run in the order in which they would with a place for each row
    """
    cells: list[tuple[int, int]] = []
    others: list[Converted] = []
    for j, own in enumerate(further):
        for place, i in enumerate(sorted(set(own))):
            if place != i:
                cells.append((place, j))
                others.append(more[i])
        further[j] = list(range(len(set(own))))
    return list(more[: max(map(len, further), default=0)]), cells, others


def _further_places(
    rows: Sequence[Converted],
    combinations: Sequence[Sequence[Edit]],
    places: Mapping[int, int],
    *,
    instead: Mapping[int, Changed],
    whole: WholeTable,
) -> tuple[list[Converted], dict[int, int], dict[int, int]]:
    """Rows that edits bring in or count twice, and the number of each by its line."""
    more: list[Converted] = []
    incoming: dict[int, int] = {}
    doubles: dict[int, int] = {}
    for edit in (e for edits in combinations for e in edits if e.with_rows or e.twice):
        for row in edit.with_rows:
            if id(edit) not in instead and row.line not in incoming and row.line not in places:
                incoming[row.line] = len(more)
                more.append(whole.converted(row))
        for line in sorted(edit.twice):
            if line not in doubles:
                doubles[line] = len(more)
                more.append(rows[places[line]])
    return more, incoming, doubles


def _in_place_of(
    rows: Sequence[Converted], combinations: Sequence[Sequence[Edit]], places: Mapping[int, int], whole: WholeTable
) -> dict[int, Changed]:
    """By the identity of an edit the row that takes the place of another of the same study, with which what is printed of it is compared.

    A row whose covariates differ may belong to another subgroup and gets a place of its own.
    """
    found: dict[int, Changed] = {}
    for edit in (e for edits in combinations for e in edits if len(e.with_rows) == 1 and id(e) not in found):
        if len(edit.without) == 1 and edit.without == frozenset(edit.lines):
            old, new = rows[places[edit.lines[0]]].row, edit.with_rows[0]
            if old.text("study") == new.text("study") and whole.subgroup(old) == whole.subgroup(new):
                found[id(edit)] = Changed(whole.converted(new))
    return found


def _changes_of(edit: Edit) -> list[tuple[int, tuple[Change, ...]]]:
    """The rows that an edit changes by their lines, with the changes of each."""
    if len(edit.changes) == 1:
        return [(edit.changes[0].line, edit.changes)]
    lines = sorted({c.line for c in edit.changes})
    return [(line, tuple(c for c in edit.changes if c.line == line)) for line in lines]


@dataclass(frozen=True)
class Effected:
    """Effects of all tables under one variant of the effects; shape ``(r, d)`` each."""

    yi: Floats
    vi: Floats
    inside: Any
    cells: Mapping[str, Floats]

    def take(self, some: Any) -> Effected:
        """Those of some of the tables."""
        cells = {name: c[:, some] for name, c in self.cells.items()}
        return Effected(self.yi[:, some], self.vi[:, some], self.inside[:, some], cells)


def effects_of_tables(spec: Spec, tables: Tables) -> Effected:
    """Effects and counts of every place of every table.

    Every changed row is computed as a study of its own, which is right for effects that depend on one study alone. A
    correction of all studies where any has a zero cell is made or not table by table; a variance that looks at all studies
    is refused.

    Raises
    ------
    DataError
    """
    if not depends_on_one_study(spec):
        raise DataError(f"{spec}: its effects depend on all studies together")
    key = effects_key(spec)
    if key not in tables.effects:
        tables.effects.clear()  # methods are tried variant by variant, and the numbers of all would take much memory
        tables.effects[key] = _effects(spec, tables)
    return tables.effects[key]


def _effects(spec: Spec, tables: Tables) -> Effected:
    if _IF_ANY not in spec.zero_cells:
        return _spread(spec, tables)
    touched = _spread(replace(spec, zero_cells=spec.zero_cells.replace(_IF_ANY, "all")), tables)
    drop = spec.zero_cells.partition("+")[2]
    plain = _spread(replace(spec, zero_cells="none" + (f"+{drop}" if drop else "")), tables)
    zero = (_zero_cells(touched.cells) & touched.inside).any(axis=0)
    return Effected(
        np.where(zero, touched.yi, plain.yi), np.where(zero, touched.vi, plain.vi),
        np.where(zero, touched.inside, plain.inside), touched.cells,
    )  # fmt: skip


def _zero_cells(cells: Mapping[str, Floats]) -> Any:
    """Where a study has a cell without, or with only, events; shape ``(r, d)``."""
    found = np.zeros(next(iter(cells.values())).shape, dtype=bool)
    for arm in ("_t", "_c", ""):
        events, n = cells.get(f"events{arm}"), cells.get(f"n{arm}")
        if events is not None:
            found |= events == 0
            if n is not None:
                found |= events == n
    return found


def _spread(spec: Spec, tables: Tables) -> Effected:
    base, moved = (_alone(spec, t) for t in tables.columns)
    d = tables.inside.shape[1]
    out = {}
    for name in ("yi", "vi", *COUNT_CELLS):
        if name not in base and name not in moved:
            continue
        column = base.get(name, np.full(len(tables.rows), np.nan))
        spread = np.repeat(column[:, None], d, axis=1)
        if tables.changed:
            spread[tables.at[:, 0], tables.at[:, 1]] = moved.get(name, np.nan)
        out[name] = spread
    inside = tables.inside & np.isfinite(out["yi"]) & np.isfinite(out["vi"])
    cells = {n: out[n] for n in COUNT_CELLS if n in out}
    return Effected(out["yi"], out["vi"], inside, cells)


def depends_on_one_study(spec: Spec) -> bool:
    """Whether a study's effect depends on its own row only, a correction made where any study has a zero cell apart."""
    return spec.variance not in ("AV", "AVHO")


def _alone(spec: Spec, table: Table) -> dict[str, Floats]:
    """Effects of rows, each by itself; NaN where one has none."""
    if not table.size:
        return {n: np.full(0, np.nan) for n in ("yi", "vi")}
    found = numbers_of(spec, table)
    return {"yi": found.yi, "vi": found.vi, **{n: c for n, c in found.cells.items() if n in COUNT_CELLS}}
