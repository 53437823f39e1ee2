"""The extraction table of a review, converted: routes, exclusions, and both readings of an unlabelled ±."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri

from metaudit.analyses import ConvertedRows, analysis_rows, converted_rows, possible_measures, without_moderators
from metaudit.effects.bridge import core_routes
from metaudit.effects.compute import NEEDS, compute_effects
from metaudit.effects.convert import Converted, convert, every_route
from metaudit.effects.generic import effect_routes
from metaudit.effects.means import hedges_j, mean_difference, standardised_mean_difference
from metaudit.files import read_rows, write_rows
from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX, EXTRACTION
from metaudit.formats.review import Analysis, Review
from metaudit.formats.select import select_rows
from metaudit.formats.tables import Row
from metaudit.measures import measure_of
from metaudit.printed import parse_printed

_TEXT = ("source", "where", "certainty", "note")
EXCLUSIONS = ("analysis", "row", "study", "stage", "reason")
READINGS = (
    "analysis",
    "row",
    "study",
    "reading",
    "chosen",
    "sd_t",
    "sd_c",
    "md",
    "md_low",
    "md_high",
    "smd",
    "message",
)
CONVERSIONS = ("row", "study", "number", "route", "value", "chosen", "difference", "words")
# Standardised differences above this are hardly ever real: of two readings, the one beyond it is called implausible.
IMPLAUSIBLE_SMD = 3.0


def write_table(review: Review, out: Path) -> None:
    """Write ``extraction.csv``, ``exclusions.csv``, ``readings.csv`` and ``conversions.csv``."""
    converted = converted_rows(review.rows)
    columns = extraction_columns(review.rows, converted)
    write_rows(out / "extraction.csv", columns, [_extraction_row(c) for c in converted])
    write_rows(out / "exclusions.csv", EXCLUSIONS, exclusions(review, converted))
    write_rows(out / "readings.csv", READINGS, readings(review, converted))
    write_rows(out / "conversions.csv", CONVERSIONS, conversions(review, converted))


def conversions(review: Review, converted: Sequence[Converted]) -> list[dict[str, Any]]:
    """Every route to every converted number, the one taken marked; ``difference`` is relative to it."""
    out = []
    measures_of = _measures(review, converted)
    for study in converted:
        measures = measures_of.get(study.row.line, set())
        found = [*every_route(study), *effect_routes(study, measures), *core_routes(study, measures)]
        for number, routes, taken in found:
            for route in routes:
                away = route.value - taken.value
                share = away / abs(taken.value) if taken.value else (0.0 if away == 0 else math.nan)
                entry = (
                    study.row.line,
                    study.label,
                    number,
                    route.name,
                    route.value,
                    route is taken,
                    share,
                    route.words,
                )
                out.append(dict(zip(CONVERSIONS, entry, strict=True)))
    return out


def _measures(review: Review, converted: Sequence[Converted]) -> Mapping[int, set[str]]:
    """By line, the measures of the analyses that a row is in."""
    found: dict[int, set[str]] = {}
    for analysis in (a for a in review.analyses.values() if a.poolable):
        for study in analysis_rows(analysis, converted):
            found.setdefault(study.row.line, set()).update(possible_measures(analysis, [study]))
    return found


def extraction_columns(rows: Sequence[Row], converted: Sequence[Converted]) -> list[str]:
    """Columns of the converted table: declared ones in their order, then covariates, routes and provenance.

    Domains of the risk of bias keep the order of the review's own table, which is that of the tool that judged them.
    """
    used = {c for r in rows for c in r.cells} | {v for c in converted for v in c.routes if v in c.values}
    declared = [c.name for c in EXTRACTION if c.name in used and c.name not in _TEXT]
    covariates = sorted(c for c in used if c.startswith(COVARIATE_PREFIX))
    # Rows know only the cells that they fill: each gives a part of the order of the header.
    domains: TopologicalSorter[str] = TopologicalSorter()
    for given in ([c for c in r.cells if c.startswith(BIAS_PREFIX)] for r in rows):
        for column, before in zip(given, [[], *([c] for c in given)], strict=False):
            domains.add(column, *before)
    return ["row", *declared, *covariates, *domains.static_order(), "routes", *_TEXT]


def _extraction_row(study: Converted) -> dict[str, Any]:
    cells: dict[str, Any] = {"row": study.row.line, **study.row.cells}
    for name in study.routes:
        if name in study.values:
            cells[name] = repr(study.values[name])
    cells["routes"] = "; ".join(study.routes[k] for k in sorted(study.routes))
    return cells


def read_extraction(path: str | Path) -> ConvertedRows:
    """The converted rows, as written by ``extract``."""
    out = []
    for cells in read_rows(path):
        line, routes = int(cells.pop("row")), cells.pop("routes")
        row = Row(line, {k: v for k, v in cells.items() if v})
        _parse_numbers(row)
        study = convert(row)
        study.routes = {"": routes} if routes else {}
        out.append(study)
    return ConvertedRows(out)


def _parse_numbers(row: Row) -> None:
    for column in EXTRACTION:
        if column.kind in ("count", "number") and column.name in row.cells:
            row.numbers[column.name] = parse_printed(row.cells[column.name])


def exclusions(review: Review, converted: Sequence[Converted]) -> list[dict[str, Any]]:
    """The exclusion ledger: rows left out by the authors, and rows that lack a needed number."""
    ledger = []
    for analysis in review.analyses.values():
        if not analysis.poolable:
            continue
        _, left_out = select_rows(analysis, review.rows)
        for row in left_out:
            ledger.append((analysis.id, row.line, row.text("study"), "excluded", analysis.reason))
        rows = analysis_rows(analysis, converted)
        for study, why in _incomplete(analysis, rows):
            ledger.append((analysis.id, study.row.line, study.label, "incomplete", why))
    return [dict(zip(EXCLUSIONS, entry, strict=True)) for entry in ledger]


def _incomplete(analysis: Analysis, rows: Sequence[Converted]) -> Sequence[tuple[Converted, str]]:
    measures = possible_measures(analysis, rows)
    if not measures:
        return [(r, "the row holds no complete set of numbers for any measure") for r in rows]
    if measure_of(measures[0]).kind not in NEEDS:
        return [(r, f"measure {measures[0]} is not computed by this version") for r in rows]
    effects = compute_effects(rows, measures[0])
    return (*effects.incomplete, *without_moderators(analysis, effects.studies))


def readings(review: Review, converted: Sequence[Converted]) -> list[dict[str, Any]]:
    """Both readings of every number after an unlabelled ±."""
    out: list[dict[str, Any]] = []
    for analysis in review.analyses.values():
        if not analysis.poolable:
            continue
        for study in analysis_rows(analysis, converted):
            if study.row.text("pm_is") and not any(
                math.isnan(study.get(n)) for n in ("mean_t", "mean_c", "n_t", "n_c")
            ):
                out += _two_readings(analysis.id, study)
    return out


def _two_readings(analysis: str, study: Converted) -> list[dict[str, Any]]:
    found: dict[str, tuple[float, ...]] = {}
    for reading in ("sd", "se"):
        factor = {s: 1.0 if reading == "sd" else math.sqrt(study.get(f"n{s}")) for s in ("_t", "_c")}
        pm = {s: study.given.get(f"pm{s}", math.nan) for s in ("_t", "_c")}
        sd_t, sd_c = pm["_t"] * factor["_t"], pm["_c"] * factor["_c"]
        numbers = (study.get("mean_t"), sd_t, study.get("n_t"), study.get("mean_c"), sd_c, study.get("n_c"))
        m1, s1, n1, m2, s2, n2 = (np.array([x]) for x in numbers)
        md, v = mean_difference(m1, s1, n1, m2, s2, n2)
        g, _ = standardised_mean_difference(m1, s1, n1, m2, s2, n2)
        half = float(ndtri(0.975)) * math.sqrt(v[0])
        found[reading] = (sd_t, sd_c, float(md[0]), float(md[0] - half), float(md[0] + half), float(g[0]))
    message = _reading_message(study, found)
    chosen = study.row.text("pm_is")
    return [
        dict(zip(READINGS, (analysis, study.row.line, study.label, r, r == chosen, *found[r], message), strict=True))
        for r in ("sd", "se")
    ]


def _reading_message(study: Converted, found: dict[str, tuple[float, ...]]) -> str:
    chosen = study.row.text("pm_is")
    other = "se" if chosen == "sd" else "sd"
    words = {"sd": "standard deviation", "se": "standard error"}
    (sd_t, sd_c, *_), g_chosen, g_other = found[chosen], found[chosen][5], found[other][5]
    j = float(hedges_j(np.array(study.get("n_t") + study.get("n_c") - 2)))
    text = (
        f"The source does not label the number after ±. We read it as {words[chosen]} (SD {sd_t:.2f} and {sd_c:.2f}, "
        f"d = {g_chosen / j:.2f}); read as {words[other]} the standardised difference would be d = {g_other / j:.2f}"
    )
    if abs(g_other) > IMPLAUSIBLE_SMD >= abs(g_chosen):
        return f"{text}, which is implausible: differences beyond {IMPLAUSIBLE_SMD:g} standard deviations are hardly ever real."
    if abs(g_chosen) > IMPLAUSIBLE_SMD >= abs(g_other):
        return f"{text}; it is our own reading that is implausible, so the choice should be looked at again."
    return f"{text}; both readings are possible."
