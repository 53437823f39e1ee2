"""Rule tables: the tables of every review as CSV, Markdown, HTML, LaTeX and Word."""

from functools import partial
from pathlib import Path

from metaudit.rule import pool_of
from metaudit.tables import write_review_tables


def main(data_dir: str, results_dir: str, *, reviews: list[str], workers: int = 1) -> list[Path]:
    """Read what was typed in and what was computed, and write ``<results>/<review>/tables/``; the files written.

    Reviews do not depend on each other, so any number of workers gives the same bytes.
    """
    write = partial(_write, data_dir, results_dir)
    if workers == 1:
        return [file for review in reviews for file in write(review)]
    with pool_of(workers) as pool:
        return [file for written in pool.map(write, reviews) for file in written]


def _write(data_dir: str, results_dir: str, review: str) -> list[Path]:
    return write_review_tables(data_dir, results_dir, review=review)


if __name__ == "__main__":
    from metaudit.rule import choices
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        job.seal(main(**choices(snakemake.params), workers=snakemake.threads))
