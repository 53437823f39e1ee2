"""A data frame's rows as the rows of an extraction table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.errors import InputError
from metaudit.formats.columns import EXTRACTION
from metaudit.formats.tables import Row, check_cell

if TYPE_CHECKING:
    import pandas as pd


def rows_of_frame(table: pd.DataFrame) -> list[Row]:
    """Rows with their numbers parsed; a cell that breaks its column's rule raises InputError naming row and column."""
    import pandas as pd

    from metaudit.formats.row_rules import check_row

    columns = {c.name: c for c in EXTRACTION if c.kind in ("count", "number") or c.name in ("pm_is", "effect_type")}
    rows, problems = [], []
    for line, (_, series) in enumerate(table.iterrows(), start=2):
        cells = {str(k): _text(v) for k, v in series.items() if not pd.isna(v) and str(v).strip()}
        row = Row(line, cells)
        who = f" (study {cells['study']!r})" if "study" in cells else ""
        found = [check_cell(row, columns[name], text, who, "table") for name, text in cells.items() if name in columns]
        problems += [p for p in found if p] or list(check_row(row, "table"))
        rows.append(row)
    if problems:
        raise InputError(problems)
    return rows


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
