"""The font of a figure inside its SVG: only the letters used, so that text stays text and looks the same everywhere."""

from __future__ import annotations

import base64
import io
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.figures.style import FONT
from metaudit.figures.typeset import font_file

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMON = (
    ((0x20, 0x17F), (0x391, 0x3C9), (0x2010, 0x2044), (0x2070, 0x208E), (0x2190, 0x2193), (0x2212, 0x2265), (0x25A1, 0x25A1)),
    ((0x20, 0x24F), (0x2B0, 0x2FF), (0x370, 0x52F), (0x1E00, 0x22FF), (0x25A0, 0x25FF)),
)  # fmt: skip
"""Blocks of the two fonts that most figures' fonts are cut from: cutting costs what the source is long."""
_CORE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 %&'()+,-./:;<=>[]\u00b2\u2013\u2212"
"""Characters every font holds, used or not: figures then share a few fonts, and cutting one takes 0.05 s."""
_NAMES, _ENGLISH = (0, 1, 2, 4, 6), 0x409  # browsers refuse a font without names
_WEIGHTS = {False: 400, True: 700}


def font_faces(regular: Iterable[str], bold: Iterable[str]) -> str:
    """Write the ``@font-face`` rules that hold these characters and the common ones; empty where there are none.

    The same characters give the same bytes. Kerning is kept, because the texts were measured with it; ligatures and
    hints are not.
    """
    faces = []
    for weight, characters in ((False, regular), (True, bold)):
        used = {c for c in characters if c.strip()}
        wanted = "".join(sorted(used | set(_CORE)))
        if used:
            faces.append(
                f"@font-face{{font-family:'{FONT}';font-weight:{_WEIGHTS[weight]};"
                f"src:url(data:font/woff2;base64,{_encoded(wanted, weight)}) format('woff2')}}"
            )
    return "".join(faces)


@lru_cache(maxsize=256)
def _encoded(characters: str, bold: bool) -> str:
    held = (all(any(low <= ord(c) <= high for low, high in blocks) for c in characters) for blocks in _COMMON)
    step = next((i for i, holds in enumerate(held) if holds), len(_COMMON))
    source = _source(step, bold)
    return base64.b64encode(_cut(source, [ord(c) for c in characters], flavor="woff2")).decode("ascii")


@cache
def _source(step: int, bold: bool) -> bytes:
    """Return the font of some of _COMMON, or the whole one beyond the last."""
    if step == len(_COMMON):
        return Path(font_file(bold)).read_bytes()
    return _cut(_source(step + 1, bold), [u for low, high in _COMMON[step] for u in range(low, high + 1)])


def _cut(source: bytes, characters: list[int], flavor: str | None = None) -> bytes:
    from fontTools import subset

    options = subset.Options(
        hinting=False,
        layout_features=["kern"],
        notdef_outline=True,
        recalc_timestamp=False,
        flavor=flavor,
        drop_tables=[*subset.Options().drop_tables, "FFTM", "GSUB", "GDEF", "MATH", "gasp"],
    )
    font = subset.load_font(io.BytesIO(source), options, dontLoadGlyphNames=True)
    font.setGlyphOrder(
        [f"glyph{i:05d}" for i in range(font["maxp"].numGlyphs)]
    )  # else it makes up names from the letters
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    names = font["name"]
    del font["name"]  # for it the cutter walks through every value of every table, looking for more names in use
    cutter.subset(font)
    names.names = [n for n in names.names if n.nameID in _NAMES and n.isUnicode() and n.langID == _ENGLISH]
    font["name"] = names
    cut = io.BytesIO()
    subset.save_font(font, cut, options)
    return cut.getvalue()
