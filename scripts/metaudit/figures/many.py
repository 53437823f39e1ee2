"""What the figures of methods share: many short lines as one mark, and an effect in a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from metaudit.figures.wording import effect, effect_decimals, is_percent, number, short_name

if TYPE_CHECKING:
    from metaudit.figures.sheet import Point
    from metaudit.measures import Measure

_LIFT: tuple[float, float] = (math.nan, math.nan)


def apart(lines: Iterable[Iterable[Point]]) -> list[Point]:
    """Points of several lines as ``Sheet.line`` takes them: where a point is nan, the pen is lifted."""
    out: list[Point] = []
    for line in lines:
        out += [_LIFT, *line] if out else line
    return out


def said_yi(value: float, span: float, measure: Measure) -> str:
    """An effect of the analysis scale, back on the natural one where that does not depend on the size of the studies.

    Parameters
    ----------
    value : analysis scale
    span : how far apart the values are that it stands beside, on the same scale; says how many decimals it needs
    measure : of the effect
    """
    if measure.code == "PFT":
        return f"{number(value, 3)} on the double arcsine scale"
    natural = measure.to_natural(value)
    return said(natural, effect_decimals([measure.to_natural(value + span) - natural], measure), measure)


def said(value: float, decimals: int, measure: Measure) -> str:
    """An effect of the natural scale with its name: ``RR 0.49``, ``a proportion of 32.0 %``."""
    text = effect(value, decimals, measure)
    return f"a proportion of {text} %" if is_percent(measure) else f"{short_name(measure)} {text}"
