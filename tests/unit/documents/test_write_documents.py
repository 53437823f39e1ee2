"""Letters and badges of whole folders."""

import shutil
from pathlib import Path

import docx
import pytest

from metaudit.documents import write_badge
from write_documents import main

ROOT = Path(__file__).resolve().parents[3]
REVIEWS = ["colditz-1994", "michelet-2018", "mion-2024"]


@pytest.fixture
def results(tmp_path):
    for name in REVIEWS:
        (tmp_path / name).mkdir()
        for table in ("audit.json", "extraction.csv"):
            if (ROOT / "results" / name / table).is_file():
                shutil.copy(ROOT / "results" / name / table, tmp_path / name / table)
    return tmp_path


def written(results):
    names = ("audit-letter.md", "audit-letter.docx", "badge.svg")
    return {p.relative_to(results): p.read_bytes() for p in results.rglob("*") if p.name in names}


def test_every_review_has_its_three_files_and_all_have_one_badge(results):
    main(str(ROOT / "data" / "reviews"), str(results), reviews=REVIEWS)
    assert len(written(results)) == 3 * len(REVIEWS) + 1
    opened = docx.Document(str(results / "mion-2024" / "audit-letter.docx"))
    assert opened.core_properties.language == "fr"
    assert opened.tables


def test_any_number_of_workers_gives_the_same_bytes(results):
    main(str(ROOT / "data" / "reviews"), str(results), reviews=REVIEWS)
    once = written(results)
    main(str(ROOT / "data" / "reviews"), str(results), reviews=REVIEWS[::-1], workers=2)
    assert written(results) == once


def test_the_badge_of_all_counts_all(results):
    write_badge(results, reviews=REVIEWS[:1])
    text = (results / "badge.svg").read_text(encoding="utf-8")
    assert "1 review: 4 of 4 claims" in text
