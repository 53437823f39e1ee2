"""Radial plot: every study by its precision; its effect is the slope of the line from the origin through it.

Source: Galbraith 1988, Stat Med 7:889; with random effects tau2 is added to every variance, as metafor's ``radial`` does.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaudit.figures.axis import Axis, Tick
from metaudit.figures.drawn import Drawn
from metaudit.figures.effect_axis import axis_name, effect_ticks, written_effect
from metaudit.figures.funnel import quantile
from metaudit.figures.inputs import number as cell
from metaudit.figures.label_places import Box, Label
from metaudit.figures.plot import LEFT, Captions, Plot, even_ticks, shorten
from metaudit.figures.radial_arc import Arc, points_across
from metaudit.figures.style import INK, MUTED, POOLED, PRINTED, RULE, SHADES, SMALL, STUDY
from metaudit.figures.wording import level_text, number

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput
    from metaudit.measures import Measure

LEAST_STUDIES = 3
EVERY_NAME = 12
"""Up to this many studies every one is named where there is room; beyond, those outside the band."""
COLUMNS = ("mark", "row", "study", "precision", "standardised", "effect", "outside", "named")

_RADIUS = 2.6
_ARC = 292.0
_UP = 250.0


@dataclass(frozen=True)
class _Study:
    row: str
    label: str
    x: float
    z: float
    outside: bool


@dataclass(frozen=True)
class _Radial:
    """What is drawn; ``centre`` was subtracted from every effect, ``tau2`` added to every variance."""

    measure: Measure
    studies: Sequence[_Study]
    estimate: float
    low: float
    high: float
    centre: float
    tau2: float
    level: float

    @property
    def slope(self) -> float:
        """Of the line of the pooled effect."""
        return self.estimate - self.centre

    @property
    def up(self) -> tuple[float, float]:
        """The standardised effects at the lower and the upper end."""
        band = quantile(self.level)
        furthest = max(s.x for s in self.studies)
        values = [s.z for s in self.studies] + [0.0]
        values += [at + sign * band for at in (0.0, self.slope * furthest) for sign in (-1, 1)]
        room = 0.06 * (max(values) - min(values))
        return min(values) - room, max(values) + room


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the radial plot of an analysis of three or more studies, without moderators, that was pooled."""
    radial = _radial(data)
    if radial is None or len(radial.studies) < LEAST_STUDIES:
        return None
    title = f"Radial plot: {data.title}"
    low, high = radial.up
    up = _UP / (high - low)
    across = points_across([(s.x, s.z) for s in radial.studies], up=up, radius=_ARC - 8)
    reach = _ARC / across
    plot = Plot(_captions(title, radial), across=(0.0, reach), up=radial.up, height=_UP, right=LEFT + _ARC)
    arc = Arc(plot.at(0.0, 0.0), _ARC, across, up, plot.frame[1], plot.frame[3])
    _draw_band(plot, arc, radial)
    _draw_arc(plot, arc, radial)
    inside, outside = ([plot.at(s.x, s.z) for s in radial.studies if s.outside is o] for o in (False, True))
    plot.marks(inside, radius=_RADIUS, fill=STUDY, name="studies")
    plot.marks(outside, radius=_RADIUS + 0.8, fill=PRINTED, shape="diamond", name="outside")
    plot.draw_scales(even_ticks(0.0, reach), even_ticks(*radial.up))
    named = _name(plot, arc, radial)
    return Drawn("radial", plot.figure, title, _alt(data, radial), COLUMNS, _rows(radial, named))


def _radial(data: AnalysisInput) -> _Radial | None:
    fit = data.primary
    if fit is None or data.regression or not math.isfinite(cell(fit, "estimate_yi")):
        return None
    estimate, low, high = (cell(fit, f"{n}_yi") for n in ("estimate", "ci_low", "ci_high"))
    tau2 = cell(fit, "tau2") if fit.get("model") == "random" else 0.0
    tau2 = tau2 if tau2 > 0 else 0.0
    level = cell(fit, "level") if cell(fit, "level") > 0 else 0.95
    centre = 0.0 if data.measure.null_analysis is not None else estimate
    studies = []
    for row in data.effects:
        yi, total = cell(row, "yi"), cell(row, "vi") + tau2
        if math.isfinite(yi) and 0 < total < math.inf:
            x = 1 / math.sqrt(total)
            apart = abs(yi - estimate) * x > quantile(level)
            studies.append(_Study(row["row"], data.labels[row["row"]], x, (yi - centre) * x, apart))
    return _Radial(data.measure, studies, estimate, low, high, centre, tau2, level)


def _captions(title: str, radial: _Radial) -> Captions:
    root = "\u221a(variance + τ²)" if radial.tau2 else "\u221avariance"
    effect = "(effect \u2212 pooled effect)" if radial.centre else "Effect"
    notes = (
        f"A study\u2019s effect is the slope from the origin, read on the arc at the right: {axis_name(radial.measure)}",
        f"Line: pooled effect, on the arc with its {level_text(radial.level)} CI; grey band: "
        f"\u00b1 {number(quantile(radial.level), 2)} around it; diamonds: studies outside the band",
    )
    return Captions(title, f"Precision, 1 / {root}", f"{effect} / {root}", notes)


