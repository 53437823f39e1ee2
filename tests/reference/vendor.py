"""Turn a folder of metafor results into the JSON files of tests/data/reference.

    PYTHONPATH=tests python tests/reference/vendor.py FOLDER

FOLDER holds one folder per data set: ``<unit>.csv`` (the table), ``<unit>.<MEASURE>.json`` (what metafor returns, at 17
digits) and ``<unit>.glmm.json`` (rma.glmm). One file a data set comes out, with the same fields, so that a case of either
is compared by the same code; what no area compares is left out, and metafor's messages are reduced to facts in our words.
"""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

from harness import Case, cases_of_unit, cell
from messages import facts

HERE = Path(__file__).resolve().parents[1] / "data" / "reference"
UNITS = (
    "bcg",  # counts, no zeros, meta-regression with a factor and a calendar year
    "dorn2007",  # counts, subgroups
    "nielweise2007",  # counts with single and double zeros, selection models
    "dogliotti2014_aspirin",  # counts, k = 5: permutation; a GLMM that metafor does not fit
    "hasselblad1998_grp_counseling",  # counts, k = 2
    "collins1985b_pre",  # counts, k = 9: permutation beside meta-regression; all GLMM
    "frank2008",  # counts, OR only, k = 4: all GLMM
    "curtis1998",  # means, k = 102, clusters, two local maxima
    "normand1999",  # means, k = 9
    "dagostino1998_rnic1",  # means, some of one sign only
    "hart1999",  # rates, k = 6
    "nielweise2008",  # rates with zeros
    "obrien2003",  # proportions, clusters
    "debruin2009",  # proportions, factors as moderators
    "cohen1981",  # correlations, selection models
    "raudenbush1985",  # ready-made effects, meta-regression with factors
    "berkey1998_pd",  # ready-made effects, k = 5
    "pignon2000",  # ready-made effects, subgroups
    "begg1989",  # ready-made effects, clusters: robust, three-level
    "konstantopoulos2011",  # ready-made effects, clusters: robust, three-level, meta-regression
)
MEASURES = "RR OR RD PETO AS MD SMD SMDH ROM IRR IRD PR PLN PLO PAS PFT COR ZCOR GEN".split()
GLMM = {"OR": ("UM.FS", "CM.EL", "CM.AL"), "IRR": ("UM.FS", "CM.EL"), "PLO": ("UM.FS",)}
LEFT_OUT = {"seconds", "EE_equals_FE"}
VERSIONS = {"metafor", "metadat", "R", "package", "dataset", "family", "table", "note", "rows", "moderators"}


def compact(folder: Path, unit: str) -> dict[str, Any]:
    """Everything the tests compare, for one data set."""
    found = [c for c in cases_of_unit(folder, unit) if c.measure in MEASURES]
    meta = found[0].reference["meta"]
    source = {
        "software": f"metafor {meta['metafor']}, R {meta['R']}",
        "data": f"{meta['package']} {meta.get('metadat', '')}: {meta['dataset']}",
        "calls": "escalc (add 0.5, to only0), rma.uni (threshold 1e-13), confint, rma.mh, rma.peto, rma.glmm, rma.mv, "
        "leave1out, cumul, influence, regtest, ranktest, trimfill, fsn, selmodel, permutest, robust",
        "date": "2026-11-22",
        "made_by": "tests/reference/vendor.py",
    }
    return {
        "unit": unit,
        "source": source,
        "table": _table(found),
        "measures": {c.measure: _measure(c.reference) for c in found},
        "glmm": {c.measure: {name: _model(m) for name, m in c.glmm.items()} for c in found if c.glmm},
    }


def _table(found: list[Case]) -> dict[str, list[str]]:
    """Columns of numbers, and those that group the studies; names of studies are not needed."""
    rows = found[0].rows
    groups = {(c.reference.get("subgroup") or {}).get("variable") for c in found} | {"cluster"}
    for formula in found[0].reference["meta"].get("moderators") or []:
        groups |= set(re.findall(r"\w+", formula))
    out = {}
    for name in rows[0]:
        cells = [r[name] for r in rows]
        if name in groups:
            out[name] = cells
        elif all(_numeric(text) for text in cells):
            out[name] = ["NA" if (n := cell(text)) is None else repr(n) for text in cells]
    return out


def _numeric(text: str) -> bool:
    try:
        return math.isfinite(cell(text) or 0.0)
    except ValueError:
        return False


def _measure(reference: dict[str, Any]) -> dict[str, Any]:
    out = {k: v for k, v in reference.items() if k not in LEFT_OUT}
    out["meta"] = {k: v for k, v in reference["meta"].items() if k not in VERSIONS}
    out["log"] = [
        {"where": e["where"], "kind": e["kind"], "message": fact}
        for e in reference["log"]
        for fact in facts(e["message"])
    ]
    return out


def _model(model: dict[str, Any]) -> dict[str, Any]:
    said = [model["error"]] if isinstance(model.get("error"), str) else []
    out = {k: v for k, v in model.items() if k not in ("seconds", "warnings", "error")}
    out["warnings"] = [fact for message in model.get("warnings") or [] for fact in facts(message)]
    return {**out, "error": (facts(said[0]) or ["failed"])[0]} if said else out


def _lines(value: Any, depth: int) -> str:
    """JSON with one line per item of the outer levels, so that a change shows in a diff."""
    if depth == 0 or not isinstance(value, dict) or not value:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    return "{\n" + ",\n".join(f"{json.dumps(k)}: {_lines(v, depth - 1)}" for k, v in value.items()) + "\n}"


def content_of(path: Path) -> dict[str, Any]:
    """A vendored file as it is."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def main(folder: Path) -> None:
    """Write tests/data/reference afresh."""
    for old in HERE.glob("*.json"):
        old.unlink()
    for unit in UNITS:
        (HERE / f"{unit}.json").write_text(_lines(compact(folder, unit), 5) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
