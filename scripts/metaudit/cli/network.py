"""``metaudit network``: several treatments compared at once, from one table."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli import complete
from metaudit.cli.output import AsJson, app, guarded, print_json, progress, say
from metaudit.formats.signs import clipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaudit.network_table import Choices, NetworkResult

DATA, MODEL, SHOWN = "What is pooled", "How it is pooled", "What is shown"
_GOOD = {"": None, "good": True, "bad": False}


@app.command()
def network(
    table: Annotated[
        Path,
        typer.Argument(
            help="CSV with one arm a row: study, treatment, and events n, or mean sd n, or events time, or effect se; or one "
            "comparison a row: study, treatment, treatment_c, and effect with se, variance or ci_low ci_high; or rows of both",
            show_default=False,
        ),
    ],
    measure: Annotated[
        str,
        typer.Option(
            rich_help_panel=DATA,
            help="effect measure. Counts: OR RR RD AS; means: MD SMD ROM; rates: IRR IRD; ready-made: GEN, and GEN-LOG for "
            "ratios such as hazard ratios",
            autocompletion=complete.measures,
        ),
    ],
    select: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=DATA,
            help="the rows to use, as column=value, such as outcome=pain; may be said several times",
            show_default=False,
        ),
    ] = None,
    distinct: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=DATA,
            help="two similar names that are two treatments, as NAME=OTHER NAME; may be said several times",
            show_default=False,
        ),
    ] = None,
    zero_cells: Annotated[
        str,
        typer.Option(
            rich_help_panel=DATA,
            help="what is added to the arms of a study with a zero cell; see: metaudit methods zero_cells",
            show_default="0.5@only-zero; studies that say nothing of a ratio are left out",
            autocompletion=complete.catalogue("zero_cells"),
        ),
    ] = "",
    convention: Annotated[
        str,
        typer.Option(
            rich_help_panel=DATA,
            help="how it is added: escalc (to events and non-events, as metafor does) or meta (as R's meta and netmeta do)",
            autocompletion=complete.of("escalc", "meta"),
        ),
    ] = "escalc",
    tau2: Annotated[
        str,
        typer.Option(
            rich_help_panel=MODEL,
            help="estimator of the variance between studies: REML, DL, ML, PM; a number; or none for a common effect",
            autocompletion=complete.of("REML", "DL", "ML", "PM", "none"),
        ),
    ] = "REML",
    ci: Annotated[
        str,
        typer.Option(
            rich_help_panel=MODEL,
            help="intervals: wald, t (degrees of freedom of Q), hksj (Hartung and Knapp)",
            autocompletion=complete.of("wald", "t", "hksj"),
        ),
    ] = "wald",
    level: Annotated[float, typer.Option(rich_help_panel=MODEL, help="level of the intervals")] = 0.95,
    split_multiarm: Annotated[
        bool,
        typer.Option(
            "--split-multiarm",
            rich_help_panel=MODEL,
            help="take the comparisons of a study of more than two arms for independent, as some publications wrongly do",
        ),
    ] = False,
    reference: Annotated[
        str,
        typer.Option(
            rich_help_panel=SHOWN,
            help="treatment that the others are compared with",
            show_default="the one of most studies",
        ),
    ] = "",
    small_values: Annotated[
        str,
        typer.Option(
            rich_help_panel=SHOWN,
            help="whether small effects are good or bad; without it treatments are not ranked",
            show_default=False,
            autocompletion=complete.of("good", "bad"),
        ),
    ] = "",
    contributions: Annotated[
        bool,
        typer.Option(
            "--contributions",
            rich_help_panel=SHOWN,
            help="how much each direct comparison contributes to each estimate (shortest paths, Papakonstantinou 2018)",
        ),
    ] = False,
    title: Annotated[
        str, typer.Option(rich_help_panel=SHOWN, help="of the figures", show_default="the name of the file")
    ] = "",
    figures: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=SHOWN,
            help="folder for the figures: network graph, league table, forest plot, ranks, net heat (SVG, and the numbers as CSV)",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a network meta-analysis; print what it is, how far its studies agree, every comparison, and direct against indirect evidence.

    Exit codes: 0 pooled, 1 comparisons in the table are not those of its arms, 2 bad input.

    Example: metaudit network arms.csv --measure OR --reference Placebo --small-values good --figures figures
    """
    choices = guarded(
        lambda: _choices(
            measure=measure, tau2=tau2, ci=ci, level=level, multiarm="split" if split_multiarm else "full",
            zero_cells=zero_cells, convention=convention, reference=reference, small_is_good=_good(small_values),
            distinct=_pairs(distinct or []),
        )
    )  # fmt: skip
    chosen = guarded(lambda: _selected(select or []))
    result = guarded(lambda: _fitted(table, choices, select=chosen, quiet=as_json))
    written = guarded(lambda: _draw(result, figures, title or table.stem, quiet=as_json)) if figures else []
    guarded(lambda: _print(result, written, as_json=as_json, contributing=contributions))
    if result.disagreements:
        raise typer.Exit(1)


