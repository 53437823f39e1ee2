"""Funnel plot: standard error against effect, with the regions of significance around the null.

Sources: Peters et al. 2008, J Clin Epidemiol 61:991 (contours of significance); Duval and Tweedie 2000, Biometrics 56:455
(filled studies); Sterne et al. 2011, BMJ 343:d4002 (limits around the pooled result, ten studies for a test).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from metaudit.figures.drawn import Drawn
from metaudit.figures.effect_axis import axis_name, effect_ticks, written_effect
from metaudit.figures.inputs import number as cell
from metaudit.figures.label_places import Label
from metaudit.figures.plot import Captions, Plot, even_ticks, shorten
from metaudit.figures.style import MUTED, POOLED, PRINTED, RULE, SHADES, SMALL
from metaudit.figures.wording import (
    MODELS,
    degrees,
    effect,
    effect_decimals,
    level_text,
    number,
    probability,
    short_name,
)
from metaudit.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaudit.figures.inputs import AnalysisInput, Cells
    from metaudit.figures.sheet import Point

LEAST_STUDIES = 5
REGIONS = (0.90, 0.95, 0.99)
COLUMNS = ("mark", "row", "study", "yi", "sei", "named")
MOST_NAMED = 3
"""So many of the studies outside the limits are named, those furthest out in their own standard errors."""
FILL = "trim-fill-L0"
TESTS = {"egger": "Egger\u2019s test", "harbord": "Harbord\u2019s test", "peters": "Peters\u2019 test"}

_DOT = 2.6
_KEY = 17.0
_STEPS = 100
_LABELS = ("P > 0.10", "0.05\u20130.10", "0.01\u20130.05", "P < 0.01")


@dataclass(frozen=True)
class _Point:
    row: str
    label: str
    yi: float
    sei: float


@dataclass(frozen=True)
class _Funnel:
    """What is drawn, on the analysis scale; ``adjusted`` is nan where nothing was filled in."""

    measure: Measure
    points: Sequence[_Point]
    filled: Sequence[_Point]
    estimate: float
    adjusted: float
    level: float

    @property
    def deepest(self) -> float:
        """The standard error at the lower end."""
        return 1.06 * max(p.sei for p in (*self.points, *self.filled)) or 1.0

    @property
    def across(self) -> tuple[float, float]:
        """The effects at both ends."""
        reach = quantile(self.level) * self.deepest
        values = [p.yi for p in (*self.points, *self.filled)] + [self.estimate - reach, self.estimate + reach]
        values += [self.measure.null_analysis] if self.measure.null_analysis is not None else []
        room = 0.04 * (max(values) - min(values)) or 1.0
        return min(values) - room, max(values) + room

    def distance(self, p: _Point) -> float:
        """How far a study lies from the pooled result, in its own standard errors."""
        apart = abs(p.yi - self.estimate)
        return apart / p.sei if p.sei > 0 else math.inf if apart else 0.0

    @property
    def outside(self) -> list[_Point]:
        """The studies outside the limits, the furthest first."""
        found = [p for p in self.points if self.distance(p) > quantile(self.level)]
        return sorted(found, key=lambda p: -self.distance(p))


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the funnel plot of an analysis of five or more studies, without moderators, that was pooled."""
    points = _points(data)
    estimate = cell(data.primary, "estimate_yi") if data.primary else math.nan
    if len(points) < LEAST_STUDIES or not math.isfinite(estimate) or data.regression:
        return None
    assert data.primary is not None
    filled = _filled(data)
    adjusted = cell(filled[0], "estimate_yi") if filled and filled[1] else math.nan
    level = cell(data.primary, "level")
    funnel = _Funnel(
        data.measure, points, filled[1] if filled else (), estimate, adjusted, level if level > 0 else 0.95
    )
    title = f"Funnel plot: {data.title}"
    plot = _draw(funnel, title, _notes(data, funnel))
    return Drawn("funnel", plot.figure, title, _alt(data, funnel), COLUMNS, _rows(funnel, _name(plot, funnel)))


