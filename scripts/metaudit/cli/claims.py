"""``metaudit claims``: printed numbers of a text as draft claims, and the confirmed ones into claims.csv."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli import complete
from metaudit.cli.output import AsJson, app, guarded, many, print_json, progress, refuse, say
from metaudit.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaudit.text_claims.accept import Accepted
    from metaudit.text_claims.candidates import Candidate, LeftOut
    from metaudit.text_claims.flow import Place
    from metaudit.text_claims.propose import Proposal


@app.command()
def claims(
    text: Annotated[
        Path, typer.Argument(help="the text (.md, .txt) or PDF; with --accept the folder", show_default=False)
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="folder of the review; made when it does not exist",
            show_default=False,
            autocompletion=complete.folders,
        ),
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", "--confirm", help="move the rows with confirm = yes into claims.csv")
    ] = False,
    pages: Annotated[str, typer.Option(help="pages of a PDF to read, such as 1,3-5", show_default=False)] = "",
    source: Annotated[str, typer.Option(help="key of sources.csv for this text", show_default=False)] = "",
    title: Annotated[str, typer.Option(help="title of the publication, for a new review", show_default=False)] = "",
    left_out: Annotated[
        bool, typer.Option("--left-out", help="list every number that is not proposed, with the reason")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find the printed numbers of an abstract or a PDF and write them as draft claims, for you to confirm.

    Nothing is claimed until you say so: write yes or no into the column confirm of claims.draft.csv, correct what is wrong there,
    and run the command again with --accept. Exit codes: 0 some found (--accept: some added), 1 none, 2 bad input.

    Example: metaudit claims abstract.md reviews/smith-2021, then: metaudit claims reviews/smith-2021 --accept
    """
    if accept:
        _accept(text, folder, as_json=as_json, others=bool(pages or source or title))
    if folder is None:
        refuse(
            ValueError("The folder is missing. Say: metaudit claims TEXT FOLDER, or: metaudit claims FOLDER --accept")
        )
    from metaudit.text_claims.propose import propose

    with progress(f"Reading {text.name}", quiet=as_json):
        found: Proposal = guarded(lambda: propose(text, folder, title=title, source=source, pages=_pages(pages)))
    if as_json:
        print_json(_as_json(found, folder))
    else:
        _print(found, text, folder, left_out=left_out)
    raise typer.Exit(0 if found.found.candidates else 1)


def _accept(folder: Path, other: Path | None, *, as_json: bool, others: bool) -> None:
    from metaudit.text_claims.accept import accept

    if other is not None or others:
        refuse(ValueError("With --accept only the folder is named. Say: metaudit claims FOLDER --accept"))
    done: Accepted = guarded(lambda: accept(folder))
    if as_json:
        print_json(
            {
                "added": done.added,
                "claimed": dict(done.claimed),
                "analyses": done.analyses,
                "rejected": done.rejected,
                "open": done.open,
            }
        )
    else:
        print(
            f"{many(len(done.added), 'claim')} added to {folder}/claims.csv{': ' + ', '.join(done.added) if done.added else '.'}"
        )
        if done.analyses:
            print(
                f"{many(len(done.analyses), 'analysis', 'analyses')} added to review.yaml: {', '.join(done.analyses)}"
            )
        for name, known in done.claimed:
            print(f"{name}: not added, claim {known} prints this number already.")
        print(f"{many(done.open, 'row')} of claims.draft.csv still to be decided, {done.rejected} rejected.")
    raise typer.Exit(0 if done.added else 1)


