"""Rows of the extraction table from text, as the reader of the tables makes them."""

from __future__ import annotations

from collections.abc import Mapping

from metaudit.errors import Problem
from metaudit.formats.columns import TABLES
from metaudit.formats.tables import Row, check_cell

_COLUMNS = {c.name: c for c in TABLES["extraction.csv"]}


def made_row(line: int, cells: Mapping[str, str]) -> Row:
    """A row with its numbers read; empty cells are left out."""
    row = Row(line, {name: text for name, text in cells.items() if text})
    for name, text in row.cells.items():
        if name in _COLUMNS:
            check_cell(row, _COLUMNS[name], text, "", "extraction.csv")
    return row


def problems_of(row: Row) -> list[Problem]:
    """What the reader of the tables would say about each cell of a row."""
    fresh = Row(row.line, row.cells)
    found = [check_cell(fresh, _COLUMNS[n], t, "", "extraction.csv") for n, t in row.cells.items() if n in _COLUMNS]
    return [p for p in found if p is not None]
