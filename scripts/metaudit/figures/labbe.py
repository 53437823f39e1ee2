"""L'Abbé plot: what happened in the treatment arm against what happened in the control arm.

Sources: L'Abbé, Detsky and O'Rourke 1987, Ann Intern Med 107:224; the curve of a constant relative effect as in Song 1999,
J Clin Epidemiol 52:723.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaudit.figures.axis import Tick
from metaudit.figures.drawn import Drawn
from metaudit.figures.effect_axis import written_effect
from metaudit.figures.inputs import number as cell
from metaudit.figures.label_places import Label
from metaudit.figures.plot import LEFT, Captions, Plot, even_ticks, shorten
from metaudit.figures.style import MUTED, POOLED, SHADES, STUDY
from metaudit.figures.wording import level_text, number, short_name

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput
    from metaudit.measures import Measure

LEAST_STUDIES = 2
EVERY_NAME = 15
"""Up to this many studies every one is named where there is room; beyond, the largest."""
COLUMNS = ("mark", "row", "study", "control", "treatment", "n", "radius", "named")

_SIDE = 290.0
_LARGEST, _SMALLEST = 13.0, 1.6
_STEPS = 40
_HUGE = 700.0  # the logarithm of the largest ratio that is a number
_ROUNDING = 1e-12
_MANY_TIMES = 30.0
_MEASURES = ("RR", "OR", "PETO", "RD", "AS")
Risks = tuple[float, float]


@dataclass(frozen=True)
class _Study:
    row: str
    label: str
    control: float
    treatment: float
    n: float
    radius: float


@dataclass(frozen=True)
class _Span:
    """The risks that both scales run between."""

    low: float
    high: float
    log: bool = False

    def place(self, risk: float) -> float:
        """A risk on the scale."""
        return math.log(risk) if self.log else risk

    def back(self, place: float) -> float:
        """The risk of a place on the scale."""
        return math.exp(place) if self.log else place

    def ticks(self) -> tuple[Tick, ...]:
        """Round percentages."""
        if not self.log:
            return even_ticks(self.low, self.high, factor=100.0)
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        steps = (1, 2, 5) if self.high / self.low <= 1000 else (1,)
        values = [m * 10.0**d for d in range(first, last + 1) for m in steps]
        return tuple(Tick(math.log(v), f"{100 * v:.6g}") for v in values if self.low <= v <= self.high)


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the L'Abbé plot of an analysis of event counts in two arms; None for other data or a single study."""
    if data.measure.kind != "counts":
        return None
    studies = _studies(data)
    if len(studies) < LEAST_STUDIES:
        return None
    title = f"L\u2019Abb\u00e9 plot: {data.title}"
    span = _span(data.measure, studies)
    treatment, control = (str(data.described.get(a) or f"the {a} arm") for a in ("treatment", "control"))
    log = ", log scale" if span.log else ""
    captions = Captions(title, f"Events in {control}, %{log}", f"Events in {treatment}, %{log}", _notes(data))
    ends = span.place(span.low), span.place(span.high)
    plot = Plot(captions, across=ends, up=ends, height=_SIDE, right=LEFT + _SIDE, sheet_width=LEFT + _SIDE + 24)
    curves = _curves(data, span)
    _draw_curves(plot, curves, span)
    for s in sorted(studies, key=lambda s: -s.radius):
        plot.marks(
            [_at(plot, span, s)], radius=s.radius, fill=f"{STUDY}66", edge=STUDY, edge_width=0.7, name=f"study-{s.row}"
        )
    plot.draw_scales(span.ticks(), span.ticks(), grid=True)
    named = _name(plot, span, studies)
    rows = [_row(s, named) for s in studies]
    for mark, points in curves.items():
        rows += [{"mark": f"curve of {mark}", "control": x, "treatment": y} for x, y in points]
    return Drawn("labbe", plot.figure, title, _alt(data, studies), COLUMNS, rows)


