"""Forest plots of the shipped reviews: no text overlaps another, none leaves its sheet, in any layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from metaudit.figures.content import ForestData
from metaudit.figures.forest import draw_forest
from metaudit.figures.inputs import AnalysisInput, read_inputs
from metaudit.figures.layouts import LAYOUTS
from metaudit.figures.results import forest_data
from metaudit.figures.steps import draw_cumulative, draw_leave_one_out

ROOT = Path(__file__).resolve().parents[3]
REVIEWS = sorted(p.parent.name for p in (ROOT / "results").glob("*/effects.csv"))


def _inputs(review: str) -> dict[str, AnalysisInput]:
    return read_inputs(ROOT / "results" / review, ROOT / "data" / "reviews" / review)


def _unlike(found: dict[str, AnalysisInput]) -> list[ForestData]:
    """One analysis of every kind of data, number of studies and presence of subgroups: the others look the same."""
    kinds: dict[object, ForestData] = {}
    for data in found.values():
        shown = forest_data(data)
        kinds.setdefault((data.measure.kind, len(data.effects), bool(shown.subgroups)), shown)
    return list(kinds.values())


def _clean(seen, figure) -> None:
    view = seen(figure)
    assert view.collisions() == []
    assert view.outside() == []


@pytest.mark.parametrize("review", REVIEWS)
def test_texts_keep_apart_in_every_layout(seen, review):
    for shown in _unlike(_inputs(review)):
        for layout in LAYOUTS.values():
            _clean(seen, draw_forest(shown, layout))


@pytest.mark.parametrize("review", REVIEWS)
def test_texts_keep_apart_step_by_step(seen, review):
    for data in _inputs(review).values():
        for draw in (draw_leave_one_out, draw_cumulative):
            drawn = draw(data)
            if drawn is not None and len(data.effects) <= 40:
                _clean(seen, drawn.figure)


def test_there_are_reviews_to_look_at():
    assert len(REVIEWS) > 20
