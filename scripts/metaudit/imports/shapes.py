"""Rows of any table as rows of extraction.csv: one for each study, outcome, time point and comparison."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from metaudit.drafts.draft import Notice
from metaudit.errors import PrintedError
from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_effects import effect_candidate, spread_candidate
from metaudit.imports.guess_names import heading
from metaudit.imports.mapping import COLUMN_ROLES, Mapping
from metaudit.imports.shapes_arms import pair_arms
from metaudit.imports.shapes_values import Reader, Record, rows_words
from metaudit.printed import parse_printed

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
        _derive(record, table, notices)
        _without_people(record, lonely)
    for name, lines in sorted(lonely.items()):
        notices.append(Notice("dropped", f"{table.shown}, column {name}, {rows_words(lines)}", "events without the number of people they happened to were not carried over; they stand in the notes of the rows.",
                              "Add the number of people."))  # fmt: skip
    rows = [_row(record, table, mapping) for record in records]
    if any(row.get("pm_is") for row in rows) and "pm_is" not in mapping.roles:
        notices.append(Notice("guessed", table.shown, "numbers after ± (or in brackets behind a mean) that no heading names were read as standard deviations (pm_is: sd); "
                              "the audit computes the other reading too.", "Write se into pm_is where they are standard errors."))  # fmt: skip
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


def _number(text: str) -> float | None:
    try:
        return parse_printed(text).value if text else None
    except PrintedError:
        return None


def _derive(record: Record, table: Table, notices: list[Notice]) -> None:
    """Group sizes from people with and without the event, counts from percentages, ratios from logarithms."""
    place = f"{table.shown}, {rows_words([line.number for line in record.lines])}"
    cells = record.cells
    for suffix in ("_t", "_c", ""):
        _sizes(record, suffix, place, notices)
        _percentages(record, suffix, place, notices)
    for log, natural in (("log_effect", "effect"), ("log_ci_low", "ci_low"), ("log_ci_high", "ci_high")):
        value = _number(cells.get(log, ""))
        if value is not None and abs(value) < 700:
            cells[natural] = repr(math.exp(value))
            record.notes.append(f"{natural} is the exponential of {cells[log]}, as it stands in the table")
    difference, variance = _number(cells.get("oe", "")), _number(cells.get("oe_variance", ""))
    if difference is not None and variance is not None and variance > 0:
        # Yusuf et al. (1985), Prog Cardiovasc Dis 27:335: log odds (or hazard) ratio (O - E)/V with variance 1/V.
        cells |= {"effect": repr(math.exp(difference / variance)), "se": repr(1 / math.sqrt(variance))}
        record.notes.append(
            f"effect = exp((O - E)/V) and se = 1/sqrt(V) of its logarithm, with O - E = {cells['oe']} and V = {cells['oe_variance']}"
        )


def _sizes(record: Record, suffix: str, place: str, notices: list[Notice]) -> None:
    cells = record.cells
    events, without, size = (_number(cells.get(f"{k}{suffix}", "")) for k in ("events", "nonevents", "n"))
    if without is None:
        return
    if events is not None and size is None:
        cells[f"n{suffix}"] = f"{events + without:g}"
        record.notes.append(
            f"n{suffix} = {cells[f'events{suffix}']} with and {cells[f'nonevents{suffix}']} without the event"
        )
    elif events is None and size is not None:
        cells[f"events{suffix}"] = f"{size - without:g}"
        record.notes.append(
            f"events{suffix} = {cells[f'n{suffix}']} less {cells[f'nonevents{suffix}']} without the event"
        )
    elif events is not None and size is not None and events + without != size:
        message = f"{events:g} with and {without:g} without the event are {events + without:g} people, and n{suffix} says {size:g}; n{suffix} was kept."
        notices.append(Notice("remark", place, message, "Look at the table."))


def _without_people(record: Record, lonely: dict[str, list[int]]) -> None:
    """Events whose number of people is not reported say nothing of a risk; they are kept as a note."""
    for suffix in ("_t", "_c", ""):
        name = f"events{suffix}"
        if record.cells.get(name) and not record.cells.get(f"n{suffix}") and not record.cells.get(f"time{suffix}"):
            record.notes.append(f"{name} {record.cells.pop(name)}")
            lonely.setdefault(record.names.get(name, name), []).append(record.line.number)


def _percentages(record: Record, suffix: str, place: str, notices: list[Notice]) -> None:
    cells = record.cells
    percent = cells.get(f"percent{suffix}", "").removesuffix("%")
    share = cells.get(f"proportion{suffix}", "")
    if not percent and share:
        try:
            percent = format(Decimal(share) * 100, "f")
        except InvalidOperation:
            return
    value, events, size = (
        _number(percent),
        _number(cells.get(f"events{suffix}", "")),
        _number(cells.get(f"n{suffix}", "")),
    )
    if value is None:
        return
    if events is None:
        if 0 <= value <= 100:
            cells[f"events{suffix}"] = f"{percent}%"
        return
    if size and not cells[f"events{suffix}"].endswith("%"):
        half = parse_printed(percent).unit
        if abs(100 * events / size - value) > half:
            message = f"{cells[f'events{suffix}']} of {cells[f'n{suffix}']} are {100 * events / size:.1f} %, and the table says {percent} %; the counts were kept."
            notices.append(
                Notice("remark", place, message, "Look at the table: one of the three is not what it seems.")
            )


def _row(record: Record, table: Table, mapping: Mapping) -> dict[str, str]:
    cells = record.cells
    row = {k: cells[k] for k in COLUMN_ROLES if cells.get(k) and k not in ("where", "note")}
    row["study"] = _label(record)
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
        return f"{cells['author']} {year}".strip() if year and year not in cells["author"] else cells["author"]
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
