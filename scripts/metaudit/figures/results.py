"""From the files of results/<review>/ and data/reviews/<review>/ to what the figures show."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from metaudit.figures.columns import COLUMNS
from metaudit.figures.content import (
    NAN,
    Fit,
    ForestData,
    FunnelData,
    FunnelPoint,
    Study,
    SubgroupTest,
)
from metaudit.figures.funnel import LEAST_STUDIES
from metaudit.figures.printed import printed_result
from metaudit.files import read_rows
from metaudit.measures import MEASURES

Cells = Mapping[str, str]


@dataclass(frozen=True)
class AnalysisFigures:
    """The figures of one analysis; ``funnel`` is None when there are too few studies."""

    analysis: str
    forest: ForestData
    funnel: FunnelData | None


def read_analysis_figures(results_dir: str | Path, review_dir: str | Path) -> list[AnalysisFigures]:
    """Read what to draw for every analysis of a review that has studies, in alphabetical order.

    Parameters
    ----------
    results_dir : results/<review>, with effects.csv, pooled.csv and weights.csv
    review_dir : data/reviews/<review>, with review.yaml and perhaps claims.csv
    """
    results, review = Path(results_dir), Path(review_dir)
    effects = _grouped(_rows(results / "effects.csv"))
    pooled = _grouped(_rows(results / "pooled.csv"))
    weights = {(r["analysis"], r["row"]): r for r in _rows(results / "weights.csv")}
    claims = _rows(review / "claims.csv")
    analyses = YAML(typ="safe").load((review / "review.yaml").read_text(encoding="utf-8")).get("analyses") or {}
    figures = []
    for analysis, rows in sorted(effects.items()):
        if rows[0].get("measure") in MEASURES:
            described = analyses.get(analysis) or {}
            figures.append(_analysis_figures(analysis, rows, pooled.get(analysis, []), weights, described, claims))
    return figures


def _rows(path: Path) -> list[dict[str, str]]:
    return read_rows(path) if path.exists() else []


def _grouped(rows: Sequence[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(row["analysis"], []).append(row)
    return groups


def _analysis_figures(
    analysis: str,
    rows: Sequence[Cells],
    pooled: Sequence[Cells],
    weights: Mapping[tuple[str, str], Cells],
    described: Mapping[str, Any],
    claims: Sequence[Cells],
) -> AnalysisFigures:
    measure = MEASURES[rows[0]["measure"]]
    title = str(described.get("title") or analysis)
    primary = next((_fit(r) for r in pooled if r.get("role") == "primary"), None)
    estimate_yi = next((numeric(r, "estimate_yi") for r in pooled if r.get("role") == "primary"), NAN)
    labels = distinct_labels(rows)
    studies = tuple(
        _study(row, label, weights.get((analysis, row.get("row", "")), {}), measure.kind)
        for row, label in zip(rows, labels, strict=True)
    )
    forest = ForestData(
        title=title,
        measure=measure.code,
        studies=studies,
        pooled=primary,
        subgroups=tuple(_fit(r) for r in pooled if r.get("role") == "subgroup"),
        subgroup_name=str(described.get("subgroups") or ""),
        subgroup_test=_subgroup_test(pooled),
        printed=printed_result(claims, analysis, measure),
        favours=str(described.get("favours") or ""),
    )
    return AnalysisFigures(analysis, forest, _funnel(title, measure.code, rows, labels, primary, estimate_yi))


def _funnel(
    title: str, measure: str, rows: Sequence[Cells], labels: Sequence[str], fit: Fit | None, estimate_yi: float
) -> FunnelData | None:
    pairs = [(label, numeric(r, "yi"), numeric(r, "vi")) for r, label in zip(rows, labels, strict=True)]
    points = tuple(
        FunnelPoint(label, yi, math.sqrt(vi)) for label, yi, vi in pairs if math.isfinite(yi) and 0 <= vi < math.inf
    )
    if fit is None or len(points) < LEAST_STUDIES or not math.isfinite(estimate_yi):
        return None
    return FunnelData(title, measure, points, estimate_yi, level=fit.level, model=fit.model)


def numeric(row: Cells, column: str) -> float:
    """Read a cell as a number; nan when it is empty, missing or no number."""
    try:
        return float(row.get(column) or "nan")
    except ValueError:
        return NAN


def _study(row: Cells, label: str, weight: Cells, kind: str) -> Study:
    values = {c.key: numeric(row, c.key) for c in COLUMNS.get(kind, ())}
    return Study(
        label=label,
        estimate=numeric(row, "estimate"),
        ci_low=numeric(row, "ci_low"),
        ci_high=numeric(row, "ci_high"),
        weight=numeric(weight, "weight"),
        subgroup=row.get("subgroup") or "",
        certainty=row.get("certainty") or "read",
        values=values,
    )


def _fit(row: Cells) -> Fit:
    numbers = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "stat", "p", "q", "q_df", "q_p", "tau2", "i2")
    level, k = numeric(row, "level"), numeric(row, "k")
    return Fit(
        **{name: numeric(row, name) for name in numbers},
        k=int(k) if math.isfinite(k) else 0,
        subgroup=row.get("subgroup") or "",
        model=row.get("model") or "",
        tau2_method=row.get("tau2_method") or "",
        ci_method=row.get("ci_method") or "",
        level=level if 0 < level < 1 else 0.95,
    )


def _subgroup_test(pooled: Sequence[Cells]) -> SubgroupTest | None:
    for row in pooled:
        test = SubgroupTest(*(numeric(row, c) for c in ("subgroup_q", "subgroup_df", "subgroup_p")))
        if math.isfinite(test.q) and math.isfinite(test.df):
            return test
    return None


def distinct_labels(rows: Sequence[Cells]) -> list[str]:
    """Label the studies; one that occurs twice is told apart by time point, comparison, at last by its row."""
    labels = [r.get("study") or "" for r in rows]
    for column in ("timepoint", "comparison", "row"):
        counts = Counter(labels)
        twice = {label for label, count in counts.items() if count > 1}
        for label in twice:
            members = [i for i, other in enumerate(labels) if other == label]
            values = {rows[i].get(column) or "" for i in members}
            if len(values) < 2:
                continue
            for i in members:
                value = rows[i].get(column) or ""
                word = f"row {value}" if column == "row" else value
                labels[i] = f"{label}, {word}" if value else label
    return labels
