"""The verdicts of a review: from its results while these rest on the files as they are, else by an audit."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from metaudit.audit import AuditRow, audit
from metaudit.formats.review import Review
from metaudit.stages.extract import INPUTS

_NUMBERS = {f.name for f in fields(AuditRow) if f.type in ("float", float)}
_LISTS = {f.name for f in fields(AuditRow) if str(f.type).startswith("tuple")}


def verdicts_of(
    review: Review,
    results: str | Path | None = None,
    *,
    fresh: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> list[AuditRow]:
    """The verdict of every claim of a review.

    Parameters
    ----------
    review : the review, read and checked
    results : folder of its results; without one, ``results/<review>`` of the project the review's folder lies in
        (``data/reviews/<review>``)
    fresh : audit anew, whatever the results say
    tell : is told in a sentence where the verdicts come from when they are not of a new audit

    Returns
    -------
    What ``audit.json`` says when ``inputs.json`` beside it has the digests of the review's files, and likewise for the
    reviews it refers to; else the outcome of a new audit. Nothing is written. Results of an earlier version of the
    library with the same files are used, which is why ``tell`` says so.
    """
    folder = Path(results) if results else _usual_place(review)
    if not fresh and rests_on(folder, review):
        found = read_rows(folder / "audit.json")
        if found is not None and covers(found, review):
            tell(f"From {folder / 'audit.json'}, made of the same files; --fresh audits them anew.")
            return found
    return audit(review)


def _usual_place(review: Review) -> Path:
    folder = review.folder.resolve()
    return folder.parents[2] / "results" / review.id if len(folder.parents) > 2 else folder / "results"


def rests_on(results: Path, review: Review) -> bool:
    """Whether results were made of a review's files as they are now, and of those of the reviews it refers to.

    Parameters
    ----------
    results : folder of the review's results; those of other reviews lie beside it
    review : the review
    """
    folder = review.folder.resolve()
    others = {c.refers_to.partition("/")[0] for c in review.claims if c.refers_to} - {review.id, ""}
    return (
        (results / "audit.json").is_file()
        and _same_files(results / "inputs.json", folder)
        and all(_same_files(results.resolve().parent / o / "inputs.json", folder.parent / o) for o in sorted(others))
    )


def _same_files(inputs: Path, folder: Path) -> bool:
    """Whether ``inputs.json`` has the digest of every input file of a folder, and of no other."""
    if not inputs.is_file() or not folder.is_dir():
        return False
    try:
        known = json.loads(inputs.read_text(encoding="utf-8"))["sha256"]
    except (ValueError, KeyError, TypeError):
        return False
    here = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in INPUTS if (folder / n).is_file()}
    return bool(here) and known == here


def covers(rows: Iterable[AuditRow], review: Review) -> bool:
    """Whether rows are about the claims of a review as they are now."""
    told = {r.claim: r.printed for r in rows}
    return all(told.get(c.id) == c.printed for c in review.claims)


def read_rows(path: Path) -> list[AuditRow] | None:
    """The rows of an ``audit.json``; None when it was written by a version with other fields."""
    records = json.loads(path.read_text(encoding="utf-8"))
    names = {f.name for f in fields(AuditRow)}
    if any(set(r) != names for r in records):
        return None
    return [_row(r) for r in records]


def _row(record: Mapping[str, Any]) -> AuditRow:
    return AuditRow(**{k: _value(k, v) for k, v in record.items()})


def _value(name: str, value: Any) -> Any:
    if name in _LISTS:
        return tuple(value)
    if name in _NUMBERS:
        return math.nan if value is None else {"Inf": math.inf, "-Inf": -math.inf}.get(value, value)
    return value
