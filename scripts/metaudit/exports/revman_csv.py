"""RevMan 5's export of data and analyses: one CSV with a line for every comparison, analysis, subgroup and study."""

from __future__ import annotations

import math

from metaudit.exports.content import Content
from metaudit.exports.numbers import csv_text
from metaudit.exports.revman import outcomes
from metaudit.exports.revman_outcome import Group, Line, Outcome, Total, limits

_HEADER = """Comparison Number|Outcome Number|Subgroup Number|Name|Data Type|Statistical Method|Effect Measure|Analysis Model|
Events 1|Mean 1|SD 1|Total 1|Events 2|Mean 2|SD 2|Total 2|Effect Estimate|SE|CI Start|CI End|Weight|Q|P(Q)|I²(Q)|Tau²|Z|P(Z)|
Qint|P(Qint)|I²(Qint)|df|Group Label 1|Group Label 2|Left Graph Label|Right Graph Label|Year of study|
User defined order""".replace("\n", "").split("|")
_TYPES = {"counts": "DIC", "means": "CON"}
_MEASURES = {"PETO": "PETO_OR"}


def write(content: Content) -> bytes:
    """The table as RevMan 5 writes it: results with eight decimals."""
    rows = [_numbered(1, 0, 0) | {"Name": content.review.title}]
    order = 0
    for no, outcome in enumerate(outcomes(content), start=1):
        rows.append(_numbered(1, no, 0) | _outcome(outcome))
        for i, group in enumerate(outcome.groups, start=1):
            sub = i if outcome.grouped else 0
            if sub:
                rows.append(_numbered(1, no, sub) | _group(group, outcome))
            for line in group.lines:
                order += 1
                rows.append(_numbered(1, no, sub) | _study(line, outcome, order))
    return csv_text(_HEADER, rows).encode()


def _numbered(comparison: int, outcome: int, subgroup: int) -> dict[str, str]:
    return {
        "Comparison Number": str(comparison),
        "Outcome Number": str(outcome),
        "Subgroup Number": str(subgroup),
    }


def eight(x: float) -> str:
    """A result with eight decimals, without the zeros at the end."""
    if not math.isfinite(x):
        return ""
    text = f"{x:.8f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _results(total: Total, outcome: Outcome, *, weight: float) -> dict[str, str]:
    natural = outcome.settings.measure.to_natural
    return {
        "Effect Estimate": eight(natural(total.estimate)), "CI Start": eight(natural(total.ci_low)), "CI End": eight(natural(total.ci_high)),
        "Weight": eight(weight), "Q": eight(total.q), "P(Q)": eight(total.q_p), "I²(Q)": eight(total.i2), "Tau²": eight(total.tau2),
        "Z": eight(total.z), "P(Z)": eight(total.p), "df": str(total.q_df),
    }  # fmt: skip


def _people(of: Outcome | Group, outcome: Outcome) -> dict[str, str]:
    counts = outcome.part.kind == "counts"
    events = {"Events 1": str(of.sum("events_t")), "Events 2": str(of.sum("events_c"))}
    return {
        "Total 1": str(of.sum("n_t")),
        "Total 2": str(of.sum("n_c")),
        **(events if counts else {"Events 1": "0", "Events 2": "0"}),
    }


def _outcome(outcome: Outcome) -> dict[str, str]:
    settings, between = outcome.settings, outcome.between
    sides = {"low": ("Favours experimental", "Favours control"), "high": ("Favours control", "Favours experimental")}
    left, right = sides.get(outcome.part.analysis.favours, ("", ""))
    weight = math.fsum(line.weight for line in outcome.lines)
    tested = {"Qint": eight(between.q), "P(Qint)": eight(between.q_p), "I²(Qint)": eight(between.i2)}
    return {
        "Name": outcome.part.analysis.title, "Data Type": _TYPES[outcome.part.kind], "Statistical Method": settings.method,
        "Effect Measure": _MEASURES.get(settings.measure.code, settings.measure.code), "Analysis Model": "Random" if settings.random else "Fixed",
        **_people(outcome, outcome), **_results(outcome.total, outcome, weight=weight),
        **(tested if outcome.grouped else {"Qint": "0", "P(Qint)": "0", "I²(Qint)": "0"}),
        "Group Label 1": "Experimental", "Group Label 2": "Control", "Left Graph Label": left, "Right Graph Label": right,
    }  # fmt: skip


def _group(group: Group, outcome: Outcome) -> dict[str, str]:
    return {
        "Name": group.name,
        **_people(group, outcome),
        **_results(group.total, outcome, weight=group.weight),
    }


def _study(line: Line, outcome: Outcome, order: int) -> dict[str, str]:
    natural = outcome.settings.measure.to_natural
    low, high = limits(line, outcome.settings.level)
    numbers = {}
    for side, s in (("1", "t"), ("2", "c")):
        for stem, name in (("events", "Events"), ("mean", "Mean"), ("sd", "SD"), ("n", "Total")):
            numbers[f"{name} {side}"] = line.cells.get(f"{stem}_{s}", "0")
    return {
        "Name": line.label, **numbers, "Effect Estimate": eight(natural(line.yi)), "SE": eight(line.se), "CI Start": eight(natural(low)),
        "CI End": eight(natural(high)), "Weight": eight(line.weight), "Year of study": line.row.row.text("year"),
        "User defined order": str(order),
    }  # fmt: skip
