"""Counts under the name of what was counted: ``stroke``, ``MI treatment``, told by standing below the number of people."""

from __future__ import annotations

import re

from metaudit.drafts.draft import Notice
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_names import heading, names, plain
from metaudit.imports.mapping import ColumnMapping
from metaudit.imports.text_numbers import is_missing

_NOT_COUNTED = {
    "id",
    "year",
    "study",
    "trial",
    "no",
    "nr",
    "number",
    "age",
    "weeks",
    "months",
    "days",
    "dose",
    "follow up",
    "followup",
    "esid",
    "arm",
    "group",
    "grp",
}


def name_events(table: Table, found: dict[str, ColumnMapping], notices: list[Notice]) -> None:
    """Take columns of whole numbers, none above the people of its group, for events where nothing else is known as data.

    In a table with one row for each arm, the one such column; in one with both arms side by side, the columns of both
    arms under one name, which becomes the outcome.
    """
    roles = {r: c.name for c in found.values() for r in c.roles}
    free = [c for c in table.columns if c not in found and plain(c) not in _NOT_COUNTED]
    if {"arm_name", "n"} <= roles.keys():
        counted = [c for c in free if _below(table, c, roles["n"]) and len(set(table.cells(c))) > 1]
        if len(counted) == 1:
            found[counted[0]] = ColumnMapping(
                counted[0], ("events",), score=0.6, reason="whole numbers, none above the people of its arm"
            )
            message = f"column {counted[0]!r} was read as the number of people with the event: whole numbers, none above those of {roles['n']!r}."
            notices.append(Notice("guessed", table.shown, message, "If it is something else, say so in mapping.yaml."))
    elif {"n_t", "n_c"} <= roles.keys():
        pairs: dict[str, dict[str, str]] = {}
        for column in free:
            arm, rest = _arm_of(column)
            if arm and rest and _below(table, column, roles[f"n_{arm}"]):
                pairs.setdefault(rest, {})[arm] = column
        whole = {rest: pair for rest, pair in pairs.items() if len(pair) == 2}
        for rest, pair in whole.items():
            for arm, column in pair.items():
                found[column] = ColumnMapping(
                    column, (f"events_{arm}",), score=0.6, reason=f"whole numbers, none above n_{arm}", outcome=rest
                )
        if whole:
            message = f"columns of both arms were read as numbers of people with an event, none being above those of the arm: {', '.join(whole)}."
            notices.append(
                Notice("guessed", table.shown, message, "If they are something else, say so in mapping.yaml.")
            )


def _arm_of(column: str) -> tuple[str, str]:
    """The arm that a heading names, and the rest of it: ``mi t``, ``ep1c``, ``stroke (placebo)``."""
    told = heading(column)
    if told.arm and not told.statistics and told.rest:
        return told.arm, told.rest
    glued = re.fullmatch(r"(.+?)[ ]?([tc])", told.key)
    if glued and not told.statistics:
        return names().arms[glued[2]], glued[1]
    return "", ""


def _below(table: Table, column: str, size: str) -> bool:
    """Whether a column holds whole numbers that never exceed the number of people beside them."""
    seen = False
    for line in table.lines:
        cell, people = line.cells.get(column, ""), line.cells.get(size, "")
        if is_missing(cell) or is_missing(people):
            continue
        if not re.fullmatch(r"\d{1,6}", cell.strip()) or not re.fullmatch(r"[\d,]{1,9}", people.strip()):
            return False
        if int(cell) > int(people.replace(",", "")):
            return False
        seen = True
    return seen
