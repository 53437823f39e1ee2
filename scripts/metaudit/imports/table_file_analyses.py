"""The analyses that a table allows: one for each outcome, time point and comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from metaudit.drafts.draft import Notice
from metaudit.drafts.write import id_of
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_names import plain
from metaudit.imports.mapping import Mapping
from metaudit.imports.table_file_measure import KINDS, kind_of
from metaudit.measures import MEASURES
from metaudit.specs import usual_measures

MOST_ANALYSES = 60


def analyses_of(
    rows: Sequence[dict[str, str]], table: Table, mapping: Mapping, *, title: str
) -> tuple[dict[str, dict[str, Any]], list[Notice]]:
    """Analysis id -> its entry of review.yaml, and what was decided.

    Parameters
    ----------
    rows : rows of extraction.csv
    table, mapping : where they came from
    title : title of the review, for an analysis whose outcome has no name
    """
    analyses: dict[str, dict[str, Any]] = {}
    notices: list[Notice] = []
    left: list[str] = []
    beyond: list[str] = []
    table_groups = any(line.group for line in table.lines)
    for select, some in _groups(rows):
        kind = _usual_kind(some)
        if kind in ("", "one rate"):
            left.append(" / ".join(select.values()) or "the table")
            continue
        name = ", ".join(select.values()) or title
        entry: dict[str, Any] = {"title": name, "select": select, **_measure(kind, mapping)}
        if table_groups and all(row.get("x_subgroup") for row in some) and len({row["x_subgroup"] for row in some}) > 1:
            entry["subgroups"] = "subgroup"
        if len(analyses) < MOST_ANALYSES:
            analyses[_id(name, analyses)] = entry
        else:
            beyond.append(name)
    if beyond:
        message = f"the table allows more than {MOST_ANALYSES} analyses; none was made of {', '.join(beyond[:10])}."
        notices.append(
            Notice(
                "dropped", table.shown, message, "Add those that matter to review.yaml; all rows are in extraction.csv."
            )
        )
    selects = [a["select"] for a in analyses.values()]
    lonely = [row for row in rows if row.get("comparison") and not any(s.items() <= row.items() for s in selects)]
    alone = sorted({row["comparison"] for row in lonely})
    if alone and selects:
        shown = ", ".join(alone[:10]) + (" ..." if len(alone) > 10 else "")
        message = f"comparisons of one study each have no analysis, since they are against different controls: {shown}."
        notices.append(
            Notice("remark", table.shown, message, "Add analyses to review.yaml where comparisons belong together.")
        )
    if left:
        what = (
            "holds no data that an effect is computed from"
            if len(left) == 1
            else "hold no data that an effect is computed from"
        )
        notices.append(
            Notice(
                "remark",
                table.shown,
                f"{', '.join(left[:10])} {what}; no analysis was made of it.",
                "The rows stand in extraction.csv.",
            )
        )
    listed = {tuple(a["measure"]) for a in analyses.values() if isinstance(a.get("measure"), list)}
    for measures in sorted(listed):
        notices.append(
            Notice(
                "guessed",
                table.shown,
                f"the table does not say the effect measure; {', '.join(measures)} are all possible, and the audit searches them.",
                "Say it with --measure, or leave one in review.yaml.",
            )
        )
    if mapping.measure and not _suits(mapping.measure, rows):
        notices.append(
            Notice(
                "remark",
                table.shown,
                f"the measure {mapping.measure} needs other columns than the table has.",
                "Correct measure in review.yaml.",
            )
        )
    notices.append(
        Notice(
            "remark",
            table.shown,
            "the table does not say how the studies were pooled; no method is stated.",
            "Write what the authors state into method in review.yaml.",
        )
    )
    return analyses, notices


def _usual_kind(rows: Sequence[dict[str, str]]) -> str:
    """The kind of data that most rows have."""
    counts = Counter(kind for row in rows for kind, needs in KINDS if any(need <= row.keys() for need in needs))
    most = max(counts.values(), default=0)
    return next((kind for kind, _ in KINDS if most and counts[kind] == most), "") or kind_of(
        {k for row in rows for k in row}
    )


def _suits(measure: str, rows: Sequence[dict[str, str]]) -> bool:
    kind, columns = _usual_kind(rows), {c for row in rows for c, cell in row.items() if cell}
    # Events, people and person-time side by side suffice for ratios of risks and of rates alike.
    needs = next((n for k, n in KINDS if k == MEASURES[measure].kind), ())
    return kind in ("", MEASURES[measure].kind) or any(need <= columns for need in needs)


def _measure(kind: str, mapping: Mapping) -> dict[str, Any]:
    if mapping.measure and (MEASURES[mapping.measure].kind == kind or kind == "generic"):
        return {"measure": mapping.measure}
    if mapping.measure and kind in ("means", "counts") and MEASURES[mapping.measure].kind not in ("generic",):
        return {"measure": mapping.measure}
    if kind == "generic":
        return {"measure": "GEN"}
    found = usual_measures(kind)
    return {"measure": found[0] if len(found) == 1 else list(found)} if found else {}


def _groups(rows: Sequence[dict[str, str]]) -> list[tuple[dict[str, str], list[dict[str, str]]]]:
    """Rows by outcome and time point; by comparison too where those are against different controls."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row.get("outcome", ""), row.get("timepoint", "")), []).append(row)
    out = []
    for (outcome, timepoint), some in groups.items():
        select = {k: v for k, v in (("outcome", outcome), ("timepoint", timepoint)) if v}
        if not timepoint and len(groups) > 1 and any(o == outcome and t for o, t in groups):
            some = [r for r in rows if r.get("outcome", "") == outcome]
        compared = list(dict.fromkeys(r["comparison"] for r in some if " vs " in r.get("comparison", "")))
        controls = {plain(c.rpartition(" vs ")[2]) for c in compared}
        often = [c for c in compared if sum(r.get("comparison") == c for r in some) > 1]
        if len(controls) <= 1 or not often:
            out.append((select, some))
        if len(compared) > 1:
            out += [(select | {"comparison": c}, [r for r in some if r.get("comparison") == c]) for c in often]
    return out


def _id(name: str, taken: dict[str, Any]) -> str:
    stem = id_of(name)[:50].strip("-") or "all"
    out, n = stem, 1
    while out in taken:
        n += 1
        out = f"{stem}-{n}"
    return out
