"""Compare one value with one printed number."""

from __future__ import annotations

import math

from metaudit.printed import Interval, Printed
from metaudit.records import record

# The criterion of a number that comes out when its digits are cut.
CUT = "cut instead of rounded"
HIT, TRUNCATED, MISS, UNDEFINED = "nearest", "truncated", "miss", "undefined"


@record
class Comparison:
    """How a value on the printed scale relates to the printed number.

    ``margin`` is the signed distance to the nearest edge of the rounding interval in units of the last printed digit,
    positive inside.
    """

    kind: str
    margin: float
    window: Interval

    @property
    def hit(self) -> bool:
        """Whether the value prints as the text, by rounding or by cutting."""
        return self.kind in (HIT, TRUNCATED)


def compare(value: float, printed: Printed, *, rounding: str = "") -> Comparison:
    """Nearest first, then truncation when the rounding is not stated."""
    nearest = printed.interval("truncated" if rounding == "truncated" else "nearest")
    if math.isnan(value):
        return Comparison(UNDEFINED, math.nan, nearest)
    margin = nearest.distance(value) / printed.unit
    if value in nearest:
        return Comparison(TRUNCATED if rounding == "truncated" else HIT, margin, nearest)
    if rounding == "" and printed.relation == "=":
        cut = printed.interval("truncated")
        if value in cut:
            return Comparison(TRUNCATED, margin, cut)
    return Comparison(MISS, margin, nearest)


def relative_difference(value: float, printed: Printed) -> float:
    """|ours - printed| over the larger of the two."""
    size = max(abs(value), abs(printed.value))
    return abs(value - printed.value) / size if size else 0.0


def size_of(relative: float) -> str:
    """Impact by size: beyond 10 % large, beyond 5 % moderate (the tolerances of the audit literature), else minor."""
    return "large" if relative > 0.10 else "moderate" if relative > 0.05 else "minor"
