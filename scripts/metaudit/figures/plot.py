"""A sheet with one rectangle to plot in: title above, scales at the left and below, notes underneath."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.figures.axis import Axis, Tick
from metaudit.figures.label_places import Box, Label, place_labels
from metaudit.figures.sheet import Point, Sheet
from metaudit.figures.style import FAINT, INK, MUTED, SMALL, TITLE
from metaudit.figures.typeset import width, wrap

if TYPE_CHECKING:
    from metaudit.figures.label_places import Placed

WIDTH = 400.0
MARGIN = 12.0
LEADING = 12.0
NOTE_LEADING = 10.5
Range = tuple[float, float]

LEFT, RIGHT = 58.0, 388.0
BELOW = 34.0  # ticks, their labels and the caption under the rectangle
_UP_NAME = 15.0  # where the name of the upward scale stands
_LABEL_ROOM = LEFT - 5.0 - _UP_NAME - 5.0
_TICK_GAP = 4.0
_SUPERSCRIPTS = str.maketrans("0123456789-", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b")


@dataclass(frozen=True)
class Captions:
    """The words around a plot."""

    title: str
    across: str
    up: str
    notes: tuple[str, ...] = ()


class Page(Sheet):
    """A sheet with a title above and notes below; between them stands what ``body`` leaves room for."""

    def __init__(self, title: str, notes: Sequence[str], *, body: float, sheet_width: float = WIDTH) -> None:
        """Lay out a page.

        Parameters
        ----------
        title, notes : in words; wrapped where they are too long
        body : height of what stands between, points
        sheet_width : points
        """
        lines = wrap(title, TITLE, sheet_width - 2 * MARGIN, bold=True)
        below = [line for note in notes for line in wrap(note, SMALL, sheet_width - 2 * MARGIN)]
        self.body_top = MARGIN + LEADING * len(lines) + 6
        notes_top = self.body_top + body
        super().__init__(sheet_width, notes_top + NOTE_LEADING * len(below) + MARGIN - 4)
        for index, line in enumerate(lines):
            self.text(
                MARGIN, MARGIN + TITLE * 0.8 + index * LEADING, line, size=TITLE, bold=True, name=f"title-{index}"
            )
        for index, line in enumerate(below):
            self.text(MARGIN, notes_top + (index + 0.8) * NOTE_LEADING, line, size=SMALL, name=f"note-{index}")


class Panel:
    """A rectangle with two linear scales; ``at`` says where a pair of values stands on the sheet."""

    def __init__(
        self, page: Sheet, frame: Box, *, across: Range, up: Range, names: tuple[str, str], mark: str = ""
    ) -> None:
        """Set the scales and write their names.

        Parameters
        ----------
        page : what is drawn on
        frame : left, top, right, bottom on the sheet
        across, up : values at the left and right end, and at the lower and upper end
        names : of the two scales
        mark : put before the names of its texts, where a page holds several panels
        """
        left, top, right, bottom = frame
        self.page, self.frame, self.mark = page, frame, mark
        self.across, self.up = Axis(*across, left, right), Axis(*up, bottom, top)
        page.text(
            (left + right) / 2, bottom + 24, names[0], size=SMALL, align="center", colour=MUTED, name=f"{mark}across"
        )
        centre = (top + bottom) / 2
        page.text(_UP_NAME, centre, names[1], size=SMALL, align="center", colour=MUTED, rotation=90, name=f"{mark}up")

    def at(self, x: float, y: float) -> Point:
        """Where a pair of values stands; values beyond an end stand at the end."""
        return self.across.place(x), self.up.place(y)

    def draw_scales(self, across: Iterable[Tick], up: Iterable[Tick], *, grid: bool = False) -> None:
        """Draw the two lines with their ticks."""
        left, top, right, bottom = self.frame
        line, text, mark = self.page.line, self.page.text, self.mark
        line([(left, top), (left, bottom), (right, bottom)], colour=INK, order=3)
        for tick in _apart(across, self.across):
            x = self.across.place(tick.at)
            if grid:
                line([(x, top), (x, bottom)], colour=FAINT, width=0.4, order=0.6)
            line([(x, bottom), (x, bottom + 3)], colour=INK)
            text(x, bottom + 11, tick.label, size=SMALL, align="center", name=f"{mark}tick-{tick.label}")
        for tick in up:
            y = self.up.place(tick.at)
            if grid:
                line([(left, y), (right, y)], colour=FAINT, width=0.4, order=0.6)
            line([(left - 3, y), (left, y)], colour=INK)
            if width(tick.label, SMALL) > _LABEL_ROOM:  # it would run into the name of the scale
                continue
            text(left - 5, y + SMALL * 0.36, tick.label, size=SMALL, align="right", name=f"{mark}up-{tick.label}")

    def draw_labels(self, labels: Sequence[Label], *, avoid: Sequence[Box] = (), limit: Box | None = None) -> list[int]:
        """Write names beside their marks where there is room; the first are placed first.

        Returns
        -------
        Which of them found a place.
        """
        placed = place_labels(labels, avoid=avoid, limit=limit or self.frame)
        for index, spot in enumerate(placed):
            if spot is not None:
                self._draw_label(labels[index], spot, index)
        return [i for i, spot in enumerate(placed) if spot is not None]

    def _draw_label(self, label: Label, spot: Placed, index: int) -> None:
        if spot.leader:
            self.page.line(list(spot.leader), colour=MUTED, width=0.35, order=3.5)
        self.page.text(*spot.start, label.text, size=SMALL, name=f"{self.mark}label-{index}")


def _apart(given: Iterable[Tick], axis: Axis) -> list[Tick]:
    """The ticks, or every second, third ... of them until their labels keep apart."""
    every = list(given)
    for stride in range(1, len(every) + 1):
        kept = every[::stride]
        ends = [(axis.place(t.at), width(t.label, SMALL) / 2) for t in kept]
        if all(b - v - (a + w) >= _TICK_GAP for (a, w), (b, v) in itertools.pairwise(ends)):
            return kept
    return every[:1]


class Plot(Page):
    """A page with one panel."""

    def __init__(
        self,
        captions: Captions,
        *,
        across: Range,
        up: Range,
        height: float = 250.0,
        sheet_width: float = WIDTH,
        right: float = RIGHT,
        extra: float = 0.0,
    ) -> None:
        """Lay out a plot.

        Parameters
        ----------
        captions : title, names of the scales, notes
        across, up : values at the left and right end, and at the lower and upper end
        height : of the rectangle, points
        sheet_width, right : of the sheet, and the right edge of the rectangle
        extra : room kept free between the caption of the lower scale and the notes
        """
        super().__init__(captions.title, captions.notes, body=height + BELOW + extra, sheet_width=sheet_width)
        frame = (LEFT, self.body_top, right, self.body_top + height)
        self.panel = Panel(self, frame, across=across, up=up, names=(captions.across, captions.up))
        self.frame, self.across, self.up = frame, self.panel.across, self.panel.up
        self.at, self.draw_scales, self.draw_labels = self.panel.at, self.panel.draw_scales, self.panel.draw_labels


def even_ticks(low: float, high: float, *, most: int = 6, factor: float = 1.0) -> tuple[Tick, ...]:
    """Round values between two ends, at most ``most`` of them; labels show ``factor`` times the value."""
    span = (high - low) * factor
    if not (math.isfinite(span) and span > 0):
        return ()
    exponent = math.floor(math.log10(span)) - 1
    for power in (exponent, exponent + 1, exponent + 2):
        for multiplier in (1.0, 2.0, 2.5, 5.0):
            step = multiplier * 10.0**power
            first, last = math.ceil(low * factor / step - 1e-9), math.floor(high * factor / step + 1e-9)
            if last - first + 1 <= most:
                finest = power - (multiplier == 2.5)
                return tuple(Tick(i * step / factor, tick_label(i * step, finest)) for i in range(first, last + 1))
    return ()


def tick_label(value: float, finest: int) -> str:
    """Write a value to the digit of ``10**finest``; with a power of ten where it would be too long."""
    plain = f"{value:.{max(0, -finest)}f}"
    plain = (plain.removeprefix("-") if float(plain) == 0 else plain).replace("-", "\u2212")
    if value == 0 or width(plain, SMALL) <= _LABEL_ROOM:
        return plain if value else "0"
    power = math.floor(math.log10(abs(value)) + 1e-9)
    mantissa = f"{value / 10.0**power:.{max(0, power - finest)}f}".replace("-", "\u2212")
    scientific = f"{mantissa}\u00d710{str(power).translate(_SUPERSCRIPTS)}"
    return min(plain, scientific, key=lambda text: width(text, SMALL))


def shorten(text: str, limit: float = 124.0, *, bold: bool = False) -> str:
    """Cut a name to ``limit`` points in its middle: what tells two arms of a study apart often stands at the end."""
    if width(text, SMALL, bold) <= limit:
        return text
    kept = len(text) - 1
    while kept > 2:
        end = min(kept // 2, 8)
        short = f"{text[: kept - end].rstrip()}\u2026{text[len(text) - end :].lstrip()}"
        if width(short, SMALL, bold) <= limit:
            return short
        kept -= 1
    return "\u2026"
