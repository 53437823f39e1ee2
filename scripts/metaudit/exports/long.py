"""One row an arm."""

from __future__ import annotations

from metaudit.effects.convert import Converted
from metaudit.exports.content import Content
from metaudit.exports.numbers import csv_text, guard_all
from metaudit.exports.wide import PROVENANCE
from metaudit.formats.columns import EXTRACTION

ARMS = {"_t": "treatment", "_c": "control"}
_FIRST = ("study", "year", "outcome", "timepoint", "comparison", "arm")
# Columns of which each arm has its own.
STEMS = tuple(c.name.removesuffix("_t") for c in EXTRACTION if c.name.endswith("_t"))


def write(content: Content) -> bytes:
    """The arms of every study, one below the other, every cell as typed."""
    rows = [arm for row in content.rows() for arm in _arms(row, content)]
    columns = dict.fromkeys(c for r in rows for c in r)
    header = [*(c for c in _FIRST if c in columns), *(c for c in STEMS if c in columns)]
    header += [c for c in columns if c not in header]
    dropped = [c for c in PROVENANCE if any(c in r.row.cells for r in content.rows())]
    if dropped:
        content.tell("dropped", "extraction.csv", f"where the numbers were read is not carried: {', '.join(dropped)}.")
    return csv_text(header, guard_all(rows, content)).encode()


def _arms(row: Converted, content: Content) -> list[dict[str, str]]:
    cells = {c: t for c, t in row.row.cells.items() if c not in PROVENANCE}
    if "arm" in cells:
        message = f"{row.label} shares its control group ({cells.pop('arm')}); the column arm says which arm a row is."
        content.tell("dropped", content.row_place(row, "arm"), message)
    of_arms = {f"{stem}{s}" for stem in STEMS for s in ARMS}
    shared = {c: t for c, t in cells.items() if c not in of_arms}
    return [
        {**shared, "arm": name, **{stem: cells[f"{stem}{s}"] for stem in STEMS if f"{stem}{s}" in cells}}
        for s, name in ARMS.items()
    ]
