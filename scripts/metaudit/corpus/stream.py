"""Read the table of a corpus piece by piece, as text, so that its size does not matter."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from metaudit.corpus.columns import AS_PRINTED, TABLES
from metaudit.errors import InputError, Problem
from metaudit.formats.headers import check_header
from metaudit.formats.tables import broken_csv, ragged_row
from metaudit.formats.text_file import other_than_text

if TYPE_CHECKING:
    import pyarrow as pa

ROW = "corpus row"
"""Column of a piece, and of a shard's tables: the row in the corpus's file, as a spreadsheet shows it (the header is row 1)."""
ROWS_AT_ONCE = 20_000
_KIND = {"extraction": "extraction.csv", "claims": "claims.csv", "analyses": "analyses"}
_ABOVE_HEADER = 21
_LONGEST_LINE = 10_000_000


@dataclass(frozen=True)
class TableFile:
    """One table of a corpus.

    Attributes
    ----------
    table : which of ``columns.TABLES`` it is
    path : the file
    shown : its path as it is written in messages
    """

    table: str
    path: Path
    shown: str

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet and not CSV."""
        return self.path.suffix == ".parquet"


@dataclass(frozen=True)
class Ragged:
    """A row whose cells cannot be told apart, with what stands where the review's id should stand."""

    review: str
    problem: Problem


@dataclass(frozen=True)
class Piece:
    """Some rows of a table: ``rows`` has a text column for each column of the file, and their row numbers in ``ROW``."""

    rows: pa.Table
    ragged: tuple[Ragged, ...] = ()


def check_table(file: TableFile) -> list[Problem]:
    """What keeps a table as a whole from being read: what it is, its header, the types of its columns."""
    columns = {c.name: c for c in TABLES[file.table]}
    if file.is_parquet:
        names, problems = _parquet_header(file)
        records = [names]
    else:
        records, problems = _csv_header(file)
    if problems:
        return problems
    stripped = [[name.strip() for name in record] for record in records[:1]]
    return check_header([*stripped, *records[1:]], columns, file.shown, _KIND[file.table])


def pieces(file: TableFile) -> Iterator[Piece]:
    """The rows of a table whose header is right, in their order; blank rows of a CSV are passed over.

    Raises
    ------
    InputError
        when the file cannot be read on: a quotation mark that is not closed, bytes that are not UTF-8.
    """
    return _parquet_pieces(file) if file.is_parquet else _csv_pieces(file)


def _unreadable(file: TableFile, message: str, fix: str, row: int = 0) -> InputError:
    return InputError([Problem(file.shown, row, "", "encoding", message, fix)])


# Parquet ------------------------------------------------------------------------------------------------------------


def _parquet_header(file: TableFile) -> tuple[list[str], list[Problem]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(file.path)
        names = list(schema.names)
    except UnicodeDecodeError:
        message = "the name of a column is not UTF-8 text."
        return [], [Problem(file.shown, 0, "", "encoding", message, "Write the table again, or save it as CSV UTF-8.")]
    except (pa.ArrowException, OSError) as error:
        message = f"the file is not Parquet that can be read ({str(error).splitlines()[0].rstrip('.')})."
        return [], [Problem(file.shown, 0, "", "parquet", message, "Write it again, or save the table as CSV.")]
    problems = []
    for column in schema:
        name, wrong = column.name.strip(), _wrong_type(column.name.strip(), column.type)
        if wrong:
            problems.append(Problem(file.shown, 0, name, "column-type", *wrong))
    return names, problems


def _wrong_type(name: str, type_: pa.DataType) -> tuple[str, str] | None:
    """What is wrong with the type of a column, and what would be right."""
    import pyarrow.types as t

    value = type_.value_type if t.is_dictionary(type_) else type_
    if _is_text(value) or t.is_null(value) or t.is_integer(value):
        return None
    if name in AS_PRINTED:
        fix = "Store it as text, digit by digit as printed: 0.50 is not 0.5."
        return f"the column holds {value}, in which the digits as printed are lost.", fix
    if t.is_floating(value) or t.is_decimal(value) or t.is_boolean(value):
        return None
    return f"the column holds {value}, neither text nor numbers.", "Store it as text or as numbers."


def _is_text(type_: pa.DataType) -> bool:
    import pyarrow.types as t

    return bool(t.is_string(type_) or t.is_large_string(type_) or t.is_string_view(type_))


def _parquet_pieces(file: TableFile) -> Iterator[Piece]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = 2
    try:
        # Pages are read as they are needed: a file may have been written as one group of ten million rows.
        with pq.ParquetFile(file.path, buffer_size=1 << 20, pre_buffer=False) as source:
            for batch in source.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False):
                names = [n.strip() for n in batch.schema.names]
                texts = [as_text(c) for c in batch.columns]
                _require_utf8(file, names, texts, first)
                rows = pa.array(range(first, first + batch.num_rows), pa.int64())
                yield Piece(pa.table([*texts, rows], names=[*names, ROW]))
                first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        message = f"the file cannot be read on after row {first - 1} ({str(error).splitlines()[0].rstrip('.')})."
        raise InputError([Problem(file.shown, first, "", "parquet", message, "Write it again.")]) from None


