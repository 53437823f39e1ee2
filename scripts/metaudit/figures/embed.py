"""The font of a figure inside its SVG: only the letters used, so that text stays text and looks the same everywhere."""

from __future__ import annotations

import base64
import io
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metaudit.figures.shaping import font_file
from metaudit.figures.style import FONT

if TYPE_CHECKING:
    from collections.abc import Iterable

_CORE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 %&'()+,-./:;<=>[]\u00b2\u2013\u2212"
"""Characters every font holds, used or not: figures then share a few fonts, and cutting one takes 0.03 s."""
_OFTEN = '!"#$*?@\\^_`{|}~\u00a3\u00a7\u00b1\u00b3\u00b5\u00b7\u00b9\u00d7\u00df\u00e0\u00e1\u00e4\u00e7\u00e8\u00e9\u00eb\u00ed\u00f1\u00f3\u00f6'
_OFTEN += "\u00f8\u00fc\u03b1\u03b2\u03c1\u03c3\u03c4\u03c7\u2019\u201c\u201d\u2020\u2021\u2026\u2190\u2192\u221a\u2248\u2260\u2264\u2265\u2713"
"""Characters that figures often use besides."""
_COMMON = (
    tuple((ord(c), ord(c)) for c in _CORE + _OFTEN),
    ((0x20, 0x17F), (0x391, 0x3C9), (0x2010, 0x2044), (0x2070, 0x208E), (0x2190, 0x2193), (0x2212, 0x2265), (0x25A1, 0x25A1), (0x2713, 0x2713)),
    ((0x20, 0x24F), (0x2B0, 0x2FF), (0x370, 0x52F), (0x1E00, 0x22FF), (0x25A0, 0x25FF), (0x2713, 0x2713)),
)  # fmt: skip
"""Blocks of the three fonts that most figures' fonts are cut from, each from the next: cutting costs what the source is long."""
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


_TABLES: dict[tuple[int, bool, tuple[tuple[int, int], ...]], bytes] = {}
"""Kerning of fonts cut so far: of which source, and which of its kerned glyphs became which."""


@lru_cache(maxsize=256)
def _encoded(characters: str, bold: bool) -> str:
    held = (all(any(low <= ord(c) <= high for low, high in blocks) for c in characters) for blocks in _COMMON)
    step = next((i for i, holds in enumerate(held) if holds), len(_COMMON))
    codes = [ord(c) for c in characters]
    if step == len(_COMMON):
        font, _ = _cut(_source(step, bold), codes)
    else:
        font, kept = _cut(_unkerned(step, bold), codes)
        _kern(font, _kerning(step, bold, codes, kept=kept))
    return base64.b64encode(_saved(font, flavor="woff2")).decode("ascii")


@cache
def _source(step: int, bold: bool) -> bytes:
    """Return the font of some of _COMMON, or the whole one beyond the last."""
    if step == len(_COMMON):
        return Path(font_file(bold)).read_bytes()
    codes = [u for low, high in _COMMON[step] for u in range(low, high + 1)]
    return _saved(_cut(_source(step + 1, bold), codes)[0])


@cache
def _unkerned(step: int, bold: bool) -> bytes:
    """Return a source without its kerning, which takes most of the time of a cut."""
    font = _loaded(_source(step, bold))
    del font["GPOS"]
    return _saved(font)


def _kerning(step: int, bold: bool, codes: list[int], *, kept: dict[int, int]) -> bytes:
    """Return the kerning of a font cut to some characters: the same for all in which the kerned glyphs have the same numbers.

    Parameters
    ----------
    step, bold : the source
    codes : of the characters
    kept : of all glyphs their numbers in the source and in the cut font
    """
    kerned = _kerned(step, bold)
    key = (step, bold, tuple(sorted((old, new) for old, new in kept.items() if old in kerned)))
    if key not in _TABLES:
        font, _ = _cut(_source(step, bold), codes)
        _TABLES[key] = font.getTableData("GPOS") if "GPOS" in font else b""
    return _TABLES[key]


@cache
def _kerned(step: int, bold: bool) -> frozenset[int]:
    """Return the glyphs that the kerning of a source tells from others."""
    font = _loaded(_source(step, bold))
    named: set[str] = set()
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for pairs in lookup.SubTable:
            named.update(pairs.Coverage.glyphs)
            for classes in (getattr(pairs, name, None) for name in ("ClassDef1", "ClassDef2")):
                named.update(classes.classDefs if classes else ())
            for seconds in getattr(pairs, "PairSet", ()):
                named.update(record.SecondGlyph for record in seconds.PairValueRecord)
    return frozenset(map(font.getGlyphID, named))


def _kern(font: Any, table: bytes) -> None:
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    if table:
        font["GPOS"] = DefaultTable("GPOS")
        font["GPOS"].data = table


def _options() -> Any:
    from fontTools import subset

    return subset.Options(
        hinting=False,
        layout_features=["kern"],
        notdef_outline=True,
        recalc_timestamp=False,
        drop_tables=[*subset.Options().drop_tables, "FFTM", "GSUB", "GDEF", "MATH", "gasp"],
    )


def _loaded(source: bytes) -> Any:
    from fontTools import subset

    font = subset.load_font(io.BytesIO(source), _options(), dontLoadGlyphNames=True)
    font.setGlyphOrder(
        [f"glyph{i:05d}" for i in range(font["maxp"].numGlyphs)]
    )  # else it makes up names from the letters
    return font


def _cut(source: bytes, characters: list[int]) -> tuple[Any, dict[int, int]]:
    """Cut a font to some characters; the font, and of the glyphs left their numbers before and now."""
    from fontTools import subset

    font = _loaded(source)
    cutter = subset.Subsetter(_options())
    cutter.populate(unicodes=characters)
    names = font["name"]
    del font["name"]  # for it the cutter walks through every value of every table, looking for more names in use
    cutter.subset(font)
    names.names = [n for n in names.names if n.nameID in _NAMES and n.isUnicode() and n.langID == _ENGLISH]
    font["name"] = names
    return font, dict(cutter.glyph_index_map)


def _saved(font: Any, flavor: str | None = None) -> bytes:
    font.flavor = flavor
    cut = io.BytesIO()
    font.save(cut, reorderTables=None)
    return cut.getvalue()