def treatment_risk(measure: str, effect: float, control: float) -> float:
    """The risk in the treatment arm that an effect gives for a risk in the control arm.

    Parameters
    ----------
    measure : RR, OR, PETO, RD or AS
    effect : on the analysis scale (log ratio; difference; difference of arcsine roots)
    control : risk from 0 to 1

    Returns
    -------
    nan where the effect leads below 0 or above 1.
    """
    if measure == "RR":
        risk = control * math.exp(min(effect, _HUGE))
    elif measure in ("OR", "PETO"):
        odds = math.exp(min(effect, _HUGE)) * control
        risk = odds / (1 - control + odds)
    elif measure == "RD":
        risk = control + effect
    elif measure == "AS":
        root = math.asin(math.sqrt(control)) + effect
        risk = math.sin(root) ** 2 if 0 <= root <= math.pi / 2 else math.nan
    else:
        raise ValueError(f"measure {measure!r} does not say what the risk in the other arm is")
    return min(max(risk, 0.0), 1.0) if -_ROUNDING <= risk <= 1 + _ROUNDING else math.nan


def _studies(data: AnalysisInput) -> list[_Study]:
    found = []
    for row in data.effects:
        events_t, n_t, events_c, n_c = (cell(row, c) for c in ("events_t", "n_t", "events_c", "n_c"))
        if n_t > 0 and n_c > 0 and math.isfinite(events_t) and math.isfinite(events_c):
            found.append((row["row"], events_c / n_c, events_t / n_t, n_t + n_c))
    largest = max((f[3] for f in found), default=1.0)
    return [
        _Study(row, data.labels[row], c, t, n, max(_SMALLEST, _LARGEST * math.sqrt(n / largest)))
        for row, c, t, n in found
    ]


def _span(measure: Measure, studies: Sequence[_Study]) -> _Span:
    """What both scales show: from 0, to 100 % where most of it is used; logarithmic where risks differ many times."""
    risks = [r for s in studies for r in (s.control, s.treatment)]
    lowest, highest = min(risks), max(risks)
    if measure.ratio and lowest > 0 and highest / lowest > _MANY_TIMES:
        return _Span(lowest / 1.5, min(1.0, highest * 1.5), log=True)
    return _Span(0.0, 1.0 if 1.08 * highest > 0.8 or highest == 0 else 1.08 * highest)


def _at(plot: Plot, span: _Span, study: _Study) -> tuple[float, float]:
    return plot.at(span.place(study.control), span.place(study.treatment))


def _curves(data: AnalysisInput, span: _Span) -> dict[str, list[Risks]]:
    """The curve of the pooled effect, and those of the ends of its interval; none where nothing was pooled."""
    fit = data.primary
    if fit is None or fit.get("measure") not in _MEASURES:
        return {}
    values = {name: cell(fit, f"{name}_yi") for name in ("estimate", "ci_low", "ci_high")}
    return {name: _curve(fit["measure"], value, span) for name, value in values.items() if math.isfinite(value)}


def _curve(measure: str, effect: float, span: _Span) -> list[Risks]:
    """Points of one curve inside the square, from its lower to its upper end; of a straight one only the two."""
    low, high = span.low, span.high
    first = low if treatment_risk(measure, effect, low) >= low else treatment_risk(measure, -effect, low)
    last = high if treatment_risk(measure, effect, high) <= high else treatment_risk(measure, -effect, high)
    if not first < min(last, high):  # the effect leads out of the square at once
        return []
    steps = 1 if measure == "RR" or (measure == "RD" and not span.log) else _STEPS
    ends = span.place(first), span.place(last)
    at = [first, *(span.back(ends[0] + (ends[1] - ends[0]) * i / steps) for i in range(1, steps)), last]
    return [(x, min(max(treatment_risk(measure, effect, x), low), high)) for x in at]


