"""What each column of a table is, guessed from its heading, from the headings beside it, and from its cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from metaudit.drafts.draft import Notice
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_arms import Candidate, settle_arms
from metaudit.imports.guess_cells import ARM_STATISTICS, MAIN, both_arms, column_decimals, expanded, fits, is_text
from metaudit.imports.guess_effects import effect_candidate, limit_candidate, spread_candidate
from metaudit.imports.guess_events import name_events
from metaudit.imports.guess_names import heading, names, plain
from metaudit.imports.guess_rest import left_over, unlike_names
from metaudit.imports.guess_settle import (
    data_before_effects,
    drop_follow_up_times,
    drop_what_is_no_data,
    limits_of_logarithms,
    one_role_each,
    ratios_before_logarithms,
)
from metaudit.imports.guess_study import name_contrasts, name_studies
from metaudit.imports.mapping import ColumnMapping, Mapping, is_role
from metaudit.imports.options import Options
from metaudit.imports.text_numbers import is_missing

_EFFECTS = {"effect", "log_effect", "oe", "r"}
# Columns of ours whose names are too short to mean only that.
_SHORT = {
    "n",
    "t",
    "p",
    "f",
    "r",
    "events",
    "mean",
    "sd",
    "time",
    "se",
    "effect",
    "variance",
    "var",
    "min",
    "max",
    "q1",
    "q3",
    "pm",
    "arm",
    "treatment",
}


def guess_mapping(table: Table, options: Options) -> tuple[Mapping, list[Notice]]:
    """How a table is read, and every decision that two readings were possible for.

    Parameters
    ----------
    table : the table
    options : what the person said: measure, decimal sign
    """
    decimal = options.decimal or file_decimal(table)
    notices: list[Notice] = []
    if decimal == "," and not options.decimal:
        notices.append(
            Notice(
                "guessed",
                table.shown,
                "numbers are written with a decimal comma.",
                "If not, say decimal in mapping.yaml.",
            )
        )
    found: dict[str, ColumnMapping] = {}
    _by_family(table, found, notices)
    _by_plain_name(table, found, decimal)
    candidates = [c for name in table.columns if name not in found for c in _candidate(table, name, decimal)]
    armed = any(c.arm and MAIN & set(c.statistics) for c in candidates)
    long = not armed and any(c.roles == ("arm_name",) and _repeats(table, c.name) for c in found.values())
    settled, said = settle_arms(candidates, table, long=long)
    found |= {c.name: c for c in settled}
    notices += said
    if not any(
        r in _EFFECTS or r.removesuffix("_t").removesuffix("_c") in MAIN for c in found.values() for r in c.roles
    ):
        name_events(table, found, notices)
    layout = _layout(table, found)
    if layout == "statistics":
        found = {k: v for k, v in found.items() if v.score >= 0.8 or v.roles[0] in ("study", "author", "year")}
    else:
        found = {k: v for k, v in found.items() if v.roles not in (("statistic",), ("value",))}
    ratios_before_logarithms(found)
    limits_of_logarithms(found, table)
    name_studies(table, found, notices)
    if layout == "wide" and not any("arm_name" in c.roles for c in found.values()):
        name_contrasts(table, found)
    one_role_each(found)
    drop_follow_up_times(found)
    drop_what_is_no_data(found, layout)
    data_before_effects(found, layout)
    for name in table.columns:
        if name not in found or not fits(table.cells(name), found[name].roles, decimal, told=found[name].score >= 0.9):
            found[name] = left_over(table, name, found)
    unlike_names(found, table)
    mapping = Mapping(
        PurePath(table.file).name,
        table.sheet,
        table.header,
        decimal,
        layout=layout,
        measure=options.measure or "",
        columns=tuple(found[name] for name in table.columns),
    )
    return mapping, notices


def file_decimal(table: Table) -> str:
    """The decimal sign of most cells that tell; a comma too in a file by semicolons whose numbers have commas only."""
    commas, points = column_decimals(table, table.columns)
    return "," if commas > points else "."


def _by_family(table: Table, found: dict[str, ColumnMapping], notices: list[Notice]) -> None:
    keys = {plain(name): name for name in reversed(table.columns)}
    for family in names().families:
        if not all(n in keys for n in family["needs"]) or any(n in keys for n in family["without"]):
            continue
        wanted = {keys[n]: role for n, role in family["columns"].items() if n in keys and keys[n] not in found}
        if not wanted or any(is_text(table.cells(keys[n])) for n in family["needs"]):
            continue
        for name, role in wanted.items():
            if role == "drop":
                continue
            found[name] = ColumnMapping(name, (role,), score=1.0, reason=f"a name of {family['program']}")
        notices += _non_events_or_sizes(table, wanted)


def _non_events_or_sizes(table: Table, wanted: dict[str, str]) -> list[Notice]:
    """``bi`` and ``di`` are people without the event; a table that calls the group sizes so looks alike."""
    by_role = {role: name for name, role in wanted.items()}
    if not {"events_t", "nonevents_t", "events_c", "nonevents_c"} <= by_role.keys():
        return []
    pairs = [
        (a, b)
        for arm in ("_t", "_c")
        for a, b in zip(
            _floats(table, by_role["events" + arm]), _floats(table, by_role["nonevents" + arm]), strict=True
        )
        if a is not None and b is not None
    ]
    fewer = sum(b < a for a, b in pairs)
    columns = f"{by_role['nonevents_t']} and {by_role['nonevents_c']}"
    if fewer:
        message = f"{columns} are people without the event, not group sizes: {fewer} of {len(pairs)} are below the events beside them."
        return [Notice("guessed", table.shown, message)]
    message = f"{columns} were read as people without the event, as these names mean; they could be group sizes too: none is below its events."
    return [
        Notice("guessed", table.shown, message, "If they are group sizes, write n_t and n_c for them in mapping.yaml.")
    ]


def _floats(table: Table, name: str) -> list[float | None]:
    out: list[float | None] = []
    for cell in table.cells(name):
        try:
            value = float(cell.replace(",", ""))
        except ValueError:
            value = math.nan
        out.append(value if math.isfinite(value) else None)  # "inf" and 1e999 are no numbers of a table
    return out


def _by_plain_name(table: Table, found: dict[str, ColumnMapping], decimal: str) -> None:
    book = names()
    for name in table.columns:
        if name in found:
            continue
        key, cells = plain(name), table.cells(name)
        role = book.plain.get(key, "")
        if not role and is_role(name.strip()) and name.strip() not in _SHORT and name.strip() not in book.statistics:
            role = name.strip()
        if role and _suits(role, cells, decimal):
            found[name] = ColumnMapping(name, (role,), score=0.95, reason="the name says it")


def _suits(role: str, cells: Sequence[str], decimal: str) -> bool:
    text = is_text(cells)
    if role in ("arm_name", "statistic", "comparison", "author", "note", "where"):
        return text
    if role in ("outcome", "timepoint", "subgroup"):
        return any(not is_missing(c) for c in cells)
    if role == "value":
        return not text
    return role == "study" or fits(cells, (role,), decimal)


def _candidate(table: Table, name: str, decimal: str) -> list[Candidate]:
    """What a heading may be: an effect, a statistic of an arm, or of one group."""
    cells = table.cells(name)
    if not any(not is_missing(c) for c in cells):
        return []
    head = heading(name)
    if head.statistics == ("r",) and not head.arm and _above_one(table, name):
        return [Candidate(name, ("events",), "", head.rest, 0.7, "whole numbers above 1, so no correlation")]
    effect = effect_candidate(name) or limit_candidate(name, table.columns)
    if effect is not None:
        return [effect] if not is_text(cells) else []
    spread = spread_candidate(name)
    if spread is not None:
        return [spread]
    both = both_arms(head, cells, decimal)
    if both:
        return [Candidate(name, both, "", "", 0.8, "the heading names both arms, and the cells hold two numbers")]
    statistics, reason = expanded(name, head, cells, decimal=decimal)
    if not statistics:
        return []
    if reason.startswith("n/N"):
        head = replace(head, rest=" ".join(w for w in head.rest.split() if w not in ("n", "nn", "events", "total")))
    score = 0.9 - (0.2 if head.rest else 0.0) - (0.1 if head.glued else 0.0)
    return [Candidate(name, statistics, head.arm, head.rest, round(score, 2), reason, glued=head.glued)]


def _above_one(table: Table, name: str) -> bool:
    values = [v for v in _floats(table, name) if v is not None]
    return bool(values) and all(v == int(v) and v >= 0 for v in values) and max(values) > 1


def _layout(table: Table, found: dict[str, ColumnMapping]) -> str:
    roles = {r for c in found.values() for r in c.roles}
    if {"statistic", "value"} <= roles:
        column = next(c.name for c in found.values() if c.roles == ("statistic",))
        kinds = [heading(c).statistics for c in dict.fromkeys(table.cells(column)) if not is_missing(c)]
        if kinds and sum(bool(k) for k in kinds) >= 0.3 * len(kinds):
            return "statistics"
    armed = {r for r in roles if r.endswith(("_t", "_c")) and r[:-2] in ARM_STATISTICS}
    if "arm_name" in roles and not armed and roles & MAIN:
        column = next(c.name for c in found.values() if c.roles == ("arm_name",))
        if len({c for c in table.cells(column) if not is_missing(c)}) > 1:
            return "arms"
    return "wide"


def _repeats(table: Table, name: str) -> bool:
    """Whether a column has few values, each in several rows, as the names of arms have."""
    cells = [c for c in table.cells(name) if not is_missing(c)]
    return len(set(cells)) >= 2 and len(set(cells)) <= 0.6 * len(cells)
