"""From a search over the sets of choices of one analysis to the verdicts on its claims."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from metaudit.audit.intervals import Filed
from metaudit.audit.syntheses.inputs import context_of, in_part, not_answered, with_rounding
from metaudit.audit.syntheses.judging import Context, judge_claims
from metaudit.audit.syntheses.tried import Tried
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.tables import Row


class SearchOf(Protocol):
    """The sets of choices of one analysis, and what its verdicts rest on."""

    @property
    def stated(self) -> list[Tried]:
        """The sets of choices that agree with what is stated, the conventional one first."""

    @property
    def others(self) -> list[Tried]:
        """Those that depart from it."""

    def again(self, rows: Sequence[Converted], spec: str) -> Tried:
        """The stated set of choices that a string stands for, for other rows; DataError where they have none."""

    def context(self, rows: Sequence[Row]) -> Context:
        """What judging needs beside the choices."""

    def finished(self, found: Iterable[Filed]) -> Iterator[Filed]:
        """The findings with what is to be said of rows that are not public or lack numbers."""


class SearchOfRows(ABC):
    """The sets of choices of one analysis of rows: the base of such searches.

    Parameters
    ----------
    analysis : that is searched
    claims : of the analysis
    rows : converted
    level : level of intervals where none is stated
    """

    def __init__(self, analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, level: float) -> None:
        self.analysis, self.claims, self.rows, self.level = analysis, claims, rows, level

    @property
    @abstractmethod
    def stated(self) -> list[Tried]:
        """The sets of choices that agree with what is stated, the conventional one first."""

    def among_stated(self) -> Iterator[Tried]:
        """Every set of choices that other rows may be tried with."""
        yield from self.stated

    def again(self, rows: Sequence[Converted], spec: str) -> Tried:
        """The stated set of choices with a canonical string, for other rows.

        Raises
        ------
        DataError
            when these rows have none.
        """
        return type(self)(self.analysis, self.claims, rows, level=self.level).tried_of(spec)

    def tried_of(self, spec: str) -> Tried:
        """The stated set of choices with a canonical string.

        Raises
        ------
        DataError
            when these rows have none.
        """
        found = next((t for t in self.among_stated() if t.spec == spec), None)
        if found is None:
            raise DataError(f"{spec} is not defined for these rows")
        return found


class SearchOfEffects(SearchOfRows):
    """What verdicts rest on where an analysis pools the effects of studies."""

    @property
    @abstractmethod
    def effects(self) -> Effects:
        """The effects under the conventional one of the stated choices.

        Raises
        ------
        DataError
            when there are none.
        """

    def context(self, rows: Sequence[Row]) -> Context:
        """Every claim is about the measure of the effects, and rests on all rows."""
        return context_of(self.effects, rows)

    def finished(self, found: Iterable[Filed]) -> Iterator[Filed]:
        """The findings; NOT_CHECKABLE where studies are not public, or for a miss where rows lack numbers."""
        return in_part(found, self.analysis, self.effects)


def searched(
    search_of: Callable[[Sequence[Converted]], SearchOf],
    claims: Sequence[Claim],
    rows: Sequence[Row],
    *,
    analysis: Analysis,
) -> Iterator[Filed]:
    """Verdicts on the claims of one analysis.

    Parameters
    ----------
    search_of : the search over some rows; a ``DataError`` of it, or of its stated choices, is the reason why no claim is answered
    claims : what is judged
    rows : that the analysis pools
    analysis : whose measures say what a row would need, where no claim is answered
    """
    converted = [convert(r) for r in rows]
    try:
        search = search_of(converted)
        stated = search.stated
    except DataError as error:
        yield from not_answered(claims, str(error), analysis=analysis, rows=converted)
        return
    found = judge_claims(claims, stated, lambda: search.others, context=search.context(rows))
    rounded = with_rounding(found, claims, converted, tried=stated, again=search.again)
    yield from search.finished(rounded)
