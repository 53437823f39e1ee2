"""Commands on one review folder and on folders of results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli import complete
from metaudit.cli.output import AsJson, app, guarded, many, print_json, progress, refuse
from metaudit.errors import InputError, Problem

if TYPE_CHECKING:
    from metaudit.formats.review import Review

Folder = Annotated[
    Path,
    typer.Argument(
        help="folder of one review: review.yaml, sources.csv, claims.csv, extraction.csv",
        show_default=False,
        autocompletion=complete.folders,
    ),
]
Folders = Annotated[
    list[Path],
    typer.Argument(
        help="one or more folders of a review: review.yaml, sources.csv, claims.csv, extraction.csv",
        show_default=False,
        autocompletion=complete.folders,
    ),
]


@app.command()
def check(folders: Folders, as_json: AsJson = False) -> None:
    """Read and check review folders: every problem with its file, row, column, the rule that is broken and a fix.

    With --json, a list with one object a problem: file, row (0: the whole file), column, rule, message, fix; empty when there is
    none. Exit codes: 0 no problem, 2 some.

    Example: metaudit check data/reviews/li-2007, or: metaudit check data/reviews/*
    """
    from metaudit.formats.review import read_review

    problems: list[Problem] = []
    good: list[Review] = []
    for folder in folders:
        try:
            review = read_review(folder)
            found = _beyond_the_tables(review)
            problems += found
            good += [] if found else [review]
        except InputError as error:
            problems += error.problems
        except OSError as error:
            refuse(ValueError(f"{folder}: {error.strerror or error}."))
    if not as_json:
        for review in good:
            _say_good(review)
    if problems:
        refuse(InputError(problems))
    if as_json:
        print_json([])


def _beyond_the_tables(review: Review) -> list[Problem]:
    """What an audit would answer with NOT_CHECKABLE, or leave out, and whoever types a review is to know before."""
    from metaudit.appraise.stated_measures import measure_problems
    from metaudit.appraise.stated_methods import method_problems
    from metaudit.appraise.stated_priors import prior_problems
    from metaudit.network.checks import number_problems

    found = [*number_problems(review), *prior_problems(review), *method_problems(review), *measure_problems(review)]
    if not any("network" in analysis.syntheses for analysis in review.analyses.values()):
        return found
    from metaudit.audit.stated_subjects import network_subject_problems

    return [*found, *network_subject_problems(review)]


def _say_good(review: Review) -> None:
    from metaudit.drafts.skeleton import still_open

    counts = (
        many(len(review.rows), "row"),
        many(len(review.claims), "claim"),
        many(len(review.analyses), "analysis", "analyses"),
        many(len(review.sources), "source"),
    )
    print(f"{review.id}: no problem in {', '.join(counts)}.")
    for sentence in still_open(review):
        print(f"  {sentence}")


@app.command()
def audit(
    folder: Folder,
    out: Annotated[
        Path | None, typer.Option(help="write all results and a report page into this folder", show_default=False)
    ] = None,
    search: Annotated[
        str,
        typer.Option(
            help="all: search the whole space of methods for every analysis; missed: only where the stated method does not "
            "give a number, and single edits only, as a corpus does"
        ),
    ] = "all",
    as_json: AsJson = False,
) -> None:
    """Audit one review folder.

    Exit codes: 0 nothing worse than UNDERSPECIFIED or NOT_CHECKABLE, 1 something worse, 2 bad input.

    Example: metaudit audit data/reviews/li-2007 --out li-2007-audit
    """
    from metaudit.audit import audit as run
    from metaudit.audit.verdict import ACCEPTABLE
    from metaudit.formats.review import read_review
    from metaudit.stages.audit import as_json as to_json

    review = guarded(lambda: read_review(folder))
    if out is None:
        with progress(f"Auditing {review.id}", quiet=as_json):
            rows = guarded(lambda: run(review, search=search))
    else:
        from metaudit.stages.whole import STEPS, write_whole

        with progress(f"Auditing {review.id}", steps=len(STEPS), quiet=as_json) as tell:
            rows = guarded(lambda: write_whole(review, out, tell=tell, search=search))
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
    results_a: Annotated[Path, typer.Argument(help="a results folder", show_default=False)],
    results_b: Annotated[Path, typer.Argument(help="another", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Say which numbers and verdicts differ between two results folders.

    Exit codes: 0 none, 1 some, 2 bad input.

    Example: metaudit diff results results-of-yesterday
    """
    from metaudit.compare import compare_trees

    for folder in (results_a, results_b):
        if not folder.is_dir():
            refuse(ValueError(f"{folder}: there is no such folder"))
    drifts = guarded(lambda: compare_trees(results_a, results_b))
    if as_json:
        print_json([d.__dict__ for d in drifts])
    else:
        for drift in drifts:
            print(drift)
    raise typer.Exit(1 if drifts else 0)
