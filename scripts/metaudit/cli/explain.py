"""``metaudit explain``: one printed number, from its inputs to its verdict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metaudit.cli import complete
from metaudit.cli.output import AsJson, app, guarded, print_json, progress, say
from metaudit.cli.review import Folder

if TYPE_CHECKING:
    from metaudit.explain.account import Account

Results = Annotated[
    Path | None,
    typer.Option(
        help="folder of this review's results; used while they were made of the review's files as they are",
        show_default=False,
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="audit anew, even where results of the same files are at hand")]
_PLAIN_WIDTH = 100


@app.command()
def explain(
    folder: Folder,
    claim: Annotated[
        str,
        typer.Argument(help="id of the claim, as in claims.csv", show_default=False, autocompletion=complete.claims),
    ],
    results: Results = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
) -> None:
    """Explain the verdict of one printed number: formula, inputs, both intervals, criterion, what else would give it.

    Exit codes: 0 explained, 2 bad input.

    Example: metaudit explain data/reviews/li-2007 re
    """
    from metaudit.explain.account import account_of, known_claim
    from metaudit.explain.account import as_json as to_json
    from metaudit.explain.verdicts_of import verdicts_of
    from metaudit.formats.review import read_review

    review = guarded(lambda: read_review(folder))
    guarded(lambda: known_claim(review, claim))  # before the audit, which takes seconds
    with progress(f"Auditing {review.id}", quiet=as_json):
        account = guarded(lambda: account_of(review, verdicts_of(review, results, fresh=fresh, tell=say), claim))
    if as_json:
        print_json(to_json(account))
    else:
        _print(account)


def _print(account: Account) -> None:
    """Text; the claim in bold on a terminal, nothing but text when piped."""
    import shutil

    from rich.console import Console

    from metaudit.explain.account import lines

    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else _PLAIN_WIDTH
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for number, line in enumerate(lines(account, width=width)):
        console.print(line, style="bold" if not number else None)
