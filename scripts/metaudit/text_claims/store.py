"""claims.draft.csv: proposed claims that wait for a person's yes or no."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from metaudit.errors import InputError, Problem
from metaudit.formats.review import shown_path
from metaudit.formats.tables import nearest
from metaudit.formats.text_file import decoded
from metaudit.text_claims.match import number
from metaudit.text_claims.rows import CLAIM_COLUMNS, COLUMNS

DRAFT = "claims.draft.csv"
_YES = frozenset({"yes", "y", "oui", "o", "true", "1", "x"})
_NO = frozenset({"no", "n", "non", "false", "0"})


@dataclass(frozen=True)
class DraftRow:
    """One row of claims.draft.csv and its row in the file; ``confirmed`` is None until a person has decided."""

    line: int
    cells: Mapping[str, str]
    confirmed: bool | None

    def text(self, column: str) -> str:
        """A cell's text, empty when it is not there."""
        return self.cells.get(column, "")


def read_draft(folder: Path) -> list[DraftRow]:
    """The rows of a folder's claims.draft.csv; an empty list when there is none.

    Raises
    ------
    InputError
        for a file that is no such table, and for a decision that is neither yes nor no.
    """
    path = folder / DRAFT
    shown = f"{shown_path(folder)}/{DRAFT}"
    if not path.is_file():
        return []
    text, problem = decoded(path, shown, "CSV UTF-8")
    if problem:
        raise InputError([problem])
    records = _records(text, shown)
    header, rows, problems = records[0] if records else [], [], []
    for name in (n for n in header if n not in COLUMNS):
        problems.append(
            Problem(shown, 1, name, "unknown-column", f"column {name!r} is not known.", nearest(name, COLUMNS))
        )
    for name in ("confirm", "claim", "quantity", "printed"):
        if name not in header:
            problems.append(
                Problem(
                    shown,
                    1,
                    name,
                    "missing-column",
                    f"column {name!r} is missing.",
                    "Run metaudit claims again on the text.",
                )
            )
    for line, record in enumerate(records[1:], start=2):
        if not any(c.strip() for c in record):
            continue
        if len(record) != len(header):
            problems.append(
                Problem(
                    shown,
                    line,
                    "",
                    "ragged-row",
                    f"the row has {len(record)} cells, the header {len(header)}.",
                    "Put a cell that holds a comma between quotation marks.",
                )
            )
            continue
        cells = {name: cell.strip() for name, cell in zip(header, record, strict=True)}
        word = cells.get("confirm", "").lower()
        if word and word not in _YES | _NO:
            problems.append(
                Problem(
                    shown,
                    line,
                    "confirm",
                    "choice",
                    f"{cells['confirm']!r} is neither yes nor no.",
                    "Write yes or no, or leave it empty to decide later.",
                )
            )
        rows.append(DraftRow(line, cells, True if word in _YES else False if word in _NO else None))
    if problems:
        raise InputError(problems)
    return rows


def _records(text: str, shown: str) -> list[list[str]]:
    """The cells; a spreadsheet in a language with decimal commas sets columns off by semicolons."""
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else "\t" if first.count("\t") > first.count(",") else ","
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(
            [
                Problem(
                    shown,
                    0,
                    "",
                    "csv",
                    f"the table cannot be read ({error}).",
                    "Close every quotation mark; double those inside a cell.",
                )
            ]
        ) from None


def draft_text(rows: Iterable[Mapping[str, str]]) -> str:
    """claims.draft.csv with these rows."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: " ".join(str(v).split()) for k, v in row.items()} for row in rows)
    return buffer.getvalue()


def merged(old: Sequence[DraftRow], new: Sequence[Mapping[str, str]]) -> tuple[list[dict[str, str]], int]:
    """Old rows as they stand, with the decisions made in them, and those new ones that are not among them.

    Returns
    -------
    The rows, and how many of the new ones were there already.
    """
    rows = [dict(r.cells) for r in old]
    seen = {_key(r.cells) for r in old}
    taken = {r.text("claim") for r in old}
    there = 0
    for row in new:
        if _key(row) in seen:
            there += 1
            continue
        name, n = row["claim"], 2
        while name in taken:
            name, n = f"{row['claim']}-{n}", n + 1
        taken.add(name)
        rows.append({**row, "claim": name})
    return rows, there


def _key(row: Mapping[str, str]) -> tuple[str, object, str]:
    """What makes two rows the same proposal: the number, and the words it stands in; the quantity may have been corrected."""
    printed = number(row.get("printed", ""))
    value = (printed.value, printed.decimals, printed.relation) if printed else row.get("printed", "")
    return row.get("source", ""), value, row.get("text", "")


def claim_cells(row: DraftRow) -> dict[str, str]:
    """The cells of a row that go into claims.csv; what a person has confirmed was read."""
    cells = {c: row.text(c) for c in CLAIM_COLUMNS if row.text(c)}
    if cells.get("certainty", "unverified") == "unverified":
        cells["certainty"] = "read"
    return cells
