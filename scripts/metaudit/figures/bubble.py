"""Bubble plot of a meta-regression: effects against a moderator, with the fitted line, its confidence and prediction band.

Source: Thompson and Higgins 2002, Stat Med 21:1559; line and bands as metafor's ``predict`` and ``regplot`` have them
(x'beta ± quantile √(x' covariance x), with the residual tau² added under the root for the effect of a new study; the other
moderators at their means).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaudit.figures.axis import Axis
from metaudit.figures.drawn import Drawn
from metaudit.figures.effect_axis import axis_name, effect_ticks
from metaudit.figures.inputs import number as cell
from metaudit.figures.label_places import Label
from metaudit.figures.moderators import Moderator, fitted_studies, moderators
from metaudit.figures.plot import BELOW, LEFT, RIGHT, Page, Panel, even_ticks, shorten
from metaudit.figures.style import POOLED, RULE, SHADES, STUDY
from metaudit.figures.wording import level_text, number, probability, small, variance

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput

LEAST_STUDIES = 3
EVERY_NAME = 12
"""Up to this many studies every one is named where there is room; beyond, those the line misses."""
COLUMNS = (
    "mark",
    "moderator",
    "row",
    "study",
    "x",
    "yi",
    "ci_low",
    "ci_high",
    "pi_low",
    "pi_high",
    "weight",
    "radius",
    "named",
)
Fitted = tuple[float, float, float, float, float]

_LARGEST, _SMALLEST = 9.0, 1.6
_STEPS = 40
_MISSED = 1.96
_GAP = 10.0


@dataclass(frozen=True)
class _Study:
    row: str
    label: str
    yi: float
    weight: float
    radius: float
    missed: bool


@dataclass(frozen=True)
class _Model:
    """Coefficients, their covariance (empty where none is defined), residual tau² and the quantile of the bands."""

    coef: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    tau2: float
    quantile: float
    level: float

    @property
    def banded(self) -> bool:
        """Whether the line has a confidence band."""
        return bool(self.covariance) and math.isfinite(self.quantile)

    @property
    def predicts(self) -> bool:
        """Whether new studies would scatter about the line by more than the line itself is uncertain."""
        return self.banded and self.tau2 > 0

    def line(self, x: Sequence[float]) -> Fitted:
        """The fitted effect with its confidence and prediction limits for one row of the design; limits nan without."""
        fitted = math.fsum(b * v for b, v in zip(self.coef, x, strict=True))
        if not self.banded:
            return fitted, math.nan, math.nan, math.nan, math.nan
        spread = math.fsum(
            a * c * b for a, row in zip(x, self.covariance, strict=True) for b, c in zip(x, row, strict=True)
        )
        half = self.quantile * math.sqrt(max(spread, 0.0))
        wide = self.quantile * math.sqrt(max(spread, 0.0) + self.tau2) if self.predicts else math.nan
        return fitted, fitted - half, fitted + half, fitted - wide, fitted + wide


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the effects of a meta-regression against every numeric moderator; None for other analyses."""
    if len(data.regression) < 2 or len(fitted_studies(data)) < LEAST_STUDIES:
        return None
    every = moderators(data)
    shown = [m for m in every if m.given and min(m.given) < max(m.given)]
    if not shown:
        return None
    model, studies = _model(data), _studies(data)
    lines = {m.term: _line(model, every, m) for m in shown}
    title = f"Bubble plot: {data.title}"
    height = 250.0 if len(shown) == 1 else 190.0
    page = Page(title, _notes(data, every, model), body=len(shown) * (height + BELOW) + (len(shown) - 1) * _GAP)
    rows: list[dict[str, Any]] = []
    for index, moderator in enumerate(shown):
        top = page.body_top + index * (height + BELOW + _GAP)
        mark = f"panel-{index}-" if len(shown) > 1 else ""
        panel = _panel(page, data, moderator, studies, lines[moderator.term], (LEFT, top, RIGHT, top + height), mark)
        rows += _draw_panel(panel, data, moderator, studies, lines[moderator.term])
    return Drawn("bubble", page.figure, title, _alt(data, shown, lines), COLUMNS, rows)


