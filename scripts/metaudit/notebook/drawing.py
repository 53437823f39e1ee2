"""The forest plot of one analysis of a review, drawn from results that are computed anew."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.errors import DataError
from metaudit.formats.tables import nearest
from metaudit.notebook.picture import DrawnPicture

if TYPE_CHECKING:
    from metaudit.figures.layouts import Layout
    from metaudit.formats.review import Review

_LEVEL = 0.95


def analysis_forest(review: Review, analysis: str, *, layout: str) -> DrawnPicture:
    """The forest plot of an analysis, by the same stages that the workflow runs.

    Raises
    ------
    DataError
        when the analysis or the layout is not known, or there is no study to draw.
    """
    from metaudit.figures.forest import draw_forest_layout
    from metaudit.figures.inputs import read_inputs

    layout_named(layout)
    known = list(review.analyses)
    if analysis not in known:
        raise DataError(f"{review.id} has no analysis {analysis!r}. {nearest(analysis, known)}")
    if not review.analyses[analysis].pairwise:
        raise DataError(
            f"{analysis} of {review.id} has an arm or a dose a row, and a forest plot a study. "
            "The figures of a network are drawn by metaudit figure or metaudit network."
        )
    with tempfile.TemporaryDirectory(prefix="metaudit-forest-") as scratch:
        _compute(review, Path(scratch))
        found = read_inputs(scratch, review.folder)
    if analysis not in found or not found[analysis].effects:
        raise DataError(
            f"{analysis} of {review.id} has no study to draw: its table is not public, or nothing was selected."
        )
    return DrawnPicture(draw_forest_layout(found[analysis], layout))


def layout_named(name: str) -> Layout:
    """The layout with this name.

    Raises
    ------
    DataError
        with the nearest one.
    """
    from metaudit.figures.layouts import LAYOUTS, layout_of

    if name not in LAYOUTS:
        raise DataError(f"{name!r} is no layout. {nearest(name, list(LAYOUTS))} Known: {', '.join(LAYOUTS)}.")
    return layout_of(name)


def _compute(review: Review, results: Path) -> None:
    from metaudit.stages.effects import write_effects
    from metaudit.stages.extract import extract
    from metaudit.stages.pool import write_pooled

    extract(review.folder, results)
    if (results / "extraction.csv").is_file():
        write_effects(review, results, level=_LEVEL)
        write_pooled(review, results, level=_LEVEL)
