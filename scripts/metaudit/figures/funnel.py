"""A funnel plot: standard error against effect, with the regions of significance around the null."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

from metaudit.figures.axis import Axis, Tick, steps_from_zero, ticks
from metaudit.figures.sheet import Point, Sheet
from metaudit.figures.style import INK, MUTED, POOLED, RULE, SHADES, SMALL, STUDY, TITLE
from metaudit.figures.typeset import wrap
from metaudit.figures.wording import MODELS, level_text, long_name
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metaudit.figures.content import FunnelData

LEAST_STUDIES = 5
REGIONS = (0.10, 0.05, 0.01)

_WIDTH = 400.0
_LEFT, _RIGHT = 54.0, 388.0
_PLOT_HEIGHT = 250.0
_DOT = 2.6
_LEADING = 12.0
_LEGEND_LEADING = 11.0


class _Frame:
    """Where a pair of effect and standard error stands on the sheet."""

    def __init__(self, data: FunnelData, measure: Measure, top: float) -> None:
        self.top, self.bottom = top, top + _PLOT_HEIGHT
        self.deepest = 1.06 * max(p.sei for p in data.points) or 1.0
        reach = quantile(data.level) * self.deepest
        values = [p.yi for p in data.points] + [data.estimate_yi - reach, data.estimate_yi + reach]
        null = measure.null_analysis
        values += [null] if null is not None else []
        room = 0.04 * (max(values) - min(values)) or 1.0
        self.axis = Axis(min(values) - room, max(values) + room, _LEFT, _RIGHT)

    def at(self, yi: float, sei: float) -> Point:
        """Place one point."""
        return self.axis.place(yi), self.top + sei / self.deepest * (self.bottom - self.top)

    def wedge(self, centre: float, factor: float) -> list[Point]:
        """Outline the part of the frame within ``factor`` standard errors of ``centre``."""
        corners: list[Point] = []
        for edge, sign in ((self.axis.low, -1.0), (self.axis.high, 1.0)):
            wall = sign * (edge - centre) / factor
            side = [self.at(edge, wall), self.at(edge, self.deepest)] if wall < self.deepest else []
            side = side or [self.at(centre + sign * factor * self.deepest, self.deepest)]
            corners += side if sign < 0 else side[::-1]
        return [self.at(centre, 0.0), *corners]


def quantile(level: float) -> float:
    """Return the two-sided standard normal quantile of a confidence level: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def draw_funnel(data: FunnelData) -> Figure:
    """Draw a funnel plot; its limits are pseudo confidence limits around the primary estimate."""
    measure = measure_of(data.measure)
    title = wrap(data.title, TITLE, _WIDTH - 24, bold=True)
    top = 12 + _LEADING * len(title) + 6
    frame = _Frame(data, measure, top)
    lines = len(_legend_lines(data)) + (0 if measure.null_analysis is None else 1)
    sheet = Sheet(_WIDTH, frame.bottom + 36 + _LEGEND_LEADING * lines)
    for index, line in enumerate(title):
        sheet.text(12, 12 + TITLE * 0.8 + index * _LEADING, line, size=TITLE, bold=True, name=f"title-{index}")
    _draw_regions(sheet, frame, measure)
    _draw_limits(sheet, frame, data)
    for index, point in enumerate(data.points):
        sheet.dot(frame.at(point.yi, point.sei), radius=_DOT, fill=STUDY, name=f"study-{index}")
    _draw_axes(sheet, frame, measure)
    _draw_legend(sheet, frame.bottom + 40, data, measure)
    return sheet.figure


def _draw_regions(sheet: Sheet, frame: _Frame, measure: Measure) -> None:
    corners = [(_LEFT, frame.top), (_RIGHT, frame.top), (_RIGHT, frame.bottom), (_LEFT, frame.bottom)]
    null = measure.null_analysis
    if null is None:
        return
    sheet.polygon(corners, fill=SHADES[2], order=0, name="region-0.00")
    shades = ("white", *SHADES[:2])
    for p, shade in sorted(zip(REGIONS, shades, strict=True)):
        wedge = frame.wedge(null, quantile(1 - p))
        sheet.polygon(wedge, fill=shade, order=0.1 + p, name=f"region-{p:.2f}")
    sheet.line([frame.at(null, 0.0), frame.at(null, frame.deepest)], colour=RULE, order=1, name="null-line")


