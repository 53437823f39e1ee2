"""All rows of an extraction table, with what the search for edits of one analysis after another asks of them found once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError, PrintedError
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.indexed import Rows
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row


class WholeTable(Rows):
    """The rows in their order; a review with hundreds of analyses is gone through once, not once for each of them."""

    @cached_property
    def of_study(self) -> Mapping[str, Sequence[Row]]:
        """The rows of each study, by its label."""
        found: dict[str, list[Row]] = {}
        for row in self:
            found.setdefault(row.text("study"), []).append(row)
        return found

    def beside(self, rows: Sequence[Row], analysis: Analysis) -> Iterator[Row]:
        """The rows that an analysis leaves out, in the order of the table: those it selects and does not pool, and those of its outcome.

        Parameters
        ----------
        rows : the rows that the analysis pools
        """
        used = {r.line for r in rows}
        places = set(self.places_with(analysis.select))
        if rows:
            places |= self._of_outcome(rows[0].text("outcome"))
        return (self[i] for i in sorted(places) if self[i].line not in used)

    def converted(self, row: Row) -> Converted:
        """A row converted, once however many analyses it could have been in; without any number where it holds nothing that can be."""
        known = self._converted.get(row.line)
        if known is None or known.row is not row:  # another row may stand in the line, one that was edited
            known = self._converted[row.line] = _converted(row)
        return known

    def subgroup(self, row: Row) -> Mapping[str, str]:
        """The cells of a row that may put it into another subgroup."""
        known = self._subgroups.get(row.line)
        if known is None or known[0] is not row:
            cells = {c: text for c, text in row.cells.items() if text and c.startswith(COVARIATE_PREFIX)}
            known = self._subgroups[row.line] = (row, cells)
        return known[1]

    @cached_property
    def _converted(self) -> dict[int, Converted]:
        return {}

    @cached_property
    def _subgroups(self) -> dict[int, tuple[Row, Mapping[str, str]]]:
        return {}

    def _of_outcome(self, outcome: str) -> set[int]:
        """The places of the rows of an outcome.

        Two empty cells are no outcome that two rows share: in a corpus's table without outcomes, each analysis is about one of its
        own, and rows of another were not left out of it. Only where nothing tells outcomes apart is the table about one: a
        folder in which no row has any, whose analyses select by time point, comparison or covariate. A row of the wrong time
        point is then a mistake as likely as where the outcome is written.
        """
        by_outcome = self.places_by("outcome")
        if outcome:
            return set(by_outcome.get(outcome, ()))
        of_one_outcome = by_outcome.keys() <= {""} and self.places_by("analysis").keys() <= {""}
        return set(range(len(self))) if of_one_outcome else set()


def whole_table(rows: Sequence[Row]) -> WholeTable:
    """The rows as a whole table; what was found of one before is kept."""
    return rows if isinstance(rows, WholeTable) else WholeTable(rows)


def _converted(row: Row) -> Converted:
    try:
        return convert(row)
    except (DataError, PrintedError, ValueError, ZeroDivisionError, OverflowError):
        return Converted(row)