def _pages(text: str) -> list[int]:
    """``1,3-5`` as a list of pages."""
    out: list[int] = []
    for part in (p.strip() for p in text.split(",") if p.strip()):
        match = re.fullmatch(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last:
            raise InputError([Problem("--pages", 0, "", "pages", f"{part!r} is no page.", "Write pages as 1,3-5.")])
        out += range(first, last + 1)
    return list(dict.fromkeys(out))


def _print(found: Proposal, text: Path, folder: Path, *, left_out: bool) -> None:
    for notice in found.notices:
        say(f"{notice.place}: {notice.message} {notice.fix}".strip())
    if not found.found.candidates:
        print(f"{text.name}: no number that looks like a result; {many(len(found.found.left_out), 'number')} left out.")
    else:
        _table(found)
    _print_left_out(found.found.left_out, whole=left_out)
    if found.drafted.claimed:
        print(
            f"\n{many(len(found.drafted.claimed), 'number')} that a claim prints already: "
            + ", ".join(f"{c.shown} ({name})" for c, name in found.drafted.claimed)
        )
    if found.drafted.repeated:
        print(
            f"\n{many(len(found.drafted.repeated), 'number')} of results that the text prints a second time, not proposed again."
        )
    if found.drafted.rows:
        new = len(found.drafted.rows) - found.waiting
        if not new:
            print(f"\nEvery row is in {folder}/claims.draft.csv already; nothing was written.")
            return
        more = f" ({found.waiting} were there already)" if found.waiting else ""
        print(
            f"\n{many(new, 'row')} written to {folder}/claims.draft.csv{more}. None is a claim yet: write yes or no into the column confirm,"
        )
        print(f"correct what is wrong, then: metaudit claims {folder} --accept")


def _table(found: Proposal) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("quantity", "printed", "place", "words"):
        table.add_column(name, no_wrap=name != "words", overflow="fold")
    rows = list(zip(found.drafted.rows, found.drafted.candidates, strict=True))
    for number in dict.fromkeys(c.bundle for _, c in sorted(rows, key=lambda r: r[1].bundle == 0)):
        mine = [(row, c) for row, c in rows if c.bundle == number]
        home, measure = mine[0][0]["analysis"], mine[0][0]["measure"]
        name = home or ("numbers about no single result" if not number else "result not named")
        table.add_row(
            f"[bold]{name}[/bold]{f' ({measure})' if measure else ''}" if number or home else f"[bold]{name}[/bold]"
        )
        for row, candidate in mine:
            table.add_row("  " + row["quantity"], escape(row["printed"]), row["place"], escape(_words(row, candidate)))
    Console(highlight=False, width=None if sys.stdout.isatty() else 150).print(table)


def _words(row: dict[str, str], candidate: Candidate) -> str:
    around = candidate.token.around if candidate.token else row["text"]
    said = [x for x in (row["subject"], row["note"]) if x]
    return f"“{around}”" + (f" ({'; '.join(said)})" if said else "")


def _print_left_out(numbers: Sequence[LeftOut], *, whole: bool) -> None:
    if not numbers:
        return
    print(f"\n{many(len(numbers), 'number')} left out:")
    for reason, n in sorted(Counter(x.reason for x in numbers).items()):
        some = [f"{x.shown} ({x.place})" for x in numbers if x.reason == reason]
        more = "" if whole or n <= 6 else f" and {n - 6} more (--left-out lists them)"
        print(f"  {reason} ({n}): {', '.join(some if whole else some[:6])}{more}")


def _as_json(found: Proposal, folder: Path) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "created": found.created,
        "rows": [{**row, "bundle": c.bundle} for row, c in zip(found.drafted.rows, found.drafted.candidates, strict=True)],
        "there_already": found.waiting,
        "bundles": [
            {"bundle": b.number, "measure": b.measure, "level": b.level, "about": b.words, "sentence": b.context} for b in found.found.bundles
        ],
        "new_analyses": {n.id: n.entry() for n in found.drafted.analyses},
        "claimed": [{**_candidate(c), "claim": name} for c, name in found.drafted.claimed],
        "repeated": [_candidate(c) for c in found.drafted.repeated],
        "left_out": [
            {"printed": x.shown, **_place(x.place), "reason": x.reason, "around": x.around} for x in found.found.left_out
        ],
        "notices": [n.__dict__ for n in found.notices],
    }  # fmt: skip


def _candidate(c: Candidate) -> dict[str, Any]:
    return {"quantity": c.quantity, "printed": c.printed, **_place(c.place), "bundle": c.bundle, "text": c.text}


def _place(place: Place) -> dict[str, int]:
    return {"page": place.page, "line": place.line, "column": place.column}
