"""Rule documents: the letter to the authors of every review, its badge, and the badge of all."""

from functools import partial
from pathlib import Path

from metaudit.documents import write_badge, write_review_documents
from metaudit.formats.places import review_folders
from metaudit.rule import pool_of


def main(data_dir: str, results_dir: str, *, reviews: list[str], workers: int = 1) -> None:
    """Read what was typed in and what was judged; write ``<results>/<review>/`` and ``<results>/badge.svg``.

    Reviews do not depend on each other, so any number of workers gives the same bytes.
    """
    write = partial(_write, data_dir, results_dir)
    if workers == 1:
        for review in reviews:
            write(review)
    else:
        with pool_of(workers) as pool:
            for _ in pool.map(write, reviews):
                pass
    write_badge(results_dir, reviews=review_folders(data_dir, reviews))


def _write(data_dir: str, results_dir: str, review: str) -> None:
    write_review_documents(data_dir, results_dir, review=review)


if __name__ == "__main__":
    from metaudit.rule import choices
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        main(**choices(snakemake.params), workers=snakemake.threads)
        letters = [str(Path(name).with_suffix(".docx")) for name in snakemake.output.documents if name.endswith(".md")]
        job.seal([*snakemake.output, *letters])
