"""What is wrong with rows of a corpus's tables before anybody reads them: they belong to no review, or to one spelled two ways.

A review that may miss a row is not audited on the others: a verdict on half of its studies would be none on the review.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from metaudit.corpus.piece import LONGEST_ODD
from metaudit.errors import InputError, Problem
from metaudit.formats.names import nearest
from metaudit.formats.places import ID, ID_FIX
from metaudit.formats.signs import clipped, named
from metaudit.formats.tables import same_letters

MOST_ODD = 100_000
"""How many names that are no id a corpus may have: each counts as a review that is not audited. Of references as many are remembered."""
MOST_ALIKE = 10
"""How many reviews a row is charged to again that are held back already."""
_MOST_COMPARED = 2_000_000  # pairs of names, letter by letter: some ten seconds
_LONGEST_NAME = 200
_MOST_KINDS = 10  # mistakes of one rule that are told of one review in one file, before the others are only counted
# An id that a program took for a number, as pandas does with a column of numbers that has gaps; and the ids that are meant.
_WHOLE, _MAY_BE_WHOLE = re.compile(r"([0-9]+)\.0+"), re.compile(r"([0-9]+)(?:-0+)?")
REFER = "Write the id of a review of the corpus that has claims."
"""What to do about a reference to a review that there is not, where no name is near or too many would have to be compared."""


@dataclass
class Misfits:
    """Rows that fit into no review's table; of a mistake that is made again and again the first one, and how often.

    Attributes
    ----------
    found : by review, file and rule the mistakes that differ, at most ``_MOST_KINDS``, and one for all others; each with how many rows have it
    odd : names that are no ids
    """

    found: dict[tuple[str, str, str], list[tuple[Problem, int]]] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)

    def add(self, review: str, problem: Problem) -> None:
        """One more; ``review`` is the review that it keeps from being audited, or a name that is no id, empty where there is none.

        Raises
        ------
        InputError
            when more than ``MOST_ODD`` names are no ids.
        """
        review = review[:LONGEST_ODD]
        kinds = self.found.setdefault((review, problem.file, problem.rule), [])
        for at, (first, times) in enumerate(kinds):
            if at == _MOST_KINDS or (first.message == problem.message and first.fix == problem.fix):
                kinds[at] = first, times + 1
                return
        kinds.append((problem, 1))
        if review and not ID.fullmatch(review):
            self.odd.add(review)
            if len(self.odd) > MOST_ODD:
                message = (
                    f"with this row, more than {MOST_ODD:,} names of reviews are no ids; {clipped(review)!r} is one."
                )
                raise InputError([Problem(problem.file, problem.row, "review", "id", message, ID_FIX)])

    def as_json(self) -> list[dict[str, Any]]:
        """The problems with their reviews."""
        out = []
        for (review, *_), kinds in self.found.items():
            for at, (problem, times) in enumerate(kinds):
                how = "likewise" if at < _MOST_KINDS else "in this or another way"
                more = f" (and {how} in {times - 1} more rows)" if times > 1 else ""
                said = {**asdict(problem), "message": problem.message.removesuffix(".") + more + "."}
                out.append({"review": review, **said})
        return out


class Spellings:
    """The ids of a corpus's reviews, which of them differ in capitals only, and which a name that is no id was meant to be.

    An id is kept with the place where it stands first; of a corpus of a million reviews that is some hundred megabytes.
    """

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, str, int]] = {}
        self._others: dict[str, dict[str, tuple[str, int]]] = {}
        self._odd: dict[str, tuple[str, str, int]] = {}
        self._by_letters: dict[str, list[str]] = {}
        self._held_back: set[str] = set()

    def add(self, review: str, file: str, row: int) -> None:
        """An id that stands in a row of a file, in the order of files and rows."""
        letters = review.casefold()
        first, *_ = self._first.setdefault(letters, (review, file, row))
        if first != review:
            self._others.setdefault(letters, {}).setdefault(review, (file, row))

    def add_odd(self, name: str, file: str, row: int) -> None:
        """What stands in a cell of an id and is none; of many that look alike the first."""
        if len(self._odd) < MOST_ODD and len(name) <= LONGEST_ODD:
            self._odd.setdefault(_letters(name), (name, file, row))

    def ids(self) -> set[str]:
        """Every id, however it is spelled."""
        return {first for first, *_ in self._first.values()}.union(*self._others.values())

    def meant(self, name: str) -> Sequence[str]:
        """The reviews that may be meant by what stands in a cell of an id; to be asked when all ids are there."""
        if ID.fullmatch(name):
            return self._spelled(name)
        if not name:
            return ()
        if not self._by_letters:
            for review in sorted(self.ids()):
                for key in _keys(review):
                    self._by_letters.setdefault(key, []).append(review)
        return self._by_letters.get(_letters(name), ())

    def within(self, place: str, others: Collection[str]) -> tuple[dict[str, str], bool]:
        """The reviews that a row may belong to whose cells cannot be told apart; to be asked when all ids are there.

        Parameters
        ----------
        place : what stands where the id should
        others : what stands in the other cells

        Returns
        -------
        Each review with what speaks for it, and whether one of them is named by more than a number that may be a count.
        """
        found = {c: "whose id stands in it" for c in (place, *others) if self._is_id(c)}
        sure = place in found or any(not c.isdigit() for c in found)
        if place not in found and (alike := self._looked_like(place)):
            found, sure = alike | found, True
        if not sure:  # only then: of a study "Smith 2001" in a row of another review nobody need think
            for cell in (c for c in others if not c.isdigit() and any(map(str.isalpha, c))):
                alike = self._looked_like(cell)
                found, sure = alike | found, sure or bool(alike)
        return found, sure

    def _looked_like(self, cell: str) -> dict[str, str]:
        """Reviews that a cell looks like; where they are very many, all of them once, and then, as they are held back, the first."""
        meant = self.meant(cell)
        if not meant:
            return {}
        if len(meant) > MOST_ALIKE:
            key = _letters(cell)
            meant = meant[:MOST_ALIKE] if key in self._held_back else meant
            self._held_back.add(key)
        return dict.fromkeys(meant, f"which {clipped(cell)!r} in it looks like")

    def _is_id(self, name: str) -> bool:
        letters = name.casefold()
        return letters in self._first and (self._first[letters][0] == name or name in self._others.get(letters, ()))

    def _spelled(self, name: str) -> Sequence[str]:
        """The ids that a name is, or from which it differs in capitals only."""
        letters = name.casefold()
        if letters not in self._first:
            return ()
        return self._first[letters][0], *self._others.get(letters, ())

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
                found = [self._odd[key] for key in _keys(review) if key in self._odd]
                if found:
                    yield review, _misses(review, *found[0])


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
    """A name without all that an id is written without or that is mistaken for a hyphen; a whole number of 12.0 with its point."""
    same = same_letters(name)
    if whole := _WHOLE.fullmatch(same):
        return f"{whole[1]}."
    return "".join(c for c in same if c.isalnum())


def _keys(review: str) -> Iterator[str]:
    """What ``_letters`` makes of the names that an id may be meant by: 12 by "12 " and 12.0, 12-0 by "12-0 " and 12.0, 120 by neither."""
    yield _letters(review)
    if number := _MAY_BE_WHOLE.fullmatch(review):
        yield f"{number[1]}."


def _misses(review: str, odd: str, file: str, row: int) -> Problem:
    message = f"{review!r} may miss rows: {clipped(odd)!r} looks like it and is no id."
    sign = next((named(c) for c in odd if not (c.isascii() and (c.isalnum() or c in "-"))), "")
    fix = f"Write {review} there, if it is meant" + (f"; the sign too much is {sign}." if sign else ".")
    if _WHOLE.fullmatch(same_letters(odd)):
        fix = (
            f"Write {review} there, if it is meant; a program that took the ids for numbers has written {clipped(odd)}."
        )
    return Problem(file, row, "review", "spelling", message, fix)


def below(review: str, file: str, row: int) -> Problem:
    """The problem of a review that a row without an id stands below: where cells were merged, it is one of its studies."""
    return _nameless(f"stands below one of {review!r}", file, row)


def on_top(review: str, file: str, row: int) -> Problem:
    """The problem of the first review of a table above which a row without an id stands: it may be one of its studies."""
    return _nameless(f"stands above the first one of {review!r}", file, row)


def _nameless(where: str, file: str, row: int) -> Problem:
    message = f"the row says of no review that it belongs to it, and {where}."
    fix = "Write the id into every row, also where a spreadsheet shows it once; delete the row when it is no study."
    return Problem(file, row, "review", "empty-cell", message, fix)


def cut(review: str, problem: Problem, why: str) -> Problem:
    """The problem of a review that a row may belong to whose cells cannot be told apart, and why it may."""
    message = f"{problem.message.removesuffix('.')}; it may be a row of {review!r}, {why}."
    return Problem(problem.file, problem.row, problem.column, problem.rule, message, problem.fix)
