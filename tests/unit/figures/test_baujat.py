"""A Baujat plot: contribution across, influence upward, the studies that matter marked and named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from figure_inputs import drawn_input, many, places

from metaudit.figures.baujat import EVERY_NAME, draw

YI, VI = [0.1, 0.3, 0.2, 0.25, 1.6, 0.15], [0.02, 0.03, 0.01, 0.05, 0.04, 0.02]


def test_coordinates_of_a_common_effect_are_those_of_the_paper():
    """Baujat et al. 2002: (yi - mu)^2 / vi, and (mu - mu without i)^2 / variance of mu without i."""
    y, v = np.array(YI), np.array(VI)
    w = 1 / v
    mean = (w * y).sum() / w.sum()
    rest = [np.arange(6) != i for i in range(6)]
    without = np.array([(w * y)[r].sum() / w[r].sum() for r in rest])
    moved = (mean - without) ** 2 * np.array([w[r].sum() for r in rest])
    rows = draw(drawn_input(YI, VI, tau2="FE")).rows
    assert [r["baujat_x"] for r in rows] == pytest.approx(list((y - mean) ** 2 / v), rel=1e-8)
    assert [r["baujat_y"] for r in rows] == pytest.approx(list(moved), rel=1e-8)


def test_marks_stand_at_the_coordinates(seen):
    drawn = draw(drawn_input(YI, VI, tau2="FE"))
    view = seen(drawn.figure)
    ticks = {float(k): v for k, v in view.ticks().items()}
    low, high = min(ticks), max(ticks)
    unit = (ticks[high] - ticks[low]) / (high - low)
    marked = [r for r in drawn.rows if r["matters"]]
    assert [r["study"] for r in marked] == ["Study 4"]
    (place,) = places(view.figure, "matter")
    assert place[0] == pytest.approx(ticks[low] + unit * (marked[0]["baujat_x"] - low), abs=0.5)
    assert len(places(view.figure, "studies")) == 5


def test_a_study_matters_from_twice_the_average():
    data = drawn_input(YI, VI, tau2="FE")
    base = [{"row": r["row"], "baujat_x": "1", "baujat_y": "1"} for r in data.influence]
    exactly = [*base[:-1], base[-1] | {"baujat_x": "2.5"}]  # the average is 1.25
    below = [*base[:-1], base[-1] | {"baujat_x": "2.49"}]
    assert [r["matters"] for r in draw(replace(data, influence=exactly)).rows] == [False] * 5 + [True]
    assert not any(r["matters"] for r in draw(replace(data, influence=below)).rows)


def test_all_of_a_few_are_named_and_of_many_those_that_matter():
    few, plenty = draw(many(5)), draw(many(EVERY_NAME + 30))
    assert sum(r["named"] for r in few.rows) >= 4
    assert all(r["matters"] for r in plenty.rows if r["named"])
    assert any(r["named"] for r in plenty.rows)


def test_the_alternative_text_names_the_two_ends():
    drawn = draw(drawn_input(YI, VI, tau2="FE"))
    share = 100 * drawn.rows[4]["baujat_x"] / sum(r["baujat_x"] for r in drawn.rows)
    assert f"Study 4 contributes most ({drawn.rows[4]['baujat_x']:.2f}".split(".")[0] in drawn.alt
    assert f"{share:.0f} % of the sum" in drawn.alt
    assert "1 of the studies" in drawn.alt


def test_nothing_is_drawn_without_three_studies_or_coordinates():
    assert draw(many(2)) is None
    assert draw(replace(many(6), influence=[])) is None
    unknown = [r | {"baujat_y": ""} for r in many(4).influence]
    assert draw(replace(many(4), influence=unknown)) is None


def test_equal_effects_contribute_nothing_and_are_drawn(seen):
    drawn = draw(drawn_input([0.2] * 4, [0.1, 0.2, 0.3, 0.4], tau2="FE"))
    assert not any(r["matters"] for r in drawn.rows if r["baujat_x"] < 1e-12)
    assert seen(drawn.figure).outside() == []
