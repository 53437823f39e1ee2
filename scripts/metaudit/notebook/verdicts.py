"""An audit in a notebook: the list of its rows, and one of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from metaudit.audit.verdict import VERDICTS, AuditRow, Verdicts
from metaudit.audit_words.criteria import criterion_words
from metaudit.audit_words.verdicts import BY_CODE, severity
from metaudit.errors import DataError
from metaudit.files import json_ready
from metaudit.formats.tables import nearest
from metaudit.notebook.drawing import analysis_forest
from metaudit.notebook.markup import table, text, verdict
from metaudit.notebook.picture import DrawnPicture
from metaudit.report.fact_words import plain_words
from metaudit.tables.quantities import about
from metaudit.tables.reading import Finding, finding_of
from metaudit.tables.summary import ours

if TYPE_CHECKING:
    import pandas as pd

    from metaudit.formats.review import Review


def row_of(rows: Verdicts, claim: str) -> AuditRow:
    """The row of one claim; see :meth:`metaudit.audit.Verdicts.claim`."""
    for row in rows:
        if row.claim == claim:
            return row
    raise DataError(f"there is no claim {claim!r}. {nearest(claim, [r.claim for r in rows])}")


def verdicts_frame(rows: Verdicts) -> pd.DataFrame:
    """One row a claim, in the columns of ``audit.csv``."""
    import pandas as pd

    return pd.DataFrame([r.to_row() for r in rows], columns=list(AuditRow.__dataclass_fields__))


def verdicts_forest(rows: Verdicts, analysis: str, *, layout: str) -> DrawnPicture:
    """The forest plot of one analysis; see :meth:`metaudit.audit.Verdicts.forest`."""
    review = _review(rows.review)
    named = analysis or next((r.analysis for r in rows if r.analysis), "") or next(iter(review.analyses), "")
    return analysis_forest(review, named, layout=layout)


def row_forest(row: AuditRow, *, layout: str) -> DrawnPicture:
    """The forest plot of the analysis of one claim; see :meth:`metaudit.audit.AuditRow.forest`."""
    review = _review(row.of)
    if not row.analysis:
        raise DataError(f"claim {row.claim!r} is about no analysis of {review.id}, so there is no forest plot of it.")
    return analysis_forest(review, row.analysis, layout=layout)


def verdicts_html(rows: Verdicts) -> str:
    """Every claim with its verdict, the gravest first, as an HTML table."""
    counted = Counter(r.verdict for r in rows)
    summary = ", ".join(f"{counted[v]} {BY_CODE[v].label.lower()}" for v in VERDICTS if counted[v]) or "no claims"
    found = [_finding(r) for r in sorted(rows, key=lambda r: severity(r.verdict))]
    body = [
        [
            verdict(f.verdict),
            text(f.claim),
            text(about(f)),
            text(f.printed),
            text(ours(f)),
            text(plain_words(f.message)),
        ]
        for f in found
    ]
    title = f"{rows.review.id}: {summary}" if rows.review else summary
    return table(("verdict", "claim", "quantity", "printed", "ours", "reason"), body, caption=title)


def row_html(row: AuditRow) -> str:
    """One claim with what its verdict rests on, as an HTML table."""
    f = _finding(row)
    known = BY_CODE.get(row.verdict)
    facts = [
        ("Printed", row.printed),
        ("Ours", ours(f)),
        ("Criterion", criterion_words(row.criterion) or row.criterion),
        ("Stated method", row.stated_spec),
        ("Method of our value", row.spec if row.spec != row.stated_spec else ""),
        ("Formula", row.formula),
        ("Impact", row.impact),
        ("Certainty", row.certainty),
        ("What to ask", row.ask),
    ]
    rows = [("Verdict", f"{verdict(row.verdict)}{': ' + text(known.meaning) if known else ''}")]
    rows += [(text(name), text(value)) for name, value in facts if value]
    return table(
        (),
        rows,
        caption=f"{row.review}/{row.claim}: {about(f)}",
        notes=(plain_words(row.message),) if row.message else (),
    )


def _finding(row: AuditRow) -> Finding:
    """The row as the report reads it, with the row of claims.csv where the review is at hand."""
    claim = row.of.claim(row.claim) if row.of else None
    typed = {row.claim: {k: str(v) for k, v in vars(claim).items() if k != "id"}} if claim else {}
    return finding_of(json_ready(row.to_row()), typed)


def _review(review: Review | None) -> Review:
    if review is None:
        raise DataError("these verdicts were not made by audit(review), so their studies are not at hand")
    return review
