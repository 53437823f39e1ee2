"""A sheet as rows of text, before anybody has said what its columns are: CSV, tabs, semicolons, pipes, blanks."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, Problem
from metaudit.formats.spreadsheet import unguarded

MOST_ROWS = 20_000
MOST_COLUMNS = 1_000
# In this order where two fit alike: the first three hardly stand inside a cell.
DELIMITERS = ("\t", ";", "|", ",")
NAMES = {
    "\t": "tabs",
    ";": "semicolons",
    "|": "vertical bars",
    ",": "commas",
    " ": "blanks",
    "  ": "two or more blanks",
}
_LOOKED_AT = 400


@dataclass(frozen=True)
class Grid:
    """A sheet.

    Attributes
    ----------
    file : as named in messages
    sheet : name of the sheet; empty for a text file
    rows : cells as text, every row of the same width
    odd : (row, column), both from 0 -> what a cell is besides its text: ``date`` or ``formula``
    delimiter : what separated the columns; empty for a workbook
    cells : how many cells each row of a text file has; empty for a workbook
    """

    file: str
    sheet: str
    rows: tuple[tuple[str, ...], ...]
    odd: Mapping[tuple[int, int], str] = field(default_factory=dict)
    delimiter: str = ""
    cells: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0]) if self.rows else 0

    @property
    def shown(self) -> str:
        """File and sheet, as a place in messages."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file


def letter(column: int) -> str:
    """A column's letter as spreadsheets show it, from its number (the first is 0)."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def text_grid(text: str, shown: str, delimiter: str | None = None) -> tuple[Grid, list[Notice]]:
    """Rows of a text table, and what was guessed to read them.

    Parameters
    ----------
    text : the file's text
    shown : the file, as named in messages
    delimiter : what separates the columns, when the person says it; ``tab`` is understood

    Raises
    ------
    InputError
        when a quotation mark is not closed, the file has one column, or it is far too large for a table of studies.
    """
    said = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}.get(
        delimiter or "", delimiter
    )
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    named = re.match(r"\ufeff?sep=(.)\n", lines)
    notices: list[Notice] = []
    skipped = 0
    if named:  # a line by which Excel is told the separator
        said, lines, skipped = said or named[1], lines[named.end() :], 1
    sign = said or _sniff(lines)
    if sign is None:
        raise _refusal(
            shown,
            1,
            "one-column",
            "the file has one column, so there is no table to import.",
            "Export it as CSV; when another sign separates the columns, say it with --delimiter.",
        )
    if len(sign) != 1 and sign != "  ":
        raise _refusal(shown, 0, "delimiter", f"{sign!r} cannot separate columns.", "It is one sign: , ; | or tab.")
    records, found = _records(lines, sign, shown, skipped)
    notices += found
    records = [[""]] * skipped + records
    if len(records) > MOST_ROWS or max(map(len, records), default=0) > MOST_COLUMNS:
        raise too_large(shown)
    width = max((_filled_width(r) for r in records), default=0)
    rows = tuple(tuple(unguarded(c.strip()) for c in r[:width]) + ("",) * (width - len(r)) for r in records)
    return Grid(
        shown, "", _with_row_names(rows, sign), delimiter=sign, cells=tuple(_filled_width(r) for r in records)
    ), notices


def too_large(shown: str) -> InputError:
    """Refusal of a table that nobody extracted by hand."""
    return _refusal(
        shown,
        0,
        "too-large",
        f"the table has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns.",
        "Import the table of studies only.",
    )


def _filled_width(record: list[str]) -> int:
    return max((i + 1 for i, c in enumerate(record) if c.strip()), default=0)


def _sniff(text: str) -> str | None:
    """The separator under which most rows have one and the same number of cells, and that number is not 1."""
    head = "\n".join(text.split("\n")[:_LOOKED_AT])
    best: tuple[float, str] | None = None
    for sign in DELIMITERS:
        if sign in head:
            score = _fit(_loosely(head, **_dialect(sign, head)))
            if score > 0 and (best is None or score > best[0] + 1e-9):
                best = (score, sign)
    if best is not None:
        return best[1]
    for sign in ("  ", " "):
        score = _fit(_split_blanks(head, sign))
        if score > 0.9:
            return sign
    return None


def _loosely(text: str, **dialect: Any) -> list[list[str]]:
    """The records of a text, whatever its quotation marks; none when a cell is longer than any cell of a table."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), **dialect))
    except csv.Error:
        return []


