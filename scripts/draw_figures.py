"""Rule figures: draw every figure of every review with a table."""

from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

from metaudit.figures.draw import FOLDER, draw_analysis, draw_review, finish
from metaudit.figures.inputs import AnalysisInput, read_inputs, study_counts

Task = tuple[str, str]


def main(data_dir: str, results_dir: str, *, reviews: list[str], formats: list[str], workers: int = 1) -> None:
    """Draw every analysis of each review into the folder ``figures`` of its results.

    Drawings do not depend on each other, so any number of workers gives the same bytes. Work is shared out by analysis,
    the largest first, because one with a hundred studies takes as long as thirty small reviews.
    """
    data, results = Path(data_dir), Path(results_dir)
    if workers == 1:
        for review in reviews:
            draw_review(data / review, results / review, formats=formats)
        return
    counts = {(r, a): k for r in reviews for a, k in study_counts(results / r).items()}
    tasks = sorted(counts, key=lambda task: (-counts[task], task))
    draw = partial(_draw, data_dir=data_dir, results_dir=results_dir, formats=formats)
    with ProcessPoolExecutor(workers) as pool:
        drawn = dict(zip(tasks, pool.map(draw, tasks), strict=True))
    for review in reviews:
        rows = [row for task in sorted(drawn) if task[0] == review for row in drawn[task]]
        finish(results / review / FOLDER, rows, formats=formats)


def _draw(task: Task, *, data_dir: str, results_dir: str, formats: list[str]) -> list[dict[str, str]]:
    review, analysis = task
    folder = Path(results_dir) / review / FOLDER
    return draw_analysis(_inputs(data_dir, results_dir, review)[analysis], folder, formats=formats)


@lru_cache(maxsize=8)
def _inputs(data_dir: str, results_dir: str, review: str) -> dict[str, AnalysisInput]:
    """Read a review once per worker; workers end with the run, so nothing old is ever seen."""
    return read_inputs(Path(results_dir) / review, Path(data_dir) / review)


if __name__ == "__main__":
    from metaudit.rule import logged, seal

    with logged(snakemake.log[0]):
        main(**snakemake.params, workers=snakemake.threads)
        seal(snakemake.output.seal, {str(Path(index).parent) for index in snakemake.output.indexes})
