"""A table of a corpus and its rows, some at a time: what the readers of CSV and of Parquet give alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.errors import Problem

if TYPE_CHECKING:
    import pyarrow as pa

ROW = "corpus row"
"""Column of a piece, and of a shard's tables: the row in the corpus's file, as a spreadsheet shows it (the header is row 1)."""
ROWS_AT_ONCE = 20_000
LONGEST_ODD = 300
"""Characters of what may be meant as an id and is none; in what is longer nobody looks for one."""


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
    """A row with too many or too few cells: which cell is which cannot be told.

    Attributes
    ----------
    review : what stands where the id of the review should stand; it may be another cell
    others : what stands in the other cells, each once
    problem : what is wrong with the row
    """

    review: str
    others: tuple[str, ...]
    problem: Problem


@dataclass(frozen=True)
class Piece:
    """Some rows of a table: ``rows`` has a text column for each column of the file, and their row numbers in ``ROW``."""

    rows: pa.Table
    ragged: tuple[Ragged, ...] = ()
