"""A sheet as a table: which rows are its heading, which are studies, and which are titles, units, totals and footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, Problem
from metaudit.imports.grid import Grid, letter
from metaudit.imports.grid_header import UNIT, column_names, find_header, grid_refusal, is_number, row_texts
from metaudit.imports.guess_names import kind_of_row, plain
from metaudit.imports.text_numbers import is_missing, tidy


@dataclass(frozen=True)
class Line:
    """One row of a table.

    Attributes
    ----------
    number : row of the sheet, as a spreadsheet shows it
    cells : text by the name of the column; empty cells too
    letters : where a cell stands, when not in the column's own place
    odd : what a cell is beside its text, by the name of the column
    group : the heading above a block of rows, where there is one
    """

    number: int
    cells: Mapping[str, str]
    letters: Mapping[str, str] = field(default_factory=dict)
    odd: Mapping[str, str] = field(default_factory=dict)
    group: str = ""


@dataclass
class Table:
    """A table of studies, and what stood around it.

    Attributes
    ----------
    file, sheet : where it was read
    header : its rows of headings, counted as a spreadsheet does
    columns : their names, unique
    letters : place of each column
    lines : rows of data
    totals : rows that sum up others, with what they are
    units : unit of a column, where a row below the heading says it
    title : text above the table
    notices : what was left out or guessed
    delimiter : of a text file
    """

    file: str
    sheet: str
    header: tuple[int, ...]
    columns: tuple[str, ...]
    letters: dict[str, str]
    lines: list[Line]
    totals: list[tuple[str, Line]] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    title: str = ""
    notices: list[Notice] = field(default_factory=list)
    delimiter: str = ""

    @property
    def shown(self) -> str:
        """File and sheet, as a place in messages."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file

    def place(self, line: Line, column: str = "") -> str:
        """A cell as a person looks it up: ``data.xlsx, sheet 1, row 7, column C (SD)``."""
        at = line.letters.get(column) or self.letters.get(column, "")
        return f"{self.shown}, row {line.number}" + (f", column {at} ({column})" if column else "")

    def cells(self, column: str) -> list[str]:
        """A column's cells, from top to bottom."""
        return [line.cells.get(column, "") for line in self.lines]


def find_table(grid: Grid, header: tuple[int, ...] | None = None) -> Table:
    """The table of a sheet.

    Parameters
    ----------
    grid : the sheet
    header : rows of its headings, as a spreadsheet counts them, when a person says it

    Raises
    ------
    InputError
        when no row of headings is found, or nothing stands below it.
    """
    if header is not None:
        if not header or max(header) > len(grid.rows) or min(header) < 1:
            raise grid_refusal(
                grid,
                0,
                "header",
                message=f"the sheet has {len(grid.rows)} rows, and the heading is said to be row {header}.",
                fix="Correct header in the mapping.",
            )
        rows = tuple(sorted(h - 1 for h in header))
    else:
        rows = find_header(grid)
    columns = column_names(grid, rows)
    width = len(columns)
    table = Table(
        grid.file,
        grid.sheet,
        tuple(r + 1 for r in rows),
        tuple(c for c in columns if c),
        {},
        [],
        delimiter=grid.delimiter,
    )
    table.letters = {name: letter(i) for i, name in enumerate(columns) if name}
    _above(grid, rows[0], table)
    _body(grid, rows[-1] + 1, columns[:width], table)
    if not table.lines:
        raise grid_refusal(
            grid,
            rows[-1] + 1,
            "no-rows",
            message="no row of data stands below the headings.",
            fix="Check that this is the right sheet, or say header in the mapping.",
        )
    return table


def _above(grid: Grid, first: int, table: Table) -> None:
    for i in range(first):
        cells = list(dict.fromkeys(c for c in row_texts(grid, i) if c))
        if not cells:
            continue
        text = " | ".join(cells)
        if len(cells) == 1 and not table.title:
            table.title = text
        table.notices.append(
            Notice(
                "dropped",
                f"{table.shown}, row {i + 1}",
                f"a row above the headings was not read as data: {text[:200]!r}.",
            )
        )


