"""SVG files: text is text, in an embedded font; a title and a description; the marks of a sheet and nothing else."""

from __future__ import annotations

import base64
import io
import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure

from metaudit.figures import embed
from metaudit.figures.drawn import Drawn
from metaudit.figures.embed import _CORE, font_faces
from metaudit.figures.forest import draw_forest
from metaudit.figures.output import check_formats, render, write
from metaudit.figures.scene import Text
from metaudit.figures.sheet import Sheet
from metaudit.figures.style import hex_of
from metaudit.figures.svg import letters, svg_text
from metaudit.figures.typeset import font_file
from metaudit.files import read_rows

NS = {"s": "http://www.w3.org/2000/svg"}


def _fonts(svg: str) -> dict[int, TTFont]:
    found = re.findall(r"font-weight:(\d+);src:url\(data:font/woff2;base64,([^)]+)\)", svg)
    return {int(weight): TTFont(io.BytesIO(base64.b64decode(data))) for weight, data in found}


def _texts(svg: str) -> list[ET.Element]:
    return ET.fromstring(svg).findall(".//s:text", NS)


def test_every_text_of_the_figure_is_a_text_of_the_file(forest):
    figure = draw_forest(forest(5))
    svg = render(figure, "svg").decode()
    shown = sorted(t.text for t in _texts(svg))
    assert shown == sorted(m.text for _, m in figure.marks if isinstance(m, Text))
    assert "Random effects (REML)" in shown


def test_the_font_holds_every_letter_used_in_its_weight(forest):
    figure = draw_forest(forest(4, title="Überlebt: α₁ ≤ 5 µg Żółć"))
    regular, bold = letters([figure])
    fonts = _fonts(render(figure, "svg").decode())
    assert set(fonts) == {400, 700}
    for weight, used in ((400, regular), (700, bold)):
        held = set(map(chr, fonts[weight].getBestCmap()))
        assert set(used) <= held
        assert len(held) <= len(set(used) | set(_CORE)) + 3, "the common ones, and what a letter is made of"
        for character in used:
            assert fonts[weight]["hmtx"][fonts[weight].getBestCmap()[ord(character)]][0] > 0


def test_the_embedded_letters_are_as_wide_as_the_font_that_measured_them():
    faces = font_faces("Av−0", "")
    (cut,) = _fonts(faces).values()
    whole = TTFont(font_file())
    for c in "Av−0":
        assert cut["hmtx"][cut.getBestCmap()[ord(c)]] == whole["hmtx"][whole.getBestCmap()[ord(c)]]
    assert "GPOS" in cut, "kerning, with which the texts were measured"


def test_a_letter_beyond_the_common_blocks_is_embedded_too():
    (font,) = _fonts(font_faces("ა", "")).values()
    assert ord("ა") in font.getBestCmap()


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize("extra", ["", "τ←→", "τ", "#|é", "ŁŤŽ", "Ĳə√", "“x”"])
def test_a_font_with_kerning_cut_before_is_the_font_cut_at_once(extra, step, bold):
    codes = sorted({ord(c) for c in embed._CORE + extra if any(a <= ord(c) <= b for a, b in embed._COMMON[step])})
    whole, kept = embed._cut(embed._source(step, bold), codes)
    font, same = embed._cut(embed._unkerned(step, bold), codes)
    assert same == kept
    embed._kern(font, embed._kerning(step, bold, codes, kept=same))
    content = embed._saved(font)
    assert content == embed._saved(whole)
    assert TTFont(io.BytesIO(content))["GPOS"].table.LookupList.LookupCount > 0


def test_fonts_whose_kerned_letters_have_the_same_places_share_their_kerning():
    before = dict(embed._TABLES)
    for signs in ("τ", "τ†", "√≈τ", "✓"):
        font_faces(f"AV{signs}", "")
    assert len(embed._TABLES) - len(before) <= 1


def test_the_file_is_an_image_with_a_title_and_a_description(forest):
    svg = svg_text(draw_forest(forest(2)), title="Deaths & <injuries>", alt='Two "studies" < three', name="a b.c")
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby").split() == ["a-b-c-title", "a-b-c-desc"]
    assert root.find("s:title", NS).text == "Deaths & <injuries>"
    assert root.find("s:desc", NS).text == 'Two "studies" < three'
    assert [e.get("id") for e in root.iter() if e.get("id")] == ["a-b-c-title", "a-b-c-desc"]
    assert "{http://www.w3.org/2000/svg}style" not in {e.tag for e in root.iter()}


def test_lengths_are_those_of_the_sheet(forest):
    figure = draw_forest(forest(3))
    root = ET.fromstring(svg_text(figure))
    assert list(map(float, root.get("viewBox").split())) == pytest.approx(
        [0, 0, figure.width, figure.height], abs=0.006
    )
    label = next(t for t in root.findall(".//s:text", NS) if t.text == "Study 0")
    drawn = next(m for _, m in figure.marks if isinstance(m, Text) and m.text == "Study 0")
    assert (float(label.get("x")), float(label.get("y"))) == pytest.approx(drawn.place, abs=0.006)


