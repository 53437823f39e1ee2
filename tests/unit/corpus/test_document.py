"""The page about corpora has the columns that are declared."""

from pathlib import Path

import pytest

from metaudit.corpus import document
from metaudit.corpus.columns import ANALYSES
from metaudit.corpus.schema import ANALYSES as FOUND

PAGE = Path(__file__).resolve().parents[3] / "docs" / "corpus.md"


def test_the_page_is_current():
    text = PAGE.read_text(encoding="utf-8")
    assert document.filled(text) == text, "run: python -m metaudit.corpus.document"


def test_every_column_has_its_line():
    parts = document.parts()
    assert [f"`{c.name}`" in parts["analyses"] for c in ANALYSES] == [True] * len(ANALYSES)
    assert len(parts["found"].splitlines()) == len(FOUND) + 2


def test_a_page_without_a_marker_is_named():
    with pytest.raises(ValueError, match="begin analyses"):
        document.filled("nothing")
