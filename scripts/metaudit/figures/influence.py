"""Influence of single studies: residuals, deletion diagnostics and leverage side by side, a study a row.

Source: Viechtbauer and Cheung 2010, Res Synth Methods 1:112, figure 2; the lines are those of metafor's ``plot`` of an
``influence`` object.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaudit.figures.axis import Axis, Tick
from metaudit.figures.drawn import Drawn
from metaudit.figures.inputs import number as cell
from metaudit.figures.plot import MARGIN, Page, even_ticks, shorten
from metaudit.figures.style import INK, MUTED, PRINTED, RULE, SHADES, SMALL, STUDY
from metaudit.figures.typeset import width

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput, Cells

LEAST_STUDIES = 3
EVERY_NAME = 40
"""Up to this many studies every one is named; beyond, those that are marked."""
OUTLIER = 1.96
"""Studentised residuals beyond it are marked."""

_PANEL, _GAP = 50.0, 8.0
_NAMES = 104.0
_ROW, _TALLEST = 10.0, 420.0
_HEAD, _FOOT = 15.0, 22.0
_NAME_STEP = 8.0
_NEAR = 1.6


@dataclass(frozen=True)
class _Quantity:
    """One panel: a column of influence.csv, its heading, and the lines drawn in it."""

    column: str
    heading: str
    centre: float = math.nan
    limits: tuple[float, ...] = ()


_COLUMNS = ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "q_del", "hat", "weight")
COLUMNS = ("mark", "row", "study", *_COLUMNS, "influential", "outlier", "reasons")


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the diagnostics of an analysis of three or more studies; None where they were not computed."""
    rows = data.influence
    if len(rows) < LEAST_STUDIES or data.primary is None:
        return None
    panels = [q for q in _quantities(data.primary, rows[0], len(data.regression) or 1, len(rows)) if _shown(q, rows)]
    step = _ROW if len(rows) <= EVERY_NAME else _TALLEST / len(rows)
    title = f"Influence of single studies: {data.title}"
    sheet_width = 2 * MARGIN + _NAMES + len(panels) * (_PANEL + _GAP)
    page = Page(title, _notes(rows), body=_HEAD + step * len(rows) + 6 + _FOOT, sheet_width=sheet_width)
    top = page.body_top + _HEAD
    places = [top + 3 + (i + 0.5) * step for i in range(len(rows))]
    _draw_rows(page, data, rows, places, step)
    for index, quantity in enumerate(panels):
        left = MARGIN + _NAMES + _GAP + index * (_PANEL + _GAP)
        _draw_panel(page, quantity, rows, places, (left, top, left + _PANEL, top + 6 + step * len(rows)))
    return Drawn("influence", page.figure, title, _alt(data, rows), COLUMNS, _data(data, rows, panels))


def _quantities(primary: Cells, row: Cells, p: int, k: int) -> Iterator[_Quantity]:
    limit = {name: cell(row, f"{name}_limit") for name in ("dffits", "cook_d", "hat")}
    yield _Quantity("rstudent", "Student. res.", 0.0, (-OUTLIER, OUTLIER))
    yield _Quantity("dffits", "DFFITS", 0.0, (-limit["dffits"], limit["dffits"]))
    yield _Quantity("cook_d", "Cook\u2019s D", math.nan, (limit["cook_d"],))
    yield _Quantity("cov_r", "Cov. ratio", 1.0)
    yield _Quantity("tau2_del", "τ² without", cell(primary, "tau2"))
    yield _Quantity("q_del", "Q without", cell(primary, "q"))
    yield _Quantity("hat", "Hat", p / k, (limit["hat"],))
    yield _Quantity("weight", "Weight, %", 100 / k)


def _shown(quantity: _Quantity, rows: Sequence[Cells]) -> bool:
    """Whether a panel says anything: tau2 of a common-effect model is 0 throughout."""
    values = [cell(r, quantity.column) for r in rows]
    return any(map(math.isfinite, values)) and not (quantity.column == "tau2_del" and not any(values))


