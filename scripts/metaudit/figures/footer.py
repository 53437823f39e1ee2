"""What stands below the rows of a forest plot: the axis, the sides, the lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.figures.style import INK, MUTED
from metaudit.figures.typeset import width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaudit.figures.axis import Axis, Tick
    from metaudit.figures.layouts import Layout
    from metaudit.figures.sheet import Sheet

GAP = 6.0
_TICK = 3.0


def axis_height(*, sided: bool, captioned: bool) -> float:
    """Room the axis takes below its line: tick labels, perhaps the two sides, perhaps the caption."""
    return _TICK + 8 + (11 if sided else 0) + (11 if captioned else 0) + 4


def sides_of(favours: str, layout: Layout) -> tuple[str, str] | None:
    """Words at the left and the right of the null; None where no side is said to be good."""
    if favours not in ("low", "high"):
        return None
    words = layout.words
    good, bad = words.good_for_treatment, words.good_for_control
    left, right = (good, bad) if favours == "low" else (bad, good)
    return f"{words.left_arrow}{left}", f"{right}{words.right_arrow}"


def draw_axis(sheet: Sheet, axis: Axis, y: float, marks: Sequence[Tick], *, layout: Layout) -> None:
    """Draw the axis line and its ticks."""
    colour = layout.look.axis
    sheet.line([(axis.left, y), (axis.right, y)], colour=colour)
    for tick in marks:
        x = axis.place(tick.at)
        sheet.line([(x, y), (x, y + _TICK)], colour=colour)
        sheet.text(x, y + _TICK + 8, tick.label, size=layout.small, align="center", name=f"tick-{tick.label}")


def draw_below(
    sheet: Sheet,
    axis: Axis,
    y: float,
    *,
    null: float | None,
    sides: tuple[str, str] | None,
    caption: str,
    layout: Layout,
) -> None:
    """Write under the ticks which side is good for whom, and what the axis shows."""
    below = y + _TICK + 19
    size = layout.small
    if null is not None and sides and layout.sides == "below":
        centre = axis.place(null)
        left_end = max(centre - GAP, width(sides[0], size) + GAP)
        sheet.text(left_end, below, sides[0], size=size, align="right", name="favours-left")
        right_start = min(centre + GAP, sheet.width - GAP - width(sides[1], size))
        sheet.text(right_start, below, sides[1], size=size, name="favours-right")
        below += 11
    sheet.text((axis.left + axis.right) / 2, below, caption, size=size, align="center", colour=MUTED)


def draw_above(
    sheet: Sheet, axis: Axis, baseline: float, *, null: float, sides: tuple[str, str], layout: Layout, leading: float
) -> None:
    """Write over the two halves of the plot which side is good for whom, each in two lines, within the plot."""
    size = layout.size
    halves = [words.split(" ", 1) for words in sides]
    wide = [max(width(line, size) for line in half) for half in halves]
    centre = axis.place(null)
    least = (axis.left + wide[0] / 2, axis.left + wide[0] + GAP + wide[1] / 2)
    most = (axis.right - wide[1] - GAP - wide[0] / 2, axis.right - wide[1] / 2)
    wanted = ((axis.left + centre) / 2, (centre + axis.right) / 2)
    places = [min(max(w, low), high) for w, low, high in zip(wanted, least, most, strict=True)]
    for place, half, side in zip(places, halves, ("left", "right"), strict=True):
        for index, line in enumerate(half):
            y = baseline - leading * (len(half) - 1 - index)
            sheet.text(place, y, line, size=size, align="center", name=f"favours-{side}" if index == 0 else "")


def draw_footer(sheet: Sheet, lines: Sequence[str], left: float, top: float, *, leading: float, size: float) -> None:
    """Write the lines below the axis."""
    for index, line in enumerate(lines):
        sheet.text(left, top + (index + 0.8) * leading, line, size=size, colour=INK, name=f"footer-{index}")
