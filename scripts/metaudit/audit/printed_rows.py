"""Numbers that a review prints for each study, as claims: they are audited row by row."""

from __future__ import annotations

from metaudit.formats.printed_cells import printed_scale
from metaudit.formats.review import Claim, Review
from metaudit.formats.select import select_rows

_COLUMNS = {
    "printed_effect": "study_estimate",
    "printed_ci_low": "study_ci_low",
    "printed_ci_high": "study_ci_high",
    "printed_weight": "weight",
}


def row_claims(review: Review) -> list[Claim]:
    """One claim for every filled ``printed_*`` cell of every row that an analysis pools.

    The claim's id is ``<analysis>:row<line>:<column>``, its subject the row. Effects and limits are
    on the scale that the row says (``printed_scale``); a weight is in percent.
    """
    out = []
    for analysis in review.analyses.values():
        if not analysis.poolable:
            continue
        for row in select_rows(analysis, review.rows)[0]:
            for column, quantity in _COLUMNS.items():
                if row.text(column):
                    scale = "natural" if quantity == "weight" else printed_scale(row)
                    out.append(
                        Claim(
                            id=f"{analysis.id}:row{row.line}:{column}", line=row.line, analysis=analysis.id, quantity=quantity,
                            subject=f"row {row.line}", printed=row.text(column), unit="", scale=scale, rounding="", method="",
                            refers_to="", source=row.text("source"), where=row.text("where"), certainty=row.text("certainty"),
                            note=f"printed for {row.text('study')}",
                        )
                    )  # fmt: skip
    return out
