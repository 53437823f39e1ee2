"""Many edited tables as arrays: the effects of every changed row once, one column a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from metaudit.analyses import numbers_of
from metaudit.edits.edit import Edit, edited_row
from metaudit.effects.convert import Converted, convert, reconvert
from metaudit.effects.table import Table
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError, PrintedError
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.tables import Row
from metaudit.search.batch import COUNT_CELLS
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
    changed : the changed rows themselves
    """

    rows: tuple[Converted, ...]
    inside: Any
    at: Any
    changed: tuple[Converted, ...]

    @cached_property
    def columns(self) -> tuple[Table, Table]:
        """The rows as they stand, and the changed ones, as columns."""
        return Table(self.rows), Table(self.changed)

    def take(self, some: Any) -> Tables:
        """Some of the tables, by their numbers in ascending order."""
        d = self.inside.shape[1]
        if some.size == d:
            return self
        place = np.full(d, -1)
        place[some] = np.arange(some.size)
        kept = np.flatnonzero(place[self.at[:, 1]] >= 0)
        at = np.column_stack([self.at[kept, 0], place[self.at[kept, 1]]])
        return Tables(self.rows, self.inside[:, some], at, tuple(self.changed[i] for i in kept.tolist()))


def tables_of(rows: Sequence[Converted], combinations: Sequence[Sequence[Edit]]) -> Tables:
    """Lay out one table for every combination of edits.

    Parameters
    ----------
    rows : the rows that the analysis pools
    combinations : edits that are made together; those of one combination touch different rows
    """
    places = {r.row.line: i for i, r in enumerate(rows)}
    more, incoming, doubles = _further_places(rows, combinations, places)
    everything = (*rows, *more)
    inside = np.zeros((len(everything), len(combinations)), dtype=bool)
    inside[: len(rows)] = True
    at: list[tuple[int, int]] = []
    changed: list[Converted] = []
    made: dict[tuple[Any, ...], Converted] = {}
    for j, edits in enumerate(combinations):
        for edit in edits:
            other = _in_place(edit, rows, places)
            if other is not None:
                at.append((places[edit.lines[0]], j))
                changed.append(made.setdefault((other.line,), _converted(other)))
                continue
            for line in edit.without:
                inside[places[line], j] = False
            for row in edit.with_rows:
                if row.line in incoming:
                    inside[incoming[row.line], j] = True
            for line in edit.twice:
                inside[doubles[line], j] = True
            for line, study in _changed_rows(edit, everything, places, made):
                at.append((places[line], j))
                changed.append(study)
    return Tables(everything, inside, np.array(at, dtype=int).reshape(-1, 2), tuple(changed))


def _further_places(
    rows: Sequence[Converted], combinations: Sequence[Sequence[Edit]], places: Mapping[int, int]
) -> tuple[list[Converted], dict[int, int], dict[int, int]]:
    """Rows that edits bring in or count twice, and the place of each by its line."""
    more: list[Converted] = []
    incoming: dict[int, int] = {}
    doubles: dict[int, int] = {}
    for edit in (e for edits in combinations for e in edits if e.with_rows or e.twice):
        for row in edit.with_rows:
            new = row.line not in incoming and row.line not in places
            if new and _in_place(edit, rows, places) is None:
                incoming[row.line] = len(rows) + len(more)
                more.append(_converted(row))
        for line in sorted(edit.twice):
            if line not in doubles:
                doubles[line] = len(rows) + len(more)
                more.append(rows[places[line]])
    return more, incoming, doubles


def _in_place(edit: Edit, rows: Sequence[Converted], places: Mapping[int, int]) -> Row | None:
    """The row that takes the place of another of the same study, so that what is printed of the study is compared with it.

    A row whose covariates differ may belong to another subgroup and gets a place of its own.
    """
    if len(edit.with_rows) != 1 or edit.without != frozenset(edit.lines) or len(edit.without) != 1:
        return None
    old, new = rows[places[edit.lines[0]]].row, edit.with_rows[0]
    columns = {c for c in (*old.cells, *new.cells) if c == "study" or c.startswith(COVARIATE_PREFIX)}
    return new if all(old.text(c) == new.text(c) for c in columns) else None


def _changed_rows(
    edit: Edit, rows: Sequence[Converted], places: Mapping[int, int], made: dict[tuple[Any, ...], Converted]
) -> list[tuple[int, Converted]]:
    out = []
    lines = {c.line for c in edit.changes}
    for line in lines if len(lines) < 2 else sorted(lines):
        changes = edit.changes if len(lines) == 1 else tuple(c for c in edit.changes if c.line == line)
        if changes not in made:
            study = rows[places[line]]
            made[changes] = _converted(edited_row(study.row, changes), study, [c.column for c in changes])
        out.append((line, made[changes]))
    return out


def _converted(row: Row, study: Converted | None = None, columns: Sequence[str] = ()) -> Converted:
    """A converted row; without any number where the edit leaves nothing that can be converted.

    ``study`` is the row before some of its ``columns`` were changed.
    """
    try:
        return convert(row) if study is None else reconvert(study, row, columns)
    except (DataError, PrintedError, ValueError, ZeroDivisionError, OverflowError):
        return Converted(row)


@dataclass(frozen=True)
class Effected:
    """Effects of all tables under one variant of the effects; shape ``(r, d)`` each."""

    yi: Floats
    vi: Floats
    inside: Any
    cells: Mapping[str, Floats]


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
    if not table.rows:
        return {n: np.full(0, np.nan) for n in ("yi", "vi")}
    found = numbers_of(spec, table)
    return {"yi": found.yi, "vi": found.vi, **{n: c for n, c in found.cells.items() if n in COUNT_CELLS}}
