"""Saved figures: the same bytes every time, small, whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import metaudit.figures
from metaudit.figures.forest import draw_forest
from metaudit.figures.output import render, save
from metaudit.figures.typeset import printable, width, wrap

SCRIPTS = Path(metaudit.figures.__file__).parents[2]


@pytest.mark.parametrize("file_format", ["svg", "pdf", "png"])
def test_two_saves_give_the_same_bytes(forest, tmp_path, file_format):
    paths = [tmp_path / f"{name}.{file_format}" for name in "ab"]
    for path in paths:
        save(draw_forest(forest(5)), path, title="A forest plot")
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_bytes()) > 1000


def test_two_processes_give_the_same_bytes():
    code = (
        "import sys, hashlib\n"
        "from metaudit.figures.content import ForestData, Study\n"
        "from metaudit.figures.forest import draw_forest\n"
        "from metaudit.figures.output import render\n"
        "figure = draw_forest(ForestData('T', 'RR', (Study('A', 0.5, 0.2, 1.1),)))\n"
        "print([hashlib.sha256(render(figure, f)).hexdigest() for f in ('svg', 'pdf', 'png')])\n"
        "print('pyplot' if 'matplotlib.pyplot' in sys.modules else 'no pyplot')\n"
    )
    outputs = []
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONPATH": str(SCRIPTS), "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert "no pyplot" in outputs[0]


@pytest.mark.parametrize("secret", [b"matplotlib", b"CreationDate", b"<dc:date>", b"Producer"])
@pytest.mark.parametrize("file_format", ["svg", "pdf", "png"])
def test_no_dates_or_versions_in_the_bytes(forest, file_format, secret):
    assert secret.lower() not in render(draw_forest(forest(3)), file_format).replace(b"www.matplotlib.org", b"").lower()


def test_an_svg_is_small_well_formed_and_titled(forest, tmp_path):
    path = tmp_path / "a.svg"
    save(draw_forest(forest(20, label=40)), path, title="Deaths & <injuries>")
    assert path.stat().st_size < 25_000
    root = ET.fromstring(path.read_bytes())
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "Deaths & <injuries>"
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert len(ids) == 1, "the title: a file without a description names none"


def test_a_failed_save_leaves_the_old_file(forest, tmp_path, monkeypatch):
    path = tmp_path / "a.svg"
    path.write_text("old")

    def fail(*_):
        raise OSError

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError):  # noqa: PT011  (raised above, without text)
        save(draw_forest(forest(2)), path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]
    assert path.read_text() == "old"


def test_an_unknown_format_is_named(forest, tmp_path):
    with pytest.raises(ValueError, match=r"'gif' is not known; known: svg, pdf, png"):
        save(draw_forest(forest(2)), tmp_path / "a.gif")


def test_wrapped_lines_are_no_wider_than_asked():
    text = "some words and averyveryverylongwordthatcannotbebrokenataspace " * 3
    lines = wrap(text, 8.0, 90.0)
    assert max(width(line, 8.0) for line in lines) <= 90.0
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrap("", 8.0, 90.0) == []


@pytest.mark.parametrize("limit", range(80, 240, 7))
def test_no_line_ends_within_a_number(limit):
    said = "Heterogeneity: τ² = 0.309, Q = 152.23 (df = 12, P < 0.001), I² = 92.1 %, at 95 % of all, P = −0.2"
    lines = wrap(said, 8.0, float(limit))
    assert " ".join(lines) == said
    assert not any(line.endswith(("=", "<", "τ²", "I²", "Q", "df", "P", "92.1", "95")) for line in lines)


def test_bold_and_larger_text_is_wider():
    assert width("Study", 8.0) < width("Study", 8.0, True) < width("Study", 12.0, True)


def test_characters_the_font_lacks_become_boxes():
    assert printable("tau\u00b2 \u2020 \u2212 \u00e9 \u7814\t x") == "tau\u00b2 \u2020 \u2212 \u00e9 \u25a1 x"
