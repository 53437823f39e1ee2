"""Totals that a table prints below its studies, as claims."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from typing import Any

from metaudit.drafts.draft import Notice
from metaudit.drafts.write import id_of
from metaudit.imports.grid_table import Line, Table
from metaudit.imports.mapping import Mapping
from metaudit.imports.shapes_values import Reader, Record

# What a total prints in a column -> the quantity it claims.
_QUANTITIES = {
    "printed_effect": "estimate",
    "printed_ci_low": "ci_low",
    "printed_ci_high": "ci_high",
    "effect": "estimate",
    "ci_low": "ci_low",
    "ci_high": "ci_high",
    "log_effect": "estimate",
    "log_ci_low": "ci_low",
    "log_ci_high": "ci_high",
    "n_t": "n_t",
    "n_c": "n_c",
    "events_t": "events_t",
    "events_c": "events_c",
    "n": "n",
    "p": "p",
}


def claims_of(
    table: Table, mapping: Mapping, analyses: Dict[str, Dict[str, Any]]
) -> tuple[list[dict[str, str]], list[Notice]]:
    """Claims of the totals, where it is plain which analysis they sum up, and a notice for every other total.

    Returns
    -------
    Rows of claims.csv without their source, and notices.
    """
    claims: list[dict[str, str]] = []
    notices: list[Notice] = []
    claimed: set[str] = set()
    for kind, line in table.totals:
        text = " | ".join(c for c in dict.fromkeys(line.cells.values()) if c)
        place = table.place(line)
        if line.number in mapping.skip:
            notices.append(Notice("dropped", place, f"the row was left out: {mapping.skip[line.number]}."))
            continue
        only = next(iter(analyses.values())) if len(analyses) == 1 and mapping.layout == "wide" else {}
        subject = f"subgroup={line.group}" if kind == "subtotal" and line.group and "subgroups" in only else ""
        if not only or (kind != "total" and not subject) or subject in claimed:
            why = "it sums up a part of the studies" if kind != "total" else "it is not plain which analysis it sums up"
            notices.append(
                Notice(
                    "dropped",
                    place,
                    f"a total was not read as a study, nor as claims, since {why}: {text[:200]!r}.",
                    "Add what it says to claims.csv.",
                )
            )
            continue
        claimed.add(subject)
        found, said = _claims(line, table, mapping, next(iter(analyses)))
        if subject:
            found = [
                c | {"claim": f"{id_of(line.group)}-{c['claim'].removeprefix('total-')}", "subject": subject}
                for c in found
            ]
        claims += found
        notices += said
        message = (
            f"the row was read as a total, not as a study: {text[:200]!r}. {len(found)} of its numbers are claims."
        )
        notices.append(Notice("guessed", place, message, "Look at claims.csv; delete what is no claim of the review."))
    return claims, notices


def _claims(line: Line, table: Table, mapping: Mapping, analysis: str) -> tuple[list[dict[str, str]], list[Notice]]:
    reader = Reader(table, mapping)
    record: Record = reader.records(line)[0]
    out: list[dict[str, str]] = []
    for role, quantity in _QUANTITIES.items():
        printed = record.cells.get(role, "")
        if not printed or any(c["quantity"] == quantity for c in out):
            continue
        claim = {
            "claim": f"total-{quantity.replace('_', '-')}",
            "analysis": analysis,
            "quantity": quantity,
            "printed": printed,
            "where": f"{'sheet ' + table.sheet + ', ' if table.sheet else ''}row {line.number}",
            "certainty": "read",
        }
        if role.startswith("log_"):
            claim["scale"] = "analysis"
        out.append(claim)
    return out, reader.unread
