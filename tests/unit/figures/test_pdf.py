"""PDF files: the same picture matplotlib draws of the same marks, to the pixel; whole, searchable, and only what was used."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess
import zlib

import pytest
from fontTools.ttLib import TTFont
from matplotlib import rc_context

from metaudit.figures.forest import draw_forest
from metaudit.figures.layouts import LAYOUTS
from metaudit.figures.output import render
from metaudit.figures.pdf import pdf_bytes
from metaudit.figures.scene import Scene, Text
from metaudit.figures.sheet import Sheet

NOWHERE = (math.nan, math.nan)
needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")


def every_mark() -> Scene:
    sheet = Sheet(120, 90)
    sheet.text(10, 15, "Affix τ² −1.5 “Té” ✓ AV")
    sheet.text(60, 30, "Tyová fflū", size=9.0, bold=True, align="center", colour="#b45309")
    sheet.text(110, 42, "12.34 (a\\b)", size=6.5, align="right")
    sheet.text(8, 80, "upwards, centred", rotation=90, align="center", size=6.5)
    sheet.line([(20, 50), (40, 55), NOWHERE, (45, 50), (70.5, 50)], colour="#0b5394", width=0.9)
    sheet.line([(20, 60), (70, 61)], dashes=(3, 2), order=1)
    sheet.polygon([(20, 65), (40, 65), (30, 75)], fill="#33566f", edge="#1a1a1a", width=1.1)
    sheet.polygon([(25, 65), (55, 67), (35, 78)], fill="#d9dfe666", order=4)
    sheet.polygon([(50, 65), (60, 60), (70, 65), (60, 70)], fill=None, edge="#b45309", width=1.1)
    sheet.dot((80, 60), radius=4, fill="#0b5394")
    sheet.dot((82, 62), radius=4, fill="#33566f")
    sheet.disc((95, 62), radius=5, fill="#c3ccd6", edge="#1a1a1a")
    for i, shape in enumerate(("circle", "square", "diamond")):
        places = [(75 + 12 * i, 75), NOWHERE, (80 + 12 * i, 78)]
        sheet.marks(places, radius=2.5, shape=shape, fill=None if i == 1 else "#33566f", edge="#0b5394")
    return sheet.figure


def _streams(content: bytes) -> list[bytes]:
    return [zlib.decompress(s) for s in re.findall(rb"stream\n(.*?)\nendstream", content, re.DOTALL)]


def _pixels(content: bytes, folder) -> bytes:
    path = folder / "a.pdf"
    path.write_bytes(content)
    done = subprocess.run(["pdftoppm", "-r", "150", str(path)], capture_output=True, check=True)
    assert not done.stderr, done.stderr
    return done.stdout


def _by_matplotlib(scene: Scene) -> bytes:
    buffer = io.BytesIO()
    with rc_context({"pdf.fonttype": 42, "path.simplify": False}):
        scene.as_matplotlib().savefig(buffer, format="pdf", dpi=72)
    return buffer.getvalue()


@needs_poppler
def test_every_kind_of_mark_looks_as_matplotlib_draws_it(tmp_path):
    ours, theirs = (_pixels(c, tmp_path) for c in (pdf_bytes(every_mark(), ""), _by_matplotlib(every_mark())))
    assert len(set(ours)) > 50, "not an empty page"
    assert ours == theirs


@needs_poppler
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_forest_plot_looks_as_matplotlib_draws_it(forest, layout, tmp_path):
    scene = draw_forest(forest(6, subgroups=True, title="Ärzte: effect, “office” & τ"), LAYOUTS[layout])
    assert _pixels(pdf_bytes(scene, "A title"), tmp_path) == _pixels(_by_matplotlib(scene), tmp_path)


@needs_poppler
def test_the_words_can_be_copied(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_bytes(every_mark(), "Tödlich (1)"))
    words = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True).stdout.decode()
    assert "Affix τ² −1.5 “Té” ✓ AV" in words
    assert "12.34 (a\\b)" in words


def test_the_table_at_the_end_says_where_each_object_begins(forest):
    content = render(draw_forest(forest(4)), "pdf", title="A (forest) plot")
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", content)[1])
    assert content[start:].startswith(b"xref\n0 ")
    places = [int(p) for p in re.findall(rb"(\d{10}) 00000 n \n", content[start:])]
    assert [content[p:].split(b"\n", 1)[0] for p in places] == [b"%d 0 obj" % i for i in range(1, len(places) + 1)]
    assert rb"/Title (A \(forest\) plot)" in content
    assert f"/Size {len(places) + 1} ".encode() in content


def test_a_title_beyond_ascii_is_utf_16():
    assert b"/Title (" + b"\xfe\xff" + "τ²".encode("utf-16-be") + b")" in pdf_bytes(every_mark(), "τ²")


def test_the_fonts_hold_the_letters_of_the_page_and_say_what_they_are():
    content = pdf_bytes(every_mark(), "")
    said = set("".join(m.text for _, m in every_mark().marks if isinstance(m, Text)))
    meant = "".join(s.decode("latin-1") for s in _streams(content) if b"begincmap" in s)
    shown = {
        bytes.fromhex(h).decode("utf-16-be") for h in re.findall(r"\n<[0-9a-f]{4}> <([0-9a-f]+)>", meant) if h != "ffff"
    }
    assert set("".join(shown)) == said
    assert {"ffi", "ffl"} & shown, "tied letters are copied as what they are made of"
    fonts = [TTFont(io.BytesIO(s)) for s in _streams(content) if s.startswith(b"\0\1\0\0")]
    assert len(fonts) == 2
    widths = re.findall(rb"/W \[1 \[([^]]*)\]\]", content)
    for font, listed in zip(fonts, widths, strict=True):
        order, em = font.getGlyphOrder(), font["head"].unitsPerEm
        given = list(map(int, listed.split()))
        assert given == [round(1000 * font["hmtx"][n][0] / em) for n in order[1 : len(given) + 1]]


def test_more_letters_than_fit_one_block_of_their_map_are_all_in_it():
    sheet = Sheet(2000, 20)
    letters = "".join(chr(c) for c in range(0xC0, 0x17F) if chr(c).isalpha())
    sheet.text(5, 15, letters)
    (meant,) = [s.decode() for s in _streams(pdf_bytes(sheet.figure, "")) if b"begincmap" in s]
    counts = [int(n) for n in re.findall(r"(\d+) beginbfchar", meant)]
    assert sum(counts) == len(letters) > 100 >= max(counts)


def test_a_page_without_texts_has_no_font():
    sheet = Sheet(20, 20)
    sheet.line([(1, 1), (5, 5)])
    content = pdf_bytes(sheet.figure, "")
    assert b"/Font" not in content
    assert b"1 19 m\n5 15 l\nS" in _streams(content)[0]


def test_a_shape_with_no_corner_anywhere_draws_nothing():
    sheet = Sheet(20, 20)
    sheet.polygon([NOWHERE, NOWHERE], fill="#33566f")
    sheet.line([NOWHERE], colour="#33566f")
    assert not re.search(rb"\b[SfB]\b", _streams(pdf_bytes(sheet.figure, ""))[0].split(b"re f")[1])
