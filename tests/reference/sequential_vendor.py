"""Make tests/data/sequential of a folder of sequential reference results.

    METAUDIT_SEQUENTIAL=FOLDER PYTHONPATH=tests python tests/reference/sequential_vendor.py

The folder holds ``boundaries.json``, ``ris.json`` and ``<dataset>/trials.csv`` with ``<dataset>/<OUTCOME>.json``.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1] / "data" / "sequential"
RTSA = ("RIS", "HARIS", "root", "bounds_inf_frac", "upper", "fut_upper")
DESIGN = ("inf_frac", "upper", "fut_upper", "fut_lower", "root")
Content = dict[str, Any]


def contents(folder: Path) -> Iterator[tuple[str, Content]]:
    """Name and content of every file that is made of a folder."""
    yield "boundaries", _boundaries(_read(folder / "boundaries.json"))
    yield "ris", _read(folder / "ris.json")
    for path in sorted(folder.glob("*/*.json")):
        with (path.parent / "trials.csv").open(encoding="utf-8", newline="") as handle:
            trials = list(csv.DictReader(handle))
        yield f"{path.parent.name}.{path.stem}", _analyses(_read(path), trials)


def vendored(folder: Path = HERE) -> Iterator[tuple[str, Content]]:
    """The same from the files that were made."""
    for path in sorted(folder.glob("*.json")):
        yield path.stem, _read(path)


def _read(path: Path) -> Content:
    content: Content = json.loads(path.read_text(encoding="utf-8"))
    return content


def _boundaries(whole: Content) -> Content:
    designs = [
        {"design": d["design"], "own": d["own"], "rtsa": d["rtsa"] and {k: d["rtsa"][k] for k in DESIGN}}
        for d in whole["designs"]
    ]
    return {"software": whole["software"], "published": whole["published"], "designs": designs}


def _analyses(whole: Content, trials: list[dict[str, str]]) -> Content:
    """Analyses without what is in them twice: metafor's results are the same for every setting of one kind of variance."""
    metafor: dict[str, Any] = {}
    analyses = []
    for a in whole["analyses"]:
        key = a["config"].get("cont_vartype", "")
        if metafor.setdefault(key, a["metafor"]) != a["metafor"]:
            raise ValueError(f"{whole['dataset']} {whole['outcome']}: metafor's results differ between settings")
        rtsa = a["rtsa"] and {k: a["rtsa"][k] for k in RTSA}
        analyses.append({"config": a["config"], "own": a["own"], "rtsa": rtsa, "metafor": key})
    head = {k: whole[k] for k in ("dataset", "outcome", "software")}
    return {**head, "trials": trials, "metafor": metafor, "analyses": analyses}


def written(content: Content) -> str:
    """One line an entry of the long lists, so that a change shows where it is."""
    parts = []
    for key, value in content.items():
        if isinstance(value, list):
            items = ",\n".join(json.dumps(v, ensure_ascii=False) for v in value)
            parts.append(f"{json.dumps(key)}: [\n{items}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    """Write the files."""
    named = os.environ.get("METAUDIT_SEQUENTIAL", "")
    if not named:
        print("METAUDIT_SEQUENTIAL names no folder", file=sys.stderr)
        return 1
    for name, content in contents(Path(named)):
        (HERE / f"{name}.json").write_text(written(content), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
