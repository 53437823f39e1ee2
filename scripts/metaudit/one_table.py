"""One analysis of one table, for the command line and for notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metaudit.analyses import effects_of
from metaudit.appraise import Section, dependence_sections, diagnostic_section, small_study_sections, stratified_section
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError, InputError, Problem
from metaudit.evaluate import Evaluated, Settings, evaluate_effects
from metaudit.formats.indexed import column_name, indexed, known_columns
from metaudit.formats.review import Analysis, shown_path
from metaudit.formats.row_rules import check_row
from metaudit.formats.tables import Row, nearest, read_table
from metaudit.measures import MEASURES
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
    remarks: tuple[str, ...] = ()


def pool_table(
    path: str | Path, spec: Spec, options: Options | None = None, *, select: Mapping[str, Sequence[str]] | None = None
) -> TableResult:
    """Read a table in the columns of ``extraction.csv`` and pool it.

    Parameters
    ----------
    path : the table
    spec, options : how it is pooled
    select : column -> the values whose rows are pooled; ``*`` among them for all

    Raises
    ------
    InputError
        when the table breaks its rules; every problem with its row and column. Also when it holds several outcomes or time
        points, and none is selected.
    DataError
        when it cannot be pooled as asked.
    """
    options = options or Options()
    rows, remarks = chosen_rows(Path(path), options, select or {})
    subgroups = options.subgroups if options.subgroup_tau2 == "separate" else ""
    analysis = Analysis("table", str(path), {}, moderators=options.mods, subgroups=subgroups)
    settings = Settings(
        i2_ci=options.i2_ci, seed=options.seed, weights_column=options.weights or "printed_weight",
        corrected_counts=options.corrected_counts, rd_variance=options.rd_variance, quadrature=options.quadrature or None,
        thorough=True,
    )  # fmt: skip
    try:
        effects = effects_of(spec, rows, shared_control=options.shared_control, design=options.design)
        evaluated = evaluate_effects(spec, effects, analysis, settings=settings)
    except DataError as error:
        ready = MEASURES[spec.measure].kind != "generic" and any(r.row.text("effect") for r in rows)
        if not ready:
            raise
        hint = "The table holds ready-made effects: --measure GEN-LOG pools ratios as logarithms, --measure GEN effects as they stand."
        raise DataError(f"{error} {hint}") from error
    return TableResult(evaluated, tuple(rows), tuple(_sections(evaluated, options)), remarks)


def chosen_rows(
    path: Path, options: Options, select: Mapping[str, Sequence[str]]
) -> tuple[list[Converted], tuple[str, ...]]:
    """The rows of a table that are pooled, converted, and remarks on them.

    Parameters
    ----------
    path : a table in the columns of ``extraction.csv``
    options : which columns are named, and whether several effects of a study may stand beside each other
    select : column -> the values whose rows are pooled; ``*`` among them for all

    Raises
    ------
    InputError
        as :func:`pool_table`.
    DataError
        when there is no such file, column or study.
    """
    if not path.is_file():
        raise DataError(f"{shown_path(path)}: {'this is a folder' if path.is_dir() else 'there is no such file'}")
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
    chosen = _chosen(rows, options, select, shown=shown_path(path))
    converted = [convert(r) for r in chosen]
    return converted, tuple(_repeated(chosen, options))


def _chosen(rows: list[Row], options: Options, select: Mapping[str, Sequence[str]], *, shown: str) -> list[Row]:
    """The rows that are pooled; refused when they are of several outcomes or time points that nobody chose among."""
    known = known_columns(rows)
    pick: dict[str, list[str]] = {}
    for name, values in select.items():
        column = column_name(name, known)
        if column not in known:
            raise InputError([Problem(shown, 0, name, "select", "the table has no such column.", nearest(name, known))])
        there = sorted({row.text(column) for row in rows})
        for value in values:
            if value not in ("*", *there):
                message = f"no row has {name} = {value!r}."
                raise InputError([Problem(shown, 0, name, "select", message, f"It holds {_values(there)}.")])
        if "*" not in values:
            pick[column] = list(values)
    chosen = [rows[i] for i in indexed(rows).places_with(pick)]
    if not chosen:
        wanted = ", ".join(f"{name}={value}" for name, values in select.items() for value in values)
        message = f"no row has all of {wanted}."
        raise InputError([Problem(shown, 0, ", ".join(select), "select", message, "Select less at once.")])
    told = {*(column_name(n, known) for n in select), *options.mods, options.subgroups}
    if options.cluster and (options.robust or options.three_level):  # the analysis takes several effects of a study
        return chosen
    problems = []
    for column in ("outcome", "timepoint"):
        there = sorted({row.text(column) for row in chosen})
        if len(there) > 1 and column not in told:
            what = "outcomes" if column == "outcome" else "time points"
            message = f"the table holds {len(there)} {what}: {_values(there)}."
            fix = f"Choose one with --select '{column}={there[-1]}', or all of them with --select '{column}=*'."
            problems.append(Problem(shown, 0, column, "several-" + what.replace(" ", ""), message, fix))
    if problems:
        raise InputError(problems)
    return chosen


def _values(values: Sequence[str]) -> str:
    more = f" and {len(values) - 10} more" if len(values) > 10 else ""
    return ", ".join(repr(v) if v else "an empty cell" for v in values[:10]) + more


def _repeated(rows: Sequence[Row], options: Options) -> Iterator[str]:
    """A remark on studies that stand in several of the rows: as comparisons they may, as copies they may not."""
    lines: dict[str, list[int]] = {}
    for row in rows:
        lines.setdefault(row.text("study"), []).append(row.line)
    several = {study: found for study, found in lines.items() if len(found) > 1}
    if not several or (options.cluster and (options.robust or options.three_level)):
        return
    named = "; ".join(f"{study} (rows {', '.join(map(str, found))})" for study, found in list(several.items())[:10])
    more = f"; and {len(several) - 10} more" if len(several) > 10 else ""
    yield (
        f"Studies in several of the {len(rows)} rows that are pooled, each row as a study of its own: {named}{more}. "
        "If they share people, see --shared-control, or --cluster study with --robust CR2 or --three-level; --select chooses rows."
    )


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
    if options.bayes:
        # Its modules take a while to load, and most analyses do without.
        from metaudit.appraise.bayesian import bayes_sections

        yield from bayes_sections(e, options.bayes, mu=options.mu)


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
        "not_used": [
            {"study": s.label, "row": s.row.line, "reason": why} for s, why in (*e.effects.incomplete, *e.without)
        ],
        **{s.code: _section_json(s) for s in result.sections},
    }


def _section_json(s: Section) -> dict[str, Any]:
    rows: Sequence[Any] = [dict(row) for row in s.rows]
    return {"title": s.title, "rows": rows, "notes": list(s.notes)}


def _fit_json(e: Evaluated, fit: Pooled) -> dict[str, Any]:
    natural = {n: e.natural(getattr(fit, n)) for n in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")}
    return {**fit.to_row(), "natural": natural}
