"""Tables of studies: CSV and its kin, Excel sheets, exports of Covidence, SRDR+, JASP, Stata, metafor and meta."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metaudit.drafts.draft import Draft, Notice
from metaudit.errors import InputError, Problem
from metaudit.formats.review import shown_path
from metaudit.formats.tables import nearest
from metaudit.imports import covidence, srdr
from metaudit.imports.grid import Grid, text_grid
from metaudit.imports.grid_table import Table, find_table
from metaudit.imports.guess import guess_mapping
from metaudit.imports.guess_names import plain
from metaudit.imports.guess_prefixes import check_whole_arms
from metaudit.imports.guess_third import check_two_arms
from metaudit.imports.mapping import Mapping
from metaudit.imports.mapping_file import header_of, mapping_text, obeyed, read_mapping
from metaudit.imports.options import Options
from metaudit.imports.safe import read_bytes
from metaudit.imports.shapes import shape_rows
from metaudit.imports.shapes_values import Reader
from metaudit.imports.table_file_analyses import analyses_of
from metaudit.imports.table_file_checks import check_rows
from metaudit.imports.table_file_claims import claims_of
from metaudit.imports.table_file_measure import choose_measure, data_roles
from metaudit.imports.text import decode

SOURCE = "table"


@dataclass
class Look:
    """A table and how it is read, before its rows are."""

    table: Table
    mapping: Mapping
    notices: list[Notice] = field(default_factory=list)


def read(path: Path, options: Options) -> Draft:
    """Read a table of studies into a draft of a review.

    Raises
    ------
    InputError
        when the file is no sound table, several sheets fit, a mapping does not go with it, or a cell cannot be right:
        each problem with its row and column in this file.
    """
    found = look(path, options)
    table, mapping, notices = found.table, found.mapping, list(found.notices)
    if not data_roles(mapping) and not any(r.startswith("rob_") for r in mapping.roles):
        raise _no_data(table)
    if options.mapping is None:
        check_whole_arms(mapping, table)
        check_two_arms(mapping, table)
    reader = Reader(table, mapping)
    rows, records, said = shape_rows(table, mapping, reader)
    problems = reader.problems or check_rows(rows, records, table)
    if problems:
        raise InputError(problems)
    if not rows:
        raise InputError(
            [
                Problem(
                    table.shown,
                    0,
                    "",
                    "no-rows",
                    "no row of the table holds data.",
                    "Check mapping.yaml: every row was skipped or is empty.",
                )
            ]
        )
    notices += [*said, *reader.notices(), *_columns_left(table, mapping)]
    title = _title(path, table, options, notices)
    analyses, chosen = analyses_of(rows, table, mapping, title=title)
    notices += chosen
    claims, counted = claims_of(table, mapping, analyses)
    notices += counted
    for row, record in zip(rows, records, strict=True):
        row |= {"source": SOURCE, "certainty": "derived" if record.derived else "read"}
    citation = options.source or f"{path.name}, table of {len(rows)} rows"
    notices.append(
        Notice(
            "remark",
            table.shown,
            "the citation of the review is not in the table.",
            "Write authors, year, journal and doi into review.yaml.",
        )
    )
    return Draft(
        title=title,
        citation={"authors": "not stated"},
        analyses=analyses,
        rows=rows,
        claims=[c | {"source": SOURCE} for c in claims],
        sources=[{"source": SOURCE, "citation": citation, "read": "table", "note": f"imported from {path.name}"}],
        notices=notices,
        files={"mapping.yaml": _mapping_file(options, mapping)},
    )


def look(path: Path, options: Options) -> Look:
    """The table of a file and its mapping: the one that is given, else a guess.

    Raises
    ------
    InputError
        as :func:`read` does, but for what is wrong with single cells.
    """
    content, document = read_mapping(options.mapping) if options.mapping else ({}, None)
    grids, notices = grids_of(path, options)
    said = options.sheet or content.get("sheet") or None
    looks = _looks(grids, said, options, (content, document))
    chosen, left = _choose(looks, said, shown_path(path))
    table, mapping = chosen.table, chosen.mapping
    if document is None:
        mapping.measure, measured = choose_measure(mapping, table, options)
        chosen.notices += measured
    elif options.measure:
        mapping.measure = options.measure
    return Look(table, mapping, [*notices, *table.notices, *chosen.notices, *left])


def grids_of(path: Path, options: Options) -> tuple[list[Grid], list[Notice]]:
    """Every sheet of a file.

    Raises
    ------
    InputError
        when it cannot be read.
    """
    shown = shown_path(path)
    content = read_bytes(path)
    if content.startswith(b"PK"):
        from metaudit.imports.grid_excel import excel_grids

        return excel_grids(path, shown)
    text, _, notices = decode(content, shown, options.encoding)
    grid, more = text_grid(text, shown, options.delimiter)
    return [grid], [*notices, *more]


def _looks(
    grids: list[Grid], said: str | None, options: Options, given: tuple[dict[str, Any], Any]
) -> list[Look | InputError]:
    """What each sheet is; a sheet that was named must be there, and then only it is read."""
    if said is not None:
        wanted = [g for g in grids if g.sheet == said] or [
            g for g in grids if g.sheet.strip().lower() == said.strip().lower()
        ]
        if not wanted and any(g.sheet for g in grids):
            fix = f"{nearest(said, [g.sheet for g in grids])} The sheets: {', '.join(g.sheet for g in grids)}."
            raise InputError([Problem(grids[0].file, 0, "", "sheet", f"the workbook has no sheet {said!r}.", fix)])
        grids = wanted or grids
    out: list[Look | InputError] = []
    for grid in grids:
        try:
            out.append(_look(grid, options, *given))
        except InputError as error:
            out.append(error)
    return out


def _look(grid: Grid, options: Options, content: dict[str, Any], document: Any) -> Look:
    table = find_table(grid, header_of(content))
    table = srdr.unfold(table)
    if document is not None and options.mapping is not None:
        return Look(table, obeyed(options.mapping, content, document, table=table))
    mapping, notices = guess_mapping(table, options)
    for program in (covidence, srdr):
        notices += program.adapt(table, mapping)
    return Look(table, mapping, notices)


def _choose(looks: list[Look | InputError], said: str | None, shown: str) -> tuple[Look, list[Notice]]:
    """The one sheet that holds data; a person is asked where several do."""
    good = [x for x in looks if isinstance(x, Look)]
    errors = [x for x in looks if isinstance(x, InputError)]
    if not good:
        raise InputError([p for e in errors for p in e.problems])
    if len(looks) == 1:
        return good[0], []
    fitting = [x for x in good if data_roles(x.mapping)]
    if len(fitting) > 1:
        sheets = ", ".join(f"{x.table.sheet!r} ({len(x.table.lines)} rows)" for x in fitting)
        raise InputError(
            [
                Problem(
                    shown,
                    0,
                    "",
                    "several-sheets",
                    f"several sheets hold tables of studies: {sheets}.",
                    f"Say which one, for example --sheet {fitting[0].table.sheet!r}.",
                )
            ]
        )
    chosen = fitting[0] if fitting else max(good, key=lambda x: len(x.table.lines))
    left = [
        Notice(
            "dropped",
            x.table.shown,
            f"the sheet was not read: {len(x.table.lines)} rows without data that an effect is computed from.",
            f"Read it with --sheet {x.table.sheet!r}.",
        )
        for x in good
        if x is not chosen
    ]
    left += [Notice("dropped", p.file, f"the sheet was not read: {p.message}") for e in errors for p in e.problems[:1]]
    return chosen, left


def _mapping_file(options: Options, mapping: Mapping) -> str:
    """The mapping that was guessed; one that was given stays as its author wrote it."""
    return mapping_text(mapping) if options.mapping is None else options.mapping.read_text(encoding="utf-8-sig")


def _columns_left(table: Table, mapping: Mapping) -> Iterator[Notice]:
    """Columns that are not read, each with its reason, and those that are carried along as covariates."""
    for column in mapping.columns:
        if not column.roles:
            yield Notice(
                "dropped",
                f"{table.shown}, column {table.letters[column.name]} ({column.name})",
                f"the column is not read: {column.drop}.",
            )
    kept = [
        f"{c.name} as {c.roles[0]}"
        for c in mapping.columns
        if c.roles and c.roles[0].startswith("x_") and c.roles[0] != c.name
    ]
    if kept:
        more = f" and {len(kept) - 30} more" if len(kept) > 30 else ""
        yield Notice(
            "remark",
            table.shown,
            f"columns that are no data of ours are kept as covariates: {', '.join(kept[:30])}{more}.",
        )


def _no_data(table: Table) -> InputError:
    names = ", ".join(repr(c) for c in table.columns[:12]) + (" ..." if len(table.columns) > 12 else "")
    message = f"none of the columns is known as data that an effect is computed from; they are {names}."
    if {"tp", "fp", "fn", "tn"} <= {plain(c) for c in table.columns}:
        message = "the table is one of diagnostic accuracy (tp, fp, fn, tn), which is not analysed."
    fix = "Say what they are: metaudit import FILE FOLDER --dry-run > mapping.yaml writes what was guessed; correct it and give it with --mapping."
    return InputError([Problem(table.shown, table.header[-1], "", "no-data", message, fix)])


def _title(path: Path, table: Table, options: Options, notices: list[Notice]) -> str:
    if options.title:
        return options.title
    if table.title:
        notices.append(
            Notice(
                "guessed",
                table.shown,
                f"the title was taken from the line above the table: {table.title[:150]!r}.",
                "Correct it in review.yaml.",
            )
        )
        return table.title[:300]
    notices.append(
        Notice(
            "guessed",
            table.shown,
            f"the review is called after the file, {path.stem!r}.",
            "Write its title into review.yaml.",
        )
    )
    return path.stem
