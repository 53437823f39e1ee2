"""Map of the two-by-two tables that can stand behind a printed result: events of one arm against those of the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.figures.axis import Tick
from metaudit.figures.drawn import Drawn
from metaudit.figures.inputs import number as cell
from metaudit.figures.label_places import Label, place_labels
from metaudit.figures.plot import Captions, Plot
from metaudit.figures.style import PRINTED, RULE, STUDY
from metaudit.figures.wording import number

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput, Cells
    from metaudit.figures.label_places import Box

COLUMNS = ("mark", "events_t", "events_c", "count", "n_t_low", "n_t_high", "n_c_low", "n_c_high")
NAMED = 6
"""So many of the smallest tables are named where there is room, unless there are more than NAMED_UP_TO."""
NAMED_UP_TO = 120

_SIZES = (2.4, 3.4, 4.4, 5.4)
_FRAME = 6.4
_ROOM = 4
_STEPS = 60
_Curve = Callable[[float, float, tuple[int, int]], float]
_BAND, _EFFECT = "#e6ebf0", "#f7e6d1"


@dataclass(frozen=True)
class _Pair:
    """Events of both arms, with how many tables have them and between which sizes of the arms."""

    t: int
    c: int
    count: int
    n_t: tuple[int, int]
    n_c: tuple[int, int]

    @property
    def shown(self) -> str:
        """The smallest of its tables: ``20/39, 7/36``."""
        return f"{self.t}/{self.n_t[0]}, {self.c}/{self.n_c[0]}"


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the tables of the first printed result of an analysis that has some; None without any."""
    rows = _rows_of(data)
    if not rows:
        return None
    pairs = [_pair(r) for r in rows]
    title = f"Tables behind the printed result: {data.title}"
    fixed = _fixed(pairs)
    reported = _reported(data)
    seen = [(p.t, p.c) for p in pairs] + ([reported] if reported else [])
    across, up = (_range([events[i] for events in seen], fixed[i] if fixed else None) for i in (0, 1))
    words = ("treatment", "control")
    names = [f"Events, {w} arm" + (f" (of {n})" if n else "") for w, n in zip(words, fixed or ("", ""), strict=True)]
    plot = Plot(
        Captions(title, names[0], names[1], tuple(_notes(data, rows, pairs))), across=across, up=up, height=230.0
    )
    plot.draw_scales(*(_whole_ticks(*ends) for ends in (across, up)))
    if fixed:
        _bands(plot, rows[0], fixed)
    sizes = _radii(plot, pairs)
    for step, radius in enumerate(sizes):
        some = [plot.at(p.t, p.c) for p in pairs if _step(p, pairs) == step]
        plot.marks(some, radius=radius, fill=STUDY, order=3)
    if reported:
        place = [plot.at(*reported)]
        plot.marks(place, radius=_FRAME, fill=None, edge=PRINTED, shape="square", edge_width=1.1, name="reported")
    written = _name(plot, pairs, sizes, reported) if len(pairs) <= NAMED_UP_TO else []
    if fixed:
        _grid(plot, written)
    return Drawn("compatible", plot.figure, title, _alt(data, rows, pairs), COLUMNS, list(_drawn(pairs, reported)))


def _rows_of(data: AnalysisInput) -> list[Cells]:
    """The rows of the first result that has any table."""
    found = [r for r in data.compatible if r["events_t"]]
    if not found:
        return []
    key = tuple(found[0][n] for n in ("subject", "method", "measure", "used"))
    return [r for r in found if tuple(r[n] for n in ("subject", "method", "measure", "used")) == key]


def _pair(r: Cells) -> _Pair:
    sizes = [(int(r[f"{n}_low"]), int(r[f"{n}_high"])) for n in ("n_t", "n_c")]
    return _Pair(int(r["events_t"]), int(r["events_c"]), int(r["count"]), *sizes)


def _fixed(pairs: Sequence[_Pair]) -> tuple[int, int] | None:
    """The sizes of both arms where all tables have the same."""
    sizes = {n for p in pairs for n in ((*p.n_t, *p.n_c),)}
    (one, *others) = sizes
    return (one[0], one[2]) if not others and one[0] == one[1] and one[2] == one[3] else None


