"""Rules for zero cells as they are written: ``0.5@only-zero``, ``tacc@only-zero+drop``, ``none``."""

from __future__ import annotations

import math
import re

TO = ("only-zero", "if-any-zero", "all", "none")
"""To which studies something is added."""
DROPS = ("drop", "drop-empty")
"""Which studies are left out: with no event, or only events, in both arms; with no event in both."""
TREATMENT_ARM = "tacc"
MOST_ADDED = 1e6
EXAMPLES = "0.5@only-zero, 0.5@all, tacc@only-zero or none"


_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def plain_number(text: str) -> float:
    """A number of the digits 0 to 9 with a point; NaN for what is none."""
    return float(text) if _PLAIN.fullmatch(text) else math.nan


def added(text: str) -> float:
    """What is added, as a number; the treatment-arm correction adds 0.5 on average, NaN stands for no number."""
    return 0.5 if text == TREATMENT_ARM else plain_number(text)


def zero_cells_parts(text: str) -> tuple[str, str, str] | None:
    """What is added, to which studies, and which are dropped (may be empty); None for a text that is no such rule."""
    body, plus, drop = text.partition("+")
    add, sign, to = ("0", "@", "none") if body == "none" else body.partition("@")
    understood = sign and to in TO and 0 <= added(add) < MOST_ADDED and (drop in DROPS if plus else True)
    return (add, to, drop) if understood else None
