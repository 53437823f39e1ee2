"""What cannot be right in the rows of an imported table, named by the row and column of the file it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from metaudit.errors import Problem
from metaudit.formats.columns import BIAS_PREFIX, EXTRACTION
from metaudit.formats.rules import check_row
from metaudit.formats.tables import Row, check_cell
from metaudit.imports.grid_table import Table
from metaudit.imports.shapes_values import Record

_COLUMNS = {c.name: c for c in EXTRACTION}
_DROP = "If the cell is right, give its column another name or {drop: why} in mapping.yaml."


def check_rows(rows: Sequence[dict[str, str]], records: Sequence[Record], table: Table) -> list[Problem]:
    """Every problem of every row: cells that are no count or out of range, events above n, limits that do not surround."""
    problems: list[Problem] = []
    for cells, record in zip(rows, records, strict=True):
        row = Row(record.line.number, dict(cells))
        who = f" (study {cells['study']!r})"
        found = [
            problem
            for name, text in cells.items()
            if name in _COLUMNS
            and not name.startswith(BIAS_PREFIX)
            and name not in ("source", "certainty")
            and (problem := check_cell(row, _COLUMNS[name], text, who, table.shown)) is not None
        ]
        if not found:
            found = list(check_row(row, table.shown))
        problems += [_at(p, record, table) for p in found]
    return problems


def _at(problem: Problem, record: Record, table: Table) -> Problem:
    """The problem with the heading of the file in place of our column."""
    name = record.names.get(problem.column, "")
    if not name:
        return problem
    letter = record.line.letters.get(name) or table.letters.get(name, "")
    ours = f", which holds {problem.column}" if name != problem.column else ""
    fix = problem.fix if problem.rule in ("events-without-n", "unlabelled-spread") else f"{problem.fix} {_DROP}"
    return replace(problem, column=f"{letter} ({name}){ours}", fix=fix)
