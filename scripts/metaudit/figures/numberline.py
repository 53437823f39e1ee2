"""Printed against re-derived: every number of an analysis on one line, in units of its last printed digit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from metaudit.audit_words.synthesis_words import synthesis_of
from metaudit.audit_words.texts import capital, quantity_name
from metaudit.audit_words.verdicts import BY_CODE
from metaudit.figures.axis import Axis
from metaudit.figures.drawn import Drawn
from metaudit.figures.numberline_lines import Line, end_of, lines_of
from metaudit.figures.plot import MARGIN, Page, shorten
from metaudit.figures.style import FAINT, INK, MUTED, PRINTED, RULE, SMALL
from metaudit.figures.typeset import width, wrap
from metaudit.figures.wording import number
from metaudit.printed import Printed, parse_printed

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput

COLUMNS = (
    "claim", "quantity", "subject", "printed", "value", "units", "units_low", "units_high", "envelope_low", "envelope_high", "half_line",
    "verdict",
)  # fmt: skip
ENDS = (1.5, 10.0, 100.0, 1000.0)
"""How far the scale reaches, in units: as far as it must; what lies further is drawn at the end with an arrow."""

_WIDTH = 440.0
_NAME, _NAME_WIDTH, _PRINTED, _LEFT, _RIGHT, _OURS, _VERDICT = MARGIN, 108.0, 160.0, 168.0, 298.0, 346.0, 354.0
_ROW, _LINE = 13.0, 8.5  # height of a row with a name of one line, and what a second line adds
_BAND = "#f7e6d1"


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the printed numbers of an analysis; None where not one of them could be re-derived."""
    lines = lines_of(data)
    if not any(math.isfinite(line.units) for line in lines):
        return None
    headed = len({line.method for line in lines}) > 1
    title = f"Printed against re-derived: {data.title}"
    heads = _heads(lines) if headed else {}
    names = [name_lines(_name(line.claim)) for line in lines]
    body = _ROW * (len(lines) + len(heads) + 1) + _LINE * sum(len(n) - 1 for n in names) + 26
    page = Page(title, _notes(data, lines), body=body, sheet_width=_WIDTH)
    axis = _axis(lines)
    _frame(page, axis, bottom=page.body_top + body - 26, caption=_caption(lines))
    y = page.body_top + _ROW
    for index, line in enumerate(lines):
        if index in heads:
            page.text(
                _NAME,
                y + _ROW * 0.7,
                shorten(heads[index], _WIDTH - 2 * MARGIN),
                size=SMALL,
                bold=True,
                name=f"head-{index}",
            )
            y += _ROW
        height = _ROW + _LINE * (len(names[index]) - 1)
        _draw_line(page, axis, line, y + height / 2, index, names[index])
        y += height
    rows = [_row(line) for line in lines]
    return Drawn("numberline", page.figure, title, _alt(data, lines), COLUMNS, rows)


def _heads(lines: Sequence[Line]) -> dict[int, str]:
    """The line before which each bundle is named."""
    heads: dict[int, str] = {}
    for index, line in enumerate(lines):
        if index == 0 or lines[index - 1].method != line.method:
            words = ", ".join(part.split("=", 1)[-1].strip() for part in line.method.split(";") if part.strip())
            heads[index] = words or "No method of its own"
    return heads


def scaled(units: float) -> float:
    """Even up to one unit on either side, then by powers of ten."""
    return units if abs(units) <= 1 else math.copysign(1 + math.log10(abs(units)), units)


def _axis(lines: Sequence[Line]) -> Axis:
    most = _most(lines)
    end = next((e for e in ENDS if most <= e), ENDS[-1])
    reach = scaled(end) * 1.08
    return Axis(-reach, reach, _LEFT, _RIGHT)


def _caption(lines: Sequence[Line]) -> str:
    """Name the scale, and say where it is not even."""
    words = "Ours less printed, in units of the last printed digit"
    return f"{words} (beyond ±1: powers of ten)" if _most(lines) > 1 else words


