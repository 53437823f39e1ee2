"""The arc at the right of a radial plot: on it every ray from the origin is read as an effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Arc:
    """A circle on paper around the origin of the plot; lengths are points, y grows downward.

    Attributes
    ----------
    origin : where precision and standardised effect are 0
    radius : of the circle
    across, up : points per unit of precision and of standardised effect
    top, bottom : ends of the frame; the arc stays between them
    """

    origin: Point
    radius: float
    across: float
    up: float
    top: float
    bottom: float

    def at(self, effect: float, *, beyond: float = 0.0) -> Point:
        """Where the ray of an effect meets the circle, ``beyond`` points further out."""
        angle = math.atan2(effect * self.up, self.across)
        r = self.radius + beyond
        return self.origin[0] + r * math.cos(angle), self.origin[1] - r * math.sin(angle)

    def holds(self, effect: float) -> bool:
        """Whether the ray of an effect meets the circle inside the frame."""
        return self.top - 0.01 <= self.at(effect)[1] <= self.bottom + 0.01

    @property
    def ends(self) -> tuple[float, float]:
        """The effects at the lower and the upper end of the frame."""
        below, above = self.bottom - self.origin[1], self.origin[1] - self.top
        return -self._effect(below), self._effect(above)

    def _effect(self, height: float) -> float:
        side = math.sqrt(max(self.radius**2 - height**2, 1e-9))
        return height / side * self.across / self.up

    def along(self, low: float, high: float, *, beyond: float = 0.0) -> list[Point]:
        """Points along the circle between two effects, close enough to look round."""
        first, last = (math.atan2(e * self.up, self.across) for e in (low, high))
        steps = max(2, math.ceil(abs(last - first) / 0.03))
        effects = [math.tan(first + (last - first) * i / steps) * self.across / self.up for i in range(steps + 1)]
        return [self.at(e, beyond=beyond) for e in effects]

    def between(self, lower: Point, upper: Point) -> list[Point]:
        """Points along the circle from one of its points to another; none where one of them is not on it."""
        effects = []
        for x, y in (lower, upper):
            across, up = x - self.origin[0], self.origin[1] - y
            if abs(math.hypot(across, up) - self.radius) > 0.01:
                return []
            effects.append(math.tan(math.atan2(up, across)) * self.across / self.up)
        return self.along(*effects)

    def leave(self, start: float, slope: float) -> Point:
        """Where the line ``z = start + slope * x`` meets the circle or the end of the frame.

        Parameters
        ----------
        start : standardised effect at precision 0
        slope : an effect
        """
        height, rise = start * self.up, slope * self.up / self.across  # upward, in points
        a, b, c = 1 + rise**2, height * rise, height**2 - self.radius**2
        x = (-b + math.sqrt(max(b**2 - a * c, 0.0))) / a
        x = max(x, 0.0)
        for limit in (self.origin[1] - self.top, self.origin[1] - self.bottom):
            if rise and (height + rise * x - limit) * math.copysign(1.0, limit or 1.0) > 0:
                x = min(x, max((limit - height) / rise, 0.0))
        return self.origin[0] + x, self.origin[1] - height - rise * x


def points_across(points: Sequence[Point], *, up: float, radius: float) -> float:
    """Points per unit of precision that keep every study inside the circle.

    Parameters
    ----------
    points : precision and standardised effect of every study
    up : points per unit of standardised effect
    radius : of the circle, points
    """
    return min(math.sqrt(max(radius**2 - (up * z) ** 2, (radius / 4) ** 2)) / x for x, z in points)
