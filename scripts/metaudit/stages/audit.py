"""Stage 4: the audit of every review, written as CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from metaudit.audit import AuditRow, audit_in_full
from metaudit.files import write_json, write_rows
from metaudit.formats.review import Review
from metaudit.pooling.pool import SEED
from metaudit.stages.compatible import write_compatible
from metaudit.stages.multiverse import write_multiverse
from metaudit.stages.row_checks import write_row_checks
from metaudit.stages.universe import write_universe

COLUMNS = tuple(AuditRow.__dataclass_fields__)


def write_audit(
    review: Review,
    results_dir: str | Path,
    *,
    others: Mapping[str, Review],
    level: float,
    seed: int = SEED,
    search: str = "all",
) -> list[AuditRow]:
    """Audit one review and write ``audit.csv``, ``audit.json`` and ``compatible.csv``; for one with data, what was searched."""
    audited = audit_in_full(review, others=others, level=level, seed=seed, search=search)
    rows, out = list(audited.rows), Path(results_dir)
    if review.rows:
        write_multiverse(audited, out)
        write_row_checks(review, out, level=level)
        write_universe(review, rows, out, level=level, seed=seed)
    write_compatible(review, out, level=level)
    write_json(out / "audit.json", as_json(rows))
    write_rows(out / "audit.csv", COLUMNS, [_flat(r) for r in rows])
    return rows


def as_json(rows: Iterable[AuditRow]) -> list[dict[str, Any]]:
    """The list of objects of ``audit.json``."""
    return [r.to_row() for r in rows]


def _flat(row: AuditRow) -> dict[str, Any]:
    return {k: "; ".join(v) if isinstance(v, tuple) else v for k, v in row.to_row().items()}
