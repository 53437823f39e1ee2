"""A scene as a figure of matplotlib's: for PNG, and for whoever wants to measure or change it there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib import text as mpl_text
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from matplotlib.patches import Polygon as PolygonPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from metaudit.figures.scene import OUTLINES, Disc, Line, Marks, Polygon, Text
from metaudit.figures.style import MEASURING_DPI
from metaudit.figures.typeset import font

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.backend_bases import RendererBase

    from metaudit.figures.scene import Mark, Scene, Shape

_BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0}
"""Share of a text's width that lies before its place."""


def figure_of(scene: Scene) -> Figure:
    """Make a figure of matplotlib's with one artist for each mark; names become their ``gid``."""
    figure = Figure(figsize=(scene.width / 72, scene.height / 72), dpi=MEASURING_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    to_inches = Affine2D().scale(1 / 72, -1 / 72).translate(0, scene.height / 72)
    transform = to_inches + figure.dpi_scale_trans
    for order, mark in scene.marks:
        artist = _artist(mark)
        artist.set_transform(transform)
        artist.set_zorder(order)
        if mark.name:
            artist.set_gid(mark.name)
        figure.add_artist(artist)
    return figure


class _Line(mpl_text.Text):
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


def _artist(mark: Mark) -> Artist:
    if isinstance(mark, Text):
        return _Line(
            *mark.place,
            mark.text,
            fontproperties=font(mark.size, mark.bold),
            color=mark.colour,
            ha=mark.align,
            va="baseline",
            rotation=mark.rotation,
            rotation_mode="anchor",
            parse_math=False,
        )
    if isinstance(mark, Line):
        return Line2D(
            *_across_and_up(mark.points),
            color=mark.colour,
            linewidth=mark.width,
            linestyle=(0, mark.dashes) if mark.dashes else "-",
            solid_capstyle="butt",
            dash_capstyle="butt",
        )
    if isinstance(mark, Marks):
        return Line2D(
            *_across_and_up(mark.places),
            linestyle="none",
            marker=_outline(mark.shape),
            markersize=2 * mark.radius,
            markerfacecolor=mark.fill or "none",
            markeredgecolor=mark.edge,
            markeredgewidth=mark.width,
        )
    if isinstance(mark, Disc):
        return Circle(mark.place, mark.radius, facecolor=mark.fill, edgecolor=mark.edge, linewidth=mark.width)
    return _patch(mark)


def _patch(mark: Polygon) -> PolygonPatch:
    return PolygonPatch(
        list(mark.points),
        closed=True,
        facecolor=mark.fill or "none",
        edgecolor=mark.edge or "none",
        linewidth=mark.width,
        joinstyle="miter",
    )


def _across_and_up(points: object) -> tuple[list[float], list[float]]:
    listed = list(points)  # type: ignore[call-overload]
    return [x for x, _ in listed], [y for _, y in listed]


def _outline(shape: Shape) -> Path:
    corners = OUTLINES[shape]
    if shape == "circle":
        return Path([*corners, corners[0]], [Path.MOVETO, *[Path.CURVE4] * 12, Path.CLOSEPOLY])
    return Path([*corners, corners[0]], closed=True)
