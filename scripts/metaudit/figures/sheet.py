"""A sheet of paper measured in points from its upper left corner."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Polygon
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from metaudit.figures.style import BODY, INK, MEASURING_DPI, THIN
from metaudit.figures.typeset import font, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.backend_bases import RendererBase

_BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0}
"""Share of a text's width that lies before its place."""

Align = Literal["left", "center", "right"]
Point = tuple[float, float]


class _Line(Text):
    """One line of plain text on its baseline.

    Drawn without matplotlib's layout, which shapes every text once more to know the height of its box and, where it stands
    to the right of its place, a width that changes nothing.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw it; the base class does the same for texts of any kind."""
        text, angle = self.get_text(), float(self.get_rotation())
        x, y = self.get_transform().transform(self.get_position())
        back = _BEFORE[self.get_horizontalalignment()]
        if back:
            back *= renderer.get_text_width_height_descent(text, self.get_fontproperties(), False)[0]
            turned = math.radians(angle)
            x, y = x - back * math.cos(turned), y - back * math.sin(turned)
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        renderer.open_group("text", self.get_gid())
        gc = renderer.new_gc()
        gc.set_foreground(to_rgba(self.get_color()), isRGBA=True)
        renderer.draw_text(gc, x, y, text, self.get_fontproperties(), angle, ismath=False, mtext=self)
        gc.restore()
        renderer.close_group("text")
        self.stale = False


class Sheet:
    """A matplotlib figure of a fixed size, drawn on in points, y growing downward."""

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self.figure = Figure(figsize=(width / 72, height / 72), dpi=MEASURING_DPI, facecolor="white")
        FigureCanvasAgg(self.figure)
        to_inches = Affine2D().scale(1 / 72, -1 / 72).translate(0, height / 72)
        self._transform = to_inches + self.figure.dpi_scale_trans

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
        if not text:
            return
        artist = _Line(
            x,
            baseline,
            printable(text),
            fontproperties=font(size, bold),
            color=colour,
            ha=align,
            va="baseline",
            rotation=rotation,
            rotation_mode="anchor",
            parse_math=False,
        )
        self._add(artist, name, order=5)

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
        artist = Line2D(
            [x for x, _ in points],
            [y for _, y in points],
            color=colour,
            linewidth=width,
            linestyle=(0, dashes) if dashes else "-",
            solid_capstyle="butt",
            dash_capstyle="butt",
        )
        self._add(artist, name, order=order)

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
        artist = Polygon(
            list(points),
            closed=True,
            facecolor=fill or "none",
            edgecolor=edge or "none",
            linewidth=width if edge else 0.0,
            joinstyle="miter",
        )
        self._add(artist, name, order=order)

    def dot(self, place: Point, *, radius: float, fill: str, name: str = "") -> None:
        """Draw a small disc with a white rim, so that overlapping ones can be told apart."""
        artist = Circle(place, radius, facecolor=fill, edgecolor="white", linewidth=0.5)
        self._add(artist, name, order=4)

    def disc(self, place: Point, *, radius: float, fill: str, edge: str, width: float = 0.5, name: str = "") -> None:
        """Draw a disc that carries a sign."""
        self._add(Circle(place, radius, facecolor=fill, edgecolor=edge, linewidth=width), name, order=4)

    def _add(self, artist: Artist, name: str, *, order: float) -> None:
        artist.set_transform(self._transform)
        artist.set_zorder(order)
        if name:
            artist.set_gid(name)
        self.figure.add_artist(artist)
