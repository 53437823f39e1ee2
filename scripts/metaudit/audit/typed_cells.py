"""Printed results of studies that are, digit for digit, the cell that our value is worked out from."""

from __future__ import annotations

from metaudit.audit.bundles import Bundle
from metaudit.audit.scale import printed_of
from metaudit.formats.review import Claim

_CELLS = {"study_estimate": "effect", "study_ci_low": "ci_low", "study_ci_high": "ci_high"}


def typed_cell(bundle: Bundle, claim: Claim) -> str:
    """The column of extraction.csv whose cell, of the study that a claim is about, is the printed number; else empty.

    Of such a number our value can only differ because the three numbers of the row, each rounded, do not lie evenly any
    more: a standard error comes from the width of the interval, and the limits are put around the estimate again.

    Parameters
    ----------
    bundle : with the rows that the analysis pools
    claim : any claim
    """
    column, printed = _CELLS.get(claim.quantity), printed_of(claim)
    rows = [r.row for r in bundle.rows if claim.subject in (r.label, f"row {r.row.line}")]
    if column is None or printed is None or len(rows) != 1:
        return ""
    cell = rows[0].numbers.get(column)
    alike = cell is not None and (cell.value, cell.decimals, cell.percent) == (
        printed.value,
        printed.decimals,
        printed.percent,
    )
    return column if alike else ""
