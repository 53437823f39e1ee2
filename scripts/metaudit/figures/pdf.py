"""A scene as PDF: one page, its letters embedded as TrueType, no dates, no versions."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from metaudit.figures.pdf_file import PdfFile, number
from metaudit.figures.pdf_font import Embedded
from metaudit.figures.scene import OUTLINES, Disc, Line, Marks, Polygon, Text
from metaudit.figures.shaping import drawn_width, glyphs
from metaudit.figures.style import hex_of, opacity_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaudit.figures.scene import Mark, Point, Scene

_BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0}
"""Share of a text's width that lies before its place."""
_MITER, _ROUND = "0 j", "1 j"
_ARC, _HALF = 0.2652031, math.sqrt(0.5)
_DISC: tuple[Point, ...] = (
    (0, -1), (_ARC, -1), (_HALF - _HALF * _ARC, -_HALF - _HALF * _ARC), (_HALF, -_HALF),
    (_HALF + _HALF * _ARC, -_HALF + _HALF * _ARC), (1, -_ARC), (1, 0),
    (1, _ARC), (_HALF + _HALF * _ARC, _HALF - _HALF * _ARC), (_HALF, _HALF),
    (_HALF - _HALF * _ARC, _HALF + _HALF * _ARC), (_ARC, 1), (0, 1),
    (-_ARC, 1), (-_HALF + _HALF * _ARC, _HALF + _HALF * _ARC), (-_HALF, _HALF),
    (-_HALF - _HALF * _ARC, _HALF - _HALF * _ARC), (-1, _ARC), (-1, 0),
    (-1, -_ARC), (-_HALF - _HALF * _ARC, -_HALF + _HALF * _ARC), (-_HALF, -_HALF),
    (-_HALF + _HALF * _ARC, -_HALF - _HALF * _ARC), (-_ARC, -1), (0, -1),
)  # fmt: skip
"""A round outline of eight Bézier curves: Lancaster, Approximating a Circle or an Ellipse Using Four Bezier Cubic Splines."""


def pdf_bytes(figure: Scene, title: str) -> bytes:
    """Write a figure drawn on a Sheet as PDF; the same figure gives the same bytes."""
    page = _Page(figure)
    file = PdfFile()
    contents = file.add_stream(page.contents())
    named = {
        "Font": {name: f"{font.write(file)} 0 R" for name, font in page.fonts.items()},
        "ExtGState": page.states,
    }
    file.add_page(figure.width, figure.height, contents=contents, named=named)
    return file.finish(title)


