"""The CSV tables that RevMan writes, by the names of their columns in small letters."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from metaudit.drafts.draft import Notice
from metaudit.imports.revman_shared import garbled, words
from metaudit.imports.safe import refusal

_FIELD_LIMIT = 4 * 1024 * 1024


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    shown : how messages name it
    header : names of the columns, in small letters
    rows : column -> cell; ``#`` holds the row as a spreadsheet counts it
    notices : what was left out
    """

    shown: str
    header: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    notices: tuple[Notice, ...] = ()


def read_table(text: str, shown: str, *, delimiter: str = ",") -> Table:
    """A table of RevMan's.

    Raises
    ------
    InputError
        when quotation marks are not closed, a row has more cells than the header, or two columns have one name.
    """
    records: list[list[str]] = []
    before = csv.field_size_limit(_FIELD_LIMIT)
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            records.append(record)
    except csv.Error as error:
        what = (
            "a cell is far too long"
            if "field limit" in str(error)
            else "a quotation mark is not closed as it should be"
        )
        raise refusal(shown, "csv", f"{what}.", "Export the table again.", row=len(records) + 1) from None
    finally:
        csv.field_size_limit(before)
    header = tuple(words(h).lower() for h in records[0]) if records else ()
    twice = sorted({h for h in header if h and header.count(h) > 1})
    if twice:
        raise refusal(
            shown, "duplicate-column", f"two columns are named {twice[0]!r}.", "Export the table again.", row=1
        )
    rows: list[Mapping[str, str]] = []
    notices = garbled(text, shown)
    for number, record in enumerate(records[1:], 2):
        if not any(cell.strip() for cell in record):
            continue
        beyond = [c.strip() for c in record[len(header) :] if c.strip()]
        if beyond:
            message = f"the row has cells beyond the last column: {', '.join(beyond)[:80]}."
            raise refusal(
                shown,
                "ragged-row",
                message,
                "Export the table again; text with commas stands in quotation marks.",
                row=number,
            )
        rows.append({**{h: c for h, c in zip(header, record, strict=False) if h}, "#": str(number)})
    return Table(shown, header, tuple(rows), tuple(notices))
