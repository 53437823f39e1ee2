"""The vertical scale of a specification curve."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.figures.axis import Axis, Tick, shown_range, ticks
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    from metaudit.figures.content import PrintedResult

HEIGHT = 128.0
Transform = Callable[[float], float]
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Scale:
    """The vertical scale of effects, from ``low`` to ``high`` in its own units."""

    measure: Measure
    low: float
    high: float
    axis: Axis

    @classmethod
    def of(cls, measure: Measure, results: Sequence[Triple], printed: PrintedResult | None) -> Scale:
        """Choose the part of the effects to show: of ``results``, each an estimate with its limits, natural scale."""
        to_axis = to_axis_of(measure)
        spans = [(to_axis(e), to_axis(low), to_axis(high)) for e, low, high in results]
        given = [(to_axis(printed.estimate), to_axis(printed.ci_low), to_axis(printed.ci_high))] if printed else []
        null = None if measure.null is None else to_axis(measure.null)
        low, high = shown_range(spans, given, null=null, symmetric=False)
        return cls(measure, low, high, Axis(low, high, 0.0, 1.0))

    def between(self, bottom: float, top: float) -> Scale:
        """The same scale between two places of the sheet."""
        return Scale(self.measure, self.low, self.high, Axis(self.low, self.high, bottom, top))

    def place(self, natural: float) -> float:
        """Where a number of the natural scale stands; what lies beyond an end stands at the end."""
        value = to_axis_of(self.measure)(natural)
        return self.axis.place(min(max(value, self.low), self.high))

    def leaves(self, *limits: float) -> bool:
        """Whether an interval reaches beyond the scale; a limit that is not known does not."""
        return not all(self.axis.holds(to_axis_of(self.measure)(x)) for x in limits if not math.isnan(x))

    def ticks(self) -> tuple[Tick, ...]:
        """Ticks with room between them."""
        lying = Axis(self.low, self.high, 0.0, 1.6 * HEIGHT)  # labels are less high than wide
        shown = self.measure if self.measure.code != "PFT" else measure_of("PR")
        return ticks(lying, shown, to_axis=to_axis_of(self.measure), to_natural=to_natural_of(self.measure))


def to_axis_of(measure: Measure) -> Transform:
    """From the natural scale; Miller's inverse of the double arcsine depends on n, so that one stays as it is."""
    return measure.to_analysis if measure.code != "PFT" else float


def to_natural_of(measure: Measure) -> Transform:
    """The way back."""
    return measure.to_natural if measure.code != "PFT" else float
