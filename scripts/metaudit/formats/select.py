"""Which rows of the extraction table an analysis is about."""

from __future__ import annotations

from collections.abc import Sequence

from metaudit.formats.indexed import indexed
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row


def select_places(analysis: Analysis, rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    """Places in the table of the rows of an analysis: those it pools, and those its authors left out."""
    table = indexed(rows)
    selected = table.places_with(analysis.select)
    if not analysis.exclude:
        return selected, []
    unwanted = set(table.places_with(analysis.exclude))
    return [i for i in selected if i not in unwanted], [i for i in selected if i in unwanted]


def select_rows(analysis: Analysis, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of an analysis: those it pools, and those its authors left out."""
    kept, left_out = select_places(analysis, rows)
    return [rows[i] for i in kept], [rows[i] for i in left_out]
