"""Rows of the table of sequential analyses: every look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.tables.column import Column

if TYPE_CHECKING:
    from metaudit.tables.reading import Review, Row

SEQUENTIAL = (
    Column(name="title", heading="Analysis", wordy=True),
    Column(name="study", heading="Up to", wordy=True),
    Column(name="year", heading="Year"),
    Column(name="participants", heading="Participants"),
    Column(name="share", heading="Of the required size (%)"),
    Column(name="estimate", heading="Estimate (adjusted CI)"),
    Column(name="z", heading="z"),
    Column(name="boundary", heading="Boundary"),
    Column(name="futility", heading="Futility"),
    Column(name="crossed", heading="Crossed"),
)
NOT_YET = "(required size)"


def look_cells(row: Row) -> dict[str, str]:
    """The numbers of one look in words; of the look that has not come, where it is planned."""
    return {
        "study": row.get("study") or NOT_YET,
        "year": row.get("year", ""),
        "participants": numbers.whole(row.get("participants")),
        "share": numbers.fraction_as_percent(row.get("share"), 1),
        "estimate": numbers.interval(row.get("estimate"), row.get("adjusted_low"), row.get("adjusted_high")),
        "z": _fixed(row.get("z")),
        "boundary": _fixed(row.get("boundary")),
        "futility": _fixed(row.get("futility")),
        "crossed": row.get("crossed", ""),
    }


def _fixed(text: str | None) -> str:
    value = numbers.number(text)
    return "" if value is None else numbers.fixed(value, 2)


def sequential_rows(review: Review) -> list[dict[str, str]]:
    """Rows of ``tables/sequential`` of one review: the looks in their order."""
    return [
        {"title": analysis.title, **look_cells(row)}
        for analysis in review.analyses
        for row in analysis.tables["sequential"]
    ]
