"""What is wrong with rows of a corpus's tables before anybody reads them: they belong to no review, or to one spelled two ways.

A review that may miss a row is not audited on the others: a verdict on half of its studies would be none on the review.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from metaudit.errors import Problem
from metaudit.formats.names import nearest
from metaudit.formats.places import ID, ID_FIX
from metaudit.formats.signs import clipped, named
from metaudit.formats.tables import same_letters

_MOST_MISFITS = 1_000  # of names that are no id; each review has its own problem, however many there are
MOST_ODD, _LONGEST_ODD = 100_000, 300
"""Names that are no id: how many are remembered, and how many characters they have."""
_MOST_COMPARED = 2_000_000  # pairs of names, letter by letter: some ten seconds
_LONGEST_NAME = 200
REFER = "Write the id of a review of the corpus that has claims."
"""What to do about a reference to a review that there is not, where no name is near or too many would have to be compared."""


@dataclass
class Misfits:
    """Rows that fit into no review's table; of a mistake that is made again and again the first one, and how often."""

    found: dict[tuple[str, str, str, str], tuple[Problem, int]] = field(default_factory=dict)
    astray: int = 0
    beyond: int = 0

    def add(self, review: str, problem: Problem) -> None:
        """One more; ``review`` is what stands in the cell of its id."""
        key = (review, problem.file, problem.rule, problem.message if problem.rule == "id" else "")
        if key in self.found:
            first, times = self.found[key]
            self.found[key] = first, times + 1
        elif ID.fullmatch(review):
            self.found[key] = problem, 1
        elif self.astray < _MOST_MISFITS:
            self.astray += 1
            self.found[key] = problem, 1
        else:
            self.beyond += 1

    def as_json(self) -> list[dict[str, Any]]:
        """The problems with their reviews."""
        out = []
        for (review, *_), (problem, times) in self.found.items():
            more = f" (and likewise in {times - 1} more rows)" if times > 1 else ""
            said = {**asdict(problem), "message": problem.message.removesuffix(".") + more + "."}
            out.append({"review": review, **said})
        if self.beyond:
            last, _ = next(reversed(self.found.values()))
            message = f"{self.beyond} more rows of this kind in the corpus are not named."
            out.append({"review": "", **asdict(Problem(last.file, 0, "", "id", message, ID_FIX))})
        return out


class Spellings:
    """The ids of a corpus's reviews, which of them differ in capitals only, and which a name that is no id was meant to be.

    An id is kept with the place where it stands first; of a corpus of a million reviews that is some hundred megabytes.
    """

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, str, int]] = {}
        self._others: dict[str, dict[str, tuple[str, int]]] = {}
        self._odd: dict[str, tuple[str, str, int]] = {}

    def add(self, review: str, file: str, row: int) -> None:
        """An id that stands in a row of a file, in the order of files and rows."""
        letters = review.casefold()
        first, *_ = self._first.setdefault(letters, (review, file, row))
        if first != review:
            self._others.setdefault(letters, {}).setdefault(review, (file, row))

    def add_odd(self, name: str, file: str, row: int) -> None:
        """What stands in a cell of an id and is none; of many that look alike the first."""
        if len(self._odd) < MOST_ODD and len(name) <= _LONGEST_ODD:
            self._odd.setdefault(_letters(name), (name, file, row))

    def ids(self) -> set[str]:
        """Every id, however it is spelled."""
        return {first for first, *_ in self._first.values()}.union(*self._others.values())

    def problems(self) -> Iterator[tuple[str, Problem]]:
        """Every review of those that are alike, with its problem."""
        for letters in sorted(self._others):
            first, file, row = self._first[letters]
            for other, (its_file, its_row) in self._others[letters].items():
                yield other, _alike(other, (its_file, its_row), first, (file, row))
            other, place = next(iter(self._others[letters].items()))
            yield first, _alike(first, (file, row), other, place)
        if self._odd:
            for review, *_ in sorted(self._first.values()):
                odd, file, row = self._odd.get(_letters(review), ("", "", 0))
                if odd:
                    yield review, _misses(review, odd, file, row)


def suggestions(names: Collection[str], ids: Collection[str]) -> dict[str, str]:
    """What may be meant by names of reviews that there are not: of those for which all ids can be compared in good time.

    They are looked for in the whole corpus, so that what is said does not depend on how it is split.
    """
    if not ids:
        return {}
    known = sorted(ids)
    compared = sorted(name for name in names if len(name) <= _LONGEST_NAME)[: _MOST_COMPARED // len(known)]
    return {name: nearest(name, known) for name in compared}


def _alike(review: str, place: tuple[str, int], other: str, its: tuple[str, int]) -> Problem:
    where = f"row {its[1]}" if its[0] == place[0] else f"{its[0]} row {its[1]}"
    message = f"{review!r} and {other!r} ({where}) differ in capitals only."
    return Problem(place[0], place[1], "review", "spelling", message, "Write one of them everywhere.")


def _letters(name: str) -> str:
    """A name without all that an id is written without or that is mistaken for a hyphen."""
    return "".join(c for c in same_letters(name) if c.isalnum())


def _misses(review: str, odd: str, file: str, row: int) -> Problem:
    message = f"{review!r} may miss rows: {clipped(odd)!r} looks like it and is no id."
    sign = next((named(c) for c in odd if not (c.isascii() and (c.isalnum() or c in "-"))), "")
    fix = f"Write {review} there, if it is meant" + (f"; the sign too much is {sign}." if sign else ".")
    return Problem(file, row, "review", "spelling", message, fix)


def below(review: str, file: str, row: int) -> Problem:
    """The problem of a review that a row without an id stands below: where cells were merged, it is one of its studies."""
    message = f"the row says of no review that it belongs to it, and stands below one of {review!r}."
    fix = "Write the id into every row, also where a spreadsheet shows it once; delete the row when it is no study."
    return Problem(file, row, "review", "empty-cell", message, fix)
