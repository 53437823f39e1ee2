"""Commands on one review folder and on folders of results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from metaudit.cli.output import AsJson, app, guarded, many, print_json, refuse
from metaudit.errors import InputError

Folder = Annotated[
    Path,
    typer.Argument(
        help="folder of one review: review.yaml, sources.csv, claims.csv, extraction.csv", show_default=False
    ),
]


@app.command()
def check(folder: Folder, as_json: AsJson = False) -> None:
    """Read and check one review folder: every problem with its file and place, the rule and a fix. Exit 0 or 2."""
    from metaudit.formats.review import read_review

    try:
        review = read_review(folder)
    except InputError as error:
        if as_json:
            print_json([p.__dict__ for p in error.problems])
            raise typer.Exit(2) from None
        refuse(error)
    if as_json:
        print_json([])
        return
    counts = (
        many(len(review.rows), "row"),
        many(len(review.claims), "claim"),
        many(len(review.analyses), "analysis", "analyses"),
        many(len(review.sources), "source"),
    )
    print(f"{review.id}: no problem in {', '.join(counts)}.")


@app.command()
def audit(
    folder: Folder,
    out: Annotated[
        Path | None, typer.Option(help="write all results and a report page into this folder", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Audit one review folder. Exit 0: nothing worse than UNDERSPECIFIED or not checkable; 1: something worse; 2: bad input."""
    from metaudit.audit import audit as run
    from metaudit.audit.verdict import ACCEPTABLE
    from metaudit.formats.review import read_review
    from metaudit.stages.audit import as_json as to_json

    review = guarded(lambda: read_review(folder))
    rows = guarded(lambda: run(review))
    if out is not None:
        from metaudit.stages.whole import write_whole

        guarded(lambda: write_whole(review, out))
    if as_json:
        print_json(to_json(rows))
    else:
        _print_verdicts(rows, out)
    raise typer.Exit(0 if all(r.verdict in ACCEPTABLE for r in rows) else 1)


def _print_verdicts(rows: list[Any], out: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from metaudit.audit.verdict import VERDICTS

    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False)
    table = Table(box=None, pad_edge=False)
    for name in ("verdict", "claim", "printed", "ours", "reason"):
        table.add_column(name, overflow="fold")
    for r in sorted(rows, key=lambda r: -VERDICTS.index(r.verdict) if r.verdict != "NOT_CHECKABLE" else 1):
        ours = "" if r.value != r.value else f"{r.value:.4g}"
        table.add_row(r.verdict, r.claim, r.printed, ours, r.message)
    console.print(table)
    counts = {v: sum(r.verdict == v for r in rows) for v in VERDICTS}
    print("\n" + (", ".join(f"{n} {v}" for v, n in counts.items() if n) or "no claims"))
    if out is not None:
        print(f"Results and report: {out}")


@app.command()
def diff(
    results_a: Annotated[Path, typer.Argument(help="a results folder")],
    results_b: Annotated[Path, typer.Argument(help="another")],
) -> None:
    """Say which numbers and verdicts differ between two results folders. Exit 0: none; 1: some; 2: bad input."""
    from metaudit.compare import compare_trees

    for folder in (results_a, results_b):
        if not folder.is_dir():
            refuse(ValueError(f"{folder}: there is no such folder"))
    drifts = compare_trees(results_a, results_b)
    for drift in drifts:
        print(drift)
    raise typer.Exit(1 if drifts else 0)
