"""Numbers that follow from those of a row: sizes from both kinds of people, counts from shares, ratios from logarithms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from metaudit.drafts.draft import Notice
from metaudit.errors import PrintedError
from metaudit.imports.grid_table import Table
from metaudit.imports.shapes_values import Record, rows_words
from metaudit.printed import parse_printed


def derive(record: Record, table: Table, notices: list[Notice]) -> None:
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
            record.derived.append(natural)
            record.notes.append(f"{natural} is the exponential of {cells[log]}, as it stands in the table")
    difference, variance = _number(cells.get("oe", "")), _number(cells.get("oe_variance", ""))
    if difference is not None and variance is not None and variance > 0:
        # Yusuf et al. (1985), Prog Cardiovasc Dis 27:335: log odds (or hazard) ratio (O - E)/V with variance 1/V.
        cells |= {"effect": repr(math.exp(difference / variance)), "se": repr(1 / math.sqrt(variance))}
        record.derived += ["effect", "se"]
        record.notes.append(
            f"effect = exp((O - E)/V) and se = 1/sqrt(V) of its logarithm, with O - E = {cells['oe']} and V = {cells['oe_variance']}"
        )


def derived_notices(records: Sequence[Record], table: Table) -> list[Notice]:
    """Which columns were computed here, in which rows: what the rows are certain of is less than a number that was read."""
    rows: dict[str, list[int]] = {}
    for record in records:
        for name in record.derived:
            rows.setdefault(name, []).extend(line.number for line in record.lines)
    by_rows: dict[tuple[int, ...], list[str]] = {}
    for name, numbers in rows.items():
        by_rows.setdefault(tuple(sorted(set(numbers))), []).append(name)
    return [
        Notice(
            "remark",
            f"{table.shown}, {rows_words(list(numbers))}",
            f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} computed from the numbers of the table, as the notes of the rows say; "
            "the certainty of the rows is derived.",
        )
        for numbers, names in by_rows.items()
    ]


def _sizes(record: Record, suffix: str, place: str, notices: list[Notice]) -> None:
    cells = record.cells
    events, without, size = (_number(cells.get(f"{k}{suffix}", "")) for k in ("events", "nonevents", "n"))
    if without is None:
        return
    if events is not None and size is None:
        cells[f"n{suffix}"] = f"{events + without:g}"
        record.derived.append(f"n{suffix}")
        record.notes.append(
            f"n{suffix} = {cells[f'events{suffix}']} with and {cells[f'nonevents{suffix}']} without the event"
        )
    elif events is None and size is not None:
        cells[f"events{suffix}"] = f"{size - without:g}"
        record.derived.append(f"events{suffix}")
        record.notes.append(
            f"events{suffix} = {cells[f'n{suffix}']} less {cells[f'nonevents{suffix}']} without the event"
        )
    elif events is not None and size is not None and events + without != size:
        message = (
            f"{events:g} with and {without:g} without the event are {events + without:g} people, and n{suffix} says {size:g}; "
            f"n{suffix} was kept."
        )
        notices.append(Notice("remark", place, message, "Look at the table."))


def without_people(record: Record, lonely: dict[str, list[int]]) -> None:
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
            percent = format(Decimal(share).scaleb(2), "f")
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
            counts = f"{cells[f'events{suffix}']} of {cells[f'n{suffix}']}"
            message = f"{counts} are {100 * events / size:.1f} %, and the table says {percent} %; the counts were kept."
            notices.append(
                Notice("remark", place, message, "Look at the table: one of the three is not what it seems.")
            )


def _number(text: str) -> float | None:
    try:
        return parse_printed(text).value if text else None
    except PrintedError:
        return None
