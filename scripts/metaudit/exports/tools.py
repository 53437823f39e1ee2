"""Extracted data as the tools of extraction export them: Covidence and SRDR+.

Covidence leads with its number, the study, its title and the reviewer; the names of the results are its user's. SRDR+
leads with project, citation, outcome, population and time point, and then gives each arm its name and its measures, so
that a measure's name stands once for every arm.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from metaudit.effects.convert import Converted
from metaudit.exports.content import Content
from metaudit.exports.numbers import csv_text, guard_all
from metaudit.exports.wide import PROVENANCE

# Our column without its arm -> what the tool calls it.
COVIDENCE: Mapping[str, str] = {
    "events": "events", "n": "N", "mean": "mean", "sd": "SD", "se": "SE", "median": "median", "q1": "Q1", "q3": "Q3", "min": "minimum",
    "max": "maximum", "ci_low": "95% CI lower", "ci_high": "95% CI upper",
}  # fmt: skip
SRDR: Mapping[str, str] = {
    "n": "Total (N analyzed)", "events": "Events", "mean": "Mean", "sd": "SD", "se": "SE", "var": "Variance", "median": "Median",
    "q1": "25th percentile", "q3": "75th percentile", "min": "Min", "max": "Max", "ci_low": "95% CI low", "ci_high": "95% CI high",
}  # fmt: skip
_LEAD = {"study", "year", "outcome", "timepoint"}
_ARMS = (("_t", "Intervention"), ("_c", "Control"))


def covidence(content: Content) -> bytes:
    """One row a study, outcome and time point; every cell as typed."""
    rows = []
    for i, row in enumerate(content.rows(), start=1):
        cells = {"Covidence #": str(i), "Study ID": row.label, "Title": "", "Reviewer Name": "Consensus"}
        cells |= {"Year of publication": row.row.text("year"), "Outcome": row.row.text("outcome")}
        cells |= {c.capitalize(): row.row.text(c) for c in ("timepoint", "comparison") if row.row.text(c)}
        for suffix, arm in _ARMS:
            cells |= {
                f"{arm} {n}": row.row.cells[s + suffix] for s, n in COVIDENCE.items() if s + suffix in row.row.cells
            }
        rows.append(cells | _covariates(row))
    _tell_dropped(content, COVIDENCE, {*_LEAD, "comparison"})
    header = list(dict.fromkeys(c for r in rows for c in r))
    of_data = [c for c in header if c.startswith(tuple(f"{arm} " for _, arm in _ARMS))]
    own = [c for c in header if c.startswith(("x_", "rob_"))]
    lead = [c for c in header if c not in of_data and c not in own]
    header = [*lead, *sorted(of_data, key=lambda c: c.split()[0], reverse=True), *own]
    return csv_text(header, guard_all(rows, content)).encode()


def srdr(content: Content) -> bytes:
    """One row a study, outcome and time point, the arms beside each other; every cell as typed."""
    rows = content.rows()
    stems = [s for s in SRDR if any(f"{s}{suffix}" in r.row.cells for r in rows for suffix, _ in _ARMS)]
    own = sorted({c for r in rows for c in _covariates(r)})
    lead = [
        "Project Name",
        "Citation ID",
        "Citation Name",
        "Publication Date",
        "Outcome Name",
        "Population Name",
        "Timepoint Name",
    ]
    header = [*lead]
    for i in range(1, len(_ARMS) + 1):
        header += [f"Arm Name {i}", f"Arm Description {i}", *(SRDR[s] for s in stems)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*header, *own])
    table: list[dict[str, str]] = []
    for i, row in enumerate(rows, start=1):
        text = row.row.text
        cells: list[str] = [
            content.review.title,
            str(i),
            row.label,
            text("year"),
            text("outcome"),
            "All Participants",
            text("timepoint"),
        ]
        for suffix, arm in _ARMS:
            cells += [arm, "", *(text(s + suffix) for s in stems)]
        named = dict(enumerate([*cells, *(text(c) for c in own)]))  # headings stand once for every arm
        table.append({str(place): cell for place, cell in named.items()})
    writer.writerows(row.values() for row in guard_all(table, content))
    _tell_dropped(content, SRDR, _LEAD)
    return out.getvalue().encode()


def _covariates(row: Converted) -> dict[str, str]:
    return {c: t for c, t in row.row.cells.items() if c.startswith(("x_", "rob_"))}


def _tell_dropped(content: Content, names: Mapping[str, str], lead: set[str]) -> None:
    held = {*lead, *(s + suffix for s in names for suffix, _ in _ARMS)}
    columns = dict.fromkeys(c for r in content.rows() for c in r.row.cells)
    rest = [c for c in columns if c not in held and not c.startswith(("x_", "rob_"))]
    where = [c for c in rest if c in PROVENANCE]
    if where:
        content.tell("dropped", "extraction.csv", f"where the numbers were read is not carried: {', '.join(where)}.")
    if len(rest) > len(where):
        message = f"columns that the tool has no name for: {', '.join(c for c in rest if c not in where)}."
        content.tell("dropped", "extraction.csv", message)