def _draw_band(plot: Plot, arc: Arc, radial: _Radial) -> None:
    band, slope = quantile(radial.level), radial.slope
    lower, upper = arc.leave(-band, slope), arc.leave(band, slope)
    corners = [plot.at(0.0, -band), lower, *arc.between(lower, upper), upper, plot.at(0.0, band)]
    plot.polygon(corners, fill=SHADES[2], order=0.2, name="band")
    if radial.measure.null_analysis is not None and arc.holds(0.0):
        plot.line([arc.origin, arc.at(0.0)], colour=RULE, order=1, name="null-line")
    plot.line([arc.origin, arc.leave(0.0, slope)], colour=POOLED, width=0.9, name="pooled-line")


def _draw_arc(plot: Plot, arc: Arc, radial: _Radial) -> None:
    effects = [s.z / s.x for s in radial.studies]
    values = [*effects, radial.slope, *([0.0] if radial.measure.null_analysis is not None else [])]
    low, high = max(min(values), arc.ends[0]), min(max(values), arc.ends[1])
    plot.line(arc.along(low, high), colour=INK, order=3, name="arc")
    for effect in effects:
        if arc.holds(effect):
            plot.line([arc.at(effect), arc.at(effect, beyond=-3.0)], colour=MUTED, width=0.4, order=3)
    ends = [max(radial.low - radial.centre, arc.ends[0]), min(radial.high - radial.centre, arc.ends[1])]
    if all(map(math.isfinite, ends)) and ends[0] < ends[1]:
        plot.line(arc.along(*ends), colour=POOLED, width=2.4, order=3.2, name="pooled-ci")
    for tick in _arc_ticks(arc, radial, low, high):
        at = tick.at - radial.centre
        plot.line([arc.at(at), arc.at(at, beyond=3.0)], colour=INK, order=3)
        x, y = arc.at(at, beyond=6.0)
        plot.text(x, y + SMALL * 0.36, tick.label, size=SMALL, name=f"arc-{tick.label}")


def _arc_ticks(arc: Arc, radial: _Radial, low: float, high: float) -> list[Tick]:
    """Ticks of the effects on the arc whose labels keep apart; the value of no effect comes first."""
    centre, null = radial.centre, radial.measure.null_analysis
    if not low < high:
        return []
    wanted = effect_ticks(Axis(low + centre, high + centre, 0.0, 260.0), radial.measure)
    kept: list[Tick] = []
    for tick in sorted(wanted, key=lambda t: (t.at != null, t.at)):
        places = [arc.at(k.at - centre)[1] for k in kept]
        if arc.holds(tick.at - centre) and all(abs(arc.at(tick.at - centre)[1] - y) > SMALL + 2 for y in places):
            kept.append(tick)
    return kept


def _name(plot: Plot, arc: Arc, radial: _Radial) -> Collection[str]:
    """Name the studies outside the band, or all of a few; give the rows of those that found room."""
    every = len(radial.studies) <= EVERY_NAME
    wanted = sorted((s for s in radial.studies if s.outside or every), key=lambda s: (not s.outside, -s.x))
    rest = [plot.at(s.x, s.z) for s in radial.studies if s not in wanted]
    avoid: list[Box] = [(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in rest]
    avoid += [(x - 4, y - 4, x + 30, y + 4) for x, y in arc.along(*arc.ends)]  # the arc and what is written along it
    labels = [Label(shorten(s.label, 100.0), plot.at(s.x, s.z), _RADIUS + 0.8 * s.outside) for s in wanted]
    left, top, right, bottom = plot.frame
    return {wanted[i].row for i in plot.draw_labels(labels, avoid=avoid, limit=(left + 1, top, right - 2, bottom - 1))}


def _rows(radial: _Radial, named: Collection[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"mark": "study", "row": s.row, "study": s.label, "precision": s.x, "standardised": s.z,
         "effect": s.z / s.x + radial.centre, "outside": s.outside, "named": s.row in named}
        for s in radial.studies
    ]  # fmt: skip
    marks = (("pooled", radial.estimate), ("ci_low", radial.low), ("ci_high", radial.high))
    rows += [{"mark": mark, "effect": value} for mark, value in marks if math.isfinite(value)]
    return rows + [{"mark": "band", "standardised": sign * quantile(radial.level)} for sign in (-1, 1)]


def _alt(data: AnalysisInput, radial: _Radial) -> str:
    outside = [s.label for s in radial.studies if s.outside]
    shown = ", ".join(outside[:6]) + (f" and {len(outside) - 6} more" if len(outside) > 6 else "")
    show = written_effect(radial.measure)
    return (
        f"Radial plot of {len(radial.studies)} studies of {data.title}: precision across, standardised effect upward. "
        f"The line of the pooled effect has the slope {number(radial.slope, 2)}, an effect of {show(radial.estimate)}. "
        + (f"Outside the band around it: {shown}." if outside else "No study lies outside the band around it.")
    )
