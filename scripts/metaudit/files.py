"""Writing results: whole or not at all, and the same bytes every time."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

NUMBER_FORMAT = ".10g"


def write_text(path: str | Path, text: str) -> None:
    """Write a text file atomically: a killed run leaves the old file or the new one, never half of one."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with scratch.open("w", encoding="utf-8", newline="") as handle:
            handle.write(text)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def cell(value: Any) -> str:
    """One CSV cell: numbers with ten significant digits, nothing for missing."""
    if value is None:
        return ""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return format(0.0 if value == 0 else value, NUMBER_FORMAT)
    return str(value)


def write_rows(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write dictionaries as a CSV table with exactly these columns."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        unknown = set(row) - set(columns)
        if unknown:
            raise KeyError(f"{path}: columns {sorted(unknown)} are not declared")
        writer.writerow([cell(row.get(c)) for c in columns])
    write_text(path, buffer.getvalue())


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Read a CSV table that metaudit wrote."""
    with Path(path).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def json_ready(value: Any) -> Any:
    """Plain JSON values: NaN becomes null, floats keep ten significant digits."""
    if isinstance(value, Mapping):
        return {k: json_ready(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_ready(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return (
            None if math.isnan(value) else ("Inf" if value > 0 else "-Inf") if math.isinf(value) else float(cell(value))
        )
    return value


def write_json(path: str | Path, value: Any) -> None:
    """Write JSON, indented, in the order given."""
    write_text(path, json.dumps(json_ready(value), indent=1, ensure_ascii=False) + "\n")
