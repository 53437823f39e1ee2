"""Figures put into a page: several SVG files share one name space, so their ids are made different."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from metaudit.report.figure_kinds import FOLDER, KINDS
from metaudit.report.results import Files, Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaudit.tables.reading import Row

# A figure of more CSS pixels has a row of the page to itself.
WIDE = 620
# Bytes of drawings that a page holds itself; those beyond are loaded as images when they come into view.
ROOM = 700_000

_BEFORE_ROOT = re.compile(r"\A.*?(?=<svg\b)", re.DOTALL)
_COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)
_SCRIPTS = re.compile(r"<script\b.*?</script>\s*|<script\b[^>]*/>\s*", re.DOTALL | re.IGNORECASE)
_UNWANTED = re.compile(
    r"<(metadata|title|desc)\b[^>]*?(?:/>|>.*?</\1>)\s*|@font-face\s*\{[^}]*\}\s*", re.DOTALL | re.IGNORECASE
)
_EMPTY_STYLE = re.compile(r"<style\b[^>]*>\s*</style>\s*|<defs>\s*</defs>\s*")
_ID = re.compile(r"""(\sid=["'])([^"']+)""")
_HREF = re.compile(r"""(\s(?:xlink:)?href=["']#)([^"']+)""")
_URL = re.compile(r"""(url\(\s*["']?#)([^"')]+)""")
_LABELS = re.compile(r"""(\saria-(?:labelledby|describedby)=["'])([^"']+)""")
_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL)
_ROOT = re.compile(r"<svg\b[^>]*>", re.DOTALL)
_EVERYTHING = re.compile(r"(^|[}\s,])\*(?=\s*[{,])")
_WIDTH = re.compile(r"""\swidth=["']([\d.]+)(pt|px)?["']""")
_HEIGHT = re.compile(r"""\sheight=["']([\d.]+)(pt|px)?["']""")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of one analysis, ready to be put into a page.

    Parameters
    ----------
    kind : its short name, such as ``forest``
    caption, reading : what it is and how it is read
    title, alt : of this figure, from its numbers
    svg : the drawing; empty when the page is to load it as an image
    src : address of the file
    width, height : in CSS pixels, 0 where the file does not say
    links : the files to take away
    """

    kind: str
    caption: str
    reading: str
    title: str
    alt: str
    svg: Markup
    src: str
    width: int
    height: int
    links: tuple[Link, ...]

    @property
    def wide(self) -> bool:
        """Whether it needs the width of the page."""
        return self.width > WIDE


class Room:
    """How many more bytes of drawings a page may hold."""

    def __init__(self, size: int = ROOM) -> None:
        self.left = size

    def takes(self, size: int) -> bool:
        """Whether a drawing of so many bytes still fits; if it does, the room shrinks."""
        if size > self.left:
            return False
        self.left -= size
        return True


def inline(text: str, *, prefix: str, label: str) -> Markup:
    """Root element of an SVG file with every id and every reference to one prefixed, without its font.

    Parameters
    ----------
    text : the file
    prefix : put before each id, unique in the page
    label : what the figure shows, for those who do not see it
    """
    body = _BEFORE_ROOT.sub("", text, count=1)
    for unwanted in (_COMMENTS, _SCRIPTS, _UNWANTED, _EMPTY_STYLE):
        body = unwanted.sub("", body)
    for pattern in (_ID, _HREF, _URL):
        body = pattern.sub(lambda found: f"{found[1]}{prefix}{found[2]}", body)
    body = _LABELS.sub(lambda f: f[1] + " ".join(prefix + word for word in f[2].split()), body)
    body = _STYLE.sub(lambda f: f[1] + _EVERYTHING.sub(rf"\1.{prefix}svg *", f[2]) + f[3], body)
    return Markup(_ROOT.sub(lambda f: _root(f[0], prefix, label), body, count=1).strip())


def _root(tag: str, prefix: str, label: str) -> str:
    """Root tag that scales with the page and names itself to a screen reader."""
    kept = re.sub(r"""\s(?:role|class|aria-label|aria-labelledby|aria-describedby)=("[^"]*"|'[^']*')""", "", tag[:-1])
    width = pixels(_WIDTH.search(kept))
    kept = re.sub(r"""\s(?:width|height)=("[^"]*"|'[^']*')""", "", kept)
    size = f' style="width:{width}px"' if width else ""
    name = Markup.escape(label)
    return f'{kept} class="{prefix}svg" role="img" aria-label="{name}"{size}>'


def pixels(found: re.Match[str] | None) -> int:
    """Length of an attribute in CSS pixels; a point is four thirds of one."""
    return round(float(found[1]) * (4 / 3 if found[2] == "pt" else 1)) if found else 0


def figures(
    files: Files, analysis: str, *, number: int, title: str, kinds: tuple[str, ...] = (), room: Room | None = None
) -> tuple[Figure, ...]:
    """Figures of one analysis that exist, in the order of reading.

    Parameters
    ----------
    files : of the review
    analysis : its id
    number : of the analysis in the page, part of every id
    title : of the analysis, for figures whose index has none
    kinds : only these; all when empty
    room : of the page; what does not fit is loaded as an image
    """
    order = list(KINDS)
    rows = [r for r in files.figures.get(analysis, ()) if not kinds or r.get("figure") in kinds]
    rows.sort(key=lambda r: order.index(base) if (base := _base(r["figure"])) else len(order))
    space = room or Room()
    found = (_figure(files, row, number=f"{number}-{place}", title=title, room=space) for place, row in enumerate(rows))
    return tuple(figure for figure in found if figure is not None)


def _base(kind: str) -> str:
    """Known kind of a figure; ``bubble-2`` is a second one of the kind ``bubble``; empty for an unknown one."""
    known = (name for name in KINDS if kind == name or kind.startswith(f"{name}-"))
    return max(known, key=len, default="")


def _figure(files: Files, row: Row, *, number: str, title: str, room: Room) -> Figure | None:
    path = files.folder / FOLDER / (row.get("file") or f"{row['analysis']}.{row['figure']}.svg")
    if path.suffix != ".svg" or not path.is_file():
        return None
    kind = row["figure"]
    caption, reading = KINDS.get(_base(kind), (kind.replace("-", " ").capitalize(), ""))
    text = path.read_text(encoding="utf-8")
    head = _ROOT.search(text)
    said = row.get("title") or f"{caption}: {title}"
    alt = row.get("alt") or ""
    label = f"{said.rstrip('.')}. {alt}".strip()
    svg = inline(text, prefix=f"f{number}-", label=label)
    return Figure(
        kind=kind,
        caption=caption,
        reading=reading,
        title=said,
        alt=alt,
        svg=svg if room.takes(len(svg.encode())) else Markup(""),
        src=files.link(path).href,
        width=pixels(_WIDTH.search(head[0])) if head else 0,
        height=pixels(_HEIGHT.search(head[0])) if head else 0,
        links=tuple(_links(files, path)),
    )


def _links(files: Files, path: Path) -> Iterator[Link]:
    """The file and what lies beside it under the same name."""
    for ending in (".svg", ".pdf", ".png", ".csv"):
        beside = path.with_suffix(ending)
        if beside.is_file():
            yield files.link(beside)