def quantile(level: float) -> float:
    """Return the two-sided standard normal quantile of a confidence level: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def _points(data: AnalysisInput) -> list[_Point]:
    found = []
    for row in data.effects:
        yi, vi = cell(row, "yi"), cell(row, "vi")
        if math.isfinite(yi) and 0 <= vi < math.inf:
            found.append(_Point(row["row"], data.labels[row["row"]], yi, math.sqrt(vi)))
    return found


def _filled(data: AnalysisInput) -> tuple[Cells, list[_Point]] | None:
    """The row of trim and fill with the studies it fills in; None where it was not computed."""
    row = next((r for r in data.small_study if r["test"] == FILL and r.get("filled")), None)
    if row is None:
        return None
    pairs = zip(*(_numbers(row.get(f"filled_{n}", "")) for n in ("yi", "vi")), strict=True)
    return row, [_Point("", f"filled {i}", yi, math.sqrt(vi)) for i, (yi, vi) in enumerate(pairs, start=1)]


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split("; ")] if text else []


def _draw(funnel: _Funnel, title: str, notes: Sequence[str]) -> Plot:
    contoured = funnel.measure.null_analysis is not None
    captions = Captions(title, axis_name(funnel.measure), "Standard error", tuple(notes))
    plot = Plot(captions, across=funnel.across, up=(funnel.deepest, 0.0), extra=_KEY if contoured else 0.0)
    if contoured:
        _draw_regions(plot, funnel)
        _draw_key(plot)
    _draw_limits(plot, funnel)
    plot.marks([plot.at(p.yi, p.sei) for p in funnel.points], radius=_DOT, name="studies")
    places = [plot.at(p.yi, p.sei) for p in funnel.filled]
    plot.marks(places, radius=_DOT - 0.2, fill="white", edge=PRINTED, edge_width=0.9, order=3.8, name="filled")
    plot.draw_scales(effect_ticks(plot.across, funnel.measure), even_ticks(0.0, funnel.deepest, most=8))
    return plot


def _name(plot: Plot, funnel: _Funnel) -> set[str]:
    """Name the studies furthest outside the limits; give the rows of those that found room."""
    wanted = funnel.outside[:MOST_NAMED]
    labels = [Label(shorten(p.label), plot.at(p.yi, p.sei), _DOT) for p in wanted]
    rest = [plot.at(p.yi, p.sei) for p in (*funnel.points, *funnel.filled) if p not in wanted]
    avoid = [(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in rest]
    avoid += [(x - 1, y - 1, x + 1, y + 1) for x, y in _along_lines(plot, funnel)]
    left, top, right, bottom = plot.frame
    return {wanted[i].row for i in plot.draw_labels(labels, avoid=avoid, limit=(left + 1, top, right - 1, bottom - 1))}


def _along_lines(plot: Plot, funnel: _Funnel) -> Iterator[Point]:
    """Points along the lines of the plot, which a name should not cross."""
    null, reach = funnel.measure.null_analysis, quantile(funnel.level) * funnel.deepest
    ends = [(funnel.estimate, funnel.estimate + side * reach) for side in (-1, 0, 1)]
    ends += [(x, x) for x in (funnel.adjusted, math.nan if null is None else null) if math.isfinite(x)]
    for start, end in ends:
        for step in range(_STEPS + 1):
            share = step / _STEPS
            yield plot.at(start + share * (end - start), share * funnel.deepest)


def _wedge(plot: Plot, funnel: _Funnel, factor: float) -> list[Point]:
    """Outline the part of the frame within ``factor`` standard errors of the null."""
    null, deepest = funnel.measure.null_analysis or 0.0, funnel.deepest
    corners: list[Point] = []
    for edge, sign in ((plot.across.low, -1.0), (plot.across.high, 1.0)):
        wall = sign * (edge - null) / factor
        side = [plot.at(edge, wall), plot.at(edge, deepest)] if wall < deepest else []
        side = side or [plot.at(null + sign * factor * deepest, deepest)]
        corners += side if sign < 0 else side[::-1]
    return [plot.at(null, 0.0), *corners]


def _draw_regions(plot: Plot, funnel: _Funnel) -> None:
    left, top, right, bottom = plot.frame
    plot.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill=SHADES[2], order=0, name="region-1")
    shades = ("white", *SHADES[:2])
    for index, (level, shade) in enumerate(zip(REGIONS, shades, strict=True)):
        wedge = _wedge(plot, funnel, quantile(level))
        plot.polygon(wedge, fill=shade, order=0.3 - 0.1 * index, name=f"region-{level:.2f}")
    null = funnel.measure.null_analysis or 0.0
    plot.line([plot.at(null, 0.0), plot.at(null, funnel.deepest)], colour=RULE, order=1, name="null-line")


def _draw_limits(plot: Plot, funnel: _Funnel) -> None:
    reach, estimate = quantile(funnel.level) * funnel.deepest, funnel.estimate
    apex = plot.at(estimate, 0.0)
    plot.line([apex, plot.at(estimate, funnel.deepest)], colour=POOLED, width=0.9, name="pooled-line")
    for side, sign in (("low", -1), ("high", 1)):
        end = plot.at(estimate + sign * reach, funnel.deepest)
        plot.line([apex, end], colour=POOLED, width=0.7, dashes=(4, 3), name=f"limit-{side}")
    if math.isfinite(funnel.adjusted):
        ends = [plot.at(funnel.adjusted, 0.0), plot.at(funnel.adjusted, funnel.deepest)]
        plot.line(ends, colour=PRINTED, width=0.9, dashes=(1.2, 1.6), name="adjusted-line")


def _draw_key(plot: Plot) -> None:
    baseline = plot.frame[3] + 40
    for index, (label, shade) in enumerate(zip(_LABELS, ("white", *SHADES), strict=True)):
        x = plot.frame[0] + index * 74
        box = [(x, baseline - 6), (x + 10, baseline - 6), (x + 10, baseline + 1), (x, baseline + 1)]
        plot.polygon(box, fill=shade, edge=RULE, width=0.4)
        plot.text(x + 14, baseline, label, size=SMALL, colour=MUTED)


def _notes(data: AnalysisInput, funnel: _Funnel) -> list[str]:
    model = str((data.primary or {}).get("model") or "")
    word = MODELS.get(model, model) or "pooled"
    word = word[:1].lower() + word[1:] if model in ("common", "random") else word
    notes = [f"Solid line: {word} estimate; dashed: pseudo {level_text(funnel.level)} limits around it"]
    filled = _filled(data)
    if filled:
        notes.append(_filled_words(filled[0], len(filled[1]), data.measure))
    return [*notes, *_test_words(data, len(funnel.points))]


def _filled_words(row: Cells, count: int, measure: Measure) -> str:
    if not count:
        return "Trim and fill (L0) adds no study"
    values = [cell(row, c) for c in ("estimate", "ci_low", "ci_high")]
    decimals = effect_decimals([values[2] - values[1]], measure)
    estimate, low, high = (effect(v, decimals, measure) for v in values)
    studies = "one study" if count == 1 else f"{count} studies"
    return (
        f"Hollow: {studies} filled in by trim and fill (L0); dotted line: the estimate with "
        f"{'it' if count == 1 else 'them'}, {short_name(measure)} {estimate} [{low}, {high}]"
    )


def _test_words(data: AnalysisInput, k: int) -> list[str]:
    """The tests of asymmetry in words; with few studies also that they say little."""
    found = []
    for row in data.small_study:
        p = cell(row, "p")
        if row["test"] in TESTS and math.isfinite(p):
            freedom = f" (df = {degrees(cell(row, 'df'))})" if row.get("df") else ""
            found.append(f"{TESTS[row['test']]}: t = {number(cell(row, 'stat'), 2)}{freedom}, {probability(p)}")
    few = "; fewer than ten studies, so a test has little power" if found and k < 10 else ""
    return [f"{'; '.join(found)}{few}"] if found else []


def _rows(funnel: _Funnel, named: set[str]) -> list[dict[str, Any]]:
    deepest, null = funnel.deepest, funnel.measure.null_analysis
    rows: list[dict[str, Any]] = []
    for mark, points in (("study", funnel.points), ("filled", funnel.filled)):
        own = [{"mark": mark, "row": p.row, "study": p.label, "yi": p.yi, "sei": p.sei} for p in points]
        rows += [row | {"named": row["row"] in named} for row in own] if mark == "study" else own
    rows.append({"mark": "pooled", "yi": funnel.estimate})
    if math.isfinite(funnel.adjusted):
        rows.append({"mark": "adjusted", "yi": funnel.adjusted})
    lines = [("limit", funnel.estimate, funnel.level)]
    lines += [(f"contour {level:.2f}", null, level) for level in REGIONS] if null is not None else []
    for mark, centre, level in lines:
        reach = quantile(level) * deepest
        rows += [{"mark": mark, "yi": centre + sign * reach, "sei": deepest} for sign in (-1, 1)]
    return rows


def _alt(data: AnalysisInput, funnel: _Funnel) -> str:
    measure = funnel.measure
    show = written_effect(measure)
    outside = funnel.outside
    furthest = f", furthest {', '.join(p.label for p in outside[:MOST_NAMED])}" if outside else ""
    errors = [p.sei for p in funnel.points]
    text = [
        f"Funnel plot of {len(funnel.points)} studies of {data.title}: {axis_name(measure)} across, standard error downward "
        f"from 0 to {number(max(errors), 3)}.",
        f"The pooled result is {show(funnel.estimate)}; {len(outside)} of the studies lie outside its "
        f"pseudo {level_text(funnel.level)} limits{furthest}.",
    ]
    null = measure.null_analysis
    if null is not None:
        apart = sum(abs(p.yi - null) > quantile(0.95) * p.sei for p in funnel.points)
        text.append(f"{apart} of them lie where P is below 0.05.")
    filled = _filled(data)
    text += [f"{_filled_words(filled[0], len(filled[1]), measure)}."] if filled else []
    return " ".join([*text, *(f"{words}." for words in _test_words(data, len(funnel.points)))])
