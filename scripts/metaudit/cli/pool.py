"""``metaudit pool``: one analysis of one table, with every choice that the catalogue knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metaudit.cli.output import AsJson, app, guarded, print_json, progress, say
from metaudit.cli.pool_choices import (
    Bayes,
    Ci,
    Cluster,
    CorrectedCounts,
    Design,
    Diagnostics,
    Glmm,
    I2Ci,
    Level,
    MeasureOf,
    Model,
    Mods,
    Mu,
    Permutations,
    Pi,
    QCentre,
    Quadrature,
    RdVariance,
    Robust,
    Seed,
    Select,
    SharedControl,
    SmallStudy,
    Stopping,
    Subgroups,
    SubgroupTau2,
    Table,
    Tau2,
    Tau2Ci,
    ThreeLevel,
    Variance,
    Weights,
    ZeroCells,
)
from metaudit.errors import InputError, Problem


@app.command()
def pool(
    table: Table,
    measure: MeasureOf,
    select: Select = None,
    variance: Variance = "LS",
    zero_cells: ZeroCells = None,
    shared_control: SharedControl = "keep",
    design: Design = "adjust",
    model: Model = "random",
    corrected_counts: CorrectedCounts = False,
    rd_variance: RdVariance = "sato",
    glmm: Glmm = "",
    quadrature: Quadrature = 0,
    tau2: Tau2 = "REML",
    q: QCentre = "inverse-variance",
    weights: Weights = "",
    stopping: Stopping = "exact",
    ci: Ci = "wald",
    level: Level = 0.95,
    tau2_ci: Tau2Ci = "q-profile",
    i2_ci: I2Ci = "tau2-ci",
    pi: Pi = "t-k-2",
    seed: Seed = 20260101,
    mods: Mods = "",
    subgroups: Subgroups = "",
    subgroup_tau2: SubgroupTau2 = "separate",
    cluster: Cluster = "",
    robust: Robust = "",
    three_level: ThreeLevel = False,
    permutation_test: Permutations = False,
    diagnostics: Diagnostics = "",
    small_study: SmallStudy = "",
    bayes: Bayes = None,
    mu: Mu = "",
    as_json: AsJson = False,
) -> None:
    """Pool one table; print the result and a methods paragraph with its references, or every number as JSON.

    Each choice is described, with its formula and source, by [bold]metaudit methods[/bold].

    Exit codes: 0 pooled, 2 bad input.

    Example: metaudit pool table.csv --measure RR --tau2 REML --ci hksj
    """
    from metaudit.pool_options import Options, check_choices

    choices: dict[str, Any] = {
        "measure": measure, "variance": variance, "zero_cells": zero_cells, "model": model, "glmm": glmm, "tau2": tau2, "q": q,
        "stopping": stopping, "ci": ci, "level": level, "tau2_ci": tau2_ci, "pi": pi,
    }  # fmt: skip
    options = Options(
        shared_control=shared_control, design=design, corrected_counts=corrected_counts, rd_variance=rd_variance,
        quadrature=quadrature, weights=weights, i2_ci=i2_ci, seed=seed, mods=_list(mods), subgroups=subgroups,
        subgroup_tau2=subgroup_tau2, cluster=cluster, robust=robust, three_level=three_level, permutation_test=permutation_test,
        diagnostics=_list(diagnostics), small_study=_list(small_study),
        bayes=tuple(bayes or ()), mu=mu,
    )  # fmt: skip
    spec = guarded(lambda: check_choices(choices, options))
    chosen = guarded(lambda: selected(select or []))
    guarded(lambda: _run(table, spec, options, select=chosen, as_json=as_json))


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def selected(texts: list[str]) -> dict[str, list[str]]:
    """The values to keep of each column, from ``column=value``.

    Raises
    ------
    InputError
        for a text without a column or without ``=``.
    """
    chosen: dict[str, list[str]] = {}
    for text in texts:
        column, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not column:
            message = f"{text!r} is no column=value."
            raise InputError([Problem("--select", 0, "", "select", message, "Write it as in --select outcome=pain.")])
        chosen.setdefault(column, []).append(value)
    return chosen


def _run(table: Path, spec: Any, options: Any, *, select: dict[str, list[str]], as_json: bool) -> None:
    from metaudit.methods_text import methods_paragraph
    from metaudit.one_table import as_json as to_json
    from metaudit.one_table import pool_table
    from metaudit.result_text import result_lines

    with progress(f"Pooling {table.name}", quiet=as_json):
        result = pool_table(table, spec, options, select=select)
    for remark in result.remarks:
        say(remark)
    if as_json:
        print_json(to_json(result))
        return
    paragraph = methods_paragraph(result.evaluated, result.sections)
    print("\n".join(result_lines(result.evaluated)))
    if options.robust or options.three_level:
        print("These lines ignore that effects of one cluster depend on each other; the tables below do not.")
    for section in result.sections:
        print(f"\n{section.title}")
        _print_table(section)
        for line in section.notes:
            print(line)
    print(f"\n{paragraph}")


def _print_table(section: Any) -> None:
    """One row a line, numbers to the right, no colours and no cut: it is meant to be pasted."""
    from rich.console import Console
    from rich.table import Table as Grid

    if not section.rows:
        return
    grid = Grid(box=None, pad_edge=False)
    for column in section.columns:
        number = any(isinstance(row.get(column), (int, float)) for row in section.rows)
        grid.add_column(column, justify="right" if number else "left", no_wrap=True)
    for row in section.rows:
        grid.add_row(*(_shown(row.get(c)) for c in section.columns))
    Console(width=400, highlight=False, markup=False, no_color=True).print(grid)


def _shown(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
