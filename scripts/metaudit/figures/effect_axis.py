"""The axis of effects of a plot that is drawn on the analysis scale, labelled on the natural one where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.figures.axis import Tick, ticks
from metaudit.figures.wording import effect, effect_decimals, long_name, number
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from metaudit.figures.axis import Axis


def effect_ticks(axis: Axis, measure: Measure) -> tuple[Tick, ...]:
    """Ticks of an axis of effects on the analysis scale, labelled on the natural one where there is one."""
    if measure.code == "PFT":  # the double arcsine has no back-transformation that is free of n
        return ticks(axis, measure_of("GEN"), to_axis=float, to_natural=float)
    return ticks(axis, measure, to_axis=measure.to_analysis, to_natural=measure.to_natural)


def axis_name(measure: Measure) -> str:
    """Name of an axis of effects on the analysis scale."""
    if measure.code == "PFT":
        return "Double-arcsine-transformed proportion"
    known = measure.ratio or measure.scale == "natural"
    return long_name(measure) if known else f"{long_name(measure)}, {measure.scale} scale"


def written_effect(measure: Measure) -> Callable[[float], str]:
    """How an effect of the analysis scale is written: on the natural scale where there is one."""
    if measure.code == "PFT":
        return lambda value: number(value, 2)
    return lambda value: effect(measure.to_natural(value), effect_decimals([], measure), measure)
