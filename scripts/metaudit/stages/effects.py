"""Stage 2: effect sizes of every analysis, by the stated method or the conventional one where it is silent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from metaudit.analyses import analysis_rows, effects_of, possible_measures
from metaudit.effects.compute import NEEDS, Effects
from metaudit.effects.convert import Converted
from metaudit.effects.formulas import back_double_arcsine
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.files import read_rows, write_rows
from metaudit.formats.indexed import column_name, known_columns
from metaudit.formats.review import Analysis, Review
from metaudit.formats.tables import Row
from metaudit.measures import Measure, measure_of
from metaudit.pooling.intervals import quantile
from metaudit.specs import Spec, conventional
from metaudit.stages.table import read_extraction

_CELLS = (
    "events_t", "n_t", "events_c", "n_c", "time_t", "time_c", "mean_t", "sd_t", "mean_c", "sd_c",
    "events", "n", "mean", "sd", "r",
)  # fmt: skip
_RARE_CELLS = ("n_pairs", "r_pre_post", "sd_change")  # of paired data; columns only where a study has them
_PEOPLE = ("n_t", "n_c", "n", "events_t", "events_c", "events", "time_t", "time_c", "n_pairs")
_HEAD = (
    "analysis",
    "row",
    "study",
    "year",
    "timepoint",
    "comparison",
    "subgroup",
    "measure",
    "yi",
    "vi",
    "estimate",
    "ci_low",
    "ci_high",
    "route",
)
_TAIL = ("certainty", "source", "where")


def primary_spec(analysis: Analysis, rows: Sequence[Converted], *, level: float) -> Spec:
    """The stated method with conventional values for what is left open.

    Raises
    ------
    DataError
        when no measure fits the rows, or a stated choice is not computed by this version.
    """
    measures = possible_measures(analysis, rows)
    if not measures:
        raise DataError("no measure is stated and no row holds a complete set of numbers")
    return conventional(measures, analysis.method, level=level)


def write_effects(review: Review, results_dir: str | Path, *, level: float) -> None:
    """Read ``extraction.csv`` and write ``effects.csv``."""
    out = Path(results_dir)
    converted = read_extraction(out / "extraction.csv")
    covariates = sorted(c for c in known_columns([s.row for s in converted]) if c.startswith("x_"))
    table: list[dict[str, Any]] = []
    for analysis in review.analyses.values():
        if not analysis.poolable:
            continue
        rows = analysis_rows(analysis, converted)
        try:
            spec = primary_spec(analysis, rows, level=level)
            effects = effects_of(spec, rows)
        except DataError:  # the audit gives the reason beside the claims of the analysis
            continue
        table += effect_rows(analysis, effects, spec)
    rare = [c for c in (*_RARE_CELLS, "design_effect", "printed_weight") if any(row.get(c) for row in table)]
    write_rows(out / "effects.csv", [*_HEAD, *_CELLS, *rare, *covariates, *_TAIL], table)


def natural_scale(measure: Measure, x: Floats, n: Floats | None) -> Floats:
    """Analysis scale to natural scale, study by study (the double arcsine needs each study's n)."""
    if measure.code == "PFT" and n is not None:
        return np.asarray(back_double_arcsine(x, n))
    return np.array([measure.to_natural(float(v)) for v in x])


def effect_rows(analysis: Analysis, effects: Effects, spec: Spec) -> list[dict[str, Any]]:
    """One row a study; numbers that later stages compute with are written in full."""
    z = quantile(spec.level, None)
    half = z * np.sqrt(effects.vi)
    n = effects.cells.get("n")
    scales = [natural_scale(effects.measure, x, n) for x in (effects.yi, effects.yi - half, effects.yi + half)]
    known = known_columns([s.row for s in effects.studies])
    group = column_name(analysis.subgroups, known) if analysis.subgroups else ""
    out = []
    for i, study in enumerate(effects.studies):
        row: dict[str, Any] = {
            "analysis": analysis.id, "row": study.row.line, "study": study.label, "measure": effects.measure.code,
            "yi": repr(float(effects.yi[i])), "vi": repr(float(effects.vi[i])), "estimate": scales[0][i],
            "ci_low": scales[1][i], "ci_high": scales[2][i], "route": effects.routes[i],
            "subgroup": study.row.text(group) or "(not reported)" if group else "",
        }  # fmt: skip
        row |= {c: study.row.text(c) for c in ("year", "timepoint", "comparison", *_TAIL)}
        row |= {c: study.row.text(c) for c in ("printed_weight",) if study.row.text(c)}
        row |= {c: v for c, v in study.row.cells.items() if c.startswith("x_")}
        numbers = {c: study.get(c) for c in (*_CELLS, *_RARE_CELLS)}
        numbers |= {c: float(x[i]) for c, x in effects.cells.items() if math.isnan(numbers.get(c, 0.0))}
        effect = _design_effect(effects, i)
        row |= {"design_effect": repr(effect)} if effect != 1 else {}
        row |= {c: repr(x) if not x.is_integer() else str(int(x)) for c, x in numbers.items() if not math.isnan(x)}
        out.append(row)
    return out


def _design_effect(effects: Effects, i: int) -> float:
    """By how much a cluster trial's numbers of people were divided; 1 for any other trial."""
    for name in _PEOPLE:
        reported = effects.studies[i].get(name)
        if name in effects.cells and reported > 0 and effects.cells[name][i] > 0:
            return reported / float(effects.cells[name][i])
    return 1.0


def read_effects(path: str | Path) -> dict[str, Effects]:
    """Effects by analysis, as written by ``write_effects``."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in read_rows(path):
        grouped.setdefault(row["analysis"], []).append(row)
    return {analysis: _effects(rows) for analysis, rows in grouped.items()}


def _effects(rows: list[dict[str, str]]) -> Effects:
    measure = measure_of(rows[0]["measure"])
    studies = []
    for row in rows:
        study = Converted(Row(int(row["row"]), {k: v for k, v in row.items() if v}))
        study.values = {c: float(row[c]) for c in (*_CELLS, *_RARE_CELLS) if row.get(c)}
        studies.append(study)
    divided = np.array([float(r.get("design_effect") or 1) for r in rows])
    cells = {n: np.array([s.get(n) for s in studies]) / (divided if n in _PEOPLE else 1.0) for n in NEEDS[measure.kind]}
    yi, vi = (np.array([float(r[c]) for r in rows]) for c in ("yi", "vi"))
    return Effects(measure, tuple(studies), yi, vi, cells, tuple(r["route"] for r in rows))
