"""Cumulative and leave-one-out forest plots: every step where its numbers say, in words and in the data."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from metaudit.figures.inputs import read_inputs
from metaudit.figures.steps import draw_cumulative, draw_leave_one_out


@pytest.fixture
def data(folders):
    """An analysis of six studies with made-up steps."""
    review, results, write = folders
    write(year="1999")
    (found,) = read_inputs(results, review).values()
    out = [
        {"row": r["row"], "study": r["study"], "estimate": f"{0.7 + 0.02 * i}", "ci_low": "0.5", "ci_high": f"{0.9 + 0.04 * i}",
         "tau2": "0.01", "i2": "12.5"}
        for i, r in enumerate(found.effects)
    ]  # fmt: skip
    steps = [
        {"place": f"{i + 1}", "row": r["row"], "study": r["study"], "k": f"{i + 1}", "estimate": f"{0.9 - 0.02 * i}",
         "ci_low": f"{0.4 + 0.05 * i}", "ci_high": f"{1.2 - 0.06 * i}", "tau2": "" if i == 0 else "0.02", "i2": "" if i == 0 else "30"}
        for i, r in enumerate(found.effects)
    ]  # fmt: skip
    return replace(found, leave_one_out=out, cumulative=steps)


def _middle(view, name):
    left, _, right, _ = view.box(view.named(name))
    return (left + right) / 2


def test_nothing_overlaps(data, seen):
    for draw in (draw_cumulative, draw_leave_one_out):
        view = seen(draw(data).figure)
        assert view.collisions() == []
        assert view.outside() == []


def test_cumulative_rows_are_in_order_and_at_their_numbers(data, seen):
    drawn = draw_cumulative(data)
    view = seen(drawn.figure)
    words = view.words()
    labels = [w for w in words if "Study " in w]
    assert labels == ["Study 0 (1999)", *[f"+ Study {i} (1999)" for i in range(1, 6)]]
    ticks = {float(label): x for label, x in view.ticks().items()}
    (a, b), *_ = itertools.combinations(sorted(ticks), 2)
    unit = (ticks[b] - ticks[a]) / math.log(b / a)

    def at(value):
        return ticks[a] + unit * math.log(value / a)

    names = sorted(view.names("estimate-"), key=lambda n: int(n.rsplit("-", 1)[1]))
    assert len(names) == 5, "the last step is the pooled result, a diamond"
    for i, name in enumerate(names):
        assert _middle(view, name) == pytest.approx(at(0.9 - 0.02 * i), abs=0.3)
    diamond = view.named("pooled").get_xy()
    assert diamond[:, 0].min() == pytest.approx(at(0.65), abs=0.3)
    assert {"k", "I\u00b2, %", "τ²", "30.0"} <= set(words)
    assert [r["mark"] for r in drawn.rows] == ["step"] * 5 + ["pooled"]
    assert [r["k"] for r in drawn.rows] == [1, 2, 3, 4, 5, 6]
    assert drawn.rows[5]["ci_low"] == 0.65


def test_cumulative_words_say_from_when_on_the_null_is_left_out(data):
    assert "From Study 4 (1999) on, every interval leaves out 1." in draw_cumulative(data).alt
    wide = [r | {"ci_high": "1.5"} for r in data.cumulative]
    assert "No interval leaves out 1." in draw_cumulative(replace(data, cumulative=wide)).alt
    mixed = [r | {"ci_high": "0.9" if i == 2 else "1.5"} for i, r in enumerate(data.cumulative)]
    assert "leaves out 1 at 1 of 6 steps, and not at the last" in draw_cumulative(replace(data, cumulative=mixed)).alt


def test_cumulative_order_is_that_of_place_not_of_the_file(data):
    shuffled = draw_cumulative(replace(data, cumulative=data.cumulative[::-1]))
    assert [r["row"] for r in shuffled.rows] == [r["row"] for r in data.cumulative]


def test_leave_one_out_rows_stand_on_the_band_of_all(data, seen):
    drawn = draw_leave_one_out(data)
    view = seen(drawn.figure)
    assert [w for w in view.words() if w.startswith("without ")] == [f"without Study {i}" for i in range(6)]
    bands, diamond = view.names("band-"), view.box(view.named("pooled"))
    assert len(bands) == 6
    for band in bands:
        left, _, right, _ = view.box(view.named(band))
        assert (left, right) == pytest.approx((diamond[0], diamond[2]), abs=0.5)
    assert [r["mark"] for r in drawn.rows] == ["step"] * 6 + ["pooled"]
    assert drawn.rows[0]["k"] == 5
    assert drawn.rows[-1]["estimate"] == 0.78


def test_leave_one_out_words_name_the_extremes(data):
    alt = draw_leave_one_out(data).alt
    assert "between 0.70 (0.50 to 0.90) without Study 0 and 0.80 (0.50 to 1.10) without Study 5" in alt
    assert "3 of the 6 intervals leave out 1." in alt


def test_a_step_without_a_result_is_not_drawn_but_named(data, seen):
    out = [data.leave_one_out[0] | {"estimate": "", "ci_low": "", "ci_high": ""}, *data.leave_one_out[1:]]
    drawn = draw_leave_one_out(replace(data, leave_one_out=out))
    view = seen(drawn.figure)
    assert len(view.names("estimate-")) == 5
    assert "of the 5 intervals" in drawn.alt


@pytest.mark.parametrize("draw", [draw_cumulative, draw_leave_one_out])
def test_two_studies_have_no_such_figure(data, draw):
    few = replace(data, cumulative=data.cumulative[:2], leave_one_out=data.leave_one_out[:2])
    assert draw(few) is None


@pytest.mark.parametrize("draw", [draw_cumulative, draw_leave_one_out])
def test_a_meta_regression_has_no_such_figure(data, draw):
    assert draw(replace(data, described={"moderators": ["ablat"]})) is None
