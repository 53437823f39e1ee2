"""The whole pipeline for one review outside Snakemake, into one folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from metaudit.audit import AuditRow
from metaudit.documents import write_review_documents
from metaudit.errors import DataError
from metaudit.figures.draw import draw_review
from metaudit.files import replacing_folder
from metaudit.formats.review import Review
from metaudit.report import write_report
from metaudit.stages.audit import write_audit
from metaudit.stages.effects import write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled
from metaudit.tables import write_tables

STEPS = ("the table", "effect sizes", "pooling", "verdicts", "figures", "tables", "letter", "report")


def write_whole(
    review: Review,
    out: Path,
    *,
    level: float = 0.95,
    tell: Callable[[str], None] = lambda _: None,
    search: str = "all",
) -> list[AuditRow]:
    """Write everything about one review into ``out``, with its page in ``out/report/``.

    The results are made beside ``out`` and moved there when complete, so that a stopped run leaves nothing half-written.

    Parameters
    ----------
    review : the review, read and checked
    out : folder to write; it must be new or empty
    level : confidence level where an analysis states none
    tell : is told each of ``STEPS`` when it begins
    search : ``all`` or ``missed``, as in ``metaudit.audit.audit``

    Returns
    -------
    The verdicts, as they were written.

    Raises
    ------
    DataError
        when ``out`` exists and is not empty, or is no folder
    OutputError
        when it cannot be written
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(
            f"{out}: the folder exists and is not empty. Name a new one, so that no older result is mistaken for this one."
        )
    data = review.folder.resolve()
    with replacing_folder(out, part=data.name) as scratch:
        results = scratch / data.name
        tell("the table")
        extract(data, results)
        if (results / "extraction.csv").is_file():
            tell("effect sizes")
            write_effects(review, results, level=level)
            tell("pooling")
            write_pooled(review, results, level=level)
        tell("verdicts")
        rows = write_audit(review, results, others={}, level=level, search=search)
        tell("figures")
        draw_review(data, results, formats=["svg", "forest.pdf"])
        tell("tables")
        write_tables(data.parent, scratch, reviews=[data.name])
        tell("letter")
        write_review_documents(data.parent, scratch, review=data.name)
        tell("report")
        write_report(data.parent, scratch, reviews=[data.name], home="..")
        shutil.move(scratch / "report", results / "report")
    return rows
