"""The whole pipeline for one review outside Snakemake, into one folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from metaudit.documents import write_review_documents
from metaudit.errors import DataError
from metaudit.figures.draw import draw_review
from metaudit.formats.review import Review
from metaudit.report import write_report
from metaudit.stages.audit import write_audit
from metaudit.stages.effects import write_effects
from metaudit.stages.extract import extract
from metaudit.stages.pool import write_pooled
from metaudit.tables import write_tables


def write_whole(review: Review, out: Path, *, level: float = 0.95) -> None:
    """Write everything about one review into ``out``, with its page in ``out/report/``.

    The results are made beside ``out`` and moved there when complete, so that a stopped run leaves nothing half-written.

    Raises
    ------
    DataError
        when ``out`` exists and is not empty, or is no folder.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(
            f"{out}: the folder exists and is not empty. Name a new one, so that no older result is mistaken for this one."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    data = review.folder.resolve()
    scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        results = scratch / data.name
        extract(data, results)
        if (results / "extraction.csv").is_file():
            write_effects(review, results, level=level)
            write_pooled(review, results, level=level)
        write_audit(review, results, others={}, level=level)
        draw_review(data, results, formats=["svg", "forest.pdf"])
        write_tables(data.parent, scratch, reviews=[data.name])
        write_review_documents(data.parent, scratch, review=data.name)
        write_report(data.parent, scratch, reviews=[data.name], home="..")
        shutil.move(scratch / "report", results / "report")
        if out.exists():
            out.rmdir()
        results.chmod(0o777 & ~_umask())
        results.replace(out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
