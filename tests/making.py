"""Reviews made up for a test: a folder with its four files, from plain lists."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from metaudit.audit import AuditRow, audit
from metaudit.formats.review import Review, read_review

# A number that is re-derived and differs: how far decides between them.
DIFFERS = ("NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")
CLAIM_COLUMNS = (
    "claim",
    "analysis",
    "quantity",
    "subject",
    "printed",
    "unit",
    "scale",
    "rounding",
    "method",
    "refers_to",
    "source",
    "where",
    "certainty",
    "note",
)


def claim(name: str, quantity: str, printed: str, **cells: str) -> dict[str, str]:
    """One row of claims.csv about the analysis ``main``."""
    return {
        "claim": name,
        "analysis": "main",
        "quantity": quantity,
        "printed": printed,
        "source": "paper",
        "certainty": "read",
        **cells,
    }


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV table; missing cells stay empty."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(columns), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_review(
    folder: Path, *, claims: list[dict[str, str]], rows: list[dict[str, Any]] | None = None, kind: str = "meta-analysis",
    analyses: Mapping[str, Any] | None = None, **main: Any,
) -> Path:  # fmt: skip
    """Write a review folder.

    ``main`` holds the keys of the analysis ``main`` (measure, method, subgroups ...); ``analyses`` replaces all of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entry = {
        "title": "Made up",
        "select": {"outcome": "pain"} if rows else {},
        "data": "complete" if rows else "none",
        **main,
    }
    document = {
        "id": folder.name, "title": "A made-up review", "kind": kind,
        "citation": {"authors": f"Author of {folder.name}", "year": 2020, "journal": "Journal"},
        "analyses": {"main": entry} if analyses is None else dict(analyses),
    }  # fmt: skip
    with (folder / "review.yaml").open("w", encoding="utf-8") as handle:
        YAML().dump(document, handle)
    write_table(
        folder / "sources.csv",
        ("source", "citation", "read"),
        [{"source": "paper", "citation": "A paper", "read": "full text"}],
    )
    write_table(folder / "claims.csv", CLAIM_COLUMNS, claims)
    if rows:
        filled = [{"outcome": "pain", "source": "paper", "certainty": "read", **r} for r in rows]
        write_table(folder / "extraction.csv", dict.fromkeys(k for r in filled for k in r), filled)
    return folder


def made(folder: Path, **content: Any) -> Review:
    """Write a review folder and read it."""
    return read_review(write_review(folder, **content))


def audited(folder: Path, **content: Any) -> dict[str, AuditRow]:
    """Write a review folder and audit it: claim id -> verdict."""
    return {r.claim: r for r in audit(made(folder, **content))}
