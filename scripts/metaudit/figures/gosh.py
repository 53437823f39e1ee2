"""GOSH plot: the pooled estimate and I² of every subset of the studies (Olkin, Dahabreh and Trikalinos 2012).

Source: Res Synth Methods 3:214, figure 2. Two clouds, or a tail, point at a study whose presence decides the result; the
margins show the subsets with and without the study that moves the median of the estimate or of I² most.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.figures.axis import Tick
from metaudit.figures.drawn import Drawn
from metaudit.figures.effect_axis import axis_name, effect_ticks
from metaudit.figures.inputs import number as cell
from metaudit.figures.many import apart, said_yi
from metaudit.figures.plot import BELOW, LEFT, MARGIN, Page, Panel, shorten
from metaudit.figures.style import INK, MUTED, PRINTED, RULE, SMALL
from metaudit.figures.typeset import width

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput
    from metaudit.figures.label_places import Point

COLUMNS = ("mark", "effect_low_yi", "effect_high_yi", "i2_low", "i2_high", "count", "count_with")
RAMP = ("#d3dfe9", "#a3bdd2", "#6f96b6", "#3f6d95", "#1d4569", "#0a2239")
"""From few to many subsets, evenly darker."""

_HEIGHT, _MARGIN, _GAP, _KEY = 190.0, 44.0, 4.0, 28.0
_RIGHT = 332.0
_WITH, _WITHOUT = PRINTED, "#f3d3b0"


@dataclass(frozen=True)
class _Bin:
    low: float
    high: float
    i2_low: float
    i2_high: float
    count: int
    count_with: int


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the subsets of an analysis of four or more studies, pooled by inverse variances; else None."""
    row = data.primary
    bins = [
        _Bin(
            cell(r, "low_yi"),
            cell(r, "high_yi"),
            cell(r, "i2_low"),
            cell(r, "i2_high"),
            int(r["count"]),
            int(r["count_with"]),
        )
        for r in data.gosh
    ]
    if row is None or not bins:
        return None
    title = f"GOSH plot: {data.title}"
    steps = _steps(max(b.count for b in bins))
    low, high = min(b.low for b in bins), max(b.high for b in bins)
    room = 0.02 * (high - low) or 0.1
    page = Page(title, _notes(data), body=_MARGIN + _GAP + _HEIGHT + BELOW + _KEY)
    top = page.body_top + _MARGIN + _GAP
    frame = (LEFT, top, _RIGHT, top + _HEIGHT)
    names = (axis_name(data.measure), "I², %")
    plot = Panel(page, frame, across=(low - room, high + room), up=(0.0, 100.0), names=names)
    plot.draw_scales(effect_ticks(plot.across, data.measure), [Tick(float(v), str(v)) for v in range(0, 101, 20)])
    _cells(plot, bins, steps)
    columns, levels = _sums(bins, "low"), _sums(bins, "i2_low")
    _top_margin(plot, columns)
    _side_margin(plot, levels)
    whole = cell(row, "estimate_yi"), cell(row, "i2")
    plot.page.marks(
        [plot.at(*whole)], radius=4.2, fill="white", edge=INK, shape="diamond", edge_width=1.1, name="all-studies"
    )
    _key(plot, data, steps)
    rows = [
        dict(zip(COLUMNS, (mark, b.low, b.high, b.i2_low, b.i2_high, b.count, b.count_with), strict=True))
        for mark, some in (("cell", bins), ("effect margin", columns), ("i2 margin", levels))
        for b in some
    ]
    rows.append(dict(zip(COLUMNS, ("all studies", whole[0], whole[0], whole[1], whole[1]), strict=False)))
    return Drawn("gosh", page.figure, title, _alt(data, bins), COLUMNS, rows)


def _sums(bins: Sequence[_Bin], edge: str) -> list[_Bin]:
    """The cells of each column (``low``) or each row (``i2_low``) as one."""
    groups: dict[float, list[_Bin]] = defaultdict(list)
    for b in bins:
        groups[getattr(b, edge)].append(b)
    out = []
    for _, some in sorted(groups.items()):
        count, with_it = sum(b.count for b in some), sum(b.count_with for b in some)
        ends = (
            min(b.low for b in some),
            max(b.high for b in some),
            min(b.i2_low for b in some),
            max(b.i2_high for b in some),
        )
        out.append(_Bin(*ends, count, with_it))
    return out


