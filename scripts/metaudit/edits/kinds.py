"""Every single edit of the rows of an analysis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metaudit.edits.cells import (
    count_edits,
    digit_edits,
    log_edits,
    precision_edits,
    reported_edits,
    size_edits,
    spread_edits,
)
from metaudit.edits.direction import direction_edits
from metaudit.edits.edit import Edit, kinds
from metaudit.edits.several import of_several
from metaudit.edits.whole_table import WholeTable, whole_table
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row

KINDS = tuple(kinds())
# Cells whose digits may be wrong: those that effects are made of.
TYPED = (
    "events_t", "n_t", "events_c", "n_c", "mean_t", "sd_t", "mean_c", "sd_c", "events", "n", "mean", "sd", "time_t", "time_c",
    "r", "effect", "se", "variance", "ci_low", "ci_high", "se_t", "se_c", "sd_change", "n_pairs", "pm_t", "pm_c",
    "var_t", "var_c", "ci_low_t", "ci_high_t", "ci_low_c", "ci_high_c", "median_t", "q1_t", "q3_t", "min_t", "max_t",
    "median_c", "q1_c", "q3_c", "min_c", "max_c", "time", "p", "t", "f", "r_pre_post",
)  # fmt: skip
_KEYS = ("outcome", "timepoint", "comparison")


def single_edits(
    rows: Sequence[Row], analysis: Analysis, *, everything: Sequence[Row] = (), measure: str = ""
) -> list[Edit]:
    """All edits of one thing, in the order of rows and kinds.

    Parameters
    ----------
    rows : the rows that the analysis pools
    analysis : its subgroups and what it selects
    everything : all rows of the extraction table, for rows that could have been used instead
    measure : code of the effect measure, for the direction of ready-made effects

    Returns
    -------
    Edits that change something; what they give may still be undefined (an SD of 0, a logarithm of a negative number).
    """
    out: list[Edit] = []
    for row in rows:
        out += dict.fromkeys(_of_row(row, len(rows), measure))
        out += digit_edits(row, TYPED)  # most of all, and no two alike
    out += _other_rows(rows, analysis, whole_table(everything or rows))  # every row is one of its own
    out += dict.fromkeys(of_several(rows, measure))
    return out


def _of_row(row: Row, k: int, measure: str) -> Iterator[Edit]:
    label, at = row.text("study"), (row.line,)
    if k > 1:
        yield Edit("row-dropped", label, at, without=frozenset(at))
    yield Edit("row-doubled", label, at, twice=frozenset(at))
    yield from direction_edits(row, measure)
    yield from spread_edits(row)
    yield from reported_edits(row)
    yield from precision_edits(row)
    yield from log_edits(row)
    yield from count_edits(row)
    yield from size_edits(row)


def _other_rows(rows: Sequence[Row], analysis: Analysis, everything: WholeTable) -> Iterator[Edit]:
    """Another row of the same study in place of one, and rows of the table that the analysis leaves out."""
    used = {r.line for r in rows}
    for row in rows:
        for other in everything.of_study.get(row.text("study"), ()):
            if other.line in used:
                continue
            place = ", ".join(other.text(k) for k in _KEYS if other.text(k) and other.text(k) != row.text(k))
            yield Edit(
                "other-row", row.text("study"), (row.line,), without=frozenset({row.line}), with_rows=(other,),
                about=f"row {other.line}" + (f": {place}" if place else ""),
            )  # fmt: skip
    studies = {r.text("study") for r in rows}
    for other in everything.beside(rows, analysis):
        if other.text("study") not in studies:
            yield Edit("row-added", other.text("study"), (other.line,), with_rows=(other,))
