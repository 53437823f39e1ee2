"""Rule tables: the tables of every review as CSV, Markdown, HTML, LaTeX and Word."""

from functools import partial
from pathlib import Path

from metaudit.rule import pool_of
from metaudit.tables import write_review_tables


def main(data_dir: str, results_dir: str, *, reviews: list[str], workers: int = 1) -> None:
    """Read what was typed in and what was computed, and write ``<results>/<review>/tables/``.

    Reviews do not depend on each other, so any number of workers gives the same bytes.
    """
    if workers == 1:
        for review in reviews:
            write_review_tables(data_dir, results_dir, review=review)
        return
    with pool_of(workers) as pool:
        for _ in pool.map(partial(_write, data_dir, results_dir), reviews):
            pass


def _write(data_dir: str, results_dir: str, review: str) -> None:
    write_review_tables(data_dir, results_dir, review=review)


if __name__ == "__main__":
    from metaudit.rule import choices, logged, seal

    with logged(snakemake.log[0]):
        main(**choices(snakemake.params), workers=snakemake.threads)
        seal(
            snakemake.output.seal,
            {str(Path(table).parent) for table in snakemake.output.tables},
            read=snakemake.input,
            code=snakemake.params.code,
        )
