"""A page of rows with a plot among its columns, laid out from the measured width of everything it says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaudit.figures import bias
from metaudit.figures.axis import Axis, ticks
from metaudit.figures.columns import PLOT_GAP, Column, PlacedColumn, grouped, place_columns
from metaudit.figures.footer import GAP, axis_height, draw_above, draw_axis, draw_below, draw_footer, sides_of
from metaudit.figures.layouts import Layout
from metaudit.figures.rows import Row
from metaudit.figures.sheet import Sheet
from metaudit.figures.style import FAINT, INK, MEDIUM, MUTED, PRINTED, RULE, TITLE
from metaudit.figures.typeset import width, wrap
from metaudit.measures import Measure

if TYPE_CHECKING:
    from metaudit.figures.scene import Scene
    from metaudit.figures.sheet import Align

MARGIN = 12.0
PLOT = 230.0
LABEL_LIMIT = 215.0
_LEAST_WIDTH = 470.0
_LEAST_LEFT = 150.0
_TITLE_LEADING = 12.0
_HEAD_LEADING = 12.0
_FOOT_LEADING = 10.5
_COLOURS = {"printed": PRINTED, "prediction": MUTED}

Mark = Callable[[Sheet, Row, Axis, float], None]


@dataclass(frozen=True)
class Page:
    """What a page shows.

    Attributes
    ----------
    title : above the rows; empty leaves it out
    rows : from top to bottom
    left, right : columns on the two sides of the plot, by row
    measure, reach : the effect measure, and the ends of the axis on the scale of the axis
    mark : draws the mark of a row, given the axis and the centre of the row
    null, pooled : where the two vertical lines stand, on the scale of the axis; None leaves one out
    heading : lines over the plot
    footer : lines below, before they are wrapped
    favours : which side of the null is good, ``low`` or ``high``
    domains, judgements : risk of bias: its domains, and by position of a study what was said
    """

    title: str
    rows: Sequence[Row]
    left: Sequence[Column]
    right: Sequence[Column]
    measure: Measure
    reach: tuple[float, float]
    mark: Mark
    layout: Layout
    null: float | None = None
    pooled: float | None = None
    heading: Sequence[str] = ()
    footer: Sequence[str] = ()
    favours: str = ""
    domains: Sequence[str] = ()
    judgements: Sequence[Mapping[str, str]] = ()
    study_heading: str = "Study"


def to_axis(measure: Measure, value: float) -> float:
    """Put a natural-scale value on the axis of a forest plot: logarithmic for ratios only."""
    return measure.to_analysis(value) if measure.ratio else value


def draw_page(page: Page) -> Scene:
    """Draw a page.

    Returns
    -------
    A figure whose size follows from its contents: no text overlaps another or leaves the sheet.
    """
    return _Drawing(page).figure()


class _Drawing:
    """One page being laid out and drawn; lengths in points."""

    def __init__(self, page: Page) -> None:
        self.page, self.layout = page, page.layout
        self.size = page.layout.size
        self.sides = sides_of(page.favours, self.layout) if page.null is not None else None
        rows = [_broken(r, self.size) for r in page.rows]
        labels = [width(line, self.size, r.bold) for r in rows if r.kind != "note" for line in r.lines]
        label_right = MARGIN + max([*labels, width(page.study_heading, self.size, bold=True)])
        self.left = place_columns(page.left, rows, label_right, self.size)
        self.axis = self._axis(self.left[-1].right if self.left else label_right, rows)
        room = self.axis.left - MARGIN - 8 - PLOT_GAP
        self.rows = [
            replace(r, lines=tuple(wrap(r.label, self.layout.small, room))) if r.kind == "note" else r for r in rows
        ]
        self.right = place_columns(page.right, rows, self.axis.right, self.size)
        self.bias_left = (self.right[-1].right if self.right else self.axis.right) + PLOT_GAP
        self.width = self._width()
        self.title = tuple(wrap(page.title, TITLE, self.width - 2 * MARGIN, bold=True))
        self.head = MARGIN + (_TITLE_LEADING * len(self.title) + 4 if self.title else 0)
        self.top = self.head + _HEAD_LEADING * self._heading_lines() + 5
        self.bottom = self.top + sum(r.height for r in self.rows) + 4
        self._lay_footer()

    def _axis(self, block_right: float, rows: Sequence[Row]) -> Axis:
        """Put the plot right of the left columns, with room at its left for notes and for the words of the good side."""
        left = block_right + PLOT_GAP
        if self.layout.beside or any(r.kind == "note" for r in rows):
            left = max(left, MARGIN + _LEAST_LEFT + PLOT_GAP)
        axis = Axis(*self.page.reach, left, left + PLOT)
        if self.sides and self.page.null is not None and self.layout.sides == "below":
            needed = MARGIN + width(self.sides[0], self.layout.small) + GAP
            left += max(0.0, needed - axis.place(self.page.null))
        return Axis(*self.page.reach, left, left + PLOT)

    def _width(self) -> float:
        ends = [c.right for c in self.right] + [self.axis.right + 4]
        if self.page.domains:
            ends.append(self.bias_left + bias.block_width(self.page.domains, self.size))
        if self.sides and self.page.null is not None and self.layout.sides == "below":
            ends.append(self.axis.place(self.page.null) + GAP + width(self.sides[1], self.layout.small))
        return max(*ends, _LEAST_WIDTH - MARGIN) + MARGIN

    def _heading_lines(self) -> int:
        columns = [len(c.column.heading) + bool(c.column.group) for c in (*self.left, *self.right)]
        sides = 2 if self.sides and self.layout.sides == "above" else 0
        return max([1, *columns, len(self.page.heading) + sides, 2 if self.page.domains else 1])

    def _lay_footer(self) -> None:
        """Put the lines of text below the axis, or at its left."""
        sided = bool(self.sides) and self.layout.sides == "below"
        captioned = bool(self.layout.words.caption(self.page.measure))
        below = self.bottom + axis_height(sided=sided, captioned=captioned) + 4
        if not self.layout.beside:
            room, self.footer_top = self.width - 2 * MARGIN, below
        else:
            taken = 0.0
            if sided and self.sides and self.page.null is not None:
                taken = self.axis.left - (
                    self.axis.place(self.page.null) - GAP - width(self.sides[0], self.layout.small)
                )
            room, self.footer_top = self.axis.left - max(taken, 8.0) - 2 * MARGIN, self.bottom + 2
        self.footer = [line for text in self.page.footer for line in wrap(text, self.layout.small, room)]
        self.height = max(self.footer_top + _FOOT_LEADING * len(self.footer), below) + MARGIN - 4

    def figure(self) -> Scene:
        """Draw everything."""
        sheet = Sheet(self.width, self.height)
        for index, line in enumerate(self.title):
            y = MARGIN + TITLE * 0.8 + index * _TITLE_LEADING
            sheet.text(MARGIN, y, line, size=TITLE, bold=True, name=f"title-{index}")
        self._draw_headings(sheet)
        self._draw_lines(sheet)
        top = self.top
        for position, row in enumerate(self.rows):
            self._draw_row(sheet, row, position, top)
            top += row.height
        measure, axis = self.page.measure, self.axis
        back = measure.to_natural if measure.ratio else (lambda v: v)
        marks = ticks(axis, measure, to_axis=lambda v: to_axis(measure, v), to_natural=back)
        draw_axis(sheet, axis, self.bottom, marks, layout=self.layout)
        caption = self.layout.words.caption(measure)
        draw_below(sheet, axis, self.bottom, null=self.page.null, sides=self.sides, caption=caption, layout=self.layout)
        draw_footer(sheet, self.footer, MARGIN, self.footer_top, leading=_FOOT_LEADING, size=self.layout.small)
        return sheet.figure

    def _draw_headings(self, sheet: Sheet) -> None:
        rule, size = self.top - 3, self.size
        baseline = rule - 4
        if self.layout.look.band:
            band = [(MARGIN - 4, self.head - 4), (self.width - MARGIN + 4, self.head - 4)]
            band += [(x, rule) for x, _ in reversed(band)]
            sheet.polygon(band, fill=self.layout.look.band, order=0, name="band")
        sheet.text(MARGIN, baseline, self.page.study_heading, size=size, bold=True)
        for column in (*self.left, *self.right):
            centred = column.column.align == "center"
            x = (column.left + column.right) / 2 if centred else column.right
            for index, line in enumerate(reversed(column.column.heading)):
                align: Align = "center" if centred else "right"
                sheet.text(x, baseline - index * _HEAD_LEADING, line, size=size, align=align, bold=True)
        for members in [*grouped(self.left), *grouped(self.right)]:
            self._draw_group(sheet, members, baseline)
        self._draw_plot_heading(sheet, baseline)
        if self.page.domains:
            for index, letter in enumerate(bias.letters_of(self.page.domains).values()):
                x = self.bias_left + (index + 0.5) * bias.STEP
                sheet.text(x, baseline, letter, size=size, align="center", bold=True)
            sheet.text(self.bias_left, baseline - _HEAD_LEADING, bias.HEADING, size=size, bold=True)
        sheet.line([(MARGIN, rule), (self.width - MARGIN, rule)], colour=self.layout.look.axis, width=MEDIUM)

    def _draw_group(self, sheet: Sheet, members: Sequence[PlacedColumn], baseline: float) -> None:
        group = members[0].column.group
        if not group:
            return
        y = baseline - _HEAD_LEADING * max(len(m.column.heading) for m in members)
        right = members[-1].right
        left = min(members[0].left, right - width(group, self.size, bold=True))
        sheet.text((left + right) / 2, y, group, size=self.size, align="center", bold=True)
        sheet.line([(left, y + 3), (right, y + 3)], colour=RULE, width=0.4)

    def _draw_plot_heading(self, sheet: Sheet, baseline: float) -> None:
        page, axis = self.page, self.axis
        for index, line in enumerate(reversed(list(page.heading))):
            x, y = (axis.left + axis.right) / 2, baseline - index * _HEAD_LEADING
            sheet.text(x, y, line, size=self.size, align="center", bold=True)
        if self.sides and page.null is not None and self.layout.sides == "above":
            y = baseline - len(page.heading) * _HEAD_LEADING
            draw_above(sheet, axis, y, null=page.null, sides=self.sides, layout=self.layout, leading=_HEAD_LEADING)

    def _draw_lines(self, sheet: Sheet) -> None:
        page, axis, look = self.page, self.axis, self.layout.look
        if page.null is not None:
            x = axis.place(page.null)
            sheet.line([(x, self.top), (x, self.bottom)], colour=look.null, order=1, name="null-line")
        if page.pooled is not None and look.pooled_line and axis.holds(page.pooled):
            x = axis.place(page.pooled)
            line = [(x, self.top), (x, self.bottom)]
            sheet.line(line, colour=look.pooled_line, width=0.5, dashes=(3, 3), order=1, name="pooled-line")

    def _draw_row(self, sheet: Sheet, row: Row, position: int, top: float) -> None:
        y, size = top + row.height / 2, self.size
        baseline = y + size * 0.36
        if row.kind == "note":
            self._draw_label(sheet, row, y, MARGIN + 8, self.layout.small, MUTED)
            return
        if row.kind == "pooled":
            sheet.line([(MARGIN, top), (self.width - MARGIN, top)], colour=FAINT, width=0.5, order=1)
        colour = _COLOURS.get(row.kind, INK)
        self._draw_label(sheet, row, y, MARGIN, size, colour)
        for column in (*self.left, *self.right):
            self._draw_cell(sheet, column, row, position, baseline)
        self.page.mark(sheet, row, self.axis, y)
        if row.study >= 0 and self.page.domains:
            said = self.page.judgements[row.study]
            bias.draw_dots(sheet, self.bias_left, y, said, self.page.domains, size=self.layout.small)

    def _draw_label(self, sheet: Sheet, row: Row, y: float, x: float, size: float, colour: str) -> None:
        leading = row.leading
        first = y + size * 0.36 - leading * (len(row.lines) - 1) / 2
        for index, line in enumerate(row.lines):
            sheet.text(x, first + index * leading, line, size=size, bold=row.bold, colour=colour)

    def _draw_cell(self, sheet: Sheet, placed: PlacedColumn, row: Row, position: int, baseline: float) -> None:
        texts = placed.column.cells[position]
        lost = texts == (self.layout.words.not_estimable,)
        look = MUTED if lost else _COLOURS.get(row.kind, INK)
        if placed.column.align == "center":
            x = (placed.left + placed.right) / 2
            sheet.text(x, baseline, texts[0], size=self.size, align="center", bold=row.bold, colour=look)
            return
        rights = placed.rights[-1:] if len(texts) == 1 else placed.rights
        for right, text in zip(rights, texts, strict=True):
            sheet.text(right, baseline, text, size=self.size, align="right", bold=row.bold, colour=look)


def _broken(row: Row, size: float) -> Row:
    """Break a label that is wider than a label may be."""
    if row.kind == "note":
        return row
    return replace(row, lines=tuple(wrap(row.label, size, LABEL_LIMIT, bold=row.bold)))


def longest(values: Sequence[float]) -> float:
    """The largest finite value; nan where there is none."""
    return max((v for v in values if math.isfinite(v) and v > 0), default=math.nan)
