"""Cut fonts: the outlines and widths asked for, read back with fontTools and FreeType, which share no code with the cutter."""

from __future__ import annotations

import io
import struct

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from matplotlib.ft2font import FT2Font

from metaudit.figures.shaping import font_file
from metaudit.figures.truetype import Face, face_of

LETTERS = "HiAé ǖẤ½−τ✓ﬃ�"
"""Among them letters made of others, letters made of such, one without an outline, a tied one."""


@pytest.fixture(params=[False, True], ids=["regular", "bold"])
def face(request) -> tuple[Face, TTFont, list[int]]:
    whole = TTFont(font_file(request.param))
    numbers = [whole.getGlyphID(whole.getBestCmap()[ord(c)]) for c in LETTERS if ord(c) in whole.getBestCmap()]
    assert len(numbers) > 10
    return face_of(font_file(request.param)), whole, numbers


def _drawn(font: TTFont, name: str) -> list:
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    return pen.value


def test_a_cut_font_draws_what_the_whole_one_draws(face):
    ours, whole, numbers = face
    # checkChecksums=2: a sum that is wrong is an error.
    cut = TTFont(io.BytesIO(ours.cut(numbers)), checkChecksums=2)
    names = cut.getGlyphOrder()
    for place, number in enumerate([0, *numbers]):
        name = whole.getGlyphName(number)
        assert _drawn(cut, names[place]) == _drawn(whole, name), name
        assert cut["hmtx"][names[place]] == whole["hmtx"][name]
        assert ours.advance(number) == whole["hmtx"][name][0]


def test_a_cut_font_holds_no_more_than_what_its_letters_are_made_of_and_no_hints(face):
    ours, whole, _ = face
    number = whole.getGlyphID(whole.getBestCmap()[ord("é")])
    cut = TTFont(io.BytesIO(ours.cut([number])))
    assert cut["maxp"].numGlyphs == 4, "none, é, e and its accent"
    assert set(cut.keys()) == {"GlyphOrder", "glyf", "head", "hhea", "hmtx", "loca", "maxp"}
    for name in cut.getGlyphOrder():
        program = getattr(cut["glyf"][name], "program", None)
        assert program is None or not program.getBytecode()


def test_freetype_opens_a_cut_font(face):
    ours, whole, numbers = face
    font = FT2Font(io.BytesIO(ours.cut(numbers)))
    assert font.num_glyphs > len(numbers)
    assert font.units_per_EM == whole["head"].unitsPerEm == ours.units


def test_the_same_glyph_twice_is_there_twice(face):
    ours, _, numbers = face
    cut = TTFont(io.BytesIO(ours.cut([numbers[0], numbers[0]])))
    assert cut["maxp"].numGlyphs == 3
    assert _drawn(cut, cut.getGlyphOrder()[1]) == _drawn(cut, cut.getGlyphOrder()[2]) != []


def test_what_a_face_says_of_itself_is_what_its_tables_say(face):
    ours, whole, _ = face
    head = whole["head"]
    assert ours.box == (head.xMin, head.yMin, head.xMax, head.yMax)
    assert (ours.ascent, ours.descent) == (whole["hhea"].ascent, whole["hhea"].descent)
    pairs = whole["kern"].kernTables[0].kernTable
    assert ours.kerning == {tuple(map(whole.getGlyphID, p)): v for p, v in pairs.items() if v}


def test_a_face_with_short_offsets_and_without_kerning_is_read_alike(face):
    ours, whole, numbers = face
    small = TTFont(io.BytesIO(ours.cut(numbers)))
    short = io.BytesIO()
    assert small["glyf"].glyphs  # read, so that fontTools writes it anew, with short offsets where they will do
    small.save(short)
    again = Face(short.getvalue())
    assert struct.unpack_from(">h", again.head, 50) == (0,)
    assert again.kerning == {}
    assert [again.outline(i) for i in range(again.count)] != []
    cut = TTFont(io.BytesIO(again.cut([1, 2, 3])))
    for place in (1, 2, 3):
        assert _drawn(cut, cut.getGlyphOrder()[place]) == _drawn(whole, whole.getGlyphName(numbers[place - 1]))