def _steps(most: int) -> tuple[int, ...]:
    """The least count of each shade: evenly spaced on the scale of logarithms, as many as there are different ones."""
    edges = [round(most ** (i / len(RAMP))) for i in range(len(RAMP))]
    return tuple(dict.fromkeys(max(1, e) for e in edges))


def _cells(plot: Panel, bins: Sequence[_Bin], steps: Sequence[int]) -> None:
    """Draw each shade over the paler ones, and a line through the cells most of whose subsets have the study."""
    height = plot.up.place(0.0) - plot.up.place(bins_height(bins))
    ordered = sorted(bins, key=lambda b: (b.i2_low, b.low))
    for shade, least in enumerate(steps):
        bars = _bars(plot, [b for b in ordered if b.count >= least])
        plot.page.line(
            apart(bars), colour=_colours(steps)[shade], width=height, order=1 + 0.01 * shade, name=f"cells-{least}"
        )
    most = _bars(plot, [b for b in ordered if 2 * b.count_with > b.count])
    plot.page.line(apart(most), colour=_WITH, width=0.9, order=1.5, name="mostly-with")


def _bars(plot: Panel, bins: Sequence[_Bin]) -> list[list[Point]]:
    """A line through the middle of each run of neighbours, from left to right."""
    runs: list[list[_Bin]] = []
    for b in bins:
        last = runs[-1][-1] if runs else None
        if last and last.i2_low == b.i2_low and math.isclose(last.high, b.low, rel_tol=1e-7, abs_tol=1e-12):
            runs[-1].append(b)
        else:
            runs.append([b])
    out: list[list[Point]] = []
    for run in runs:
        x0, y = plot.at(run[0].low, (run[0].i2_low + run[0].i2_high) / 2)
        x1 = plot.across.place(run[-1].high)
        out.append([(x0, y), (max(x1, x0 + 0.8), y)])
    return out


def _colours(steps: Sequence[int]) -> Sequence[str]:
    """One colour a shade, the last the darkest."""
    return RAMP[len(RAMP) - len(steps) :]


def _top_margin(plot: Panel, columns: Sequence[_Bin]) -> None:
    base = plot.up.place(100.0) - _GAP
    unit = (_MARGIN - 2) / max(b.count for b in columns)
    for colour, part, order in ((_WITHOUT, "count", 1.0), (_WITH, "count_with", 1.1)):
        outline: list[Point] = []
        for b in columns:
            left, right = plot.across.place(b.low), plot.across.place(b.high)
            if outline and outline[-1][0] < left - 0.01:  # a gap of empty columns
                outline += [(outline[-1][0], base), (left, base)]
            outline += [
                (left, base - unit * getattr(b, part)),
                (max(right, left + 0.8), base - unit * getattr(b, part)),
            ]
        shape = [(outline[0][0], base), *outline, (outline[-1][0], base)]
        plot.page.polygon(shape, fill=colour, order=order, name=f"effect-{part}")
    plot.page.line([(plot.across.left, base), (plot.across.right, base)], colour=RULE, order=2)


def _side_margin(plot: Panel, levels: Sequence[_Bin]) -> None:
    base = plot.across.right + _GAP
    unit = (_MARGIN - 2) / max(b.count for b in levels)
    for colour, part, order in ((_WITHOUT, "count", 1.0), (_WITH, "count_with", 1.1)):
        outline: list[Point] = []
        for b in levels:
            low, high = plot.up.place(b.i2_low), plot.up.place(b.i2_high)
            if outline and outline[-1][1] > low + 0.01:
                outline += [(base, outline[-1][1]), (base, low)]
            outline += [(base + unit * getattr(b, part), low), (base + unit * getattr(b, part), high)]
        shape = [(base, outline[0][1]), *outline, (base, outline[-1][1])]
        plot.page.polygon(shape, fill=colour, order=order, name=f"i2-{part}")
    plot.page.line([(base, plot.up.place(0.0)), (base, plot.up.place(100.0))], colour=RULE, order=2)


