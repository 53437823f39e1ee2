"""Intervals that do not lie symmetrically about their estimate: no one P value belongs to them, but a side of alpha does."""

from __future__ import annotations

import math

from metaudit.audit.groups import Triple
from metaudit.audit.verdict import Finding
from metaudit.formats.review import Claim
from metaudit.printed import Interval


def midpoint(t: Triple) -> Interval:
    """Where the middle of an interval can lie, on the analysis scale, once its limits are rounded."""
    return Interval((t.low_window.low + t.high_window.low) / 2, (t.low_window.high + t.high_window.high) / 2)


def asymmetric(found: list[Triple]) -> bool:
    """Whether an estimate is not the middle of its interval on any scale that is possible; open intervals are not judged."""
    t = found[0]
    if any(x.estimate_window is None or midpoint(x).overlaps(x.estimate_window) for x in found):
        return False
    return all(math.isfinite(e) for e in (t.low_window.low, t.high_window.high))


def excludes_null(t: Triple) -> bool | None:
    """Whether an interval leaves out the value of no effect; None where rounding or the measure leaves it open."""
    null = t.measure.null_analysis
    if null is None or t.low_window.low > t.high_window.high:
        return None
    if t.low_window.low > null or t.high_window.high < null:
        return True
    return False if t.low_window.high < null < t.high_window.low else None


def p_on_other_side(found: list[Triple], claim: Claim, *, window: Interval, level: float) -> Finding | None:
    """A finding when the printed P lies on the other side of 1 - level than the limits say; None when it need not.

    A confidence interval holds the values that a test at alpha = 1 - level does not reject, whatever kind of interval it
    is, so that this holds also where the distance from the estimate to its limits says nothing.

    Parameters
    ----------
    found : estimate and limits, on every scale that is possible
    claim : the printed P value
    window : what it can stand for
    level : level of the interval
    """
    t = found[0]
    sides = {excludes_null(x) for x in found}
    alpha = round(1 - level, 10)
    if sides == {True} and window.low >= alpha:
        does, side = "excludes", "below"
    elif sides == {False} and window.high <= alpha:
        does, side = "includes", "above"
    else:
        return None
    # Where no measure is stated, a ratio and a difference are both possible: each has another null.
    nulls = {x.measure.null for x in found}
    null = "no effect" if len(nulls) > 1 or t.low.scale.startswith("percent-") else f"{t.measure.null:g}"
    message = (
        f"The interval {t.limits} {does} {null}, so that P is {side} "
        f"{f'{alpha:g}'.lstrip('0')}; {claim.printed} is printed."
    )
    causes = ("another test than the interval's", "a digit mistyped")
    # As everywhere, significance is that at .05; an interval of 90 or 99 % may say nothing about it.
    crosses = alpha <= 0.05 < window.high if does == "excludes" else alpha >= 0.05 >= window.high
    impact = "significance" if crosses else "minor"
    return Finding("P and interval on one side", message, "INCONSISTENT", causes=causes, impact=impact)