def _draw_curves(plot: Plot, curves: Mapping[str, list[Risks]], span: _Span) -> None:
    corners = [(span.low, span.low), (span.high, span.high)]
    plot.line(_path(plot, span, corners), colour=MUTED, width=0.7, dashes=(2, 2), order=1, name="null-line")
    low, high = curves.get("ci_low"), curves.get("ci_high")
    if low and high:
        outline = [*_across(low, span), *reversed(_across(high, span))]
        plot.polygon(_path(plot, span, outline), fill=SHADES[1], order=0.3, name="band")
    if curves.get("estimate"):
        plot.line(_path(plot, span, curves["estimate"]), colour=POOLED, width=1.1, order=1.5, name="pooled-curve")


def _path(plot: Plot, span: _Span, risks: Sequence[Risks]) -> list[tuple[float, float]]:
    return [plot.at(span.place(x), span.place(y)) for x, y in risks]


def _across(curve: list[Risks], span: _Span) -> list[Risks]:
    """A curve made to run from the left to the right edge of the square, along its lower and upper edge."""
    before = [(span.low, span.low)] if curve[0][0] > span.low else []
    return [*before, *curve, *([(span.high, span.high)] if curve[-1][0] < span.high else [])]


def _name(plot: Plot, span: _Span, studies: Sequence[_Study]) -> Collection[str]:
    """Name the largest studies where there is room; give the rows of those that found it."""
    wanted = sorted(studies, key=lambda s: -s.n)[:EVERY_NAME]
    rest = [(_at(plot, span, s), s.radius) for s in studies if s not in wanted]
    avoid = [(x - r, y - r, x + r, y + r) for (x, y), r in rest]
    labels = [Label(shorten(s.label, 100.0), _at(plot, span, s), s.radius) for s in wanted]
    left, top, right, bottom = plot.frame
    limit = (left + 1, top - 4, right + 10, bottom - 1)
    return {wanted[i].row for i in plot.draw_labels(labels, avoid=avoid, limit=limit)}


def _notes(data: AnalysisInput) -> tuple[str, ...]:
    fit = data.primary
    circles = "Circles: studies, area by number of participants; dashed: no difference"
    if fit is None or fit.get("measure") not in _MEASURES:
        return (circles,)
    return (circles, f"Curve and band: pooled {_pooled_words(data)}")


def _pooled_words(data: AnalysisInput) -> str:
    fit, show = data.primary or {}, written_effect(data.measure)
    values = [cell(fit, f"{name}_yi") for name in ("estimate", "ci_low", "ci_high")]
    words = f"{short_name(data.measure)} {show(values[0])}"
    level = cell(fit, "level")
    return (
        f"{words} [{level_text(level)} CI {show(values[1])}, {show(values[2])}]"
        if all(map(math.isfinite, values))
        else words
    )


def _row(study: _Study, named: Collection[str]) -> dict[str, Any]:
    return {
        "mark": "study", "row": study.row, "study": study.label, "control": study.control, "treatment": study.treatment,
        "n": study.n, "radius": study.radius, "named": study.row in named,
    }  # fmt: skip


def _alt(data: AnalysisInput, studies: Sequence[_Study]) -> str:
    above = sum(s.treatment > s.control for s in studies)
    below = sum(s.treatment < s.control for s in studies)
    ranges = [(100 * min(v), 100 * max(v)) for v in ([s.control for s in studies], [s.treatment for s in studies])]
    pooled = f" The pooled result is {_pooled_words(data)}." if data.primary else ""
    return (
        f"L\u2019Abb\u00e9 plot of {len(studies)} studies of {data.title}: percentage with an event in the control arm across "
        f"({number(ranges[0][0], 1)} to {number(ranges[0][1], 1)}), in the treatment arm upward ({number(ranges[1][0], 1)} to "
        f"{number(ranges[1][1], 1)}). Events are more frequent under treatment in {above} studies, less frequent in "
        f"{below}.{pooled}"
    )
