"""The verdicts of a review: from its results when they are newer than everything they rest on, else by an audit."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from metaudit.audit import AuditRow, audit
from metaudit.formats.review import Review

_LIBRARY = Path(__file__).resolve().parents[1]
_NUMBERS = {f.name for f in fields(AuditRow) if f.type in ("float", float)}
_LISTS = {f.name for f in fields(AuditRow) if str(f.type).startswith("tuple")}


def verdicts_of(review: Review, results: str | Path | None = None) -> list[AuditRow]:
    """The verdict of every claim of a review.

    Parameters
    ----------
    review : the review, read and checked
    results : folder of its results; without one, ``results/<review>`` of the project the review's folder lies in
        (``data/reviews/<review>``)

    Returns
    -------
    What ``audit.json`` says when it is newer than the review's files, those of the reviews it refers to, and the
    library; else the outcome of a new audit. Nothing is written.
    """
    path = (Path(results) if results else _usual_place(review)) / "audit.json"
    if is_fresh(path, review):
        found = read_rows(path)
        if found is not None and covers(found, review):
            return found
    return audit(review)


def _usual_place(review: Review) -> Path:
    folder = review.folder.resolve()
    return folder.parents[2] / "results" / review.id if len(folder.parents) > 2 else folder / "results"


def is_fresh(path: Path, review: Review) -> bool:
    """Whether a file is newer than everything an audit of the review depends on."""
    if not path.is_file():
        return False
    made = path.stat().st_mtime_ns
    return all(p.stat().st_mtime_ns <= made for p in _depends_on(review))


def _depends_on(review: Review) -> Iterable[Path]:
    folder = review.folder.resolve()
    others = {c.refers_to.partition("/")[0] for c in review.claims if c.refers_to} - {review.id}
    for place in (folder, *(folder.parent / name for name in sorted(others))):
        if place.is_dir():
            yield from (p for p in sorted(place.iterdir()) if p.suffix in (".yaml", ".csv"))
    yield from _LIBRARY.rglob("*.py")
    yield from _LIBRARY.rglob("*.yaml")
    yield from (_LIBRARY.parents[1] / "data").glob("*.yaml")
    yield from (_LIBRARY.parents[1] / "data" / "presets").glob("*.yaml")


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
