"""Result files of a review that only its pages show, and which files there are to take away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.report.figure_kinds import FOLDER, figure_rows
from metaudit.tables.kinds import KINDS
from metaudit.tables.reading import rows_if_any
from metaudit.tables.write import WRITERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from metaudit.tables.reading import Row

# Shown on pages; the tables of one analysis have a column ``analysis``.
BY_ANALYSIS = ("influence", "small_study", "multiverse", "medians")
BY_ROW = ("row_checks", "conversions")
ENDINGS = {
    ".csv": "CSV",
    ".json": "JSON",
    ".md": "Markdown",
    ".html": "HTML",
    ".tex": "LaTeX",
    ".docx": "docx",
    ".svg": "SVG",
    ".pdf": "PDF",
    ".png": "PNG",
}
# The order in which the pipeline makes them; files not named here follow by name.
FIRST = ("extraction", "effects", "pooled", "weights", "audit")
# What the stages write and somebody may want; what else lies in the folder is nobody's result. A test compares with the Snakefile.
WRITTEN = (
    *(
        f"{name}.csv"
        for name in """extraction exclusions readings conversions effects
        pooled weights proportions regression leave_one_out cumulative influence small_study gosh
        network_summary network network_treatments network_studies sequential_summary sequential
        multiverse curve medians row_checks universe
        universe_methods universe_intervals universe_studies universe_weights universe_printed""".split()
    ),
    "audit.csv",
    "audit.json",
    "compatible.csv",
)
DOCUMENTS = ("audit-letter.md", "audit-letter.docx", "badge.svg")
TABLES = (*(f"tables/{kind.name}.{ending}" for kind in KINDS for ending in WRITERS), "tables/tables.docx")


@dataclass(frozen=True)
class Link:
    """One file to take away: what it is called and where it is, seen from a page."""

    text: str
    href: str


@dataclass(frozen=True)
class Files:
    """Result files of one review, as a page reaches them.

    Parameters
    ----------
    folder : ``results/<review>``
    home : the same folder seen from a page, ``../<review>``
    """

    folder: Path
    home: str

    @cached_property
    def figures(self) -> Mapping[str, Sequence[Row]]:
        """Rows of ``figures/index.csv`` by analysis, and without it the SVG files of the known kinds."""
        found: dict[str, list[Row]] = {}
        for row in figure_rows(self.folder / FOLDER):
            found.setdefault(row.get("analysis", ""), []).append(row)
        return found

    def link(self, path: Path) -> Link:
        """Link from a page to a file of the folder."""
        return Link(ENDINGS[path.suffix], f"{self.home}/{path.relative_to(self.folder).as_posix()}")


@dataclass(frozen=True)
class Downloads:
    """Files of one kind: ``tables``, with every format of each name together."""

    title: str
    files: tuple[tuple[str, tuple[Link, ...]], ...]


@dataclass(frozen=True)
class Shown:
    """Rows of the result files of one review that its pages show beside those of the tables.

    Parameters
    ----------
    of : by file, then by analysis; a file that does not exist has none
    by_row : by file, all its rows, each about one row of ``extraction.csv``
    """

    of: Mapping[str, Mapping[str, tuple[Row, ...]]]
    by_row: Mapping[str, tuple[Row, ...]]

    def rows(self, name: str, analysis: str) -> tuple[Row, ...]:
        """Rows of one file about one analysis."""
        return self.of[name].get(analysis, ())

    def about(self, name: str, rows: frozenset[str]) -> tuple[Row, ...]:
        """Rows of one file about some rows of ``extraction.csv``."""
        return tuple(row for row in self.by_row[name] if row.get("row", "") in rows)


def shown(folder: Path) -> Shown:
    """Read what the pages of one review show.

    Parameters
    ----------
    folder : ``results/<review>``
    """
    return Shown(
        of={name: _grouped(rows_if_any(folder / f"{name}.csv")) for name in BY_ANALYSIS},
        by_row={name: rows_if_any(folder / f"{name}.csv") for name in BY_ROW},
    )


def _grouped(rows: tuple[Row, ...]) -> dict[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.get("analysis", ""), []).append(row)
    return {name: tuple(own) for name, own in found.items()}


def downloads(files: Files) -> tuple[Downloads, ...]:
    """Every file of a review that a stage wrote and somebody may want, by kind; only those that exist and hold something."""
    kinds = (
        Downloads("Data and results", tuple(_listed(files, WRITTEN))),
        Downloads("Tables", tuple(_listed(files, TABLES))),
        Downloads("Letter to the authors, and badge", tuple(_listed(files, DOCUMENTS))),
    )
    return tuple(kind for kind in kinds if kind.files)


def _listed(files: Files, names: Iterable[str]) -> Iterator[tuple[str, tuple[Link, ...]]]:
    """Names with their formats; one line a name."""
    by_name: dict[str, list[Path]] = {}
    for path in (files.folder / name for name in names):
        if path.is_file() and _holds_something(path):
            by_name.setdefault(path.stem, []).append(path)
    order = {name: place for place, name in enumerate(FIRST)}
    for name in sorted(by_name, key=lambda n: (order.get(n, len(order)), n)):
        yield name, tuple(files.link(path) for path in _in_order(by_name[name]))


def _holds_something(path: Path) -> bool:
    """Whether a file has content; a table needs a row below its header."""
    if path.suffix != ".csv":
        return path.stat().st_size > 0
    with path.open("rb") as handle:
        return bool(handle.readline() and handle.readline())


def _in_order(paths: list[Path]) -> list[Path]:
    endings = list(ENDINGS)
    return sorted(paths, key=lambda path: endings.index(path.suffix))
