"""One analysis of one table, for the command line and for notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metaudit.analyses import effects_of
from metaudit.appraise import Section, dependence_sections, diagnostic_section, small_study_sections, stratified_section
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError, InputError
from metaudit.evaluate import Evaluated, Settings, evaluate_effects
from metaudit.formats.review import Analysis, shown_path
from metaudit.formats.rules import check_row
from metaudit.formats.tables import read_table
from metaudit.pool_options import DIAGNOSTICS, Options
from metaudit.pooling.proportions import arm_proportions
from metaudit.pooling.result import Pooled
from metaudit.specs import Spec


@dataclass(frozen=True)
class TableResult:
    """One evaluated analysis of one table, the rows it came from, and what was computed beside it."""

    evaluated: Evaluated
    rows: tuple[Converted, ...]
    sections: tuple[Section, ...] = ()


def pool_table(path: str | Path, spec: Spec, options: Options | None = None) -> TableResult:
    """Read a table in the columns of ``extraction.csv`` and pool it.

    Raises
    ------
    InputError
        when the table breaks its rules; every problem with its row and column.
    DataError
        when it cannot be pooled as asked.
    """
    options = options or Options()
    rows = _read(Path(path), options)
    subgroups = options.subgroups if options.subgroup_tau2 == "separate" else ""
    analysis = Analysis("table", str(path), {}, moderators=options.mods, subgroups=subgroups)
    settings = Settings(
        i2_ci=options.i2_ci, seed=options.seed, weights_column=options.weights or "printed_weight",
        corrected_counts=options.corrected_counts, rd_variance=options.rd_variance, quadrature=options.quadrature or None,
        thorough=True,
    )  # fmt: skip
    effects = effects_of(spec, rows, shared_control=options.shared_control, design=options.design)
    evaluated = evaluate_effects(spec, effects, analysis, settings=settings)
    return TableResult(evaluated, tuple(rows), tuple(_sections(evaluated, options)))


def _read(path: Path, options: Options) -> list[Converted]:
    if not path.is_file():
        raise DataError(f"{shown_path(path)}: there is no such file")
    rows, problems = read_table(path, shown_path(path), kind="extraction.csv", covariates=list(options.columns))
    problems += [p for row in rows for p in check_row(row, shown_path(path))]
    if problems:
        raise InputError(problems)
    if not rows:
        raise DataError(f"{shown_path(path)}: the table has a header and no study")
    columns = {c for r in rows for c in r.cells}
    for name in options.columns:
        if name not in columns and f"x_{name}" not in columns:
            raise DataError(
                f"{shown_path(path)}: {name!r} is no column of the table; it has {', '.join(sorted(columns))}"
            )
    return [convert(r) for r in rows]


def _sections(e: Evaluated, options: Options) -> Iterator[Section]:
    if e.spec.model == "mantel-haenszel" and e.spec.measure in ("OR", "IRR"):
        yield stratified_section(e)
    yield from dependence_sections(
        e, subgroups=options.subgroups if options.subgroup_tau2 == "common" else "", cluster=options.cluster, robust=options.robust,
        three_level=options.three_level, permutation_test=options.permutation_test, seed=options.seed,
    )  # fmt: skip
    every = "all" in options.diagnostics
    for code in DIAGNOSTICS if every else options.diagnostics:
        try:
            yield diagnostic_section(code, e, seed=options.seed)
        except DataError:
            if not every:  # what was asked for by name is owed an answer
                raise
    yield from small_study_sections(e, options.small_study)


def as_json(result: TableResult) -> dict[str, Any]:
    """The fields of the fit, the natural scale, the studies, what was left out, and what was computed beside it."""
    e = result.evaluated
    return {
        "spec": str(e.spec),
        "measure": e.spec.measure,
        "scale": e.effects.measure.scale,
        **_fit_json(e, e.fit),
        "weights": [float(w) for w in e.fit.weights],
        "coefficients": [c.__dict__ for c in e.fit.coefficients],
        "subgroups": {
            level: _fit_json(Evaluated(e.spec, part, fit), fit) for level, (part, fit) in e.subgroups.items()
        },
        "between_subgroups": e.between.__dict__ if e.between else None,
        "proportions": arm_proportions(e.effects, level=e.spec.level),
        "studies": [
            {"study": s.label, "yi": float(y), "vi": float(v), "route": r}
            for s, y, v, r in zip(e.effects.studies, e.effects.yi, e.effects.vi, e.effects.routes, strict=True)
        ],
        "not_used": [{"study": s.label, "row": s.row.line, "reason": why} for s, why in e.effects.incomplete],
        **{s.code: _section_json(s) for s in result.sections},
    }


def _section_json(s: Section) -> dict[str, Any]:
    rows: Sequence[Any] = [dict(row) for row in s.rows]
    return {"title": s.title, "rows": rows, "notes": list(s.notes)}


def _fit_json(e: Evaluated, fit: Pooled) -> dict[str, Any]:
    natural = {n: e.natural(getattr(fit, n)) for n in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")}
    return {**fit.to_row(), "natural": natural}
