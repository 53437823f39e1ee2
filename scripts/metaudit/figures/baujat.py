"""Baujat plot: what a study adds to the heterogeneity against how far it moves the result.

Source: Baujat, Mahé, Pignon and Hill 2002, Stat Med 21:2641, section 3; with random effects the coordinates are those of
metafor's ``baujat`` (squared Pearson residual, squared standardised change of the study's prediction).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.figures.drawn import Drawn
from metaudit.figures.inputs import number as cell
from metaudit.figures.label_places import Label
from metaudit.figures.plot import Captions, Plot, even_ticks, shorten
from metaudit.figures.style import PRINTED
from metaudit.figures.wording import small

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput

LEAST_STUDIES = 3
EVERY_NAME = 15
"""Up to this many studies every one is named where there is room; beyond, those that matter."""
SHARE = 2.0
"""A study matters when it has this many times the average of either scale."""
COLUMNS = ("mark", "row", "study", "baujat_x", "baujat_y", "matters", "named")

_RADIUS = 2.6


@dataclass(frozen=True)
class _Study:
    row: str
    label: str
    x: float
    y: float
    matters: bool


def draw(data: AnalysisInput) -> Drawn | None:
    """Draw the Baujat plot of an analysis; None with fewer than three studies or without its coordinates."""
    studies = _studies(data)
    if len(studies) < LEAST_STUDIES:
        return None
    common = data.primary is not None and data.primary.get("model") == "common"
    ends = max(s.x for s in studies), max(s.y for s in studies)
    title = f"Baujat plot: {data.title}"
    across = "Contribution to Q" if common else "Contribution to heterogeneity (squared Pearson residual)"
    captions = Captions(title, across, "Influence on the pooled result", _notes(len(studies)))
    plot = Plot(captions, across=(0.0, 1.06 * ends[0] or 1.0), up=(0.0, 1.08 * ends[1] or 1.0))
    plot.draw_scales(even_ticks(0.0, plot.across.high), even_ticks(0.0, plot.up.high), grid=True)
    plain, marked = ([plot.at(s.x, s.y) for s in studies if s.matters is m] for m in (False, True))
    plot.marks(plain, radius=_RADIUS, name="studies")
    plot.marks(marked, radius=_RADIUS + 0.8, fill=PRINTED, shape="diamond", name="matter")
    named = _name(plot, studies)
    rows = [
        {"mark": "study", "row": s.row, "study": s.label, "baujat_x": s.x, "baujat_y": s.y, "matters": s.matters,
         "named": s.row in named}
        for s in studies
    ]  # fmt: skip
    return Drawn("baujat", plot.figure, title, _alt(data, studies, across), COLUMNS, rows)


def _studies(data: AnalysisInput) -> list[_Study]:
    found = [(r["row"], cell(r, "baujat_x"), cell(r, "baujat_y")) for r in data.influence]
    known = [f for f in found if math.isfinite(f[1]) and math.isfinite(f[2])]
    k = len(known) or 1
    least_x, least_y = SHARE * math.fsum(f[1] for f in known) / k, SHARE * math.fsum(f[2] for f in known) / k
    return [_Study(row, data.labels[row], x, y, matters=x >= least_x > 0 or y >= least_y > 0) for row, x, y in known]


def _order(studies: Sequence[_Study]) -> list[_Study]:
    """The studies, those furthest out on either scale first."""
    across, up = max(s.x for s in studies) or 1.0, max(s.y for s in studies) or 1.0
    return sorted(studies, key=lambda s: (not s.matters, -max(s.x / across, s.y / up)))


def _name(plot: Plot, studies: Sequence[_Study]) -> Collection[str]:
    """Name the studies that matter, or all of a few; give the rows of those that found room."""
    wanted = [s for s in _order(studies) if s.matters or len(studies) <= EVERY_NAME]
    others = [s for s in studies if s not in wanted]
    labels = [Label(shorten(s.label), plot.at(s.x, s.y), _RADIUS + 0.8 * s.matters) for s in wanted]
    points = [plot.at(s.x, s.y) for s in others]
    avoid = [(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in points]
    left, top, right, bottom = plot.frame
    limit = (left + 1, top, right + 8, bottom - 1)
    return {wanted[i].row for i in plot.draw_labels(labels, avoid=avoid, limit=limit)}


def _notes(k: int) -> tuple[str, ...]:
    marked = "Diamonds: studies with at least twice the average of either scale"
    return (marked if k <= EVERY_NAME else f"{marked}; only these are named",)


def _alt(data: AnalysisInput, studies: Sequence[_Study], across: str) -> str:
    total = math.fsum(s.x for s in studies)
    by_x, by_y = max(studies, key=lambda s: s.x), max(studies, key=lambda s: s.y)
    share = f", {100 * by_x.x / total:.0f} % of the sum of {small(total)}" if total > 0 else ""
    count = sum(s.matters for s in studies)
    return (
        f"Baujat plot of {len(studies)} studies of {data.title}: {across[:1].lower()}{across[1:]} across, influence on the "
        f"pooled result upward. {by_x.label} contributes most ({small(by_x.x)}{share}). "
        f"{by_y.label} moves the pooled result most ({small(by_y.y)} on the squared scale). "
        f"{count} of the studies have at least twice the average of either scale."
    )
