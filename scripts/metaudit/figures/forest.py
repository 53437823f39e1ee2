"""A forest plot of one analysis, laid out from the measured width of everything it says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.figures.axis import NOWHERE, Axis, Tick, as_interval, shown_range, ticks
from metaudit.figures.columns import GAP, PlacedColumn, place_columns
from metaudit.figures.footer import axis_height, draw_axis, draw_footer, footer_lines
from metaudit.figures.marks import draw_diamond, draw_prediction, draw_study
from metaudit.figures.rows import Row, forest_rows
from metaudit.figures.sheet import Sheet
from metaudit.figures.style import BODY, FAINT, INK, MEDIUM, MUTED, POOLED, PRINTED, RULE, SMALL, TITLE
from metaudit.figures.typeset import width, wrap
from metaudit.figures.wording import level_text, long_name, number, short_name
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from metaudit.figures.content import ForestData

MARGIN = 12.0
PLOT = 230.0
_PLOT_GAP = 16.0
_LEAST_WIDTH = 470.0
_TEXT_GAPS = (0.0, 5.0, 3.0)
_TITLE_LEADING = 12.0
_HEAD_LEADING = 12.0
_FOOT_LEADING = 10.5


@dataclass(frozen=True)
class _Layout:
    """Where everything stands, in points."""

    width: float
    plot_left: float
    columns: tuple[PlacedColumn, ...]
    texts_right: tuple[float, float, float]
    weight_right: float
    title: tuple[str, ...]
    rows_top: float
    rows_bottom: float
    footer_top: float
    footer: tuple[str, ...]

    @property
    def height(self) -> float:
        """Height of the whole sheet."""
        return self.footer_top + _FOOT_LEADING * len(self.footer) + MARGIN - 4


def draw_forest(data: ForestData) -> Figure:
    """Draw a forest plot.

    Returns
    -------
    A figure whose size follows from its contents: no text overlaps another or leaves the sheet.
    """
    measure = measure_of(data.measure)
    rows = forest_rows(data)
    layout = _lay_out(data, measure, rows)
    sheet = Sheet(layout.width, layout.height)
    axis = _axis(data, measure, layout)
    _draw_title(sheet, layout)
    _draw_headings(sheet, data, measure, layout)
    _draw_reference_lines(sheet, data, measure, layout, axis)
    heaviest = max((s.weight for s in data.studies if s.weight > 0), default=math.nan)
    top = layout.rows_top
    for row in rows:
        _draw_row(sheet, row, layout, axis, measure, top, heaviest)
        top += row.height
    marks = _ticks(axis, measure)
    draw_axis(sheet, axis, layout.rows_bottom, marks, long_name(measure), null=_null(measure), favours=data.favours)
    draw_footer(sheet, layout.footer, MARGIN, layout.footer_top, _FOOT_LEADING)
    return sheet.figure


def to_axis(measure: Measure, value: float) -> float:
    """Put a natural-scale value on the axis of a forest plot: logarithmic for ratios only."""
    return measure.to_analysis(value) if measure.ratio else value


def _null(measure: Measure) -> float | None:
    return None if measure.null is None else to_axis(measure, measure.null)


def _lay_out(data: ForestData, measure: Measure, rows: Sequence[Row]) -> _Layout:
    label_right = MARGIN + max(
        width(r.label, BODY, r.bold) for r in (*rows, Row("heading", "Study")) if r.kind != "note"
    )
    columns = tuple(place_columns(measure.kind, data.studies, label_right))
    block_right = columns[-1].right if columns else label_right
    notes = max((MARGIN + 8 + width(r.label, SMALL) for r in rows if r.kind == "note"), default=0.0)
    plot_left = max(block_right, notes) + _PLOT_GAP
    edge = plot_left + PLOT + _PLOT_GAP
    rights = []
    for part in range(3):
        edge += max(width(r.texts[part], BODY, r.bold) for r in rows) + _TEXT_GAPS[part]
        rights.append(edge)
    heading = width(_effect_heading(data, measure), BODY, bold=True)
    spare = max(0.0, heading - (edge - plot_left - PLOT - _PLOT_GAP))
    texts_right = (rights[0] + spare, rights[1] + spare, rights[2] + spare)
    weight_right = texts_right[2]
    if any(math.isfinite(r.weight) for r in rows):
        weight_right += GAP + max(width("Weight, %", BODY, bold=True), width("100.0", BODY, bold=True))
    total = max(weight_right + MARGIN, _LEAST_WIDTH)
    title = tuple(wrap(data.title, TITLE, total - 2 * MARGIN, bold=True))
    heads = 2 if any(c.group for c in columns) else 1
    rows_top = MARGIN + _TITLE_LEADING * len(title) + 4 + _HEAD_LEADING * heads + 5
    rows_bottom = rows_top + sum(r.height for r in rows) + 4
    foot = rows_bottom + axis_height(sided=_null(measure) is not None and bool(data.favours)) + 4
    footer = tuple(line for text in footer_lines(data) for line in wrap(text, SMALL, total - 2 * MARGIN))
    return _Layout(total, plot_left, columns, texts_right, weight_right, title, rows_top, rows_bottom, foot, footer)


def _effect_heading(data: ForestData, measure: Measure) -> str:
    level = data.pooled.level if data.pooled else 0.95
    return f"{short_name(measure)} [{level_text(level)} CI]"


def _axis(data: ForestData, measure: Measure, layout: _Layout) -> Axis:
    ends = (layout.plot_left, layout.plot_left + PLOT)
    if measure.kind == "proportion":
        return Axis(0.0, 1.0, *ends)

    def place(*values: float) -> tuple[float, float, float]:
        return as_interval(values, lambda v: to_axis(measure, v))

    studies = [place(s.estimate, s.ci_low, s.ci_high) for s in data.studies]
    fits = [f for f in (data.pooled, *data.subgroups) if f and f.k > 1]
    summaries = [place(f.estimate, f.ci_low, f.ci_high) for f in fits]
    prediction = place(data.pooled.estimate, data.pooled.pi_low, data.pooled.pi_high) if data.pooled else NOWHERE
    if data.printed:
        summaries.append(place(data.printed.estimate, data.printed.ci_low, data.printed.ci_high))
    low, high = shown_range(studies, summaries, prediction=prediction, null=_null(measure), symmetric=measure.ratio)
    if not measure.ratio:
        low, high = max(low, measure.low), min(high, measure.high)
    return Axis(low, high, *ends)


def _ticks(axis: Axis, measure: Measure) -> tuple[Tick, ...]:
    back = measure.to_natural if measure.ratio else (lambda v: v)
    return ticks(axis, measure, to_axis=lambda v: to_axis(measure, v), to_natural=back)


def _draw_title(sheet: Sheet, layout: _Layout) -> None:
    for index, line in enumerate(layout.title):
        sheet.text(
            MARGIN, MARGIN + TITLE * 0.8 + index * _TITLE_LEADING, line, size=TITLE, bold=True, name=f"title-{index}"
        )


def _draw_headings(sheet: Sheet, data: ForestData, measure: Measure, layout: _Layout) -> None:
    rule = layout.rows_top - 3
    baseline = rule - 4
    sheet.text(MARGIN, baseline, "Study", bold=True)
    for column in layout.columns:
        sheet.text(column.right, baseline, column.heading, align="right", bold=True)
    for group in dict.fromkeys(c.group for c in layout.columns if c.group):
        members = [c for c in layout.columns if c.group == group]
        right = members[-1].right
        left = min(members[0].left, right - width(group, BODY, bold=True))
        sheet.text((left + right) / 2, baseline - _HEAD_LEADING, group, align="center", bold=True)
        sheet.line(
            [(left, baseline - _HEAD_LEADING + 3), (right, baseline - _HEAD_LEADING + 3)], colour=RULE, width=0.4
        )
    sheet.text(layout.texts_right[2], baseline, _effect_heading(data, measure), align="right", bold=True)
    if layout.weight_right > layout.texts_right[2]:
        sheet.text(layout.weight_right, baseline, "Weight, %", align="right", bold=True)
    sheet.line([(MARGIN, rule), (layout.width - MARGIN, rule)], colour=INK, width=MEDIUM)


def _draw_reference_lines(sheet: Sheet, data: ForestData, measure: Measure, layout: _Layout, axis: Axis) -> None:
    top, bottom = layout.rows_top, layout.rows_bottom
    null = _null(measure)
    if null is not None:
        x = axis.place(null)
        sheet.line([(x, top), (x, bottom)], colour=RULE, order=1, name="null-line")
    if data.pooled and len(data.studies) > 1:
        pooled = to_axis(measure, data.pooled.estimate)
        if axis.holds(pooled):
            x = axis.place(pooled)
            sheet.line([(x, top), (x, bottom)], colour=POOLED, width=0.5, dashes=(3, 3), order=1, name="pooled-line")


def _draw_row(
    sheet: Sheet, row: Row, layout: _Layout, axis: Axis, measure: Measure, top: float, heaviest: float
) -> None:
    y = top + row.height / 2
    baseline = y + BODY * 0.36
    if row.kind == "note":
        sheet.text(MARGIN + 8, baseline, row.label, size=SMALL, colour=MUTED)
        return
    if row.kind == "pooled":
        sheet.line([(MARGIN, top), (layout.width - MARGIN, top)], colour=FAINT, width=0.5, order=1)
    colour = {"printed": PRINTED, "prediction": MUTED}.get(row.kind, INK)
    sheet.text(MARGIN, baseline, row.label, bold=row.bold, colour=colour)
    for right, text in zip(layout.texts_right, row.texts, strict=True):
        sheet.text(right, baseline, text, align="right", bold=row.bold, colour=colour)
    if row.kind == "study" and not row.texts[0]:
        sheet.text(layout.texts_right[2], baseline, "not estimable", align="right", colour=MUTED)
    if math.isfinite(row.weight):
        sheet.text(layout.weight_right, baseline, number(row.weight, 1), align="right", bold=row.bold)
    for column in layout.columns:
        cell = column.cells[row.study] if row.study >= 0 else column.total if row.kind == "pooled" else ""
        sheet.text(column.right, baseline, cell, align="right", bold=row.bold)
    _draw_mark(sheet, row, axis, measure, y, heaviest)


def _draw_mark(sheet: Sheet, row: Row, axis: Axis, measure: Measure, y: float, heaviest: float) -> None:
    interval = as_interval(row.interval, lambda v: to_axis(measure, v))
    if row.kind == "study":
        share = row.weight / heaviest if row.weight > 0 else 0.35 if math.isnan(heaviest) else 0.0
        draw_study(sheet, axis, y, interval, share=share, name=str(row.study))
    elif row.kind == "subtotal":
        draw_diamond(sheet, axis, y, interval, name=f"subgroup-{round(y)}", small=True)
    elif row.kind == "pooled":
        draw_diamond(sheet, axis, y, interval, name="pooled")
    elif row.kind == "prediction":
        draw_prediction(sheet, axis, y, interval)
    elif row.kind == "printed":
        draw_diamond(sheet, axis, y, interval, hollow=True, name="printed")
