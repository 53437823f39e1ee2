"""Trials of the sequential reference as effects."""

from __future__ import annotations

from collections.abc import Sequence

from metaudit.effects.compute import Effects, compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.zero_cells import ZeroCells
from metaudit.formats.tables import Row

COLUMNS = {
    "eI": "events_t", "nI": "n_t", "eC": "events_c", "nC": "n_c", "mI": "mean_t", "sdI": "sd_t", "mC": "mean_c",
    "sdC": "sd_c", "study": "study",
}  # fmt: skip


def effects_of_trials(trials: Sequence[dict[str, str]], measure: str, *, equal_variances: bool) -> Effects:
    """Effects in the order of the looks: 0.5 in trials with a zero cell, trials without events dropped for ratios."""
    ordered = sorted(trials, key=lambda t: int(t["look"]))
    rows = [Row(i, {COLUMNS[k]: v for k, v in t.items() if k in COLUMNS}) for i, t in enumerate(ordered, start=2)]
    zero = ZeroCells(double_zero="drop" if measure in ("RR", "OR") else "keep")
    converted = [convert(_parsed(r)) for r in rows]
    return compute_effects(
        converted, measure, zero_cells=zero, variance="HO" if measure == "MD" and equal_variances else "LS"
    )


def _parsed(row: Row) -> Row:
    from metaudit.formats.columns import EXTRACTION
    from metaudit.formats.tables import check_cell

    columns = {c.name: c for c in EXTRACTION if c.kind in ("count", "number")}
    for name, text in row.cells.items():
        if name in columns:
            assert check_cell(row, columns[name], text, "", "trials") is None, (name, text)
    return row


def raw_control_risk(trials: Sequence[dict[str, str]]) -> float:
    """Events over participants of all control groups, as counted."""
    return sum(int(t["eC"]) for t in trials) / sum(int(t["nC"]) for t in trials)
