"""Rule corpus_split: every review of the corpus goes to its shard."""

from collections.abc import Mapping
from pathlib import Path

from metaudit.corpus.plan import fetched
from metaudit.corpus.split import split


def main(files: list[str], out: str, *, path: str, tables: Mapping[str, str], shards: int) -> None:
    """Write the folder of every shard below ``out``.

    Parameters
    ----------
    files : the corpus's tables, where they lie for this job
    out : folder of the shards
    path : the corpus, as it is written in messages
    tables : name of every table in messages, in the order of ``files``; empty for a folder of reviews
    shards : how many there are
    """
    split(fetched(tables, files, path), shards, out)


if __name__ == "__main__":
    from metaudit.rule import choices
    from metaudit.seal import TYPED, at_work

    # Which review goes where does not depend on what a review of a folder says: its shard seals it.
    with at_work(snakemake, __file__, typed=TYPED if snakemake.params.tables else ()) as job:
        main(list(snakemake.input.corpus), str(Path(snakemake.output[0]).parents[1]), **choices(snakemake.params))
        job.seal(snakemake.output)
