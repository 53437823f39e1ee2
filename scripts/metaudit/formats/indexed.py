"""The rows of a table, found by what stands in their cells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.tables import Row


def column_name(name: str, known: Sequence[str]) -> str:
    """A column's full name: covariates may be named with or without their prefix."""
    return COVARIATE_PREFIX + name if COVARIATE_PREFIX + name in known and name not in known else name


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
        wanted = [(column, self.cells_with(column, w)) for column, w in self._columns(pick)]
        # From the rarest on: what all rows have in common is not gone through for each analysis.
        counts = [sum(len(self.places_by(column)[cell]) for cell in cells) for column, cells in wanted]
        column, cells = wanted.pop(counts.index(min(counts)))
        places = sorted(i for cell in cells for i in self.places_by(column)[cell])
        return [i for i in places if all(self[i].text(c) in some for c, some in wanted)]

    def _columns(self, pick: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        return ((column_name(name, self.known), wanted) for name, wanted in pick.items())

    def cells_with(self, column: str, wanted: Any) -> set[str]:
        """What stands in a column and is a wanted value, or one of several; numbers of YAML are compared as numbers: 0.5 is 0.50."""
        found: set[str] = set()
        for value in wanted if isinstance(wanted, list) else [wanted]:
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                found.update(self._numbers(column).get(_float(value), ()))
            elif str(value) in self.places_by(column):
                found.add(str(value))
        return found

    @cached_property
    def _cells_by_number(self) -> dict[str, dict[float | None, list[str]]]:
        return {}

    def _numbers(self, column: str) -> Mapping[float | None, Sequence[str]]:
        if column not in self._cells_by_number:
            found: dict[float | None, list[str]] = {}
            for cell in self.places_by(column):
                number = _float(cell)
                if number is not None:
                    found.setdefault(number, []).append(cell)
            self._cells_by_number[column] = found
        return self._cells_by_number[column]


def _float(value: Any) -> float | None:
    """None for what is no number, is equal to none, or is a whole number that no float holds."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(number) else number


def indexed(rows: Iterable[Row]) -> Rows:
    """The rows as such a table; one that is one already is given back, with what was found of it."""
    return rows if isinstance(rows, Rows) else Rows(rows)
