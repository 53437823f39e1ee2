"""Draw all figures of one review into results/<review>/figures/, and list them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.figures.forest import draw_forest
from metaudit.figures.funnel import draw_funnel
from metaudit.figures.results import AnalysisFigures, read_analysis_figures
from metaudit.figures.style import FORMATS, save
from metaudit.files import write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.figure import Figure

FOLDER = "figures"
INDEX = "index.csv"
INDEX_COLUMNS = ("analysis", "figure", "file")
KINDS = ("forest", "funnel")


def draw_review(review_dir: str | Path, results_dir: str | Path, *, formats: Sequence[str]) -> list[Path]:
    """Draw every analysis of a review, remove figures this run did not draw, and write the index of the SVG files.

    Parameters
    ----------
    review_dir : data/reviews/<review>
    results_dir : results/<review>; figures go to its folder ``figures``
    formats : some of ``svg``, ``pdf``, ``png``

    Returns
    -------
    The files written, the index last.
    """
    unknown = [f for f in formats if f not in FORMATS]
    if unknown:
        message = f"figure format {unknown[0]!r} is not known; known: {', '.join(FORMATS)}"
        raise ValueError(message)
    folder = Path(results_dir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for figures in read_analysis_figures(results_dir, review_dir):
        written += _draw_analysis(figures, folder, formats)
    _remove_stale(folder, keep=written)
    index = folder / INDEX
    write_rows(index, INDEX_COLUMNS, _index(written))
    return [*written, index]


def _draw_analysis(figures: AnalysisFigures, folder: Path, formats: Sequence[str]) -> list[Path]:
    drawn: list[tuple[str, Figure]] = [("forest", draw_forest(figures.forest))]
    if figures.funnel is not None:
        drawn.append(("funnel", draw_funnel(figures.funnel)))
    paths = []
    for kind, figure in drawn:
        for file_format in formats:
            path = folder / f"{figures.analysis}.{kind}.{file_format}"
            save(figure, path, title=f"{kind.capitalize()} plot: {figures.forest.title}")
            paths.append(path)
    return paths


def _remove_stale(folder: Path, *, keep: Iterable[Path]) -> None:
    kept = {p.name for p in keep}
    for kind in KINDS:
        for file_format in FORMATS:
            for path in folder.glob(f"*.{kind}.{file_format}"):
                if path.name not in kept:
                    path.unlink()


def _index(written: Iterable[Path]) -> list[dict[str, str]]:
    rows = []
    for path in written:
        analysis, kind, file_format = path.name.rsplit(".", 2)
        if file_format == "svg":
            rows.append({"analysis": analysis, "figure": kind, "file": path.name})
    return sorted(rows, key=lambda r: (r["analysis"], r["figure"]))
