"""The marks of a forest plot: squares with whiskers, diamonds, bars, arrows where an interval goes on, dots of bias."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaudit.figures.style import MEDIUM, PRINTED, THIN

if TYPE_CHECKING:
    from metaudit.figures.axis import Axis, Interval
    from metaudit.figures.sheet import Point, Sheet
    from metaudit.figures.style import Look

LARGEST = 8.5
SMALLEST = 2.4
_ARROW = 3.4
_DIAMOND = 4.2


def draw_study(sheet: Sheet, axis: Axis, y: float, interval: Interval, *, share: float, look: Look, name: str) -> None:
    """Draw a square as large as the study's weight and its interval, with arrows where the interval is clipped.

    Parameters
    ----------
    y : centre of the row
    interval : on the scale of the axis
    share : weight relative to the largest, 0 to 1
    name : name of the artists in the file
    """
    estimate, low, high = interval
    if not (math.isnan(low) or math.isnan(high)) and low <= axis.high and high >= axis.low:
        ends = [(axis.place(low), y), (axis.place(high), y)]
        sheet.line(ends, colour=look.line, width=MEDIUM, name=f"interval-{name}")
    _arrows(sheet, axis, y, interval, look.line, name)
    if math.isfinite(estimate) and axis.holds(estimate):
        half = max(SMALLEST, LARGEST * math.sqrt(share)) / 2
        x = axis.place(estimate)
        box = _box(x - half, x + half, y, half)
        sheet.polygon(box, fill=look.study, edge=look.study_edge, width=0.5, name=f"estimate-{name}", order=3)


def draw_diamond(
    sheet: Sheet,
    axis: Axis,
    y: float,
    interval: Interval,
    *,
    look: Look,
    hollow: bool = False,
    name: str,
    small: bool = False,
) -> None:
    """Draw a diamond from limit to limit, cut off at the ends of the axis; hollow for a printed result."""
    estimate, low, high = interval
    if math.isnan(estimate):
        return
    fill, edge = ("white", PRINTED) if hollow else (look.diamond, look.diamond_edge)
    height = _DIAMOND * (0.8 if small else 1.0)
    width = 1.1 if hollow else 0.6
    if math.isnan(low) or math.isnan(high) or low == high:
        if axis.holds(estimate):
            points = _diamond(axis.place(estimate), y, 3.0, height)
            sheet.polygon(points, fill=fill, edge=edge, width=width, order=4, name=name)
        return
    points = _cut_diamond(axis, y, (estimate, low, high), height)
    if points:
        sheet.polygon(points, fill=fill, edge=edge, width=width, order=4, name=name)
    _arrows(sheet, axis, y, interval, PRINTED if hollow else look.line, name)


def draw_prediction(sheet: Sheet, axis: Axis, y: float, interval: Interval, *, look: Look) -> None:
    """Draw a prediction interval as a thin bar."""
    _, low, high = interval
    if low <= axis.high and high >= axis.low:
        bar = _box(axis.place(low), axis.place(high), y, 1.1)
        sheet.polygon(bar, fill=look.diamond, edge=look.diamond_edge, width=0.4, name="prediction-interval")
    _arrows(sheet, axis, y, interval, look.line, "prediction-interval")


def _box(left: float, right: float, y: float, half: float) -> list[Point]:
    return [(left, y - half), (right, y - half), (right, y + half), (left, y + half)]


def _diamond(x: float, y: float, half: float, height: float) -> list[Point]:
    return [(x - half, y), (x, y - height), (x + half, y), (x, y + height)]


def _cut_diamond(axis: Axis, y: float, interval: Interval, height: float) -> list[Point]:
    """Upper edge from left to right, then back along the lower edge."""
    estimate, low, high = interval
    if high < axis.low or low > axis.high:
        return []

    def half_height(value: float) -> float:
        side = low if value < estimate else high
        return height if side in (estimate, math.inf, -math.inf) else height * (value - side) / (estimate - side)

    start, end = max(low, axis.low), min(high, axis.high)
    corners = [start, *([estimate] if start < estimate < end else []), end]
    top = [(axis.place(v), y - half_height(v)) for v in corners]
    bottom = [(axis.place(v), y + half_height(v)) for v in reversed(corners)]
    return list(dict.fromkeys(top + bottom))


def _arrows(sheet: Sheet, axis: Axis, y: float, interval: Interval, colour: str, name: str) -> None:
    _, low, high = interval
    if low < axis.low and not axis.holds(low):
        _arrow(sheet, axis.left, y, -1, colour, f"arrow-low-{name}")
    if high > axis.high and not axis.holds(high):
        _arrow(sheet, axis.right, y, 1, colour, f"arrow-high-{name}")


def _arrow(sheet: Sheet, x: float, y: float, direction: int, colour: str, name: str) -> None:
    base = x - direction * 0.5
    tip = x + direction * _ARROW
    half = 2.3
    sheet.polygon([(base, y - half), (tip, y), (base, y + half)], fill=colour, width=THIN, name=name, order=4)