def test_marks_are_where_the_sheet_has_them():
    sheet = Sheet(100, 50)
    sheet.line([(1, 2), (1, 9), (30, 9), (31.5, 20)], width=0.7, colour="#123456", dashes=(3, 2))
    sheet.polygon([(5, 5), (10, 5), (10, 8)], fill="#abcdef")
    sheet.dot((40.25, 12), radius=2.5, fill="#00ff00")
    svg = svg_text(sheet.figure)
    assert 'd="M1 2V9H30L31.5 20"' in svg
    assert 'stroke="#123456" stroke-width="0.7" stroke-dasharray="2.1 1.4"' in svg
    assert 'd="M5 5H10V8Z"' in svg
    assert '<circle cx="40.25" cy="12" r="2.5"/>' in svg


def test_a_turned_text_turns_about_its_own_place():
    sheet = Sheet(100, 50)
    sheet.text(10, 20, "up", rotation=90)
    assert 'x="10" y="20" transform="rotate(-90 10 20)"' in svg_text(sheet.figure)


def test_repeated_marks_are_set_at_every_place_but_nowhere_that_is_none():
    sheet = Sheet(60, 60)
    sheet.marks([(10, 30), (math.nan, 5), (20, 40)], radius=3, fill="#111111", shape="square")
    svg = svg_text(sheet.figure)
    assert re.findall(r'<path d="([^"]+)"/>', svg) == ["M7 33H13V27H7Z", "M17 43H23V37H17Z"]
    sheet.marks([], radius=3)
    assert len(sheet.figure.marks) == 1


def test_where_a_line_is_interrupted_the_pen_is_lifted():
    sheet = Sheet(60, 60)
    nowhere = (math.nan, math.nan)
    sheet.line([nowhere, (1, 2), (3, 2), nowhere, (5, 6), (5, 9), nowhere])
    assert 'd="M1 2H3M5 6V9"' in svg_text(sheet.figure)


def test_a_shape_closed_by_its_caller_is_closed_once_and_leaves_out_corners_that_are_nowhere():
    sheet = Sheet(60, 60)
    sheet.polygon([(1, 1), (9, 1), (5, 5), (1, 1)], fill="#123456")
    sheet.polygon([(1, 1), (math.inf, 1), (9, 1), (5, 5)], fill="#123456")
    assert svg_text(sheet.figure).count('<path d="M1 1H9L5 5Z"/>') == 2


def test_what_is_seen_through_says_how_far():
    sheet = Sheet(60, 60)
    sheet.polygon([(1, 1), (9, 1), (5, 5)], fill="#ABCDEF66")
    sheet.line([(1, 1), (2, 2)], colour="#abcdef33")
    svg = svg_text(sheet.figure)
    assert '<g fill="#abcdef" fill-opacity="0.4">' in svg
    assert 'stroke="#abcdef" stroke-width="0.6" stroke-opacity="0.2"' in svg


def test_a_figure_that_no_sheet_drew_is_refused():
    with pytest.raises(TypeError, match="the figure is a Figure: draw it on a Sheet"):
        svg_text(Figure())


@pytest.mark.parametrize("wrong", ["red", "#12345", "#1234567", "#12345g", ""])
def test_a_colour_nobody_can_read_is_named(wrong):
    with pytest.raises(ValueError, match=f"colour '{wrong}'"):
        hex_of(wrong)


def _drawn(kind: str, words: str) -> Drawn:
    sheet = Sheet(100, 40)
    sheet.text(5, 20, words)
    return Drawn(
        kind, sheet.figure, f"Title of {kind}", f"Alt of {kind}", ("mark", "x"), [{"mark": "text", "x": 0.1 + 0.2}]
    )


def test_written_are_the_formats_asked_for_and_the_data(tmp_path: Path):
    drawings = [_drawn("forest", "abc"), _drawn("funnel", "xyz")]
    paths = write(drawings, tmp_path, "tb", formats=["svg", "forest.pdf", "funnel.png"])
    names = ["tb.forest.svg", "tb.forest.pdf", "tb.forest.csv", "tb.funnel.svg", "tb.funnel.png", "tb.funnel.csv"]
    assert [p.name for p in paths] == names
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
    assert read_rows(tmp_path / "tb.funnel.csv") == [{"mark": "text", "x": "0.3"}]
    svg = (tmp_path / "tb.forest.svg").read_text()
    assert '<title id="tb-forest-title">Title of forest</title>' in svg
    assert {"a", "z"} <= set(map(chr, _fonts(svg)[400].getBestCmap())), "one font for the figures of an analysis"


def test_png_has_300_dots_an_inch(tmp_path: Path):
    (path, _) = write([_drawn("forest", "abc")], tmp_path, "tb", formats=["png"])
    header = path.read_bytes()[16:24]
    wide, high = int.from_bytes(header[:4]), int.from_bytes(header[4:])
    assert (wide, high) == (pytest.approx(100 / 72 * 300, abs=1), pytest.approx(40 / 72 * 300, abs=1))


def test_pdf_fonts_are_embedded_truetype():
    content = render(_drawn("forest", "abc").figure, "pdf")
    assert b"/CIDFontType2" in content or b"/TrueType" in content
    assert b"/FontFile2" in content
    assert b"/Type3" not in content


@pytest.mark.parametrize("wrong", ["gif", "forest.gif", "wood.svg"])
def test_a_format_nobody_knows_is_named(wrong):
    with pytest.raises(ValueError, match=wrong.replace(".", r"\.")):
        check_formats(["svg", "forest.pdf", wrong], ["forest"])
