"""How much was audited, read from the shards' tables column by column."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from metaudit.corpus.schema import SHARD, TABLES

_SHARD = re.compile(r"shard-\d+")
ACCEPTABLE = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "NOT_CHECKABLE")
"""Verdicts that nobody need act on; those of ``audit.verdict``, which would bring numpy to whoever only counts."""


@dataclass(frozen=True)
class Counts:
    """What a corpus held.

    Attributes
    ----------
    reviews, analyses, claims : how many were audited; a review without any analysis or claim leaves no trace in the tables
    worse : claims with a verdict worse than UNDERSPECIFIED, NOT_CHECKABLE not counted
    broken : reviews that were not audited because something is wrong with their data
    astray : mistakes in rows that name no review, and so were left out
    """

    reviews: int
    analyses: int
    claims: int
    worse: int
    broken: int
    astray: int = 0


def of_shards(results_dir: Path, shards: Iterable[str]) -> Counts:
    """Count what some shards hold.

    Parameters
    ----------
    results_dir : folder with ``audit``, ``analyses`` and ``problems``
    shards : names of the shards
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    reviews = analyses = claims = worse = broken = astray = 0
    for shard in shards:
        judged = pq.read_table(results_dir / "audit" / f"{shard}.parquet", columns=["review", "verdict"])
        named = pq.read_table(results_dir / "analyses" / f"{shard}.parquet", columns=["review"])
        wrong = pq.read_table(results_dir / "problems" / f"{shard}.parquet", columns=["review"])
        reviews += len(set(pc.unique(judged["review"]).to_pylist()) | set(pc.unique(named["review"]).to_pylist()))
        analyses += named.num_rows
        claims += judged.num_rows
        verdicts = {v["values"]: v["counts"] for v in pc.value_counts(judged["verdict"]).to_pylist()}
        worse += sum(n for verdict, n in verdicts.items() if verdict not in ACCEPTABLE)
        of_review = wrong.filter(pc.not_equal(wrong["review"], ""))
        broken += len(pc.unique(of_review["review"]))
        astray += wrong.num_rows - of_review.num_rows
    return Counts(reviews, analyses, claims, worse, broken, astray)


def in_words(counts: Counts, results_dir: str | Path) -> str:
    """A sentence or two for whoever ran it."""
    said = (
        f"{counts.claims:,} printed numbers of {counts.analyses:,} analyses in {counts.reviews:,} reviews audited; "
        f"{counts.worse:,} of them have a verdict worse than UNDERSPECIFIED."
    )
    if counts.broken:
        said += f" {counts.broken:,} more reviews were not audited because of their data: see {results_dir}/problems."
    if counts.astray:
        said += f" Rows that name no review were left out: see {results_dir}/problems."
    return said


def notes_of(folder: Path) -> list[str]:
    """What has to be known of a whole corpus to read its verdicts, as every shard of it says in its folder; nothing of folders of reviews."""
    file = folder / SHARD
    return list(json.loads(file.read_text(encoding="utf-8"))["notes"]) if file.is_file() else []


def left_over(results_dir: Path, shards: Iterable[str]) -> list[Path]:
    """Tables of shards that there are no more: an earlier run had more of them. What somebody else put there is not touched."""
    known = {f"{shard}.parquet" for shard in shards}
    there = (p for table in TABLES for p in (results_dir / table).glob("shard-*.parquet") if p.name not in known)
    return sorted(p for p in there if _SHARD.fullmatch(p.stem))
