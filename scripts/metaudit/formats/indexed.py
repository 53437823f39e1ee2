"""The rows of a table, found by what stands in their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from metaudit.formats.columns import COVARIATE_PREFIX
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


def known_columns(rows: Iterable[Row]) -> list[str]:
    """All columns that hold something in these rows, in the order in which they come first."""
    found: dict[str, str] = {}
    for row in rows:
        found.update(row.cells)
    return list(found)


class Rows(tuple[Row, ...]):
    """Rows in their order. A review with hundreds of analyses is gone through once for a column, not once for each analysis."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process without what was found of them."""
        return type(self), (tuple(self),)

    @cached_property
    def known(self) -> list[str]:
        """All columns that hold something."""
        return known_columns(self)

    @cached_property
    def _places(self) -> dict[str, dict[str, list[int]]]:
        return {}

    def places_by(self, column: str) -> Mapping[str, Sequence[int]]:
        """The places of the rows by what stands in a column; an empty cell is an empty text."""
        if column not in self._places:
            found: dict[str, list[int]] = {}
            for i, row in enumerate(self):
                found.setdefault(row.text(column), []).append(i)
            self._places[column] = found
        return self._places[column]

    def places_with(self, pick: Mapping[str, Any]) -> list[int]:
        """The places of the rows that have one of the wanted values in every named column, in their order.

        Parameters
        ----------
        pick : column, with or without the prefix of covariates, and the value that is wanted or a list of such
        """
        if not pick:
            return list(range(len(self)))
        first, *others = (self._with(name, wanted) for name, wanted in pick.items())
        return sorted(first.intersection(*others))

    def _with(self, name: str, wanted: Any) -> set[int]:
        by_cell = self.places_by(column_name(name, self.known))
        places: set[int] = set()
        for value in wanted if isinstance(wanted, list) else [wanted]:
            if isinstance(value, str):
                places.update(by_cell.get(value, ()))
            else:  # a number may be written in several ways
                places.update(i for cell, own in by_cell.items() if same_value(cell, value) for i in own)
        return places


def indexed(rows: Iterable[Row]) -> Rows:
    """The rows as such a table; one that is one already is given back, with what was found of it."""
    return rows if isinstance(rows, Rows) else Rows(rows)