def _draw_limits(sheet: Sheet, frame: _Frame, data: FunnelData) -> None:
    reach = quantile(data.level) * frame.deepest
    apex = frame.at(data.estimate_yi, 0.0)
    sheet.line([apex, frame.at(data.estimate_yi, frame.deepest)], colour=POOLED, width=0.9, name="pooled-line")
    for side, sign in (("low", -1), ("high", 1)):
        end = frame.at(data.estimate_yi + sign * reach, frame.deepest)
        sheet.line([apex, end], colour=POOLED, width=0.7, dashes=(4, 3), name=f"limit-{side}")


def _draw_axes(sheet: Sheet, frame: _Frame, measure: Measure) -> None:
    sheet.line([(_LEFT, frame.top), (_LEFT, frame.bottom), (_RIGHT, frame.bottom)], colour=INK, order=3)
    for tick in _effect_ticks(frame.axis, measure):
        x = frame.axis.place(tick.at)
        sheet.line([(x, frame.bottom), (x, frame.bottom + 3)], colour=INK)
        sheet.text(x, frame.bottom + 11, tick.label, size=SMALL, align="center", name=f"tick-{tick.label}")
    for value, label in steps_from_zero(frame.deepest):
        y = frame.at(0.0, value)[1]
        sheet.line([(_LEFT - 3, y), (_LEFT, y)], colour=INK)
        sheet.text(_LEFT - 5, y + SMALL * 0.36, label, size=SMALL, align="right", name=f"se-{label}")
    sheet.text((_LEFT + _RIGHT) / 2, frame.bottom + 24, _axis_name(measure), size=SMALL, align="center", colour=MUTED)
    middle = (frame.top + frame.bottom) / 2
    sheet.text(18, middle, "Standard error", size=SMALL, align="center", colour=MUTED, rotation=90)


def _effect_ticks(axis: Axis, measure: Measure) -> tuple[Tick, ...]:
    if measure.code == "PFT":  # the double arcsine has no back-transformation that is free of n
        return ticks(axis, measure_of("GEN"), to_axis=float, to_natural=float)
    return ticks(axis, measure, to_axis=measure.to_analysis, to_natural=measure.to_natural)


def _axis_name(measure: Measure) -> str:
    if measure.code == "PFT":
        return "Double-arcsine-transformed proportion"
    known = measure.ratio or measure.scale == "natural"
    return long_name(measure) if known else f"{long_name(measure)}, {measure.scale} scale"


def _legend_lines(data: FunnelData) -> list[str]:
    model = MODELS.get(data.model, data.model) or "pooled"
    model = model[:1].lower() + model[1:] if data.model in ("common", "random") else model
    text = f"Solid line: {model} estimate; dashed: pseudo {level_text(data.level)} limits around it"
    return wrap(text, SMALL, _RIGHT - _LEFT)


def _draw_legend(sheet: Sheet, baseline: float, data: FunnelData, measure: Measure) -> None:
    for index, line in enumerate(_legend_lines(data)):
        sheet.text(_LEFT, baseline + index * _LEGEND_LEADING, line, size=SMALL, name=f"legend-{index}")
    if measure.null_analysis is None:
        return
    baseline += _LEGEND_LEADING * len(_legend_lines(data))
    labels = ("p > 0.10", "0.05\u20130.10", "0.01\u20130.05", "p < 0.01")
    for index, (label, shade) in enumerate(zip(labels, ("white", *SHADES), strict=True)):
        x = _LEFT + index * 74
        box = [(x, baseline - 6), (x + 10, baseline - 6), (x + 10, baseline + 1), (x, baseline + 1)]
        sheet.polygon(box, fill=shade, edge=RULE, width=0.4)
        sheet.text(x + 14, baseline, label, size=SMALL)
