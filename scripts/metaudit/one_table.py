"""One analysis of one table, for the command line and for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError, InputError
from metaudit.evaluate import Evaluated, evaluate
from metaudit.formats.review import Analysis, shown_path
from metaudit.formats.tables import read_table
from metaudit.measures import MEASURES
from metaudit.pooling.proportions import arm_proportions
from metaudit.pooling.result import Pooled
from metaudit.specs import Spec


@dataclass(frozen=True)
class TableResult:
    """One evaluated analysis of one table, and the rows that could not be used."""

    evaluated: Evaluated
    rows: tuple[Converted, ...]


def pool_table(path: str | Path, spec: Spec, *, mods: Sequence[str] = (), subgroups: str = "") -> TableResult:
    """Read a table in the columns of ``extraction.csv`` and pool it.

    Raises
    ------
    InputError
        when the table breaks its rules; every problem with its row and column.
    DataError
        when it cannot be pooled as asked.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{shown_path(path)}: there is no such file")
    if spec.measure not in MEASURES:
        raise DataError(f"measure {spec.measure!r} is not known; known: {', '.join(MEASURES)}")
    named = [*mods, *([subgroups] if subgroups else [])]
    rows, problems = read_table(path, shown_path(path), kind="extraction.csv", covariates=named)
    if problems:
        raise InputError(problems)
    columns = {c for r in rows for c in r.cells}
    for name in named:
        if name not in columns and f"x_{name}" not in columns:
            raise DataError(
                f"{shown_path(path)}: {name!r} is no column of the table; it has {', '.join(sorted(columns))}"
            )
    analysis = Analysis("table", str(path), {}, moderators=tuple(mods), subgroups=subgroups)
    converted = [convert(r) for r in rows]
    return TableResult(evaluate(spec, converted, analysis), tuple(converted))


def as_json(result: TableResult) -> dict[str, Any]:
    """The fields of the fit, the natural scale, the studies, and what was left out."""
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
    }


def _fit_json(e: Evaluated, fit: Pooled) -> dict[str, Any]:
    natural = {n: e.natural(getattr(fit, n)) for n in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")}
    return {**fit.to_row(), "natural": natural}
