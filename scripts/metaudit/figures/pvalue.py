"""Drapery plot: the P value of every possible effect, for each study, the pooled result and a new study.

Source: Rücker and Schwarzer 2021, Res Synth Methods 12:308 (drapery plot; P value functions after Fraser 2019).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri, stdtridf, stdtrit

from metaudit.figures.axis import Tick, shown_range
from metaudit.figures.drawn import Drawn
from metaudit.figures.effect_axis import axis_name, effect_ticks
from metaudit.figures.inputs import number as cell
from metaudit.figures.many import said
from metaudit.figures.plot import Captions, Plot
from metaudit.figures.style import FAINT, INK, MUTED, POOLED, RULE, SHADES, SMALL, STUDY
from metaudit.figures.wording import MODELS, beyond_bounds, effect, effect_decimals, level_text, probability

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput, Cells

COLUMNS = ("mark", "row", "study", "place", "effect_yi", "p")
LEAST_STUDIES = 2
MANY = 40
"""From so many studies on their curves are drawn from fewer points."""
LINES = (0.05, 0.01)

_FEW_POINTS = (1.0, 0.8, 0.6, 0.4, 0.25, 0.12, 0.05, 0.015, 0.002)
_POINTS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.22, 0.15, 0.1, 0.06, 0.03, 0.012, 0.004, 0.001)
_DENSE = (
    *np.round(np.arange(1.0, 0.1, -0.03), 2).tolist(),
    0.1,
    0.08,
    0.06,
    0.05,
    0.04,
    0.03,
    0.02,
    0.01,
    0.005,
    0.002,
    0.0005,
)
_ALPHA = ((0.05, "0.05"), (0.2, "0.2"), (0.4, "0.4"), (0.6, "0.6"), (0.8, "0.8"), (1.0, "1"))
_T_INTERVALS = ("t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci")

Quantile = Callable[[float], float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A P value function that falls evenly on both sides of its centre.

    Attributes
    ----------
    centre : the estimate, analysis scale
    half : half the width of the confidence interval of level 1 - p, by p
    """

    centre: float
    half: Quantile

    def points(self, levels: Sequence[float]) -> list[Point]:
        """Effects and P values from left to right; each P value stands twice, on both sides of the centre."""
        left = [(self.centre - self.half(p), p) for p in reversed(levels)]
        return [*left, *((self.centre + self.half(p), p) for p in levels if p < 1)]


def normal(se: float) -> Quantile:
    """Half widths of a Wald interval."""
    return lambda p: float(-ndtri(p / 2)) * se


def student(se: float, df: float) -> Quantile:
    """Half widths of an interval by the t distribution."""
    return lambda p: float(-stdtrit(df, p / 2)) * se


def pooled_curve(row: Cells) -> tuple[Curve, bool]:
    """P value function of a pooled result, by the distribution of its own interval.

    Parameters
    ----------
    row : of pooled.csv

    Returns
    -------
    The curve, and whether its interval of the row's level is the row's (it is not for an interval by profile likelihood,
    beside which the curve is that of Wald's test).
    """
    estimate, se, level = (cell(row, n) for n in ("estimate_yi", "se", "level"))
    ends = [cell(row, n) for n in ("ci_low_yi", "ci_high_yi")]
    df, half = cell(row, "k") - 1, (ends[1] - ends[0]) / 2
    method = row.get("ci_method") or "wald"
    quantile = normal(se)
    if method in _T_INTERVALS and df >= 1:
        quantile = student(se, df)
    if method == "hksj-adhoc-ci":
        quantile = _wider(quantile, row)
    if method == "kenward-roger" and half > 0:
        found = float(stdtridf(0.5 + level / 2, half / se))
        quantile = student(se, found) if 0 < found < 1e8 else quantile
    curve = Curve(estimate, quantile)
    expected = quantile(1 - level)
    matches = all(abs(abs(end - estimate) - expected) <= 1e-6 * max(expected, 1e-12) for end in ends)
    return curve, matches


def _wider(by_t: Quantile, row: Cells) -> Quantile:
    """The wider of a Hartung-Knapp and a Wald interval (Wiksten et al. 2016), where the row's is Wald's."""
    level = cell(row, "level")
    half = (cell(row, "ci_high_yi") - cell(row, "ci_low_yi")) / 2
    if half <= by_t(1 - level) * (1 + 1e-9):
        return by_t
    by_z = normal(half / float(ndtri(0.5 + level / 2)))
    return lambda p: max(by_t(p), by_z(p))


