"""A sheet of paper measured in points from its upper left corner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.figures.scene import Align, Disc, Line, Marks, Point, Polygon, Scene, Shape, Text
from metaudit.figures.style import BODY, INK, STUDY, THIN
from metaudit.figures.typeset import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaudit.figures.scene import Mark

__all__ = ["Align", "Point", "Shape", "Sheet"]


class Sheet:
    """A figure of a fixed size, drawn on in points, y growing downward."""

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self.figure = Scene(width, height)

    def text(
        self,
        x: float,
        baseline: float,
        text: str,
        *,
        size: float = BODY,
        align: Align = "left",
        colour: str = INK,
        bold: bool = False,
        rotation: float = 0.0,
        name: str = "",
    ) -> None:
        """Write one line of plain text; nothing in it is read as mathematics."""
        if text:
            self._add(Text((x, baseline), printable(text), size, align, colour, bold, rotation, name), order=5)

    def line(
        self,
        points: Sequence[Point],
        *,
        colour: str = INK,
        width: float = THIN,
        dashes: tuple[float, float] | None = None,
        order: float = 2,
        name: str = "",
    ) -> None:
        """Draw a polyline with flat ends."""
        self._add(Line(points, colour, width, dashes, name), order=order)

    def polygon(
        self,
        points: Sequence[Point],
        *,
        fill: str | None,
        edge: str | None = None,
        width: float = THIN,
        order: float = 3,
        name: str = "",
    ) -> None:
        """Draw a closed shape, filled or hollow."""
        self._add(Polygon(points, fill, edge, width if edge else 0.0, name), order=order)

    def dot(self, place: Point, *, radius: float, fill: str, name: str = "") -> None:
        """Draw a small disc with a white rim, so that overlapping ones can be told apart."""
        self._add(Disc(place, radius, fill, "white", 0.5, name), order=4)

    def disc(self, place: Point, *, radius: float, fill: str, edge: str, width: float = 0.5, name: str = "") -> None:
        """Draw a disc that carries a sign."""
        self._add(Disc(place, radius, fill, edge, width, name), order=4)

    def marks(
        self,
        places: Sequence[Point],
        *,
        radius: float,
        fill: str | None = STUDY,
        edge: str = "white",
        shape: Shape = "circle",
        edge_width: float = 0.5,
        order: float = 4,
        name: str = "",
    ) -> None:
        """Draw the same mark at every place; ``fill`` None leaves it hollow."""
        if places:
            self._add(Marks(places, shape, radius, fill, edge, edge_width, name), order=order)

    def _add(self, mark: Mark, *, order: float) -> None:
        self.figure.marks.append((order, mark))
