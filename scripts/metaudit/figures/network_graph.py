"""The graph of a network: treatments as discs, direct comparisons as lines, studies of several arms as shades.

Source: Salanti, Higgins, Ades and Ioannidis 2008, Stat Methods Med Res 17:279, on networks as graphs; Chaimani et al. 2013,
PLoS One 8:e76654, figure 1, on sizes that follow the number of studies.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from metaudit.figures.drawn import Drawn
from metaudit.figures.plot import MARGIN, WIDTH, Page, shorten
from metaudit.figures.style import RULE, SHADES, SMALL, STUDY
from metaudit.figures.typeset import width, wrap

if TYPE_CHECKING:
    from metaudit.figures.label_places import Box
    from metaudit.figures.sheet import Align, Point
    from metaudit.network.evidence import Evidence, Pair

COLUMNS = ("mark", "treatments", "studies")

_NAME = 92.0  # width of a line of a name
_LEADING = 8.0
_LARGEST, _LEAST = 10.0, 2.5  # radius of a disc
_THICKEST, _THINNEST = 6.0, 0.6
_FEW = 6  # studies: in smaller networks no line is of the full thickness
_RADIUS, _GROWTH = 92.0, 1.08
_NUMBER = 5.0  # radius of the disc behind the number of a line


@dataclass(frozen=True)
class _Name:
    """The name of a treatment: its lines, where each begins or ends, and the box around them."""

    lines: tuple[str, ...]
    at: Point
    align: Align
    box: Box


def draw(evidence: Evidence, title: str) -> Drawn:
    """Draw the graph of a network.

    Parameters
    ----------
    evidence : its studies
    title : of the network: ``Stroke in atrial fibrillation``
    """
    arms = Counter(t for s in evidence.studies for t in s.treatments)
    lines = Counter(pair for s in evidence.studies for pair in combinations(s.design, 2))
    compared = {pair: lines[pair] for pair in evidence.direct_pairs}
    discs = _discs(evidence.treatments, arms)
    places, names = _layout(evidence.treatments, discs)
    boxes = [n.box for n in names.values()] + [
        (x - discs[t], y - discs[t], x + discs[t], y + discs[t]) for t, (x, y) in places.items()
    ]
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    sheet = max(WIDTH, right - left + 2 * MARGIN)
    whole = f"Network: {title}"
    page = Page(whole, _notes(evidence), body=bottom - top + 14, sheet_width=sheet)
    by = sheet / 2 - (left + right) / 2, page.body_top + 2 - top
    moved = {t: (x + by[0], y + by[1]) for t, (x, y) in places.items()}
    for number, design in enumerate(d for d in evidence.designs if len(d) > 2):
        page.polygon(_around(design, evidence.treatments, moved), fill=SHADES[2], order=0.5, name=f"design-{number}")
    kept_off = [(b[0] + by[0], b[1] + by[1], b[2] + by[0], b[3] + by[1]) for b in (n.box for n in names.values())]
    _draw_lines(page, compared, moved, discs=discs, names=kept_off)
    for number, treatment in enumerate(evidence.treatments):
        page.disc(moved[treatment], radius=discs[treatment], fill=STUDY, edge="white", name=f"treatment-{number}")
        _draw_name(page, names[treatment], by, number)
    return Drawn(
        "network-graph",
        page.figure,
        whole,
        _alt(evidence, title, arms, compared),
        COLUMNS,
        list(_rows(evidence, arms, compared)),
    )


def _discs(treatments: Sequence[str], arms: Mapping[str, int]) -> dict[str, float]:
    """Radius of each disc: its area goes by the number of studies."""
    most = max(arms.values())
    return {t: max(_LEAST, _LARGEST * math.sqrt(arms[t] / most)) for t in treatments}


def _around(design: Sequence[str], order: Sequence[str], places: Mapping[str, Point]) -> list[Point]:
    """Corners of a design in their order on the circle."""
    return [places[t] for t in order if t in design]


def _layout(treatments: Sequence[str], discs: Mapping[str, float]) -> tuple[dict[str, Point], dict[str, _Name]]:
    """Places on a circle around (0, 0), the first treatment on top, as small as the names allow."""
    radius = _RADIUS
    while True:
        turns = [2 * math.pi * i / len(treatments) for i in range(len(treatments))]
        places = {t: (radius * math.sin(a), -radius * math.cos(a)) for t, a in zip(treatments, turns, strict=True)}
        names = {t: _name(t, places[t], discs[t]) for t in treatments}
        if not _collide([*(n.box for n in names.values()), *(_square(places[t], discs[t]) for t in treatments)]):
            return places, names
        radius *= _GROWTH


def _square(at: Point, half: float) -> Box:
    return at[0] - half, at[1] - half, at[0] + half, at[1] + half


def _collide(boxes: Sequence[Box]) -> bool:
    left, top, right, bottom = np.array(boxes).T
    wide = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    high = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    return bool(np.any(np.triu((wide > -1) & (high > -1), k=1)))


def _name(treatment: str, at: Point, disc: float) -> _Name:
    """The name outside the circle, beside its disc; above it on top and below it at the bottom."""
    first, *rest = wrap(treatment, SMALL, _NAME)
    lines = (first, shorten(" ".join(rest), _NAME)) if rest else (first,)
    x, y = at
    wide, high = max(width(line, SMALL) for line in lines), _LEADING * len(lines)
    distance = math.hypot(x, y)
    across, down = x / distance, y / distance
    out = disc + 3.5
    if abs(across) < 1e-9:
        middle = y + math.copysign(out + high / 2, down)
        return _Name(lines, (x, middle), "center", (x - wide / 2, middle - high / 2, x + wide / 2, middle + high / 2))
    start, middle = x + math.copysign(out, across), y + down * high / 6
    left = start if across > 0 else start - wide
    align: Align = "left" if across > 0 else "right"
    return _Name(lines, (start, middle), align, (left, middle - high / 2, left + wide, middle + high / 2))


def _draw_name(page: Page, name: _Name, by: Point, number: int) -> None:
    x, middle = name.at[0] + by[0], name.at[1] + by[1]
    first = middle - _LEADING * (len(name.lines) - 1) / 2 + SMALL * 0.36
    for i, line in enumerate(name.lines):
        page.text(x, first + i * _LEADING, line, size=SMALL, align=name.align, name=f"name-{number}-{i}")


def _draw_lines(
    page: Page,
    compared: Mapping[Pair, int],
    places: Mapping[str, Point],
    *,
    discs: Mapping[str, float],
    names: Sequence[Box],
) -> None:
    """The thinner a line the later it is drawn; its number stands where it is furthest from everything else."""
    most = max(compared.values())
    ordered = sorted(compared.items(), key=lambda item: -item[1])
    for i, ((a, b), k) in enumerate(ordered):
        thick = max(_THINNEST, _THICKEST * k / max(most, _FEW))
        page.line([places[a], places[b]], colour=RULE, width=thick, order=1 + i * 1e-4, name=f"comparison-{i}")
    taken: list[tuple[Point, float]] = [(places[t], discs[t]) for t in places]
    for i, ((a, b), k) in enumerate(ordered):
        others = [(places[c], places[d]) for (c, d) in compared if (c, d) != (a, b)]
        spot = _number_place((places[a], places[b]), others, taken, names=names)
        if spot is not None:
            taken.append((spot, _NUMBER))
            half = max(_NUMBER - 0.6, width(str(k), SMALL) / 2 + 1)
            page.disc(spot, radius=half, fill="white", edge="white", name=f"behind-{i}")
            page.text(spot[0], spot[1] + SMALL * 0.36, str(k), size=SMALL, align="center", name=f"studies-{i}")


def _number_place(
    line: tuple[Point, Point],
    others: Sequence[tuple[Point, Point]],
    taken: Sequence[tuple[Point, float]],
    *,
    names: Sequence[Box],
) -> Point | None:
    """A place on the middle part of a line that keeps off discs, numbers and names, and off other lines as far as may be."""
    (x0, y0), (x1, y1) = line
    best: tuple[float, Point] | None = None
    for share in sorted((i / 40 for i in range(8, 33)), key=lambda s: (abs(s - 0.5), s)):
        spot = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        if any(math.dist(spot, at) < r + _NUMBER + 0.5 for at, r in taken):
            continue
        if any(math.dist(spot, _nearest(spot, box)) < _NUMBER + 0.5 for box in names):
            continue
        clear = min((_distance(spot, other) for other in others), default=math.inf)
        clear = min(clear, 2 * _NUMBER)
        if best is None or clear > best[0] + 1e-9:
            best = clear, spot
    return None if best is None or best[0] < _NUMBER * 0.7 else best[1]


def _nearest(spot: Point, box: Box) -> Point:
    """The point of a box that is nearest to a place."""
    left, top, right, bottom = box
    return min(max(spot[0], left), right), min(max(spot[1], top), bottom)


def _distance(spot: Point, line: tuple[Point, Point]) -> float:
    """Distance of a place from a line between two places."""
    (x, y), ((x0, y0), (x1, y1)) = spot, line
    dx, dy = x1 - x0, y1 - y0
    share = min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)))
    return math.hypot(x - x0 - share * dx, y - y0 - share * dy)


def _notes(evidence: Evidence) -> list[str]:
    notes = [
        "Discs: studies with the treatment. Lines: studies that compare the two, with their number where there is room"
    ]
    many = sum(len(s.treatments) > 2 for s in evidence.studies)
    if many:
        studies = (
            "one study has more than two arms; each of its"
            if many == 1
            else f"{many} studies have more than two arms; each of their"
        )
        notes.append(f"Shaded: {studies} comparisons counts")
    return notes


def _alt(evidence: Evidence, title: str, arms: Mapping[str, int], compared: Mapping[Pair, int]) -> str:
    n, k = len(evidence.treatments), len(evidence.studies)
    common = max(evidence.treatments, key=lambda t: arms[t])
    pair = max(compared, key=lambda p: compared[p])
    many = sum(len(s.treatments) > 2 for s in evidence.studies)
    some = f" {many} of them of more than two arms," if many else ""
    return (
        f"Network graph of {title}: {n} treatments and {k} studies,{some} in {len(evidence.designs)} designs. "
        f"{len(compared)} of {len(evidence.pairs)} pairs of treatments are compared directly. Most studies have {common} "
        f"({arms[common]}); the most frequent comparison is {pair[0]} with {pair[1]} ({compared[pair]})."
    )


def _rows(evidence: Evidence, arms: Mapping[str, int], compared: Mapping[Pair, int]) -> Iterator[dict[str, object]]:
    for t in evidence.treatments:
        yield dict(zip(COLUMNS, ("treatment", t, arms[t]), strict=True))
    for pair, k in compared.items():
        yield dict(zip(COLUMNS, ("comparison", " : ".join(pair), k), strict=True))
    for design, studies in evidence.designs.items():
        if len(design) > 2:
            yield dict(zip(COLUMNS, ("design", " : ".join(design), len(studies)), strict=True))
