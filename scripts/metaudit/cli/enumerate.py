"""``metaudit enumerate``: every two-by-two table behind some printed numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli.effect_text import PLAIN, split_effect
from metaudit.cli.output import AsJson, app, guarded, print_json, progress

if TYPE_CHECKING:
    from metaudit.enumeration import TableConstraints, Tables
    from metaudit.printed import Interval

PEOPLE, EFFECTS, TESTS, SEARCH = "People and events", "Effects", "Tests", "The search"

_NUMBER = "a whole number, or two with a hyphen between for a range: 39, 30-45"
Whole = Annotated[str, typer.Option(rich_help_panel=PEOPLE, help=_NUMBER, show_default=False)]
Share = Annotated[
    str,
    typer.Option(rich_help_panel=PEOPLE, help="share with an event, as printed: 51.3% or 0.513", show_default=False),
]
EffectText = Annotated[
    str,
    typer.Option(
        rich_help_panel=EFFECTS,
        help='as printed: "2.64 (1.27 to 5.48)", or the estimate, or the limits alone: "(1.27-5.48)"',
        show_default=False,
    ),
]


@app.command(name="enumerate")
def enumerate_tables(
    n_t: Whole = "",
    n_c: Whole = "",
    total: Whole = "",
    events_t: Whole = "",
    events_c: Whole = "",
    events: Whole = "",
    share_t: Share = "",
    share_c: Share = "",
    share: Share = "",
    rr: EffectText = "",
    or_: Annotated[str, typer.Option("--or", rich_help_panel=EFFECTS, help="the same", show_default=False)] = "",
    rd: Annotated[
        str,
        typer.Option(
            rich_help_panel=EFFECTS, help="the same; as a fraction, or with % on every number", show_default=False
        ),
    ] = "",
    peto: Annotated[
        str, typer.Option(rich_help_panel=EFFECTS, help="Peto's odds ratio, the same", show_default=False)
    ] = "",
    level: Annotated[float, typer.Option(rich_help_panel=EFFECTS, help="level of the limits")] = 0.95,
    zero_cells: Annotated[
        str,
        typer.Option(
            rich_help_panel=EFFECTS,
            help="what is added to zero cells, as in: metaudit methods zero_cells",
            show_default="0.5@only-zero for RR and OR, none for RD and Peto",
        ),
    ] = "",
    p: Annotated[
        str, typer.Option("--p", rich_help_panel=TESTS, help="P value as printed: .003, <.001", show_default=False)
    ] = "",
    p_test: Annotated[
        str,
        typer.Option(
            rich_help_panel=TESTS,
            help="tests it may come from, separated by commas: pearson, yates, fisher, z-RR, z-OR, z-RD",
            show_default="all of them",
        ),
    ] = "",
    chi2: Annotated[
        str, typer.Option("--chi2", rich_help_panel=TESTS, help="chi-square statistic as printed", show_default=False)
    ] = "",
    chi2_test: Annotated[
        str, typer.Option("--chi2-test", rich_help_panel=TESTS, help="pearson, yates", show_default="both")
    ] = "",
    rounding: Annotated[
        str, typer.Option(rich_help_panel=SEARCH, help="how the printed digits came about: nearest or truncated")
    ] = "nearest",
    largest_total: Annotated[
        int, typer.Option(rich_help_panel=SEARCH, help="most people that are searched when arm sizes are not known")
    ] = 1000,
    limit: Annotated[
        int, typer.Option(rich_help_panel=SEARCH, help="most tables that are listed; all are counted", min=1)
    ] = 20,
    as_json: AsJson = False,
) -> None:
    """List every two-by-two table that prints as the given numbers do, treatment against control.

    Exit codes: 0 one or several, 1 none is possible, 2 bad input.

    Example: metaudit enumerate --n-t 39 --n-c 36 --rr "2.64 (1.27 to 5.48)"
    """
    from metaudit.enumeration import tables

    given = {
        "n_t": n_t, "n_c": n_c, "total": total, "events_t": events_t, "events_c": events_c, "events": events, "share_t": share_t,
        "share_c": share_c, "share": share, "RR": rr, "OR": or_, "RD": rd, "PETO": peto, "p": p, "chi2": chi2,
    }  # fmt: skip
    choices = {"p_test": p_test, "chi2_test": chi2_test, "zero_cells": zero_cells, "rounding": rounding}
    constraints = guarded(lambda: constraints_of(given, choices, level=level, largest_total=largest_total))
    with progress("Searching the tables", quiet=as_json):
        found = guarded(lambda: tables(constraints, limit=limit))
    if as_json:
        print_json(as_numbers(found))
    else:
        print("\n".join(lines(found)))
    if found.verdict == "impossible":
        raise typer.Exit(1)


def constraints_of(
    given: dict[str, str], choices: dict[str, str], *, level: float, largest_total: int
) -> TableConstraints:
    """The constraints of the command line.

    Raises
    ------
    DataError
        when nothing is given, or a text is not understood.
    """
    from metaudit.enumeration import Arm, Effect, TableConstraints, fraction_window, printed_window
    from metaudit.errors import DataError

    if not any(given.values()):
        raise DataError(
            'nothing to search with: give what is printed, for example --n-t 39 --n-c 36 --rr "2.64 (1.27 to 5.48)"'
        )
    rounding = choices["rounding"]

    def share(name: str) -> Interval | None:
        return fraction_window(given[name], rounding) if given[name] else None

    spans = {name: span_of(given[name], name) for name in ("n_t", "n_c", "total", "events_t", "events_c", "events")}
    _check_counts(spans)
    tests = {
        key: tuple(part.strip() for part in choices[option].split(",") if part.strip())
        for key, option in (("p_tests", "p_test"), ("chi2_tests", "chi2_test"))
        if choices[option].strip()
    }
    effects = tuple(
        Effect(
            measure,
            *effect_windows(given[measure], measure, rounding, level=level),
            level=level,
            zero_cells=choices["zero_cells"],
        )
        for measure in ("RR", "OR", "RD", "PETO")
        if given[measure]
    )
    return TableConstraints(
        Arm(spans["n_t"], spans["events_t"], share("share_t")),
        Arm(spans["n_c"], spans["events_c"], share("share_c")),
        spans["total"],
        spans["events"],
        share("share"),
        effects,
        printed_window(given["p"], rounding) if given["p"] else None,
        chi2=printed_window(given["chi2"], rounding) if given["chi2"] else None,
        largest_total=largest_total,
        **tests,
    )


def span_of(text: str, name: str) -> Any:
    """A whole number or a range of them.

    Raises
    ------
    DataError
        when it is neither.
    """
    import re

    from metaudit.enumeration import Span
    from metaudit.errors import DataError

    if not text.strip():
        return Span()
    ends = re.fullmatch(r"\s*(\d{1,9})\s*(?:(?:-|to)\s*(\d{1,9})\s*)?", text.translate(PLAIN))
    if not ends:
        raise DataError(f"--{name.replace('_', '-')} {text!r} is not understood; write {_NUMBER}")
    return Span(int(ends[1]), int(ends[2] or ends[1]))


def effect_windows(
    text: str, measure: str, rounding: str, *, level: float = 0.95
) -> tuple[Interval | None, Interval | None, Interval | None]:
    """Windows of an estimate and its limits, from ``2.64 (1.27 to 5.48)``, ``2.64`` or ``(1.27-5.48)``.

    Raises
    ------
    DataError
        when the text is not understood, or names another level of its limits than ``level``.
    """
    from metaudit.enumeration import printed_window
    from metaudit.errors import DataError
    from metaudit.printed import parse_printed

    parts = split_effect(text)
    if parts is None:
        raise DataError(
            f'{measure} {text!r} is not understood; write "2.64 (1.27 to 5.48)", "2.64" or "(1.27 to 5.48)", with decimal points; '
            "the limits may also be joined by a dash, a comma or a semicolon"
        )

    if parts[3] and abs(float(parts[3]) - 100 * level) > 1e-9:
        raise DataError(
            f"{measure} {text!r} has {parts[3]} % limits; add --level {float(parts[3]) / 100:g} (it is {level:g})"
        )

    def window(part: str | None) -> Interval | None:
        if part is None:
            return None
        seen = printed_window(part, rounding)
        return seen.scaled(0.01) if parse_printed(part).percent else seen

    found = window(parts[0]), window(parts[1]), window(parts[2])
    _check_effect(text, measure, *found)
    return found


def _check_effect(
    text: str, measure: str, estimate: Interval | None, low: Interval | None, high: Interval | None
) -> None:
    """Refuse what no table can print: a negative ratio, limits in the wrong order, an estimate outside them."""
    from metaudit.errors import DataError

    given = [w for w in (estimate, low, high) if w is not None]
    if measure != "RD" and any(w.high < 0 for w in given):
        raise DataError(f"{measure} {text!r}: a ratio is not negative")
    if low is not None and high is not None and low.low > high.high:
        raise DataError(f"{measure} {text!r}: the lower limit is above the upper one")
    if estimate is not None and low is not None and high is not None and not low.low <= estimate.high:
        raise DataError(f"{measure} {text!r}: the estimate lies below its own limits")
    if estimate is not None and high is not None and estimate.low > high.high:
        raise DataError(f"{measure} {text!r}: the estimate lies above its own limits")


def _check_counts(spans: dict[str, Any]) -> None:
    """Refuse more events than people, and arms without people."""
    from metaudit.errors import DataError

    for arm, of in (("t", "treatment"), ("c", "control")):
        n, events = spans[f"n_{arm}"], spans[f"events_{arm}"]
        if n.high < 1:
            raise DataError(f"--n-{arm} {n}: an arm has at least one person")
        if n.bounded and events.low > n.high:
            raise DataError(f"--events-{arm} {events} of --n-{arm} {n}: more events than people in the {of} arm")


def lines(found: Tables) -> list[str]:
    """What is printed: the finding, then the tables that are listed."""
    from metaudit.enumeration.two_by_two import P_TESTS

    out = [found.sentence if found.count <= 3 else found.summary]
    if found.count > 3:
        for i in range(found.a.size):
            hits = {
                **{P_TESTS[t]: h for t, h in found.p_tests.items()},
                **{f"chi-square {t}": h for t, h in found.chi2_tests.items()},
            }
            by = [name for name, hit in hits.items() if hit[i]]
            out.append(f"  {found.shown(i)}" + (f"  ({', '.join(by)})" if by else ""))
        if found.count > found.a.size:
            out.append(f"  ... and {found.count - found.a.size:,} more (--limit)")
    return out


def as_numbers(found: Tables) -> dict[str, Any]:
    """Everything found, for JSON."""
    return {
        "verdict": found.verdict,
        "count": found.count,
        "complete": found.complete,
        "bounded": found.bounded,
        "searched": found.searched,
        "tables": [
            {
                "events_t": int(found.a[i]),
                "n_t": int(found.n1[i]),
                "events_c": int(found.c[i]),
                "n_c": int(found.n2[i]),
                "p_tests": [t for t, hit in found.p_tests.items() if hit[i]],
                "chi2_tests": [t for t, hit in found.chi2_tests.items() if hit[i]],
            }
            for i in range(found.a.size)
        ],
    }
