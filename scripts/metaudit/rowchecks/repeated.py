"""Rows of one study that are of the same people: several time points or outcomes pooled as if they were several studies.

Effects of the same people are correlated; pooled as independent they count these people more than once, and the standard error
comes out too small (Cochrane Handbook 6.2, unit-of-analysis issues; Borenstein et al. 2009, Introduction to Meta-Analysis, chapter 24).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.effects.convert import Converted

_APART = ("comparison", "treatment", "treatment_c", "arm", "dose")
_ALIKE = ("timepoint", "outcome")


@dataclass(frozen=True)
class Repeated:
    """Rows of one study with nothing that tells their people apart.

    Attributes
    ----------
    label : the study
    rows : its rows, in the order of the table
    """

    label: str
    rows: tuple[Converted, ...]

    @property
    def lines(self) -> tuple[int, ...]:
        """Rows of extraction.csv."""
        return tuple(r.row.line for r in self.rows)

    @property
    def differ(self) -> str:
        """What tells the rows apart, in words: ``week 1, week 12``."""
        columns = [c for c in _ALIKE if len({r.row.text(c) for r in self.rows}) > 1]
        return ", ".join(" ".join(t for c in columns if (t := r.row.text(c))) or "no time given" for r in self.rows)

    @property
    def people(self) -> float:
        """People who are counted more than once, at least: the second largest of the rows' numbers; NaN where it is not reported."""
        numbers = sorted((people_of(r) for r in self.rows), reverse=True)
        return math.nan if any(math.isnan(n) for n in numbers) else numbers[1]

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        lines = " and ".join([", ".join(map(str, self.lines[:-1])), str(self.lines[-1])])
        times = "twice" if len(self.rows) == 2 else f"up to {len(self.rows)} times"
        counted = "" if math.isnan(self.people) else f": {self.people:g} people or more are counted {times}"
        return f"Rows {lines} of {self.label} ({self.differ}) have nothing that tells their people apart{counted}."


def people_of(row: Converted) -> float:
    """The people of a row; those of a crossover once. NaN where they are not reported."""
    pairs, n = row.get("n_pairs"), row.get("n")
    both = row.get("n_t") + row.get("n_c")
    return (
        pairs if not math.isnan(pairs) else n if not math.isnan(n) else both if not math.isnan(both) else row.get("n_t")
    )


def repeated_people(rows: Sequence[Converted]) -> list[Repeated]:
    """Studies that have several rows with the same comparison, treatments and control; in the order of their first row.

    Parameters
    ----------
    rows : what one analysis pools
    """
    groups: dict[tuple[str, ...], list[Converted]] = {}
    for row in rows:
        groups.setdefault((row.label, *(row.row.text(c) for c in _APART)), []).append(row)
    return [Repeated(group[0].label, tuple(group)) for group in groups.values() if len(group) > 1]


def one_row_each(rows: Sequence[Converted], repeated: Sequence[Repeated], *, last: bool) -> list[Converted]:
    """The rows with only the first, or only the last, of each study that is there several times; in their order."""
    gone = {line for r in repeated for line in (r.lines[:-1] if last else r.lines[1:])}
    return [r for r in rows if r.row.line not in gone]
