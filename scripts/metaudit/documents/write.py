"""Write the letter and the badge of every review, and the badge of all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from metaudit.documents.badge import badge_of
from metaudit.documents.letter import letter_of
from metaudit.documents.render import badge_svg, letter_document, letter_markdown
from metaudit.files import write_text
from metaudit.tables.column import one_line
from metaudit.tables.reading import read_review
from metaudit.tables.word import save


def write_review_documents(data_dir: str | Path, results_dir: str | Path, *, review: str) -> None:
    """Write ``audit-letter.md``, ``audit-letter.docx`` and ``badge.svg`` into the results folder of one review."""
    read = read_review(data_dir, results_dir, review)
    folder = Path(results_dir) / read.id
    letter = letter_of(read)
    write_text(folder / "audit-letter.md", letter_markdown(letter))
    save(letter_document(letter), folder / "audit-letter.docx")
    write_text(
        folder / "badge.svg", badge_svg(badge_of([f.verdict for f in read.findings], about=one_line(read.label)))
    )


def write_badge(results_dir: str | Path, *, reviews: Iterable[str]) -> None:
    """Write ``badge.svg`` over all claims of some reviews into the results folder itself."""
    names = sorted(set(reviews))
    records = [r for name in names for r in json.loads((Path(results_dir) / name / "audit.json").read_text("utf-8"))]
    about = f"{len(names)} reviews" if len(names) != 1 else "1 review"
    badge = badge_of([str(r["verdict"]) for r in records], about=about)
    write_text(Path(results_dir) / "badge.svg", badge_svg(badge))
