"""Exports of Covidence: one row for each study and reviewer, and a row of the consensus.

The data extraction and quality assessment exports (CSV) begin with ``Covidence #``, ``Study ID``, ``Title`` and
``Reviewer Name``; the row whose reviewer is ``Consensus`` holds what the reviewers agreed on. Every other column carries
the label that the review team gave its field.
"""

from __future__ import annotations

from dataclasses import replace

from metaudit.drafts.draft import Notice
from metaudit.imports.grid_table import Line, Table
from metaudit.imports.guess_names import plain
from metaudit.imports.mapping import ColumnMapping, Mapping

_AGREED = {"consensus", "agreed", "consensus reviewer", "final", "adjudicated"}
_IDENTIFIERS = {"covidence", "covidence number", "covidence id", "title", "reviewer name", "reviewer", "extractor"}


def is_export(table: Table) -> bool:
    """Whether a table is an export of Covidence, or one like it with a row for each reviewer."""
    keys = {plain(c) for c in table.columns}
    return "covidence" in keys or {"study id", "reviewer name"} <= keys


def adapt(table: Table, mapping: Mapping) -> list[Notice]:
    """Read the consensus of each study and leave the reviewers' own rows out; identifiers are no covariates."""
    if not is_export(table):
        return []
    reviewer = next((c for c in table.columns if plain(c) in ("reviewer name", "reviewer", "extractor")), "")
    study = next((c for c in table.columns if plain(c) in ("study id", "study")), "") or next(
        (c for c in table.columns if plain(c) == "covidence"), ""
    )
    mapping.columns = tuple(_column(c, study) for c in mapping.columns)
    notices = [Notice("remark", table.shown, "the file was read as an export of Covidence.")]
    if reviewer and study:
        skip, said = consensus_rows(table, study, reviewer)
        mapping.skip = {**mapping.skip, **skip}
        notices += said
    return notices


def _column(column: ColumnMapping, study: str) -> ColumnMapping:
    if plain(column.name) in _IDENTIFIERS and column.name != study:
        return ColumnMapping(
            column.name, drop="an identifier of Covidence", reason="a column of every Covidence export"
        )
    if column.name == study:
        return replace(column, roles=("study",), drop="", reason="a column of every Covidence export", score=1.0)
    return (
        replace(column, roles=("x_" + plain(column.name).replace(" ", "_")[:60],))
        if column.roles == ("study",)
        else column
    )


def consensus_rows(table: Table, study: str, reviewer: str) -> tuple[dict[int, str], list[Notice]]:
    """Rows that are not read because the study has a consensus, or another reviewer's row before it.

    Parameters
    ----------
    table : the table
    study, reviewer : names of the columns

    Returns
    -------
    Row -> why it is left out; notices for studies on which reviewers differ without a consensus.
    """
    by_study: dict[str, list[Line]] = {}
    for line in table.lines:
        by_study.setdefault(line.cells.get(study, ""), []).append(line)
    skip: dict[int, str] = {}
    notices = []
    for label, lines in by_study.items():
        agreed = [line for line in lines if plain(line.cells.get(reviewer, "")) in _AGREED]
        if agreed:
            skip |= {
                x.number: f"reviewer {x.cells.get(reviewer, '')!r}; the consensus of the study is read"
                for x in lines
                if x not in agreed
            }
            continue
        who = list(dict.fromkeys(line.cells.get(reviewer, "") for line in lines))
        if len(who) < 2:
            continue
        first = [line for line in lines if line.cells.get(reviewer, "") == who[0]]
        others = [line for line in lines if line not in first]
        differing = _differing(first, others, reviewer)
        skip |= {
            x.number: f"reviewer {x.cells.get(reviewer, '')!r}; the study has no consensus, and {who[0]!r} stands first"
            for x in others
        }
        if differing:
            message = f"{label!r} has no consensus, and its reviewers differ in {', '.join(differing[:6])}; the row of {who[0]!r} was read."
            notices.append(
                Notice(
                    "guessed",
                    table.place(first[0]),
                    message,
                    "Settle it in Covidence, or compare the two as extraction.A.csv and extraction.B.csv.",
                )
            )
    return skip, notices


def _differing(first: list[Line], others: list[Line], reviewer: str) -> list[str]:
    out = []
    for one, other in zip(first, others, strict=False):
        out += [c for c in one.cells if c != reviewer and plain(one.cells[c]) != plain(other.cells.get(c, ""))]
    return list(dict.fromkeys(out))
