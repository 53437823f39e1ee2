"""The rows of a corpus's table that is Parquet, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metaudit.corpus import piece
from metaudit.corpus.columns import AS_PRINTED, TABLES
from metaudit.corpus.piece import ROW, Piece, TableFile
from metaudit.errors import InputError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

_AS_TEXT = "Store it as text, as it is printed."


def parquet_header(file: TableFile) -> tuple[list[str], list[Problem]]:
    """The names of the columns, and what keeps the file, or a column of this type, from being read."""
    schema, problem = _schema(file)
    if problem:
        return [], [problem]
    problems = []
    for column in schema:
        name, wrong = column.name.strip(), _wrong_type(column.name.strip(), column.type)
        if wrong:
            problems.append(Problem(file.shown, 0, name, "column-type", *wrong))
    return list(schema.names), problems


def without_digits(file: TableFile) -> list[str]:
    """Columns of measurements that hold numbers and not text: of 2.0 nobody knows whether the paper prints 2 or 2.0."""
    schema, _ = _schema(file)
    kinds = {c.name: c.kind for c in TABLES[file.table]}
    return [c.name.strip() for c in schema if kinds.get(c.name.strip()) == "number" and _is_broken(c.type)]


def parquet_pieces(file: TableFile) -> Iterator[Piece]:
    """The rows of a table whose header is right; blank ones are passed over.

    Raises
    ------
    InputError
        where the file breaks off, for a cell that is not UTF-8, and for a number in a column of words.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = 2
    try:
        # Pages are read as they are needed: a file may have been written as one group of ten million rows.
        with pq.ParquetFile(file.path, buffer_size=1 << 20, pre_buffer=False) as source:
            for batch in source.iter_batches(batch_size=piece.ROWS_AT_ONCE, use_threads=False):
                names = [n.strip() for n in batch.schema.names]
                texts = [as_text(c) for c in batch.columns]
                for name, column, cells in zip(names, batch.columns, texts, strict=True):
                    _require_utf8(file, name, cells, first)
                    _require_words(file, name, column, cells, first=first)
                rows = pa.array(range(first, first + batch.num_rows), pa.int64())
                yield Piece(_filled(pa.table([*texts, rows], names=[*names, ROW])))
                first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        message = f"the file cannot be read on after row {first - 1} ({_said(error)})."
        raise InputError([Problem(file.shown, first, "", "parquet", message, "Write it again.")]) from None


def as_text(column: pa.Array) -> pa.Array:
    """The cells of a column as text, None where they are missing.

    Whole numbers have no decimal point, whatever their type (a table with gaps stores them as floating-point numbers, and a
    decimal type gives all its numbers the same digits); other numbers are written with the fewest digits that give them back.
    Bytes without a type are read as UTF-8: several programs write their texts so.
    """
    import pyarrow as pa
    import pyarrow.types as t

    if t.is_dictionary(column.type):
        return as_text(column.dictionary_decode())
    if t.is_floating(column.type):
        return pa.array([_digits(x) for x in column], pa.string())
    if t.is_decimal(column.type):
        return pa.array([None if (d := x.as_py()) is None else f"{d.normalize():f}" for x in column], pa.string())
    return column.cast(pa.string(), safe=not (t.is_binary(column.type) or t.is_large_binary(column.type)))


def _schema(file: TableFile) -> tuple[pa.Schema, Problem | None]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(file.path)
        schema.names  # noqa: B018 - decoded here, and nowhere else
    except UnicodeDecodeError:
        message = "the name of a column is not UTF-8 text."
        fix = "Write the table again, or save it as CSV UTF-8."
        return None, Problem(file.shown, 0, "", "encoding", message, fix)
    except (pa.ArrowException, OSError) as error:
        message = f"the file is not Parquet that can be read ({_said(error)})."
        return None, Problem(file.shown, 0, "", "parquet", message, "Write it again, or save the table as CSV.")
    return schema, None


def _said(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")


def _wrong_type(name: str, type_: pa.DataType) -> tuple[str, str] | None:
    """What is wrong with the type of a column, and what would be right."""
    import pyarrow.types as t

    value = type_.value_type if t.is_dictionary(type_) else type_
    if _is_text(value) or t.is_null(value) or t.is_integer(value):
        return None
    if name in AS_PRINTED:
        fix = "Store it as text, digit by digit as printed: 0.50 is not 0.5."
        return f"the column holds {value}, in which the digits as printed are lost.", fix
    if t.is_boolean(value):
        return "the column holds yes and no, without the words for them.", "Store it as text, in the words of claims."
    if _is_broken(value):
        return None
    return f"the column holds {value}, neither text nor numbers.", "Store it as text or as numbers."


def _is_text(type_: pa.DataType) -> bool:
    import pyarrow.types as t

    named = t.is_string(type_) or t.is_large_string(type_) or t.is_string_view(type_)
    return bool(named or t.is_binary(type_) or t.is_large_binary(type_))


def _is_broken(type_: pa.DataType) -> bool:
    """Whether numbers of a type have decimals."""
    import pyarrow.types as t

    value = type_.value_type if t.is_dictionary(type_) else type_
    return bool(t.is_floating(value) or t.is_decimal(value))


def _require_utf8(file: TableFile, name: str, cells: pa.Array, first: int) -> None:
    """Refuse a cell of bytes that are no text, as those of a CSV are refused: Parquet can call anything a text."""
    import pyarrow as pa

    try:
        cells.validate(full=True)
    except pa.ArrowInvalid:
        row = first + next((i for i, cell in enumerate(cells) if not _decodes(cell)), 0)
        fix = "Write the table again as UTF-8, or save it as CSV UTF-8."
        raise InputError([Problem(file.shown, row, name, "encoding", "the cell is not UTF-8 text.", fix)]) from None


def _decodes(cell: pa.Scalar) -> bool:
    try:
        cell.as_py()
    except UnicodeDecodeError:
        return False
    return True


def _require_words(file: TableFile, name: str, column: pa.Array, cells: pa.Array, *, first: int) -> None:
    """Refuse a number with decimals as a name: the study 1.10 would be called 1.1, and no claim about it would find it."""
    words = {c.name for c in TABLES[file.table] if c.kind == "text"}
    if name not in words or not _is_broken(column.type):
        return
    found = next(((i, c.as_py()) for i, c in enumerate(cells) if c.is_valid and "." in c.as_py()), None)
    if found:
        message = f"the column holds numbers, and {found[1]} may have been written with more digits."
        raise InputError([Problem(file.shown, first + found[0], name, "column-type", message, _AS_TEXT)])


def _filled(rows: pa.Table) -> pa.Table:
    """The rows without those that are blank, as spreadsheets leave them below a table."""
    import pyarrow.compute as pc

    def is_filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.not_equal(pc.utf8_trim_whitespace(pc.fill_null(column, "")), "")

    some = is_filled(rows["review"])  # nearly always true: the other columns need not be looked at
    if not pc.all(some, min_count=0).as_py():
        for name in rows.schema.names:
            if name not in ("review", ROW):
                some = pc.or_(some, is_filled(rows[name]))
        rows = rows.filter(some)
    return rows


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
