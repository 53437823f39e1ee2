"""The columns of text of a forest plot: the numbers of the arms, the effect, the weight."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaudit.figures.typeset import width
from metaudit.figures.wording import number, value_decimals

if TYPE_CHECKING:
    from metaudit.figures.content import ForestData, Study
    from metaudit.figures.layouts import Layout
    from metaudit.figures.rows import Row
    from metaudit.figures.sheet import Align
    from metaudit.measures import Measure

GAP = 9.0
GROUP_GAP = 16.0
PLOT_GAP = 16.0
_PART_GAP = 4.0

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """One column: its headings and the text of every row, in parts that stand under each other.

    Attributes
    ----------
    heading : lines above the texts, the last nearest to them
    cells : by row, as many parts as the column has
    group : heading shared with its neighbours
    """

    heading: Texts
    cells: tuple[Texts, ...]
    group: str = ""
    align: Align = "right"
    gap: float = GAP


@dataclass(frozen=True)
class PlacedColumn:
    """A column at its place: left and right edge, and the right edge of every part."""

    column: Column
    left: float
    right: float
    rights: tuple[float, ...]

    def moved(self, by: float) -> PlacedColumn:
        """Return the same further to the right."""
        return PlacedColumn(self.column, self.left + by, self.right + by, tuple(r + by for r in self.rights))


@dataclass(frozen=True)
class _Datum:
    """What a column of data holds: one or two columns of the table, and how they are joined."""

    keys: tuple[str, ...]
    heading: str
    group: str = ""
    pattern: str = "{}"
    summed: bool = False


_STEMS = {
    "counts": (("events", True), ("n", True)),
    "means": (("mean", False), ("sd", False), ("n", True)),
    "rates": (("events", True), ("time", True)),
    "proportion": (("events", True), ("n", True)),
    "mean": (("mean", False), ("sd", False), ("n", True)),
    "change": (("mean", False), ("sd", False), ("n", True)),
    "correlation": (("r", False), ("n", True)),
}
_JOINED = {
    "counts": (("events/n", "{}/{}", True),),
    "means": (("n", "{}", True), ("mean (sd)", "{} ({})", False)),
    "rates": (("events/time", "{}/{}", True),),
    "proportion": (("events/n", "{}/{}", True),),
    "mean": (("n", "{}", True), ("mean (sd)", "{} ({})", False)),
    "change": (("n", "{}", True), ("mean (sd)", "{} ({})", False)),
    "correlation": (("r", "{}", False), ("n", "{}", True)),
}
_KEYS = {"events/n": ("events", "n"), "mean (sd)": ("mean", "sd"), "events/time": ("events", "time")}
_HEADINGS = {"events": "Events", "n": "n", "mean": "Mean", "sd": "SD", "time": "Time", "r": "r"}
_ARMED = ("counts", "means", "rates")


def data_keys(kind: str) -> Texts:
    """Name the columns of effects.csv that a forest plot of this kind of data can show."""
    suffixes = ("_t", "_c") if kind in _ARMED else ("",)
    return tuple(f"{stem}{suffix}" for suffix in suffixes for stem, _ in _STEMS.get(kind, ()))


def data_columns(data: ForestData, measure: Measure, rows: Sequence[Row], layout: Layout) -> list[Column]:
    """Set out the numbers each study gave; a column no study fills is left out."""
    columns = []
    for datum in _data(measure, layout):
        values = [[s.values.get(key, math.nan) for key in datum.keys] for s in data.studies]
        if not any(math.isfinite(v) for pair in values for v in pair):
            continue
        decimals = [value_decimals([pair[i] for pair in values]) for i in range(len(datum.keys))]
        cells = tuple(_cell(row, datum, data.studies, decimals, layout) for row in rows)
        columns.append(Column((datum.heading,), cells, datum.group, "center" if layout.centred else "right"))
    return _gapped(columns)


def _data(measure: Measure, layout: Layout) -> Iterable[_Datum]:
    kind = measure.kind
    if kind == "generic" and layout.raw_effects:
        name = measure.name.removesuffix(" as given")
        name = name[:1].upper() + name[1:]
        yield _Datum(("yi",), f"log[{name}]" if measure.ratio else name)
        yield _Datum(("se",), "SE")
        return
    arms = (("_t", layout.words.treatment), ("_c", layout.words.control)) if kind in _ARMED else (("", ""),)
    known = {**_HEADINGS, **layout.headings}
    if not layout.joined:
        for suffix, arm in arms:
            for stem, summed in _STEMS.get(kind, ()):
                yield _Datum((stem + suffix,), known[stem], arm, summed=summed)
        return
    alone = len(_JOINED.get(kind, ())) == 1
    for suffix, arm in arms:
        for name, pattern, summed in _JOINED.get(kind, ()):
            keys = tuple(stem + suffix for stem in _KEYS.get(name, (name,)))
            heading = known.get(name, name)
            yield _Datum(keys, arm if alone and arm else heading, heading if alone and arm else arm, pattern, summed)


def _cell(row: Row, datum: _Datum, studies: Sequence[Study], decimals: Sequence[int], layout: Layout) -> Texts:
    if row.kind == "study":
        values = [studies[row.study].values.get(key, math.nan) for key in datum.keys]
    elif row.members and datum.summed and len(row.members) > 1 and row.kind in _summing(datum, layout):
        columns = [[studies[i].values.get(key, math.nan) for i in row.members] for key in datum.keys]
        values = [math.fsum(c) if all(map(math.isfinite, c)) else math.nan for c in columns]
    else:
        return ("",)
    if all(map(math.isnan, values)):
        return ("",)
    return (datum.pattern.format(*(number(v, d) or "?" for v, d in zip(values, decimals, strict=True))),)


def _summing(datum: _Datum, layout: Layout) -> Texts:
    """Say which rows show the sum of a column: events may have a row of their own."""
    if layout.events_row and datum.keys[0].startswith("events"):
        return ("events",)
    return ("subtotal", "pooled")


def _gapped(columns: Sequence[Column]) -> list[Column]:
    """Set groups apart by more than the columns within them."""
    groups = [c.group for c in columns]
    opens = [i == 0 or groups[i - 1] != group for i, group in enumerate(groups)]
    return [replace(c, gap=GROUP_GAP if o else GAP) for c, o in zip(columns, opens, strict=True)]


def effect_column(data: ForestData, measure: Measure, rows: Sequence[Row], layout: Layout) -> Column:
    """Set out the estimates with their limits."""
    parts = max((len(r.texts) for r in rows), default=1)
    lost = layout.words.not_estimable
    cells = []
    for row in rows:
        texts = row.texts or ("",) * parts
        if row.kind == "study" and not any(texts):
            texts = (lost,)
        cells.append(texts)
    heading = layout.words.effect_heading(measure, data.pooled)
    return Column(heading, tuple(cells), gap=GROUP_GAP)


def weight_column(rows: Sequence[Row], layout: Layout) -> Column | None:
    """Set out the weights; None where no study has one."""
    if not any(math.isfinite(r.weight) for r in rows):
        return None
    cells = tuple((layout.words.weight(r.weight) if math.isfinite(r.weight) else "",) for r in rows)
    return Column((layout.words.weight_heading,), cells, gap=GROUP_GAP if layout.name != "default" else GAP)


def extra_columns(headings: Sequence[str], rows: Sequence[Row]) -> list[Column]:
    """Set out further numbers of the rows, by their ``cells``."""
    columns = [
        Column((heading,), tuple((r.cells[i] if i < len(r.cells) else "",) for r in rows))
        for i, heading in enumerate(headings)
    ]
    return [replace(c, gap=GROUP_GAP) if i == 0 else c for i, c in enumerate(columns)]


def place_columns(columns: Sequence[Column], rows: Sequence[Row], start: float, size: float) -> list[PlacedColumn]:
    """Set columns side by side from ``start`` (points), as wide as their texts; groups as wide as their headings."""
    placed: list[PlacedColumn] = []
    edge = start
    for column in columns:
        parts = _part_widths(column, rows, size)
        texts = math.fsum(parts) + _PART_GAP * (len(parts) - 1)
        texts = max(
            [texts, *(width(c[0], size, r.bold) for c, r in zip(column.cells, rows, strict=True) if len(c) == 1)]
        )
        head = max((width(line, size, bold=True) for line in column.heading), default=0.0)
        left = edge + column.gap
        right = left + max(texts, head)
        rights = [right - math.fsum(w + _PART_GAP for w in parts[i + 1 :]) for i in range(len(parts))]
        placed.append(PlacedColumn(column, left, right, tuple(rights)))
        edge = right
    return _fit_groups(placed, size)


def _part_widths(column: Column, rows: Sequence[Row], size: float) -> list[float]:
    """How wide each part is; a text that stands alone in a column of several parts may reach over all of them."""
    parts = max((len(c) for c in column.cells), default=1)
    whole = [(c, r) for c, r in zip(column.cells, rows, strict=True) if len(c) == parts]
    return [max((width(c[i], size, r.bold) for c, r in whole), default=0.0) for i in range(parts)]


def _fit_groups(placed: Sequence[PlacedColumn], size: float) -> list[PlacedColumn]:
    """Push columns right where a group's heading is wider than its columns."""
    fitted: list[PlacedColumn] = []
    shift = 0.0
    for members in grouped(placed):
        group = members[0].column.group
        short = width(group, size, bold=True) - (members[-1].right - members[0].left) if group else 0.0
        shift += max(0.0, short)
        fitted += [member.moved(shift) for member in members]
    return fitted


def grouped(placed: Sequence[PlacedColumn]) -> list[list[PlacedColumn]]:
    """Neighbours under one heading together."""
    groups: list[list[PlacedColumn]] = []
    for column in placed:
        if groups and column.column.group and groups[-1][0].column.group == column.column.group:
            groups[-1].append(column)
        else:
            groups.append([column])
    return groups
