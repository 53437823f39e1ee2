"""The same table as CSV, Markdown, HTML and LaTeX."""

import csv
import io
import re
import shutil
import subprocess

import pytest
from lxml import html

from metaudit.tables.column import Column, Table
from metaudit.tables.latex import latex_text
from metaudit.tables.render import guarded, to_csv, to_html, to_latex, to_markdown

COLUMNS = (
    Column(name="a", heading="A_1 & <b>"),
    Column(name="b", heading="I² (%)"),
    Column(name="c", heading="C", wordy=True),
    Column(name="d", heading="Always empty"),
)
HOSTILE = '50% of A_1 & B^2 #3 {x} \\y ~ $z$ [4] | <b> "q" * `c` I² 1 ± 2 \u22123 -- é\nnext'
ODD = "τ² χ² ≤ ≥ ∉ ∞ ½ × ° µ μ “a” \u2018b\u2019 … → \u202f\u00a0≈ Œ ß 中 — \u2013 √ Šidák Łódź"
ROWS = ({"a": HOSTILE, "b": "-1.20", "c": "[starts with a bracket"}, {"a": ODD, "b": "0.50 (0.30 to 0.70)", "c": ""})


def made(rows=ROWS):
    return Table(name="x", caption=HOSTILE, label="tab:x", columns=COLUMNS, rows=tuple(rows))


def strip_escapes(text):
    """LaTeX without its escaped characters."""
    return re.sub(r"\\[%&#_{}$]", "", text)


@pytest.mark.parametrize("rows", [ROWS, ROWS * 40, ()])
def test_latex_is_balanced(rows):
    text = to_latex(made(rows))
    body = strip_escapes(text)
    assert body.count("{") == body.count("}")
    assert body.count("$") % 2 == 0
    opened = re.findall(r"\\(?:begin\{(\w+)\}|(begingroup))", text)
    closed = re.findall(r"\\(?:end\{(\w+)\}|(endgroup))", text)
    assert [a or b.removeprefix("begin") for a, b in opened] == [a or b.removeprefix("end") for a, b in closed][::-1]
    long = len(rows) > 40
    assert (r"\begin{longtable}" in text) == long
    assert (r"\endhead" in text) == long
    lines = [line for line in body.split("\n") if line.rstrip().endswith(r"\\") and "&" in line]
    assert len(lines) == len(rows) + (2 if long else 1)
    # An empty column is left out; without any row every column stays.
    assert {line.count("&") for line in lines} == {2 if rows else 3}
    assert not re.search(r"\\\\\s*\[", text)
    for line in body.split("\n")[1:]:
        assert "%" not in line
        assert "#" not in line
    assert text.isascii()
    assert text.count(r"\caption{") == text.count(r"\label{tab:x}") == 1
    assert r"\textbackslash{}y" in text.split(r"\caption{")[1].split("\n")[0]


def test_no_character_reaches_latex_as_a_command():
    shown = latex_text(HOSTILE)
    assert shown.startswith(
        r"50\% of A\_1 \& B\textasciicircum{}2 \#3 \{x\} \textbackslash{}y \textasciitilde{} \$z\$ {[}4{]}"
    )
    assert r"\ensuremath{-}3 -{}- \'e next" in shown
    assert latex_text("-1 to -2") == r"\ensuremath{-}1 to \ensuremath{-}2"


def test_a_sign_without_a_latex_name_is_shown_by_its_code_point():
    assert "U+4E2D" in latex_text("中")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here; the grammar is tested above")
@pytest.mark.parametrize("rows", [ROWS, ROWS * 40, ()])
def test_latex_compiles(rows, tmp_path):
    (tmp_path / "table.tex").write_text(to_latex(made(rows)), encoding="ascii")
    packages = r"\usepackage[T1]{fontenc}\usepackage{textcomp,array,booktabs,longtable}"
    document = rf"\documentclass{{article}}{packages}\begin{{document}}\input{{table}}\end{{document}}"
    (tmp_path / "all.tex").write_text(document, encoding="ascii")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all"], cwd=tmp_path, capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]


def test_markdown_has_one_cell_per_column():
    lines = to_markdown(made()).split("\n")
    assert len(lines) == 5
    for line in lines[:4]:
        assert len(re.findall(r"(?<!\\)\|", line)) == 4
    assert "\\<b\\>" in lines[2]
    assert "\u22121.20" in lines[2]
    assert lines[1] == "| --- | ---: | --- |"


def test_markdown_without_rows_is_its_heading():
    assert to_markdown(made(())).split("\n")[1:] == ["| --- | --- | --- | --- |", ""]


def test_html_has_its_cells_as_text_and_nothing_else():
    text = to_html(made())
    found = html.fromstring(text)
    assert found.tag == "table"
    assert not any(word in text for word in ("style", "<script", "gt_", " id=", "headers="))
    assert [cell.text_content() for cell in found.iterfind(".//thead//th")] == ["A_1 & <b>", "I² (%)", "C"]
    assert {cell.get("scope") for cell in found.iterfind(".//thead//th")} == {"col"}
    first = found.findall(".//tbody/tr")[0]
    assert [(cell.tag, cell.get("scope"), cell.get("class")) for cell in first] == [
        ("th", "row", None),
        ("td", None, "number"),
        ("td", None, None),
    ]
    assert first[0].text == HOSTILE.replace("\n", " ")
    assert first[1].text == "\u22121.20"
    assert found.find("caption").text == HOSTILE.replace("\n", " ")
    assert "<b>" not in text


def test_csv_reads_back_with_every_column():
    rows = list(csv.DictReader(io.StringIO(to_csv(made()))))
    assert rows == [{"d": "", **row} for row in ROWS]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "-ish", "=HYPERLINK(1)", "-1 (=2)"],
)
def test_no_spreadsheet_runs_a_cell(text):
    assert guarded(text) == f"'{text}"
    cell = next(iter(csv.reader(io.StringIO(to_csv(made([{"a": text}]))).readlines()[1:])))[0]
    assert cell[0] == "'"


@pytest.mark.parametrize(
    "text",
    [
        "-1.20",
        "+3",
        "-1.2e-05",
        "-.5",
        "-30%",
        "-30 %",
        "-0.66 (-1.2 to 0.1)",
        "-∞",
        "-1.0 to -0.5",
        "<0.001",
        "",
        "plain",
    ],
)
def test_numbers_stay_numbers_in_a_spreadsheet(text):
    assert guarded(text) == text


def test_the_columns_fill_the_line_and_no_more():
    widths = [float(w) for w in re.findall(r"p\{([\d.]+)\\linewidth\}", to_latex(made()))]
    assert len(widths) == 3
    assert 0.9 < sum(widths) < 1


def test_two_columns_may_have_the_same_heading():
    columns = (COLUMNS[0], Column(name="n", heading="N {x}"), Column(name="x_n", heading="N {x}"))
    table = Table(name="x", caption="c", label="l", columns=columns, rows=({"a": "1", "n": "2", "x_n": "3"},))
    assert [cell.text for cell in html.fromstring(to_html(table)).iterfind(".//tbody/tr/*")] == ["1", "2", "3"]
    assert r"N \{x\} & N \{x\} \\" in to_latex(table)