def _choices(*, measure: str, tau2: str, ci: str, level: float, **others: Any) -> Choices:
    from metaudit.errors import DataError
    from metaudit.formats.names import nearest
    from metaudit.network.result import COMPARES
    from metaudit.network_table import Choices

    if measure not in COMPARES:
        near = nearest(measure, COMPARES, "measure")
        raise DataError(f"--measure: {clipped(measure)!r} is no measure that compares treatments. {near}")
    if not 0 < level < 1:
        raise DataError(f"--level {level:g}: not between 0 and 1. Write 0.95 for 95 %.")
    estimator: str | float | None = None if tau2.lower() == "none" else tau2.upper()
    with suppress(ValueError):
        estimator = estimator if estimator is None else float(estimator)
    return Choices(measure=measure, tau2=estimator, ci=ci.lower(), level=level, **others)


def _good(text: str) -> bool | None:
    from metaudit.errors import DataError

    if text not in _GOOD:
        raise DataError(f"--small-values is good or bad, not {text!r}.")
    return _GOOD[text]


def _pairs(texts: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple(_sides(text, "--distinct", "NAME=OTHER NAME", example="'estradiol=estriol'") for text in texts)


def _selected(texts: list[str]) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for text in texts:
        column, value = _sides(text, "--select", "column=value", example="outcome=pain")
        chosen.setdefault(column, []).append(value)
    return chosen


def _sides(text: str, option: str, form: str, *, example: str) -> tuple[str, str]:
    """Both sides of an equals sign."""
    from metaudit.errors import InputError, Problem

    first, _, second = (part.strip() for part in text.partition("="))
    if not (first and second):
        fix = f"Write it as in {option} {example}."
        raise InputError([Problem(option, 0, "", option.removeprefix("--"), f"{text!r} is no {form}.", fix)])
    return first, second


def _fitted(table: Path, choices: Choices, *, select: dict[str, list[str]], quiet: bool) -> NetworkResult:
    from metaudit.network_table import network_table

    with progress(f"Fitting {table.name}", quiet=quiet):
        return network_table(table, choices, select=select)


def _draw(result: NetworkResult, folder: Path, title: str, *, quiet: bool) -> list[Path]:
    """Write the figures; what cannot be drawn is said."""
    from metaudit.figures.network_all import network_figures
    from metaudit.figures.output import write

    with progress("Drawing", quiet=quiet):
        drawings, remarks = network_figures(
            result.network, title, splits=result.splits, reference=result.reference, ranks=result.ranks,
            scores=result.scores, heat_tau2=result.interaction.tau2, small_is_good=result.choices.small_is_good,
        )  # fmt: skip
        written = write(drawings, folder, "network", formats=["svg"])
    for remark in remarks:
        say(remark)
    return written


def _print(result: NetworkResult, written: Sequence[Path], *, as_json: bool, contributing: bool) -> None:
    from metaudit import network_text as words
    from metaudit.network.contribution import contributions

    shares = contributions(result.network) if contributing else None
    if as_json:
        more = {"contributions": words.contribution_rows(shares)} if shares else {}
        print_json({**words.as_json(result), **more, "figures": [str(p) for p in written]})
        return
    print("\n".join(words.opening_lines(result)))
    print(f"\nAgainst {result.reference}")
    _print_grid(words.reference_grid(result))
    print(f"\nLeague table: the row against the column ({100 * result.network.level:g} % CI)")
    _print_grid(words.league_grid(result))
    print("\nDirect against indirect evidence (node splitting)")
    if result.both_ways:
        _print_grid(words.split_grid(result))
    else:
        print("No pair has both.")
    if shares:
        print("\nContribution of direct comparisons (columns) to each estimate (rows), percent")
        _print_grid(words.contribution_grid(shares))
    last = [*words.closing_lines(result), *map(str, written)]
    if last:
        print("\n".join(["", *last]))


def _print_grid(rows: list[list[str]]) -> None:
    """Columns under each other, no colours and no cut: it is meant to be pasted."""
    from rich.cells import cell_len

    widths = [max(cell_len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(f"{cell}{' ' * (w - cell_len(cell))}" for cell, w in zip(row, widths, strict=True)).rstrip())
