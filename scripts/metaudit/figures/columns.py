"""The columns of numbers a forest plot prints beside its labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.figures.style import BODY
from metaudit.figures.typeset import width
from metaudit.figures.wording import number, value_decimals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaudit.figures.content import Study

GAP = 9.0
GROUP_GAP = 16.0


@dataclass(frozen=True)
class DataColumn:
    """One column of data: which number, under which heading, and whether its sum is printed."""

    key: str
    heading: str
    group: str = ""
    summed: bool = False


def _arms(*columns: tuple[str, str, bool]) -> tuple[DataColumn, ...]:
    return tuple(
        DataColumn(f"{stem}_{suffix}", heading, group, summed)
        for suffix, group in (("t", "Treatment"), ("c", "Control"))
        for stem, heading, summed in columns
    )


_ONE_MEAN = (DataColumn("mean", "Mean"), DataColumn("sd", "SD"), DataColumn("n", "n", summed=True))
_TWO_MEANS = _arms(("mean", "Mean", False), ("sd", "SD", False), ("n", "n", True))

COLUMNS: dict[str, tuple[DataColumn, ...]] = {
    "counts": _arms(("events", "Events", True), ("n", "n", True)),
    "means": _TWO_MEANS,
    "rates": _arms(("events", "Events", True), ("time", "Time", True)),
    "proportion": (DataColumn("events", "Events", summed=True), DataColumn("n", "n", summed=True)),
    "mean": _ONE_MEAN,
    "change": _ONE_MEAN,
    "correlation": (DataColumn("r", "r"), DataColumn("n", "n", summed=True)),
    "generic": (),
}


@dataclass(frozen=True)
class PlacedColumn:
    """A column of data with its texts and its place (right edge) on the sheet."""

    heading: str
    group: str
    cells: tuple[str, ...]
    total: str
    left: float
    right: float


def place_columns(kind: str, studies: Sequence[Study], start: float) -> list[PlacedColumn]:
    """Set the columns of a kind of data side by side; a column no study fills is left out.

    Parameters
    ----------
    kind : ``kind`` of the effect measure
    studies : in the order of the figure
    start : where the first column may begin, in points
    """
    placed: list[PlacedColumn] = []
    edge = start
    for column in COLUMNS.get(kind, ()):
        values = [s.values.get(column.key, math.nan) for s in studies]
        if not any(map(math.isfinite, values)):
            continue
        decimals = value_decimals(values)
        cells = tuple(number(v, decimals) for v in values)
        complete = column.summed and len(values) > 1 and all(map(math.isfinite, values))
        total = number(math.fsum(values), decimals) if complete else ""
        new_group = not placed or placed[-1].group != column.group
        left = edge + (GROUP_GAP if new_group else GAP)
        inner = max(width(t, BODY, bold=True) for t in (column.heading, total, *cells))
        placed.append(PlacedColumn(column.heading, column.group, cells, total, left, left + inner))
        edge = left + inner
    return _fit_groups(placed)


def _fit_groups(placed: list[PlacedColumn]) -> list[PlacedColumn]:
    """Push columns right where a group's heading is wider than its columns."""
    fitted: list[PlacedColumn] = []
    shift = 0.0
    for index, column in enumerate(placed):
        opens = index == 0 or placed[index - 1].group != column.group
        if opens and column.group:
            last = max(c.right for c in placed if c.group == column.group)
            shift += max(0.0, width(column.group, BODY, bold=True) - (last - column.left))
        fitted.append(
            PlacedColumn(
                column.heading, column.group, column.cells, column.total, column.left + shift, column.right + shift
            )
        )
    return fitted
