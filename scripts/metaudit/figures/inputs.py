"""What a figure may draw from: everything the pipeline wrote about one analysis, read once."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from metaudit.figures.labels import distinct_labels
from metaudit.files import read_rows
from metaudit.formats.review import Review, read_review
from metaudit.measures import MEASURES, Measure

if TYPE_CHECKING:
    from metaudit.network.result import NetworkResult

Cells = dict[str, str]

BY_ANALYSIS = (
    "effects",
    "pooled",
    "weights",
    "proportions",
    "leave_one_out",
    "influence",
    "small_study",
    "regression",
    "multiverse",
    "curve",
    "medians",
    "gosh",
    "cumulative",
    "compatible",
    "network_summary",
    "network_treatments",
    "sequential_summary",
)
"""Result files whose rows name their analysis; each is a field of AnalysisInput."""
REFITTED = ("network", "sequential")
"""Keys of an analysis in review.yaml whose figures are drawn from a fit."""


@dataclass(frozen=True)
class AnalysisInput:
    """One analysis: its words and the rows of every result file about it, as read (text cells, empty when missing).

    A file that does not exist or does not speak of the analysis gives an empty list. ``number`` reads a cell.

    Attributes
    ----------
    review, analysis : ids
    title : of the analysis, as review.yaml words it
    measure : of the primary fit; effects.csv is computed with it
    described : the analysis's entry in review.yaml (``favours``, ``subgroups``, ``treatment`` ...)
    extraction : rows of extraction.csv that the analysis uses, in the order of effects.csv
    claims : rows of claims.csv about the analysis, as typed
    audit : claims of the analysis as audit.json judges them
    typed : the review as it was typed in, where the analysis is a network or has a sequential analysis; these are drawn from
        the fit, which no table holds whole
    """

    review: str
    analysis: str
    title: str
    measure: Measure
    described: Mapping[str, Any] = field(default_factory=dict)
    effects: list[Cells] = field(default_factory=list)
    pooled: list[Cells] = field(default_factory=list)
    weights: list[Cells] = field(default_factory=list)
    proportions: list[Cells] = field(default_factory=list)
    leave_one_out: list[Cells] = field(default_factory=list)
    influence: list[Cells] = field(default_factory=list)
    small_study: list[Cells] = field(default_factory=list)
    regression: list[Cells] = field(default_factory=list)
    multiverse: list[Cells] = field(default_factory=list)
    curve: list[Cells] = field(default_factory=list)
    medians: list[Cells] = field(default_factory=list)
    gosh: list[Cells] = field(default_factory=list)
    cumulative: list[Cells] = field(default_factory=list)
    compatible: list[Cells] = field(default_factory=list)
    network_summary: list[Cells] = field(default_factory=list)
    network_treatments: list[Cells] = field(default_factory=list)
    sequential_summary: list[Cells] = field(default_factory=list)
    extraction: list[Cells] = field(default_factory=list)
    claims: list[Cells] = field(default_factory=list)
    audit: list[dict[str, Any]] = field(default_factory=list)
    typed: Review | None = None

    @cached_property
    def primary(self) -> Cells | None:
        """The row of pooled.csv of the primary fit; None where nothing could be pooled."""
        return next((row for row in self.pooled if row.get("role") == "primary"), None)

    @cached_property
    def network(self) -> NetworkResult | None:
        """The fitted network; None where it is none, or could not be pooled."""
        from metaudit.figures.refitted import network_of

        return network_of(self)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Label of each study by its ``row``, no two alike."""
        return dict(zip((r["row"] for r in self.effects), distinct_labels(self.effects), strict=True))

    @cached_property
    def weight(self) -> dict[str, float]:
        """Weight in percent of each study by its ``row``; nan where it has none."""
        return {r["row"]: number(r, "weight") for r in self.weights}


def number(row: Mapping[str, str], column: str) -> float:
    """Read a cell as a number; nan when it is empty, missing or no number."""
    try:
        return float(row.get(column) or "nan")
    except ValueError:
        return math.nan


def study_counts(results_dir: str | Path) -> dict[str, int]:
    """Count the studies of every analysis that can be drawn, in alphabetical order.

    These are the analyses that have studies with a known measure, networks that were pooled, and those without studies whose printed
    numbers leave some tables possible.
    """
    results = Path(results_dir)
    counted = Counter(r["analysis"] for r in _rows(results / "effects.csv") if r.get("measure") in MEASURES)
    possible = {r["analysis"]: 0 for r in _rows(results / "compatible.csv") if r["analysis"] and r["events_t"]}
    networks = {r["analysis"]: int(r["k"]) for r in _rows(results / "network_summary.csv") if r["k"]}
    return dict(sorted((possible | counted | networks).items()))


def read_inputs(results_dir: str | Path, review_dir: str | Path) -> dict[str, AnalysisInput]:
    """Read everything about every drawable analysis of a review.

    Parameters
    ----------
    results_dir : results/<review>
    review_dir : data/reviews/<review>, with review.yaml and perhaps claims.csv

    Returns
    -------
    By analysis, in alphabetical order.
    """
    results, review = Path(results_dir), Path(review_dir)
    drawable = study_counts(results)
    if not drawable:
        return {}
    tables = {name: _grouped(_rows(results / f"{name}.csv")) for name in BY_ANALYSIS}
    extraction = {r["row"]: r for r in _rows(results / "extraction.csv")}
    claims = _grouped(_rows(review / "claims.csv"))
    audit = _grouped(_audit(results / "audit.json"))
    document = YAML(typ="safe").load((review / "review.yaml").read_text(encoding="utf-8"))
    analyses = {str(key): a for key, a in (document.get("analyses") or {}).items()}
    found = {}
    typed = read_review(review) if any(n in (a or {}) for a in analyses.values() for n in REFITTED) else None
    for analysis in drawable:
        described = analyses.get(analysis) or {}
        effects = tables["effects"].get(analysis, [])
        found[analysis] = AnalysisInput(
            review=review.name,
            analysis=analysis,
            title=str(described.get("title") or analysis),
            measure=MEASURES[effects[0]["measure"] if effects else _stated_measure(described)],
            described=described,
            extraction=[extraction[r["row"]] for r in effects if r["row"] in extraction],
            claims=claims.get(analysis, []),
            audit=audit.get(analysis, []),
            typed=typed if any(name in described for name in REFITTED) else None,
            **{name: rows.get(analysis, []) for name, rows in tables.items()},
        )
    return found


def _stated_measure(described: Mapping[str, Any]) -> str:
    """Measure of an analysis without studies: the stated one, or the first of those left open."""
    stated = described.get("measure") or ["GEN"]
    return str(stated if isinstance(stated, str) else stated[0])


def _rows(path: Path) -> list[Cells]:
    return read_rows(path) if path.exists() else []


def _audit(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def _grouped(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row.get("analysis") or "", []).append(row)
    return groups
