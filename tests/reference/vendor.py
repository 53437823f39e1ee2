"""Turn a folder of metafor results into the small JSON files of tests/data/reference.

    python tests/reference/vendor.py FOLDER

FOLDER holds one folder per data set: ``<unit>.csv`` (the table) and ``<unit>.<MEASURE>.json`` (what escalc, rma, rma.mh
and rma.peto return, at 17 digits). Only the numbers that the tests compare are kept, under metaudit's column names.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1] / "data" / "reference"
UNITS = (
    "bcg",  # counts, no zeros, meta-regression
    "dorn2007",  # counts, subgroups
    "nielweise2007",  # counts with single and double zeros
    "dogliotti2014_aspirin",  # counts, k = 5
    "curtis1998",  # means, k = 102
    "normand1999",  # means, k = 9
    "dagostino1998_rnic1",  # means, some of one sign only
    "hart1999",  # rates, k = 6
    "nielweise2008",  # rates with zeros
    "obrien2003",  # proportions
    "debruin2009",  # proportions, factors as moderators
    "cohen1981",  # correlations
    "raudenbush1985",  # ready-made effects, meta-regression with factors
    "berkey1998_pd",  # ready-made effects, k = 5
    "pignon2000",  # ready-made effects, subgroups
)
COLUMNS = {
    "ai": "events_t", "ci": "events_c", "n1i": "n_t", "n2i": "n_c", "m1i": "mean_t", "sd1i": "sd_t", "m2i": "mean_c",
    "sd2i": "sd_c", "x1i": "events_t", "t1i": "time_t", "x2i": "events_c", "t2i": "time_c", "xi": "events", "ni": "n",
    "ri": "r", "yi": "effect", "vi": "variance",
}  # fmt: skip
MEASURES = ("RR OR RD PETO AS MD SMD SMDH ROM IRR IRD PR PLN PLO PAS PFT COR ZCOR GEN").split()
METHODS = ("FE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM")
VARIANTS = {
    "drop00": {"zero_cells": "0.5@only-zero+drop"}, "to_all": {"zero_cells": "0.5@all"},
    "to_if0all": {"zero_cells": "0.5@if-any-zero"}, "to_none": {"zero_cells": "none"},
    "vtype_LS2": {"variance": "LS2"}, "vtype_UB": {"variance": "UB"}, "vtype_HO": {"variance": "HO"},
    "vtype_AV": {"variance": "AV"},
}  # fmt: skip
FIT = (
    "beta",
    "se",
    "zval",
    "pval",
    "ci_lb",
    "ci_ub",
    "tau2",
    "I2",
    "H2",
    "QE",
    "QEp",
    "pi_lb",
    "pi_ub",
    "pi_riley_lb",
    "pi_riley_ub",
)
TEST = ("se", "zval", "pval", "ci_lb", "ci_ub")
REGRESSION = ("beta", "se", "zval", "pval", "ci_lb", "ci_ub", "tau2", "I2", "H2", "QE", "QEp", "QM", "QMp", "R2")


def _some(fields: dict[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any]:
    return {n: fields[n] for n in names if fields.get(n) is not None} if fields else {}


def _table(path: Path, columns: list[str]) -> dict[str, list[float | None]]:
    """The analysis table under metaudit's names; n from a + b where only the cells are given."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    out = {COLUMNS[c]: [_number(r[c]) for r in rows] for c in columns if c in COLUMNS}
    for events, other, n in (("ai", "bi", "n_t"), ("ci", "di", "n_c")):
        if other in columns:
            out[n] = [a + b for a, b in ((_number(r[events]), _number(r[other])) for r in rows)]  # type: ignore[operator]
    if "xi" in columns and "mi" in columns and "ni" not in columns:
        out["n"] = [_number(r["xi"]) + _number(r["mi"]) for r in rows]  # type: ignore[operator]
    return out


def _number(text: str) -> float | None:
    if text in ("", "NA", "NaN"):
        return None
    value = float(text)
    return int(value) if value.is_integer() else value


