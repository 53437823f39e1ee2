"""Where each letter of a line stands.

matplotlib lays out a line in about 0.02 ms a letter, letter by letter anew for every line. Of plain letters, whose places follow
from their advances, from the kerning of neighbours and from a few tied letters, the same is added up here from what was measured
once; every other line is matplotlib's. Both give the same numbers, to the last bit (``tests/unit/figures/test_shaping.py``).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags

from metaudit.figures.style import FONT, MEASURING_DPI
from metaudit.figures.truetype import face_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.ft2font import FT2Font

_TIED = re.compile("ff[il]|f[fil]")
"""Letters that DejaVu Sans ties (its feature ``liga``), the longest first."""
_TIED_TO = {"ff": "\ufb00", "fi": "\ufb01", "fl": "\ufb02", "ffi": "\ufb03", "ffl": "\ufb04"}
_PLAIN = frozenset(
    chr(code)
    for first, last in (
        (0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x17F), (0x391, 0x3A1), (0x3A3, 0x3C9), (0x2010, 0x2010), (0x2012, 0x2015),
        (0x2018, 0x201E), (0x2020, 0x2022), (0x2026, 0x2026), (0x2030, 0x2030), (0x2032, 0x2033), (0x2070, 0x2071),
        (0x2074, 0x208E), (0x2190, 0x2193), (0x2200, 0x22FF), (0x25A1, 0x25A1), (0x2713, 0x2713),
    )
    for code in range(first, last + 1)
)  # fmt: skip
"""Letters that stand side by side: no marks above others, nothing written from the right, nothing invisible."""
_LATIN = frozenset(c for c in _PLAIN if c.isalpha() and c != "\u00b5" and not "\u0391" <= c <= "\u03c9")
_GREEK = frozenset(c for c in _PLAIN if "\u0391" <= c <= "\u03c9")
_OPENED = re.compile(f"[^{''.join(sorted(_LATIN))}]*[(<\\[{{\u00ab\u2018\u201c]")
"""A line in which a quotation or a bracket opens before the first letter: its end is of no script, whatever it stands beside."""


class Glyph(NamedTuple):
    """One glyph of a line.

    Attributes
    ----------
    characters : what it stands for; several where letters are tied
    number : its number in the font
    x : where it stands, points from the start of the line
    kern : how much farther from the last than that is wide, points
    """

    characters: str
    number: int
    x: float
    kern: float


class _Measured(NamedTuple):
    """A glyph alone: its number, how far it moves the pen in 1/64 px, and the same unrounded in px."""

    number: int
    advance: int
    exact: float


@cache
def font_file(bold: bool = False) -> str:
    """Where the font of the figures lies; matplotlib brings it along."""
    return findfont(FontProperties(family=FONT, weight="bold" if bold else "normal"), fallback_to_default=False)


@lru_cache(maxsize=8192)
def glyphs(text: str, size: float, bold: bool) -> tuple[Glyph, ...]:
    """Lay out one line as a PDF shows it, in points of the size asked for."""
    line = _set_at(size, bold, 72, False)
    units = line.units(text)
    if units is None:
        items = line.font()._layout(text, line.flags)  # no public way
        return tuple(Glyph(i.char, i.glyph_index, i.x, i.prev_kern) for i in items)
    measured = [line.glyph(u) for u in units]
    found: list[Glyph] = []
    pen, last = 0, 0.0
    for unit, glyph, place in zip(units, measured, line.places(text, units, measured), strict=True):
        kern = place / 64 - pen / 64 - last if found else 0.0
        found.append(Glyph(unit, glyph.number, place / 64, kern))
        pen, last = place, glyph.exact
    return tuple(found)


@lru_cache(maxsize=8192)
def drawn_width(text: str, size: float, bold: bool) -> float:
    """How far a line moves the pen as a PDF shows it, points."""
    return _set_at(size, bold, 72, False).moved(text)


def measured_width(text: str, size: float, bold: bool) -> float:
    """How far a line moves the pen as the renderer measures it, with hints, points."""
    return _set_at(size, bold, int(MEASURING_DPI), True).moved(text) * 72.0 / MEASURING_DPI


@cache
def _set_at(size: float, bold: bool, dpi: int, hinted: bool) -> _Line:
    return _Line(size, bold, dpi, LoadFlags.DEFAULT if hinted else LoadFlags.NO_HINTING)


class _Line:
    """Lines of one face and size; lengths in 1/64 px."""

    def __init__(self, size: float, bold: bool, dpi: int, flags: LoadFlags) -> None:
        self._size, self._bold, self._dpi, self.flags = size, bold, dpi, flags
        self._face = face_of(font_file(bold))
        self._scale = (int(size * 64) * dpi + 36) // 72
        self._known: dict[str, _Measured] = {}

    def font(self) -> FT2Font:
        """Matplotlib's font, set to this size."""
        font = get_font(font_file(self._bold))
        font.clear()
        font.set_size(self._size, self._dpi)
        return font

    def moved(self, text: str) -> float:
        """How far the line moves the pen, px."""
        units = self.units(text)
        if units is None:
            font = self.font()
            font.set_text(text, 0.0, flags=self.flags)
            return float(font.get_width_height()[0]) / 64
        measured = [self.glyph(u) for u in units]
        places = self.places(text, units, measured)
        return (places[-1] + measured[-1].advance) / 64 if units else 0.0

    def units(self, text: str) -> list[str] | None:
        """Letters of a line, tied ones together; None where their places are not a matter of adding up."""
        if not _PLAIN.issuperset(text):
            return None
        units = _split(text)
        if any(self.glyph(u).number == 0 for u in units):
            return None
        # Which script a sign belongs to, and whether it is kerned there, is not always for us to say.
        unsure = not _GREEK.isdisjoint(text) or _OPENED.match(text)
        if unsure and any(self._kern(a, b) and not (a in _LATIN and b in _LATIN) for a, b in pairwise(units)):
            return None
        return units

    def glyph(self, unit: str) -> _Measured:
        """A letter, or some tied ones, as measured alone."""
        found = self._known.get(unit)
        if found is None:
            font = self.font()
            number = font.get_char_index(ord(_TIED_TO.get(unit, unit)))
            glyph = font.load_glyph(number, flags=self.flags)
            found = _Measured(number, glyph.horiAdvance, glyph.linearHoriAdvance / 65536)
            self._known[unit] = found
        return found

    def places(self, text: str, units: Sequence[str], measured: Sequence[_Measured]) -> list[int]:
        """Where each stands; neighbours are kerned in lines that hold Latin letters."""
        kerned = not _LATIN.isdisjoint(text)
        places, pen, last = [], 0, ""
        for unit, glyph in zip(units, measured, strict=True):
            if kerned and last:
                pen += self._kern(last, unit)
            places.append(pen)
            pen += glyph.advance
            last = unit
        return places

    def _kern(self, first: str, second: str) -> int:
        value = self._face.kerning.get((self.glyph(first).number, self.glyph(second).number), 0)
        return (2 * value * self._scale + self._face.units) // (2 * self._face.units) if value else 0


def _split(text: str) -> list[str]:
    if "ff" not in text and "fi" not in text and "fl" not in text:
        return list(text)
    units, start = [], 0
    for found in _TIED.finditer(text):
        units += [*text[start : found.start()], found[0]]
        start = found.end()
    return [*units, *text[start:]]
