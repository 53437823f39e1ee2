"""What the differences between two extractors do to the pooled results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.edits.edit import Change, edited_row
from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.extractors.differences import Difference
from metaudit.formats.indexed import indexed
from metaudit.formats.review import Analysis, Review
from metaudit.formats.select import select_rows
from metaudit.formats.tables import Row
from metaudit.measures import measure_of
from metaudit.stages.effects import primary_spec


@dataclass(frozen=True)
class PooledBy:
    """The pooled result of one analysis from one table, on the natural scale; NaN and a reason where there is none."""

    analysis: str
    measure: str = ""
    k: int = 0
    estimate: float = math.nan
    ci_low: float = math.nan
    ci_high: float = math.nan
    p: float = math.nan
    why_not: str = ""

    def words(self) -> str:
        """``RR 0.49 (0.34 to 0.70), k = 13``, or why there is none."""
        if self.why_not:
            return f"not computed: {self.why_not}"
        e, low, high = (f"{x:.3g}" for x in (self.estimate, self.ci_low, self.ci_high))
        return f"{self.measure} {e} ({low} to {high}), k = {self.k}"


def pooled_by(analysis: Analysis, rows: Sequence[Row], *, level: float = 0.95) -> PooledBy:
    """Pool one analysis from the rows of one table, by the stated method with conventional values for what is left open."""
    chosen = [convert(r) for r in select_rows(analysis, rows)[0]]
    try:
        spec = primary_spec(analysis, chosen, level=level)
        fit = evaluate(spec, chosen, analysis).fit
    except DataError as error:
        return PooledBy(analysis.id, why_not=str(error))
    back = measure_of(spec.measure).to_natural
    low, high = sorted((back(fit.ci_low), back(fit.ci_high)))
    return PooledBy(analysis.id, spec.measure, int(fit.k), back(fit.estimate), low, high, float(fit.p))


def by_extractor(review: Review, *, level: float = 0.95) -> dict[str, dict[str, PooledBy]]:
    """By analysis, the pooled result from each extractor's table."""
    return {
        a.id: {who: pooled_by(a, rows, level=level) for who, rows in sorted(review.extractors.items())}
        for a in review.analyses.values()
        if a.poolable
    }


def matters(review: Review, difference: Difference, *, level: float = 0.95) -> str:
    """What one difference does to the pooled results: each from A's table, and with B's value in this one place.

    Returns
    -------
    A clause for every analysis whose estimate moves; ``no analysis uses it`` or ``no pooled result moves`` otherwise.
    """
    before = indexed(review.extractors["A"])
    after = indexed(_with_b(before, difference))
    moved, used = [], False
    for analysis in review.analyses.values():
        if not analysis.poolable:
            continue
        one, two = pooled_by(analysis, before, level=level), pooled_by(analysis, after, level=level)
        used = used or _uses(analysis, before, difference) or _uses(analysis, after, difference)
        if one.words() != two.words():
            moved.append(f"{analysis.id}: {one.words()} by A, {two.words()} by B{_significance(one, two)}")
    return "; ".join(moved) or ("no pooled result moves" if used else "no analysis uses it")


def _uses(analysis: Analysis, rows: Sequence[Row], difference: Difference) -> bool:
    """Whether an analysis pools the row of a difference."""
    a, b = difference.pair.a, difference.pair.b
    line = a.line if a is not None else -b.line if b is not None else 0
    return any(row.line == line for row in select_rows(analysis, rows)[0])


def _with_b(rows: Sequence[Row], difference: Difference) -> list[Row]:
    """A's table with B's value in one place; a row that only B has comes in under a line of its own."""
    a, b = difference.pair.a, difference.pair.b
    if a is None:
        assert b is not None
        return [*rows, Row(-b.line, b.cells, b.numbers)]
    if b is None:
        return [r for r in rows if r.line != a.line]
    change = Change(a.line, difference.column, difference.a, difference.b)
    return [edited_row(r, [change]) if r.line == a.line else r for r in rows]


def _significance(one: PooledBy, two: PooledBy) -> str:
    if math.isnan(one.p) or math.isnan(two.p) or (one.p < 0.05) == (two.p < 0.05):
        return ""
    return ", and P crosses .05"