class _Page:
    """What a page draws, written operator by operator (ISO 32000-1:2008, annex A); what stays as it was is not said again."""

    def __init__(self, figure: Scene) -> None:
        self.figure = figure
        self.fonts: dict[str, Embedded] = {}
        self.states: dict[str, str] = {}
        self._lines: list[str] = []
        self._state: dict[str, str] = {}
        self._say("1 g", f"0 0 {number(figure.width)} {number(figure.height)} re f")
        for marks in figure.levels().values():
            for mark in marks:
                self._draw(mark)

    def contents(self) -> bytes:
        """The stream of the page."""
        return "\n".join(self._lines).encode("ascii")

    def _say(self, *lines: str) -> None:
        self._lines += lines

    def _set(self, what: str, value: str) -> None:
        """Set a colour, a width, dashes or a kind of corner, unless it is set so already."""
        if self._state.get(what) != value:
            self._state[what] = value
            self._lines.append(value)

    def _draw(self, mark: Mark) -> None:
        if isinstance(mark, Text):
            self._text(mark)
        elif isinstance(mark, Line):
            self._line(mark)
        else:
            self._areas(mark)

    def _line(self, line: Line) -> None:
        path = "\n".join(self._polyline(line.points))
        if not path:
            return
        self._set("join", _ROUND)
        self._pen(line.colour, line.width)
        dashes = " ".join(number(d * line.width) for d in line.dashes or ())
        self._set("dash", f"[{dashes}] 0 d")
        self._say(path, "S")

    def _areas(self, mark: Polygon | Disc | Marks) -> None:
        """Draw shapes one by one: later ones lie over earlier ones."""
        paint = {(True, True): "B", (True, False): "f", (False, True): "S", (False, False): "n"}
        self._set("join", _ROUND if isinstance(mark, Marks) else _MITER)
        if mark.fill:
            self._fill(mark.fill)
        rimmed = bool(mark.edge and mark.width)
        if mark.edge and rimmed:
            self._pen(mark.edge, mark.width)
            self._set("dash", "[] 0 d")
        for path in self._outlines(mark):
            self._say(path, "h", paint[bool(mark.fill), rimmed])

    def _fill(self, colour: str) -> None:
        self._set("fill", f"{_colour(colour)} rg")
        self._see_through("fill-opacity", "ca", opacity_of(colour))

    def _pen(self, colour: str, width: float) -> None:
        self._set("width", f"{number(width)} w")
        self._set("stroke", f"{_colour(colour)} RG")
        self._see_through("stroke-opacity", "CA", opacity_of(colour))

    def _see_through(self, what: str, key: str, opacity: float) -> None:
        """Set how opaque fills or strokes are, with a graphics state named after it."""
        if opacity < 1 or what in self._state:
            name = f"{key}{round(255 * opacity)}"
            self.states[name] = f"<< /{key} {number(opacity)} >>"
            self._set(what, f"/{name} gs")

    def _outlines(self, mark: Polygon | Disc | Marks) -> Iterator[str]:
        if isinstance(mark, Polygon):
            corners = [p for p in mark.points if math.isfinite(p[0]) and math.isfinite(p[1])]
            if len(corners) > 1 and tuple(corners[0]) == tuple(corners[-1]):
                corners.pop()
            if corners:
                yield "\n".join(self._polyline(corners))
        elif isinstance(mark, Disc):
            yield self._curves(mark.place, [(mark.radius * x, mark.radius * y) for x, y in _DISC])
        else:
            corners = [(mark.radius * x, -mark.radius * y) for x, y in OUTLINES[mark.shape]]
            for x, y in mark.places:
                if math.isfinite(x) and math.isfinite(y):
                    at = [(x + a, y + b) for a, b in corners]
                    yield self._curves((x, y), corners) if mark.shape == "circle" else "\n".join(self._polyline(at))

    def _polyline(self, points: Sequence[Point]) -> Iterator[str]:
        """Write a path through some points; after one that is nowhere the pen is set anew."""
        step = "m"
        for x, y in points:
            if math.isfinite(x) and math.isfinite(y):
                yield f"{self._place(x, y)} {step}"
                step = "l"
            else:
                step = "m"

    def _curves(self, centre: Point, around: Sequence[Point]) -> str:
        """Write a path of Bézier curves: where it starts, then two handles and an end each."""
        at = [self._place(centre[0] + x, centre[1] + y) for x, y in around]
        return "\n".join([f"{at[0]} m", *(" ".join(at[i : i + 3]) + " c" for i in range(1, len(at), 3))])

    def _place(self, x: float, y: float) -> str:
        return f"{number(x)} {number(self.figure.height - y)}"

    def _text(self, text: Text) -> None:
        turned = math.radians(text.rotation)
        across, up = math.cos(turned), math.sin(turned)
        back = _BEFORE[text.align]
        back *= drawn_width(text.text, text.size, text.bold) if back else 0.0
        x, y = text.place[0] - back * across, self.figure.height - text.place[1] - back * up
        name = "F2" if text.bold else "F1"
        font = self.fonts.setdefault(name, Embedded(text.bold))
        self._fill(text.colour)
        matrix = " ".join(number(v, 10) for v in (across, up, -up, across, x, y))
        self._say(f"BT /{name} {number(text.size)} Tf {matrix} Tm")
        start = 0.0
        for at, shown in font.runs(glyphs(text.text, text.size, text.bold), text.size):
            if at != start:
                self._say(f"{number(at - start)} 0 Td")
                start = at
            self._say(f"[{shown}] TJ")
        self._say("ET")


@lru_cache(maxsize=256)
def _colour(colour: str) -> str:
    digits = hex_of(colour)
    return " ".join(number(int(digits[i : i + 2], 16) / 255) for i in (1, 3, 5))
