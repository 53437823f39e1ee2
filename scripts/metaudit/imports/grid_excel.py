"""Sheets of a workbook as rows of text: values as they are shown, dates and formulas marked, hidden parts named."""

from __future__ import annotations

import datetime
import re
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, Problem
from metaudit.imports.archive import unzip
from metaudit.imports.grid import MOST_COLUMNS, MOST_ROWS, Grid, letter, too_large
from metaudit.imports.safe import read_bytes

MOST_CELLS = 1_000_000  # of a sheet, empty ones between filled ones too
_FORMAT = re.compile(r"(?:#,##)?[#0]*0(?:\.(0+))?(%?)(?:_\)|_-|;.*)?")


def excel_grids(path: Path, shown: str) -> tuple[list[Grid], list[Notice]]:
    """Every sheet of an .xlsx workbook that holds cells, hidden ones too, and what to know about them.

    Raises
    ------
    InputError
        when the file is no sound workbook or unpacks to more than a table of studies can be.
    """
    content = read_bytes(path)
    parts = unzip(content, shown).members  # refuses bombs and traps before anything else opens the file
    if any(part.count(b"<row") > MOST_ROWS or part.count(b"<c ") > MOST_CELLS for part in parts.values()):
        raise too_large(shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions of Excel that openpyxl does not know change no value
            values, formulas = _open(content, values=True), _open(content, values=False)
    except Exception as error:  # a damaged part of the workbook comes up as whatever the reader stumbles over
        message = f"the workbook is damaged and cannot be opened ({' '.join(str(error).split())[:100]})."
        raise InputError(
            [Problem(shown, 0, "", "workbook", message, "Open it in a spreadsheet program and save it again as .xlsx.")]
        ) from None
    grids, notices = [], []
    for sheet in values.worksheets:
        place = f"{shown}, sheet {sheet.title}"
        rows, columns = sheet.max_row, sheet.max_column
        if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
            raise too_large(place)
        grid = _grid(sheet, formulas[sheet.title], shown)
        if grid is None:
            continue
        grids.append(grid)
        notices += _hidden(sheet, place)
    if not grids:
        raise InputError(
            [Problem(shown, 0, "", "empty-file", "no sheet of the workbook holds a cell.", "Save the table in it.")]
        )
    return grids, notices


def _open(content: bytes, *, values: bool) -> Any:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(BytesIO(content), data_only=values)
    except InvalidFileException as error:
        raise ValueError(str(error)) from None


def _hidden(sheet: Any, place: str) -> list[Notice]:
    """Hidden sheets, rows and columns are read like the others; a person must know that they were."""
    found = []
    if sheet.sheet_state != "visible":
        found.append(Notice("remark", place, "the sheet is hidden in the workbook."))
    rows = sorted(n for n, d in sheet.row_dimensions.items() if d.hidden and n <= sheet.max_row)
    columns = sorted(n for n, d in sheet.column_dimensions.items() if d.hidden)
    if rows:
        found.append(
            Notice(
                "remark",
                f"{place}, {'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows[:20]))}",
                "hidden in the workbook, and read like the others.",
                "Exclude them in review.yaml when they do not belong.",
            )
        )
    if columns:
        found.append(
            Notice(
                "remark",
                f"{place}, column {', '.join(columns[:20])}",
                "hidden in the workbook, and read like the others.",
            )
        )
    return found


def _grid(sheet: Any, formulas: Any, shown: str) -> Grid | None:
    odd: dict[tuple[int, int], str] = {}
    rows: list[list[str]] = []
    for r, cells in enumerate(sheet.iter_rows()):
        line = []
        for c, cell in enumerate(cells):
            text, kind = _text(cell)
            if cell.value is None and _is_formula(formulas.cell(r + 1, c + 1).value):
                kind = "formula"
            if kind:
                odd[r, c] = kind
            line.append(text)
        rows.append(line)
    for area in sheet.merged_cells.ranges:
        _spread(rows, area, odd)
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((i + 1 for row in rows for i, text in enumerate(row) if text or (0, i) in odd), default=0)
    if not width and not odd:
        return None
    return Grid(shown, sheet.title, tuple(tuple(row[:width]) + ("",) * (width - len(row)) for row in rows), odd)


def _is_formula(value: Any) -> bool:
    return (isinstance(value, str) and value.startswith("=")) or type(value).__name__ in (
        "ArrayFormula",
        "DataTableFormula",
    )


def _spread(rows: list[list[str]], area: Any, odd: dict[tuple[int, int], str]) -> None:
    """What stands in merged cells stands in each of them."""
    top, left = area.min_row - 1, area.min_col - 1
    if top >= len(rows) or left >= len(rows[top]) or not rows[top][left]:
        return
    for r in range(top, min(area.max_row, len(rows))):
        for c in range(left, min(area.max_col, len(rows[r]))):
            rows[r][c] = rows[top][left]
            odd.setdefault((r, c), "merged")


def _text(cell: Any) -> tuple[str, str]:
    """A cell as it is shown, and what it is beside its text."""
    value = cell.value
    if value is None:
        return "", ""
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), ""
    if isinstance(value, int | float):
        return _shown_number(float(value), str(cell.number_format or "General")), ""
    if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
        moment = value.isoformat(sep=" ") if isinstance(value, datetime.datetime) else str(value)
        return moment.removesuffix(" 00:00:00"), "date"
    return " ".join(str(value).split()), ""


def _shown_number(value: float, layout: str) -> str:
    """A number with the digits the sheet shows and no fewer than are stored: 5 shown as 5.0 is ``5.0``; 0.34 as 34 % is ``34%``.

    Excel keeps 15 significant digits; what a binary fraction adds behind them is not part of the number.
    """
    known = _FORMAT.fullmatch(layout.strip())
    percent = bool(known and known[2])
    stored = format(value * 100 if percent else value, ".15g")
    if "e" in stored:
        stored = format(float(stored), "f").rstrip("0").rstrip(".") if abs(float(stored)) >= 1e-6 else stored
    if known and "e" not in stored:
        decimals = len(known[1] or "")
        whole, _, fraction = stored.partition(".")
        if len(fraction) < decimals:
            stored = f"{whole}.{fraction.ljust(decimals, '0')}"
    return stored + ("%" if percent else "")


def cell_name(row: int, column: int) -> str:
    """A cell as a spreadsheet names it, from its row and column, both from 0: ``B7``."""
    return f"{letter(column)}{row + 1}"
