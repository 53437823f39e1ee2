"""Signs, words and colours of the verdicts as figures draw them; those of the tables and pages (tables/verdicts.py).

Kept apart because figures come before tables; a test holds both together.
"""

from __future__ import annotations

from typing import NamedTuple


class VerdictMark(NamedTuple):
    """How one verdict is drawn."""

    sign: str
    label: str
    colour: str


VERDICT_MARKS: dict[str, VerdictMark] = {
    "EXACT": VerdictMark("✓", "Exact", "#1a7346"),
    "WITHIN_ROUNDING": VerdictMark("≈", "Within rounding", "#4a7a12"),
    "UNDERSPECIFIED": VerdictMark("?", "Underspecified", "#0b7285"),
    "OTHER_SPEC": VerdictMark("⇄", "Other specification", "#2a63b8"),
    "NEAR": VerdictMark("~", "Near", "#7d6300"),
    "DIFFERENT": VerdictMark("≠", "Different", "#b35309"),
    "OUT_OF_ENVELOPE": VerdictMark("∉", "Out of envelope", "#b2361c"),
    "INCONSISTENT": VerdictMark("!", "Inconsistent", "#b3123f"),
    "IMPOSSIBLE": VerdictMark("✕", "Impossible", "#6d1470"),
    "NOT_CHECKABLE": VerdictMark("–", "Not checkable", "#66707c"),
}