def _is_influential(row: Cells) -> bool:
    return row.get("influential") == "yes"


def _is_outlier(row: Cells) -> bool:
    return abs(cell(row, "rstudent")) > OUTLIER


def _draw_rows(page: Page, data: AnalysisInput, rows: Sequence[Cells], places: Sequence[float], step: float) -> None:
    """Name the studies, and shade the rows of those that are marked."""
    every = len(rows) <= EVERY_NAME
    last = -math.inf
    right = MARGIN + _NAMES
    for row, y in zip(rows, places, strict=True):
        marked = _is_influential(row)
        if marked:
            half = max(step, 2.0) / 2
            corners = [
                (right + 2, y - half),
                (page.width - MARGIN, y - half),
                (page.width - MARGIN, y + half),
                (right + 2, y + half),
            ]
            page.polygon(corners, fill=SHADES[2], order=0.1, name=f"shade-{row['row']}")
        if not (every or marked or _is_outlier(row)):
            continue
        at = y if every else max(y, last + _NAME_STEP)
        last = at
        if at > y + 0.01:
            page.line([(right - 0.5, at), (right + 3.5, y)], colour=MUTED, width=0.35, order=2)
        label = shorten(data.labels[row["row"]], _NAMES - 4, bold=marked)
        page.text(
            right - 1.5, at + SMALL * 0.36, label, size=SMALL, align="right", bold=marked, name=f"study-{row['row']}"
        )


def _draw_panel(
    page: Page,
    quantity: _Quantity,
    rows: Sequence[Cells],
    places: Sequence[float],
    frame: tuple[float, float, float, float],
) -> None:
    left, top, right, bottom = frame
    values = [cell(r, quantity.column) for r in rows]
    axis = _axis(quantity, values, left, right)
    page.text(
        (left + right) / 2,
        top - 5,
        quantity.heading,
        size=SMALL,
        align="center",
        colour=MUTED,
        name=f"head-{quantity.column}",
    )
    page.line(
        [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], colour=RULE, width=0.4, order=1
    )
    for value, dashes in [(quantity.centre, None), *((v, (2.5, 2.0)) for v in quantity.limits)]:
        if math.isfinite(value) and axis.holds(value):
            x = axis.place(value)
            page.line(
                [(x, top), (x, bottom)],
                colour=MUTED,
                width=0.5,
                dashes=dashes,
                order=1.5,
                name=f"line-{quantity.column}-{value:.4g}",
            )
    for piece in _pieces(
        [(axis.place(v), y) if math.isfinite(v) else None for v, y in zip(values, places, strict=True)]
    ):
        page.line(piece, colour=RULE, width=0.5, order=2)
    dense = len(rows) > EVERY_NAME
    plain: list[tuple[float, float]] = []
    marked: list[tuple[float, float]] = []
    for row, value, y in zip(rows, values, places, strict=True):
        if math.isfinite(value):
            (marked if _is_marked(quantity, row) else plain).append((axis.place(value), y))
    page.marks(
        plain,
        radius=1.1 if dense else 1.7,
        fill=STUDY,
        edge_width=0.0 if dense else 0.4,
        order=4,
        name=f"dots-{quantity.column}",
    )
    page.marks(marked, radius=2.6, fill=PRINTED, shape="diamond", order=4.1, name=f"marked-{quantity.column}")
    _draw_ticks(page, axis, bottom)


def _is_marked(quantity: _Quantity, row: Cells) -> bool:
    return _is_outlier(row) if quantity.column == "rstudent" else _is_influential(row)


def _axis(quantity: _Quantity, values: Sequence[float], left: float, right: float) -> Axis:
    """The scale of a panel: all values, its central line, and limits that are not far away."""
    known = [v for v in (*values, quantity.centre) if math.isfinite(v)]
    low, high = min(known), max(known)
    reach = (_NEAR - 1) * (high - low)
    for limit in quantity.limits:
        if low - reach <= limit <= high + reach:
            low, high = min(low, limit), max(high, limit)
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return Axis(low - room, high + room, left, right)


