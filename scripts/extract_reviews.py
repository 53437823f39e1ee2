"""Rules extract and check_claims: read one review, check it, convert its table."""

from metaudit.stages.extract import extract


def main(review_dir: str, results_dir: str) -> None:
    """Check one review and write what was read."""
    extract(review_dir, results_dir)


if __name__ == "__main__":
    from metaudit.rule import logged

    with logged(snakemake.log[0]):
        main(snakemake.params.review_dir, snakemake.params.results_dir)
