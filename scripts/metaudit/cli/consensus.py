"""``metaudit consensus``: whole numbers of people behind printed percentages, in one panel, in many, or in a table of statements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli import complete
from metaudit.cli.output import AsJson, app, guarded, many, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metaudit.consensus.panels import Panel, Told
    from metaudit.consensus.survey import Finding

PANEL, TABLE, SEARCH = "The panel", "A table of statements", "The search"
LARGEST = 100


@app.command()
def consensus(
    shares: Annotated[
        list[str] | None,
        typer.Argument(
            help='shares as printed: 81.3%, 0.813, "> 80%"; several are of one and the same panel', show_default=False
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(rich_help_panel=PANEL, help="people who answered, where it is known", show_default=False),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", rich_help_panel=PANEL, help="the shares are all the answers there were, and add up to the panel"
        ),
    ] = False,
    threshold: Annotated[
        str,
        typer.Option(
            rich_help_panel=PANEL,
            help='share from which on there is consensus: 70%, ">= 70%", "more than 2/3"',
            show_default=False,
        ),
    ] = "",
    statements: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=TABLE,
            help="instead of shares: CSV with one statement a row: statement, agree, and where there are any others (separated by ;), n, "
            "consensus (yes or no)",
            show_default=False,
        ),
    ] = None,
    reached: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=TABLE,
            help="how many statements reached consensus, as printed; needs --threshold",
            min=0,
            show_default=False,
        ),
    ] = None,
    missing: Annotated[
        int,
        typer.Option(
            rich_help_panel=TABLE,
            help="how many people may have answered nothing: is there one smaller panel that allows every share?",
            min=0,
        ),
    ] = 0,
    smallest: Annotated[
        int | None, typer.Option(rich_help_panel=SEARCH, help="smallest panel that is looked at", show_default="1")
    ] = None,
    largest: Annotated[
        int | None,
        typer.Option(rich_help_panel=SEARCH, help="largest panel that is looked at", show_default=f"{LARGEST}"),
    ] = None,
    rounding: Annotated[
        str,
        typer.Option(
            rich_help_panel=SEARCH,
            help="how the printed digits came about: nearest or truncated",
            autocompletion=complete.of("nearest", "truncated"),
        ),
    ] = "nearest",
    limit: Annotated[
        int, typer.Option(rich_help_panel=SEARCH, help="most panel sizes that are listed; all are counted", min=1)
    ] = 20,
    as_json: AsJson = False,
) -> None:
    """List the panels in which printed percentages are possible, as whole numbers of people.

    Of n people 0, 1, ... or n agree, so that a panel excludes shares, and a share excludes panels.

    Exit codes: 0 possible, 1 possible in no panel that was looked at, or a number of the table does not fit, 2 bad input.

    Examples: [bold]metaudit consensus 81.3% 68.8% --largest 60 --threshold 70%[/bold];
    [bold]metaudit consensus --statements round2.csv --size 40 --threshold 70%[/bold]
    """
    if statements is not None:
        given = {"shares": shares, "--whole": whole, "--smallest": smallest, "--largest": largest}
        found = guarded(
            lambda: _checked(
                statements, given, size=size, threshold=threshold, reached=reached, missing=missing, rounding=rounding
            )
        )
        _print_findings(found, as_json=as_json)
        return
    sizes = guarded(lambda: _sizes(size, smallest, largest))
    if reached is not None or missing:
        guarded(_table_only)
    told = guarded(lambda: _told(shares or [], whole=whole, threshold=threshold, rounding=rounding))
    fit = guarded(lambda: told.possible_sizes(sizes))
    listed = [told.panel(n) for n in (sizes[:1] if size is not None else fit[:limit])]
    if as_json:
        print_json(
            {
                "smallest": sizes[0],
                "largest": sizes[1],
                "possible": len(fit),
                "panels": [_as_numbers(p) for p in listed],
            }
        )
    elif size is not None:
        print("\n".join(listed[0].sentences()))
    else:
        print("\n".join(_lines(told, listed, count=len(fit), sizes=sizes)))
    if not fit:
        raise typer.Exit(1)


def _table_only() -> None:
    from metaudit.errors import DataError

    raise DataError("--reached and --missing are about a table of statements. Give it with --statements.")


def _checked(
    table: Path,
    given: Mapping[str, object],
    *,
    size: int | None,
    threshold: str,
    reached: int | None,
    missing: int,
    rounding: str,
) -> list[Finding]:
    """What the numbers of a table say about each other."""
    from metaudit.consensus.statements import check_table, read_statements
    from metaudit.consensus.threshold import threshold as read
    from metaudit.errors import DataError

    beside = [name for name, value in given.items() if value]
    if beside:
        raise DataError(f"--statements brings its own shares; leave {', '.join(beside)} out.")
    if size is not None and size < 1:
        raise DataError(f"--size {size}: a panel has at least one person.")
    by = read(threshold) if threshold else None
    return check_table(read_statements(table), n=size or 0, by=by, printed=reached, missing=missing, rounding=rounding)


def _print_findings(found: Sequence[Finding], *, as_json: bool) -> None:
    """What does not fit, and how much does; exit 1 where something does not."""
    wrong = [f for f in found if not f.fits]
    if as_json:
        print_json({"fit": len(found) - len(wrong), "do_not_fit": len(wrong), "findings": [f.__dict__ for f in found]})
    else:
        print(f"{many(len(found), 'comparison')}; {len(found) - len(wrong)} fit, {len(wrong)} do not.")
        for f in wrong:
            print(f"  {f.about}: {f.sentence}")
    if wrong:
        raise typer.Exit(1)


def _sizes(size: int | None, smallest: int | None, largest: int | None) -> tuple[int, int]:
    from metaudit.errors import DataError

    if size is None:
        return (1 if smallest is None else smallest), (LARGEST if largest is None else largest)
    if size < 1:
        raise DataError(f"--size {size}: a panel has at least one person.")
    if smallest is not None or largest is not None:
        raise DataError("--size is one panel, --smallest and --largest are many. Give the one or the others.")
    return size, size


def _told(shares: Sequence[str], *, whole: bool, threshold: str, rounding: str) -> Told:
    from metaudit.consensus.panels import Told
    from metaudit.consensus.threshold import threshold as read
    from metaudit.errors import DataError

    if not shares:
        raise DataError("no share is given. Write one as printed, such as 81.3%, or give a table with --statements.")
    if whole and len(shares) < 2:
        raise DataError("--whole is about all the answers there were. Give every share of the panel, two at least.")
    return Told(tuple(shares), read(threshold) if threshold else None, whole, rounding)


_VERBS = {"yes": "reaches it", "no": "does not reach it", "either": "may or may not reach it"}


def _lines(told: Told, listed: Sequence[Panel], *, count: int, sizes: tuple[int, int]) -> list[str]:
    from metaudit.consensus.panels import shown

    what = ", ".join(told.printed)
    looked = f"panels of {sizes[0]:,} to {sizes[1]:,} people"
    if not count:
        return [f"{what}: possible in none of the {looked}."]
    end = f"; the threshold is {told.by.text}" if told.by else ""
    out = [f"{what}: possible in {count:,} of the {looked}{end}."]
    for p in listed:
        parts = []
        for place, (text, counts) in enumerate(zip(told.printed, p.shares.counts, strict=True)):
            verb = f", {_VERBS[p.answers[place].answer]}" if p.answers else ""
            parts.append(f"{shown(counts)} ({text}{verb})")
        out.append(f"  {p.n:>4} people: {'; '.join(parts)}")
    if count > len(listed):
        out.append(f"  ... and {count - len(listed):,} more (--limit)")
    return out


def _as_numbers(p: Panel) -> dict[str, Any]:
    """One panel with its counts, for JSON."""
    return {
        "people": p.n,
        "possible": p.possible,
        "adds_up": p.adds_up,
        "shares": [
            {
                "share": text,
                "counts": [counts[0], counts[-1]] if counts else [],
                "threshold": p.answers[place].answer if p.answers else None,
                "needed": p.answers[place].needed if p.answers else None,
            }
            for place, (text, counts) in enumerate(zip(p.shares.printed, p.shares.counts, strict=True))
        ],
    }
