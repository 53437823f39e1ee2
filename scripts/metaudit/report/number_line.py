"""A printed number, ours, and what the searched methods give, on one line: as positions, as SVG and as text."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup, escape

from metaudit.audit_words import numbers
from metaudit.tables.reading import Finding

# Beyond so many times what is between the printed number and ours, the envelope is cut and carries an arrow.
_WIDEST = 12.0
_WIDTH, _HEIGHT, _EDGE = 240.0, 20.0, 6.0

Span = tuple[float, float]


@dataclass(frozen=True)
class NumberLine:
    """Where the numbers of one claim lie.

    Attributes
    ----------
    printed : the interval that the printed number stands for; an end may be infinite (``<.001``)
    ours : our value
    reach : how far rounding of the inputs could take it; the value itself twice where nothing is known
    envelope : lowest and highest result of the searched space; None without a search
    low, high : ends of the line, finite
    """

    printed: Span
    ours: float
    reach: Span
    envelope: Span | None
    low: float
    high: float

    def at(self, x: float) -> float:
        """Position of a number, 0 to 1; what lies outside is at the end."""
        return min(max((x - self.low) / (self.high - self.low), 0.0), 1.0)

    def outside(self, x: float) -> bool:
        """Whether a number lies beyond the ends of the line."""
        return not self.low <= x <= self.high


def number_line(finding: Finding) -> NumberLine | None:
    """The line of one claim; None when there is no value of ours or no printed interval to set it against."""
    ends = _span(finding.printed_low, finding.printed_high)
    ours = numbers.number(finding.value)
    if ends is None or ours is None or math.isinf(ours) or all(map(math.isinf, ends)):
        return None
    reach = _span(finding.value_low, finding.value_high) or (ours, ours)
    envelope = _span(finding.envelope_low, finding.envelope_high)
    core = [x for x in (*ends, ours, *reach) if math.isfinite(x)]
    low, high = min(core), max(core)
    room = (high - low) or abs(ours) or 1.0
    if envelope is not None:
        low = max(min(low, envelope[0]), low - _WIDEST * room)
        high = min(max(high, envelope[1]), high + _WIDEST * room)
    margin = 0.06 * ((high - low) or room)
    return NumberLine(ends, ours, reach, envelope, low - margin, high + margin)


def _span(low: object, high: object) -> Span | None:
    a, b = numbers.number(low), numbers.number(high)
    return None if a is None or b is None else (a, b)


def svg(line: NumberLine, label: str) -> Markup:
    """The line as a small picture that follows the colours of the page.

    Parameters
    ----------
    line : what to draw
    label : the numbers in words, for those who do not see the picture
    """

    def x(value: float) -> str:
        return f"{_EDGE + line.at(value) * (_WIDTH - 2 * _EDGE):.1f}".rstrip("0").rstrip(".")

    def stroke(kind: str, span: Span) -> str:
        return f'<path class="{kind}" d="M{x(span[0])} 10H{x(span[1])}"/>'

    parts = [stroke("nl-axis", (line.low, line.high))]
    if line.envelope is not None:
        parts.append(stroke("nl-env", line.envelope))
        parts += [_arrow(end, x(end), line) for end in line.envelope if line.outside(end)]
    parts.append(stroke("nl-printed", line.printed))
    if line.reach[0] < line.reach[1]:
        parts.append(stroke("nl-reach", line.reach))
    parts.append(f'<path class="nl-ours" d="M{x(line.ours)} 3v14"/>')
    head = f'<svg class="nl" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{escape(label)}">'
    return Markup(head + "".join(parts) + "</svg>")


def _arrow(end: float, x: str, line: NumberLine) -> str:
    left = end < line.low
    return f'<path class="nl-arrow" d="M{x} 6l{"-5" if left else "5"} 4l{"5" if left else "-5"} 4z"/>'


def text_lines(line: NumberLine, *, width: int = 56) -> list[tuple[str, str]]:
    """The line for a terminal: name and drawing of the printed number, of ours, of the envelope, and the ends below."""

    def column(value: float) -> int:
        return round(line.at(value) * (width - 1))

    def bar(span: Span, fill: str, ends: str) -> str:
        cells = [" "] * width
        first, last = column(span[0]), column(span[1])
        cells[first : last + 1] = fill * (last - first + 1)
        if first < last:
            cells[first], cells[last] = ends[0], ends[1]
        cells[first] = "<" if line.outside(span[0]) else cells[first]
        cells[last] = ">" if line.outside(span[1]) else cells[last]
        return "".join(cells)

    ours = list(bar(line.reach, "-", "()")) if line.reach[0] < line.reach[1] else [" "] * width
    ours[column(line.ours)] = "*"
    drawn = [("printed", bar(line.printed, "=", "[]")), ("ours", "".join(ours))]
    if line.envelope is not None:
        drawn.append(("envelope", bar(line.envelope, "-", "||")))
    low, high = (numbers.typographic(f"{end:.4g}") for end in (line.low, line.high))
    scale = ("", f" {low}{high:>{width - len(low)}} ")
    return [*((name, f"|{cells}|") for name, cells in drawn), scale]
