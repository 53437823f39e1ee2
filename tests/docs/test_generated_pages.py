"""Pages that are written from results and code are current; the notebook runs."""

from pathlib import Path

import pytest
from lxml import html

import write_dossier
import write_notebook
import write_reference
from metaudit.audit_words.verdicts import VERDICTS
from metaudit.files import read_rows

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_the_dossier_is_current():
    assert write_dossier.main(check=True) == 0, "run make docs-pages"


def test_the_reference_is_current():
    assert write_reference.main(check=True) == 0, "run make docs-pages"


def test_a_page_that_is_not_current_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(write_reference, "FOLDER", tmp_path)
    assert write_reference.main(check=False) == 0
    assert write_reference.main(check=True) == 0
    (tmp_path / "cli.md").write_text("old", encoding="utf-8")
    assert write_reference.main(check=True) == 1
    assert "cli.md" in capsys.readouterr().out


def test_the_dossier_has_every_number_of_its_documents():
    page = (ROOT / "docs" / "dossier.md").read_text(encoding="utf-8")
    numbers = 0
    for path in sorted((ROOT / "results").glob("*/audit.csv")):
        if path.parent.name not in write_dossier.CLASSICS:
            rows = read_rows(path)
            numbers += len(rows)
            assert f"{{ #{path.parent.name} }}" in page
            assert all(r["verdict"] in {v.code for v in VERDICTS} for r in rows)
    assert f"{numbers} printed numbers and statements" in page
    # one row a number below its document
    tables = page.split("## Document by document")[1]
    assert sum(line.strip().startswith("|") for line in tables.splitlines()) - 2 * tables.count("| number |") == numbers


def test_the_classics_are_shipped_reviews():
    assert {*write_dossier.CLASSICS} <= {p.parent.name for p in (ROOT / "data" / "reviews").glob("*/review.yaml")}


def test_the_dossier_describes_and_does_not_accuse():
    page = (ROOT / "docs" / "dossier.md").read_text(encoding="utf-8").lower()
    for word in ("fraud", "fabricat", "falsif", "misconduct", "manipulat", "dishonest", "sloppy", "wrongly"):
        assert word not in page


@pytest.fixture(scope="module")
def notebook():
    return write_notebook.executed(ROOT / write_notebook.SOURCE)


def test_the_notebook_runs_and_shows_html(notebook):
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    shown = [o.data["text/html"] for o in outputs if o.output_type == "execute_result" and "text/html" in o.data]
    assert len(shown) >= 8
    assert sum("<img" in s for s in shown) == 2
    assert all(html.fromstring(s) is not None for s in shown)


def test_the_page_of_the_notebook_is_current(notebook):
    page, figures = write_notebook.rendered(notebook)
    folder = ROOT / write_notebook.FIGURES
    assert (ROOT / write_notebook.PAGE).read_text(encoding="utf-8") == page, "run make docs-pages"
    assert {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.svg")} == figures


def test_every_command_is_on_its_page():
    import typer.main

    from metaudit.cli import app

    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for name, command in typer.main.get_command(app).commands.items():
        section = page.split(f"## metaudit {name}\n")[1].split("\n## ")[0]
        for param in command.params:
            if param.param_type_name == "option":
                assert f"`{max(param.opts, key=len)}" in section


def test_a_docstring_becomes_markdown():
    text = "Do it.\n\nParameters\n----------\na, b : one\n    and two\n\nRaises\n------\nDataError\n    when ``x``.\n"
    assert list(write_reference._docstring(text)) == [
        "Do it.", "**Parameters**", "- `a`, `b`: one and two", "**Raises**", "- `DataError`: when `x`.",
    ]  # fmt: skip
