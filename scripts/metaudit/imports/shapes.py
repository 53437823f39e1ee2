"""Rows of any table as rows of extraction.csv: one for each study, outcome, time point and comparison."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from metaudit.drafts.draft import Notice
from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_effects import effect_candidate, spread_candidate
from metaudit.imports.guess_names import heading
from metaudit.imports.mapping import COLUMN_ROLES, Mapping
from metaudit.imports.shapes_arms import pair_arms
from metaudit.imports.shapes_derive import derive, derived_notices, without_people
from metaudit.imports.shapes_values import Reader, Record, rows_words
from metaudit.imports.table_file_measure import typed_effect

_KEYS = ("study", "author", "year", "year_letter", "outcome", "timepoint", "comparison", "subgroup", "arm_name")


def shape_rows(
    table: Table, mapping: Mapping, reader: Reader
) -> tuple[list[dict[str, str]], list[Record], list[Notice]]:
    """Rows of extraction.csv without source and certainty, the record behind each, and what was decided.

    Parameters
    ----------
    table, mapping : the table and what its columns are
    reader : reads the cells; keeps its own notices and problems
    """
    notices: list[Notice] = []
    records = [r for line in table.lines if line.number not in mapping.skip for r in reader.records(line)]
    left: dict[str, list[int]] = {}
    for line in (line for line in table.lines if line.number in mapping.skip):
        left.setdefault(mapping.skip[line.number], []).append(line.number)
    for why, numbers in left.items():
        notices.append(
            Notice(
                "dropped",
                f"{table.shown}, {rows_words(numbers)}",
                f"{'the row was' if len(set(numbers)) == 1 else 'the rows were'} left out: {why}.",
            )
        )
    records = _carried_on(records, table, notices) if mapping.layout != "wide" else records
    if mapping.layout == "statistics":
        records = _of_statistics(records, table, mapping, notices)
    if mapping.layout == "arms" or (mapping.layout == "statistics" and "arm_name" in mapping.roles):
        records, said = pair_arms(records, table, mapping)
        notices += said
    lonely: dict[str, list[int]] = {}
    for record in records:
        derive(record, table, notices)
        without_people(record, lonely)
    notices += derived_notices(records, table)
    for name, lines in sorted(lonely.items()):
        notices.append(
            Notice(
                "dropped",
                f"{table.shown}, column {name}, {rows_words(lines)}",
                "events without the number of people they happened to were not carried over; they stand in the notes of the rows.",
                "Add the number of people.",
            )
        )
    typed = typed_effect(mapping)
    rows = [_row(record, table, mapping, typed) for record in records]
    if any(row.get("pm_is") for row in rows) and "pm_is" not in mapping.roles:
        notices.append(
            Notice(
                "guessed",
                table.shown,
                "numbers after ± (or in brackets behind a mean) that no heading names were read as standard deviations (pm_is: sd); "
                "the audit computes the other reading too.",
                "Write se into pm_is where they are standard errors.",
            )
        )
    _unique_keys(rows, records, table, notices)
    return rows, records, notices


def _carried_on(records: list[Record], table: Table, notices: list[Notice]) -> list[Record]:
    """In a long table the study stands in its first row only where cells are merged or left empty below it."""
    last: dict[str, str] = {}
    filled: list[int] = []
    for record in records:
        label = record.take("study", "author")
        if label:
            last = {k: record.cells[k] for k in ("study", "author", "year", "year_letter") if record.cells.get(k)}
        elif last:
            record.cells |= {k: v for k, v in last.items() if not record.cells.get(k)}
            filled.append(record.line.number)
    if filled:
        notices.append(
            Notice(
                "guessed",
                f"{table.shown}, {rows_words(filled)}",
                "no study is named there; the rows were read as those of the study above.",
            )
        )
    return records


def _of_statistics(records: list[Record], table: Table, mapping: Mapping, notices: list[Notice]) -> list[Record]:
    """One record for each arm (or study) out of rows that hold one number each."""
    merged: dict[tuple[str, ...], Record] = {}
    for record in records:
        key = tuple(record.cells.get(k, "") for k in _KEYS)
        whole = merged.setdefault(key, Record(record.line, {}, record.outcome, [], dict(record.names), ()))
        whole.lines = (*whole.lines, record.line)
        value = record.cells.pop("value", "")
        name = record.cells.pop("statistic", "")
        whole.cells |= {k: v for k, v in record.cells.items() if v and not whole.cells.get(k)}
        whole.notes += record.notes
        roles = _statistic_roles(name, armed="arm_name" in mapping.roles)
        place = f"{table.shown}, row {record.line.number}"
        if not value:
            continue
        if len(roles) != 1:
            notices.append(
                Notice(
                    "dropped",
                    place,
                    f"the statistic {name!r} is not one that is carried over; its value is {value}.",
                    "It can be typed in extraction.csv.",
                )
            )
        elif roles[0] in whole.cells and whole.cells[roles[0]] != value:
            notices.append(
                Notice(
                    "dropped",
                    place,
                    f"{name!r} stands twice for this study and arm: {whole.cells[roles[0]]} was kept, {value} was not.",
                )
            )
        else:
            whole.cells[roles[0]] = value
            whole.names[roles[0]] = name
    return [r for r in merged.values() if any(k not in _KEYS for k in r.cells)]


def _statistic_roles(name: str, *, armed: bool) -> tuple[str, ...]:
    """What the name of a statistic stands for; nothing when it is none that is carried over.

    Parameters
    ----------
    name : such as ``Total (N analyzed)``, ``95% CI low (OR)``, ``Mean, treatment``
    armed : the table has a column for the arm
    """
    effect = None if armed else effect_candidate(name) or spread_candidate(name)
    if effect is not None:
        return effect.statistics
    told = heading(name)
    found = tuple(s for s in told.statistics if s != "plusminus")
    if len(found) > 1 and {"percent", "proportion"} & set(found):
        return ()  # the spread of a percentage is none of ours
    found = tuple(s for s in found if s != "n") or found
    return tuple(f"{s}_{told.arm}" if told.arm and not armed else s for s in found)


def _row(record: Record, table: Table, mapping: Mapping, typed: str) -> dict[str, str]:
    cells = record.cells
    row = {k: cells[k] for k in COLUMN_ROLES if cells.get(k) and k not in ("where", "note")}
    row["study"] = _label(record)
    if cells.get("control_name"):
        contrast = f"{cells.get('arm_name', '')} vs {cells['control_name']}"
        row["comparison"] = "; ".join(x for x in (row.get("comparison", ""), contrast) if x)
    outcome = (
        " ".join(
            x for x in (cells.get("outcome", ""), record.outcome if cells.get("outcome") != record.outcome else "") if x
        )
        or mapping.outcome
    )
    if outcome:
        row["outcome"] = outcome
    group = cells.get("subgroup") or record.line.group
    if group:
        row["x_subgroup"] = group
    row |= {k: v for k, v in cells.items() if k.startswith((COVARIATE_PREFIX, BIAS_PREFIX)) and v}
    if any(row.get(f"pm{s}") for s in ("_t", "_c")) and not row.get("pm_is"):
        row["pm_is"] = "sd"
    if (
        typed
        and row.get("effect")
        and not any(row.get(k) for k in ("se", "variance", "ci_low", "p", "t", "f", "effect_type"))
    ):
        row["effect_type"] = typed
    where = rows_words([line.number for line in record.lines])
    row["where"] = (f"sheet {table.sheet}, {where}" if table.sheet else where) + (
        f"; {cells['where']}" if cells.get("where") else ""
    )
    note = "; ".join(dict.fromkeys(x for x in (cells.get("note", ""), *record.notes) if x))
    if note:
        row["note"] = note
    return row


def _label(record: Record) -> str:
    cells = record.cells
    if cells.get("study"):
        return cells["study"]
    if cells.get("author"):
        year = cells.get("year", "") + cells.get("year_letter", "")
        authors = re.split(r"\s*[,;]\s*", cells["author"])
        author = f"{authors[0]} et al." if len(authors) > 2 else cells["author"]
        return f"{author} {year}".strip() if year and year not in author else author
    return f"row {record.line.number}"


def _unique_keys(
    rows: Sequence[dict[str, str]], records: Sequence[Record], table: Table, notices: list[Notice]
) -> None:
    """Rows of one study are told apart by the covariates that differ, else by their place in the table."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(tuple(row.get(k, "") for k in ("study", "outcome", "timepoint", "comparison")), []).append(i)
    several = [group for group in groups.values() if len(group) > 1]
    if not several:
        return
    telling = [
        c
        for c in dict.fromkeys(k for row in rows for k in row if k.startswith(COVARIATE_PREFIX))
        if _tells(c, rows, several)
    ]
    for group in several:
        for i in group:
            mark = rows[i].get(telling[0], "") if telling else f"row {records[i].line.number}"
            rows[i]["comparison"] = "; ".join(x for x in (rows[i].get("comparison", ""), mark) if x)
    by = f"by {telling[0]}" if telling else "by their rows"
    message = f"{len(several)} {'study has' if len(several) == 1 else 'studies have'} several rows; they are told apart {by} in comparison."
    notices.append(
        Notice(
            "guessed",
            table.shown,
            message,
            "If they are outcomes, time points or subgroups, say so in mapping.yaml; if they share patients, the analysis must know.",
        )
    )


def _tells(column: str, rows: Sequence[dict[str, str]], groups: Iterable[list[int]]) -> bool:
    """Whether a covariate has another value in every row of every group, and a short one."""
    for group in groups:
        values = [rows[i].get(column, "") for i in group]
        if len(set(values)) < len(values) or any(not v or len(v) > 60 for v in values):
            return False
    return True
