"""Places of letters, added up: to the last bit what matplotlib's own layout says."""

from __future__ import annotations

import random

import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.ft2font import LoadFlags

from metaudit.figures import shaping
from metaudit.figures.shaping import drawn_width, font_file, glyphs, measured_width
from metaudit.figures.style import FONT, MEASURING_DPI

SIZES = (6.5, 7.5, 8.0, 9.0, 7.3)
SIGNS = sorted(shaping._PLAIN - shaping._LATIN - shaping._GREEK)
ASCII = [chr(c) for c in range(0x20, 0x7F)]
SAID = [
    "AV Te VA. “Yo” L’T", "efficacy, affluent, affix, fifth floor, ff", "τ² = 0.309 (95 % CI 0.1 to 0.5), I² = 92.1 %", "−1.96",
    " ", "A ", "-T τ-T T-τ (τ)-Y", "Żółć Ærøskøbing ĳ", "x̂ and e\u0301", "ა", "研究", "مرحبا 12", "a\u00adb", "L·L", "→ 5 ←", "/&>“e%q%T”", "“Te T”. T", "τ “T”", "(T.", "a (T.) “T”",
]  # fmt: skip
"""Kerned, tied, Greek, negative, and what matplotlib has to lay out itself."""


def _set_at(size: float, bold: bool):
    font = get_font(font_file(bold))
    font.clear()
    font.set_size(size, 72)
    return font


def _hold(text: str, size: float, bold: bool) -> None:
    """Compare with matplotlib, which shapes each line with HarfBuzz."""
    weight = "bold" if bold else "normal"
    properties = FontProperties(family=FONT, size=size, weight=weight)
    pixels, _, _ = RendererAgg(1, 1, MEASURING_DPI).get_text_width_height_descent(text, properties, False)
    assert measured_width(text, size, bold) == pixels * 72 / MEASURING_DPI, (text, size, bold)
    items = _set_at(size, bold)._layout(text, LoadFlags.NO_HINTING)
    assert glyphs(text, size, bold) == tuple((i.char, i.glyph_index, i.x, i.prev_kern) for i in items), (
        text,
        size,
        bold,
    )
    font = _set_at(size, bold)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    assert drawn_width(text, size, bold) == font.get_width_height()[0] / 64, (text, size, bold)


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", SAID)
@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_a_line_stands_where_matplotlib_puts_it(text, bold):
    for size in SIZES:
        _hold(text, size, bold)


@pytest.mark.parametrize(
    "letters",
    [sorted(shaping._PLAIN), SIGNS, ASCII, [*"fffilfi.-:“”τΩ", *ASCII]],
    ids=["all", "signs", "ascii", "tied-and-greek"],
)
def test_any_line_of_plain_letters_stands_where_matplotlib_puts_it(letters):
    rng = random.Random(8)
    for _ in range(250):
        text = "".join(rng.choices(letters, k=rng.randint(1, 12)))
        _hold(text, rng.choice(SIZES), rng.random() < 0.5)


def test_kerned_pairs_of_every_letter_stand_where_matplotlib_puts_them():
    """A pair of each letter that is kerned with any, in Latin text."""
    for bold in (False, True):
        line = shaping._set_at(7.5, bold, 72, False)
        names = {line.glyph(c).number: c for c in sorted(shaping._PLAIN)}
        rng = random.Random(9)
        pairs = [(names[a], names[b]) for a, b in shaping.face_of(font_file(bold)).kerning if a in names and b in names]
        assert len(pairs) > 500
        for first, second in rng.sample(pairs, 250):
            _hold(f"H{first}{second}H", 7.5, bold)


def test_most_lines_are_added_up_and_others_left_to_matplotlib():
    line = shaping._set_at(7.5, False, 72, False)
    left = [t for t in SAID if line.units(t) is None]
    kerned = ["-T τ-T T-τ (τ)-Y", "/&>“e%q%T”", "“Te T”. T", "τ “T”", "(T."]
    assert left == [t for t in SAID if t in {*kerned, "x̂ and e\u0301", "ა", "研究", "مرحبا 12", "a\u00adb"}]
    assert len(left) == 10
    assert line.units("affix fl") == ["a", "ffi", "x", " ", "fl"]
