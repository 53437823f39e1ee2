"""Rule figures: draw every figure of every review with a table."""

import shutil
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path

from metaudit.figures.draw import FOLDER, draw_analysis, draw_review, finish
from metaudit.figures.inputs import AnalysisInput, read_inputs, study_counts
from metaudit.files import replacing_folder
from metaudit.formats.places import review_folders
from metaudit.rule import pool_of

Task = tuple[str, str]


def main(data_dir: str, results_dir: str, *, reviews: list[str], formats: list[str], workers: int = 1) -> list[Path]:
    """Draw every analysis of each review into the folder ``figures`` of its results; the files written.

    Drawings do not depend on each other, so any number of workers gives the same bytes. Work is shared out by analysis,
    the largest first, because one with a hundred studies takes as long as thirty small reviews.
    """
    results, folders = Path(results_dir), review_folders(data_dir, reviews)
    if workers == 1:
        written = (draw_review(folder, results / review, formats=formats) for review, folder in folders.items())
        return [file for some in written for file in some]
    counts = {(r, a): k for r in folders for a, k in study_counts(results / r).items()}
    tasks = sorted(counts, key=lambda task: (-counts[task], task))
    draw = partial(_draw, folders=folders, results=results, formats=formats)
    with pool_of(workers) as pool:
        drawn = dict(zip(tasks, pool.map(draw, tasks), strict=True))
    files: list[Path] = []
    for review in folders:
        rows = [row for task in sorted(drawn) if task[0] == review for row in drawn[task]]
        files += finish(results / review / FOLDER, rows, formats=formats)
    return files


def collect(indexes: Iterable[str], folders: Iterable[str]) -> None:
    """Copy the forest plots of every review into a folder of its own, where ``snakemake --report`` finds them.

    Parameters
    ----------
    indexes : ``<results>/<review>/figures/index.csv`` of every review
    folders : where to; the last part of each is the id of a review
    """
    figures = {Path(index).parent.parent.name: Path(index).parent for index in indexes}
    for folder in map(Path, folders):
        with replacing_folder(folder) as built:
            for drawn in sorted(figures[folder.name].glob("*.forest.svg")):
                shutil.copyfile(drawn, built / drawn.name.replace(".forest.svg", ".svg"))


def _draw(task: Task, *, folders: dict[str, Path], results: Path, formats: list[str]) -> list[dict[str, str]]:
    review, analysis = task
    inputs = _inputs(folders[review], results / review)
    return draw_analysis(inputs[analysis], results / review / FOLDER, formats=formats)


@lru_cache(maxsize=8)
def _inputs(folder: Path, results: Path) -> dict[str, AnalysisInput]:
    """Read a review once per worker; workers end with the run, so nothing old is ever seen."""
    return read_inputs(results, folder)


if __name__ == "__main__":
    from metaudit.rule import choices
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        drawn = main(**choices(snakemake.params), workers=snakemake.threads)
        collect(snakemake.output.indexes, snakemake.output.reported)
        job.seal(drawn)