def _fit(records: list[list[str]]) -> float:
    """How much a list of records looks like a table: the share of its rows that have the usual width."""
    widths = [len(r) for r in records if any(c.strip() for c in r)]
    usual = Counter(w for w in widths if w > 1)
    if not usual:
        return 0.0
    width, n = max(usual.items(), key=lambda item: (item[1], item[0]))
    filled = max(sum(1 for c in r if c.strip()) for r in records)
    # A sign that stands in every row is worth more than one that stands in some; more columns break ties.
    return n / len(widths) + min(width, filled) / 1000


def _dialect(sign: str, text: str) -> dict[str, Any]:
    """Settings of the CSV reader; programs that escape quotation marks by a backslash are recognised."""
    escaped = '\\"' in text
    return {"delimiter": sign, "escapechar": "\\" if escaped else None, "skipinitialspace": sign in ";,|"}


def _split_blanks(text: str, sign: str) -> list[list[str]]:
    if sign == "  ":
        return [re.split(r"\s{2,}|\t", line.strip()) for line in text.split("\n") if line.strip()]
    return [[c for c in r if c] for r in _loosely(text, delimiter=" ", skipinitialspace=True)]


def _records(text: str, sign: str, shown: str, skipped: int) -> tuple[list[list[str]], list[Notice]]:
    """Every record; a broken one is refused with its row, or read with a notice where its meaning is plain."""
    if sign in (" ", "  "):
        return _split_blanks(text, sign), []
    dialect = _dialect(sign, text)
    if dialect["escapechar"]:  # \\N is how databases write an empty cell
        text = re.sub(rf"(^|{re.escape(sign)})\\N(?={re.escape(sign)}|$)", r"\1", text, flags=re.MULTILINE)
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), strict=True, **dialect):
            records.append(record)
            if len(records) > MOST_ROWS:
                raise too_large(shown)
        return records, []
    except csv.Error as error:
        row = len(records) + 1 + skipped
        if "field larger" in str(error):
            raise too_large(shown) from None
    loose = _loosely(text, **dialect)
    usual = Counter(len(r) for r in loose if len(r) > 1).most_common(1)
    plain = [line.split(sign) for line in text.split("\n")]
    if usual and len(loose) == len(plain) - text.endswith("\n") and all(len(r) in (0, usual[0][0]) for r in loose):
        notice = Notice(
            "guessed",
            f"{shown}, row {row}",
            "a quotation mark stands inside a cell and is not doubled; the text was read without it.",
            "Look at the row.",
        )
        return loose, [notice]
    message = "a quotation mark opens in this row and is not closed as it should be."
    raise _refusal(shown, row, "csv", message, "Close every quotation mark; double those inside a cell.")


def _with_row_names(rows: tuple[tuple[str, ...], ...], sign: str) -> tuple[tuple[str, ...], ...]:
    """R writes row names without a heading: then the header is one cell shorter than every row."""
    if sign not in (" ", "\t", ",", ";") or len(rows) < 3:
        return rows
    head, body = rows[0], [r for r in rows[1:] if any(r)]
    short = head[-1] == "" and all(head[:-1]) and len(set(head[:-1])) == len(head) - 1
    if not (short and body and all(r[-1] != "" and r[0] != "" for r in body)):
        return rows
    return (("row names", *head[:-1]), *rows[1:])


def _refusal(shown: str, row: int, rule: str, message: str, fix: str) -> InputError:
    return InputError([Problem(shown, row, "", rule, message, fix)])
