"""A sheet as SVG: text as text, marks of one style together, nothing a viewer must guess.

matplotlib's own SVG writer takes ten times as long and five times the bytes, because it sets every mark apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colors
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from metaudit.figures.embed import font_faces
from metaudit.figures.style import BODY, FONT, INK

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

Colour = tuple[float, float, float, float]

to_hex, to_rgba = lru_cache(maxsize=1024)(colors.to_hex), lru_cache(maxsize=1024)(colors.to_rgba)

_ANCHORS = {"left": "", "center": "middle", "right": "end"}
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


def svg_text(figure: Figure, *, title: str = "", alt: str = "", name: str = "figure") -> str:
    """Write a figure drawn on a Sheet as SVG, without its font.

    Parameters
    ----------
    figure : ``Sheet.figure``
    title, alt : read out by screen readers in place of the drawing
    name : start of the ids of the two, unique in a page that holds several figures

    Raises
    ------
    TypeError
        when something was drawn on the figure otherwise than through a Sheet
    """
    if figure.axes or figure.images or figure.legends:
        raise TypeError("the figure holds matplotlib axes: draw it on a Sheet, so that every text can be placed")
    width, height = (72.0 * side for side in figure.get_size_inches())
    ids = _NOT_A_NAME.sub("-", name)
    labelled = [f"{ids}-{part}" for part, words in (("title", title), ("desc", alt)) if words]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}pt" height="{_n(height)}pt" '
    head += f'viewBox="0 0 {_n(width)} {_n(height)}" role="img"'
    head += f' aria-labelledby="{" ".join(labelled)}"' if labelled else ""
    head += f' font-family="\'{FONT}\', Verdana, sans-serif" font-size="{_n(BODY)}" fill="{INK}">'
    lines = [head]
    lines += [f'<title id="{ids}-title">{escape(title, quote=False)}</title>'] if title else []
    lines += [f'<desc id="{ids}-desc">{escape(alt, quote=False)}</desc>'] if alt else []
    lines.append(f'<rect width="{_n(width)}" height="{_n(height)}" fill="#fff"/>')
    by_order = sorted(figure.artists, key=lambda a: a.get_zorder())
    for order, artists in groupby(by_order, key=lambda a: a.get_zorder()):
        lines += _layer(order, list(artists))
    return "\n".join([*lines, "</svg>", ""])


def with_font(svg: str, regular: Iterable[str], bold: Iterable[str]) -> str:
    """Put the letters of the font into an SVG of ``svg_text``."""
    faces = font_faces(regular, bold)
    style = f"<style>{faces}</style>\n" if faces else ""
    return svg.replace("<rect ", f"{style}<rect ", 1)


def letters(figures: Iterable[Figure]) -> tuple[str, str]:
    """Collect the characters that some figures set in the regular and in the bold face."""
    sets: tuple[set[str], set[str]] = (set(), set())
    for figure in figures:
        for artist in figure.artists:
            if isinstance(artist, Text):
                sets[_is_bold(artist)].update(artist.get_text())
    return "".join(sorted(sets[0])), "".join(sorted(sets[1]))


def _layer(order: float, artists: Sequence[Artist]) -> Iterator[str]:
    """Write what stands on one level; texts by style, since none lies over another; marks in the order drawn."""
    texts = [a for a in artists if isinstance(a, Text)]
    marks = [a for a in artists if not isinstance(a, Text)]
    for style, members in groupby(marks, key=_mark_style):
        yield from _marks(style, list(members))
    for style, members in groupby(sorted(texts, key=_text_style), key=_text_style):
        yield f"<g{style}>" if style else "<g>"
        yield from (_text(t) for t in members)
        yield "</g>"


def _mark_style(artist: Artist) -> str:
    if isinstance(artist, Line2D):
        return _line_style(artist) if _has_line(artist) else _marker_style(artist)
    if isinstance(artist, Patch):
        face, edge = to_rgba(artist.get_facecolor()), to_rgba(artist.get_edgecolor())
        return _fill(face) + _stroke(edge, artist.get_linewidth(), None)
    raise TypeError(
        f"the figure holds a {type(artist).__name__}: draw it on a Sheet, which knows how to write its marks"
    )


def _has_line(line: Line2D) -> bool:
    return line.get_linestyle() not in ("None", "none", " ", "")


def _line_style(line: Line2D) -> str:
    colour = to_rgba(line.get_color(), line.get_alpha())
    return 'fill="none"' + _stroke(colour, line.get_linewidth(), line._dash_pattern[1])  # type: ignore[attr-defined]  # no public way


def _marker_style(line: Line2D) -> str:
    face, edge = (to_rgba(c, line.get_alpha()) for c in (line.get_markerfacecolor(), line.get_markeredgecolor()))
    return _fill(face) + _stroke(edge, line.get_markeredgewidth(), None)


def _fill(colour: Colour) -> str:
    if not colour[3]:
        return 'fill="none"'
    return f'fill="{to_hex(colour)}"' + (f' fill-opacity="{_n(colour[3])}"' if colour[3] < 1 else "")


def _stroke(colour: Colour, width: float, dashes: Sequence[float] | None) -> str:
    if not width or not colour[3]:
        return ""
    style = f' stroke="{to_hex(colour)}" stroke-width="{_n(width)}"'
    style += f' stroke-opacity="{_n(colour[3])}"' if colour[3] < 1 else ""
    return style + (f' stroke-dasharray="{" ".join(map(_n, dashes))}"' if dashes else "")


def _marks(style: str, artists: Sequence[Artist]) -> Iterator[str]:
    """Write marks of one style: lines as one path, shapes that may lie over each other one by one."""
    pieces: list[str] = []
    for artist in artists:
        pieces += _pieces(artist)
    if style.startswith('fill="none"') and all(piece.startswith("M") for piece in pieces):
        yield f'<path {style} d="{"".join(pieces)}"/>'
        return
    yield f"<g {style}>"
    for piece in pieces:
        yield f'<path d="{piece}"/>' if piece.startswith("M") else piece
    yield "</g>"


def _pieces(artist: Artist) -> Iterator[str]:
    """Write the shapes of one artist: path data, or whole elements for circles."""
    if isinstance(artist, Circle):
        yield _circle(artist.get_center(), artist.get_radius())  # type: ignore[arg-type]  # a pair; the stub says float
    elif isinstance(artist, Patch):
        yield _path(artist.get_patch_transform().transform_path(artist.get_path()))
    elif isinstance(artist, Line2D):
        if _has_line(artist):
            yield _path(Path(np.asarray(artist.get_xydata())))
        else:
            yield from _markers(artist)


def _markers(line: Line2D) -> Iterator[str]:
    """Write a mark at every point of a line without a line; matplotlib scales its outline to the size of the mark."""
    shape = line.get_marker()
    if not isinstance(shape, Path):
        raise TypeError(f"marker {shape!r}: give the outline of the mark as a Path")
    outline = np.asarray(shape.vertices, dtype=float)
    scale = float(line.get_markersize()) / 2 / float(np.abs(outline).max())
    is_round = shape.codes is not None and Path.CURVE4 in np.asarray(shape.codes)
    for x, y in np.asarray(line.get_xydata(), dtype=float):
        if is_round:
            yield _circle((x, y), scale * float(np.hypot(*outline[0])))
        else:
            yield _path(Affine2D().scale(scale, -scale).translate(x, y).transform_path(shape))


def _circle(centre: Sequence[float], radius: float) -> str:
    return f'<circle cx="{_n(centre[0])}" cy="{_n(centre[1])}" r="{_n(radius)}"/>'


def _path(path: Path) -> str:
    """Write a path with the shortest commands: across, up, to, curve."""
    steps: list[str] = []
    here = start = ("", "")
    for points, code in path.iter_segments(simplify=False, curves=True):
        if code == Path.CLOSEPOLY:
            steps.append("Z")
            here = start
            continue
        numbers = [_n(v) for v in points]
        there = (numbers[-2], numbers[-1])
        if code == Path.MOVETO:
            steps.append(f"M{there[0]} {there[1]}")
            start = there
        elif code == Path.LINETO and there[1] == here[1]:
            steps.append(f"H{there[0]}")
        elif code == Path.LINETO and there[0] == here[0]:
            steps.append(f"V{there[1]}")
        else:
            steps.append({Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}[code] + " ".join(numbers))
        here = there
    return "".join(steps)


def _text_style(text: Text) -> str:
    size, colour, anchor = (
        float(text.get_fontsize()),
        to_hex(text.get_color()),
        _ANCHORS[text.get_horizontalalignment()],
    )
    style = f' font-size="{_n(size)}"' if size != BODY else ""
    style += ' font-weight="700"' if _is_bold(text) else ""
    style += f' fill="{colour}"' if colour != INK else ""
    return style + (f' text-anchor="{anchor}"' if anchor else "")


def _text(text: Text) -> str:
    (x, y), angle = text.get_position(), float(text.get_rotation())
    turned = f' transform="rotate({_n(-angle)} {_n(x)} {_n(y)})"' if angle else ""
    return f'<text x="{_n(x)}" y="{_n(y)}"{turned}>{escape(text.get_text(), quote=False)}</text>'


def _is_bold(text: Text) -> bool:
    return text.get_fontweight() in ("bold", 700)


def _n(value: float) -> str:
    """Write a length to a hundredth of a point."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
