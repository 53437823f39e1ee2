"""The same table as CSV, Markdown and LaTeX."""

import csv
import io
import re

import pytest

from metaudit.tables.markup import latex_cell, to_csv, to_latex, to_markdown
from metaudit.tables.summary import Column

COLUMNS = (
    Column(name="a", heading="A_1"),
    Column(name="b", heading="I² (%)"),
    Column(name="c", heading="C", wordy=True),
)
HOSTILE = '50% of A_1 & B^2 #3 {x} \\y ~ $z$ [4] | <b> "q" * `c` I² 1 ± 2 \u22123 -- é\nnext'
ROWS = [{"a": HOSTILE, "b": "-1.20", "c": "[starts with a bracket"}, {"a": "x", "b": "0.50 (0.30 to 0.70)", "c": ""}]


def strip_escapes(text):
    """LaTeX without its escaped characters."""
    return re.sub(r"\\[%&#_{}$]", "", text)


@pytest.mark.parametrize("rows", [ROWS, ROWS * 20, []])
def test_latex_is_balanced(rows):
    text = to_latex(COLUMNS, rows, caption=HOSTILE, label="tab:x")
    body = strip_escapes(text)
    assert body.count("{") == body.count("}")
    assert body.count("$") % 2 == 0
    assert re.findall(r"\\begin\{(\w+)\}", text) == re.findall(r"\\end\{(\w+)\}", text)[::-1]
    assert text.count("\\begingroup") == text.count("\\endgroup")
    assert ("longtable}{" in text) == (len(rows) > 25)
    lines = [line for line in body.split("\n") if line.endswith(r"\\") and "&" in line]
    assert len(lines) == len(rows) + (2 if len(rows) > 25 else 1)
    assert {line.count("&") for line in lines} == {2}
    assert not re.search(r"\\\\\s*\[", text)
    for line in body.split("\n")[1:]:
        assert "%" not in line
        assert "#" not in line


def test_no_character_reaches_latex_as_a_command():
    shown = latex_cell(HOSTILE)
    assert shown.startswith(
        r"50\% of A\_1 \& B\textasciicircum{}2 \#3 \{x\} \textbackslash{}y \textasciitilde{} \$z\$ {[}4{]}"
    )
    assert r"I\textsuperscript{2} 1 $\pm$ 2 $-$3 -{}- é next" in shown


def test_markdown_has_one_cell_per_column():
    lines = to_markdown(COLUMNS, ROWS).split("\n")
    assert len(lines) == 5
    for line in lines[:4]:
        assert len(re.findall(r"(?<!\\)\|", line)) == 4
    assert "\\<b\\>" in lines[2]
    assert "\u22121.20" in lines[2]
    assert lines[1] == "| --- | ---: | --- |"


def test_csv_reads_back():
    assert list(csv.DictReader(io.StringIO(to_csv(COLUMNS, ROWS)))) == ROWS