def _model(data: AnalysisInput) -> _Model:
    level = cell(data.primary, "level") if data.primary else math.nan
    covariance = [r.get("covariance") or "" for r in data.regression]
    known = all(covariance)
    return _Model(
        tuple(cell(r, "coef") for r in data.regression),
        tuple(tuple(map(float, c.split("; "))) for c in covariance) if known else (),
        cell(data.regression[0], "tau2") if (data.primary or {}).get("model") == "random" else 0.0,
        cell(data.regression[0], "quantile"),
        level if level > 0 else 0.95,
    )


def _studies(data: AnalysisInput) -> list[_Study]:
    residuals = {r["row"]: cell(r, "rstudent") for r in data.influence}
    largest = max((w for w in data.weight.values() if w > 0), default=1.0)
    found = []
    for row in fitted_studies(data):
        weight = data.weight.get(row["row"], math.nan)
        share = weight / largest if weight > 0 else 0.0
        radius = max(_SMALLEST, _LARGEST * math.sqrt(share))
        missed = abs(residuals.get(row["row"], 0.0)) > _MISSED
        found.append(_Study(row["row"], data.labels[row["row"]], cell(row, "yi"), weight, radius, missed))
    return found


def _line(model: _Model, every: Sequence[Moderator], shown: Moderator) -> list[tuple[float, Fitted]]:
    """Values of one moderator with the fitted effect and its limits, the other moderators at their means."""
    low, high = min(shown.given), max(shown.given)
    means = {m.term: math.fsum(m.values) / len(m.values) for m in every}
    points = []
    for step in range(_STEPS + 1):
        given = low + (high - low) * step / _STEPS
        at = [1.0, *(shown.value(given) if m.term == shown.term else means[m.term] for m in every)]
        points.append((given, model.line(at)))
    return points


def _panel(
    page: Page,
    data: AnalysisInput,
    moderator: Moderator,
    studies: Sequence[_Study],
    line: Sequence[tuple[float, Fitted]],
    frame: tuple[float, float, float, float],
    mark: str,
) -> Panel:
    values = [s.yi for s in studies] + [v for _, fitted in line for v in fitted if math.isfinite(v)]
    null = data.measure.null_analysis
    values += [] if null is None else [null]
    room = 0.08 * (max(values) - min(values)) or 1.0
    side = 0.06 * (max(moderator.given) - min(moderator.given))
    across = min(moderator.given) - side, max(moderator.given) + side
    names = moderator.words, axis_name(data.measure)
    return Panel(page, frame, across=across, up=(min(values) - room, max(values) + room), names=names, mark=mark)


def _draw_panel(
    panel: Panel,
    data: AnalysisInput,
    moderator: Moderator,
    studies: Sequence[_Study],
    line: Sequence[tuple[float, Fitted]],
) -> list[dict[str, Any]]:
    """Draw the studies, the line and its band; give the rows of the figure's data."""
    page, (_, top, _, bottom) = panel.page, panel.frame
    null = data.measure.null_analysis
    if null is not None:
        page.line([panel.at(panel.across.low, null), panel.at(panel.across.high, null)], colour=RULE, order=0.7)
    _draw_line(panel, line, straight=moderator.straight)
    places = {s.row: panel.at(x, s.yi) for s, x in zip(studies, moderator.given, strict=True)}
    for s in sorted(studies, key=lambda s: -s.radius):
        page.marks(
            [places[s.row]],
            radius=s.radius,
            fill=f"{STUDY}66",
            edge=STUDY,
            edge_width=0.7,
            name=f"{panel.mark}study-{s.row}",
        )
    up = effect_ticks(Axis(panel.up.low, panel.up.high, 0.0, bottom - top), data.measure)
    panel.draw_scales(even_ticks(panel.across.low, panel.across.high, most=8), up)
    named = _name(panel, studies, places)
    rows: list[dict[str, Any]] = [
        {"mark": "study", "moderator": moderator.column, "row": s.row, "study": s.label, "x": x, "yi": s.yi,
         "weight": s.weight, "radius": s.radius, "named": s.row in named}
        for s, x in zip(studies, moderator.given, strict=True)
    ]  # fmt: skip
    keys = ("yi", "ci_low", "ci_high", "pi_low", "pi_high")
    return rows + [
        {"mark": "line", "moderator": moderator.column, "x": x, **dict(zip(keys, fitted, strict=True))}
        for x, fitted in line
    ]


