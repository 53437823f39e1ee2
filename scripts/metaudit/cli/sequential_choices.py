"""The choices that ``metaudit sequential`` offers, each with its help and with what a shell may complete."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from metaudit.cli import complete

SIZE, TEST, DATA, OUT = "The required information size", "The looks", "How it is pooled", "What is written"
FAMILIES = ("obrien-fleming", "pocock", "hwang-shih-decani(-4)", "rho(3)")


def _option(panel: str, help_text: str, *, default: str = "", values: tuple[str, ...] = ()) -> Any:
    offered = complete.of(*values) if values else None
    return typer.Option(help=help_text, rich_help_panel=panel, show_default=default or False, autocompletion=offered)


Trials = Annotated[
    Path,
    typer.Argument(
        help="CSV with one trial a row, in the columns of metaudit pool, and year; every trial says n_t and n_c",
        show_default=False,
    ),
]
Effect = Annotated[
    str,
    _option(
        SIZE,
        "smallest relevant effect on its natural scale: 0.8 (RR, OR), -5% (RD), 3 (MD)",
        default="0.8 of RR and OR",
    ),
]
Reduction = Annotated[str, _option(SIZE, "the same as a relative reduction (RR, OR): 20%")]
ControlRisk = Annotated[
    str, _option(SIZE, "risk in the control groups: 12% or 0.12", default="that of all trials together")
]
Sd = Annotated[str, _option(SIZE, "standard deviation of the outcome (MD)", default="pooled over all trials")]
Variance = Annotated[
    str,
    _option(
        SIZE,
        "of a risk: pooled (at the mean of both risks) or unpooled",
        default="pooled",
        values=("pooled", "unpooled"),
    ),
]
Heterogeneity = Annotated[
    str,
    _option(
        SIZE,
        "what the size is adjusted by: D2 or I2 (of the trials), none, or a number, such as 60% (a D2) or I2=60%",
        default="D2",
        values=("D2", "I2", "none"),
    ),
]
Required = Annotated[str, _option(SIZE, "the required size itself, as it is given: 4500")]
PrintedSize = Annotated[
    str,
    _option(SIZE, "a required size in print: lists which of the choices that are not stated give it, to 1 participant"),
]
Alpha = Annotated[str, _option(TEST, "type I error, two-sided: 5% or 0.05", default="0.05")]
Power = Annotated[str, _option(TEST, "1 - beta: 80% or 0.8", default="0.8")]
AlphaSpending = Annotated[
    str,
    _option(
        TEST,
        "how alpha is spent over the looks: obrien-fleming or pocock (types of Lan and DeMets), hwang-shih-decani(gamma), rho(power)",
        default=FAMILIES[0],
        values=FAMILIES,
    ),
]
Futility = Annotated[
    str,
    _option(TEST, "boundary of futility: none or non-binding", default="none", values=("none", "non-binding")),
]
BetaSpending = Annotated[
    str,
    _option(TEST, "with --futility: how beta is spent, written as --spending", default=FAMILIES[0], values=FAMILIES),
]
Convention = Annotated[
    str,
    _option(
        TEST,
        "which looks there are: tsa (the TSA program: after each trial) or rtsa (the R package RTSA: looks that add 1 % or more, "
        "of a size that grows by what looking costs)",
        default="tsa",
        values=("tsa", "rtsa"),
    ),
]
Model = Annotated[
    str,
    typer.Option(
        rich_help_panel=DATA,
        help="random, common, mantel-haenszel or peto",
        autocompletion=complete.of("random", "common", "mantel-haenszel", "peto"),
    ),
]
Tau2 = Annotated[
    str,
    typer.Option(
        rich_help_panel=DATA,
        help="estimator of the between-study variance, of the random model and of D2",
        autocompletion=complete.catalogue("tau2"),
    ),
]
Level = Annotated[float, typer.Option(rich_help_panel=DATA, help="level of the intervals", show_default="1 - alpha")]
Figure = Annotated[
    Path | None,
    typer.Option(rich_help_panel=OUT, help="file for the figure: .svg, .pdf or .png", show_default=False),
]
Title = Annotated[str, typer.Option(rich_help_panel=OUT, help="title of the figure", show_default="the table's name")]
