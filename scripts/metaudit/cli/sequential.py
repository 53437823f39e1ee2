"""``metaudit sequential``: one trial sequential analysis of one table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from metaudit.cli.output import AsJson, app, guarded, print_json, progress, say
from metaudit.cli.pool_choices import MeasureOf, Select, ZeroCells
from metaudit.cli.sequential_choices import (
    Alpha,
    AlphaSpending,
    BetaSpending,
    ControlRisk,
    Convention,
    Effect,
    Figure,
    Futility,
    Heterogeneity,
    Level,
    Model,
    Power,
    PrintedSize,
    Reduction,
    Required,
    Sd,
    Tau2,
    Title,
    Trials,
    Variance,
)

if TYPE_CHECKING:
    from metaudit.sequential_table import SequentialTable
    from metaudit.specs import Spec


@app.command()
def sequential(
    table: Trials,
    measure: MeasureOf,
    select: Select = None,
    effect: Effect = "",
    relative_reduction: Reduction = "",
    control_risk: ControlRisk = "",
    sd: Sd = "",
    variance: Variance = "",
    heterogeneity: Heterogeneity = "",
    required: Required = "",
    printed: PrintedSize = "",
    alpha: Alpha = "",
    power: Power = "",
    spending: AlphaSpending = "",
    futility: Futility = "",
    beta_spending: BetaSpending = "",
    convention: Convention = "",
    model: Model = "random",
    tau2: Tau2 = "DL",
    zero_cells: ZeroCells = None,
    level: Level = 0.0,
    figure: Figure = None,
    title: Title = "",
    as_json: AsJson = False,
) -> None:
    """Add the trials one by one, in order of year, and compare z with boundaries that allow for looking repeatedly.

    What is not stated is taken as it usually is; the end of the answer lists it, with what the other usual values lead to.

    Exit codes: 0 analysed, 1 no usual choice gives the size of [bold]--printed[/bold], 2 bad input.

    Example: metaudit sequential table.csv --measure RR --relative-reduction 20% --power 80% --figure tsa.svg
    """
    from metaudit.cli.sequential_stated import people, stated_of

    texts = {
        "effect": effect, "relative_reduction": relative_reduction, "control_risk": control_risk, "sd": sd,
        "variance": variance, "heterogeneity": heterogeneity, "required": required, "alpha": alpha, "power": power,
        "spending": spending, "futility": futility, "beta_spending": beta_spending, "convention": convention,
    }  # fmt: skip
    spec = guarded(lambda: _spec(measure, model, tau2=tau2, zero_cells=zero_cells))
    stated = guarded(lambda: stated_of({k: v.strip() for k, v in texts.items() if v.strip()}, measure))
    size = guarded(lambda: people(printed.strip(), "--printed")) if printed.strip() else None
    guarded(lambda: _check(level, figure))
    with progress(f"Analysing {table.name}", quiet=as_json):
        found = guarded(lambda: _analysed(table, spec, stated, select=select or [], printed=size, level=level or None))
    for remark in found.remarks:
        say(remark)
    drawn = None if figure is None else guarded(lambda: _draw(found, figure, title or table.stem))
    _print(found, drawn, as_json=as_json)
    if found.matches is not None and not found.matches:
        raise typer.Exit(1)


def _spec(measure: str, model: str, *, tau2: str, zero_cells: str | None) -> Spec:
    """The pooling, every choice checked as those of ``metaudit pool`` are."""
    from metaudit.pool_options import Options, check_choices

    choices = {
        "measure": measure, "variance": "LS", "zero_cells": zero_cells, "model": model, "glmm": "", "tau2": tau2,
        "q": "inverse-variance", "stopping": "exact", "ci": "wald", "level": 0.95, "tau2_ci": "q-profile", "pi": "t-k-2",
    }  # fmt: skip
    return check_choices(choices, Options())


def _check(level: float, figure: Path | None) -> None:
    from metaudit.errors import DataError

    if level and not 0 < level < 1:
        raise DataError(f"--level {level:g}: not between 0 and 1. Write 0.95 for 95 %.")
    if figure is not None:
        from metaudit.figures.output import FORMATS

        if figure.suffix.removeprefix(".") not in FORMATS:
            raise DataError(f"--figure {figure}: the name ends in none of {', '.join(f'.{f}' for f in FORMATS)}.")


def _analysed(
    table: Path, spec: Spec, stated: Mapping[str, Any], *, select: list[str], printed: int | None, level: float | None
) -> SequentialTable:
    from metaudit.cli.pool import selected
    from metaudit.sequential_table import sequential_table

    return sequential_table(table, spec, stated, select=selected(select), printed=printed, level=level)


def _draw(found: SequentialTable, target: Path, title: str) -> tuple[Path, str, str]:
    """Write the figure; its file, title and description."""
    from metaudit.figures.output import save
    from metaudit.figures.sequential import draw

    drawn = draw(found.analysis, title)
    save(drawn.figure, target, title=drawn.title, alt=drawn.alt)
    return target, drawn.title, drawn.alt


def _print(found: SequentialTable, drawn: tuple[Path, str, str] | None, *, as_json: bool) -> None:
    from metaudit.sequential_text import as_json as to_json
    from metaudit.sequential_text import lines

    if as_json:
        figure = None if drawn is None else dict(zip(("file", "title", "description"), map(str, drawn), strict=True))
        print_json(to_json(found) | {"figure": figure})
        return
    print("\n".join(lines(found)))
    if drawn is not None:
        print(f"\n{drawn[0]}\n{drawn[2]}")
