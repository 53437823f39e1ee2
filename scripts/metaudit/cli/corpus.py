"""``metaudit corpus``: a whole library, audited into Parquet tables and a summary."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metaudit.cli.output import AsJson, app, guarded, print_json, progress
from metaudit.errors import DataError

Library = Annotated[
    Path,
    typer.Argument(
        help="a folder of review folders; a table X.parquet or X.csv with the columns review and analysis (beside it X.claims and "
        "X.analyses); or a folder with extraction.parquet or extraction.csv",
        show_default=False,
    ),
]
Out = Annotated[Path, typer.Option(help="folder to write, new or empty", show_default=False)]
Shards = Annotated[
    int, typer.Option(min=1, max=10_000, help="parts the corpus is split into; what is found does not depend on it")
]
Search = Annotated[
    str,
    typer.Option(
        help="missed: search other methods only where the stated one does not give what is printed; all: everywhere"
    ),
]
Level = Annotated[float, typer.Option(help="confidence level where an analysis states none")]
Cores = Annotated[int, typer.Option(min=1, help="processes that audit at the same time")]


@app.command()
def corpus(
    path: Library,
    out: Out,
    shards: Shards = 16,
    search: Search = "missed",
    level: Level = 0.95,
    cores: Cores = 1,
    as_json: AsJson = False,
) -> None:
    """Audit a whole library of reviews: verdicts, analyses and problems as Parquet, a shard a file, and a summary with its page.

    A review whose data break a rule is not audited; it is in OUT/problems, and the others are done. Exit codes: 0 every review
    was audited and nothing is worse than UNDERSPECIFIED or NOT_CHECKABLE, 1 something is, or a review was not audited, 2 the
    corpus as a whole cannot be read.

    Example: metaudit corpus library.parquet --out library-audit --cores 4
    """
    from metaudit.corpus.counts import in_words
    from metaudit.corpus.read import digits_lost, open_corpus
    from metaudit.corpus.run import write_corpus

    guarded(lambda: _require_level(level))
    notes = guarded(lambda: digits_lost(open_corpus(path)))
    for note in notes:
        typer.echo(note, err=True)
    with progress(f"Auditing {path.name}", steps=shards + 2, quiet=as_json) as tell:
        counts = guarded(
            lambda: write_corpus(path, out, shards=shards, search=search, level=level, cores=cores, tell=tell)
        )
    if as_json:
        print_json({"out": str(out), **counts.__dict__, "notes": notes})
    else:
        print(in_words(counts, out))
        print(f"Summary: {out / 'summary' / 'index.html'}")
    raise typer.Exit(1 if counts.worse or counts.broken or counts.astray else 0)


def _require_level(level: float) -> None:
    if not 0 < level < 1:
        raise DataError(f"--level {level:g}: not between 0 and 1. Write 0.95 for 95 %.")