def _key(plot: Panel, data: AnalysisInput, steps: Sequence[int]) -> None:
    """Say what shades and bars stand for, under the scale."""
    y = plot.frame[3] + 41
    x = _words(plot, MARGIN, y, "Subsets in a cell, at least:", "key-count")
    for colour, least in zip(_colours(steps), steps, strict=True):
        plot.page.polygon([(x, y - 6), (x + 9, y - 6), (x + 9, y + 1), (x, y + 1)], fill=colour, order=2)
        x = _words(plot, x + 12, y, f"{least:,}", f"key-{least}")
    plot.page.marks([(x + 8, y - 2.4)], radius=3.6, fill="white", edge=INK, shape="diamond", edge_width=1.0)
    _words(plot, x + 15, y, "all studies", "key-all")
    y += 12.5
    label = shorten(data.labels.get(data.gosh[0]["row"], data.gosh[0]["study"]), 140.0)
    x = MARGIN
    for colour, word in ((_WITH, "with"), (_WITHOUT, "without")):
        plot.page.polygon([(x, y - 6), (x + 9, y - 6), (x + 9, y + 1), (x, y + 1)], fill=colour, order=2)
        x = _words(plot, x + 12, y, f"{word} {label}", f"key-{word}")


def _words(plot: Panel, x: float, y: float, text: str, name: str) -> float:
    """Write a text and say where the next may begin."""
    plot.page.text(x, y, text, size=SMALL, colour=MUTED, name=name)
    return x + width(text, SMALL) + 9


def _how_many(data: AnalysisInput) -> str:
    row = data.gosh[0]
    number = int(row["subsets"])
    return f"all {number:,}" if row["complete"] == "yes" else f"{number:,} randomly drawn"


def _method(data: AnalysisInput) -> str:
    code = data.gosh[0]["method"]
    return "common effect" if code == "FE" else f"random effects, {code}"


def _notes(data: AnalysisInput) -> tuple[str, ...]:
    if not data.gosh:
        return ()
    k = len(data.effects)
    whose = f"The pooled result of {_how_many(data)} subsets of two or more of the {k} studies ({_method(data)})"
    label = shorten(data.labels.get(data.gosh[0]["row"], data.gosh[0]["study"]), 140.0)
    return (f"{whose}. Lined cells: most of their subsets have {label}",)


def _alt(data: AnalysisInput, bins: Sequence[_Bin]) -> str:
    row, primary, measure = data.gosh[0], data.primary, data.measure
    assert primary is not None
    total = sum(b.count for b in bins)
    low, high = (_quantile(_sums(bins, "low"), share, total) for share in (0.025, 0.975))
    zero = sum(b.count for b in bins if b.i2_low == 0)
    label = data.labels.get(row["row"], row["study"])
    estimates = [said_yi(v, high - low, measure) for v in (low, high, cell(primary, "estimate_yi"))]
    return (
        f"GOSH plot of {data.title}: the pooled result of {_how_many(data)} subsets of {len(data.effects)} studies, "
        f"estimate across, I² upward. The middle 95 % of the estimates lie between about {estimates[0]} and {estimates[1]}; "
        f"all studies give {estimates[2]} with I² {cell(primary, 'i2'):.0f} %. "
        f"{100 * zero / total:.0f} % of the subsets have an I² below {bins_height(bins):g} %. "
        f"{label} divides the subsets most: with it the median of the estimates is {_side(cell(row, 'shift_yi'))} and the median of I² "
        f"{_points(cell(row, 'shift_i2'))}."
    )


def _side(shift: float) -> str:
    return "higher" if shift > 0 else "lower" if shift < 0 else "the same"


def _points(shift: float) -> str:
    return f"{_side(shift)} by {abs(shift):.0f} percentage points" if abs(shift) >= 0.5 else "about the same"


def bins_height(bins: Sequence[_Bin]) -> float:
    """How many percent of I² one cell is high."""
    return min(b.i2_high - b.i2_low for b in bins)


def _quantile(columns: Sequence[_Bin], share: float, total: int) -> float:
    """The middle of the column in which the estimates reach a share of all subsets."""
    done = 0
    for b in columns:
        done += b.count
        if done >= share * total:
            return (b.low + b.high) / 2
    return columns[-1].high