def prediction_curve(row: Cells, to_natural: Callable[[float], float]) -> Curve | None:
    """The same for the effect of a new study; None where its interval follows from none of the usual distributions.

    Parameters
    ----------
    row : of pooled.csv; ``spec`` names the interval, which must be the one that the curve gives
    to_natural : from the analysis scale
    """
    estimate, se, tau2, level, k = (cell(row, n) for n in ("estimate_yi", "se", "tau2", "level", "k"))
    found = re.search(r"PI:([\w-]+)", row.get("spec") or "")
    limits = [cell(row, n) for n in ("pi_low", "pi_high")]
    if not found or not all(map(math.isfinite, [*limits, se, tau2])):
        return None
    spread = math.sqrt(tau2 if found[1] == "tau-only" else tau2 + se**2)
    if not spread > 0:
        return None
    df = {"t-k-2": k - 2, "t-k-1": k - 1, "hksj": k - 1}.get(found[1], math.inf)
    curve = Curve(estimate, student(spread, df) if math.isfinite(df) else normal(spread))
    half = curve.half(1 - level)
    given = sorted(to_natural(estimate + side * half) for side in (-1, 1))
    close = all(abs(a - b) <= 1e-6 * max(abs(a), abs(b)) for a, b in zip(given, limits, strict=True))
    return curve if close else None


