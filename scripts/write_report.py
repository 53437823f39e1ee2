"""Rule report: the site of all reviews, and the board of verdicts."""

from pathlib import Path

from metaudit.report import write_report


def main(data_dir: str, results_dir: str, *, reviews: list[str]) -> list[Path]:
    """Read every review's results and write ``<results>/report/`` and ``<results>/board.csv``; the files written."""
    return write_report(data_dir, results_dir, reviews=reviews)


if __name__ == "__main__":
    from metaudit.rule import choices
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        job.seal(main(**choices(snakemake.params)))
