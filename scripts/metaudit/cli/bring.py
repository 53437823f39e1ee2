"""``metaudit import``: a file of another program becomes a draft of a review."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli.output import AsJson, app, guarded, many, print_json, progress, refuse, say
from metaudit.errors import InputError, Problem

if TYPE_CHECKING:
    from metaudit.drafts.draft import Draft
    from metaudit.imports.mapping import Mapping
    from metaudit.imports.options import Options

File = Annotated[
    Path,
    typer.Argument(
        help="RevMan (.rm5, data package .zip, .MTV, analysis .csv), CSV, TSV, .xlsx; exports of Covidence, SRDR+, JASP, Stata",
        show_default=False,
    ),
]
Folder = Annotated[
    Path | None,
    typer.Argument(help="folder of the review to write; its name becomes the review's id", show_default=False),
]
WORDS = {
    "dropped": "left out",
    "guessed": "guessed",
    "converted": "typed otherwise",
    "unread": "not understood",
    "remark": "to know",
}
_MOST = 12


@app.command(name="import")
def import_file(
    file: File,
    folder: Folder = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            help="a mapping.yaml that says what each column of a table is; obeyed exactly", show_default=False
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="the sheet of a workbook, when several fit", show_default=False)
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(help="effect measure: RR, OR, RD, MD, SMD, IRR, PR, ZCOR, GEN, GEN-LOG ...", show_default=False),
    ] = None,
    title: Annotated[str | None, typer.Option(help="title of the review", show_default=False)] = None,
    source: Annotated[
        str | None, typer.Option(help="citation of the document that the file was made from", show_default=False)
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(help="what separates the columns of a text file: , ; | or tab", show_default="found in the file"),
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="the decimal sign: . or ,", show_default="found in the file")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="the encoding of a text file", show_default="found in the file")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="write nothing; of a table, print the mapping.yaml that was guessed")
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="replace a review that stands in the folder, its review.yaml with all that was written there",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a review's folder of a file of another program: what it holds, what was guessed, and what was left out.

    Examples: [bold]metaudit import review.rm5 smith-2021[/bold]; [bold]metaudit import table.xlsx smith-2021 --measure RR[/bold].
    Columns are guessed, shown, and written to mapping.yaml: edit it, and import again with --mapping mapping.yaml --overwrite.
    Exit 0: written, every notice is in notices.md; 2: the file cannot be imported.
    """
    from metaudit.imports.options import Options

    options = Options(mapping, sheet, measure, title, source, delimiter, decimal, encoding)
    _check(folder, decimal, file, dry_run=dry_run)
    if dry_run and guarded(lambda: _is_table(file)):
        guarded(lambda: _show_look(file, options, as_json=as_json))
        return
    with progress(f"Importing {file.name}", quiet=as_json):
        draft = guarded(lambda: _read(file, options))
    if not dry_run and folder is not None:
        from metaudit.drafts.write import write_draft

        guarded(lambda: write_draft(draft, folder, overwrite=overwrite))
    if as_json:
        print_json(_as_numbers(draft, file, folder if not dry_run else None))
        return
    _say(draft, file, folder if not dry_run else None)


def _check(folder: Path | None, decimal: str | None, file: Path, *, dry_run: bool) -> None:
    if folder is None and not dry_run:
        problem = Problem(
            str(file),
            0,
            "",
            "no-folder",
            "no folder is named to write the review into.",
            "Add one, such as smith-2021, or say --dry-run.",
        )
        refuse(InputError([problem]))
    if decimal not in (None, ".", ","):
        refuse(
            InputError(
                [Problem("--decimal", 0, "", "decimal", f"{decimal!r} is no decimal sign.", "It is . or a comma.")]
            )
        )


def _is_table(file: Path) -> bool:
    from metaudit.imports.detect import format_of

    return format_of(file) == "table"


def _read(file: Path, options: Options) -> Draft:
    from metaudit.imports.detect import read_file

    return read_file(file, options)


def _show_look(file: Path, options: Options, *, as_json: bool) -> None:
    """The mapping of a table on stdout, ready to be kept and edited; what was noticed on stderr."""
    from metaudit.imports.mapping_file import mapping_text
    from metaudit.imports.table_file import look

    found = look(file, options)
    if as_json:
        print_json(
            {
                "mapping": _columns(found.mapping),
                "layout": found.mapping.layout,
                "measure": found.mapping.measure,
                "rows": len(found.table.lines),
                "notices": [n.__dict__ for n in found.notices],
            }
        )
        return
    print(mapping_text(found.mapping), end="")
    for notice in found.notices:
        say(f"{WORDS[notice.kind]}: {notice.place}: {notice.message} {notice.fix}".rstrip())


