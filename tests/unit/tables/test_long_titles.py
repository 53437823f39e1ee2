"""Titles that are longer than a Word document's properties may be."""

import docx

from metaudit.tables.word import LONGEST_TITLE, new_document, save


def test_a_long_title_is_cut_among_the_properties(tmp_path):
    title = "Corticosteroids " * 40
    save(new_document(title), tmp_path / "t.docx")
    found = docx.Document(str(tmp_path / "t.docx")).core_properties.title
    assert len(found) == LONGEST_TITLE
    assert found == f"{title[: LONGEST_TITLE - 3]}..."


def test_a_title_that_fits_is_whole(tmp_path):
    save(new_document("é" * LONGEST_TITLE), tmp_path / "t.docx")
    assert docx.Document(str(tmp_path / "t.docx")).core_properties.title == "é" * LONGEST_TITLE
