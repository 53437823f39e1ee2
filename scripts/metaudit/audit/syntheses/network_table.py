"""The rows of one network, who is named in them, and how the words of claims about it are taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from metaudit.audit.syntheses.subjects import Subject, subject_of
from metaudit.effects.convert import Converted, convert
from metaudit.formats.tables import Row


@dataclass(frozen=True)
class NetworkTable:
    """The rows of one network, and who is named in them."""

    rows: tuple[Row, ...]

    @cached_property
    def treatments(self) -> tuple[str, ...]:
        """Every treatment of some row, once."""
        return tuple(dict.fromkeys(t for r in self.rows for t in treatments_of_row(r)))

    @cached_property
    def studies(self) -> dict[str, tuple[Row, ...]]:
        """The rows of each study."""
        found: dict[str, list[Row]] = {}
        for r in self.rows:
            found.setdefault(r.text("study"), []).append(r)
        return {name: tuple(rows) for name, rows in found.items()}

    @cached_property
    def converted(self) -> dict[int, Converted]:
        """The rows in the numbers that are pooled (a percentage of events as their number), by line."""
        return {r.line: convert(r) for r in self.rows}

    @cached_property
    def _read(self) -> dict[str, Subject]:
        return {}

    def subject(self, text: str) -> Subject:
        """Whom a claim's subject names.

        Raises
        ------
        Unanswerable
            as ``subjects.subject_of``.
        """
        if text not in self._read:
            self._read[text] = subject_of(text, self.treatments, self.studies)
        return self._read[text]


def treatments_of_row(row: Row) -> tuple[str, ...]:
    """The treatment of an arm, or both of a comparison."""
    return tuple(t for t in (row.text("treatment"), row.text("treatment_c")) if t)


@dataclass(frozen=True)
class Reading:
    """How the words of claims are taken.

    Attributes
    ----------
    reference : the treatment that one named alone is compared with; empty where none is stated
    turned : subjects whose comparison is taken the other way round
    pooled_only : whether studies that no comparison can use (no event in any arm) are left out of counts
    """

    reference: str = ""
    turned: frozenset[str] = field(default_factory=frozenset)
    pooled_only: bool = False