def _pieces(points: Sequence[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    """Unbroken runs of two or more known points."""
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
            continue
        if len(run) > 1:
            yield run
        run = []


def _draw_ticks(page: Page, axis: Axis, bottom: float) -> None:
    for tick in _ticks(axis):
        x = axis.place(tick.at)
        page.line([(x, bottom), (x, bottom + 2.5)], colour=INK, width=0.5)
        page.text(x, bottom + 10.5, tick.label, size=SMALL, align="center")


def _ticks(axis: Axis) -> Sequence[Tick]:
    """Two or three ticks whose labels keep apart and within the panel and half the gap beside it; one if need be."""
    for most in (3, 2):
        fitting = _fitting(axis, most)
        if len(fitting) > 1 and all(b[0] - a[1] >= 3.0 for a, b in itertools.pairwise(e for _, *e in fitting)):
            return [tick for tick, *_ in fitting]
    finer = _fitting(axis, 9)
    if len(finer) > 1 and finer[-1][1] - finer[0][2] >= 3.0:
        return [finer[0][0], finer[-1][0]]
    return [tick for tick, *_ in finer[:1]]


def _fitting(axis: Axis, most: int) -> list[tuple[Tick, float, float]]:
    """Ticks whose labels fit, each with the left and right end of its label."""
    side = _GAP / 2 - 1.0
    found = []
    for tick in even_ticks(axis.low, axis.high, most=most):
        half, x = width(tick.label, SMALL) / 2, axis.place(tick.at)
        if x - half >= axis.left - side and x + half <= axis.right + side:
            found.append((tick, x - half, x + half))
    return found


def _notes(rows: Sequence[Cells]) -> list[str]:
    marks = "Diamonds: studentised residuals beyond \u00b1 1.96, and every value of an influential study (shaded row)"
    rule = (
        "Influential: |DFFITS| or Cook\u2019s distance or leverage beyond the dashed line, or |DFBETAS| above 1; solid lines: "
        "all studies together, or an equal share. Dashed lines far beyond all values are not shown"
    )
    return [marks, rule, *(["Named: outlying and influential studies"] if len(rows) > EVERY_NAME else [])]


def _data(data: AnalysisInput, rows: Sequence[Cells], panels: Sequence[_Quantity]) -> list[dict[str, Any]]:
    shown = [q.column for q in panels]
    found: list[dict[str, Any]] = [
        {"mark": "study", "row": r["row"], "study": data.labels[r["row"]], **{c: r[c] for c in shown},
         "influential": _is_influential(r), "outlier": _is_outlier(r), "reasons": r.get("reasons", "")}
        for r in rows
    ]  # fmt: skip
    for quantity in panels:
        values = [(quantity.centre, "line"), *((v, "limit") for v in quantity.limits)]
        found += [{"mark": mark, quantity.column: v} for v, mark in values if math.isfinite(v)]
    return found


def _alt(data: AnalysisInput, rows: Sequence[Cells]) -> str:
    influential = [data.labels[r["row"]] for r in rows if _is_influential(r)]
    outlying = [data.labels[r["row"]] for r in rows if _is_outlier(r)]
    largest = max(rows, key=lambda r: cell(r, "cook_d") if math.isfinite(cell(r, "cook_d")) else -1.0)
    return (
        f"Diagnostics of {len(rows)} studies of {data.title}, a study a row: studentised residual, DFFITS, Cook\u2019s distance, "
        f"covariance ratio, τ² and Q without the study, hat value, weight. Influential: {_listed(influential)}. "
        f"Studentised residual beyond 1.96: {_listed(outlying)}. The largest Cook\u2019s distance is that of "
        f"{data.labels[largest['row']]} ({cell(largest, 'cook_d'):.3g})."
    )


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "none"
