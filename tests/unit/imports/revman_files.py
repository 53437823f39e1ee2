"""RevMan's files as text, from data and results that other programs computed (tests/data/presets)."""

from __future__ import annotations

import io
import json
import math
import zipfile
from functools import cache
from html import escape
from pathlib import Path

CASES = Path(__file__).parents[2] / "data" / "presets"
Z95 = 1.959963984540054
RATIOS = ("OR", "RR", "PETO", "GEN-LOG")
COUNTS = {"EVENTS_1": "events_t", "TOTAL_1": "n_t", "EVENTS_2": "events_c", "TOTAL_2": "n_c"}
MEANS = {"MEAN_1": "mean_t", "SD_1": "sd_t", "TOTAL_1": "n_t", "MEAN_2": "mean_c", "SD_2": "sd_c", "TOTAL_2": "n_c"}


@cache
def case(name):
    """One table with the numbers of every program."""
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


def results(name, measure, program="revman5"):
    """A program's numbers; study lines are those of R's meta under settings.meta("RevMan5")."""
    measures = case(name)["measures"][measure]
    own = measures[program]
    return own if "studies" in own else {**own, "studies": measures["revman5-by-meta"]["studies"]}


def natural(x, measure):
    """A number of the analysis scale as RevMan prints it."""
    return math.exp(x) if measure in RATIOS else x


def tag(element, attributes, inside=""):
    """One element as XML text."""
    written = " ".join(f'{k}="{escape(str(v), quote=True)}"' for k, v in attributes.items())
    return f"<{element} {written}>{inside}</{element}>"


def effect(fit, measure, z=Z95):
    """RevMan's attributes of a result."""
    return {
        "EFFECT_SIZE": natural(fit["estimate"], measure), "CI_START": natural(fit["estimate"] - z * fit["se"], measure),
        "CI_END": natural(fit["estimate"] + z * fit["se"], measure), "Z": abs(fit["z"]), "P_Z": fit["p"], "ESTIMABLE": "YES",
    }  # fmt: skip


def pooled(numbers, measure, *, random, rows):
    """Attributes of an outcome or subgroup with its results and totals."""
    fit = numbers["random" if random else "common"]
    out = effect(fit, measure)
    out |= {"CHI2": numbers["q"], "DF": numbers["q_df"], "P_CHI2": numbers["q_p"], "I2": numbers["i2"], "STUDIES": len(rows)}
    out |= {"TAU2": numbers["tau2"]} if random else {"TAU2": "0.0"}
    names = COUNTS if "events_t" in rows[0] else {k: v for k, v in MEANS.items() if v.startswith("n_")}
    return out | {k: sum(int(r[v]) for r in rows) for k, v in names.items() if v in rows[0]}


def data_line(kind, row, study, measure, *, weight, z=Z95, extra=()):
    """One study's element."""
    names = COUNTS if kind == "DICH" else MEANS
    y, se = study["yi"], study["sei"]
    if y is None or math.isnan(y):
        printed = {"EFFECT_SIZE": "0.0", "CI_START": "0.0", "CI_END": "0.0", "SE": "0.0", "WEIGHT": "0.0", "ESTIMABLE": "NO"}
    else:
        printed = {
            "EFFECT_SIZE": natural(y, measure), "CI_START": natural(y - z * se, measure), "CI_END": natural(y + z * se, measure), "SE": se,
            "WEIGHT": weight, "ESTIMABLE": "YES",
        }  # fmt: skip
    data = {k: row[v] for k, v in names.items()}
    return tag(f"{kind}_DATA", {**printed, **data, "STUDY_ID": study_id(row["study"]), **dict(extra)})


def study_id(name):
    """A study's id as RevMan makes it."""
    return "STD-" + name.replace(" ", "-")


def outcome(kind, attributes, inside, *, name="Mortality", no="1", labels=("Treatment", "Control"), graph=("Favours treatment", "Favours control")):
    """An outcome's element."""
    head = f"<NAME>{escape(name)}</NAME>" + "".join(
        f"<{part}_LABEL_{i}>{escape(text)}</{part}_LABEL_{i}>" for part, texts in (("GROUP", labels), ("GRAPH", graph)) for i, text in enumerate(texts, 1)
    )
    whole = {"CI_STUDY": "95", "CI_TOTAL": "95", "ID": f"CMP-001.{int(no):02d}", "NO": no, "TOTALS": "YES", "SUBGROUPS": "NO", **attributes}
    return tag(f"{kind}_OUTCOME", whole, head + inside)


def subgroup(kind, attributes, inside, *, name, no):
    """A subgroup's element."""
    return tag(f"{kind}_SUBGROUP", {"ID": f"CMP-001.01.{no:02d}", "NO": no, **attributes}, f"<NAME>{escape(name)}</NAME>{inside}")


def review(*outcomes, studies=(), encoding="UTF-8", version="5.4.1", comparison="Drug against placebo", doi="", cover=""):
    """A whole file, as bytes."""
    listed = "".join(tag("STUDY", {"ID": study_id(s), "NAME": s, "YEAR": y, "DATA_SOURCE": "PUB"}) for s, y in studies)
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<COCHRANE_REVIEW DOI="{doi}" ID="1" REVMAN_SUB_VERSION="{version}" REVMAN_VERSION="5" MODIFIED="2015-03-01 10:00:00 +0100">\n'
        f"<COVER_SHEET><TITLE>Drugs for all</TITLE>{cover}</COVER_SHEET>\n<STUDIES_AND_REFERENCES><STUDIES><INCLUDED_STUDIES>{listed}</INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES>\n"
        f'<ANALYSES_AND_DATA CALCULATED_DATA="YES">\n<COMPARISON ID="CMP-001" NO="1"><NAME>{escape(comparison)}</NAME>\n' + "\n".join(outcomes) + "\n</COMPARISON>\n</ANALYSES_AND_DATA>\n</COCHRANE_REVIEW>\n"
    )
    return text.encode(encoding)


def of_case(name, measure, *, random=False, method="MH", program="revman5"):
    """A file with one outcome: the data of a case and a program's numbers for it."""
    rows, numbers = case(name)["data"], results(name, measure, program)
    kind = "DICH" if "events_t" in rows[0] else "CONT"
    weights = f"weight_{'random' if random else 'common'}"
    by_name = {s["study"]: s for s in numbers["studies"]}
    lines = [data_line(kind, r, by_name[r["study"]], measure, weight=by_name[r["study"]].get(weights)) for r in rows]
    attributes = {
        "METHOD": method, "EFFECT_MEASURE": {"PETO": "PETO_OR"}.get(measure, measure), "RANDOM": "YES" if random else "NO",
        **pooled(numbers, measure, random=random, rows=rows),
    }  # fmt: skip
    return review(outcome(kind, attributes, "".join(lines)), studies=[(r["study"], "2001") for r in rows])


def packed(files, *, compression=zipfile.ZIP_DEFLATED):
    """A ZIP archive of names and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
