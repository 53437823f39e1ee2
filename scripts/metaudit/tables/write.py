"""Write the tables of every review."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.files import write_text
from metaudit.tables.kinds import KINDS, tables_of
from metaudit.tables.reading import read_review
from metaudit.tables.render import to_csv, to_html, to_latex, to_markdown
from metaudit.tables.word import save, tables_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metaudit.tables.column import Table

WRITERS = {"csv": to_csv, "md": to_markdown, "html": to_html, "tex": to_latex}


def write_table(folder: Path, table: Table) -> list[Path]:
    """Write one table as ``.csv``, ``.md``, ``.html`` and ``.tex`` beside each other; the files written."""
    files = {folder / f"{table.name}.{ending}": render for ending, render in WRITERS.items()}
    for path, render in files.items():
        write_text(path, render(table))
    return list(files)


def write_review_tables(data_dir: str | Path, results_dir: str | Path, *, review: str) -> list[Path]:
    """Write every table that one review has, and all of them together as ``tables.docx``.

    Files of a table that the review no longer has are removed, so that no older result is mistaken for this one.

    Returns
    -------
    The files written.
    """
    read = read_review(data_dir, results_dir, review)
    folder = Path(results_dir) / read.id / "tables"
    tables = tables_of(read)
    written = [file for table in tables for file in write_table(folder, table)]
    for kind in KINDS:
        if kind.name not in {table.name for table in tables}:
            for ending in WRITERS:
                (folder / f"{kind.name}.{ending}").unlink(missing_ok=True)
    whole = folder / "tables.docx"
    save(tables_document(tables, title=f"{read.label}: tables of the audit"), whole)
    return [*written, whole]


def write_tables(data_dir: str | Path, results_dir: str | Path, *, reviews: Iterable[str]) -> None:
    """Write the tables into the results folder of each review.

    Parameters
    ----------
    data_dir : folder with one folder per review, as typed in
    results_dir : folder with one folder per review, as computed
    reviews : which reviews
    """
    for review in sorted(set(reviews)):
        write_review_tables(data_dir, results_dir, review=review)
