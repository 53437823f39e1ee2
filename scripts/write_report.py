"""Rule report: the site of all reviews, and the board of verdicts."""

from pathlib import Path

from metaudit.report import write_report


def main(data_dir: str, results_dir: str, *, reviews: list[str]) -> None:
    """Read every review's results and write ``<results>/report/`` and ``<results>/board.csv``."""
    write_report(data_dir, results_dir, reviews=reviews)


if __name__ == "__main__":
    from metaudit.rule import choices, logged, seal

    with logged(snakemake.log[0]):
        main(**choices(snakemake.params))
        board = snakemake.output.board
        seal(
            snakemake.output.seal,
            [str(Path(board).parent / "report"), board],
            read=snakemake.input,
            code=snakemake.params.code,
        )