def _most(lines: Sequence[Line]) -> float:
    """How many units the furthest value is away."""
    return max(abs(v) for line in lines for v in (line.units, *line.span) if math.isfinite(v))


def _frame(page: Page, axis: Axis, *, bottom: float, caption: str) -> None:
    """Headings, the band that prints alike, and the scale underneath."""
    top = page.body_top + _ROW
    y = page.body_top + _ROW * 0.5
    for x, word in ((_NAME, "Number"), (_VERDICT, "Verdict")):
        page.text(x, y, word, size=SMALL, colour=MUTED, name=f"heading-{word}")
    for x, word in ((_PRINTED, "Printed"), (_OURS, "Ours")):
        page.text(x, y, word, size=SMALL, align="right", colour=MUTED, name=f"heading-{word}")
    middle = (axis.left + axis.right) / 2
    page.text(
        middle,
        page.body_top + _ROW * 0.5,
        "rounds as printed",
        size=SMALL,
        align="center",
        colour=PRINTED,
        name="heading-band",
    )
    left, right = (axis.place(v) for v in (-0.5, 0.5))
    page.polygon(
        [(left, top - 2), (right, top - 2), (right, bottom), (left, bottom)], fill=_BAND, order=0.5, name="band"
    )
    page.line([(axis.left, bottom), (axis.right, bottom)], colour=INK)
    free = middle  # where a label may begin, to the right of the one before it
    for value in (0, 1, 10, 100, 1000):
        if not axis.holds(scaled(value)):
            break
        x, half = axis.place(scaled(value)), width(_signed(value), SMALL) / 2
        room = x - half >= free or value == 0
        for place, number_ in dict.fromkeys(((x, value), (2 * middle - x, -value))):
            page.line([(place, bottom), (place, bottom + 3)], colour=INK)
            if room:
                page.text(place, bottom + 11, _signed(number_), size=SMALL, align="center", name=f"tick-{number_}")
        free = x + half + 3 if room else free
    page.text(
        middle,
        bottom + 21,
        caption,
        size=SMALL,
        align="center",
        colour=MUTED,
        name="across",
    )


def _signed(value: int) -> str:
    return f"+{value}" if value > 0 else number(value, 0)


def name_lines(name: str) -> list[str]:
    """A name in one line or two; what even two cannot hold is cut in the middle of the second."""
    first, *rest = wrap(name, SMALL, _NAME_WIDTH)
    return [first, shorten(" ".join(rest), _NAME_WIDTH)] if rest else [first]


def _draw_line(page: Page, axis: Axis, line: Line, y: float, index: int, name: Sequence[str]) -> None:
    claim, mark = line.claim, BY_CODE[line.claim["verdict"]]
    base = y + SMALL * 0.36
    room = _LINE * (len(name) - 1)
    below = y + (_ROW + room) / 2
    page.line([(_NAME, below), (_WIDTH - MARGIN, below)], colour=FAINT, width=0.3, order=0.7)
    for place, words in enumerate(name):
        gid = f"name-{index}-{place}" if place else f"name-{index}"
        page.text(_NAME, base - room / 2 + place * _LINE, words, size=SMALL, name=gid)
    page.text(_PRINTED, base, shorten(str(claim["printed"]), 44.0), size=SMALL, align="right", name=f"printed-{index}")
    page.text(_OURS, base, _ours(claim), size=SMALL, align="right", name=f"ours-{index}")
    page.text(_VERDICT, base, f"{mark.sign} {mark.label}", size=SMALL, colour=mark.light, name=f"verdict-{index}")
    if line.half_line:
        ends = sorted((axis.place(-0.5 * line.half_line), axis.left if line.half_line < 0 else axis.right))
        page.polygon([(ends[0], y - 4), (ends[1], y - 4), (ends[1], y + 4), (ends[0], y + 4)], fill=_BAND, order=0.6)
    if not math.isfinite(line.units):
        return
    for span, thick, colour in ((line.envelope, 0.7, RULE), (line.span, 2.0, mark.light)):
        if all(math.isfinite(v) for v in span) and span[1] > span[0]:
            page.line([(axis.place(scaled(v)), y) for v in span], colour=colour, width=thick, order=2)
    _draw_mark(page, axis, line.units, y, mark.light)


