"""Rule pool: pool the effects of every review with a table."""

from pathlib import Path

from metaudit.formats.places import review_folders
from metaudit.formats.review import read_review
from metaudit.stages.pool import write_pooled


def main(data_dir: str, results_dir: str, *, reviews: list[str], level: float, seed: int) -> None:
    """Write pooled.csv and its companions (weights, subgroups, influence, small-study effects ...) of each review."""
    for review, folder in review_folders(data_dir, reviews).items():
        write_pooled(read_review(folder), Path(results_dir) / review, level=level, seed=seed)


if __name__ == "__main__":
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        params = snakemake.params
        main(params.data_dir, params.results_dir, reviews=params.reviews, level=params.level, seed=params.seed)
        job.seal(snakemake.output)
