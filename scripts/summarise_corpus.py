"""Rule corpus_summary: tables, figures and the page of a corpus."""

import sys
from pathlib import Path

from metaudit.corpus.counts import in_words, left_over, notes_of, of_shards
from metaudit.corpus.summary import write_summary


def main(results_dir: str, out: str, *, split: str, shards: list[str]) -> None:
    """Sum up the shards of a run; those that an earlier run with more of them left behind are deleted first.

    Parameters
    ----------
    split : folder of the first shard's part of the corpus, which says what has to be known of all
    """
    for path in left_over(Path(results_dir), shards):
        path.unlink()
    notes = notes_of(Path(split))
    write_summary(Path(results_dir), Path(out), shards=shards, notes=notes)
    for said in (in_words(of_shards(Path(results_dir), shards), results_dir), *notes):
        print(said, file=sys.__stderr__)


if __name__ == "__main__":
    from metaudit.rule import choices
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        main(
            str(Path(snakemake.input.shards[0]).parents[1]),
            str(Path(snakemake.output[0]).parent),
            split=str(Path(snakemake.input.split[0]).parent),
            **choices(snakemake.params),
        )
        job.seal(snakemake.output)
