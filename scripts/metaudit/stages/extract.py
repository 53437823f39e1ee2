"""Stage 1: read and check a review, convert what it reports, and say what is left out and why."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from metaudit.files import write_json
from metaudit.formats.columns import EXTRACTORS
from metaudit.formats.review import Review, read_review

OF_DATA = """extraction exclusions readings conversions effects pooled weights proportions regression leave_one_out cumulative influence
    small_study gosh network_summary network network_treatments network_studies sequential_summary sequential multiverse curve
    medians row_checks universe universe_methods universe_intervals universe_studies universe_weights universe_printed""".split()
"""Results that only a review with an extraction table has."""
INPUTS = ("review.yaml", "extraction.csv", "claims.csv", "sources.csv", "candidates.csv", *EXTRACTORS.values())


def extract(review_dir: str | Path, results_dir: str | Path) -> Review:
    """Check one review and write ``inputs.json``; with a table also ``extraction.csv`` and its companions.

    Nothing is written when anything is wrong with the input.
    """
    review = read_review(review_dir)
    if (Path(review_dir) / "extraction.csv").is_file():
        from metaudit.stages.table import write_table  # numpy and scipy: a review of claims alone does not need them

        write_table(review, Path(results_dir))
    else:
        for name in OF_DATA:  # what an earlier table gave would be shown as this review's
            (Path(results_dir) / f"{name}.csv").unlink(missing_ok=True)
    write_json(Path(results_dir) / "inputs.json", _inputs(review))
    return review


def _inputs(review: Review) -> dict[str, Any]:
    files = {
        n: hashlib.sha256((review.folder / n).read_bytes()).hexdigest() for n in INPUTS if (review.folder / n).is_file()
    }
    return {
        "review": review.id,
        "rows": len(review.rows),
        "claims": len(review.claims),
        "analyses": len(review.analyses),
        "sha256": files,
    }
