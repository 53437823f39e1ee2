"""The rows of a corpus's table that is CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, TextIO

from metaudit.corpus import piece
from metaudit.corpus.piece import ROW, Piece, Ragged, TableFile
from metaudit.errors import InputError, Problem
from metaudit.formats.tables import broken_csv, ragged_row
from metaudit.formats.text_file import other_than_text

_ABOVE_HEADER = 21
_LONGEST_LINE = 10_000_000
# What Python makes of bytes that are not UTF-8 when it is told to go on: so the reader of CSV can say whose cell they are.
_NO_UTF8 = re.compile("[\udc80-\udcff]")


class _NoRowError(Exception):
    """A line that cannot belong to a table; the arguments are what is wrong, and what would be right."""


def csv_header(file: TableFile) -> tuple[list[list[str]], list[Problem]]:
    """The first records of a table, the header before all, and what keeps them from being read."""
    with file.path.open("rb") as handle:
        other = other_than_text(handle.read(4096))
    if other:
        return [], [Problem(file.shown, 1, "", "encoding", other, "Save it as CSV UTF-8.")]
    try:
        with _opened(file) as handle:
            return list(islice(_records(file, handle), _ABOVE_HEADER)), []
    except InputError as error:
        return [], error.problems


def csv_pieces(file: TableFile) -> Iterator[Piece]:
    """The rows of a table whose header is right; blank ones are passed over.

    Raises
    ------
    InputError
        for a quotation mark that is not closed, or bytes that are not UTF-8.
    """
    with _opened(file) as handle:
        records = _records(file, handle)
        header = [name.strip() for name in next(records, [])]
        numbered = enumerate(records, start=2)
        while True:
            some = list(islice(numbered, piece.ROWS_AT_ONCE))
            if not some:
                return
            yield _piece(file, header, some)


def _opened(file: TableFile) -> TextIO:
    return file.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _records(file: TableFile, handle: TextIO) -> Iterator[list[str]]:
    """The records of a CSV one by one, so that a broken one is named by the number of those before it."""
    number = 0
    header: list[str] = []
    garbled: list[bool] = []  # of the lines of a record, whether they hold other than UTF-8

    def wrong(rule: str, message: str, fix: str, column: str = "") -> InputError:
        return InputError([Problem(file.shown, number, column, rule, message, fix)])

    try:
        for record in csv.reader(_lines(handle, garbled), strict=True):
            number += 1
            if any(garbled):
                place = next((i for i, cell in enumerate(record) if _NO_UTF8.search(cell)), 0)
                before = _NO_UTF8.split(record[place])[0][-20:]
                where = f"the character after {before!r}" if before else "the first character of the cell"
                column = header[place] if place < len(header) else ""
                raise wrong("encoding", f"{where} is not UTF-8.", "Save the table as CSV UTF-8.", column)
            garbled.clear()
            header = header or [name.strip() for name in record]
            yield record
    except csv.Error as error:
        raise InputError([broken_csv(error, file.shown, number + 1)]) from None
    except _NoRowError as error:
        number += 1
        raise wrong("encoding", *error.args) from None


def _lines(handle: TextIO, garbled: list[bool]) -> Iterator[str]:
    for text in iter(lambda: handle.readline(_LONGEST_LINE), ""):
        if len(text) == _LONGEST_LINE:
            message = f"a line of the row has more than {_LONGEST_LINE:,} characters."
            raise _NoRowError(message, "Save the table as CSV UTF-8, one line a row.")
        if "\x00" in text:
            raise _NoRowError("the row holds NUL bytes; the file is no text in UTF-8.", "Save it as CSV UTF-8.")
        if not text.isascii():
            garbled.append(_NO_UTF8.search(text) is not None)
        yield text


def _piece(file: TableFile, header: list[str], numbered: list[tuple[int, list[str]]]) -> Piece:
    import pyarrow as pa

    filled = [(row, cells) for row, cells in numbered if any(c.strip() for c in cells)]
    whole = [(row, cells) for row, cells in filled if len(cells) == len(header)]
    ragged = tuple(
        _ragged(cells, header.index("review"), ragged_row(cells, len(header), file.shown, row))
        for row, cells in filled
        if len(cells) != len(header)
    )
    columns: list[Any] = [pa.array([cells[i] for _, cells in whole], pa.string()) for i in range(len(header))]
    rows = pa.array([row for row, _ in whole], pa.int64())
    return Piece(pa.table([*columns, rows], names=[*header, ROW]), ragged)


def _ragged(cells: list[str], place: int, problem: Problem) -> Ragged:
    short = [text if len(text := cell.strip()) <= piece.LONGEST_ODD else "" for cell in cells]
    others = dict.fromkeys(text for i, text in enumerate(short) if text and i != place)
    return Ragged(short[place] if place < len(short) else "", tuple(others), problem)
