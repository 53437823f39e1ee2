"""``metaudit coverage``: a pasted text against the claims."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli.output import AsJson, app, guarded, many, print_json, refuse
from metaudit.cli.review import Folder

if TYPE_CHECKING:
    from metaudit.explain.coverage import Coverage
    from metaudit.explain.text_numbers import Token


@app.command()
def coverage(
    folder: Folder,
    text: Annotated[
        Path | None, typer.Option(help="the text; without it, text.md of the folder", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which numbers of the paper's text no claim covers, and which claims the text does not contain.

    Exit codes: 0 none, 1 some, 2 bad input.

    Example: metaudit coverage data/reviews/li-2007 --text abstract.md
    """
    from metaudit.explain.coverage import coverage as cover
    from metaudit.formats.review import read_review

    review = guarded(lambda: read_review(folder))
    path = text or folder / "text.md"
    if not path.is_file():
        refuse(
            ValueError(
                f"{path}: there is no such file. Paste the text of the paper into it, or name another with --text."
            )
        )
    try:
        pasted = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        refuse(ValueError(f"{path}: byte {error.start + 1} is not UTF-8. Save the text as UTF-8."))
    found: Coverage = guarded(lambda: cover(review, pasted))
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found, path.name)
    raise typer.Exit(1 if found.uncovered or found.absent else 0)


def _print(found: Coverage, name: str) -> None:
    claims = {c.id for _, some in found.covered for c in some}
    total = len([t for t, _ in found.covered if not t.in_words]) + len(found.uncovered) + len(found.left_out)
    print(f"{name}: {many(total, 'number')}; {many(len(claims), 'claim')} found in it.")
    print("A number counts as covered when a claim prints the same digits; whether both mean the same is yours to see.")
    if found.uncovered:
        print(f"\n{many(len(found.uncovered), 'number')} that no claim covers:")
        for u in found.uncovered:
            typed = f"  (same number in {u.typed})" if u.typed else ""
            print(f"  line {u.token.line}, column {u.token.column}: {u.token.text}  “{u.token.around}”{typed}")
    if found.absent:
        print(f"\n{many(len(found.absent), 'claim')} that the text does not contain:")
        for a in found.absent:
            nearly = f"; {a.nearly}" if a.nearly else ""
            print(f"  claims.csv row {a.claim.line}, {a.claim.id}: {a.claim.printed}{nearly}")
    if found.left_out:
        print(f"\n{many(len(found.left_out), 'number')} left out:")
        for reason, n in sorted(Counter(t.reason for t in found.left_out).items()):
            which = ", ".join(f"{t.text} (line {t.line})" for t in found.left_out if t.reason == reason)
            print(f"  {reason} ({n}): {which}")
    if found.words:
        print(f"\n{many(len(found.words), 'claim')} in words, not looked for.")


def _as_json(found: Coverage) -> dict[str, Any]:
    return {
        "covered": [{**_token(t), "claims": [c.id for c in some]} for t, some in found.covered],
        "uncovered": [{**_token(u.token), "typed": u.typed} for u in found.uncovered],
        "left_out": [{**_token(t), "reason": t.reason} for t in found.left_out],
        "absent": [{"claim": a.claim.id, "printed": a.claim.printed, "nearly": a.nearly} for a in found.absent],
        "words": [c.id for c in found.words],
    }


def _token(token: Token) -> dict[str, Any]:
    return {"line": token.line, "column": token.column, "text": token.text, "around": token.around}
