"""Rule corpus_audit: judge every printed number of one shard of a corpus."""

from pathlib import Path

from metaudit.corpus.shard import audit_shard


def main(shard: str, tables: dict[str, str], *, level: float, seed: int, search: str) -> None:
    """Audit a shard into its tables, and say in the log what it held.

    Parameters
    ----------
    shard : folder of the shard
    tables : file to write for ``audit``, ``analyses`` and ``problems``
    level, seed, search : as the configuration has them
    """
    files = {name: Path(path) for name, path in tables.items()}
    print(audit_shard(shard, **files, level=level, seed=seed, search=search))


if __name__ == "__main__":
    from metaudit.rule import choices
    from metaudit.seal import at_work

    with at_work(snakemake, __file__) as job:
        tables = {name: path for name, path in snakemake.output.items() if name != "seal"}
        main(str(Path(snakemake.input.shard[0]).parent), tables, **choices(snakemake.params))
        job.seal(snakemake.output)
