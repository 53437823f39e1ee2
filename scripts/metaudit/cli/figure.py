"""``metaudit figure``: one figure of one analysis, into one file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metaudit.cli import complete
from metaudit.cli.output import AsJson, app, guarded, print_json, progress
from metaudit.cli.review import Folder

if TYPE_CHECKING:
    from metaudit.figures.drawn import Drawn
    from metaudit.figures.inputs import AnalysisInput
    from metaudit.formats.review import Review

_FROM_THE_AUDIT = ("curve", "numberline", "compatible")
_LEVEL = 0.95


@app.command()
def figure(
    folder: Folder,
    analysis: Annotated[
        str,
        typer.Argument(
            help="id of the analysis, as in review.yaml", show_default=False, autocompletion=complete.analyses
        ),
    ],
    kind: Annotated[
        str, typer.Option(help="which figure: forest, funnel, baujat ...", autocompletion=complete.figures)
    ] = "forest",
    layout: Annotated[
        str, typer.Option(help="of a forest plot: default, revman, jama, bmj", autocompletion=complete.layouts)
    ] = "default",
    file_format: Annotated[
        str,
        typer.Option(
            "--format",
            help="svg, pdf or png; otherwise as --out ends, or svg",
            show_default=False,
            autocompletion=complete.of("svg", "pdf", "png"),
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="file to write; otherwise ANALYSIS.KIND.FORMAT here", show_default=False)
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(help="folder of this review's results; without it they are computed anew", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw one figure of one analysis; fonts are embedded, the numbers drawn are said in words.

    Exit codes: 0 drawn, 2 bad input.

    Example: metaudit figure data/reviews/colditz-1994 trials --kind funnel --out funnel.pdf
    """
    from metaudit.figures.output import save
    from metaudit.formats.review import read_review

    chosen = guarded(lambda: _format(file_format, out))
    guarded(lambda: _check(kind, layout))
    review = guarded(lambda: read_review(folder))
    with progress(f"Drawing {analysis} of {review.id}", quiet=as_json):
        drawn = guarded(lambda: _draw(_inputs(review, analysis, kind, results), kind, layout))
        target = out or Path(f"{analysis}.{drawn.kind}.{chosen}")
        guarded(lambda: save(drawn.figure, target, title=drawn.title, alt=drawn.alt))
    if as_json:
        print_json({"file": str(target), "kind": drawn.kind, "title": drawn.title, "description": drawn.alt})
        return
    print(f"{target}\n{drawn.title}. {drawn.alt}")


def _format(asked: str, out: Path | None) -> str:
    from metaudit.errors import DataError
    from metaudit.figures.output import FORMATS

    suffix = out.suffix.removeprefix(".") if out else ""
    chosen = asked or suffix or "svg"
    if chosen not in FORMATS:
        raise DataError(f"{chosen!r} is no format of a figure. Known: {', '.join(FORMATS)}.")
    if out and suffix != chosen:
        raise DataError(f"{out} does not end in .{chosen}. Let --out end in the format, or leave --format out.")
    return chosen


def _check(kind: str, layout: str) -> None:
    from metaudit.errors import DataError
    from metaudit.figures.draw import KINDS
    from metaudit.figures.layouts import LAYOUTS
    from metaudit.formats.tables import nearest

    kinds = [name for name, _ in KINDS]
    if kind not in kinds:
        raise DataError(f"{kind!r} is no kind of figure. {nearest(kind, kinds)} Known: {', '.join(kinds)}.")
    if layout not in LAYOUTS:
        raise DataError(f"{layout!r} is no layout. {nearest(layout, list(LAYOUTS))} Known: {', '.join(LAYOUTS)}.")
    if layout != "default" and kind != "forest":
        raise DataError(f"a figure of kind {kind} has one layout only. Leave --layout out, or draw --kind forest.")


def _inputs(review: Review, analysis: str, kind: str, results: Path | None) -> AnalysisInput:
    """Read what the figure shows, from the results given or from fresh ones."""
    from metaudit.errors import DataError
    from metaudit.figures.inputs import read_inputs
    from metaudit.formats.tables import nearest

    known = list(review.analyses)
    if analysis not in known:
        raise DataError(f"{review.id} has no analysis {analysis!r}. {nearest(analysis, known)}")
    if results is not None:
        if not (results / "effects.csv").is_file():
            raise DataError(
                f"{results} holds no effects.csv. Name the folder of this review's results, or leave --results out."
            )
        found = read_inputs(results, review.folder)
    else:
        with tempfile.TemporaryDirectory(prefix="metaudit-figure-") as scratch:
            _compute(review, Path(scratch), audited=kind in _FROM_THE_AUDIT)
            found = read_inputs(scratch, review.folder)
    if analysis not in found:
        raise DataError(
            f"{analysis} of {review.id} has no study to draw: its table is not public, or nothing was selected."
        )
    return found[analysis]


def _compute(review: Review, results: Path, *, audited: bool) -> None:
    from metaudit.stages.audit import write_audit
    from metaudit.stages.effects import write_effects
    from metaudit.stages.extract import extract
    from metaudit.stages.pool import write_pooled

    extract(review.folder, results)
    if (results / "extraction.csv").is_file():
        write_effects(review, results, level=_LEVEL)
        write_pooled(review, results, level=_LEVEL)
        if audited:
            write_audit(review, results, others={}, level=_LEVEL)


def _draw(data: AnalysisInput, kind: str, layout: str) -> Drawn:
    from metaudit.errors import DataError
    from metaudit.figures.draw import KINDS
    from metaudit.figures.forest import draw_forest_layout

    if data.network is not None and not kind.startswith(("network", "numberline")):
        kinds = ", ".join(k for k, _ in KINDS if k.startswith("network"))
        raise DataError(
            f"{data.analysis} of {data.review} is a network, which has no {kind} figure. Draw one of {kinds}."
        )
    drawn = draw_forest_layout(data, layout) if kind == "forest" else dict(KINDS)[kind](data)
    if drawn is None:
        raise DataError(
            f"{data.analysis} of {data.review} has too little for a figure of kind {kind}: {len(data.effects)} studies."
        )
    return drawn
