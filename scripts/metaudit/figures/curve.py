"""Specification curve: every way of pooling that was searched, by its estimate, and the choices behind each.

Source: Simonsohn, Simmons and Nelson 2020, Nature Human Behaviour 4:1208, figure 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from metaudit.figures.choices import CHOICES, in_sentence, value_label
from metaudit.figures.curve_scale import HEIGHT, Scale
from metaudit.figures.drawn import Drawn
from metaudit.figures.inputs import number as cell
from metaudit.figures.many import apart, said
from metaudit.figures.plot import MARGIN, Page, shorten
from metaudit.figures.printed import printed_result
from metaudit.figures.style import FAINT, INK, MUTED, POOLED, PRINTED, RULE, SMALL, STUDY
from metaudit.figures.typeset import width
from metaudit.figures.wording import effect, effect_decimals, level_text, long_name, short_name
from metaudit.measures import MEASURES

if TYPE_CHECKING:
    from metaudit.figures.content import PrintedResult
    from metaudit.figures.inputs import AnalysisInput, Cells

COLUMNS = ("mark", "place", "estimate", "ci_low", "ci_high", "significant", "reference", *CHOICES)
MOST = 160
"""Of more specifications so many are shown, evenly spaced by place."""
LEAST = 2

_LEFT, _RIGHT = 150.0, 388.0
_LANE_WIDTH = 94.0
_SEPARATE = 80  # up to so many specifications stand apart; more touch their neighbours
_ROW = 8.8
_BAND = "#f7e6d1"


@dataclass(frozen=True)
class _Spec:
    """One way of pooling; ``slot`` is where it stands among those shown."""

    slot: int
    row: Cells
    estimate: float
    low: float
    high: float
    significant: bool | None
    reference: bool


@dataclass(frozen=True)
class _Lane:
    """One value of one choice: a line of the lower panel."""

    choice: str
    value: str
    label: str


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the specifications of the primary measure (or of the first one searched); None for fewer than two."""
    rows = _rows_of(data)
    if len(rows) < LEAST:
        return None
    measure = MEASURES[rows[0]["measure"]]
    specs = _specs(data, rows)
    printed = printed_result(data.claims, data.analysis, measure)
    lanes = _lanes([s.row for s in specs])
    title = f"Specification curve: {data.title}"
    scale = Scale.of(measure, [(s.estimate, s.low, s.high) for s in specs], printed)
    notes = _notes(data, rows, specs, printed=printed, beyond=sum(scale.leaves(s.low, s.high) for s in specs))
    page = Page(title, notes, body=HEIGHT + 12 + _ROW * len(lanes) + 14)
    top = page.body_top
    _upper(page, specs, scale.between(top + HEIGHT, top), printed)
    _lower(page, specs, lanes, top + HEIGHT + 12)
    return Drawn("curve", page.figure, title, _alt(data, rows, printed), COLUMNS, list(_drawn(specs, printed)))


def _rows_of(data: AnalysisInput) -> list[Cells]:
    """The specifications of one measure, by estimate."""
    of_primary = [r for r in data.curve if r["measure"] == data.measure.code]
    first = data.curve[0]["measure"] if data.curve else ""
    rows = of_primary or [r for r in data.curve if r["measure"] == first]
    return sorted((r for r in rows if math.isfinite(cell(r, "estimate"))), key=lambda r: int(r["place"]))


def _specs(data: AnalysisInput, rows: Sequence[Cells]) -> list[_Spec]:
    """Those that are shown: all of a few, of many an even selection, always both ends and the reference."""
    reference = next((r["reference"] for r in data.multiverse if r["measure"] == rows[0]["measure"]), "")
    last = len(rows) - 1
    count = min(len(rows), MOST)
    places = {round(i * last / (count - 1)) for i in range(count)}
    shown = [r for i, r in enumerate(rows) if i in places or r["spec"] == reference]
    out = []
    for slot, r in enumerate(shown):
        estimate, low, high = (cell(r, n) for n in ("estimate", "ci_low", "ci_high"))
        significant = {"yes": True, "no": False}.get(r["significant"])
        out.append(_Spec(slot, r, estimate, low, high, significant, r["spec"] == reference))
    return out