def _range(events: Sequence[int], people: int | None) -> tuple[float, float]:
    """The part of the whole numbers that is shown: a few on either side, none that cannot be."""
    room = max(_ROOM, (max(events) - min(events)) // 8)
    low, high = max(0, min(events) - room), max(events) + room
    high = min(people, high) if people is not None else high
    return low - 0.6, high + 0.6


def _whole_ticks(low: float, high: float) -> list[Tick]:
    """Ticks at whole numbers."""
    step = next(s for s in (m * 10**d for d in range(9) for m in (1, 2, 5)) if (high - low) / s <= 8)
    return [Tick(float(v), f"{v:,}") for v in range(math.ceil(low / step) * step, math.floor(high) + 1, step)]


def _bands(plot: Plot, row: Cells, fixed: tuple[int, int]) -> None:
    """Where each arm rounds to its printed share, and where the effect rounds to the printed one."""
    left, top, right, bottom = plot.frame
    shares = [[fixed[i] * cell(row, f"share_{arm}_{end}") for end in ("low", "high")] for i, arm in enumerate("tc")]
    if math.isfinite(shares[0][0]):
        x0, x1 = (plot.across.place(v) for v in shares[0])
        plot.polygon([(x0, top), (x1, top), (x1, bottom), (x0, bottom)], fill=_BAND, order=0.4, name="share-t")
    if math.isfinite(shares[1][0]):
        y0, y1 = (plot.up.place(v) for v in shares[1])
        plot.polygon([(left, y0), (right, y0), (right, y1), (left, y1)], fill=_BAND, order=0.5, name="share-c")
    edges = [cell(row, f"estimate_{end}") for end in ("low", "high")]
    curve = _BY_MEASURE.get(row["measure"])
    if curve is None or not all(map(math.isfinite, edges)):
        return
    lines = [list(_effect_line(plot, curve, effect=e, people=fixed)) for e in edges]
    area = [plot.at(*p) for p in [*lines[0], *reversed(lines[1])]]
    plot.polygon(area, fill=_EFFECT, order=0.6, name="effect")
    middle = (edges[0] + edges[1]) / 2
    points = list(_effect_line(plot, curve, effect=middle, people=fixed))
    plot.line([plot.at(*p) for p in points], colour=PRINTED, width=0.9, dashes=(4, 2), order=0.8, name="effect-line")


def _effect_line(plot: Plot, curve: _Curve, *, effect: float, people: tuple[int, int]) -> Iterator[tuple[float, float]]:
    """Events of the treatment arm, by those of the control arm, that give one effect."""
    low, high = max(0.0, plot.up.low), plot.up.high
    for i in range(_STEPS + 1):
        c = low + (high - low) * i / _STEPS
        yield curve(c, effect, people), c


def _by_risk_ratio(c: float, effect: float, people: tuple[int, int]) -> float:
    return effect * people[0] * c / people[1]


def _by_odds_ratio(c: float, effect: float, people: tuple[int, int]) -> float:
    odds = effect * c / max(people[1] - c, 1e-9)
    return people[0] * odds / (1 + odds)


def _by_risk_difference(c: float, effect: float, people: tuple[int, int]) -> float:
    return people[0] * (c / people[1] + effect)


_BY_MEASURE = {"RR": _by_risk_ratio, "OR": _by_odds_ratio, "RD": _by_risk_difference}


def _name(plot: Plot, pairs: Sequence[_Pair], sizes: Sequence[float], reported: tuple[int, int] | None) -> list[Box]:
    """Name the smallest tables and give the places of their names."""
    radii = [_FRAME if (p.t, p.c) == reported else sizes[_step(p, pairs)] for p in pairs]
    labels = [Label(p.shown, plot.at(p.t, p.c), r + 1) for p, r in zip(pairs[:NAMED], radii, strict=False)]
    others = [(plot.at(p.t, p.c), r) for p, r in zip(pairs[NAMED:], radii[NAMED:], strict=True)]
    others += [(plot.at(*reported), _FRAME)] if reported else []
    avoid = [(x - r, y - r, x + r, y + r) for (x, y), r in others]
    placed = place_labels(labels, avoid=avoid, limit=plot.frame)
    plot.draw_labels(labels, avoid=avoid)
    return [spot.box for spot in placed if spot is not None]


def _grid(plot: Plot, written: Sequence[Box]) -> None:
    """Every pair of whole numbers as a small dot, where they are few enough to be told apart, but not under a name."""
    columns, rows = (range(math.ceil(a.low), math.floor(a.high) + 1) for a in (plot.across, plot.up))
    if len(columns) * len(rows) > 400:
        return
    places = [plot.at(x, y) for x in columns for y in rows]
    free = [
        (x, y)
        for x, y in places
        if not any(left - 1 <= x <= right + 1 and top - 1 <= y <= bottom + 1 for left, top, right, bottom in written)
    ]
    plot.marks(free, radius=0.9, fill=RULE, edge=RULE, edge_width=0.0, order=1)


def _step(p: _Pair, pairs: Sequence[_Pair]) -> int:
    """Which of four sizes: more for more tables, evenly spaced by their logarithm."""
    most = max(q.count for q in pairs)
    share = math.log(p.count) / math.log(most) if most > 1 else 0.0
    return min(int(share * len(_SIZES)), len(_SIZES) - 1)


def _radii(plot: Plot, pairs: Sequence[_Pair]) -> list[float]:
    """The four sizes, smaller where whole numbers stand close together."""
    largest = _SIZES[max(_step(p, pairs) for p in pairs)]
    gap = min(abs(axis.place(axis.low + 1) - axis.place(axis.low)) for axis in (plot.across, plot.up))
    factor = min(1.0, 0.48 * gap / largest)
    return [max(0.7, factor * size) for size in _SIZES]


def _reported(data: AnalysisInput) -> tuple[int, int] | None:
    """Events of both arms as they were extracted; None unless every study has them."""
    sums = [math.fsum(cell(r, f"events_{arm}") for r in data.effects) for arm in "tc"]
    return (int(sums[0]), int(sums[1])) if data.effects and all(map(math.isfinite, sums)) else None


def _drawn(pairs: Sequence[_Pair], reported: tuple[int, int] | None) -> Iterator[dict[str, object]]:
    for p in pairs:
        yield dict(zip(COLUMNS, ("compatible", p.t, p.c, p.count, *p.n_t, *p.n_c), strict=True))
    if reported:
        yield {"mark": "extracted", "events_t": reported[0], "events_c": reported[1]}


def _how_many(row: Cells) -> str:
    count = int(row["tables"])
    least = "" if row["complete"] == "yes" else "at least "
    return f"{least}{number(count, 0)} tables" if count != 1 else f"{least}one table"


def _notes(data: AnalysisInput, rows: Sequence[Cells], pairs: Sequence[_Pair]) -> Iterator[str]:
    row = rows[0]
    of = " (totals of several trials)" if row["whose"] == "totals" else ""
    whose = f" of {row['subject']}" if row["subject"] else ""
    verb = "give" if int(row["tables"]) != 1 else "gives"
    yield f"{_how_many(row)[:1].upper()}{_how_many(row)[1:]}{of} {verb} {row['used']}{whose}. Searched: {row['searched']}"
    words = []
    if int(row["pairs"]) > len(pairs):
        words.append(f"Shown: the {len(pairs)} of {row['pairs']} pairs of events with the fewest people")
    if any(p.count > 1 for p in pairs):
        words.append("Larger dots: more tables (sizes of arms) with these events")
    if _fixed(pairs):
        shares, effect = math.isfinite(cell(row, "share_t_low")), bool(row["measure"])
        words += ["Grey bands: rounds to the printed percentages"] if shares else []
        words += [f"Broken line and band: rounds to the printed {row['measure']}"] if effect else []
    if _reported(data):
        words.append("Square: the table as extracted")
    if words:
        yield ". ".join(words)
    earlier = [
        r for r in data.compatible if r["pairs"] == "0" and r["used"] != row["used"] and r["subject"] == row["subject"]
    ]
    if earlier:
        which = "No table" if earlier[0]["verdict"] == "impossible" else "No table that was searched"
        yield f"{which} gives {earlier[0]['used']} with Wald limits"
    subjects = dict.fromkeys((r["subject"], r["method"]) for r in data.compatible)
    if len(subjects) > 1:
        yield f"{len(subjects) - 1} more printed results of this analysis are in compatible.csv"


def _alt(data: AnalysisInput, rows: Sequence[Cells], pairs: Sequence[_Pair]) -> str:
    row, first = rows[0], pairs[0]
    words = [
        f"Map of the two-by-two tables behind {row['used']} ({data.title}): {_how_many(row)} found among {row['searched']}."
    ]
    words.append(f"The smallest is {first.t} of {first.n_t[0]} against {first.c} of {first.n_c[0]}.")
    if len(pairs) > 1:
        words.append(
            f"Events run from {min(p.t for p in pairs)} to {max(p.t for p in pairs)} in the treatment arm and "
            f"from {min(p.c for p in pairs)} to {max(p.c for p in pairs)} in the control arm."
        )
    reported = _reported(data)
    if reported:
        inside = any((p.t, p.c) == reported for p in pairs)
        words.append(
            f"The table as extracted ({reported[0]} and {reported[1]} events) is {'among them' if inside else 'not among them'}."
        )
    return " ".join(words)
