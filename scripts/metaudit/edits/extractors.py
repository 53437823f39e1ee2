"""What a second extractor typed, as edits: the first thing to try where two people filled in the table independently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metaudit.edits.edit import Change, Edit
from metaudit.formats.columns import KEYS
from metaudit.formats.tables import Row

Key = tuple[str, ...]


def row_key(row: Row) -> Key:
    """Which study, outcome, time point and comparison a row is about."""
    return tuple(row.text(name) for name in KEYS["extraction.csv"])


def extractor_edits(
    rows: Sequence[Row], extractors: Mapping[str, Sequence[Row]], *, columns: Sequence[str]
) -> list[Edit]:
    """Every cell that an extractor typed otherwise than the table has it, every such row, and all of them at once.

    Parameters
    ----------
    rows : the rows of extraction.csv
    extractors : by extractor, the rows that he or she typed; they are found again by study, outcome, time point and comparison
    columns : columns that effects are made of

    Returns
    -------
    Edits of single cells, of all cells of a row where several differ, and of all rows; none for what is typed otherwise
    but is the same number, none for rows that an extractor does not have.
    """
    out: list[Edit] = []
    for who, typed in sorted(extractors.items()):
        about, theirs = f"extractor {who}", {row_key(r): r for r in typed}
        every: list[Change] = []
        for row in rows:
            other = theirs.get(row_key(row))
            changes = differences(row, other, columns) if other is not None else ()
            sets = [(c,) for c in changes] + ([changes] if len(changes) > 1 else [])
            out += [Edit("other-extractor", row.text("study"), (row.line,), s, about=about) for s in sets]
            every += changes
        lines = tuple(sorted({c.line for c in every}))
        if len(lines) > 1:
            out.append(Edit("other-extractor-all", "", lines, tuple(every), about=about))
    return list(dict.fromkeys(out))


def differences(row: Row, other: Row, columns: Sequence[str]) -> tuple[Change, ...]:
    """The cells that another row of the same study has otherwise; 0.5 and 0.50 are one number."""
    out = []
    for name in columns:
        mine, theirs = row.text(name), other.text(name)
        same_number = row.value(name) is not None and row.value(name) == other.value(name)
        if mine != theirs and not same_number:
            out.append(Change(row.line, name, mine, theirs))
    return tuple(out)
