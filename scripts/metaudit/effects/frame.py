"""A data frame's rows as the rows of an extraction table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.errors import InputError, Problem, PrintedError
from metaudit.formats.columns import EXTRACTION
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed

if TYPE_CHECKING:
    import pandas as pd


def rows_of_frame(table: pd.DataFrame) -> list[Row]:
    """Rows with their numbers parsed; a cell that is no number raises InputError naming its row and column."""
    import pandas as pd

    kinds = {c.name: c.kind for c in EXTRACTION}
    rows, problems = [], []
    for line, (_, series) in enumerate(table.iterrows(), start=2):
        cells = {str(k): _text(v) for k, v in series.items() if not pd.isna(v) and str(v).strip()}
        row = Row(line, cells)
        for name, text in cells.items():
            if kinds.get(name) in ("count", "number"):
                try:
                    row.numbers[name] = parse_printed(text)
                except PrintedError as error:
                    problems.append(Problem("table", line, name, "number", str(error), "An empty cell means: not reported."))
        rows.append(row)
    if problems:
        raise InputError(problems)
    return rows


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
