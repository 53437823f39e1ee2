"""Turn a folder of network results into the files of tests/data/network.

    PYTHONPATH=scripts:tests python tests/reference/network_vendor.py FOLDER

The folder's layout is told in network_cases.py. Numbers keep their digits; what nothing compares is left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from network_cases import LEFT_OUT, VENDORED, NetworkCase, Table, cases_of_folder

UNITS = (
    "dietaryfat",  # rates, three-arm study, tau2 at 0
    "dogliotti2014",  # counts, eight treatments, four multi-arm studies, a study without events
    "gurusamy2011",  # rare events: Mantel-Haenszel, conditional likelihood
    "hasselblad1998",  # counts on three measures
    "hong2015",  # means, eleven treatments, nine multi-arm studies, studies without an SD
    "jalota2011",  # counts, 102 studies
    "lopez2019",  # ready-made arm estimates: netmeta's REML ignores covariances
    "pagliaro1992",  # counts on two measures
    "stowe2010",  # means, printed numbers
)


def columns_of(rows: Table) -> dict[str, list[str]]:
    """A table by its columns."""
    return {name: [r[name] for r in rows] for name in rows[0]}


def content_of(cases: list[NetworkCase]) -> dict[str, Any]:
    """What the file of one data set holds."""
    software = cases[0].reference["meta"]["software"]
    source = {
        "software": ", ".join(f"{name} {version}" for name, version in software.items()),
        "data": f"{cases[0].unit}, as the packages metadat, metabook and netmeta ship it",
        "calls": "pairwise, netmeta (method.tau DL, REML, ML), decomp.design, netsplit, netcontrib, netmeasures, netrank, rankogram, "
        "netmetabin; rma.mv on basic contrasts; matrix code on the contrasts (gls)",
        "date": "2026-11-29",
        "made_by": "tests/reference/network_vendor.py",
    }
    units = {
        c.name: {
            "contrasts": columns_of(c.contrasts),
            "reference": {k: v for k, v in c.reference.items() if k not in LEFT_OUT},
        }
        for c in cases
    }
    return {"unit": cases[0].unit, "source": source, "arms": columns_of(cases[0].arms), "units": units}


def main(folder: Path) -> None:
    """Write every file."""
    found = list(cases_of_folder(folder))
    for unit in UNITS:
        content = content_of([c for c in found if c.unit == unit])
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (VENDORED / f"{unit}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
