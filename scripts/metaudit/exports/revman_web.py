"""A RevMan Web data package: a zip file with a zip file of CSV tables in it."""

from __future__ import annotations

import io
import math
import zipfile

from metaudit.exports.content import Content
from metaudit.exports.numbers import csv_text
from metaudit.exports.revman import outcomes
from metaudit.exports.revman_bias import judgements
from metaudit.exports.revman_outcome import Group, Line, Outcome, Total, limits

_TYPES = {"counts": "Dichotomous", "means": "Continuous", "generic": "Contrast level"}
_MEASURES = {
    "OR": "Odds Ratio", "RR": "Risk Ratio", "RD": "Risk Difference", "PETO": "Peto Odds Ratio", "MD": "Mean Difference",
    "SMD": "Standardized Mean Difference", "GEN": "Effect", "GEN-LOG": "Ratio",
}  # fmt: skip
_SETTINGS = """Analysis group|Analysis number|Analysis name|Analysis group name|Data source|Data source eligibility|Data type|
Log-scale data|Outcome|Intervention grouping|Experimental intervention|Control intervention|Subgroup by|Filter criteria|
Experimental group label|Control group label|Statistical method|Effect measure|Unit of effect measure|Analysis model|
Subgroup estimates|Overall estimates|Test for subgroup differences|Swap event and non-event|Study CI|Estimate CI|
Experimental cases|Experimental N|Control cases|Control N|Mean|CI start|CI end|Heterogeneity Tau²|Heterogeneity Chi²|
Heterogeneity df|Heterogeneity P|Heterogeneity I²|Effect Z|Effect P|Subgroup Chi²|Subgroup df|Subgroup P|Subgroup I²|
ID""".replace("\n", "").split("|")
_ROWS = """Analysis group|Analysis number|Analysis name|Subgroup|Applicability|Study|Study year|GIV Mean|GIV SE|
Experimental mean|Experimental SD|Experimental cases|Experimental N|Control mean|Control SD|Control cases|Control N|O-E|
Variance|Weight|Mean|CI start|CI end|Footnotes""".replace("\n", "").split("|")
_SUBGROUPS = """Analysis group|Analysis number|Subgroup|Subgroup number|Experimental cases|Experimental N|Control cases|
Control N|Weight|Mean|CI start|CI end|Heterogeneity Tau²|Heterogeneity Chi²|Heterogeneity df|Heterogeneity P|
Heterogeneity I²|Effect Z|Effect P|ID""".replace("\n", "").split("|")
# A package says the same bytes whenever it is written.
_WHEN = (1980, 1, 1, 0, 0, 0)


def write(content: Content) -> bytes:
    """The package as RevMan Web downloads it: tables in UTF-8 with a byte order mark, results with six decimals."""
    found, key = outcomes(content, bias=True), content.review.id
    heads = [{"Analysis group": "1", "Analysis number": str(n)} for n in range(1, len(found) + 1)]
    named = list(zip(found, heads, strict=True))
    overall = [head | _overall(o, content.review.title) for o, head in named]
    rows = [head | _row(x, g, o) for o, head in named for g in o.groups for x in g.lines]
    groups = [head | _subgroup(g, o, no=i) for o, head in named if o.grouped for i, g in enumerate(o.groups, start=1)]
    years = {x.label: x.row.row.text("year") for o in found for x in o.lines}
    studies = [{"Study": name, "Year": year, "Data source": "PUB"} for name, year in sorted(years.items())]
    judged = judgements(found)
    domains = {d: f"Domain (judgement): {d}" for d in judged}
    bias = [{"Study": s, **{c: judged[d].get(s, "") for d, c in domains.items()}} for s in sorted(years)]
    inner = _zip(
        {
            f"{key}-analysis-data/{key}-data-rows.csv": _table(_ROWS, rows),
            f"{key}-analysis-data/{key}-overall-estimates-and-settings.csv": _table(_SETTINGS, overall),
            f"{key}-analysis-data/{key}-subgroup-estimates.csv": _table(_SUBGROUPS, groups),
            f"{key}-study-data/{key}-study-information.csv": _table(["Study", "Year", "Data source"], studies),
            **(
                {f"{key}-study-data/{key}-risk-of-bias.csv": _table(["Study", *domains.values()], bias)}
                if judged
                else {}
            ),
        }
    )
    return _zip({f"{key}-files/{key}-data.zip": inner})


