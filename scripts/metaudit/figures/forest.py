"""The forest plot of an analysis, in one of four layouts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaudit.figures import bias
from metaudit.figures.axis import NOWHERE, Interval, as_interval, shown_range
from metaudit.figures.columns import Column, data_columns, effect_column, weight_column
from metaudit.figures.drawn import Drawn
from metaudit.figures.layouts import DEFAULT, Layout, layout_of
from metaudit.figures.marks import draw_diamond, draw_prediction, draw_study
from metaudit.figures.page import Page, draw_page, longest, to_axis
from metaudit.figures.results import forest_data
from metaudit.figures.rows import Row, certainty_marks, footnotes, forest_rows, is_pooled
from metaudit.figures.said import MARK_COLUMNS, forest_alt, mark_rows
from metaudit.figures.typeset import wrap
from metaudit.figures.wording import beyond_bounds
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaudit.figures.axis import Axis
    from metaudit.figures.content import ForestData
    from metaudit.figures.inputs import AnalysisInput
    from metaudit.figures.scene import Scene
    from metaudit.figures.sheet import Sheet

_HEADING_LIMIT = 130.0
_PRINTED = "Hollow diamond: the pooled result as printed in the paper; filled: recomputed from the rows shown"


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the forest plot of an analysis in the default layout; None for one whose studies are not public."""
    return draw_forest_layout(data, "default") if data.effects else None


def draw_forest_layout(data: AnalysisInput, layout: str) -> Drawn:
    """Draw the forest plot of an analysis in one of the LAYOUTS: ``default``, ``revman``, ``jama``, ``bmj``.

    Raises
    ------
    ValueError
        when no layout has this name
    """
    chosen = layout_of(layout)
    shown = forest_data(data)
    return Drawn(
        kind="forest" if layout == "default" else f"forest-{layout}",
        figure=draw_forest(shown, chosen),
        title=f"Forest plot: {shown.title}",
        alt=forest_alt(shown),
        columns=(*MARK_COLUMNS, *(f"bias_{d}" for d in shown.domains)),
        rows=mark_rows(shown, chosen),
    )


def draw_forest(data: ForestData, layout: Layout = DEFAULT) -> Scene:
    """Draw a forest plot.

    Returns
    -------
    A figure whose size follows from its contents: no text overlaps another or leaves the sheet.
    """
    measure = measure_of(data.measure)
    rows = forest_rows(data, layout)
    left, right = _columns(data, measure, rows, layout)
    return draw_page(
        Page(
            title=data.title if layout.titled else "",
            rows=rows,
            left=left,
            right=right,
            measure=measure,
            reach=_reach(data, measure, layout),
            mark=_Marks(data, measure, layout).draw,
            layout=layout,
            null=null_of(measure),
            pooled=to_axis(measure, data.pooled.estimate) if data.pooled and is_pooled(data) else None,
            heading=_broken(layout.words.plot_heading(measure, data.pooled), 226.0, layout),
            footer=_footer(data, measure, rows, layout),
            favours=data.favours,
            domains=data.domains,
            judgements=[s.bias for s in data.studies],
            study_heading=layout.words.study,
        )
    )


def null_of(measure: Measure) -> float | None:
    """The value of no effect on the scale of the axis; None where the measure has none."""
    return None if measure.null is None else to_axis(measure, measure.null)


def _columns(
    data: ForestData, measure: Measure, rows: Sequence[Row], layout: Layout
) -> tuple[list[Column], list[Column]]:
    """Columns on the two sides of the plot, in the order of the layout."""
    effect = effect_column(data, measure, rows, layout)
    heading = tuple(_broken(effect.heading, _HEADING_LIMIT, layout))
    weight = weight_column(rows, layout)
    blocks: dict[str, list[Column]] = {
        "data": data_columns(data, measure, rows, layout),
        "effect": [Column(heading, effect.cells, align=effect.align, gap=effect.gap)],
        "weight": [weight] if weight else [],
    }
    before = layout.blocks.index("plot")
    left = [c for block in layout.blocks[:before] for c in blocks.get(block, [])]
    right = [c for block in layout.blocks[before:] for c in blocks.get(block, [])]
    return left, right


def _broken(lines: Sequence[str], limit: float, layout: Layout) -> list[str]:
    return [part for line in lines for part in wrap(line, layout.size, limit, bold=True)]


def _footer(data: ForestData, measure: Measure, rows: Sequence[Row], layout: Layout) -> list[str]:
    lines = layout.words.footer(data, measure)
    lines += beyond_bounds([v for r in rows if r.kind != "printed" for v in r.interval], measure)
    lines += [_PRINTED] if data.printed and layout.printed else []
    lines += bias.legend(data.domains, [s.bias.get(d, "") for s in data.studies for d in data.domains])
    return lines + footnotes(certainty_marks(data, printed=layout.printed))


def _reach(data: ForestData, measure: Measure, layout: Layout) -> tuple[float, float]:
    """Ends of the axis."""
    if measure.kind == "proportion":
        return 0.0, 1.0

    def place(*values: float) -> Interval:
        return as_interval(values, lambda v: to_axis(measure, v))

    studies = [place(s.estimate, s.ci_low, s.ci_high) for s in data.studies]
    fits = [f for f in (data.pooled, *data.subgroups) if f and f.k > 1]
    summaries = [place(f.estimate, f.ci_low, f.ci_high) for f in fits]
    shows_prediction = data.pooled is not None and layout.prediction
    prediction = (
        place(data.pooled.estimate, data.pooled.pi_low, data.pooled.pi_high)
        if shows_prediction and data.pooled
        else NOWHERE
    )
    if data.printed and layout.printed:
        summaries.append(place(data.printed.estimate, data.printed.ci_low, data.printed.ci_high))
    return bounded(
        shown_range(studies, summaries, prediction=prediction, null=null_of(measure), symmetric=measure.ratio), measure
    )


def bounded(reach: tuple[float, float], measure: Measure) -> tuple[float, float]:
    """Keep the ends of an axis within what the measure can be."""
    if measure.ratio:
        return reach
    return max(reach[0], measure.low), min(reach[1], measure.high)


class _Marks:
    """Draws the mark of each row of a forest plot."""

    def __init__(self, data: ForestData, measure: Measure, layout: Layout) -> None:
        self.measure = measure
        self.look = layout.look_of(measure.kind)
        self.heaviest = longest([s.weight for s in data.studies])

    def draw(self, sheet: Sheet, row: Row, axis: Axis, y: float) -> None:
        """Draw a square, a diamond or a bar, at its interval."""
        interval = as_interval(row.interval, lambda v: to_axis(self.measure, v))
        if row.kind == "study":
            unknown = 0.35 if math.isnan(self.heaviest) else 0.0
            share = row.weight / self.heaviest if row.weight > 0 else unknown
            draw_study(sheet, axis, y, interval, share=share, look=self.look, name=str(row.study))
        elif row.kind == "subtotal":
            draw_diamond(sheet, axis, y, interval, look=self.look, name=f"subgroup-{round(y)}", small=True)
        elif row.kind == "pooled":
            draw_diamond(sheet, axis, y, interval, look=self.look, name="pooled")
        elif row.kind == "prediction":
            draw_prediction(sheet, axis, y, interval, look=self.look)
        elif row.kind == "printed":
            draw_diamond(sheet, axis, y, interval, look=self.look, hollow=True, name="printed")
