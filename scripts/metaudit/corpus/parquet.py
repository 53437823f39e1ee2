"""Parquet files that are whole or not there, with the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metaudit.files import replacing

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class Writer:
    """A Parquet file that is being written in groups of rows.

    Parameters
    ----------
    file : pyarrow's writer
    schema : of all its groups
    """

    def __init__(self, file: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._file, self.schema = file, schema
        self._kept: list[Mapping[str, Any]] = []

    def write(self, rows: pa.Table) -> None:
        """Add one group of rows; an empty one is passed over."""
        if rows.num_rows:
            self._file.write_table(rows.select(self.schema.names).cast(self.schema), row_group_size=rows.num_rows)

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Keep some rows, a dictionary each, for the next group."""
        self._kept += rows

    def flush(self) -> None:
        """Write what was kept as one group."""
        import pyarrow as pa

        self.write(pa.Table.from_pylist(self._kept, schema=self.schema))
        self._kept = []


@contextmanager
def writing(path: Path, schema: pa.Schema) -> Iterator[Writer]:
    """Write a Parquet file; it takes its place when the block ends well.

    Compressed by Snappy, which every reader knows; page sizes and the version of the format are pyarrow's defaults, which
    the lock pins.

    Raises
    ------
    OutputError
        when it cannot be written
    """
    import pyarrow.parquet as pq

    with replacing(path) as scratch, pq.ParquetWriter(scratch, schema, compression="snappy") as file:
        writer = Writer(file, schema)
        yield writer
        writer.flush()