def _lanes(rows: Sequence[Cells]) -> list[_Lane]:
    """The values of every choice that has more than one; what does not apply (tau² of a common effect) has none."""
    lanes = []
    for choice in CHOICES:
        values = sorted({r[choice] for r in rows} - {""})
        if len(values) > 1:
            lanes += [_Lane(choice, v, shorten(value_label(choice, v), _LANE_WIDTH)) for v in values]
    return lanes


def _x(slot: float, count: int) -> float:
    return _LEFT + (slot + 0.5) * (_RIGHT - _LEFT) / count


def _upper(page: Page, specs: Sequence[_Spec], scale: Scale, printed: PrintedResult | None) -> None:
    """Estimates with their intervals over the printed result and the line of no effect."""
    n = len(specs)
    bottom, top = scale.axis.left, scale.axis.right
    if printed is not None:
        if math.isfinite(printed.ci_low):
            low, high = scale.place(printed.ci_low), scale.place(printed.ci_high)
            page.polygon(
                [(_LEFT, low), (_RIGHT, low), (_RIGHT, high), (_LEFT, high)],
                fill=_BAND,
                order=0.5,
                name="printed-interval",
            )
        y = scale.place(printed.estimate)
        page.line([(_LEFT, y), (_RIGHT, y)], colour=PRINTED, width=1.0, dashes=(4, 2), order=1.5, name="printed")
    if scale.measure.null is not None:
        y = scale.place(scale.measure.null)
        page.line([(_LEFT, y), (_RIGHT, y)], colour=INK, order=1, name="null")
    thick = min(1.4, 0.5 * (_RIGHT - _LEFT) / n)
    known = [s for s in specs if math.isfinite(s.low) and math.isfinite(s.high)]
    bars = [[(_x(s.slot, n), scale.place(v)) for v in (s.low, s.high)] for s in known]
    page.line(apart(bars), colour=RULE, width=thick, order=2, name="intervals")
    radius = min(2.2, max(0.8, 0.42 * (_RIGHT - _LEFT) / n))
    for significant in (False, True):
        some = [(_x(s.slot, n), scale.place(s.estimate)) for s in specs if (s.significant is not False) is significant]
        page.marks(some, radius=radius, fill=STUDY if significant else "white", edge=STUDY, edge_width=0.4, order=4)
    for s in specs:
        if s.reference:
            x, y = _x(s.slot, n), scale.place(s.estimate)
            page.marks([(x, y)], radius=3.6, fill=POOLED, shape="diamond", order=4.5, name="reference")
    page.line([(_LEFT, top), (_LEFT, bottom)], colour=INK, order=3)
    for tick in scale.ticks():
        y = scale.axis.place(tick.at)
        page.line([(_LEFT - 3, y), (_LEFT, y)], colour=INK)
        page.text(_LEFT - 5, y + SMALL * 0.36, tick.label, size=SMALL, align="right", name=f"up-{tick.label}")
    name = long_name(scale.measure)
    name = name if width(name, SMALL) <= HEIGHT + 8 else short_name(scale.measure)
    page.text(_LEFT - 42, (top + bottom) / 2, name, size=SMALL, align="center", colour=MUTED, rotation=90, name="up")


def _lower(page: Page, specs: Sequence[_Spec], lanes: Sequence[_Lane], top: float) -> None:
    """A line for each value of each choice, marked under the specifications that have it."""
    n = len(specs)
    room = (_RIGHT - _LEFT) / n
    inset = 0.12 * room if n <= _SEPARATE else 0.0
    for s in specs:
        if s.reference:
            x = _x(s.slot, n)
            page.line([(x, top - 8), (x, top + _ROW * len(lanes))], colour=POOLED, width=0.5, dashes=(2, 2), order=1)
    for index, lane in enumerate(lanes):
        y = top + (index + 0.5) * _ROW
        if index == 0 or lanes[index - 1].choice != lane.choice:
            page.line([(MARGIN, y - _ROW / 2), (_RIGHT, y - _ROW / 2)], colour=FAINT, width=0.4, order=0.6)
            page.text(
                MARGIN, y + SMALL * 0.36, CHOICES[lane.choice], size=SMALL, colour=MUTED, name=f"choice-{lane.choice}"
            )
        page.text(_LEFT - 5, y + SMALL * 0.36, lane.label, size=SMALL, align="right", name=f"lane-{index}")
        runs = _runs([s.row[lane.choice] == lane.value for s in specs], joined=not inset)
        bars = [[(_LEFT + first * room + inset, y), (_LEFT + (last + 1) * room - inset, y)] for first, last in runs]
        page.line(apart(bars), colour=STUDY, width=_ROW * 0.5, order=2, name=f"has-{index}")