def _columns(mapping: Mapping) -> list[dict[str, Any]]:
    return [
        {
            "column": c.name,
            "as": list(c.roles),
            "drop": c.drop,
            "outcome": c.outcome,
            "score": c.score,
            "reason": c.reason,
        }
        for c in mapping.columns
    ]


def _as_numbers(draft: Draft, file: Path, folder: Path | None) -> dict[str, Any]:
    return {
        "file": str(file),
        "folder": None if folder is None else str(folder),
        "title": draft.title,
        "rows": len(draft.rows),
        "claims": len(draft.claims),
        "analyses": draft.analyses,
        "notices": [n.__dict__ for n in draft.notices],
        "files": sorted(draft.files),
    }


def _say(draft: Draft, file: Path, folder: Path | None) -> None:
    counts = (
        many(len(draft.rows), "row"),
        many(len(draft.analyses), "analysis", "analyses"),
        many(len(draft.claims), "claim"),
    )
    print(f"{file}: {', '.join(counts)}.")
    printed = sum(name.startswith("printed_") and bool(cell) for row in draft.rows for name, cell in row.items())
    if printed:
        print(f"The audit checks, beside the claims, {many(printed, 'number')} printed in the rows.")
    _print_columns(draft)
    _print_analyses(draft)
    _print_notices(draft, folder)
    if folder is None:
        print("\nNothing was written (--dry-run).")
        return
    print(f"\nWritten to {folder}. Next:")
    if draft.notices:
        print(f"  look at {folder / 'notices.md'}: what was guessed, typed otherwise or left out")
    kept = folder / "mapping.yaml"
    if "mapping.yaml" in draft.files:
        again = f"metaudit import {quote(str(file))} {quote(str(folder))} --mapping {quote(str(kept))} --overwrite"
        print(f"  a column is wrong? edit {kept}, then: {again}")
    print(f"  metaudit check {quote(str(folder))}")
    print(f"  metaudit audit {quote(str(folder))} --out {quote(folder.name + '-audit/')}")


def _table(*names: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _show(table: Any) -> None:
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False).print(table)


def _print_columns(draft: Draft) -> None:
    """What each column was taken for, read back from the mapping that was written."""
    if "mapping.yaml" not in draft.files:
        return
    from ruamel.yaml import YAML

    content = YAML(typ="rt").load(draft.files["mapping.yaml"])
    table = _table("column", "read as", "why")
    for name, value in content["columns"].items():
        comment = content["columns"].ca.items.get(name, [None] * 4)[2]
        why = comment.value.strip().lstrip("# ").split("\n")[0] if comment else ""
        if isinstance(value, dict):
            shown = (
                f"(left out: {value['drop']})"
                if "drop" in value
                else f"{_joined(value['as'])}, outcome {value['outcome']}"
            )
        else:
            shown = _joined(value)
        table.add_row(str(name), shown, why)
    print()
    _show(table)


def _joined(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _print_analyses(draft: Draft) -> None:
    if not draft.analyses:
        return
    table = _table("analysis", "measure", "rows", "title")
    for name, entry in list(draft.analyses.items())[:40]:
        n = sum(
            all(
                row.get(k, row.get(f"x_{k}", "")) in (v if isinstance(v, list) else [v])
                for k, v in entry["select"].items()
            )
            for row in draft.rows
        )
        table.add_row(name, _joined(entry.get("measure", "to be searched")), str(n), str(entry["title"]))
    print()
    _show(table)
    if len(draft.analyses) > 40:
        print(f"... and {len(draft.analyses) - 40} more")


def _print_notices(draft: Draft, folder: Path | None) -> None:
    for kind, words in WORDS.items():
        some = [n for n in draft.notices if n.kind == kind]
        if not some:
            continue
        print(f"\n{words} ({len(some)}):")
        for n in some[:_MOST]:
            print(f"  {n.place}: {n.message} {n.fix}".rstrip())
        if len(some) > _MOST:
            print(f"  ... and {len(some) - _MOST} more" + ("" if folder is None else f" in {folder / 'notices.md'}"))
