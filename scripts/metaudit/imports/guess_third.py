"""Columns of a further group beside the two that are compared: which groups are meant is for a person to say."""

from __future__ import annotations

import re

from metaudit.errors import InputError, Problem
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_cells import ARM_STATISTICS, MAIN, expanded
from metaudit.imports.guess_names import heading, plain
from metaudit.imports.mapping import Mapping

_ARMS = {"_t": "treatment", "_c": "control"}


def check_two_arms(mapping: Mapping, table: Table) -> None:
    """Refuse a table of two groups that has the same numbers of a third: nobody can tell which are compared.

    Raises
    ------
    InputError
        with the columns of all three, and what to write in mapping.yaml.
    """
    if mapping.layout != "wide":
        return
    read = {side: _read(mapping, side) for side in _ARMS}
    wanted = [found for side in read.values() for found in side.values()]
    if not all(read.values()):
        return
    further = [columns for found, columns in _left_over(mapping, table) if found in wanted]
    if not further:
        return
    first = {side: [c.name for c in mapping.columns if _of_arm(c.roles, side)] for side in _ARMS}
    message = (
        f"{_quoted(first['_t'])} would be read as the treatment group and {_quoted(first['_c'])} as the control group, "
        f"and {_quoted(further[0])} {'is' if len(further[0]) == 1 else 'are'} the same of one group more: which groups are compared is not clear."
    )
    stems = sorted({r[:-2] for c in mapping.columns if _of_arm(c.roles, "_t") for r in c.roles}, key=_order)
    fix = (
        f"Say it in mapping.yaml (metaudit import {table.shown} --dry-run > mapping.yaml), then import with --mapping mapping.yaml: "
        f"{', '.join(f'{s}_t' for s in stems)} for one group, {', '.join(f'{s}_c' for s in stems)} for the other, {{drop: why}} for the third. "
        "For all comparisons, give the table one row for each group, with a column arm that names it."
    )
    raise InputError([Problem(table.shown, table.header[-1], further[0][0], "third-group", message, fix)])


def _read(mapping: Mapping, side: str) -> dict[str, frozenset[str]]:
    """Outcome -> the statistics that are read of one arm; only outcomes that have data."""
    out: dict[str, set[str]] = {}
    for c in mapping.columns:
        if _of_arm(c.roles, side):
            out.setdefault(c.outcome, set()).update(r[:-2] for r in c.roles)
    return {label: frozenset(found) for label, found in out.items() if found & MAIN and len(found) > 1}


def _of_arm(roles: tuple[str, ...], side: str) -> bool:
    return bool(roles) and all(r.endswith(side) and r[:-2] in ARM_STATISTICS for r in roles)


def _left_over(mapping: Mapping, table: Table) -> list[tuple[frozenset[str], list[str]]]:
    """Groups of columns that are kept as covariates: the statistics that their headings and cells name, and the columns."""
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    for column in mapping.columns:
        if not column.roles or not all(r.startswith("x_") for r in column.roles):
            continue
        key, found = _numbered(column.name, mapping)
        if not found:
            head = heading(column.name)
            found, _ = expanded(column.name, head, table.cells(column.name), decimal=mapping.decimal)
            key = (head.arm, head.rest, head.words or head.glued * column.name[-1:])
        if found and any(key) and set(found) <= ARM_STATISTICS:
            groups.setdefault(key, {}).update(dict.fromkeys(found, column.name))
    both = {key[1] for key in groups if key[0] == "t"} & {key[1] for key in groups if key[0] == "c"}
    return [
        (frozenset(found), list(dict.fromkeys(found.values())))
        for key, found in groups.items()
        if not (key[1] and key[1] in both)  # another outcome, of both arms
    ]


def _numbered(name: str, mapping: Mapping) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The number of a group, and its statistics: those of the columns called alike with 1 and 2, as in ``mean1 mean2 mean3``."""
    roles = {plain(c.name): c.roles for c in mapping.columns}
    key = plain(name)
    for found in re.finditer(r"\d+", key):
        one, two = (roles.get(f"{key[: found.start()]}{k}{key[found.end() :]}", ()) for k in (1, 2))
        stems = tuple(r[:-2] for r in one)
        if _of_arm(one, "_t") and _of_arm(two, "_c") and stems == tuple(r[:-2] for r in two):
            return ("number", "", found[0]), stems
    return (), ()


def _order(stem: str) -> tuple[bool, str]:
    return stem == "n", stem


def _quoted(columns: list[str]) -> str:
    return ", ".join(repr(c) for c in columns[:4]) + (" ..." if len(columns) > 4 else "")
