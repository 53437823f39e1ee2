"""Which review a row of a corpus's table may belong to that does not say it: one without an id, or with too many or too few cells."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from metaudit.corpus.misfits import MOST_ALIKE, Misfits, Spellings, below, cut, on_top
from metaudit.corpus.piece import Ragged, TableFile
from metaudit.errors import Problem
from metaudit.formats.places import ID, ID_FIX
from metaudit.formats.signs import clipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IN_MEMORY = (
    1 << 20
)  # bytes of rows that wait; more of them wait on the disk, because every row of a table may be broken


@dataclass(frozen=True)
class Column:
    """The column ``review`` of some rows.

    Attributes
    ----------
    names : what stands in it, each text once
    codes : for each row the place of its text in ``names``
    lines : for each row its number
    homes : for each name its shard; -1 where it is no id
    """

    names: Sequence[str]
    codes: NDArray[Any]
    lines: NDArray[Any]
    homes: NDArray[Any]


@dataclass
class _Waiting:
    """A row whose reviews are not known before every id of the corpus is."""

    row: int
    above: str | None
    """What stands as id in the row above: empty where there is none, None where that row waits as well."""
    ragged: Ragged | None


@dataclass
class Astray(AbstractContextManager["Astray"]):
    """The rows of one table that fit into no review, noted piece by piece and charged to reviews when all ids are known.

    Attributes
    ----------
    file : the table
    spellings : takes the ids
    home : gives the misfits of a review's shard; of an empty name those of rows that belong to none
    """

    file: TableFile
    spellings: Spellings
    home: Callable[[str], Misfits]
    _last: tuple[int, str] = (0, "")
    """The last row that had something as id, and what."""
    _first: tuple[int, str] = (0, "")
    _waits: int = 0
    """The last row that waits."""
    _waiting: IO[str] = field(default_factory=lambda: _spooled())

    def __exit__(self, *_: object) -> None:
        self._waiting.close()

    def note(self, column: Column, ragged: Sequence[Ragged]) -> None:
        """Look at the rows of the next piece, and at those of its rows that are ragged."""
        import numpy as np

        names, codes, lines = column.names, column.codes, column.lines
        filled = np.flatnonzero(np.array([bool(name) for name in names], dtype=bool)[codes])
        lost = np.flatnonzero(column.homes[codes] < 0)
        rows: list[tuple[int, str, Ragged | None]] = [
            (row, names[code], None) for row, code in zip(lines[lost].tolist(), codes[lost].tolist(), strict=True)
        ]
        if ragged:
            rows = sorted(chain(rows, ((r.problem.row, "", r) for r in ragged)), key=lambda found: found[0])
        with_id = lines[filled]
        places = np.searchsorted(with_id, np.array([row for row, *_ in rows], dtype=np.int64)) - 1
        for (row, name, broken), at in zip(rows, places.tolist(), strict=True):
            if name:
                self.home("").add(name, _no_id(name, self.file, row))
            else:
                self._lost(row, (int(with_id[at]), names[codes[filled[at]]]) if at >= 0 else self._last, broken)
        for code, at in zip(*np.unique(codes, return_index=True), strict=True):
            if names[code]:
                add = self.spellings.add if column.homes[code] >= 0 else self.spellings.add_odd
                add(names[code], self.file.shown, int(lines[at]))
        if len(filled):
            self._last = int(with_id[-1]), names[codes[filled[-1]]]
            self._first = self._first if self._first[0] else (int(with_id[0]), names[codes[filled[0]]])

    def _lost(self, row: int, above: tuple[int, str], ragged: Ragged | None) -> None:
        """A row without an id, or a ragged one."""
        if ragged is None and above[0] > self._waits and ID.fullmatch(above[1]):
            self.home(above[1]).add(above[1], below(above[1], self.file.shown, row))
            return
        before = above[1] if above[0] > self._waits or not self._waits else None
        self._waits = row
        told = ragged and (ragged.review, ragged.others, ragged.problem.message, ragged.problem.fix)
        self._waiting.write(json.dumps((row, before, told)) + "\n")

    def charge(self) -> None:
        """Give every row that waits to the reviews that it may belong to; to be called when the ids of all tables are noted."""
        below_top = self._below_top()
        above: Sequence[str] = ()
        for waits in self._entries():
            if waits.above is not None:
                above = self.spellings.meant(waits.above)[:MOST_ALIKE]  # of an odd name all are held back already
                below_top = () if waits.above else below_top
            if waits.ragged is None:
                self._nameless(waits.row, above, below_top)
                continue
            found, sure = self.spellings.within(waits.ragged.review, waits.ragged.others)
            near = dict.fromkeys(below_top, "the first of whose rows stands below it")
            near |= dict.fromkeys(above, "one of whose rows stands above it")
            charged = found if sure else near | found
            for review, why in charged.items():
                self.home(review).add(review, cut(review, waits.ragged.problem, why))
            if not charged:
                self.home("").add("", waits.ragged.problem)
            # Those found are held back by now; so that time is bounded, the next rows are charged to some of them only.
            above = tuple(found)[:MOST_ALIKE] if sure or not above else above
            below_top = () if sure else below_top

    def _nameless(self, row: int, above: Sequence[str], below_top: Sequence[str]) -> None:
        for review in above:
            self.home(review).add(review, below(review, self.file.shown, row))
        for review in below_top:
            self.home(review).add(review, on_top(review, self.file.shown, row))
        if not (above or below_top):
            self.home("").add("", _no_id("", self.file, row))

    def _below_top(self) -> Sequence[str]:
        """The reviews that the first row with an id may belong to, where rows without one stand above it; else none."""
        first, name = self._first
        for waits in self._entries():
            if waits.above or (first and waits.row > first):
                break
            if waits.ragged:
                found, sure = self.spellings.within(waits.ragged.review, waits.ragged.others)
                if sure:
                    return tuple(found)
        return self.spellings.meant(name)

    def _entries(self) -> Iterator[_Waiting]:
        self._waiting.seek(0)
        for line in self._waiting:
            row, above, told = json.loads(line)
            ragged = None
            if told:
                problem = Problem(self.file.shown, row, "", "ragged-row", *told[2:])
                ragged = Ragged(told[0], tuple(told[1]), problem)
            yield _Waiting(row, above, ragged)


def _spooled() -> IO[str]:
    return tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="\n")


def _no_id(name: str, file: TableFile, row: int) -> Problem:
    if not name:
        return Problem(
            file.shown, row, "review", "empty-cell", "the row says of no review that it belongs to it.", ID_FIX
        )
    return Problem(file.shown, row, "review", "id", f"{clipped(name)!r} is not an id.", ID_FIX)
