"""Draw every figure of a review into results/<review>/figures/, and list them: which kinds there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from metaudit.collector import collector_at_rest
from metaudit.figures import (
    baujat,
    bubble,
    compatible,
    curve,
    forest,
    funnel,
    gosh,
    influence,
    labbe,
    network_kinds,
    numberline,
    pvalue,
    radial,
    steps,
)
from metaudit.figures.drawn import Drawn
from metaudit.figures.inputs import AnalysisInput, read_inputs
from metaudit.figures.output import FORMATS, check_formats, write
from metaudit.files import write_rows

FOLDER = "figures"
INDEX = "index.csv"
INDEX_COLUMNS = ("analysis", "figure", "file", "data", "title", "alt")

Draw = Callable[[AnalysisInput], Drawn | None]
KINDS: tuple[tuple[str, Draw], ...] = (
    ("network-graph", network_kinds.draw_graph),
    ("network-forest", network_kinds.draw_forest),
    ("network-league", network_kinds.draw_league),
    ("network-ranks", network_kinds.draw_ranks),
    ("network-heat", network_kinds.draw_heat),
    ("forest", forest.draw),
    ("sequential", network_kinds.draw_sequential),
    ("forest-cumulative", steps.draw_cumulative),
    ("forest-leave-one-out", steps.draw_leave_one_out),
    ("numberline", numberline.draw),
    ("curve", curve.draw),
    ("compatible", compatible.draw),
    ("funnel", funnel.draw),
    ("radial", radial.draw),
    ("baujat", baujat.draw),
    ("influence", influence.draw),
    ("labbe", labbe.draw),
    ("bubble", bubble.draw),
    ("gosh", gosh.draw),
    ("pvalue", pvalue.draw),
)
"""Every kind of figure and the function that draws it, in the order a page shows them.

A function returns None where a figure would say nothing of an analysis (too few studies, no such data).
"""


def draw_review(review_dir: str | Path, results_dir: str | Path, *, formats: Sequence[str]) -> list[Path]:
    """Draw every analysis of a review, remove figures this run did not draw, and write the index.

    Parameters
    ----------
    review_dir : data/reviews/<review>
    results_dir : results/<review>; figures go to its folder ``figures``
    formats : some of ``svg``, ``pdf``, ``png``, or one of them for one kind: ``forest.pdf``

    Returns
    -------
    The files written, the index last.
    """
    check_formats(formats, (kind for kind, _ in KINDS))
    folder = Path(results_dir) / FOLDER
    rows: list[dict[str, str]] = []
    for data in read_inputs(results_dir, review_dir).values():
        rows += draw_analysis(data, folder, formats=formats)
    return finish(folder, rows, formats=formats)


def draw_analysis(data: AnalysisInput, folder: str | Path, *, formats: Sequence[str]) -> list[dict[str, str]]:
    """Draw every figure of one analysis.

    Returns
    -------
    Its rows of the index: ``analysis, figure, file, data, title, alt``.
    """
    with collector_at_rest():
        drawings = [drawn for _, draw in KINDS if (drawn := draw(data)) is not None]
        write(drawings, folder, data.analysis, formats=formats)
    return [
        {
            "analysis": data.analysis,
            "figure": drawn.kind,
            "file": f"{data.analysis}.{drawn.kind}.svg",
            "data": f"{data.analysis}.{drawn.kind}.csv",
            "title": drawn.title,
            "alt": drawn.alt,
        }
        for drawn in drawings
    ]


def finish(folder: str | Path, rows: Iterable[dict[str, str]], *, formats: Sequence[str]) -> list[Path]:
    """Write the index of a review's figures and remove figures of earlier runs that are not in it.

    Returns
    -------
    The files of the review's figures, the index last.
    """
    target = Path(folder)
    listed = list(rows)
    kept = []
    for row in listed:
        stem = row["file"].removesuffix(".svg")
        kept += [target / f"{stem}.{f}" for f in FORMATS if f in formats or f"{row['figure']}.{f}" in formats]
        kept.append(target / row["data"])
    _remove_stale(target, keep=kept)
    index = target / INDEX
    write_rows(index, INDEX_COLUMNS, listed)
    return [*kept, index]


def _remove_stale(folder: Path, *, keep: Iterable[Path]) -> None:
    kept = {p.name for p in keep}
    for kind, _ in KINDS:
        for suffix in (*FORMATS, "csv"):
            for path in folder.glob(f"*.{kind}.{suffix}"):
                if path.name not in kept:
                    path.unlink()
