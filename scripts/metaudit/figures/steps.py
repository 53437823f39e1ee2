"""Forest plots of the pooled result itself: as studies came in, and without one study at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.figures.axis import NOWHERE, as_interval, shown_range
from metaudit.figures.columns import effect_column, extra_columns
from metaudit.figures.content import Fit, ForestData
from metaudit.figures.drawn import Drawn
from metaudit.figures.forest import bounded, null_of
from metaudit.figures.inputs import number as cell
from metaudit.figures.layouts import DEFAULT
from metaudit.figures.marks import draw_diamond, draw_study
from metaudit.figures.page import Page, draw_page, to_axis
from metaudit.figures.results import forest_data
from metaudit.figures.rows import Row
from metaudit.figures.said import interval_said
from metaudit.figures.style import FAINT
from metaudit.figures.wording import beyond_bounds, effect_decimals, level_text, model_line, number

if TYPE_CHECKING:
    from metaudit.figures.axis import Axis, Interval
    from metaudit.figures.inputs import AnalysisInput
    from metaudit.figures.scene import Scene
    from metaudit.figures.sheet import Sheet

LEAST_STUDIES = 3
COLUMNS = ("mark", "row", "label", "k", "estimate", "ci_low", "ci_high", "tau2", "i2")
_SHARE = 0.4
_LIMITS = ("estimate", "ci_low", "ci_high")

Cells = Mapping[str, str]


def draw_cumulative(data: AnalysisInput) -> Drawn | None:
    """Draw the pooled result after each study, in the order of cumulative.csv; None below three steps."""
    steps = sorted(data.cumulative, key=lambda r: cell(r, "place"))
    if len(steps) < LEAST_STUDIES or data.described.get("moderators"):
        return None
    years = {r["row"]: r.get("year") or "" for r in data.effects}
    labels = [f"{'+ ' if i else ''}{_dated(data.labels[r['row']], years[r['row']])}" for i, r in enumerate(steps)]
    title = f"Cumulative forest plot: {data.title}"
    note = "Each row pools the studies down to it, oldest first; the diamond is the result of all."
    return _Steps(data, steps, labels, note).drawn("forest-cumulative", title, said=_cumulative_said)


def draw_leave_one_out(data: AnalysisInput) -> Drawn | None:
    """Draw the pooled result without each study in turn; None below three studies."""
    steps = data.leave_one_out
    if len(steps) < LEAST_STUDIES or data.described.get("moderators") or data.primary is None:
        return None
    labels = [f"without {data.labels[r['row']]}" for r in steps]
    title = f"Leave-one-out forest plot: {data.title}"
    note = "Each row pools all studies but the one it names; the shaded band is the interval of all of them."
    return _Steps(data, steps, labels, note).drawn("forest-leave-one-out", title, said=_leave_one_out_said)


def _dated(label: str, year: str) -> str:
    return f"{label} ({year})" if year and year not in label else label


class _Steps:
    """The rows of such a plot; ``steps`` are rows of a result file."""

    def __init__(self, data: AnalysisInput, steps: Sequence[Cells], labels: Sequence[str], note: str) -> None:
        self.data, self.steps, self.labels, self.note = data, steps, labels, note
        self.measure = data.measure
        self.forest: ForestData = replace(forest_data(data), title="")
        fit = self.forest.pooled
        assert fit is not None
        self.fit: Fit = fit
        self.decimals = effect_decimals((cell(r, "ci_high") - cell(r, "ci_low") for r in steps), self.measure)
        self.cumulative = "place" in steps[0]

    def drawn(self, kind: str, title: str, *, said: object) -> Drawn:
        """Draw them and say what they show."""
        assert callable(said)
        return Drawn(
            kind=kind, figure=self.figure(title), title=title, alt=said(self), columns=COLUMNS, rows=self.marks()
        )

    def rows(self) -> list[Row]:
        """One row a step; below them all studies together, unless the last step is that."""
        rows = []
        last = len(self.steps) - 1
        for i, (step, label) in enumerate(zip(self.steps, self.labels, strict=True)):
            whole = self.cumulative and i == last
            rows.append(self._row("pooled" if whole else "step", label, self._interval(step), self._extras(step)))
        if not self.cumulative:
            fit = self.fit
            everyone = self._row(
                "pooled",
                f"All {fit.k} studies",
                (fit.estimate, fit.ci_low, fit.ci_high),
                (small_percent(fit.i2), numbers.variance(fit.tau2)),
            )
            rows += [Row("space"), everyone]
        return rows

    def _row(self, kind: str, label: str, interval: Interval, cells: tuple[str, ...]) -> Row:
        texts = DEFAULT.words.interval(interval, self.decimals, self.measure)
        return Row(kind, label, interval, texts, cells=cells)  # type: ignore[arg-type]

    def _interval(self, step: Cells) -> Interval:
        estimate, low, high = (cell(step, name) for name in _LIMITS)
        return estimate, low, high

    def _extras(self, step: Cells) -> tuple[str, ...]:
        heterogeneity = (small_percent(cell(step, "i2")), numbers.variance(cell(step, "tau2")))
        return (number(cell(step, "k"), 0), *heterogeneity) if self.cumulative else heterogeneity

    def figure(self, title: str) -> Scene:
        """Draw the page."""
        rows = self.rows()
        headings = (*(("k",) if self.cumulative else ()), "I\u00b2, %", "τ²")
        level = level_text(self.fit.level)
        footer = [self.note, f"{model_line(self.fit)}; squares are of one size, lines are {level} intervals."]
        footer += [f"{note}." for note in beyond_bounds([v for r in rows for v in r.interval], self.measure)]
        return draw_page(
            Page(
                title=title,
                rows=rows,
                left=[],
                right=[effect_column(self.forest, self.measure, rows, DEFAULT), *extra_columns(headings, rows)],
                measure=self.measure,
                reach=self._reach(rows),
                mark=self._mark,
                layout=DEFAULT,
                null=null_of(self.measure),
                pooled=to_axis(self.measure, self.fit.estimate),
                footer=footer,
                favours=self.forest.favours,
            )
        )

    def _reach(self, rows: Sequence[Row]) -> tuple[float, float]:
        if self.measure.kind == "proportion":
            return 0.0, 1.0
        places = [as_interval(r.interval, lambda v: to_axis(self.measure, v)) for r in rows if r.kind != "space"]
        shown = shown_range(places, places[-1:], prediction=NOWHERE, null=null_of(self.measure), symmetric=False)
        return bounded(shown, self.measure)

    def _mark(self, sheet: Sheet, row: Row, axis: Axis, y: float) -> None:
        interval = as_interval(row.interval, lambda v: to_axis(self.measure, v))
        name = str(round(y))
        if row.kind == "step":
            if not self.cumulative:
                self._band(sheet, axis, y, row.height)
            draw_study(sheet, axis, y, interval, share=_SHARE, look=DEFAULT.look, name=name)
        elif row.kind == "pooled":
            draw_diamond(sheet, axis, y, interval, look=DEFAULT.look, name="pooled")

    def _band(self, sheet: Sheet, axis: Axis, y: float, height: float) -> None:
        """Shade the interval of all studies behind a row."""
        low, high = (axis.place(to_axis(self.measure, v)) for v in (self.fit.ci_low, self.fit.ci_high))
        if low < high:
            top, bottom = y - height / 2, y + height / 2
            corners = [(low, top), (high, top), (high, bottom), (low, bottom)]
            sheet.polygon(corners, fill=FAINT, order=0.5, name=f"band-{round(y)}")

    def marks(self) -> list[dict[str, object]]:
        """The numbers drawn."""
        last = len(self.steps) - 1
        marks: list[dict[str, object]] = []
        for i, (step, label) in enumerate(zip(self.steps, self.labels, strict=True)):
            mark = "pooled" if self.cumulative and i == last else "step"
            numbers = {name: cell(step, name) for name in (*_LIMITS, "tau2", "i2")}
            k = int(cell(step, "k")) if self.cumulative else self.fit.k - 1
            marks.append({"mark": mark, "row": step["row"], "label": label, "k": k, **numbers})
        if not self.cumulative:
            numbers = {name: getattr(self.fit, name) for name in (*_LIMITS, "tau2", "i2")}
            marks.append(
                {"mark": "pooled", "row": "", "label": f"All {self.fit.k} studies", "k": self.fit.k, **numbers}
            )
        return marks

    def said(self, step: Cells) -> str:
        """``0.49 (0.34 to 0.70)``."""
        estimate, low, high = self._interval(step)
        fit = replace(self.fit, estimate=estimate, ci_low=low, ci_high=high)
        return interval_said(fit, self.measure, self.decimals)

    def excludes(self, step: Cells) -> bool:
        """Whether the interval of a step leaves out the value of no effect."""
        _, low, high = self._interval(step)
        null = self.measure.null
        return null is not None and (low > null or high < null)


def _cumulative_said(steps: _Steps) -> str:
    first, last = steps.steps[0], steps.steps[-1]
    count = len(steps.steps)
    words = [
        f"The pooled result after each of {count} studies, oldest first: {steps.said(first)} with {steps.labels[0]} alone, "
        f"{steps.said(last)} with all."
    ]
    if steps.measure.null is not None:
        found = [steps.excludes(s) for s in steps.steps]
        null = f"{steps.measure.null:g}"
        since = count - next((i for i, f in enumerate(reversed(found)) if not f), count)
        if not any(found):
            words.append(f"No interval leaves out {null}.")
        elif since < count:
            label = steps.labels[since].removeprefix("+ ")
            words.append(f"From {label} on, every interval leaves out {null}.")
        else:
            words.append(f"The interval leaves out {null} at {sum(found)} of {count} steps, and not at the last.")
    return " ".join(words)


def _leave_one_out_said(steps: _Steps) -> str:
    usable = [i for i, s in enumerate(steps.steps) if math.isfinite(cell(s, "estimate"))]
    whole = interval_said(steps.fit, steps.measure, steps.decimals)
    if not usable:
        return f"The pooled result of all {steps.fit.k} studies is {whole}; without any one of them there is none."
    order = sorted(usable, key=lambda i: cell(steps.steps[i], "estimate"))
    ends = [f"{steps.said(steps.steps[i])} {steps.labels[i]}" for i in (order[0], order[-1])]
    words = [
        f"The pooled result of {steps.fit.k} studies is {whole}; with one left out it lies between {ends[0]} and {ends[1]}."
    ]
    if steps.measure.null is not None:
        excluding = sum(steps.excludes(steps.steps[i]) for i in usable)
        words.append(f"{excluding} of the {len(usable)} intervals leave out {steps.measure.null:g}.")
    return " ".join(words)


def small_percent(value: float) -> str:
    """Write a percentage with one decimal."""
    return number(value, 1)
