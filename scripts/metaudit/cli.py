"""The command line. Exit codes: 0 well, 1 something is worse than underspecified, 2 bad input."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from metaudit.errors import InputError, MetauditError

app = typer.Typer(add_completion=True, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

Folder = Annotated[
    Path,
    typer.Argument(
        help="folder of one review: review.yaml, sources.csv, claims.csv, extraction.csv", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of text")]


def _refuse(error: MetauditError | ValueError) -> NoReturn:
    """One line a problem on stderr, exit 2."""
    print(error, file=sys.stderr)
    raise typer.Exit(2)


def _guarded(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (MetauditError, ValueError, OSError) as error:
        _refuse(error)  # type: ignore[arg-type]


def _print_json(value: Any) -> None:
    from metaudit.files import json_ready

    print(json.dumps(json_ready(value), indent=1, ensure_ascii=False))


@app.command()
def pool(
    table: Annotated[
        Path,
        typer.Argument(
            help="CSV with one study a row: study, and events_t n_t events_c n_c, or mean_t sd_t n_t mean_c sd_c n_c, "
            "or events n, or r n, or effect with se, variance or ci_low ci_high",
            show_default=False,
        ),
    ],
    measure: Annotated[
        str,
        typer.Option(
            help="RR OR RD PETO AS | MD SMD SMDH ROM | IRR IRD | PR PLN PLO PAS PFT | MN | COR ZCOR | GEN GEN-LOG"
        ),
    ],
    model: Annotated[str, typer.Option(help="random, common, mantel-haenszel, peto or glmm")] = "random",
    tau2: Annotated[
        str, typer.Option(help="estimator of the between-study variance: DL HE HS SJ ML REML PM EB")
    ] = "REML",
    ci: Annotated[str, typer.Option(help="wald, t, hksj, hksj-adhoc-se or hksj-adhoc-ci")] = "wald",
    level: Annotated[float, typer.Option(help="confidence level")] = 0.95,
    zero_cells: Annotated[
        str | None,
        typer.Option(help="0.5@only-zero, 0.5@if-any-zero, 0.5@all or none; add +drop to leave out double zeros"),
    ] = None,
    variance: Annotated[
        str, typer.Option(help="variant of the sampling variance: LS, LS2, UB, AV, revman (SMD), pooled-sd (MD)")
    ] = "LS",
    pi: Annotated[str, typer.Option(help="prediction interval: t-k-2, t-k-1, normal, hksj or tau-only")] = "t-k-2",
    mods: Annotated[str, typer.Option(help="moderators of a meta-regression: columns, separated by commas")] = "",
    subgroups: Annotated[str, typer.Option(help="column whose values are the subgroups")] = "",
    as_json: AsJson = False,
) -> None:
    """Pool one table and say what was done, or print every field of the fit as JSON."""
    from metaudit.methods_text import methods_sentence, result_lines
    from metaudit.one_table import as_json as to_json
    from metaudit.one_table import pool_table

    spec = _guarded(lambda: _spec(measure, model, tau2, ci, level, zero_cells, variance, pi))
    names = [m.strip() for m in mods.split(",") if m.strip()]
    result = _guarded(lambda: pool_table(table, spec, mods=names, subgroups=subgroups))
    if as_json:
        _print_json(to_json(result))
        return
    for line in (*result_lines(result.evaluated), "", methods_sentence(result.evaluated)):
        print(line)


def _spec(
    measure: str, model: str, tau2: str, ci: str, level: float, zero_cells: str | None, variance: str, pi: str
) -> Any:
    from metaudit.effects.compute import default_zero_cells
    from metaudit.effects.zero_cells import zero_cells_from
    from metaudit.errors import DataError
    from metaudit.formats.tables import nearest
    from metaudit.measures import MEASURES
    from metaudit.pooling.intervals import PI_METHODS
    from metaudit.pooling.pool import CI_METHODS
    from metaudit.pooling.tau2 import ESTIMATORS
    from metaudit.specs import Spec

    known = {
        "--measure": (measure, list(MEASURES)),
        "--model": (model, ["random", "common", "mantel-haenszel", "peto", "glmm"]),
        "--tau2": (tau2, [t for t in ESTIMATORS if t != "FE"]),
        "--ci": (ci, list(CI_METHODS)),
        "--pi": (pi, list(PI_METHODS)),
        "--variance": (variance, ["LS", "LS2", "UB", "AV", "HO", "pooled-sd", "revman"]),
    }
    for option, (value, values) in known.items():
        if value not in values:
            raise DataError(f"{option} {value}: not known. {nearest(value, values)}")
    if not 0 < level < 1:
        raise DataError(f"--level {level}: not between 0 and 1. Write 0.95 for 95 %.")
    if model not in ("random", "common") and ci != "wald":
        raise DataError(
            f"--ci {ci}: the {model} model has the normal interval only. Leave --ci out, or choose --model random."
        )
    zero = default_zero_cells(measure) if zero_cells is None else zero_cells_from(zero_cells)
    return Spec(measure, str(zero), variance, model, tau2, ci, "tau2", pi, level)


@app.command()
def check(folder: Folder, as_json: AsJson = False) -> None:
    """Read and check one review folder: every problem with file, row, column, rule and a fix. Exit 0 or 2."""
    from metaudit.formats.review import read_review

    try:
        review = read_review(folder)
    except InputError as error:
        if as_json:
            _print_json([p.__dict__ for p in error.problems])
            raise typer.Exit(2) from None
        _refuse(error)
    if as_json:
        _print_json([])
        return
    print(
        f"{review.id}: no problem in {len(review.rows)} rows, {len(review.claims)} claims, "
        f"{len(review.analyses)} analyses, {len(review.sources)} sources."
    )


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

    review = _guarded(lambda: read_review(folder))
    rows = _guarded(lambda: run(review))
    if out is not None:
        from metaudit.stages.whole import write_whole

        _guarded(lambda: write_whole(review, out))
    if as_json:
        _print_json(to_json(rows))
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
            _refuse(ValueError(f"{folder}: there is no such folder"))
    drifts = compare_trees(results_a, results_b)
    for drift in drifts:
        print(drift)
    raise typer.Exit(1 if drifts else 0)
