"""How far each result depends on the choices of the analyst: the searched space, read forwards, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from metaudit.audit.engine import Audited
from metaudit.files import write_rows
from metaudit.search.multiverse import CHOICES, Multiverse, multiverses

COLUMNS = (
    "analysis", "measure", "level", "results", "lowest", "highest", "p1", "p99", "vibration", "vibration_p", "janus",
    "other_sign", "significant", "reference",
)  # fmt: skip
CURVE = ("analysis", "place", "measure", "estimate", "ci_low", "ci_high", "level", "p", "significant", *CHOICES, "spec")
MEDIANS = ("analysis", "measure", "choice", "value", "number", "median")


def write_multiverse(audited: Audited, results_dir: str | Path) -> None:
    """Write ``multiverse.csv`` (a line a measure), ``curve.csv`` and ``medians.csv`` of every searched analysis.

    The curve and the medians are those of the measures that the analysis states or leaves open; the summary has them all.
    """
    found = dict(_of_analyses(audited))
    stated = {a: {s.measure for key, b in audited.bundles.items() if key[0] == a for s in b.specs} for a in found}
    out = Path(results_dir)
    write_rows(out / "multiverse.csv", COLUMNS, [_summary(a, m) for a, ms in found.items() for m in ms])
    own = [(a, m) for a, ms in found.items() for m in ms if m.measure in stated[a]]
    write_rows(out / "curve.csv", CURVE, [{"analysis": a, **row} for a, m in own for row in m.rows])
    write_rows(out / "medians.csv", MEDIANS, [{"analysis": a, **row} for a, m in own for row in m.median_rows])


def _of_analyses(audited: Audited) -> Iterator[tuple[str, tuple[Multiverse, ...]]]:
    for analysis, searched in audited.searched.items():
        spec = searched.conventional
        reference = replace(spec, pi=searched.results.specs[0].pi, i2=searched.results.specs[0].i2)
        yield analysis, multiverses(searched.results, level=spec.level, reference=reference, any_zero=searched.any_zero)


def _summary(analysis: str, m: Multiverse) -> Mapping[str, Any]:
    low, high = m.range
    v = m.vibration
    return {
        "analysis": analysis, "measure": m.measure, "level": m.level, "results": len(m.entries), "lowest": low,
        "highest": high, "p1": v.low, "p99": v.high, "vibration": v.effect, "vibration_p": v.p, "janus": v.janus,
        "other_sign": m.other_sign, "significant": m.significant, "reference": str(m.reference),
    }  # fmt: skip
