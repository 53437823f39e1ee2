"""Rule figures: draw the forest and funnel plots of every review with a table."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from metaudit.figures.draw import draw_review


def main(data_dir: str, results_dir: str, *, reviews: list[str], formats: list[str], workers: int = 1) -> None:
    """Draw every analysis of each review into the folder ``figures`` of its results.

    Drawings do not depend on each other, so any number of workers gives the same bytes.
    """
    folders = [(str(Path(data_dir) / review), str(Path(results_dir) / review)) for review in reviews]
    draw = partial(_draw, formats=formats)
    if workers == 1:
        for folder in folders:
            draw(folder)
        return
    with ProcessPoolExecutor(workers) as pool:
        for _ in pool.map(draw, folders):
            pass


def _draw(folder: tuple[str, str], *, formats: list[str]) -> None:
    draw_review(*folder, formats=formats)


if __name__ == "__main__":
    from metaudit.rule import logged

    with logged(snakemake.log[0]):
        main(**snakemake.params, workers=snakemake.threads)
