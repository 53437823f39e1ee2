"""Rule effects: the effect sizes of every review with a table."""

from pathlib import Path

from metaudit.formats.places import review_folders
from metaudit.formats.review import read_review
from metaudit.stages.effects import write_effects


def main(data_dir: str, results_dir: str, *, reviews: list[str], level: float) -> None:
    """Write effects.csv of each review."""
    for review, folder in review_folders(data_dir, reviews).items():
        write_effects(read_review(folder), Path(results_dir) / review, level=level)


if __name__ == "__main__":
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        params = snakemake.params
        main(params.data_dir, params.results_dir, reviews=params.reviews, level=params.level)
        job.seal(snakemake.output)
