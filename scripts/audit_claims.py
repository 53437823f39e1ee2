"""Rule audit: judge every claim of every review."""

from pathlib import Path

from metaudit.formats.places import review_folders
from metaudit.formats.review import Review, read_review
from metaudit.stages.audit import write_audit


def main(data_dir: str, results_dir: str, *, reviews: list[str], level: float, seed: int) -> None:
    """Write audit.csv and audit.json of each review; claims may refer from one review to another beside it."""
    beside: dict[Path, dict[str, Review]] = {}
    for name, folder in review_folders(data_dir, reviews).items():
        beside.setdefault(folder.resolve().parent, {})[name] = read_review(folder)
    for library in beside.values():
        for name, review in library.items():
            write_audit(review, Path(results_dir) / name, others=library, level=level, seed=seed)


if __name__ == "__main__":
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        params = snakemake.params
        main(params.data_dir, params.results_dir, reviews=params.reviews, level=params.level, seed=params.seed)
        job.seal(snakemake.output)
