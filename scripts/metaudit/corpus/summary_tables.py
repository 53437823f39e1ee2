"""The tables of a corpus's summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from metaudit.audit_words.verdicts import CODES
from metaudit.corpus.schema import VERDICT_COLUMNS
from metaudit.corpus.summary_counts import STATED, Counted, Group
from metaudit.files import write_rows

_OF_GROUP = ("analyses", "judged", "rederived", "share", "claims", *VERDICT_COLUMNS.values())
_SCREENS = ("spreads", "se_as_sd", "sd_as_se", "implausible", "impossible_percentages")
_FIRST = (
    "review",
    "claim",
    "analysis",
    "quantity",
    "printed",
    "value",
    "verdict",
    "criterion",
    "impact",
    "certainty",
    "message",
)
_SPREADS = ("review", "analysis", "year", "measure", "k", "spreads", "se_as_sd", "sd_as_se", "spread_ratio")


def write_tables(counted: Counted, out: Path) -> None:
    """Write every table of the summary as CSV, each with its header also where it has no row."""
    total = counted.claims.total()
    verdicts = [
        {
            "verdict": v,
            "claims": counted.claims[v],
            "share": share(counted.claims[v], total),
            "analyses": counted.gravest[v],
        }
        for v in CODES
    ]
    write_rows(out / "verdicts.csv", ("verdict", "claims", "share", "analyses"), verdicts)
    write_rows(out / "years.csv", ("year", *_OF_GROUP), group_rows("year", counted.years.items()))
    write_rows(out / "measures.csv", ("measure", *_OF_GROUP), group_rows("measure", by_size(counted.measures)))
    programs = [
        row | {"wordings": len(counted.wordings[row["program"]])}
        for row in group_rows("program", by_size(counted.programs))
    ]
    write_rows(out / "programs.csv", ("program", "wordings", *_OF_GROUP), programs)
    write_rows(out / "screens.csv", ("measure", "analyses", *_screen_columns()), _screens(counted))
    _write_methods(counted, out)
    write_rows(out / "spreads.csv", _SPREADS, _only(counted.spreads, _SPREADS))
    write_rows(out / "first.csv", _FIRST, _only(counted.first, _FIRST))
    _write_problems(counted, out)


def share(part: int, whole: int) -> float | None:
    """A part of a whole, None of nothing."""
    return part / whole if whole else None


def by_size(groups: Mapping[str, Group]) -> list[tuple[str, Group]]:
    """Groups, the largest first."""
    return sorted(groups.items(), key=lambda item: (-item[1].analyses, item[0]))


def group_rows(name: str, groups: Iterable[tuple[Any, Group]]) -> list[dict[str, Any]]:
    """One row a group; years in their order, the unknown one last."""
    items = list(groups)
    if name == "year":
        items.sort(key=lambda item: (item[0] is None, item[0] or 0))
    return [
        {
            name: label, "analyses": g.analyses, "judged": g.judged, "rederived": g.rederived,
            "share": share(g.rederived, g.judged), "claims": g.claims.total(),
            **{column: g.claims[verdict] for verdict, column in VERDICT_COLUMNS.items()},
        }
        for label, g in items
    ]  # fmt: skip


def _screen_columns() -> list[str]:
    return [column for name in _SCREENS for column in (name, f"{name}_analyses")]


def _screens(counted: Counted) -> list[dict[str, Any]]:
    order = sorted(counted.screens, key=lambda m: (-counted.screens[m]["analyses"], m))
    return [{"measure": m} | {c: counted.screens[m][c] for c in ("analyses", *_screen_columns())} for m in order]


def _write_methods(counted: Counted, out: Path) -> None:
    columns = ("analyses", "whole", "several", "unique", "searched", "unique_of_all", "departing")
    known = [name for name in STATED if name in counted.stated]
    rows = [{"stated": n} | {c: getattr(counted.stated[n], c) for c in columns} for n in known]
    write_rows(out / "methods.csv", ("stated", *columns), rows)
    found = [
        {"stated": name, "method": method, "analyses": n, "unique": counted.stated[name].unique_methods[method]}
        for name in known
        for method, n in sorted(counted.stated[name].methods.items(), key=lambda item: (-item[1], item[0]))
    ]
    write_rows(out / "identified.csv", ("stated", "method", "analyses", "unique"), found)
    departures = sorted(counted.departures.items(), key=lambda item: (-item[1], item[0]))
    write_rows(
        out / "departures.csv", ("choice", "analyses"), [{"choice": choice, "analyses": n} for choice, n in departures]
    )


def _write_problems(counted: Counted, out: Path) -> None:
    columns = ("file", "row", "column", "message", "fix")
    order = sorted(counted.problems.items(), key=lambda item: (-item[1].reviews, item[0]))
    rows = [
        {"rule": rule, "reviews": b.reviews, "problems": b.problems, **{c: b.example[c] for c in columns}}
        for rule, b in order
    ]
    write_rows(out / "problems.csv", ("rule", "reviews", "problems", *columns), rows)


def _only(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> list[dict[str, Any]]:
    return [{c: row[c] for c in columns} for row in rows]
