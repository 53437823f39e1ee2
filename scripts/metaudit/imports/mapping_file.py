"""``mapping.yaml``: written with its reasons in comments, read back and obeyed to the letter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.formats.columns import EXTRACTION
from metaudit.formats.places import SCHEMAS
from metaudit.formats.review import shown_path
from metaudit.formats.tables import nearest
from metaudit.formats.yaml_file import check_schema, line_of, load_schema, plain, read_yaml
from metaudit.imports.grid_table import Table
from metaudit.imports.mapping import EXTRA_ROLES, LAYOUTS, ROLES, ColumnMapping, Mapping, is_role

_HEAD = """# How the columns of {file} were read. Correct what is wrong, then import again:
#   metaudit import {file} FOLDER --mapping mapping.yaml --overwrite
# A column is one of the names of extraction.csv (study, events_t, mean_c, effect ...; all of them are in the list at the end),
# x_ and a name of your own for a covariate, or {{drop: why}}. When its cells hold several numbers, such as "5.2 (1.3)" or
# "12/40", it is the list of what they are, in their order: [mean_t, sd_t]. _t is the treatment, _c the control.
"""


def mapping_text(mapping: Mapping) -> str:
    """The mapping as text for a person: every column with what it is taken for, how surely, and why."""
    quoted = _quoted
    lines = [_HEAD.format(file=mapping.file), f"file: {quoted(mapping.file)}"]
    if mapping.sheet:
        lines.append(f"sheet: {quoted(mapping.sheet)}")
    header = ", ".join(map(str, mapping.header))
    lines.append(
        f"header: {f'[{header}]' if len(mapping.header) > 1 else header}    # row of the headings, as a spreadsheet counts"
    )
    lines.append(f"decimal: {quoted(mapping.decimal)}    # of columns that do not tell")
    lines.append(
        f"missing: {_list(mapping.missing)}    # the file's own words for: not reported, such as -99; NR, n/a, dashes are known"
    )
    lines.append(f"layout: {mapping.layout}    # " + "; ".join(f"{k}: {v}" for k, v in LAYOUTS.items()))
    if mapping.layout != "wide" or mapping.treatment or mapping.control:
        lines.append(f"treatment: {_list(mapping.treatment)}    # names of arms; empty: every arm but the control")
        lines.append(f"control: {_list(mapping.control)}    # names of arms; the first that a study has is its control")
    lines.append(
        f"measure: {mapping.measure}" if mapping.measure else "# measure: RR    # the effect measure, when it is known"
    )
    lines.append(
        f"outcome: {quoted(mapping.outcome)}" if mapping.outcome else "# outcome: mortality    # of rows that name none"
    )
    if mapping.skip:
        lines += ["skip:", *(f"  {row}: {quoted(why)}" for row, why in sorted(mapping.skip.items()))]
    lines.append("columns:")
    lines += [_column_line(c) for c in mapping.columns]
    lines += ["", "# Names that a column can have:", *_legend()]
    return "\n".join(lines) + "\n"


def _column_line(column: ColumnMapping) -> str:
    if not column.roles:
        value = f"{{drop: {_quoted(column.drop or 'not needed')}}}"
    elif column.outcome:
        value = f"{{as: {_roles(column.roles)}, outcome: {_quoted(column.outcome)}}}"
    else:
        value = _roles(column.roles)
    comment = (
        f"    # {column.reason}" + (f" ({column.score:.0%} sure)" if column.score < 1 else "") if column.reason else ""
    )
    return f"  {_quoted(column.name)}: {value}{comment}"


def _roles(roles: Sequence[str]) -> str:
    return roles[0] if len(roles) == 1 else f"[{', '.join(roles)}]"


def _quoted(text: str) -> str:
    """A text as YAML reads it back, whatever signs it holds."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(_quoted(t) for t in texts)}]"


def _legend() -> Iterator[str]:
    for column in EXTRACTION:
        if column.name not in ("source", "certainty"):
            yield f"#   {column.name}: {column.meaning}"
    for name, meaning in EXTRA_ROLES.items():
        yield f"#   {name}: {meaning}"


