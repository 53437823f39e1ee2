"""One table of what surrounds a pooled result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Section:
    """A table with its title, ready to be printed, written as CSV or set in a report.

    Attributes
    ----------
    code : short name, the key in JSON
    title : heading in words
    columns, rows : the table
    notes : sentences that belong below it
    methods : (dimension, code) of the catalogue entries that describe what was done
    """

    code: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()
    methods: tuple[tuple[str, str], ...] = ()


def section(
    code: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    notes: Sequence[str] = (),
    methods: Sequence[tuple[str, str]] = (),
) -> Section:
    """A section whose columns are the keys of its rows, in their order."""
    columns = tuple(dict.fromkeys(c for row in rows for c in row))
    return Section(code, title, columns, tuple(rows), tuple(notes), tuple(methods))
