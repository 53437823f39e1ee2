"""Numbers and names as other programs can read them."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from metaudit.effects.convert import Converted
from metaudit.exports.content import Content
from metaudit.formats.spreadsheet import guarded

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")


def shortest(x: float) -> str:
    """The fewest digits that give the number back; whole numbers without a decimal point, nothing for no number."""
    if math.isnan(x):
        return ""
    return str(int(x)) if x == int(x) and abs(x) < 1e15 else repr(float(x))


def plain(row: Converted, column: str, content: Content) -> str:
    """A number of a row as any program reads it: as typed where that is a plain number.

    A percentage of events, a number that only a conversion gives and signs that only people read are written as the
    number that is meant, with a notice. Empty where the row does not give the number.
    """
    text = row.row.text(column)
    printed = row.row.numbers.get(column)
    if text and _PLAIN.fullmatch(text):
        return text
    value = row.values.get(column, math.nan)
    if math.isnan(value) and printed is not None and printed.relation == "=" and not printed.percent:
        value = printed.value
    number = shortest(value)
    place = content.row_place(row, column)
    if number:
        how = row.routes.get(column, "")
        message = f"{text!r} is written as {number}." if text else f"{number} is written, from what the row reports."
        content.tell("converted", place, message + (f" ({how})" if how else ""))
    elif text:
        content.tell("dropped", place, f"{text!r} is no plain number, and the file has no other place for it.")
    return number


def csv_text(header: Sequence[str], rows: Iterable[Mapping[str, str]], *, line_end: str = "\n") -> str:
    """A table as CSV; cells that are missing stay empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(header), restval="", lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def guard_all(rows: Iterable[Mapping[str, str]], content: Content) -> list[dict[str, str]]:
    """Rows for a file that people open in spreadsheets: texts that would be run as formulas begin with an apostrophe.

    Parameters
    ----------
    rows : cells by column
    content : the export, which tells how many cells were changed
    """
    kept = [dict(row) for row in rows]
    safe = [{column: guarded(text) for column, text in row.items()} for row in kept]
    changed = sum(a[c] != b[c] for a, b in zip(kept, safe, strict=True) for c in a)
    if changed:
        message = f"{changed} cell{'s' if changed > 1 else ''} that a spreadsheet would run as a formula begin with an apostrophe here."
        fix = "metaudit import takes it away again; another program may show it."
        content.tell("converted", "extraction.csv", message, fix)
    return safe
