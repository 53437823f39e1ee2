"""Rule extract: read every review, check it, convert its table."""

from pathlib import Path

from metaudit.errors import InputError, Problem
from metaudit.formats.places import review_folders
from metaudit.rule import pool_of
from metaudit.stages.extract import extract


def main(data_dir: str, results_dir: str, *, reviews: list[str], workers: int = 1) -> None:
    """Check each review and write what was read; every problem of every review is reported at once.

    Reviews do not depend on each other here, so any number of workers gives the same bytes.

    Raises
    ------
    InputError
        when any review breaks the rules of its files; of such a review nothing is written
    """
    typed = review_folders(data_dir, reviews)
    folders = [(str(folder), str(Path(results_dir) / review)) for review, folder in typed.items()]
    if workers == 1:
        found = [_problems(folder) for folder in folders]
    else:
        with pool_of(workers) as pool:
            found = list(pool.map(_problems, folders, chunksize=4))
    problems = [problem for some in found for problem in some]
    if problems:
        raise InputError(problems)


def _problems(folder: tuple[str, str]) -> list[Problem]:
    try:
        extract(*folder)
    except InputError as error:  # sent back as a list: several reviews may be wrong, and all are to be named
        return error.problems
    return []


if __name__ == "__main__":
    from metaudit.rule import choices
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        main(**choices(snakemake.params), workers=snakemake.threads)
        job.seal(snakemake.output)
