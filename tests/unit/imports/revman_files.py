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


def known(x):
    """A number with the digits that the 12 of the tables (tests/data/presets) settle, as RevMan's of so many digits would be."""
    if not isinstance(x, float) or not math.isfinite(x):
        return x
    for digits in range(10, 0, -1):
        low, high = (f"{x * (1 + sign * 2e-11):.{digits}g}" for sign in (-1, 1))
        if low == high:
            return low
    return f"{x:.1g}"


def tag(element, attributes, inside=""):
    """One element as XML text."""
    written = " ".join(f'{k}="{escape(str(known(v)), quote=True)}"' for k, v in attributes.items())
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
    out |= {
        "CHI2": numbers["q"],
        "DF": numbers["q_df"],
        "P_CHI2": numbers["q_p"],
        "I2": numbers["i2"],
        "STUDIES": len(rows),
    }
    out |= {"TAU2": numbers["tau2"]} if random else {"TAU2": "0.0"}
    names = COUNTS if "events_t" in rows[0] else {k: v for k, v in MEANS.items() if v.startswith("n_")}
    return out | {k: sum(int(r[v]) for r in rows) for k, v in names.items() if v in rows[0]}


def data_line(kind, row, study, measure, *, weight, z=Z95, extra=()):
    """One study's element."""
    names = COUNTS if kind == "DICH" else MEANS
    y, se = study["yi"], study["sei"]
    if y is None or math.isnan(y):
        printed = {
            "EFFECT_SIZE": "0.0",
            "CI_START": "0.0",
            "CI_END": "0.0",
            "SE": "0.0",
            "WEIGHT": "0.0",
            "ESTIMABLE": "NO",
        }
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


def outcome(
    kind,
    attributes,
    inside,
    *,
    name="Mortality",
    no="1",
    labels=("Treatment", "Control"),
    graph=("Favours treatment", "Favours control"),
):
    """An outcome's element."""
    head = f"<NAME>{escape(name)}</NAME>" + "".join(
        f"<{part}_LABEL_{i}>{escape(text)}</{part}_LABEL_{i}>"
        for part, texts in (("GROUP", labels), ("GRAPH", graph))
        for i, text in enumerate(texts, 1)
    )
    whole = {
        "CI_STUDY": "95",
        "CI_TOTAL": "95",
        "ID": f"CMP-001.{int(no):02d}",
        "NO": no,
        "TOTALS": "YES",
        "SUBGROUPS": "NO",
        **attributes,
    }
    return tag(f"{kind}_OUTCOME", whole, head + inside)


def subgroup(kind, attributes, inside, *, name, no):
    """A subgroup's element."""
    return tag(
        f"{kind}_SUBGROUP",
        {"ID": f"CMP-001.01.{no:02d}", "NO": no, **attributes},
        f"<NAME>{escape(name)}</NAME>{inside}",
    )


def review(
    *outcomes, studies=(), encoding="UTF-8", version="5.4.1", comparison="Drug against placebo", doi="", cover=""
):
    """A whole file, as bytes."""
    listed = "".join(tag("STUDY", {"ID": study_id(s), "NAME": s, "YEAR": y, "DATA_SOURCE": "PUB"}) for s, y in studies)
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<COCHRANE_REVIEW DOI="{doi}" ID="1" REVMAN_SUB_VERSION="{version}" REVMAN_VERSION="5" MODIFIED="2015-03-01 10:00:00 +0100">\n'
        f"<COVER_SHEET><TITLE>Drugs for all</TITLE>{cover}</COVER_SHEET>\n<STUDIES_AND_REFERENCES><STUDIES><INCLUDED_STUDIES>{listed}</INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES>\n"
        f'<ANALYSES_AND_DATA CALCULATED_DATA="YES">\n<COMPARISON ID="CMP-001" NO="1"><NAME>{escape(comparison)}</NAME>\n'
        + "\n".join(outcomes)
        + "\n</COMPARISON>\n</ANALYSES_AND_DATA>\n</COCHRANE_REVIEW>\n"
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


