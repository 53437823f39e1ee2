"""An Excel workbook: one sheet with metaudit's own columns, numbers as numbers that show the digits typed."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from typing import Any

from metaudit.exports.content import Content
from metaudit.exports.wide import own_table
from metaudit.formats.columns import EXTRACTION

_PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?")
# Excel keeps 15 significant digits.
_DIGITS = 15
_WHEN = datetime(1980, 1, 1)  # the same bytes whenever it is written
_TEXT = {c.name for c in EXTRACTION if c.kind not in ("count", "number", "year")}


def write(content: Content) -> bytes:
    """The rows as a workbook; what Excel would change (1/2, <.001, 51 %, more than 15 digits) is a text cell."""
    from openpyxl import Workbook

    header, rows = own_table(content)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "extraction"
    sheet.append(header)
    sheet.freeze_panes = "B2"
    for line, row in enumerate(rows, start=2):
        for place, column in enumerate(header, start=1):
            if column in row:
                _fill(sheet.cell(line, place), column, row[column])
    book.properties.creator = "metaudit"
    book.properties.created = book.properties.modified = _WHEN
    out = io.BytesIO()
    book.save(out)
    return _without_times(out.getvalue())


def _fill(cell: Any, column: str, text: str) -> None:
    number = _PLAIN.fullmatch(text)
    if number and column not in _TEXT and len(text.strip("-0").replace(".", "")) <= _DIGITS:
        decimals = number[1]
        cell.value = float(text) if decimals else int(text)
        cell.number_format = "0." + "0" * (len(decimals) - 1) if decimals else "0"
    else:
        cell.value = text
        cell.data_type = "s"  # a text that begins with = is no formula
        cell.number_format = "@"


def _without_times(data: bytes) -> bytes:
    """The same workbook with every part dated alike."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            text = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", old.read(name))
            new.writestr(info, text if name == "docProps/core.xml" else old.read(name))
    return out.getvalue()
