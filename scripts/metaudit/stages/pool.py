"""Stage 3: pool every analysis, by its primary method and by the usual others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from metaudit.analyses import analysis_rows, totals
from metaudit.appraise.fitted_line import fitted_line
from metaudit.diagnostics.leave_one_out import leave_one_out
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, Settings, evaluate, evaluate_effects
from metaudit.files import cell, write_rows
from metaudit.formats.review import Analysis, Review
from metaudit.pooling.pool import SEED
from metaudit.pooling.proportions import arm_proportions
from metaudit.specs import Spec, completions, other_transformations
from metaudit.stages.around import INFLUENCE, SMALL_STUDY, influence_rows, small_study_rows
from metaudit.stages.effects import primary_spec, read_effects
from metaudit.stages.network import TABLES as NETWORK_TABLES
from metaudit.stages.network import network_tables
from metaudit.stages.sequential import TABLES as SEQUENTIAL_TABLES
from metaudit.stages.sequential import sequential_tables
from metaudit.stages.subset_rows import CUMULATIVE, GOSH, cumulative_rows, gosh_rows
from metaudit.stages.table import read_extraction

POOLED = (
    "analysis", "fit", "role", "subgroup", "spec", "measure", "model", "tau2_method", "variance", "ci_method", "level", "k",
    "n_t", "n_c", "n", "estimate_yi", "se", "ci_low_yi", "ci_high_yi", "stat", "p", "q", "q_df", "q_p", "tau2", "tau2_low",
    "tau2_high", "se_tau2", "i2", "i2_low", "i2_high", "i2_q", "h2", "h2_low", "h2_high", "estimate", "ci_low", "ci_high",
    "pi_low", "pi_high", "subgroup_q", "subgroup_df", "subgroup_p", "at_boundary",
)  # fmt: skip
WEIGHTS = ("analysis", "row", "study", "weight", "weight_common")
PROPORTIONS = ("analysis", "arm", "method", "k", "events", "n", "proportion", "ci_low", "ci_high", "tau2", "i2")
LEAVE_ONE_OUT = ("analysis", "row", "study", "estimate", "ci_low", "ci_high", "p", "tau2", "i2", "q")
REGRESSION = (
    "analysis", "fit", "term", "coef", "se", "stat", "p", "ci_low", "ci_high", "tau2", "r2", "qm", "qm_df", "qm_p", "q", "q_df", "q_p",
    "covariance", "quantile",
)  # fmt: skip
COLUMNS = {
    "pooled": POOLED,
    "weights": WEIGHTS,
    "proportions": PROPORTIONS,
    "leave_one_out": LEAVE_ONE_OUT,
    "cumulative": CUMULATIVE,
    "gosh": GOSH,
    "regression": REGRESSION,
    "influence": INFLUENCE,
    "small_study": SMALL_STUDY,
    **NETWORK_TABLES,
    **SEQUENTIAL_TABLES,
}
"""The tables of this stage and their columns."""
_USUAL = (("common", ""), ("random", "DL"), ("random", "HE"), ("random", "ML"), ("random", "REML"), ("random", "PM"))


def write_pooled(review: Review, results_dir: str | Path, *, level: float, seed: int = SEED) -> None:
    """Read ``effects.csv`` and write ``pooled.csv`` and its companions."""
    out = Path(results_dir)
    # every number of pooled.csv is computed a second time, the costly way included
    settings = Settings(seed=seed, thorough=True)
    effects = read_effects(out / "effects.csv")
    converted = read_extraction(out / "extraction.csv")
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    for analysis in review.analyses.values():
        if analysis.id not in effects:
            continue
        found = effects[analysis.id]
        own = replace(
            settings,
            i2_ci=str(analysis.method.get("i2_ci", settings.i2_ci)),
            common_tau2=analysis.method.get("subgroup_tau2") == "common",
        )
        spec = primary_spec(analysis, analysis_rows(analysis, converted), level=level)
        try:
            primary = evaluate_effects(spec, found, analysis, settings=own)
        except DataError:  # the audit gives the reason beside the claims of the analysis
            continue
        pooled = analysis_rows(analysis, converted)
        _add(tables, analysis, primary, primary.effects, rows=pooled, settings=own)
    tables |= network_tables(review, level=level) | sequential_tables(review, level=level)
    for name, rows in tables.items():
        write_rows(out / f"{name}.csv", COLUMNS[name], rows)


def _add(
    tables: dict[str, list[dict[str, Any]]],
    analysis: Analysis,
    primary: Evaluated,
    effects: Effects,
    *,
    rows: Sequence[Converted],
    settings: Settings,
) -> None:
    tables["pooled"].append(pooled_row(analysis.id, primary, role="primary"))
    for level, (part, fit) in primary.subgroups.items():
        group = replace(primary, effects=part, fit=fit, subgroups={}, between=None)
        tables["pooled"].append(pooled_row(analysis.id, group, role="subgroup", subgroup=level))
    for other in _alternatives(primary, analysis, effects, settings=settings):
        tables["pooled"].append(pooled_row(analysis.id, other, role="alternative"))
    for other in _transformed(primary, analysis, rows, settings=settings):
        row = pooled_row(analysis.id, other, role="alternative")
        tables["pooled"].append({**row, "fit": f"{other.spec.measure}-{row['fit']}"})
    common = 100 * (1 / effects.vi) / (1 / effects.vi).sum()
    for study, weight, fixed in zip(effects.studies, primary.fit.weights, common, strict=True):
        tables["weights"].append(
            dict(zip(WEIGHTS, (analysis.id, study.row.line, study.label, weight, fixed), strict=True))
        )
    for p in arm_proportions(effects, level=primary.spec.level):
        tables["proportions"].append({"analysis": analysis.id, **p})
    if not analysis.moderators:
        tables["leave_one_out"] += leave_one_out_rows(analysis, primary, effects)
    tables["cumulative"] += cumulative_rows(analysis, primary, effects, settings=settings)
    tables["gosh"] += gosh_rows(analysis, primary, effects, seed=settings.seed)
    tables["regression"] += regression_rows(analysis.id, primary)
    tables["influence"] += influence_rows(analysis.id, primary)
    tables["small_study"] += small_study_rows(analysis.id, primary)


def _alternatives(primary: Evaluated, analysis: Analysis, effects: Effects, *, settings: Settings) -> list[Evaluated]:
    """The usual other models on the same effects; for one study there is nothing to choose."""
    if effects.k == 1:
        return []
    base = primary.spec
    specs = [replace(base, model=m, tau2=t or base.tau2, ci="wald") for m, t in _USUAL]
    if base.has_tau2:
        specs.append(replace(base, ci="hksj"))
    counts = [
        s
        for s in completions((base.measure,), {"model": "common", "ci": "wald"}, any_zero=False)
        if s.model != "common"
    ]
    specs += [replace(base, model=s.model, ci="wald") for s in counts]
    out = []
    for spec in dict.fromkeys(specs):
        if spec.fit_key == base.fit_key:
            continue
        try:
            out.append(evaluate_effects(spec, effects, replace(analysis, subgroups=""), settings=settings))
        except DataError:  # not defined for these counts (no event in one arm of any study)
            continue
    return out


def _transformed(
    primary: Evaluated, analysis: Analysis, rows: Sequence[Converted], *, settings: Settings
) -> list[Evaluated]:
    """Proportions of single groups by the other transformations, common and random effects, and by the mixed model of their counts."""
    base = primary.spec
    if primary.effects.measure.kind != "proportion" or primary.effects.k == 1 or primary.mods:
        return []
    out = []
    for spec in other_transformations(base, analysis.method):
        try:
            out.append(evaluate(spec, rows, replace(analysis, subgroups=""), settings=settings))
        except DataError:  # not defined for these counts
            continue
    return out


def pooled_row(analysis: str, e: Evaluated, *, role: str, subgroup: str = "") -> dict[str, Any]:
    """One fit as a row of ``pooled.csv``."""
    f, spec = e.fit, e.spec
    people = totals(e.effects.studies)
    row: dict[str, Any] = {
        name: getattr(f, name)
        for name in POOLED
        if hasattr(f, name) and name not in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    }
    row |= {
        "analysis": analysis,
        "fit": fit_name(spec),
        "role": role,
        "subgroup": subgroup,
        "spec": str(spec),
        "measure": spec.measure,
        "variance": spec.variance,
    }
    row |= {f"{n}_yi": getattr(f, n) for n in ("estimate", "ci_low", "ci_high")}
    row |= {n: e.natural(getattr(f, n)) for n in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")}
    row |= {n: int(people[n]) for n in ("n_t", "n_c", "n") if n in e.effects.cells and people[n] == people[n]}
    if e.between and role == "primary":
        row |= {"subgroup_q": e.between.q, "subgroup_df": e.between.df, "subgroup_p": e.between.p}
    return row


def leave_one_out_rows(analysis: Analysis, primary: Evaluated, effects: Effects) -> list[dict[str, Any]]:
    """The primary fit without each study, on the natural scale."""
    plain, spec = replace(analysis, subgroups=""), replace(primary.spec, pi="t-k-2")  # it is not shown
    out = []
    for w in leave_one_out(effects, lambda rest: evaluate_effects(spec, rest, plain).fit):
        limits = [primary.natural(x, w.rest) for x in (w.fit.estimate, w.fit.ci_low, w.fit.ci_high)]
        values = (analysis.id, w.study.row.line, w.study.label, *limits, w.fit.p, w.fit.tau2, w.fit.i2, w.fit.q)
        out.append(dict(zip(LEAVE_ONE_OUT, values, strict=True)))
    return out


def fit_name(spec: Spec) -> str:
    """Short name of a fit, unique within an analysis."""
    name = f"{spec.model}-{spec.tau2}" if spec.has_tau2 else spec.model
    return name if spec.ci == "wald" else f"{name}-{spec.ci}"


def regression_rows(analysis: str, e: Evaluated) -> list[dict[str, Any]]:
    """The coefficients of a meta-regression, each with its row of their covariance."""
    f, line = e.fit, fitted_line(e)
    rows: list[Any] = ["; ".join(map(cell, r)) for r in line.covariance] if line else [None] * len(f.coefficients)
    shared = {n: getattr(f, n) for n in ("tau2", "r2", "qm", "qm_df", "qm_p", "q", "q_df", "q_p")}
    return [
        {"analysis": analysis, "fit": fit_name(e.spec), "term": c.term, "coef": c.estimate, "se": c.se, "stat": c.stat, "p": c.p,
         "ci_low": c.ci_low, "ci_high": c.ci_high, "covariance": row, "quantile": line.quantile if line else None, **shared}
        for c, row in zip(f.coefficients, rows, strict=True)
    ]  # fmt: skip
