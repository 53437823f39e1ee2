"""Read the table of a corpus piece by piece, as text, so that its size does not matter."""

from __future__ import annotations

from collections.abc import Iterator

from metaudit.corpus.columns import TABLES
from metaudit.corpus.csv_rows import csv_header, csv_pieces
from metaudit.corpus.parquet_rows import parquet_header, parquet_pieces
from metaudit.corpus.piece import Piece, TableFile
from metaudit.errors import Problem
from metaudit.formats.headers import check_header

_KIND = {"extraction": "extraction.csv", "claims": "claims.csv", "analyses": "analyses"}


def check_table(file: TableFile) -> list[Problem]:
    """What keeps a table as a whole from being read: what it is, its header, the types of its columns."""
    columns = {c.name: c for c in TABLES[file.table]}
    if file.is_parquet:
        names, problems = parquet_header(file)
        records = [names]
    else:
        records, problems = csv_header(file)
    if problems:
        return problems
    stripped = [[name.strip() for name in record] for record in records[:1]]
    return check_header([*stripped, *records[1:]], columns, file.shown, _KIND[file.table])


def pieces(file: TableFile) -> Iterator[Piece]:
    """The rows of a table whose header is right, in their order; blank ones are passed over.

    Raises
    ------
    InputError
        when the file cannot be read on: a quotation mark that is not closed, bytes that are not UTF-8, a file that breaks off.
    """
    return parquet_pieces(file) if file.is_parquet else csv_pieces(file)
