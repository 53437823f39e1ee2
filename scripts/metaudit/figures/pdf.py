"""A figure as PDF: matplotlib's writer, with a quicker cut of the font it embeds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib import _text_helpers
from matplotlib.backends import _backend_pdf_ps
from matplotlib.ft2font import LoadFlags

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RC = {"pdf.fonttype": 42, "pdf.compression": 6, "path.simplify": False}
_LETTERS = (
    (
        range(0x20, 0x7F),
        range(0xA0, 0x100),
        range(0x3B1, 0x3CA),
        range(0x2010, 0x2027),
        range(0x2212, 0x2213),
        range(0x2264, 0x2266),
        range(0xFB00, 0xFB05),
    ),
    (
        range(0x20, 0x250),
        range(0x370, 0x400),
        range(0x2010, 0x2060),
        range(0x2070, 0x20A0),
        range(0x2190, 0x21A0),
        range(0x2200, 0x2270),
        range(0xFB00, 0xFB07),
    ),
)
"""Letters of the two fonts that most figures' fonts are cut from: the commonest; and Latin letters with their marks, Greek,
punctuation, raised and lowered figures, arrows, mathematical signs, ligatures.
"""
_NOT_IN_A_PDF = ("FFTM", "GDEF", "GPOS", "GSUB", "MATH", "gasp", "kern", "name")
"""Tables no viewer reads from a font inside a PDF, where every glyph has its place already."""


def pdf_bytes(figure: Figure, title: str) -> bytes:
    """Write a figure as PDF with its letters embedded as TrueType (type 42), without dates and version numbers."""
    metadata: dict[str, str | None] = {"CreationDate": None, "Creator": None, "Producer": None}
    if title:
        metadata["Title"] = title
    buffer = io.BytesIO()
    with matplotlib.rc_context(_RC), _quick_cuts():  # type: ignore[arg-type]
        figure.savefig(buffer, format="pdf", dpi=72, metadata=metadata)
    return buffer.getvalue()


@contextmanager
def _quick_cuts() -> Iterator[None]:
    """Let matplotlib cut its fonts from copies without layout tables: a third of the time, and smaller files.

    It cuts the whole font anew for every figure and has no setting for how; the cut itself stays fontTools'. Nor are glyphs
    loaded one by one that a PDF names by their numbers.
    """
    usual = _backend_pdf_ps.get_glyphs_subset, _text_helpers.layout
    _backend_pdf_ps.get_glyphs_subset, _text_helpers.layout = _cut, _places
    try:
        yield
    finally:
        _backend_pdf_ps.get_glyphs_subset, _text_helpers.layout = usual


def _places(string: str, font: Any, *, features: Any = None, language: Any = None) -> Any:
    """Do what matplotlib's ``layout`` does, but for loading the outlines."""
    return font._layout(string, LoadFlags.NO_HINTING, features=features, language=language)


def _cut(fontfile: Any, glyphs: Any) -> Any:
    """Do what matplotlib's ``get_glyphs_subset`` does, from a copy with fewer tables and, where that will do, fewer glyphs."""
    for step in range(len(_LETTERS)):
        few, places = _usual(str(fontfile), step)
        if all(g in places for g in glyphs):
            font, last = _subset(few, gids=[places[g] for g in glyphs])
            kept = {old: last[new] for old, new in places.items() if new in last}
            return _backend_pdf_ps.SubsetResults(font, kept)._as_cm()
    font, places = _subset(_plain(str(fontfile)), gids=glyphs)
    return _backend_pdf_ps.SubsetResults(font, places)._as_cm()


def _subset(content: bytes, **wanted: Any) -> tuple[Any, dict[int, int]]:
    """Cut a font; the font, and for each number of a glyph that is left its number in the new font."""
    from fontTools import subset

    options = subset.Options(hinting=False, glyph_names=False, layout_features=[], recalc_timestamp=False)
    font = subset.load_font(io.BytesIO(content), options, dontLoadGlyphNames=True)
    font.setGlyphOrder(
        [f"glyph{i:05d}" for i in range(font["maxp"].numGlyphs)]
    )  # else it makes up names from the letters
    cutter = subset.Subsetter(options=options)
    cutter.populate(**wanted)
    cutter.subset(font)
    return font, dict(cutter.glyph_index_map)


@cache
def _usual(path: str, step: int) -> tuple[bytes, dict[int, int]]:
    """Return a font with some of _LETTERS alone, and for each of their glyphs its number there.

    A cut reads the tables of all glyphs of a font, six thousand of them, to keep fifty; from here it reads a few hundred.
    """
    font, places = _subset(_plain(path), unicodes=[u for letters in _LETTERS[step] for u in letters])
    few = io.BytesIO()
    font.save(few)
    return few.getvalue(), places


@cache
def _plain(path: str) -> bytes:
    """Return a font without the tables of _NOT_IN_A_PDF; glyphs keep their numbers."""
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(Path(path).read_bytes()), recalcTimestamp=False)
    for table in _NOT_IN_A_PDF:
        if table in font:
            del font[table]
    plain = io.BytesIO()
    font.save(plain)
    return plain.getvalue()
