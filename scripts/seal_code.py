"""Rule corpus_code: one file that changes when the code of a shard's audit does."""

from collections.abc import Iterable

from metaudit.rule import seal


def main(out: str, files: Iterable[str]) -> None:
    """Write the SHA-256 of every file."""
    seal(out, files)


if __name__ == "__main__":
    from metaudit.rule import logged

    with logged(snakemake.log[0]):
        main(snakemake.output.seal, snakemake.input)