@dataclass(frozen=True)
class _Drapery:
    """What is drawn: the curves of studies by row, the pooled one, that of a new study."""

    studies: Sequence[tuple[str, str, Curve]]
    pooled: Curve | None
    prediction: Curve | None
    level: float


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the P value functions of an analysis of two or more studies, without moderators, that was pooled."""
    row = data.primary
    if row is None or data.regression or not all(math.isfinite(cell(row, n)) for n in ("estimate_yi", "se")):
        return None
    studies = [
        (r["row"], data.labels[r["row"]], Curve(cell(r, "yi"), normal(math.sqrt(cell(r, "vi")))))
        for r in data.effects
        if math.isfinite(cell(r, "yi")) and 0 < cell(r, "vi") < math.inf
    ]
    if len(studies) < LEAST_STUDIES or not cell(row, "se") > 0:
        return None
    curve, own = pooled_curve(row)
    drapery = _Drapery(studies, curve, prediction_curve(row, data.measure.to_natural), cell(row, "level"))
    title = f"P value functions: {data.title}"
    plot = _plot(
        data, drapery, Captions(title, axis_name(data.measure), "P value, two-sided", _notes(data, drapery, own))
    )
    drawn = list(_draw(plot, data, drapery))
    return Drawn("pvalue", plot.figure, title, _alt(data, drapery, row), COLUMNS, drawn)


def _plot(data: AnalysisInput, d: _Drapery, captions: Captions) -> Plot:
    return Plot(captions, across=_reach(data, d), up=(0.0, 1.0), height=260.0, right=366.0)


def _reach(data: AnalysisInput, d: _Drapery) -> tuple[float, float]:
    """The effects that the scale shows."""
    assert d.pooled is not None
    return shown_range(
        [_interval(c, 0.05) for _, _, c in d.studies],
        [_interval(d.pooled, 0.01)],
        prediction=_interval(d.prediction, 0.05) if d.prediction else (math.nan, math.nan, math.nan),
        null=data.measure.null_analysis,
        symmetric=data.measure.ratio,
    )


def _interval(c: Curve, p: float) -> tuple[float, float, float]:
    return c.centre, c.centre - c.half(p), c.centre + c.half(p)


def clipped(points: Sequence[Point], low: float, high: float) -> Iterator[list[Point]]:
    """The pieces of a line, from left to right, that lie between two effects."""
    piece: list[Point] = []
    for (x0, y0), (x1, y1) in pairwise(points):
        if x1 < low or x0 > high or x1 <= x0:
            continue
        start, end = max(x0, low), min(x1, high)
        slope = (y1 - y0) / (x1 - x0)
        first, last = (start, y0 + slope * (start - x0)), (end, y0 + slope * (end - x0))
        if not piece:
            piece.append(first)
        piece.append(last)
    if len(piece) > 1:
        yield piece


def _draw(plot: Plot, data: AnalysisInput, d: _Drapery) -> Iterator[dict[str, object]]:
    """Draw the curves and give the points of each."""
    assert d.pooled is not None
    left, top, right, bottom = plot.frame
    across = effect_ticks(plot.across, data.measure)
    plot.draw_scales(across, [Tick(p, word) for p, word in _ALPHA])
    for p in LINES:
        y = plot.up.place(p)
        plot.line([(left, y), (right, y)], colour=RULE, dashes=(2, 2), order=2.5)
        word = level_text(1 - p)
        plot.text(right + 4, y + SMALL * 0.36, word, size=SMALL, colour=MUTED, name=f"level-{word}")
    if data.measure.null_analysis is not None:
        x = plot.across.place(data.measure.null_analysis)
        plot.line([(x, top), (x, bottom)], colour=INK, width=0.5, order=2.5, name="null")
    if d.prediction is not None:
        points = d.prediction.points(_DENSE)
        yield from _rows("prediction", "", "", points)
        for piece in clipped(points, plot.across.low, plot.across.high):
            area = [plot.at(*p) for p in [(piece[0][0], 0.0), *piece, (piece[-1][0], 0.0)]]
            plot.polygon(area, fill=SHADES[1], order=1, name="prediction")
            plot.line([plot.at(*p) for p in piece], colour=STUDY, width=0.8, dashes=(4, 2), order=2.6)
    levels, colour = (_FEW_POINTS, FAINT) if len(d.studies) >= MANY else (_POINTS, RULE)
    for row, label, curve in d.studies:
        points = curve.points(levels)
        yield from _rows("study", row, label, points)
        for piece in clipped(points, plot.across.low, plot.across.high):
            plot.line([plot.at(*p) for p in piece], colour=colour, width=0.5, order=2)
    points = d.pooled.points(_DENSE)
    yield from _rows("pooled", "", "", points)
    for piece in clipped(points, plot.across.low, plot.across.high):
        plot.line([plot.at(*p) for p in piece], colour=POOLED, width=1.8, order=3, name="pooled")


def _rows(mark: str, row: str, study: str, points: Sequence[Point]) -> Iterator[dict[str, object]]:
    for place, (x, p) in enumerate(points, start=1):
        yield {"mark": mark, "row": row, "study": study, "place": place, "effect_yi": x, "p": p}


def _notes(data: AnalysisInput, d: _Drapery, own: bool) -> tuple[str, ...]:
    assert data.primary is not None
    model = MODELS.get(data.primary.get("model") or "", data.primary.get("model") or "")
    words = [f"Thin lines: {len(d.studies)} studies. Bold line: pooled, {model[:1].lower()}{model[1:]}"]
    words += ["Shaded, with a broken outline: a new study (prediction)"] if d.prediction is not None else []
    notes = [
        f"{'. '.join(words)}. Level lines: P = 0.05 and 0.01; where a curve crosses them stand the limits of its 95 % and 99 % interval"
    ]
    if not own:
        name = data.primary.get("ci_method") or "another method"
        notes.append(
            f"The bold line is that of Wald’s test; the interval of this fit ({name}) is not, and differs from it"
        )
    # The shown scale, as the curves themselves go on for ever.
    return (*notes, *beyond_bounds(_reach(data, d), data.measure, what="Values"))


def _alt(data: AnalysisInput, d: _Drapery, row: Cells) -> str:
    measure = data.measure
    values = [cell(row, n) for n in ("estimate", "ci_low", "ci_high")]
    decimals = effect_decimals([values[2] - values[1]], measure)
    low, high = (effect(v, decimals, measure) for v in values[1:])
    words = [
        f"P value functions of {len(d.studies)} studies of {data.title} and of their pooled result.",
        f"The pooled curve peaks at {said(values[0], decimals, measure)}; its {level_text(d.level)} interval is {low} to {high}.",
    ]
    if measure.null_analysis is not None:
        p = cell(row, "p")
        words.append(f"At no effect the pooled curve stands at {probability(p)}." if math.isfinite(p) else "")
        below = sum(
            2 * float(ndtr(-abs(c.centre - measure.null_analysis) / c.half(2 * float(ndtr(-1.0))))) < 0.05
            for _, _, c in d.studies
        )
        words.append(f"{below} of the {len(d.studies)} studies alone have a P value below 0.05 there.")
    if d.prediction is not None:
        ends = [effect(cell(row, n), decimals, measure) for n in ("pi_low", "pi_high")]
        words.append(f"The shaded curve of a new study spans {ends[0]} to {ends[1]} at {level_text(d.level)}.")
    return " ".join(w for w in words if w)
