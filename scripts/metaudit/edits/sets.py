"""Many edited tables as arrays: the effects of every changed row once, one column a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.analyses import effects_of
from metaudit.edits.edit import Edit, edited_row
from metaudit.effects.convert import Converted, convert
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError, PrintedError
from metaudit.formats.tables import Row
from metaudit.search.batch import COUNT_CELLS
from metaudit.specs import Spec


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


def tables_of(rows: Sequence[Converted], combinations: Sequence[Sequence[Edit]]) -> Tables:
    """Lay out one table for every combination of edits.

    Parameters
    ----------
    rows : the rows that the analysis pools
    combinations : edits that are made together; those of one combination touch different rows
    """
    places = {r.row.line: i for i, r in enumerate(rows)}
    more: list[Converted] = []
    incoming: dict[int, int] = {}
    doubles: dict[int, int] = {}
    for edits in combinations:
        for edit in edits:
            for row in edit.with_rows:
                if row.line not in incoming and row.line not in places:
                    incoming[row.line] = len(rows) + len(more)
                    more.append(convert(row))
            for line in sorted(edit.twice):
                if line not in doubles:
                    doubles[line] = len(rows) + len(more)
                    more.append(rows[places[line]])
    everything = (*rows, *more)
    inside = np.zeros((len(everything), len(combinations)), dtype=bool)
    inside[: len(rows)] = True
    at: list[tuple[int, int]] = []
    changed: list[Converted] = []
    made: dict[tuple[Any, ...], Converted] = {}
    for j, edits in enumerate(combinations):
        for edit in edits:
            for line in edit.without:
                inside[places[line], j] = False
            for row in edit.with_rows:
                inside[incoming.get(row.line, places.get(row.line, 0)), j] = True
            for line in edit.twice:
                inside[doubles[line], j] = True
            for line, row in _changed_rows(edit, everything, places, made):
                at.append((places[line], j))
                changed.append(row)
    return Tables(everything, inside, np.array(at, dtype=int).reshape(-1, 2), tuple(changed))


def _changed_rows(
    edit: Edit, rows: Sequence[Converted], places: Mapping[int, int], made: dict[tuple[Any, ...], Converted]
) -> list[tuple[int, Converted]]:
    out = []
    for line in sorted({c.line for c in edit.changes}):
        changes = tuple(c for c in edit.changes if c.line == line)
        if changes not in made:
            made[changes] = _converted(edited_row(rows[places[line]].row, changes))
        out.append((line, made[changes]))
    return out


def _converted(row: Row) -> Converted:
    """A converted row; without any number where the edit leaves nothing that can be converted."""
    try:
        return convert(row)
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

    Every changed row is computed as a study of its own, which is right for effects that depend on one study alone; a
    zero-cell rule or variance that looks at all studies is refused.

    Raises
    ------
    DataError
    """
    if not depends_on_one_study(spec):
        raise DataError(f"{spec}: its effects depend on all studies together")
    base = _alone(spec, tables.rows)
    moved = _alone(spec, tables.changed)
    d = tables.inside.shape[1]
    out = {}
    for name in ("yi", "vi", *COUNT_CELLS):
        if name not in base:
            continue
        spread = np.repeat(base[name][:, None], d, axis=1)
        if tables.changed:
            spread[tables.at[:, 0], tables.at[:, 1]] = moved[name]
        out[name] = spread
    inside = tables.inside & np.isfinite(out["yi"]) & np.isfinite(out["vi"])
    cells = {n: out[n] for n in COUNT_CELLS if n in out}
    return Effected(out["yi"], out["vi"], inside, cells)


def depends_on_one_study(spec: Spec) -> bool:
    """Whether a study's effect depends on its own row only."""
    return "if-any-zero" not in spec.zero_cells and spec.variance not in ("AV", "AVHO")


def _alone(spec: Spec, rows: Sequence[Converted]) -> dict[str, Floats]:
    """Effects of rows, each by itself; NaN where one has none."""
    out = {n: np.full(len(rows), np.nan) for n in ("yi", "vi", *COUNT_CELLS)}
    if not rows:
        return out
    effects = effects_of(spec, rows)
    # One row may stand in several places; what is computed for it holds in all of them.
    found = {id(s): i for i, s in enumerate(effects.studies)}
    for place, row in enumerate(rows):
        i = found.get(id(row))
        if i is None:
            continue
        out["yi"][place], out["vi"][place] = effects.yi[i], effects.vi[i]
        for name in COUNT_CELLS:
            if name in effects.cells:
                out[name][place] = effects.cells[name][i]
    return {n: v for n, v in out.items() if n in ("yi", "vi") or n in effects.cells}
