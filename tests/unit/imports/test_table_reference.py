"""The tables of packaged data sets as they come: imported, they give metafor's effects and variances.

Optional: METAUDIT_REFERENCE names a folder with ``open/<data set>/raw.csv`` and ``<unit>.<MEASURE>.json`` (metafor's
``escalc``, add = 1/2, to = "only0", vtype = "LS").
"""

import json
import math
import os
from pathlib import Path

import pytest

from metaudit.analyses import effects_of
from metaudit.effects.convert import convert
from metaudit.formats.columns import EXTRACTION
from metaudit.formats.tables import Row, check_cell
from metaudit.imports.detect import read_file
from metaudit.imports.options import Options
from metaudit.measures import MEASURES
from metaudit.specs import Spec

REFERENCE = Path(os.environ.get("METAUDIT_REFERENCE", "")) / "open"
# Data set -> the measures that its table is imported for; every row of the table is a row of the analysis.
TABLES = {
    "bcg": "RR OR RD PETO AS", "lee2004": "OR RR RD PETO", "nielweise2007": "OR RD", "lau1992": "OR RR", "hine1989": "RD OR", "damico2009": "OR RR", "dorn2007": "RR OR",
    "curtis1998": "ROM MD SMD", "normand1999": "MD SMD SMDH", "lehmann2018": "SMD", "michael2013": "MD SMD", "nielweise2008": "IRR IRD",
    "debruin2009": "PR PLO", "mcdaniel1994": "COR ZCOR", "nakagawa2007": "ZCOR", "bangertdrowns2004": "GEN", "raudenbush1985": "GEN", "hedgesdat": "GEN",
}  # fmt: skip
CASES = [
    (name, measure)
    for name, measures in TABLES.items()
    for measure in measures.split()
    if (REFERENCE / name / f"{name}.{measure}.json").is_file()
]
COLUMNS = {c.name: c for c in EXTRACTION}

pytestmark = pytest.mark.skipif(not CASES, reason="METAUDIT_REFERENCE names no folder with tables")


@pytest.mark.parametrize(("name", "measure"), CASES)
def test_an_imported_table_gives_metafors_effects(name, measure):
    wanted = json.loads((REFERENCE / name / f"{name}.{measure}.json").read_text())["escalc"]
    draft = read_file(REFERENCE / name / "raw.csv", Options(measure=measure))
    studies = []
    for i, cells in enumerate(draft.rows, start=2):
        row = Row(i, cells)
        assert not [
            p
            for c, text in cells.items()
            if c in COLUMNS and (p := check_cell(row, COLUMNS[c], text, "", "t")) is not None
        ]
        studies.append(convert(row))
    counts = MEASURES[measure].kind in ("counts", "rates", "proportion")
    found = effects_of(
        Spec(measure=measure, model="random", tau2="DL", zero_cells="0.5@only-zero" if counts else ""), studies
    )
    assert len(found.yi) == len(wanted["yi"])
    for ours, theirs in ((found.yi, wanted["yi"]), (found.vi, wanted["vi"])):
        pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if b is not None and not math.isnan(a)]
        assert len(pairs) >= 0.9 * sum(b is not None for b in theirs)
        assert [a for a, _ in pairs] == pytest.approx([b for _, b in pairs], rel=1e-9, abs=1e-12)