def _require_utf8(file: TableFile, names: list[str], texts: list[pa.Array], first: int) -> None:
    """Refuse a cell of bytes that are no text, as those of a CSV are refused: Parquet can call anything a text."""
    import pyarrow as pa

    for name, cells in zip(names, texts, strict=True):
        try:
            cells.validate(full=True)
        except pa.ArrowInvalid:
            row = first + next((i for i, cell in enumerate(cells) if not _decodes(cell)), 0)
            fix = "Write the table again as UTF-8, or save it as CSV UTF-8."
            problem = Problem(file.shown, row, name, "encoding", "the cell is not UTF-8 text.", fix)
            raise InputError([problem]) from None


def _decodes(cell: pa.Scalar) -> bool:
    try:
        cell.as_py()
    except UnicodeDecodeError:
        return False
    return True


def as_text(column: pa.Array) -> pa.Array:
    """The cells of a column as text, None where they are missing.

    Whole numbers have no decimal point, whatever their type (a table with gaps stores them as floating-point numbers);
    other numbers are written with the fewest digits that give them back.
    """
    import pyarrow as pa
    import pyarrow.types as t

    if t.is_dictionary(column.type):
        return as_text(column.dictionary_decode())
    if t.is_floating(column.type):
        return pa.array([_digits(x) for x in column], pa.string())
    return column.cast(pa.string())


def _digits(x: pa.Scalar) -> str | None:
    import numpy as np
    import pyarrow.types as t

    value = x.as_py()
    if value is None or value != value:
        return None
    if abs(value) < 1e15 and value == int(value):
        return str(int(value))
    narrow = {16: np.float16, 32: np.float32}.get(0 if t.is_float64(x.type) else x.type.bit_width)
    return str(narrow(value)) if narrow else repr(float(value))


# CSV ----------------------------------------------------------------------------------------------------------------


def _csv_header(file: TableFile) -> tuple[list[list[str]], list[Problem]]:
    with file.path.open("rb") as handle:
        other = other_than_text(handle.read(4096))
    if other:
        return [], [Problem(file.shown, 1, "", "encoding", other, "Save it as CSV UTF-8.")]
    try:
        with _opened(file) as handle:
            return list(islice(_records(file, handle), _ABOVE_HEADER)), []
    except InputError as error:
        return [], error.problems


def _opened(file: TableFile) -> TextIO:
    return file.path.open(encoding="utf-8-sig", newline="")


def _records(file: TableFile, handle: TextIO) -> Iterator[list[str]]:
    """The records of a CSV one by one, so that a broken one is named by the number of those before it."""
    number = 0
    try:
        for record in csv.reader(_lines(file, handle), strict=True):
            number += 1
            yield record
    except csv.Error as error:
        raise InputError([broken_csv(error, file.shown, number + 1)]) from None
    except UnicodeDecodeError:
        raise _unreadable(
            file, "the row holds a character that is not UTF-8.", "Save it as CSV UTF-8.", _bad_line(file)
        ) from None


def _lines(file: TableFile, handle: TextIO) -> Iterator[str]:
    for line, text in enumerate(iter(lambda: handle.readline(_LONGEST_LINE), ""), start=1):
        if len(text) == _LONGEST_LINE:
            message = f"the line has more than {_LONGEST_LINE:,} characters."
            raise _unreadable(file, message, "Save the table as CSV UTF-8, one line a row.", line)
        if "\x00" in text:
            raise _unreadable(
                file, "the file holds NUL bytes; it is not a text file in UTF-8.", "Save it as CSV UTF-8.", line
            )
        yield text


def _bad_line(file: TableFile) -> int:
    """The line of the first bytes that are not UTF-8."""
    with file.path.open("rb") as handle:
        for line, content in enumerate(handle, start=1):
            try:
                content.decode("utf-8")
            except UnicodeDecodeError:
                return line
    return 0


def _csv_pieces(file: TableFile) -> Iterator[Piece]:
    with _opened(file) as handle:
        records = _records(file, handle)
        header = [name.strip() for name in next(records, [])]
        numbered = enumerate(records, start=2)
        while True:
            some = list(islice(numbered, ROWS_AT_ONCE))
            if not some:
                return
            yield _piece(file, header, some)


def _piece(file: TableFile, header: list[str], numbered: list[tuple[int, list[str]]]) -> Piece:
    import pyarrow as pa

    filled = [(row, cells) for row, cells in numbered if any(c.strip() for c in cells)]
    whole = [(row, cells) for row, cells in filled if len(cells) == len(header)]
    ragged = tuple(
        Ragged(_cell(cells, header.index("review")), ragged_row(cells, len(header), file.shown, row))
        for row, cells in filled
        if len(cells) != len(header)
    )
    columns: list[Any] = [pa.array([cells[i] for _, cells in whole], pa.string()) for i in range(len(header))]
    rows = pa.array([row for row, _ in whole], pa.int64())
    return Piece(pa.table([*columns, rows], names=[*header, ROW]), ragged)


def _cell(cells: list[str], index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""
