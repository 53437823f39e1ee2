"""The tables of both extractors, read and checked; extraction.csv need not be there yet."""

from __future__ import annotations

from pathlib import Path

from metaudit.errors import InputError, Problem
from metaudit.formats.columns import EXTRACTORS
from metaudit.formats.review import Review, load_review, shown_path
from metaudit.formats.row_rules import check_row


def read_extractors(folder: str | Path) -> Review:
    """Read a review folder with ``extraction.A.csv`` and ``extraction.B.csv``.

    Raises
    ------
    InputError
        with every problem of every file; and where one of the two tables is missing or holds no row.
    """
    review, problems = load_review(folder)
    if review is None:
        raise InputError(problems)
    shown = shown_path(review.folder)
    for who, name in EXTRACTORS.items():
        if who not in review.extractors:
            fix = f"Two people fill in {' and '.join(EXTRACTORS.values())}, with the columns of extraction.csv."
            problems.append(Problem(f"{shown}/{name}", 0, "", "missing-file", "the file is missing.", fix))
        elif not review.extractors[who]:
            problems.append(
                Problem(f"{shown}/{name}", 0, "", "no-rows", "the table holds no row.", "Fill in one row a study.")
            )
        problems += [p for row in review.extractors.get(who, ()) for p in check_row(row, f"{shown}/{name}")]
    if problems:
        raise InputError(problems)
    return review