def _table(header: list[str], rows: list[dict[str, str]]) -> bytes:
    return b"\xef\xbb\xbf" + csv_text(header, rows, line_end="\r\n").encode()


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _WHEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # the same on every system
            archive.writestr(info, data)
    return out.getvalue()


def six(x: float) -> str:
    """A result as RevMan Web prints it: six decimals, without the zeros at the end."""
    if not math.isfinite(x):
        return ""
    text = f"{x:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _results(total: Total, o: Outcome) -> dict[str, str]:
    natural = o.settings.measure.to_natural
    return {
        "Mean": six(natural(total.estimate)), "CI start": six(natural(total.ci_low)), "CI end": six(natural(total.ci_high)),
        "Heterogeneity Tau²": six(total.tau2) if o.settings.random else "", "Heterogeneity Chi²": six(total.q),
        "Heterogeneity df": str(total.q_df), "Heterogeneity P": six(total.q_p), "Heterogeneity I²": six(total.i2),
        "Effect Z": six(total.z), "Effect P": six(total.p),
    }  # fmt: skip


def _people(of: Outcome | Group, o: Outcome) -> dict[str, str]:
    if o.part.kind == "generic":
        return {}
    out = {"Experimental N": str(of.sum("n_t")), "Control N": str(of.sum("n_c"))}
    if o.part.kind == "counts":
        out |= {"Experimental cases": str(of.sum("events_t")), "Control cases": str(of.sum("events_c"))}
    return out


def _overall(o: Outcome, group_name: str) -> dict[str, str]:
    level = f"{100 * o.settings.level:g}%"
    between = o.between
    tested = {
        "Subgroup Chi²": six(between.q), "Subgroup df": str(between.q_df), "Subgroup P": six(between.q_p),
        "Subgroup I²": six(between.i2),
    }  # fmt: skip
    return {
        "Analysis name": o.part.analysis.title, "Analysis group name": group_name, "Data source": "Custom input",
        "Data source eligibility": "#N/A", "Data type": _TYPES[o.part.kind],
        "Log-scale data": "true" if o.settings.measure.ratio else "false", "Statistical method": o.settings.method.replace("PETO", "Peto"),
        "Effect measure": _MEASURES[o.settings.measure.code], "Analysis model": "Random effect" if o.settings.random else "Fixed effect",
        "Subgroup estimates": "true", "Overall estimates": "true", "Test for subgroup differences": "true",
        "Swap event and non-event": "false", "Study CI": level, "Estimate CI": level, "ID": f"analysis:{o.part.analysis.id}",
        **_people(o, o), **_results(o.total, o), **(tested if o.grouped else {}),
    }  # fmt: skip


def _subgroup(group: Group, o: Outcome, *, no: int) -> dict[str, str]:
    return {
        "Subgroup": group.name, "Subgroup number": str(no), "Weight": six(group.weight), "ID": f"subgroup:{o.part.analysis.id}:{no}",
        **_people(group, o), **_results(group.total, o),
    }  # fmt: skip


def _row(line: Line, group: Group, o: Outcome) -> dict[str, str]:
    natural, cells = o.settings.measure.to_natural, line.cells
    low, high = limits(line, o.settings.level)
    blank = dict.fromkeys(("GIV Mean", "GIV SE", "O-E", "Variance"), "0.0")
    for side in ("Experimental", "Control"):
        blank |= {f"{side} mean": "0.0", f"{side} SD": "0.0", f"{side} cases": "0", f"{side} N": "0"}
    names = {"mean": "mean", "sd": "SD", "events": "cases", "n": "N"}
    typed = {
        f"{side} {name}": cells[f"{stem}_{s}"]
        for side, s in (("Experimental", "t"), ("Control", "c"))
        for stem, name in names.items()
        if f"{stem}_{s}" in cells
    }
    if o.part.kind == "generic":
        typed = {"GIV Mean": cells["effect"], "GIV SE": cells["se"]}
    return {
        **blank, **typed, "Analysis name": o.part.analysis.title, "Subgroup": group.name, "Applicability": "SUBGROUP_AND_OVERALL",
        "Study": line.label, "Study year": line.row.row.text("year"), "Weight": six(line.weight), "Mean": six(natural(line.yi)),
        "CI start": six(natural(low)), "CI end": six(natural(high)),
    }  # fmt: skip
