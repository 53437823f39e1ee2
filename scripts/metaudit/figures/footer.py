"""What stands below the rows of a forest plot: the axis, the sides, the tests, the method, the footnotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.figures.rows import certainty_marks, footnotes
from metaudit.figures.style import INK, MUTED, SMALL
from metaudit.figures.typeset import width
from metaudit.figures.wording import heterogeneity, model_line, overall_test, subgroup_line
from metaudit.measures import measure_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaudit.figures.axis import Axis, Tick
    from metaudit.figures.content import ForestData
    from metaudit.figures.sheet import Sheet

TREATMENT = "Favours treatment"
CONTROL = "Favours control"
_TICK = 3.0


def axis_height(*, sided: bool) -> float:
    """Room the axis takes below its line: tick labels, perhaps the two sides, the caption."""
    return _TICK + 19 + (11 if sided else 0) + 4


def footer_lines(data: ForestData) -> list[str]:
    """List the lines of text below the axis, before they are wrapped."""
    lines = []
    fit = data.pooled
    if fit and len(data.studies) > 1:
        found = heterogeneity(fit)
        lines += [f"Heterogeneity: {found}"] if found else []
        test = overall_test(fit) if measure_of(data.measure).null is not None else ""
        lines += [f"Test for overall effect: {test}"] if test else []
        if data.subgroup_test and data.subgroups:
            lines.append(f"Test for subgroup differences: {subgroup_line(data.subgroup_test)}")
        lines.append(model_line(fit))
    if data.printed:
        lines.append(
            "Hollow diamond: the pooled result as printed in the paper; filled: recomputed from the rows shown"
        )
    return lines + footnotes(certainty_marks(data))


def draw_axis(
    sheet: Sheet,
    axis: Axis,
    y: float,
    marks: Sequence[Tick],
    caption: str,
    *,
    null: float | None,
    favours: str,
) -> None:
    """Draw the axis line, its ticks and caption, and which side is good for whom."""
    sheet.line([(axis.left, y), (axis.right, y)], colour=INK)
    for tick in marks:
        x = axis.place(tick.at)
        sheet.line([(x, y), (x, y + _TICK)], colour=INK)
        sheet.text(x, y + _TICK + 8, tick.label, size=SMALL, align="center", name=f"tick-{tick.label}")
    below = y + _TICK + 19
    if null is not None and favours in ("low", "high"):
        _draw_sides(sheet, axis.place(null), below, favours)
        below += 11
    sheet.text((axis.left + axis.right) / 2, below, caption, size=SMALL, align="center", colour=MUTED)


def _draw_sides(sheet: Sheet, null: float, baseline: float, favours: str) -> None:
    left, right = (TREATMENT, CONTROL) if favours == "low" else (CONTROL, TREATMENT)
    left, right = f"\u2190 {left}", f"{right} \u2192"
    gap = 6.0
    left_end = max(null - gap, width(left, SMALL) + gap)
    sheet.text(left_end, baseline, left, size=SMALL, align="right", name="favours-left")
    right_start = min(null + gap, sheet.width - gap - width(right, SMALL))
    sheet.text(right_start, baseline, right, size=SMALL, name="favours-right")


def draw_footer(sheet: Sheet, lines: Sequence[str], left: float, top: float, leading: float) -> None:
    """Write the lines below the axis."""
    for index, line in enumerate(lines):
        sheet.text(left, top + (index + 0.8) * leading, line, size=SMALL, name=f"footer-{index}")
