"""A review in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.errors import DataError
from metaudit.formats.columns import CLAIMS, SOURCES
from metaudit.formats.select import select_rows
from metaudit.formats.tables import nearest
from metaudit.notebook.drawing import analysis_forest
from metaudit.notebook.markup import table, text
from metaudit.notebook.picture import DrawnPicture

if TYPE_CHECKING:
    import pandas as pd

    from metaudit.formats.review import Analysis, Review

_TABLES = ("extraction", "claims", "sources", "analyses")


def review_frame(review: Review, name: str) -> pd.DataFrame:
    """One table of a review; see :meth:`metaudit.formats.review.Review.to_frame`."""
    import pandas as pd

    if name not in _TABLES:
        raise DataError(f"a review has no table {name!r}. {nearest(name, _TABLES)} Known: {', '.join(_TABLES)}.")
    if name == "extraction":
        return review.extraction
    if name == "claims":
        columns = [c.name for c in CLAIMS]
        rows = [{**vars(c), "claim": c.id} for c in review.claims]
        return pd.DataFrame([{c: r.get(c, "") for c in columns} for r in rows], columns=columns)
    if name == "sources":
        columns = [c.name for c in SOURCES]
        return pd.DataFrame([{c: s.get(c, "") for c in columns} for s in review.sources.values()], columns=columns)
    columns = ["analysis", "title", "measure", "studies", "claims", "method", "data"]
    return pd.DataFrame([_analysis(review, a) for a in review.analyses.values()], columns=columns)


def review_forest(review: Review, analysis: str, *, layout: str) -> DrawnPicture:
    """The forest plot of one analysis; see :meth:`metaudit.formats.review.Review.forest`."""
    if not analysis and len(review.analyses) != 1:
        raise DataError(f"{review.id} has {len(review.analyses)} analyses: name one of {', '.join(review.analyses)}.")
    return analysis_forest(review, analysis or next(iter(review.analyses)), layout=layout)


def review_html(review: Review) -> str:
    """What a review holds, as an HTML table of its analyses."""
    rows = [
        [text(a[c]) for c in ("analysis", "title", "measure", "method", "studies", "claims")]
        for a in (_analysis(review, x) for x in review.analyses.values())
    ]
    without = sum(not c.analysis for c in review.claims)
    cited = " ".join(str(review.citation[k]) for k in ("authors", "year", "journal") if review.citation.get(k))
    notes = [f"{cited}." if cited else "", f"Claims outside analyses: {without}." if without else ""]
    head = ("analysis", "title", "measure", "stated method", "studies", "claims")
    return table(head, rows, caption=f"{review.id}: {review.title}", notes=[n for n in notes if n])


def _analysis(review: Review, a: Analysis) -> dict[str, object]:
    return {
        "analysis": a.id,
        "title": a.title,
        "measure": " or ".join(a.measures) or "not stated",
        "studies": len(select_rows(a, review.rows)[0]),
        "claims": sum(c.analysis == a.id for c in review.claims),
        "method": ", ".join(f"{k} {v}" for k, v in a.method.items() if not isinstance(v, dict)) or "not stated",
        "data": a.data,
    }
