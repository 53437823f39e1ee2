"""The trial sequential analyses of a review: what is required, and every look."""

from __future__ import annotations

from typing import Any

from metaudit.analyses import analysis_rows, converted_rows
from metaudit.errors import DataError, InputError, one_line
from metaudit.formats.review import Review
from metaudit.sequential_columns import LOOKS, SIZES, look_rows, size_row
from metaudit.sequential_result import sequential_result

TABLES = {
    "sequential_summary": ("analysis", *(c.name for c in SIZES), "reason"),
    "sequential": ("analysis", *(c.name for c in LOOKS)),
}
"""The tables of sequential analyses and their columns."""


def sequential_tables(review: Review, *, level: float) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table in ``TABLES``, for every analysis with public rows and the key ``sequential``.

    An analysis that has no boundaries has one row in the summary, with the reason.

    Parameters
    ----------
    review : the review
    level : confidence level of intervals where an analysis states none
    """
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    converted = converted_rows(review.rows)
    for analysis in review.analyses.values():
        if "sequential" not in analysis.syntheses or not analysis.poolable:
            continue
        own = {"analysis": analysis.id}
        try:
            found = sequential_result(analysis, analysis_rows(analysis, converted), level=level)
        except (DataError, InputError) as error:
            tables["sequential_summary"].append(own | {"reason": one_line(error)})
            continue
        tables["sequential_summary"].append(own | size_row(found))
        tables["sequential"] += [own | row for row in look_rows(found)]
    return tables