def _groups(path: Path, variable: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as handle:
        return [r[variable] for r in csv.DictReader(handle)]


def _measure(found: dict[str, Any], table: Path) -> dict[str, Any]:
    meta = found["meta"]
    out: dict[str, Any] = {"used": found["used_rows"], "escalc": _some(found["escalc"], ("yi", "vi"))}
    variants = {k: _some(v, ("yi", "vi")) for k, v in found.get("escalc_variants", {}).items() if k in VARIANTS and v}
    if variants and meta["measure"] != "AS":
        out["variants"] = variants
    out["rma"] = {
        m: _fits(found["rma"][m]) for m in METHODS if found["rma"].get(m, {}).get("z", {}).get("beta") is not None
    }
    qp = {m: found["confint"][m]["QP"] for m in METHODS if found.get("confint", {}).get(m, {}).get("QP")}
    out["q_profile"] = {m: _some(v, ("tau2", "I2")) for m, v in qp.items()}
    if "glmm" in found:
        out["glmm"] = _some(found["glmm"], ("model", "beta", "se", "tau2", "ll"))
    for name in ("mh", "peto"):
        if found.get(name, {}).get("beta") is not None:
            out[name] = _some(found[name], ("beta", "se", "zval", "pval", "ci_lb", "ci_ub", "QE", "QEp", "I2", "H2"))
    if found.get("subgroup"):
        sub = found["subgroup"]
        fits = {
            m: {"separate": sub[m].get("separate"), "between": sub[m].get("Q_between_separate")}
            for m in ("FE", "DL", "REML")
            if m in sub
        }
        out["subgroup"] = {"groups": _groups(table, sub["variable"]), **fits}
    out["metareg"] = {formula: _regression(fit) for formula, fit in found.get("metareg", {}).items() if "X" in fit}
    return {k: v for k, v in out.items() if v}


def _fits(fit: dict[str, Any]) -> dict[str, Any]:
    return {"z": _some(fit["z"], FIT), **{t: _some(fit[t], TEST) for t in ("knha", "adhoc") if fit.get(t)}}


def _regression(fit: dict[str, Any]) -> dict[str, Any]:
    fits = {
        m: {
            "z": _some(fit[m]["z"], REGRESSION),
            **({"knha": _some(fit[m]["knha"], (*TEST, "QM", "QMp"))} if fit[m].get("knha") else {}),
        }
        for m in METHODS
        if m in fit and fit[m].get("z", {}).get("beta") is not None
    }
    return {"used": fit["used_rows"], "X": fit["X"], "X_names": fit["X_names"], "fits": fits}


def compact(folder: Path, unit: str) -> dict[str, Any]:
    """Everything the tests compare, for one data set."""
    files = {
        p.name.split(".")[-2]: p for p in sorted(folder.glob(f"*/{unit}.*.json")) if not p.name.endswith(".glmm.json")
    }
    found = {m: json.loads(files[m].read_text(encoding="utf-8")) for m in MEASURES if m in files}
    if not found:
        return {}
    table = files[next(iter(found))].parent / f"{unit}.csv"
    meta = next(iter(found.values()))["meta"]
    source = {
        "software": f"metafor {meta['metafor']}, R {meta['R']}",
        "data": f"{meta['package']} {meta.get('metadat', '')}: {meta['dataset']}",
        "calls": "escalc (add 0.5, to only0), rma.uni (threshold 1e-13), confint, rma.mh, rma.peto, rma.glmm",
        "date": "2026-11-22",
        "made_by": "tests/reference/vendor.py",
    }
    models = table.with_name(f"{unit}.glmm.json")
    glmm = json.loads(models.read_text(encoding="utf-8"))["models"] if models.is_file() else {}
    for code, model in (("IRR", "CM.EL"), ("PLO", "UM.FS")):
        if code in found and model in glmm:
            found[code]["glmm"] = glmm[model]
    return {
        "unit": unit,
        "source": source,
        "kind": meta["kind"],
        "table": _table(table, meta["columns"]),
        "measures": {m: _measure(f, table) for m, f in found.items()},
    }


def units_in(folder: Path) -> list[str]:
    """The data sets of a folder."""
    return sorted({p.name.split(".")[0] for p in folder.glob("*/*.json") if not p.name.endswith(".glmm.json")})


def _lines(value: Any, depth: int) -> str:
    """JSON with one line per item of the outer levels, so that a change shows in a diff."""
    if depth == 0 or not isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    return "{\n" + ",\n".join(f"{json.dumps(k)}: {_lines(v, depth - 1)}" for k, v in value.items()) + "\n}"


def main(folder: Path) -> None:
    """Write tests/data/reference afresh."""
    HERE.mkdir(parents=True, exist_ok=True)
    for unit in UNITS:
        content = compact(folder, unit)
        for name, numbers in content["table"].items():
            assert all(n is None or math.isfinite(n) for n in numbers), name
        (HERE / f"{unit}.json").write_text(_lines(content, 5) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