def _draw_mark(page: Page, axis: Axis, units: float, y: float, colour: str) -> None:
    """A dot inside the scale, an arrow head at the end of it for what lies beyond."""
    at = scaled(units)
    if axis.holds(at):
        page.marks([(axis.place(at), y)], radius=2.6, fill=colour)
        return
    x, way = (axis.right, 1) if at > 0 else (axis.left, -1)
    page.polygon([(x, y), (x - 6 * way, y - 3), (x - 6 * way, y + 3)], fill=colour, order=4)


def _name(claim: Mapping[str, Any]) -> str:
    synthesis = synthesis_of(str(claim["stated_spec"]), str(claim["spec"]), str(claim["subject"]))
    words = quantity_name(str(claim["quantity"]), synthesis=synthesis).removeprefix("the ").removeprefix("number of ")
    name = capital(words) if words[:1].isascii() else words  # not Τ² for τ²
    return f"{name}, {claim['about']}" if claim["about"] else name


def _ours(claim: Mapping[str, Any]) -> str:
    """Our value with two digits more than printed."""
    value, printed = end_of(claim["value"]), parse_printed(str(claim["printed"]))
    if math.isnan(value):
        return "–"
    if printed.relation != "=" or 0 < abs(value) < 10.0 ** -(_decimals(printed) + 2):
        return f"{value:.2g}".replace("-", "\u2212")
    return number(value, _decimals(printed) + (0 if value == round(value) and printed.decimals <= 0 else 2))


def _decimals(printed: Printed) -> int:
    return min(max(printed.decimals, 0), 8) if "/" not in printed.text else 3


def _row(line: Line) -> dict[str, object]:
    claim = line.claim
    shown = {n: claim[n] for n in ("claim", "quantity", "subject", "printed", "value", "verdict")}
    return shown | {
        "units": line.units, "units_low": line.span[0], "units_high": line.span[1], "envelope_low": line.envelope[0],
        "envelope_high": line.envelope[1], "half_line": line.half_line,
    }  # fmt: skip


def _notes(data: AnalysisInput, lines: Sequence[Line]) -> list[str]:
    words = ["Dot: our value"]
    if any(line.span[1] > line.span[0] for line in lines):
        words.append("Thick line: where rounding of the inputs can take it")
    if any(line.envelope[1] > line.envelope[0] and math.isfinite(line.units) for line in lines):
        words.append("Thin line: from the lowest to the highest of the specifications searched")
    others = len(data.audit) - len(lines)
    if others:
        words.append(f"{others} printed in words" if others > 1 else "One printed in words")
    return [". ".join(words)]


def _alt(data: AnalysisInput, lines: Sequence[Line]) -> str:
    checked = [line for line in lines if math.isfinite(line.units)]
    inside = sum(_inside(line) for line in checked)
    words = [f"{len(lines)} printed numbers of {data.title} against ours, in units of their last printed digit: "
             f"{len(checked)} re-derived, {inside} of them within the interval that rounds as printed."]  # fmt: skip
    outside = sorted((line for line in checked if not _inside(line)), key=lambda line: -abs(line.units))
    words += list(_furthest(outside[:1]))
    verdicts = [line.claim["verdict"] for line in lines]
    counts = [f"{verdicts.count(code)} {mark.label.lower()}" for code, mark in BY_CODE.items() if code in verdicts]
    return " ".join([*words, f"Verdicts: {', '.join(counts)}."])


def _furthest(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        yield f"Furthest off is {_name(line.claim)}: printed {line.claim['printed']}, ours {_ours(line.claim)}, {abs(line.units):.3g} units away."


def _inside(line: Line) -> bool:
    low = -math.inf if line.half_line < 0 else -0.5
    high = math.inf if line.half_line > 0 else 0.5
    return low - 1e-9 <= line.units <= high + 1e-9