def _runs(has: Sequence[bool], *, joined: bool) -> Iterator[tuple[int, int]]:
    """First and last of the places that have it, neighbours together where asked."""
    if not joined:
        yield from ((i, i) for i, h in enumerate(has) if h)
        return
    for present, members in groupby(enumerate(has), key=lambda pair: pair[1]):
        places = [i for i, _ in members]
        if present:
            yield places[0], places[-1]


def _drawn(specs: Sequence[_Spec], printed: PrintedResult | None) -> Iterator[dict[str, object]]:
    for s in specs:
        yield {"mark": "specification", "place": s.row["place"], "estimate": s.estimate, "ci_low": s.low, "ci_high": s.high,
               "significant": s.significant, "reference": s.reference, **{c: s.row[c] for c in CHOICES}}  # fmt: skip
    if printed is not None:
        yield {"mark": "printed", "estimate": printed.estimate, "ci_low": printed.ci_low, "ci_high": printed.ci_high}


def _notes(
    data: AnalysisInput, rows: Sequence[Cells], specs: Sequence[_Spec], *, printed: PrintedResult | None, beyond: int
) -> list[str]:
    shown = (
        f"{len(rows)} ways of pooling"
        if len(specs) == len(rows)
        else f"{len(specs)} of {len(rows)} ways of pooling (evenly thinned)"
    )
    words = [f"{shown}, by estimate, with {level_text(cell(rows[0], 'level'))} intervals"]
    if any(s.significant is False for s in specs) and any(s.significant for s in specs):
        words.append("Filled: the interval excludes no effect; hollow: it does not")
    if any(s.reference for s in specs):
        words.append("Diamond: the stated method")
    if printed is not None:
        words.append("Broken line and band: as printed" if math.isfinite(printed.ci_low) else "Broken line: as printed")
    if beyond:
        words.append(
            f"{beyond} intervals reach beyond the scale" if beyond > 1 else "One interval reaches beyond the scale"
        )
    others = [f"{r['measure']} ({r['results']})" for r in data.multiverse if r["measure"] != rows[0]["measure"]]
    notes = [". ".join(words)]
    return notes + ([f"Also searched, not shown: {', '.join(others)}"] if others else [])


def _alt(data: AnalysisInput, rows: Sequence[Cells], printed: PrintedResult | None) -> str:
    measure = MEASURES[rows[0]["measure"]]
    low, high = cell(rows[0], "estimate"), cell(rows[-1], "estimate")
    decimals = effect_decimals([high - low], measure)
    words = [f"Specification curve of {data.title}: {len(rows)} ways of pooling give {said(low, decimals, measure)} "
             f"to {effect(high, decimals, measure)}."]  # fmt: skip
    tested = [r["significant"] for r in rows if r["significant"]]
    if tested:
        words.append(f"In {tested.count('yes')} of {len(tested)} the interval excludes no effect.")
    reference = next((r["reference"] for r in data.multiverse if r["measure"] == measure.code), "")
    own = next((r for r in rows if r["spec"] == reference), None)
    if own:
        words.append(
            f"The stated method gives {effect(cell(own, 'estimate'), decimals, measure)}, place {own['place']} of {len(rows)}."
        )
    if printed is not None:
        words.append(f"Printed is {effect(printed.estimate, printed.decimals, measure)}.")
    for choice in ("model", "tau2", "zero_cells"):
        groups = {r[choice] for r in rows if r[choice]}
        if len(groups) > 1:
            means = {v: _middle([cell(r, "estimate") for r in rows if r[choice] == v]) for v in sorted(groups)}
            least, most = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
            named = [in_sentence(value_label(choice, v)) for v in (least, most)]
            words.append(
                f"By {CHOICES[choice].lower()}, the median is lowest for {named[0]} and highest for {named[1]}."
            )
            break
    return " ".join(words)


def _middle(values: Sequence[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
