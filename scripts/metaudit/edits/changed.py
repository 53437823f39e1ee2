"""Rows with changed cells: one made when it is asked for, and many as columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from metaudit.edits.edit import Change, edited_row
from metaudit.effects.convert import Converted, changed_values, reconvert
from metaudit.effects.table import Table
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError, PrintedError
from metaudit.formats.tables import Row


class Changed:
    """A row of which some cells are changed; it is made when it is asked for, and mostly only its numbers are.

    Parameters
    ----------
    study : the row as it stands
    changes : of its cells; without any it is the row itself
    """

    def __init__(self, study: Converted, changes: tuple[Change, ...] = ()) -> None:
        self.study, self.changes = study, changes

    @cached_property
    def made(self) -> Converted:
        """The row with its changes, converted."""
        if not self.changes:
            return self.study
        row = edited_row(self.study.row, self.changes)
        return _reconverted(self.study, row, [c.column for c in self.changes])

    @cached_property
    def values(self) -> dict[str, float] | None:
        """The numbers that it has otherwise than the row as it stands; None where conversions have a part in them."""
        return changed_values(self.study, {c.column: c.number for c in self.changes})


class Moved(Table):
    """Changed rows as columns: the numbers of the rows before, but for the cells that are changed.

    Parameters
    ----------
    before : all rows before any change
    places : where in it the row of each changed one stands, shape ``(c,)``
    """

    def __init__(self, changed: Sequence[Changed], before: Table, places: Any) -> None:
        super().__init__(())
        self._changed, self._before, self._places = changed, before, places
        self._anew: list[int] = []
        moved: dict[str, tuple[list[int], list[float]]] = {}
        for i, row in enumerate(changed):
            if not row.changes or row.values is None:
                self._anew.append(i)
                continue
            for name, value in row.values.items():
                at, values = moved.setdefault(name, ([], []))
                at.append(i)
                values.append(value)
        self._moved = moved

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self._changed)

    def row(self, i: int) -> Converted:
        """One of the rows."""
        return self._changed[i].made

    def _column(self, name: str) -> Floats:
        out: Floats = self._before.column(name)[self._places]
        at, values = self._moved.get(name, ([], []))
        out[at] = values
        if self._anew:
            out[self._anew] = [values.get(name, math.nan) for values in self._values_anew]
        return out

    @cached_property
    def _values_anew(self) -> list[dict[str, float]]:
        return [self.row(i).values for i in self._anew]


def _reconverted(study: Converted, row: Row, columns: Sequence[str]) -> Converted:
    """A row whose ``columns`` were changed, converted; without any number where the edit leaves nothing that can be."""
    try:
        return reconvert(study, row, columns)
    except (DataError, PrintedError, ValueError, ZeroDivisionError, OverflowError):
        return Converted(row)