def read_mapping(path: Path) -> tuple[dict[str, Any], Any]:
    """The content of a mapping file, plain, and the document with its lines.

    Raises
    ------
    InputError
        when it is missing, not YAML, or holds a key or value that is not known: each with its line and the nearest name.
    """
    shown = shown_path(path)
    if not path.is_file():
        raise InputError(
            [
                Problem(
                    shown,
                    0,
                    "",
                    "missing-file",
                    "there is no such file.",
                    "Leave --mapping out to have one guessed and written.",
                )
            ]
        )
    document, problems = read_yaml(path, shown)
    if not problems and not isinstance(document, dict):
        problems = [
            Problem(
                shown,
                1,
                "",
                "mapping",
                "the file is no mapping of columns.",
                "It holds columns: heading -> what it is.",
            )
        ]
    if not problems:
        problems = check_schema(document, load_schema(SCHEMAS / "mapping.schema.json"), shown)
    if problems:
        raise InputError(problems)
    return plain(document), document


def header_of(content: dict[str, Any]) -> tuple[int, ...] | None:
    """The rows of the headings that a mapping names; None when it leaves them to be found."""
    said = content.get("header")
    return None if said is None else tuple(said) if isinstance(said, list) else (int(said),)


def obeyed(path: Path, content: dict[str, Any], document: Any, *, table: Table) -> Mapping:
    """The mapping as it stands in a file, checked against the table it is for.

    Raises
    ------
    InputError
        when it names a column that the table does not have, misses one that it has, or gives one a name that is none.
    """
    shown = shown_path(path)
    columns: dict[str, ColumnMapping] = {}
    problems: list[Problem] = []
    for name, value in content["columns"].items():
        line = line_of(document, ["columns", name])
        if name not in table.columns:
            problems.append(
                Problem(
                    shown,
                    line,
                    f"columns.{name}",
                    "unknown-column",
                    f"the table has no column {name!r}.",
                    nearest(name, table.columns),
                )
            )
            continue
        column = _column(name, value)
        columns[name] = column
        problems += _check_roles(column, shown, line)
    for name in table.columns:
        if name not in columns and not any(p.column == f"columns.{name}" for p in problems):
            problems.append(
                Problem(
                    shown,
                    line_of(document, ["columns"]),
                    f"columns.{name}",
                    "missing-column",
                    f"the table has a column {name!r} that the mapping does not name.",
                    f"Add {_quoted(name)}: x_{name.lower().replace(' ', '_')[:20]}, or {{drop: why}}.",
                )
            )
    problems += _twice(columns, shown, document)
    if problems:
        raise InputError(problems)
    return Mapping(
        table.file,
        table.sheet,
        table.header,
        content.get("decimal", "."),
        _texts(content.get("missing")),
        content.get("layout", "wide"),
        _texts(content.get("treatment")),
        _texts(content.get("control")),
        content.get("measure", ""),
        content.get("outcome", ""),
        {int(row): why for row, why in content.get("skip", {}).items()},
        tuple(columns[name] for name in table.columns),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),) if value not in (None, "") else ()


def _column(name: str, value: Any) -> ColumnMapping:
    reason = "the mapping says it"
    if isinstance(value, dict):
        said = value.get("as", [])
        return ColumnMapping(
            name,
            (said,) if isinstance(said, str) else tuple(said),
            value.get("drop", ""),
            reason=reason,
            outcome=value.get("outcome", ""),
        )
    if isinstance(value, list):
        return ColumnMapping(name, tuple(value), reason=reason)
    if value == "drop" or value.startswith("drop:"):
        return ColumnMapping(name, drop=value.partition(":")[2].strip() or "the mapping says it", reason=reason)
    return ColumnMapping(name, (value,), reason=reason)


def _check_roles(column: ColumnMapping, shown: str, line: int) -> Iterator[Problem]:
    where = f"columns.{column.name}"
    if not column.roles and not column.drop:
        yield Problem(
            shown,
            line,
            where,
            "column",
            f"nothing is said of column {column.name!r}.",
            "Give it a name, or {drop: why}.",
        )
    if column.roles and column.drop:
        yield Problem(
            shown, line, where, "column", f"column {column.name!r} is both read and dropped.", "Keep as, or drop."
        )
    for role in column.roles:
        if not is_role(role):
            fix = f"{nearest(role, ROLES)} A covariate starts with x_, a judgement of bias with rob_; {{drop: why}} leaves the column out."
            yield Problem(shown, line, where, "unknown-name", f"{role!r} is not a name that a column can have.", fix)


def _twice(columns: dict[str, ColumnMapping], shown: str, document: Any) -> Iterator[Problem]:
    taken: dict[tuple[str, str], str] = {}
    for name, column in columns.items():
        for role in column.roles:
            other = taken.setdefault((column.outcome, role), name)
            if other != name:
                yield Problem(
                    shown,
                    line_of(document, ["columns", name]),
                    f"columns.{name}",
                    "duplicate-column",
                    f"{role!r} is already column {other!r}.",
                    "Give one of them another name, or another outcome.",
                )
