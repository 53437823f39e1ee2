"""Rows of the characteristics of studies: what the extraction table says of each, its rows put together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.verdicts import least_certain
from metaudit.tables.column import Column

if TYPE_CHECKING:
    from metaudit.tables.reading import Review, Row

FIRST = (
    Column(name="study", heading="Study", wordy=True),
    Column(name="year", heading="Year"),
    Column(name="comparison", heading="Comparison", wordy=True),
    Column(name="outcomes", heading="Outcomes", wordy=True),
    Column(name="timepoints", heading="Times", wordy=True),
    Column(name="n_t", heading="n, treatment"),
    Column(name="n_c", heading="n, control"),
    Column(name="n", heading="n"),
    Column(name="n_pairs", heading="Pairs"),
)
TREATMENTS = Column(name="treatments", heading="Treatments", wordy=True)
LAST = (
    Column(name="certainty", heading="How it was read"),
    Column(name="source", heading="Source", wordy=True),
    Column(name="rows", heading="Rows"),
    Column(name="analyses", heading="Analyses it enters"),
)
# One column of a table of results may hold a word for each study, another a word for each of its rows.
COVARIATE = re.compile(r"(x|rob)_(.+)")
MOST = 6


def covariates(review: Review) -> tuple[Column, ...]:
    """Columns of covariates and of risk of bias that the extraction table of this review has, in its order."""
    names = [name for name in (review.extraction[0] if review.extraction else ()) if COVARIATE.fullmatch(name)]
    return tuple(Column(name=name, heading=_heading(name), wordy=not _all_numbers(review, name)) for name in names)


def _heading(name: str) -> str:
    found = COVARIATE.fullmatch(name)
    if found is None:
        return name
    word = found[2].replace("_", " ")
    return f"Risk of bias: {word}" if found[1] == "rob" else word[:1].upper() + word[1:]


def _all_numbers(review: Review, name: str) -> bool:
    cells = [cell for row in review.extraction if (cell := row.get(name))]
    return bool(cells) and all(numbers.number(cell) is not None for cell in cells)


def columns_of(review: Review) -> tuple[Column, ...]:
    """Columns of ``tables/studies`` of one review: the usual ones, the treatments where a row is an arm, and its covariates."""
    named = any(row.get("treatment") for row in review.extraction)
    return (*FIRST, *((TREATMENTS,) if named else ()), *covariates(review), *LAST)


def put_together(values: list[str]) -> str:
    """What several rows say of one study: one value, a range of numbers, or up to six different words."""
    known = list(dict.fromkeys(value for value in values if value))
    if len(known) < 2:
        return "".join(known)
    figures = [numbers.number(value) for value in known]
    if all(figure is not None for figure in figures):
        ordered = sorted(known, key=float)
        return f"{ordered[0]} to {ordered[-1]}"
    more = len(known) - MOST
    return "; ".join(known[:MOST]) + (f"; {more} more" if more > 0 else "")


def study_rows(review: Review) -> list[dict[str, str]]:
    """Rows of ``tables/studies`` of one review, in the order of the extraction table."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in review.extraction:
        grouped.setdefault((row.get("study", ""), row.get("year", "")), []).append(row)
    entered: dict[str, set[str]] = {}
    for analysis in review.analyses:
        for row in (*analysis.tables["effects"], *(arm for arm in analysis.arms if not arm.get("left_out"))):
            entered.setdefault(row.get("row", ""), set()).add(analysis.id)
    covariate_names = [column.name for column in covariates(review)]
    return [_study_row(members, covariate_names, entered=entered) for members in grouped.values()]


def _study_row(members: list[Row], covariate_names: list[str], *, entered: dict[str, set[str]]) -> dict[str, str]:
    def together(name: str) -> str:
        return put_together([row.get(name) or "" for row in members])

    joined: set[str] = set().union(*(entered.get(row.get("row", ""), set()) for row in members))
    same = {
        "study": "study",
        "year": "year",
        "comparison": "comparison",
        "outcomes": "outcome",
        "timepoints": "timepoint",
    }
    same |= {name: name for name in ("n_t", "n_c", "n", "n_pairs", "source", *covariate_names)}
    compared = [row.get(name) or "" for row in members for name in ("treatment", "treatment_c")]
    return {shown: together(name) for shown, name in same.items()} | {
        **({"treatments": put_together(compared)} if any(compared) else {}),
        "certainty": least_certain(row.get("certainty") or "" for row in members),
        "rows": str(len(members)),
        "analyses": str(len(joined)),
    }
