"""A GOSH plot: its cells are the subsets, its margins their sums, its diamond the fit of all studies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bcg import VI, YI
from method_inputs import method_input

from metaudit.figures.gosh import draw


@pytest.fixture(scope="module")
def data():
    return method_input(YI, VI, measure="RR")


def test_cells_and_margins_count_the_same_subsets(data):
    rows = draw(data).rows
    for mark in ("cell", "effect margin", "i2 margin"):
        assert sum(r["count"] for r in rows if r["mark"] == mark) == 2**13 - 14
    with_it = {m: sum(r["count_with"] for r in rows if r["mark"] == m) for m in ("cell", "effect margin", "i2 margin")}
    assert set(with_it.values()) == {2**12 - 1}


def test_the_diamond_stands_at_the_fit_of_all_studies(seen, data):
    view = seen(draw(data).figure)
    ticks = {math.log(float(k)): v for k, v in view.ticks().items()}
    low, high = min(ticks), max(ticks)
    ((x, y),) = view.named("all-studies").get_xydata()
    estimate, i2 = float(data.primary["estimate_yi"]), float(data.primary["i2"])
    assert x == pytest.approx(ticks[low] + (estimate - low) * (ticks[high] - ticks[low]) / (high - low), abs=0.5)
    up = {k: view.named(f"up-{k}").get_position()[1] - 0.36 * 6.5 for k in ("0", "100")}
    assert y == pytest.approx(up["0"] + i2 / 100 * (up["100"] - up["0"]), abs=0.05)


def test_darker_cells_hold_more_subsets_and_the_key_says_from_how_many(seen, data):
    drawn = draw(data)
    view = seen(drawn.figure)
    steps = sorted(int(n.removeprefix("cells-")) for n in view.names("cells-"))
    assert [f"{s:,}" in view.words() for s in steps] == [True] * len(steps)
    lightness = [sum(int(view.named(f"cells-{s}").get_color()[i : i + 2], 16) for i in (1, 3, 5)) for s in steps]
    assert lightness == sorted(lightness, reverse=True)
    cells = [r for r in drawn.rows if r["mark"] == "cell"]
    for step in steps:
        bars = np.asarray(view.named(f"cells-{step}").get_xydata())
        width = np.nansum(np.diff(bars[:, 0])[::3])
        across = [r["effect_high_yi"] - r["effect_low_yi"] for r in cells if r["count"] >= step]
        frame = np.nanmax(np.asarray(view.named("cells-1").get_xydata())[:, 0]) - np.nanmin(
            np.asarray(view.named("cells-1").get_xydata())[:, 0]
        )
        span = max(r["effect_high_yi"] for r in cells) - min(r["effect_low_yi"] for r in cells)
        assert width == pytest.approx(sum(across) / span * frame, rel=1e-3)


def test_the_margins_stack_with_the_study_on_without(seen, data):
    view = seen(draw(data).figure)
    tall = [np.ptp(view.named(f"effect-{part}").get_xy()[:, 1]) for part in ("count", "count_with")]
    columns = {}
    for r in data.gosh:
        mine = columns.setdefault(r["low_yi"], [0, 0])
        mine[0] += int(r["count"])
        mine[1] += int(r["count_with"])
    assert tall[1] / tall[0] == pytest.approx(
        max(c[1] for c in columns.values()) / max(c[0] for c in columns.values()), rel=1e-6
    )
    label = data.gosh[0]["study"]
    assert f"with {label}" in view.words()
    assert f"without {label}" in view.words()


def test_a_sample_is_said_to_be_one():
    sampled = draw(method_input(YI, VI, sample=500))
    assert "500 randomly drawn subsets" in sampled.alt
    assert "all 8,178 subsets" in draw(method_input(YI, VI)).alt
    notes = " ".join(
        a.get_text() for a in sampled.figure.as_matplotlib().artists if (a.get_gid() or "").startswith("note")
    )
    assert "500 randomly drawn" in notes


def test_lined_cells_are_those_most_of_whose_subsets_have_the_study(seen, data):
    drawn = draw(data)
    view = seen(drawn.figure)
    line = np.asarray(view.named("mostly-with").get_xydata())
    cells = [r for r in drawn.rows if r["mark"] == "cell"]
    across = [r["effect_high_yi"] - r["effect_low_yi"] for r in cells if 2 * r["count_with"] > r["count"]]
    every = np.asarray(view.named("cells-1").get_xydata())
    span = max(r["effect_high_yi"] for r in cells) - min(r["effect_low_yi"] for r in cells)
    unit = (np.nanmax(every[:, 0]) - np.nanmin(every[:, 0])) / span
    assert np.nansum(np.diff(line[:, 0])[::3]) == pytest.approx(sum(across) * unit, rel=1e-3)
    assert 0 < len(across) < len(cells)
