"""Exports of SRDR+, and other tables whose arms stand side by side under numbered headings.

The advanced export (sheets ``Continuous - Desc. Statistics`` and ``Categorical - Desc. Statistics``) has ``Arm Name 1``,
``Arm Description 1`` and the statistics of that arm, then the same for arm 2 and so on, the statistics under equal
headings. The compact export (``Desc. Statistics``) has one row for each number: ``Arm``, ``Measure``, ``Value``.
(AHRQ, SRDR+, open source: its export jobs.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase

from metaudit.drafts.draft import Notice
from metaudit.imports.grid_table import Line, Table
from metaudit.imports.guess_cells import ARM_STATISTICS, is_text
from metaudit.imports.guess_names import heading, plain
from metaudit.imports.mapping import ColumnMapping, Mapping
from metaudit.imports.text_numbers import is_missing

_ARM = re.compile(r"(?i)^(arm|group|treatment|comparison)[ _.]?name[ _.]?(\d+)$")
_NUMBERED = re.compile(r"^(.*?)[ _.]?(\d+)$")
_IDENTIFIERS = {
    "extraction id",
    "consolidated",
    "username",
    "citation id",
    "refman",
    "other reference",
    "pmid",
    "key questions",
    "digest",
    "outcome description",
    "population description",
    "outcome type",
    "arm description",
    "description",
    "type",
}


@dataclass(frozen=True)
class Block:
    """The columns of one arm: its name, or the column that holds it, and column -> name under which it is read."""

    arm: str
    columns: dict[str, str]
    label: str = ""


def is_export(table: Table) -> bool:
    """Whether a table is an export of SRDR+."""
    keys = {plain(c) for c in table.columns}
    return {"extraction id", "citation id"} <= keys or {"citation name", "digest"} <= keys


def unfold(table: Table) -> Table:
    """The table with one row for each arm, where arms stand side by side with a column that names each; else as it is."""
    table = _told_apart(_with_units(table)) if is_export(table) else table
    blocks = _named_blocks(table.columns) or _numbered_blocks(table) or _worded_blocks(table)
    if len(blocks) < 2:
        return table
    folded = {c for b in blocks for c in (b.arm, *b.columns)}
    shared = [c for c in table.columns if c not in folded]
    names = list(dict.fromkeys(n for b in blocks for n in b.columns.values()))
    lines = []
    for line in table.lines:
        for block in blocks:
            inside = {name: line.cells.get(column, "") for column, name in block.columns.items()}
            arm = block.label or line.cells.get(block.arm, "").strip()
            if not arm or all(is_missing(v) for v in inside.values()):
                continue
            cells = {c: line.cells.get(c, "") for c in shared} | {"Arm": arm} | {n: inside.get(n, "") for n in names}
            letters = {name: table.letters[column] for column, name in block.columns.items()} | {
                "Arm": table.letters.get(block.arm, "")
            }
            odd = {name: line.odd[column] for column, name in block.columns.items() if column in line.odd}
            odd |= {c: line.odd[c] for c in shared if c in line.odd}
            lines.append(Line(line.number, cells, letters, odd, line.group))
    if not lines:
        return table
    letters = (
        {c: table.letters[c] for c in shared}
        | {"Arm": table.letters.get(blocks[0].arm, "")}
        | {n: table.letters[c] for b in reversed(blocks) for c, n in b.columns.items()}
    )
    notice = Notice(
        "guessed", table.shown, f"{len(blocks)} arms stand side by side; they were read as one row for each arm."
    )
    return replace(
        table, columns=(*shared, "Arm", *names), letters=letters, lines=lines, notices=[*table.notices, notice]
    )


def _with_units(table: Table) -> Table:
    """Time points with their unit, which stands in a column of its own."""
    keys = {plain(c): c for c in table.columns}
    point, unit = keys.get("timepoint", ""), keys.get("timepoint unit", "") or keys.get("unit", "")
    if not point or not unit:
        return table
    lines = [
        replace(line, cells={**line.cells, point: f"{line.cells.get(point, '')} {line.cells.get(unit, '')}".strip()})
        for line in table.lines
    ]
    return replace(table, lines=lines)


def _told_apart(table: Table) -> Table:
    """Citations of the same authors in the same year with a letter behind the year: they are studies of their own."""
    keys = {plain(c): c for c in table.columns}
    citation, authors = (keys.get(name, "") for name in ("citation id", "authors"))
    year = keys.get("publication date", "")
    if not (citation and authors and year):
        return table
    alike: dict[tuple[str, str], list[str]] = {}
    for line in table.lines:
        found = alike.setdefault((line.cells.get(authors, ""), line.cells.get(year, "")), [])
        if line.cells.get(citation, "") not in found:
            found.append(line.cells.get(citation, ""))
    several = {key: found for key, found in alike.items() if 1 < len(found) <= len(ascii_lowercase) and key[1]}
    if not several:
        return table
    lines, notices = [], []
    for line in table.lines:
        found = several.get((line.cells.get(authors, ""), line.cells.get(year, "")), [])
        letter = ascii_lowercase[found.index(line.cells.get(citation, ""))] if found else ""
        said = re.search(r"(?:18|19|20)\d\d", line.cells.get(year, ""))
        cells = {**line.cells, year: f"{said[0]}{letter}"} if letter and said else line.cells
        lines.append(replace(line, cells=cells))
    for (who, when), found in several.items():
        message = (
            f"{who} {when} is {len(found)} citations ({', '.join(found)}); a letter behind the year tells them apart."
        )
        notices.append(Notice("converted", table.shown, message))
    return replace(table, lines=lines, notices=[*table.notices, *notices])


def _named_blocks(columns: Sequence[str]) -> list[Block]:
    """From each column ``Arm Name k`` up to the next one."""
    starts = [i for i, c in enumerate(columns) if _ARM.match(re.sub(r" \[column [A-Z]+\]$", "", c))]
    if len(starts) < 2:
        return []
    size = starts[1] - starts[0]
    blocks = []
    for at in starts:
        inside = columns[at + 1 : at + size]
        blocks.append(
            Block(
                columns[at],
                {
                    c: re.sub(r" \[column [A-Z]+\]$", "", re.sub(r"(?i)^(arm description) \d+$", r"\1", c))
                    for c in inside
                },
            )
        )
    return blocks


def _numbered_blocks(table: Table) -> list[Block]:
    """Columns that repeat with 1, 2, 3 ... behind them, one of them words that name the arms: ``t1 y1 sd1 n1 t2 y2 sd2 n2``."""
    stems: dict[str, dict[int, str]] = {}
    for column in table.columns:
        found = _NUMBERED.match(column)
        if found and found[1] and int(found[2]) <= 12:
            stems.setdefault(found[1], {})[int(found[2])] = column
    most = max((len(v) for v in stems.values()), default=0)
    whole = {stem: v for stem, v in stems.items() if len(v) == most and set(v) == set(range(1, most + 1))}
    named = [s for s, v in whole.items() if is_text([c for c in table.cells(v[1]) if c])]
    numbers = [s for s in whole if s not in named and any(heading(s).statistics or plain(s) == "y" for _ in (0,))]
    if most < 2 or len(named) != 1 or len(numbers) < 2:
        return []
    rename = {
        s: "mean" if plain(s) == "y" and any("sd" in heading(n).statistics for n in numbers) else s for s in whole
    }
    return [
        Block(whole[named[0]][k], {v[k]: rename[s] for s, v in whole.items() if s != named[0]})
        for k in range(1, most + 1)
    ]


def _worded_blocks(table: Table) -> list[Block]:
    """Three groups or more under headings such as ``drug A n``, ``drug A events``, ``placebo n``, ``placebo events``.

    One of them alone is a control by its name: of two, nobody can tell against which the treatment is compared.
    """
    groups: dict[tuple[str, str, str], dict[str, str]] = {}
    for column in table.columns:
        told = heading(column)
        if (
            len(told.statistics) == 1
            and told.statistics[0] in ARM_STATISTICS
            and (told.arm or told.rest)
            and not told.glued
        ):
            groups.setdefault((told.arm, told.rest, told.words), {}).setdefault(told.statistics[0], column)
    controls = [found for (arm, rest, _), found in groups.items() if arm == "c" and not rest]
    if len(controls) != 1 or len(controls[0]) < 2 or not controls[0].keys() & {"events", "mean", "median"}:
        return []
    alike = {
        key: found
        for key, found in groups.items()
        if found.keys() == controls[0].keys() and (key[0] != "c" or found is controls[0])
    }
    if len(alike) < 3:
        return []
    return [
        Block("", {column: statistic for statistic, column in found.items()}, _words(key, found))
        for key, found in alike.items()
    ]


def _words(key: tuple[str, str, str], found: dict[str, str]) -> str:
    """The name of a group: what its headings have in common."""
    words = [[w for w in re.split(r"[\s_.,;:()/-]+", c) if w] for c in found.values()]
    shared = [w for w in words[0] if all(w in other for other in words[1:])]
    return " ".join(shared) or key[1] or {"t": "treatment", "c": "control"}.get(key[0], "")


def adapt(table: Table, mapping: Mapping) -> list[Notice]:
    """Name the studies by their authors, leave identifiers out, and read consolidated extractions where there are any."""
    if not is_export(table):
        return []
    keys = {plain(c): c for c in table.columns}
    authors = keys.get("authors", "")
    several = len({line.cells.get(keys.get("population", ""), "") for line in table.lines}) > 1
    mapping.columns = tuple(_column(c, authors, several=several) for c in mapping.columns)
    notices = [Notice("remark", table.shown, "the file was read as an export of SRDR+.")]
    consolidated, citation = keys.get("consolidated", ""), keys.get("citation id", "") or keys.get("citation name", "")
    if consolidated and citation:
        done = {
            line.cells.get(citation, "") for line in table.lines if plain(line.cells.get(consolidated, "")) == "true"
        }
        skip = {
            line.number: "an extraction by one person; the consolidated one of the study is read"
            for line in table.lines
            if line.cells.get(citation, "") in done and plain(line.cells.get(consolidated, "")) != "true"
        }
        mapping.skip = {**mapping.skip, **skip}
    return notices


def _column(column: ColumnMapping, authors: str, *, several: bool) -> ColumnMapping:
    key, reason = plain(column.name), "a column of every SRDR+ export"
    if column.name == authors:
        return replace(column, roles=("author",), drop="", reason=reason, score=1.0)
    if key == "publication date":
        return replace(column, roles=("year",), drop="", reason=reason, score=1.0)
    if key == "citation name" and authors:
        return ColumnMapping(column.name, drop="the title; the authors name the study", reason=reason)
    if key in ("timepoint unit", "unit"):
        return ColumnMapping(column.name, drop="read together with the time point", reason=reason)
    if key == "population":
        return (
            replace(column, roles=("subgroup",), drop="", reason=reason)
            if several
            else ColumnMapping(column.name, drop="one population throughout", reason=reason)
        )
    if key in _IDENTIFIERS or re.fullmatch(r"description column [a-z]+", key):
        return ColumnMapping(column.name, drop="an identifier or a description", reason=reason)
    return column
