"""Corpora made up for a test: tables from plain lists, or from review folders."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from metaudit.corpus.read import open_corpus
from metaudit.corpus.schema import TABLES
from metaudit.corpus.shard import audit_shard
from metaudit.corpus.split import split
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.formats.review import Review
from metaudit.formats.select import select_rows

Rows = Sequence[Mapping[str, Any]]
AS_CLAIMED = (
    "analysis quantity subject printed unit scale rounding method refers_to source where certainty note".split()
)


def write_table(path: Path, rows: Rows, columns: Iterable[str] | None = None) -> Path:
    """Write rows as CSV or as Parquet with text columns, whichever the name says."""
    names = list(columns or dict.fromkeys(k for r in rows for k in r))
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        cells = {n: pa.array([None if r.get(n) in (None, "") else str(r[n]) for r in rows], pa.string()) for n in names}
        pq.write_table(pa.table(cells), path, row_group_size=7)
    else:
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, names, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return path


def tables(
    stem: Path, rows: Rows, *, claims: Rows = (), analyses: Rows = (), ending: str = "csv"
) -> Path:  # fmt: skip
    """Write a corpus beside ``stem``: X.csv, and X.claims.csv and X.analyses.csv where there are any."""
    path = write_table(stem.with_name(f"{stem.name}.{ending}"), rows)
    if claims:
        write_table(stem.with_name(f"{stem.name}.claims.{ending}"), claims)
    if analyses:
        write_table(stem.with_name(f"{stem.name}.analyses.{ending}"), analyses)
    return path


def as_rows(reviews: Iterable[Review]) -> dict[str, list[dict[str, Any]]]:
    """What reviews hold as the three tables; meta-regressions, which tables do not have, are left out."""
    out: dict[str, list[dict[str, Any]]] = {"rows": [], "claims": [], "analyses": []}
    for review in reviews:
        kept = {a.id for a in review.analyses.values() if not a.moderators}
        for analysis in (a for a in review.analyses.values() if a.id in kept):
            for row in select_rows(analysis, review.rows)[0] if analysis.data != "none" else ():
                out["rows"].append({"review": review.id, "analysis": analysis.id, **row.cells})
            method = dict(analysis.method)
            software = method.pop("software", "")
            if "zero_cells" in method:
                method["zero_cells"] = str(zero_cells_from(method["zero_cells"]))
            said = {k: review.citation.get(k, "") for k in ("authors", "year", "journal", "doi")}
            out["analyses"].append(
                {
                    "review": review.id, "analysis": analysis.id, "title": analysis.title, "measure": "; ".join(analysis.measures),
                    "method": "; ".join(f"{k}={v}" for k, v in method.items()), "favours": analysis.favours,
                    "subgroups": analysis.subgroups, "data": analysis.data, "kind": review.kind, "software": software, **said,
                }
            )  # fmt: skip
        out["claims"] += [
            {"review": review.id, "claim": c.id, **{k: getattr(c, k) for k in AS_CLAIMED}}
            for c in review.claims
            if c.analysis in kept or not c.analysis
        ]
    return out


# A small library: two reviews with three analyses, one of which prints a number that does not come out.
ROWS = [
    {"review": "smith-2001", "analysis": "death", "study": "A", "events_t": "10", "n_t": "50", "events_c": "20", "n_c": "50"},
    {"review": "smith-2001", "analysis": "death", "study": "B", "events_t": "3", "n_t": "60", "events_c": "5", "n_c": "60"},
    {"review": "jones-2010", "analysis": "pain", "study": "C", "mean_t": "3.1", "sd_t": "1.2", "n_t": "30", "mean_c": "4.0",
     "sd_c": "1.3", "n_c": "31"},
    {"review": "smith-2001", "analysis": "bleeding", "study": "A", "events_t": "8", "n_t": "50", "events_c": "4", "n_c": "50"},
    {"review": "jones-2010", "analysis": "pain", "study": "D", "mean_t": "2.9", "sd_t": "1.1", "n_t": "40", "mean_c": "3.5",
     "sd_c": "1.2", "n_c": "40"},
    {"review": "smith-2001", "analysis": "bleeding", "study": "B", "events_t": "6", "n_t": "60", "events_c": "2", "n_c": "60"},
]  # fmt: skip
ANALYSES = [
    {
        "review": "smith-2001",
        "analysis": "death",
        "measure": "RR",
        "method": "model=random; tau2=DL; ci=wald",
        "year": "2001",
    },
    {"review": "smith-2001", "analysis": "bleeding", "measure": "RR", "software": "RevMan 5.3"},
    {
        "review": "jones-2010",
        "analysis": "pain",
        "measure": "MD",
        "method": "model=common",
        "favours": "low",
        "year": "2010",
    },
]
CLAIMS = [
    {"review": "smith-2001", "claim": "rr", "analysis": "death", "quantity": "estimate", "printed": "0.52"},
    {"review": "smith-2001", "claim": "k", "analysis": "death", "quantity": "k", "printed": "2"},
    {"review": "smith-2001", "claim": "bleed", "analysis": "bleeding", "quantity": "estimate", "printed": "9.99"},
    {"review": "jones-2010", "claim": "md", "analysis": "pain", "quantity": "estimate", "printed": "-0.73"},
]


def small(
    folder: Path, *, ending: str = "csv", rows: Rows = ROWS, claims: Rows = CLAIMS, analyses: Rows = ANALYSES
) -> Path:
    """Write the small library, or a variation of it."""
    return tables(folder / "library", rows, claims=claims, analyses=analyses, ending=ending)


def audited(
    path: Path, out: Path, *, shards: int = 1, search: str = "missed", **options: Any
) -> dict[str, list[dict[str, Any]]]:
    """Split and audit; the tables of all shards, one after the other."""
    for folder in split(open_corpus(path), shards, out / "shards"):
        files = {table: out / table / f"{folder.name}.parquet" for table in TABLES}
        audit_shard(folder, **files, search=search, **options)
    return {
        table: [r for f in sorted((out / table).iterdir()) for r in pq.read_table(f).to_pylist()] for table in TABLES
    }
