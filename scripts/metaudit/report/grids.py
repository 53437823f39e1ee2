"""Small tables of a page, described without markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.audit_words.numbers import typographic
from metaudit.report.language import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaudit.tables.reading import Row


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: its text, a link, and the certainty shown beside it when it is not ``read``."""

    text: str
    href: str = ""
    certainty: str = ""
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class Heading:
    """Heading of one column; numbers stand to the right."""

    text: str
    number: bool = False


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One titled table that unfolds; the first column names the row."""

    title: Phrase
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    open: bool = False
    note: Phrase | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """How one column of a grid comes out of a row."""

    heading: str
    cell: Callable[[Row], Cell | str]
    number: bool = False


def cell(value: Cell | str) -> Cell:
    """Cell of a plain text."""
    return value if isinstance(value, Cell) else Cell(text=typographic(value))


def grid(
    title: str | Phrase, rows: Sequence[Row], parts: Sequence[Part], *, shown: bool = False, note: Phrase | None = None
) -> Grid | None:
    """Table of some rows; None without rows, and without the columns that are empty throughout."""
    if not rows:
        return None
    filled = [(part, [cell(part.cell(row)) for row in rows]) for part in parts]
    kept = [(part, cells) for i, (part, cells) in enumerate(filled) if i == 0 or any(c.text for c in cells)]
    return Grid(
        title=title if isinstance(title, Phrase) else Phrase(title),
        headings=tuple(Heading(text=part.heading, number=part.number) for part, _ in kept),
        rows=tuple(zip(*(cells for _, cells in kept), strict=True)),
        open=shown,
        note=note,
    )
