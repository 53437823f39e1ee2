"""Which rows of the extraction table an analysis is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row


def column_name(name: str, known: Sequence[str]) -> str:
    """A column's full name: covariates may be named with or without their prefix."""
    return COVARIATE_PREFIX + name if COVARIATE_PREFIX + name in known and name not in known else name


def same_value(cell: str, wanted: Any) -> bool:
    """Whether a cell holds a wanted value; numbers of YAML are compared as numbers."""
    if isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        try:
            return float(cell) == float(wanted)
        except (ValueError, OverflowError):  # no number, or a whole number that no float holds
            return False
    return cell == str(wanted)


def matches(row: Row, pick: Mapping[str, Any], known: Sequence[str]) -> bool:
    """Whether a row has one of the wanted values in every named column."""
    return _has(row, _wanted(pick, known))


_Wanted = list[tuple[str, list[Any]]]


def _wanted(pick: Mapping[str, Any], known: Sequence[str]) -> _Wanted:
    """Every named column by its full name, with the values that are wanted in it."""
    return [(column_name(n, known), wanted if isinstance(wanted, list) else [wanted]) for n, wanted in pick.items()]


def _has(row: Row, wanted: _Wanted) -> bool:
    for column, values in wanted:
        cell = row.cells.get(column, "")
        if cell not in values and not any(same_value(cell, v) for v in values):  # the first is quick, for texts
            return False
    return True


def known_columns(rows: Sequence[Row]) -> list[str]:
    """All columns that hold something in these rows, in the order in which they come first."""
    found: dict[str, str] = {}
    for row in rows:
        found.update(row.cells)
    return list(found)


def select_rows(analysis: Analysis, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of an analysis: those it pools, and those its authors left out."""
    known = known_columns(rows)
    wanted = _wanted(analysis.select, known)
    selected = [r for r in rows if _has(r, wanted)]
    if not analysis.exclude:
        return selected, []
    unwanted = _wanted(analysis.exclude, known)
    left_out = [r for r in selected if _has(r, unwanted)]
    return [r for r in selected if r not in left_out], left_out
