"""Numbers that are counted: they are told whole, and differ by so many, not by units of a last digit."""

from __future__ import annotations

import math

from metaudit.errors import PrintedError
from metaudit.printed import parse_printed

_COUNTED = {
    "k", "n", "n_t", "n_c", "events_t", "events_c", "count", "q_df", "k_with_events", "trimfill_k", "failsafe_n",
    "agreed", "panel", "invited", "items", "items_consensus",
    "treatments", "designs", "pairs", "comparisons", "multiarm", "q_within_df", "q_between_df", "interaction_df", "rank", "k_direct",
}  # fmt: skip


def counted(quantity: str, *, unit: str = "") -> bool:
    """Whether a quantity of claims.csv is a count; a value is one when it is a year."""
    return quantity in _COUNTED or (quantity == "value" and unit.strip().lower() in ("year", "calendar year"))


def whole_printed(printed: str) -> int | None:
    """The whole number that is printed as such; None for decimals, fractions, bounds and words."""
    try:
        p = parse_printed(printed)
    except PrintedError:
        return None
    plain = p.relation == "=" and p.decimals == 0 and not p.percent and "/" not in p.text
    return round(p.value) if plain and p.value == round(p.value) else None


def is_whole(value: float) -> bool:
    """Whether a value is a whole number but for the noise of floating point."""
    return math.isfinite(value) and math.isclose(value, round(value), rel_tol=1e-9, abs_tol=1e-9)


def fewer_or_more(printed: str, value: float) -> str:
    """``1 fewer than printed`` or ``3 more than printed``; empty unless both are whole numbers that differ."""
    there = whole_printed(printed)
    if there is None or not is_whole(value):
        return ""
    more = round(value) - there
    return f"{abs(more)} {'more' if more > 0 else 'fewer'} than printed" if more else ""