SETTINGS_1 = """Analysis group,Analysis number,Analysis name,Analysis group name,Data source,Data source eligibility,Data type,Log-scale data,Outcome,Intervention grouping,Experimental intervention,Control intervention,Subgroup by,Filter criteria,Experimental group label,Control group label,Statistical method,Effect measure,Unit of effect measure,Analysis model,Subgroup estimates,Overall estimates,Test for subgroup differences,Swap event and non-event,Study CI,Estimate CI,Experimental cases,Experimental N,Control cases,Control N,Mean,CI start,CI end,Heterogeneity Tau²,Heterogeneity Chi²,Heterogeneity df,Heterogeneity P,Heterogeneity I²,Effect Z,Effect P,Subgroup Chi²,Subgroup df,Subgroup P,Subgroup I²,ID"""
SETTINGS_2 = """Analysis group,Analysis number,Analysis name,Analysis group name,Data source,Data source eligibility,Data type,Log-scale data,Outcome,Intervention grouping,Experimental intervention,Control intervention,Subgroup by,Filter criteria,Experimental group label,Control group label,Statistical method,Effect measure,Unit of effect measure,Analysis model,Heterogeneity estimator,Tau² CI,Subgroup estimates,Overall estimates,Test for subgroup differences,Prediction interval,Swap event and non-event,CI method,CI/PI level,Sort by,Graph label (left),Graph label (right),Graph scale,Show risk of bias,Experimental cases,Experimental N,Control cases,Control N,Mean,CI start,CI end,PI start,PI end,Heterogeneity Tau²,Tau² CI start,Tau² CI end,Heterogeneity Chi²,Heterogeneity df,Heterogeneity P,Heterogeneity I²,Effect Z,Effect T,Effect P,Subgroup Chi²,Subgroup df,Subgroup P,Subgroup I²,ID"""
DATA_ROWS = """Analysis group,Analysis number,Analysis name,Subgroup,Applicability,Study,Study year,GIV Mean,GIV SE,Experimental mean,Experimental SD,Experimental cases,Experimental N,Control mean,Control SD,Control cases,Control N,O-E,Variance,Weight,Mean,CI start,CI end,Footnotes"""
SUBGROUPS = """Analysis group,Analysis number,Subgroup,Subgroup number,Experimental cases,Experimental N,Control cases,Control N,Weight,Mean,CI start,CI end,Heterogeneity Tau²,Heterogeneity Chi²,Heterogeneity df,Heterogeneity P,Heterogeneity I²,Effect Z,Effect P,ID"""
EXPORT = """Comparison Number,Outcome Number,Subgroup Number,Name,Data Type,Statistical Method,Effect Measure,Analysis Model,Events 1,Mean 1,SD 1,Total 1,Events 2,Mean 2,SD 2,Total 2,Effect Estimate,SE,CI Start,CI End,Weight,Q,P(Q),I²(Q),Tau²,Z,P(Z),Qint,P(Qint),I²(Qint),df,Group Label 1,Group Label 2,Left Graph Label,Right Graph Label,Year of study,User defined order"""


def printed(x, decimals):
    """A number as RevMan's tables print it: rounded, without trailing zeros."""
    return f"{x:.{decimals}f}".rstrip("0").rstrip(".") if x is not None else ""


def table(header, *rows):
    """A CSV table with a BOM from dictionaries."""
    import csv

    names = header.split(",")
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def web_numbers(fit, measure):
    """RevMan Web's columns of a result, with six decimals."""
    names = {"Mean": "estimate", "CI start": "ci_low", "CI end": "ci_high"}
    return {k: printed(natural(fit[v], measure), 6) for k, v in names.items()} | {"Effect P": printed(fit["p"], 6)}


def web_row(study, row, fit, measure, **more):
    """One line of data-rows.csv."""
    y, se = fit["yi"], fit["sei"]
    data = {"Experimental cases": row["events_t"], "Experimental N": row["n_t"], "Control cases": row["events_c"], "Control N": row["n_c"]} if "events_t" in row else {
        "Experimental mean": row["mean_t"], "Experimental SD": row["sd_t"], "Experimental N": row["n_t"], "Control mean": row["mean_c"],
        "Control SD": row["sd_c"], "Control N": row["n_c"],
    }  # fmt: skip
    numbers = [printed(natural(y + d * Z95 * se, measure), 6) for d in (0, -1, 1)]
    base = {
        "Analysis group": 1,
        "Analysis number": 1,
        "Analysis name": "Mortality",
        "Applicability": "SUBGROUP_AND_OVERALL",
        "Study": study,
        "Study year": "2001",
    }
    return {
        **base,
        "GIV Mean": "0.0",
        "GIV SE": "0.0",
        "O-E": "0.0",
        "Variance": "0.0",
        **data,
        **dict(zip(("Mean", "CI start", "CI end"), numbers, strict=True)),
        **more,
    }


def web_package(settings, rows, *, subgroups=(), version=1, nested=True, more=()):
    """A data package of RevMan Web."""
    tables = {
        "9-analysis-data/9-overall-estimates-and-settings.csv": table(SETTINGS_1 if version == 1 else SETTINGS_2, *settings),
        "9-analysis-data/9-data-rows.csv": table(DATA_ROWS, *rows),
        "9-analysis-data/9-subgroup-estimates.csv": table(SUBGROUPS, *subgroups),
        **dict(more),
    }  # fmt: skip
    return packed({"R/9-files/9-data.zip": packed(tables), "R/9-article.pdf": b"%PDF"}) if nested else packed(tables)
