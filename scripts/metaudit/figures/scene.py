"""What stands on a sheet, as plain values: texts, lines, shapes, discs and repeated marks, in points, y growing downward.

A file is written straight from it (``svg.py``, ``pdf.py``); matplotlib's own artists, which take many times as long to make,
are made of it where matplotlib draws (``artists.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

Align = Literal["left", "center", "right"]
Shape = Literal["circle", "diamond", "square"]
Point = tuple[float, float]

_HANDLE = 0.5522847498  # handles of the four Bézier curves nearest to a circle
CIRCLE: tuple[Point, ...] = (
    (0, 1), (_HANDLE, 1), (1, _HANDLE), (1, 0), (1, -_HANDLE), (_HANDLE, -1), (0, -1), (-_HANDLE, -1), (-1, -_HANDLE), (-1, 0),
    (-1, _HANDLE), (-_HANDLE, 1), (0, 1),
)  # fmt: skip
"""A round outline: where it starts, then two handles and an end for each quarter."""
OUTLINES: dict[Shape, tuple[Point, ...]] = {
    "circle": CIRCLE,
    "diamond": ((0, 1), (1, 0), (0, -1), (-1, 0)),
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
}
"""Outlines of repeated marks of radius one, y growing upward; all but the circle's are corners."""


class Text(NamedTuple):
    """One line of plain text on its baseline; ``rotation`` in degrees, against the clock, about its place."""

    place: Point
    text: str
    size: float
    align: Align
    colour: str
    bold: bool
    rotation: float
    name: str


class Line(NamedTuple):
    """A polyline with flat ends; where a point is nan, the pen is lifted. ``dashes`` in widths of the line."""

    points: Sequence[Point]
    colour: str
    width: float
    dashes: tuple[float, float] | None
    name: str


class Polygon(NamedTuple):
    """A closed shape; without ``fill`` hollow, without ``edge`` without a rim."""

    points: Sequence[Point]
    fill: str | None
    edge: str | None
    width: float
    name: str


class Disc(NamedTuple):
    """A disc with a rim."""

    place: Point
    radius: float
    fill: str
    edge: str
    width: float
    name: str


class Marks(NamedTuple):
    """The same mark at many places; without ``fill`` hollow."""

    places: Sequence[Point]
    shape: Shape
    radius: float
    fill: str | None
    edge: str
    width: float
    name: str


Mark = Text | Line | Polygon | Disc | Marks


class Scene:
    """A figure of a fixed size: its marks, each with the level it stands on, in the order drawn.

    Attributes
    ----------
    width, height : points
    marks : level and mark; a mark of a higher level lies over one of a lower, of one level the later over the earlier
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.marks: list[tuple[float, Mark]] = []

    def levels(self) -> dict[float, list[Mark]]:
        """The marks of each level, the lowest level first."""
        found: dict[float, list[Mark]] = {}
        for level, mark in self.marks:
            found.setdefault(level, []).append(mark)
        return dict(sorted(found.items()))

    def as_matplotlib(self) -> Figure:
        """Make a figure of matplotlib's of it, to be drawn, measured or changed there."""
        from metaudit.figures.artists import figure_of

        return figure_of(self)
