"""netmeta's, metafor's and a matrix program's results for one measure of one network, from a folder or a vendored file.

A folder has one folder per data set: ``arms.csv``, ``<unit>.contrasts.csv`` and ``<unit>.json``; ``network_vendor.py`` makes one
file a data set of it. Both give the same cases.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from metaudit.network.evidence import Evidence
from metaudit.network.from_arms import Arm, evidence_from_arms
from metaudit.network.from_contrasts import Contrast, evidence_from_contrasts

VENDORED = Path(__file__).resolve().parents[1] / "data" / "network"
COLUMNS = {"event": "events", "est": "effect", "n": "n", "time": "time", "mean": "mean", "sd": "sd", "se": "se"}
LEFT_OUT = ("rma_mv_arm", "agreement", "log")
Table = list[dict[str, str]]


@dataclass(frozen=True)
class NetworkCase:
    """One measure of one network.

    Attributes
    ----------
    unit : the data set
    name : the measure, with the outcome in front where there are several
    reference : their results
    arms, contrasts : the tables as text
    """

    unit: str
    name: str
    reference: dict[str, Any] = field(repr=False)
    arms: Table = field(repr=False)
    contrasts: Table = field(repr=False)

    @property
    def measure(self) -> str:
        """Its code."""
        return str(self.reference["meta"]["measure"])

    @cached_property
    def rows(self) -> list[Arm]:
        """The arms as the library takes them."""
        found = []
        for line, r in enumerate(self.arms, start=2):
            cells = {COLUMNS[k]: float(v) for k, v in r.items() if k in COLUMNS and v not in ("", "NA")}
            found.append(Arm(r["study"], r["treatment"], cells, line))
        return found

    @cached_property
    def evidence(self) -> Evidence:
        """The network, zero cells as netmeta has them; from the comparisons where there are no arms."""
        if self.arms:
            return evidence_from_arms(self.rows, self.measure, convention="meta")
        return self.from_contrasts

    @cached_property
    def from_contrasts(self) -> Evidence:
        """The network from its comparisons."""
        rows = [
            Contrast(r["study"], r["treat1"], r["treat2"], float(r["yi"]), float(r["sei"]) ** 2, line)
            for line, r in enumerate(self.contrasts, start=2)
        ]
        return evidence_from_contrasts(rows, self.measure)


def table(path: Path) -> Table:
    """A CSV file as text."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def cases_of_folder(folder: Path) -> Iterator[NetworkCase]:
    """Every measure of every network of a folder."""
    for path in sorted(folder.glob("*/*.json")):
        if path.stem != "printed":
            reference = json.loads(path.read_text(encoding="utf-8"))
            arms = path.with_name("arms.csv")
            contrasts = table(path.with_name(f"{path.stem}.contrasts.csv"))
            yield NetworkCase(path.parent.name, path.stem, reference, table(arms) if arms.exists() else [], contrasts)


def vendored(folder: Path = VENDORED) -> Iterator[NetworkCase]:
    """Every measure of every vendored network."""
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for name, unit in content["units"].items():
            yield NetworkCase(
                content["unit"], name, unit["reference"], rows_of(content["arms"]), rows_of(unit["contrasts"])
            )


def rows_of(columns: dict[str, list[str]]) -> Table:
    """A table from its columns."""
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def number(value: Any) -> float:
    """A number of the JSON files; null is not defined."""
    return math.nan if value is None else float(value)
