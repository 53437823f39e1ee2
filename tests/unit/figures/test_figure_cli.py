"""``metaudit figure``: one file, in the format and layout asked for; bad input in one line."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from typer.testing import CliRunner

from making import claim, write_review
from metaudit.cli import app
from metaudit.figures.layouts import LAYOUTS
from metaudit.formats.review import read_review
from metaudit.stages.effects import write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled

ROWS = [
    {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50},
    {"study": "B", "events_t": 0, "n_t": 60, "events_c": 5, "n_c": 60},
]


@pytest.fixture
def review(tmp_path):
    folder = tmp_path / "made"
    method = {"model": "mantel-haenszel"}  # (10 + 0) / (20 + 5) with equal arms: 0.40
    return write_review(folder, claims=[claim("e", "estimate", "0.40")], rows=ROWS, measure="RR", method=method)


def run(*args):
    return CliRunner().invoke(app, ["figure", *map(str, args)])


def _words(path) -> list[str]:
    return [t.text for t in ET.parse(path).getroot().iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_drawn_from_the_review_alone(review, tmp_path, layout):
    out = tmp_path / "deep" / "a.svg"
    done = run(review, "main", "--layout", layout, "--out", out)
    assert done.exit_code == 0, done.output
    words = _words(out)
    total = {
        "default": "Mantel–Haenszel",
        "revman": "Total (95% CI)",
        "jama": "Total (Mantel–Haenszel)",
        "bmj": "Total (95% CI)",
    }
    assert total[layout] in words
    assert str(out) in done.stdout
    assert "2 studies, risk ratio" in done.stdout, "what it shows is said"
    assert ("As printed" in words) is (layout == "default")


@pytest.mark.parametrize("chosen", ["svg", "pdf", "png"])
def test_the_file_has_the_format_asked_for(review, tmp_path, monkeypatch, chosen):
    monkeypatch.chdir(tmp_path)
    done = run(review, "main", "--format", chosen)
    assert done.exit_code == 0, done.output
    start = {"svg": b"<svg", "pdf": b"%PDF", "png": b"\x89PNG"}[chosen]
    assert (tmp_path / f"main.forest.{chosen}").read_bytes().startswith(start)


def test_results_that_are_there_are_used(review, tmp_path):
    results = tmp_path / "results"
    extract(review, results)
    write_effects(read_review(review), results, level=0.95)
    write_pooled(read_review(review), results, level=0.95)
    pooled = (results / "pooled.csv").read_text().replace("0.4,", "0.4321,", 1)
    (results / "pooled.csv").write_text(pooled)
    done = run(review, "main", "--results", results, "--out", tmp_path / "a.svg")
    assert done.exit_code == 0, done.output
    assert "0.43" in _words(tmp_path / "a.svg")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["mian"], "no analysis 'mian'. Did you mean 'main'?"),
        (["main", "--kind", "forrest"], "'forrest' is no kind of figure. Did you mean 'forest'?"),
        (["main", "--layout", "bjm"], "'bjm' is no layout. Did you mean 'bmj'?"),
        (["main", "--kind", "funnel", "--layout", "bmj"], "a figure of kind funnel has one layout only"),
        (["main", "--kind", "funnel"], "too little for a figure of kind funnel: 2 studies"),
        (["main", "--format", "gif"], "'gif' is no format"),
        (["main", "--format", "pdf", "--out", "a.svg"], "a.svg does not end in .pdf"),
        (["main", "--results", "nowhere"], "nowhere holds no effects.csv"),
    ],
)
def test_bad_input_is_named_in_one_line(review, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    done = run(review, *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*.svg"))
