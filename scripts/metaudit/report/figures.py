"""Figures put into a page: several SVG files share one name space, so their ids are made different."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {"forest": "Forest plot", "funnel": "Funnel plot"}

_BEFORE_ROOT = re.compile(r"\A.*?(?=<svg\b)", re.DOTALL)
_COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)
_METADATA = re.compile(r"<metadata\b.*?</metadata>\s*|<metadata\b[^>]*/>\s*", re.DOTALL)
_SCRIPTS = re.compile(r"<script\b.*?</script>\s*|<script\b[^>]*/>\s*", re.DOTALL | re.IGNORECASE)
_ID = re.compile(r"""(\sid=["'])([^"']+)""")
_HREF = re.compile(r"""(\s(?:xlink:)?href=["']#)([^"']+)""")
_URL = re.compile(r"""(url\(\s*["']?#)([^"')]+)""")
_LABELS = re.compile(r"""(\saria-(?:labelledby|describedby)=["'])([^"']+)""")
_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL)
_ROOT = re.compile(r"<svg\b[^>]*>", re.DOTALL)
_EVERYTHING = re.compile(r"(^|[}\s,])\*(?=\s*[{,])")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of one analysis, ready to be put into a page."""

    kind: str
    caption: str
    svg: Markup


def inline(text: str, *, prefix: str, label: str) -> Markup:
    """Root element of an SVG file with every id and every reference to one prefixed.

    Parameters
    ----------
    text : the file
    prefix : put before each id, unique in the page
    label : what the figure shows, for those who do not see it
    """
    body = _COMMENTS.sub("", _BEFORE_ROOT.sub("", text, count=1))
    for unwanted in (_METADATA, _SCRIPTS):
        body = unwanted.sub("", body)
    for pattern in (_ID, _HREF, _URL):
        body = pattern.sub(lambda found: f"{found[1]}{prefix}{found[2]}", body)
    body = _LABELS.sub(lambda f: f[1] + " ".join(prefix + word for word in f[2].split()), body)
    body = _STYLE.sub(lambda f: f[1] + _EVERYTHING.sub(rf"\1.{prefix}svg *", f[2]) + f[3], body)
    return Markup(_ROOT.sub(lambda f: _root(f[0], prefix, label), body, count=1).strip())


def _root(tag: str, prefix: str, label: str) -> str:
    """Root tag that scales with the page and names itself to a screen reader."""
    kept = re.sub(r"""\s(?:role|class|aria-label|aria-labelledby|aria-describedby)=("[^"]*"|'[^']*')""", "", tag[:-1])
    width = re.search(r"""\swidth=["']([\d.]+)pt""", kept)
    kept = re.sub(r"""\s(?:width|height)=("[^"]*"|'[^']*')""", "", kept)
    size = f' style="width:{float(width[1]) * 4 / 3:.0f}px"' if width else ""
    name = Markup.escape(label)
    return f'{kept} class="{prefix}svg" role="img" aria-label="{name}"{size}>'


def figures(folder: Path, analysis: str, *, number: int, title: str) -> tuple[Figure, ...]:
    """Figures of one analysis that exist, forest first."""
    found = []
    for kind, words in KINDS.items():
        path = folder / f"{analysis}.{kind}.svg"
        if path.is_file():
            svg = inline(path.read_text(encoding="utf-8"), prefix=f"f{number}{kind}-", label=f"{words}: {title}")
            found.append(Figure(kind=kind, caption=words, svg=svg))
    return tuple(found)