def _body(grid: Grid, start: int, columns: list[str], table: Table) -> None:
    group = ""
    _whole_rows(grid, start, columns)
    rows = range(start, len(grid.rows))
    last = max((i for i in rows if sum(1 for c in grid.rows[i] if tidy(c)) > 1), default=-1)
    head = [plain(c) for c in columns]
    for i in rows:
        cells = row_texts(grid, i)
        filled = list(dict.fromkeys(c for c in cells if c))
        if not filled or all(re.fullmatch(r"[-=_–—.]{3,}", c) for c in filled):
            continue
        place = f"{table.shown}, row {i + 1}"
        if sum(plain(c) == h and bool(c) for c, h in zip(cells, head, strict=True)) >= max(2, len(filled) - 1):
            table.notices.append(Notice("dropped", place, "the headings stand there again."))
            continue
        if i == start and not table.lines and _is_units(cells):
            table.units = {n: c for n, c in zip(columns, cells, strict=True) if n and c}
            table.notices.append(
                Notice(
                    "remark",
                    place,
                    f"a row of units was read as such: {', '.join(f'{n}: {u}' for n, u in table.units.items())}.",
                )
            )
            continue
        line = Line(
            i + 1,
            {n: c for n, c in zip(columns, cells, strict=True) if n},
            odd={n: grid.odd[i, c] for c, n in enumerate(columns) if n and (i, c) in grid.odd},
            group=group,
        )
        if len(filled) == 1 and not line_has_odd(line) and (len(columns) > 2 or i > last) and not is_number(filled[0]):
            group = _lonely(filled[0], place, table, group, after=i > last)
            continue
        _sort_in(line, cells, place, table)


def _whole_rows(grid: Grid, start: int, columns: list[str]) -> None:
    """Refuse a text file in which some rows have more cells than the headings: an unquoted comma parts a cell in two."""
    if not grid.cells:
        return
    named = max((i + 1 for i, c in enumerate(columns) if c and not c.startswith("(column ")), default=0)
    wide = [i for i in range(start, len(grid.rows)) if grid.cells[i] > named]
    body = [i for i in range(start, len(grid.rows)) if grid.cells[i] > 1]
    if wide and len(wide) < 0.9 * len(body):
        raise InputError(
            [
                Problem(
                    grid.shown,
                    i + 1,
                    "",
                    "ragged-row",
                    f"the row has {grid.cells[i]} cells, the headings {named}.",
                    "Put a cell that holds the separator between quotation marks; a decimal comma needs another separator.",
                )
                for i in wide[:20]
            ]
        )


def line_has_odd(line: Line) -> bool:
    """Whether a row has a cell whose value is a date or was never computed."""
    return any(kind in ("date", "formula") for kind in line.odd.values())


def _lonely(text: str, place: str, table: Table, group: str, *, after: bool) -> str:
    """A row with one cell: a footnote below the table, a heading within it, or a total without numbers."""
    kind = kind_of_row(text)
    if after or kind == "footnote":
        table.notices.append(
            Notice("dropped", place, f"a line of text below or between the rows was not read as data: {text[:300]!r}.")
        )
        return group
    if kind:
        table.notices.append(
            Notice("dropped", place, f"a line that sums up others was not read as a study: {text[:300]!r}.")
        )
        return group
    table.notices.append(
        Notice(
            "guessed",
            place,
            f"{text[:200]!r} was read as the heading of the rows below it.",
            "It stands in x_subgroup.",
        )
    )
    return text


def _sort_in(line: Line, cells: Sequence[str], place: str, table: Table) -> None:
    label = next((c for c in cells[:4] if c), "")
    kind = kind_of_row(label) if not is_number(label) else ""
    words = [c for c in cells if c]
    if kind in ("total", "subtotal") and any(is_number(c) for c in words[1:]):
        table.totals.append((kind, line))
    elif kind:
        table.notices.append(Notice("dropped", place, f"the row is no study: {' | '.join(words)[:300]!r}."))
    else:
        table.lines.append(line)


def _is_units(cells: Sequence[str]) -> bool:
    filled = [c for c in cells if c]
    return (
        len(filled) >= 1
        and all(UNIT.fullmatch(c) or re.fullmatch(r"[(\[].{1,20}[)\]]", c) for c in filled)
        and not is_missing(cells[0] or "x")
    )


def units_of(table: Table) -> Iterator[str]:
    """Units that a row below the headings names, by column."""
    yield from (f"{name}: {unit}" for name, unit in table.units.items())
