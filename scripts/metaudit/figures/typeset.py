"""How wide a text is, measured with the renderer that draws it; wrapping; characters the font lacks."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from matplotlib.font_manager import FontProperties, get_font

from metaudit.audit_words import numbers
from metaudit.figures.shaping import font_file, measured_width
from metaudit.figures.style import FONT

_MISSING = "\u25a1"


@cache
def font(size: float, bold: bool = False) -> FontProperties:
    """Return the font of one text."""
    return FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")


@cache
def _known_characters() -> frozenset[str]:
    return frozenset(map(chr, get_font(font_file()).get_charmap()))


@cache
def width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line in points, as the renderer measures it."""
    return measured_width(printable(text), size, bold) if text else 0.0


def printable(text: str) -> str:
    """Put a text on one line, with a box for every character the font cannot draw."""
    line, known = " ".join(text.split()), _known_characters()
    return line if known.issuperset(line) else "".join(c if c in known else _MISSING for c in line)


def wrap(text: str, size: float, limit: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than ``limit`` points; a single longer word is broken inside.

    A number stays with its sign and its unit (``I² = 92.1 %``).
    """
    lines: list[str] = []
    line = _Line("", 0.0, 0.0)
    for tied in numbers.tied(printable(text)).split(" "):
        word = tied.replace("\u00a0", " ")
        longer = _longer(line, word, size, bold)
        if longer.low <= limit < longer.high:
            exact = width(longer.text, size, bold)
            longer = _Line(longer.text, exact, exact)
        if longer.high <= limit:
            line = longer
            continue
        if line.text:
            lines.append(line.text)
        *full, last = _pieces(word, size, limit, bold)
        lines += full
        alone = width(last, size, bold)
        line = _Line(last, alone, alone)
    return [*lines, line.text] if line.text else lines


class _Line(NamedTuple):
    """A line that grows, and the limits of its width."""

    text: str
    low: float
    high: float


def _longer(line: _Line, word: str, size: float, bold: bool) -> _Line:
    """The line with one more word, measured word by word: measuring all of it again for every word takes ten times as long.

    What is not known without measuring is the room between the two words: a space less or more what letters leave free at
    their sides, or take there, and kerning; together between nothing and a whole letter's height.
    """
    alone = width(word, size, bold)
    if not line.text:
        return _Line(word, alone, alone)
    return _Line(f"{line.text} {word}", line.low + alone, line.high + alone + size)


def _pieces(word: str, size: float, limit: float, bold: bool) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and width(pieces[-1] + character, size, bold) > limit:
            pieces.append("")
        pieces[-1] += character
    return pieces
