"""A scene as SVG: text as text, marks of one style together, nothing a viewer must guess."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import groupby

from metaudit.figures.embed import font_faces
from metaudit.figures.scene import OUTLINES, Disc, Line, Mark, Marks, Point, Polygon, Scene, Text
from metaudit.figures.style import BODY, FONT, INK, hex_of, opacity_of

_ANCHORS = {"left": "", "center": "middle", "right": "end"}
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


def svg_text(figure: Scene, *, title: str = "", alt: str = "", name: str = "figure") -> str:
    """Write a figure drawn on a Sheet as SVG, without its font.

    Parameters
    ----------
    figure : ``Sheet.figure``
    title, alt : read out by screen readers in place of the drawing
    name : start of the ids of the two, unique in a page that holds several figures

    Raises
    ------
    TypeError
        when it is another figure, such as one of matplotlib's
    """
    if not isinstance(figure, Scene):
        raise TypeError(
            f"the figure is a {type(figure).__name__}: draw it on a Sheet, so that every text can be placed"
        )
    width, height = _n(figure.width), _n(figure.height)
    ids = _NOT_A_NAME.sub("-", name)
    labelled = [f"{ids}-{part}" for part, words in (("title", title), ("desc", alt)) if words]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
    head += f'viewBox="0 0 {width} {height}" role="img"'
    head += f' aria-labelledby="{" ".join(labelled)}"' if labelled else ""
    head += f' font-family="\'{FONT}\', Verdana, sans-serif" font-size="{_n(BODY)}" fill="{INK}">'
    lines = [head]
    lines += [f'<title id="{ids}-title">{escape(title, quote=False)}</title>'] if title else []
    lines += [f'<desc id="{ids}-desc">{escape(alt, quote=False)}</desc>'] if alt else []
    lines.append(f'<rect width="{width}" height="{height}" fill="#fff"/>')
    for marks in figure.levels().values():
        lines += _layer(marks)
    return "\n".join([*lines, "</svg>", ""])


def with_font(svg: str, regular: Iterable[str], bold: Iterable[str]) -> str:
    """Put the letters of the font into an SVG of ``svg_text``."""
    faces = font_faces(regular, bold)
    style = f"<style>{faces}</style>\n" if faces else ""
    return svg.replace("<rect ", f"{style}<rect ", 1)


def letters(figures: Iterable[Scene]) -> tuple[str, str]:
    """Collect the characters that some figures set in the regular and in the bold face."""
    sets: tuple[set[str], set[str]] = (set(), set())
    for figure in figures:
        for _, mark in figure.marks:
            if isinstance(mark, Text):
                sets[mark.bold].update(mark.text)
    return "".join(sorted(sets[0])), "".join(sorted(sets[1]))


def _layer(marks: Sequence[Mark]) -> Iterator[str]:
    """Write what stands on one level; texts by style, since none lies over another; marks in the order drawn."""
    texts = [m for m in marks if isinstance(m, Text)]
    for style, alike in groupby((m for m in marks if not isinstance(m, Text)), key=_mark_style):
        yield from _marks(style, list(alike))
    for style, members in groupby(sorted(texts, key=_text_style), key=_text_style):
        yield f"<g{style}>" if style else "<g>"
        yield from (_text(t) for t in members)
        yield "</g>"


def _mark_style(mark: Mark) -> str:
    if isinstance(mark, Line):
        return _line_style(mark.colour, mark.width, mark.dashes)
    return _area_style(mark.fill, mark.edge, mark.width)  # type: ignore[union-attr]  # no text


@lru_cache(maxsize=256)
def _line_style(colour: str, width: float, dashes: tuple[float, float] | None) -> str:
    style = 'fill="none"' + _stroke(colour, width)
    return style + (f' stroke-dasharray="{" ".join(_n(d * width) for d in dashes)}"' if dashes else "")


@lru_cache(maxsize=256)
def _area_style(fill: str | None, edge: str | None, width: float) -> str:
    return _fill(fill) + _stroke(edge, width)


def _fill(colour: str | None) -> str:
    if not colour:
        return 'fill="none"'
    opacity = opacity_of(colour)
    return f'fill="{hex_of(colour)}"' + (f' fill-opacity="{_n(opacity)}"' if opacity < 1 else "")


def _stroke(colour: str | None, width: float) -> str:
    if not colour or not width:
        return ""
    opacity = opacity_of(colour)
    style = f' stroke="{hex_of(colour)}" stroke-width="{_n(width)}"'
    return style + (f' stroke-opacity="{_n(opacity)}"' if opacity < 1 else "")


def _marks(style: str, marks: Sequence[Mark]) -> Iterator[str]:
    """Write marks of one style: lines as one path, shapes that may lie over each other one by one."""
    pieces = [piece for mark in marks for piece in _pieces(mark)]
    if style.startswith('fill="none"') and all(piece.startswith("M") for piece in pieces):
        yield f'<path {style} d="{"".join(pieces)}"/>'
        return
    yield f"<g {style}>"
    for piece in pieces:
        yield f'<path d="{piece}"/>' if piece.startswith("M") else piece
    yield "</g>"


def _pieces(mark: Mark) -> Iterator[str]:
    """Write the shapes of one mark: path data, or whole elements for circles."""
    if isinstance(mark, Line):
        yield _path(mark.points)
    elif isinstance(mark, Polygon):
        yield _outline(mark.points)
    elif isinstance(mark, Disc):
        yield _circle(mark.place, mark.radius)
    elif isinstance(mark, Marks):
        places = [(x, y) for x, y in mark.places if math.isfinite(x) and math.isfinite(y)]
        for x, y in places:
            if mark.shape == "circle":
                yield _circle((x, y), mark.radius)
            else:
                yield _outline([(mark.radius * a + x, y - mark.radius * b) for a, b in OUTLINES[mark.shape]])


def _circle(centre: Point, radius: float) -> str:
    return f'<circle cx="{_n(centre[0])}" cy="{_n(centre[1])}" r="{_n(radius)}"/>'


def _outline(points: Sequence[Point]) -> str:
    """Write a closed shape; a corner that is nowhere is left out."""
    corners = [p for p in points if math.isfinite(p[0]) and math.isfinite(p[1])]
    if len(corners) > 1 and tuple(corners[0]) == tuple(corners[-1]):
        corners.pop()
    return f"{_path(corners)}Z" if corners else ""


def _path(points: Sequence[Point]) -> str:
    """Write a path with the shortest commands: across, up, to. After a point that is nowhere the pen is set anew."""
    steps: list[str] = []
    x = y = ""
    lifted = True
    for across, down in points:
        if not (math.isfinite(across) and math.isfinite(down)):
            lifted = True
            continue
        last_x, last_y = x, y
        x, y = _n(across), _n(down)
        if lifted:
            steps.append(f"M{x} {y}")
            lifted = False
        elif y == last_y:
            steps.append(f"H{x}")
        elif x == last_x:
            steps.append(f"V{y}")
        else:
            steps.append(f"L{x} {y}")
    return "".join(steps)


def _text_style(text: Text) -> str:
    return _letter_style(text.size, text.align, text.colour, text.bold)


@lru_cache(maxsize=256)
def _letter_style(size: float, align: str, colour: str, bold: bool) -> str:
    style = f' font-size="{_n(size)}"' if size != BODY else ""
    style += ' font-weight="700"' if bold else ""
    style += f' fill="{hex_of(colour)}"' if hex_of(colour) != INK else ""
    return style + (f' text-anchor="{_ANCHORS[align]}"' if _ANCHORS[align] else "")


def _text(text: Text) -> str:
    x, y = _n(text.place[0]), _n(text.place[1])
    turned = f' transform="rotate({_n(-text.rotation)} {x} {y})"' if text.rotation else ""
    return f'<text x="{x}" y="{y}"{turned}>{escape(text.text, quote=False)}</text>'


def _n(value: float) -> str:
    """Write a length to a hundredth of a point."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
