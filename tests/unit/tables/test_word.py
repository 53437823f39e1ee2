"""Word documents: they open, say what the tables say, and are the same bytes every time."""

import io
import time
import zipfile

import docx
import pytest
from docx.oxml.ns import qn

from metaudit.tables.column import Column, Table
from metaudit.tables.word import new_document, save, tables_document

COLUMNS = (
    Column(name="a", heading="A", wordy=True),
    Column(name="b", heading="I² (%)"),
    Column(name="e", heading="Empty"),
)
TABLE = Table(
    name="x", caption="A <caption> & more", label="x", columns=COLUMNS, rows=({"a": "é\n<b>", "b": "-1.20"}, {"b": "3"})
)
NONE = Table(name="y", caption="Nothing", label="y", columns=COLUMNS, rows=())


def test_a_document_opens_and_says_what_the_tables_say(tmp_path):
    save(tables_document((TABLE, NONE), title="T"), tmp_path / "a" / "t.docx")
    opened = docx.Document(str(tmp_path / "a" / "t.docx"))
    (grid,) = opened.tables
    assert [[cell.text for cell in row.cells] for row in grid.rows] == [
        ["A", "I² (%)"],
        ["é <b>", "\u22121.20"],
        ["", "3"],
    ]
    words = [paragraph.text for paragraph in opened.paragraphs]
    assert words[:2] == ["T", TABLE.caption]
    assert "None." in words
    assert "w:tblHeader" in grid.rows[0]._tr.xml
    (about,) = grid._tbl.tblPr.findall(qn("w:tblCaption"))
    assert about.get(qn("w:val")) == TABLE.caption
    assert "right" in grid.rows[1].cells[1]._tc.xml


def test_the_same_bytes_at_any_time(tmp_path, monkeypatch):
    save(tables_document((TABLE,), title="T"), tmp_path / "one.docx")
    # ZIP archives tell even seconds only: an hour later is another time for sure.
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    save(tables_document((TABLE,), title="T"), tmp_path / "two.docx")
    assert (tmp_path / "one.docx").read_bytes() == (tmp_path / "two.docx").read_bytes()


@pytest.mark.parametrize(("language", "tag"), [("en", "en-GB"), ("fr", "fr-FR")])
def test_a_document_says_its_language_and_nobody_who_wrote_it(language, tag):
    buffer = io.BytesIO()
    new_document("T", language=language).save(buffer)
    with zipfile.ZipFile(buffer) as parts:
        assert f'w:lang w:val="{tag}"' in parts.read("word/styles.xml").decode("utf-8")
        core = parts.read("docProps/core.xml").decode("utf-8")
    assert "python-docx" not in core
    assert "1980-01-01T00:00:00Z" in core
