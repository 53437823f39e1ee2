"""Texts that are traps come out as texts: in pages, figures, letters, tables and exports; nothing is run, nothing lands elsewhere.

In a real browser the same pages are opened by tests/browser/test_hostile_page.py.
"""

# ruff: noqa: RUF001 - signs that look like others are what this is about

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from hostile import PATH, TRAPS, cells, hostile, trap, write_hostile
from lxml import etree, html
from typer.testing import CliRunner

from making import made
from metaudit.cli import app
from metaudit.drafts import write_draft
from metaudit.exports import ENDINGS, FORMATS, export
from metaudit.formats.review import Review, read_review
from metaudit.formats.spreadsheet import guarded, unguarded
from metaudit.imports import read_file
from metaudit.stages.whole import write_whole

SPREADSHEETS = ("csv", "escalc", "meta", "stata", "jasp", "long", "covidence", "srdr")
NAMES = (
    "=cmd|'/C calc'!A0 2001", "@home 2002", "-minus 2003", "+plus 2004", "'=quoted 2005", "''@twice 2006", "plain 2007", '=HYPERLINK("http://x") 2008',
    "'tis 2009", "-1.5", "1-2 2010", "＝fullwidth 2011", "=1+1",
)  # fmt: skip


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hostile review and everything that is written about it."""
    folder = tmp_path_factory.mktemp("hostile")
    write_whole(hostile(folder / "in" / "trap-2021"), folder / "in" / "out")
    return folder / "in"


def of_kind(room: Path, ending: str) -> list[Path]:
    found = sorted((room / "out").rglob(f"*{ending}"))
    assert found, ending
    return found


def test_nothing_lands_outside(room: Path) -> None:
    assert {p.name for p in room.parent.iterdir()} == {"in"}
    assert {p.name for p in room.iterdir()} == {"trap-2021", "out"}
    assert not [p for p in room.rglob("*") if "outside" in p.name]
    assert PATH in {r["claim"] for r in cells(room / "out" / "audit.csv")}


def test_pages_and_tables_hold_no_script_and_no_handler_of_ours(room: Path) -> None:
    own = re.compile(r"(?:assets|explorer)/[\w.-]+\.js")
    for path in of_kind(room, ".html"):
        tree = html.fromstring(path.read_bytes())
        for element in (e for e in tree.iter() if isinstance(e.tag, str)):
            if element.tag == "script":
                assert own.fullmatch(element.get("src") or ""), (path, etree.tostring(element)[:200])
                assert not element.text
            assert element.tag not in ("iframe", "object", "embed", "base"), path
            for name, value in element.attrib.items():
                assert not name.lower().startswith("on"), (path, name, value)
                assert not re.match(r"\s*(?:javascript|data:text|vbscript)", value, re.IGNORECASE), (path, name, value)
            assert element.tag != "img" or element.get("src") != "x", path


def test_pages_show_the_traps_as_they_were_typed(room: Path) -> None:
    text = html.fromstring((room / "out" / "report" / "trap-2021.main.html").read_bytes()).text_content()
    for kind in ("script", "image", "single", "svg", "latex", "entity"):
        place = list(TRAPS).index(kind)
        assert trap(kind, f"study{place}") in text, kind


def test_pictures_hold_text_and_nothing_that_runs(room: Path) -> None:
    for path in of_kind(room, ".svg"):
        for element in etree.parse(str(path)).iter():
            if not isinstance(element.tag, str):
                continue
            name = etree.QName(element).localname
            assert name.lower() not in ("script", "foreignobject", "iframe", "set", "handler"), (path, name)
            for attribute, value in element.attrib.items():
                assert not etree.QName(attribute).localname.lower().startswith("on"), (path, attribute)
                assert "javascript:" not in value.lower(), (path, attribute, value)


def test_latex_and_markdown_hold_no_command_of_theirs(room: Path) -> None:
    for path in of_kind(room, ".tex"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\\(?:input|write|include|def|undefined|frac|catcode|immediate)(?![a-z])", text), path
    for path in of_kind(room, ".md"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<!\\)<(?:script|img|svg|b)\b", text), path
        assert not re.search(r"(?<!\\)\]\(\s*javascript", text), path


def test_documents_are_sound_and_without_fields(room: Path) -> None:
    for path in of_kind(room, ".docx"):
        with zipfile.ZipFile(path) as archive:
            for name in (n for n in archive.namelist() if n.endswith((".xml", ".rels"))):
                content = archive.read(name)
                tree = etree.fromstring(content)
                assert not [
                    e for e in tree.iter() if etree.QName(e).localname in ("instrText", "fldSimple", "altChunk")
                ], name
                if name.endswith(".rels"):
                    assert not [e for e in tree.iter() if e.get("TargetMode") == "External"], name


def test_tables_for_a_manuscript_hold_no_formula(room: Path) -> None:
    for path in sorted((room / "out" / "tables").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            for cell in (c for row in csv.reader(handle) for c in row):
                assert not cell.lstrip().startswith(("=", "@", "+")), (path, cell)
                assert not re.match(r"\s*-[A-Za-z(]", cell), (path, cell)


@pytest.mark.parametrize("command", [["check"], ["audit"]])
def test_the_command_line_reads_it(tmp_path: Path, command: list[str]) -> None:
    done = CliRunner().invoke(app, [*command, str(write_hostile(tmp_path / "trap-2021"))])
    assert done.exit_code == (0 if command == ["check"] else 1), done.output
    assert "Traceback" not in done.output


# Exports ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def named(tmp_path: Path) -> Review:
    rows = [
        {
            "study": n,
            "events_t": 3 + i,
            "n_t": 50,
            "events_c": 7,
            "n_c": 49,
            "printed_effect": "−0.51",
            "note": "=1+SUM(A1)" if i == 0 else "-",
        }
        for i, n in enumerate(NAMES)
    ]
    return made(tmp_path / "trap-2021", claims=[], rows=rows, measure="RR")


@pytest.mark.parametrize("fmt", SPREADSHEETS)
def test_no_export_for_spreadsheets_begins_a_cell_as_a_formula(named: Review, fmt: str) -> None:
    done = export(named, fmt)
    found = [c for row in csv.reader(io.StringIO(done.content.decode("utf-8"))) for c in row]
    for cell in found:
        assert guarded(unguarded(cell)) == cell, cell
        if cell[:1] in ("=", "+", "@", "-", "\t", "\r"):
            assert re.fullmatch(r"-?[\d.]+|-", cell), cell
    assert "'=cmd|'/C calc'!A0 2001" in found
    assert "-1.5" in found, "a number is a number, also as a name"
    assert [n for n in done.notices if "apostrophe" in n.message]


@pytest.mark.parametrize("fmt", [f for f in FORMATS if f != "mtv"])
def test_names_come_back_as_they_were(named: Review, fmt: str, tmp_path: Path) -> None:
    file = tmp_path / f"there{ENDINGS.get(fmt, '.csv')}"
    file.write_bytes(export(named, fmt).content)
    write_draft(read_file(file), tmp_path / "back-2021")
    back = read_review(tmp_path / "back-2021")
    assert sorted(r.cells["study"] for r in back.rows) == sorted(NAMES)
    assert all(r.value("events_t") for r in back.rows)


def test_a_workbook_holds_texts_and_numbers_and_no_formula(named: Review) -> None:
    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(export(named, "xlsx").content))["extraction"]
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            assert cell.data_type in ("s", "n"), (cell.coordinate, cell.value)
    assert {row[0].value for row in sheet.iter_rows(min_row=2)}
    assert sheet.max_row == len(NAMES) + 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("=1+1", "'=1+1"), ("@a", "'@a"), ("-a", "'-a"), ("+a", "'+a"), (" =a", "' =a"), ("\u00a0=a", "'\u00a0=a"), ("\t=a", "'\t=a"), ("\r=a", "'\r=a"), ("\n=a", "'\n=a"),
        ("'=a", "''=a"), ("''=a", "'''=a"), ("＝a", "'＝a"), ("＋a", "'＋a"), ("-1.5", "-1.5"), ("+1.5", "+1.5"), ("-1e-3", "-1e-3"), ("=.05", "=.05"), ("-1/3", "'-1/3"),
        ("-", "-"), ("a=b", "a=b"), ("'tis", "'tis"), ("", ""), ("<.001", "<.001"), ("-1.5 (0.3)", "'-1.5 (0.3)"), ("-.5%", "-.5%"),
    ],
)  # fmt: skip
def test_guarding_a_cell(text: str, kept: str) -> None:
    assert guarded(text) == kept
    assert unguarded(kept) == text


def test_only_a_guard_is_taken_away() -> None:
    for text in ("'tis", "'90s trial", "''", "'", "O'Brien", "'a=b'"):
        assert unguarded(text) == text
