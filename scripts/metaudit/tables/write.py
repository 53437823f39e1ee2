"""Write the tables of every review."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.files import write_text
from metaudit.tables.markup import Rows, to_csv, to_latex, to_markdown
from metaudit.tables.reading import read_review
from metaudit.tables.summary import ANALYSES, CLAIMS, Column, analysis_rows, claim_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def write_table(stem: Path, columns: Sequence[Column], rows: Rows, *, caption: str, label: str) -> None:
    """Write one table as ``.csv``, ``.md`` and ``.tex`` beside each other."""
    write_text(f"{stem}.csv", to_csv(columns, rows))
    write_text(f"{stem}.md", to_markdown(columns, rows))
    write_text(f"{stem}.tex", to_latex(columns, rows, caption=caption, label=label))


def write_tables(data_dir: str | Path, results_dir: str | Path, *, reviews: Iterable[str]) -> None:
    """Write ``tables/analyses`` and ``tables/claims`` into the results folder of each review.

    Parameters
    ----------
    data_dir : folder with one folder per review, as typed in
    results_dir : folder with one folder per review, as computed
    reviews : which reviews
    """
    for name in sorted(set(reviews)):
        review = read_review(data_dir, results_dir, name)
        folder = Path(results_dir) / name / "tables"
        write_table(
            folder / "analyses",
            ANALYSES,
            analysis_rows(review),
            caption=f"Analyses of {review.label}, re-derived from the published data",
            label=f"tab:{name}-analyses",
        )
        write_table(
            folder / "claims",
            CLAIMS,
            claim_rows(review),
            caption=f"Printed numbers of {review.label} and what could be re-derived",
            label=f"tab:{name}-claims",
        )


main = write_tables
