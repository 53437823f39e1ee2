"""SVG files: text is text, in an embedded font; a title and a description; the marks of a sheet and nothing else."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from matplotlib.path import Path as Outline

from metaudit.figures.drawn import Drawn
from metaudit.figures.embed import _CORE, font_faces
from metaudit.figures.forest import draw_forest
from metaudit.figures.output import check_formats, render, write
from metaudit.figures.sheet import Sheet
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
    assert shown == sorted(a.get_text() for a in figure.artists if hasattr(a, "get_text"))
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
    width, height = figure.get_size_inches() * 72
    assert root.get("viewBox") == f"0 0 {width:g} {height:g}" or float(root.get("viewBox").split()[2]) == pytest.approx(
        width, abs=0.01
    )
    label = next(t for t in root.findall(".//s:text", NS) if t.text == "Study 0")
    drawn = next(a for a in figure.artists if hasattr(a, "get_text") and a.get_text() == "Study 0")
    assert (float(label.get("x")), float(label.get("y"))) == pytest.approx(drawn.get_position(), abs=0.006)


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


def test_marks_of_one_line_are_set_at_every_place():
    sheet = Sheet(60, 60)
    square = Outline([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)], closed=True)
    line = Line2D([10, 20], [30, 40], linestyle="none", marker=square, markersize=6, markerfacecolor="#111111")
    sheet._add(line, "", order=4)
    svg = svg_text(sheet.figure)
    assert len(re.findall(r"<path d=", svg)) == 2
    assert "M7 33" in svg


@pytest.mark.parametrize("what", ["axes", "ellipse-marker"])
def test_what_no_sheet_draws_is_refused_by_name(what):
    if what == "axes":
        figure = Figure()
        figure.add_axes((0, 0, 1, 1))
        with pytest.raises(TypeError, match="matplotlib axes"):
            svg_text(figure)
    else:
        sheet = Sheet(10, 10)
        sheet._add(Line2D([1], [1], linestyle="none", marker="o"), "", order=1)
        with pytest.raises(TypeError, match="marker 'o'"):
            svg_text(sheet.figure)


def test_an_ellipse_is_written_as_curves():
    sheet = Sheet(10, 10)
    sheet._add(Ellipse((5, 5), 4, 2), "", order=1)
    assert re.search(r'd="M5 4C', svg_text(sheet.figure))


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
