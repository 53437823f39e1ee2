"""What cannot be right in the rows of an imported table, named by the row and column of the file it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from metaudit.errors import Problem
from metaudit.formats.columns import BIAS_PREFIX, EXTRACTION, KEYS
from metaudit.formats.row_rules import check_row
from metaudit.formats.tables import Row, check_cell
from metaudit.imports.grid_table import Table
from metaudit.imports.shapes_values import Record, rows_words

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
    return problems or _twice(rows, records, table)


def _twice(rows: Sequence[dict[str, str]], records: Sequence[Record], table: Table) -> list[Problem]:
    """Rows that nothing tells apart: two arms of one name beside each other, mostly."""
    first: dict[tuple[str, ...], Record] = {}
    problems = []
    for row, record in zip(rows, records, strict=True):
        key = tuple(row.get(k, "") for k in KEYS["extraction.csv"])
        before = first.setdefault(key, record)
        if before is record:
            continue
        name = record.names.get("arm_name", "") or record.names.get("study", "") or record.names.get("author", "")
        letter = record.line.letters.get(name) or table.letters.get(name, "")
        where = rows_words([line.number for r in (before, record) for line in r.lines])
        what = ", ".join(part for part in key if part)
        message = f"nothing tells apart two results of {key[0]!r} ({what}), both from {where}."
        fix = "Where two arms have one name, give them different ones; else say outcome, timepoint or comparison in mapping.yaml."
        problems.append(
            Problem(
                table.shown, record.line.number, f"{letter} ({name})" if name else "", "duplicate-key", message, fix
            )
        )
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