def _draw_line(panel: Panel, line: Sequence[tuple[float, Fitted]], *, straight: bool) -> None:
    """Draw the line over its confidence band, and the limits for a new study."""
    page, first = panel.page, line[0][1]
    if math.isfinite(first[1]):
        band = [panel.at(x, f[1]) for x, f in line] + [panel.at(x, f[2]) for x, f in reversed(line)]
        page.polygon(band, fill=SHADES[1], order=0.3, name=f"{panel.mark}band")
    for place, side in ((3, "low"), (4, "high")):
        if math.isfinite(first[place]):
            limit = [panel.at(x, f[place]) for x, f in line]
            page.line(limit, colour=POOLED, width=0.7, dashes=(4, 3), order=1.4, name=f"{panel.mark}prediction-{side}")
    shown = [line[0], line[-1]] if straight else line
    page.line([panel.at(x, f[0]) for x, f in shown], colour=POOLED, width=1.1, order=1.5, name=f"{panel.mark}line")


def _name(panel: Panel, studies: Sequence[_Study], places: Mapping[str, tuple[float, float]]) -> set[str]:
    wanted = sorted(
        (s for s in studies if s.missed or len(studies) <= EVERY_NAME), key=lambda s: (not s.missed, -s.radius)
    )
    rest = [(places[s.row], s.radius) for s in studies if s not in wanted]
    avoid = [(x - r, y - r, x + r, y + r) for (x, y), r in rest]
    labels = [Label(shorten(s.label, 100.0), places[s.row], s.radius) for s in wanted]
    left, top, right, bottom = panel.frame
    return {wanted[i].row for i in panel.draw_labels(labels, avoid=avoid, limit=(left + 1, top, right + 8, bottom - 1))}


def _slope(data: AnalysisInput, term: str) -> str:
    row = next(r for r in data.regression if r["term"] == term)
    low, high = cell(row, "ci_low"), cell(row, "ci_high")
    interval = f" [{small(low)}, {small(high)}]" if math.isfinite(low) and math.isfinite(high) else ""
    return f"{small(cell(row, 'coef'))}{interval}, {probability(cell(row, 'p'))}"


def _notes(data: AnalysisInput, every: Sequence[Moderator], model: _Model) -> list[str]:
    rule = "; the other moderators at their means" if len(every) > 1 else ""
    band = f"; band: its {level_text(model.level)} CI" if model.banded else ""
    band += f"; broken lines: {level_text(model.level)} prediction interval" if model.predicts else ""
    notes = [f"Line: fitted effect{band}{rule}; circles: studies, area by weight"]
    notes += [f"Coefficient of {m.words} ({_scale(m)}): {_slope(data, m.term)}" for m in every]
    first = data.regression[0]
    parts = [f"QM = {small(cell(first, 'qm'))}, {probability(cell(first, 'qm_p'))}"]
    parts += [
        f"residual Q = {small(cell(first, 'q'))} (df = {number(cell(first, 'q_df'), 0)}, {probability(cell(first, 'q_p'))})"
    ]
    if (data.primary or {}).get("model") == "random":
        parts.append(f"residual τ² {variance(cell(first, 'tau2'))}")
        r2 = cell(first, "r2")
        parts += [f"R\u00b2 = {number(r2, 1)} %"] if math.isfinite(r2) else []
    return [*notes, "; ".join(parts)]


def _scale(moderator: Moderator) -> str:
    if not moderator.given:
        return "against the reference level"
    how = {"log": "per unit of the logarithm", "sqrt": "per unit of the root", "inverse": "per unit of the inverse"}
    return how.get(str(moderator.rule.get("transform")), "per unit")


def _alt(data: AnalysisInput, shown: Sequence[Moderator], lines: Mapping[str, Sequence[tuple[float, Fitted]]]) -> str:
    text = [f"Bubble plot of {len(fitted_studies(data))} studies of {data.title}: {axis_name(data.measure)} upward."]
    for m in shown:
        first, last = lines[m.term][0], lines[m.term][-1]
        text.append(
            f"Against {m.words} from {_given(first[0])} to {_given(last[0])} the fitted effect on the analysis scale goes "
            f"from {small(first[1][0])} to {small(last[1][0])}; coefficient {_slope(data, m.term)}."
        )
    return " ".join(text)


def _given(value: float) -> str:
    """A value of a moderator: as many digits as a year needs."""
    return f"{value:.4g}".replace("-", "\u2212")
