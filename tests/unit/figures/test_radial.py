"""A radial plot: precision across, effects as slopes, read on the arc."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from bcg import VI, YI
from figure_inputs import drawn_input, many, places

from metaudit.figures.radial import draw
from metaudit.figures.radial_arc import Arc, points_across

# radial(rma(yi, vi, data=d, method="DL")) of the 13 BCG trials, metafor 3.8-1
X = [1.25555930202, 1.40951168453, 1.17514717578, 1.74402904944, 1.66673510831, 1.77986137345, 1.37130802250,
     1.78821977055, 1.65477100191, 1.61841739335, 1.76453728505, 1.09026809555, 1.62186229993]  # fmt: skip
Z = [-1.1165831176990, -2.2346238368395, -1.5841843529636, -2.5141071516484, -0.3625937596480, -1.3991767662643,
     -2.2227507376715, 0.0213733991115, -0.7767787129161, -2.2194082822146, -0.5988113056147, 0.4861651540209,
     -0.0280808398760]  # fmt: skip


def _studies(drawn):
    return [r for r in drawn.rows if r["mark"] == "study"]


def test_coordinates_equal_metafor():
    rows = _studies(draw(drawn_input(YI, VI, measure="RR")))
    assert [r["precision"] for r in rows] == pytest.approx(X, rel=1e-7)
    assert [r["standardised"] for r in rows] == pytest.approx(Z, rel=1e-7)
    assert [r["effect"] for r in rows] == pytest.approx(YI)


def test_without_tau2_it_is_the_plot_of_galbraith():
    rows = _studies(draw(drawn_input(YI, VI, measure="RR", tau2="FE")))
    assert [r["precision"] for r in rows] == pytest.approx([v**-0.5 for v in VI])
    assert [r["outside"] for r in rows] == [
        abs(y + 0.430285163732) > 1.959964 * v**0.5 for y, v in zip(YI, VI, strict=True)
    ]


def test_studies_stand_at_their_coordinates_within_the_arc(seen):
    view = seen(draw(drawn_input(YI, VI, measure="RR")).figure)
    ticks = {float(k): v for k, v in view.ticks().items()}
    origin, unit = ticks[0.0], (ticks[1.0] - ticks[0.0])
    assert sorted(x for x, _ in places(view.figure, "studies")) == pytest.approx(
        sorted(origin + unit * x for x in X), abs=0.5
    )
    arc = view.named("arc").get_xydata()
    radius = math.dist(arc[0], (origin, view.named("pooled-line").get_xydata()[0][1]))
    start = view.named("pooled-line").get_xydata()[0]
    assert all(math.dist(p, start) <= radius - 4 for p in places(view.figure, "studies"))
    assert [math.dist(p, start) for p in arc] == pytest.approx([radius] * len(arc), abs=0.01)


def test_the_arc_reads_the_effect_of_every_ray(seen):
    view = seen(draw(drawn_input(YI, VI, measure="RR")).figure)
    start, end = view.named("null-line").get_xydata()
    left, top, _, bottom = view.box(view.named("arc-1"))
    assert (top + bottom) / 2 == pytest.approx(end[1], abs=0.8)  # no effect is a ratio of 1
    assert left == pytest.approx(end[0] + 6, abs=0.8)
    pooled = view.named("pooled-line").get_xydata()
    slope = (start[1] - pooled[1][1]) / (pooled[1][0] - start[0])
    ci = view.named("pooled-ci").get_xydata()
    slopes = [(start[1] - y) / (x - start[0]) for x, y in (ci[0], ci[-1])]
    low, high, estimate = -1.06444528, -0.3637891641, -0.7141172221  # rma(yi, vi, method="DL"): ci.lb, ci.ub, beta
    assert slopes[0] / slope == pytest.approx(low / estimate, rel=1e-5)
    assert slopes[1] / slope == pytest.approx(high / estimate, rel=1e-5)


@pytest.mark.parametrize("measure", ["PLO", "PR", "PFT", "PAS"])
def test_measures_without_a_null_are_centred(measure):
    data = many(7, measure=measure)
    drawn = draw(data)
    estimate = float(data.pooled[0]["estimate_yi"])
    for row, effect in zip(_studies(drawn), data.effects, strict=True):
        assert row["standardised"] == pytest.approx(
            (float(effect["yi"]) - estimate) * row["precision"], rel=1e-6, abs=1e-9
        )
        assert row["effect"] == pytest.approx(float(effect["yi"]))
    assert not [a for a in drawn.figure.as_matplotlib().artists if a.get_gid() == "null-line"]


def test_outliers_are_marked_named_and_told():
    yi, vi = [0.0, 0.1, -0.1, 0.05, 3.0], [0.01, 0.02, 0.015, 0.01, 0.02]
    drawn = draw(drawn_input(yi, vi, tau2="FE"))
    assert "Study 4" in drawn.alt.split("Outside the band around it: ")[1]
    assert len(places(drawn.figure, "outside")) == sum(r["outside"] for r in _studies(drawn))
    calm = draw(drawn_input([0.1, 0.2, 0.15], [0.1, 0.1, 0.1]))
    assert "No study lies outside" in calm.alt


def test_nothing_is_drawn_of_two_studies_or_a_regression():
    assert draw(many(2)) is None
    assert draw(many(3)) is not None
    assert draw(drawn_input(YI, VI, moderators={"x": list(range(13))})) is None
    assert draw(replace(many(5), pooled=[])) is None


ARC = Arc((50.0, 150.0), 200.0, 10.0, 4.0, 20.0, 260.0)


@pytest.mark.parametrize(
    ("start", "slope"), [(0.0, 0.0), (5.0, 1.0), (-5.0, -2.0), (3.0, -1.0), (0.0, 30.0), (-2.0, -40.0)]
)
def test_lines_leave_on_the_circle_or_at_the_frame(start, slope):
    x, y = ARC.leave(start, slope)
    away = math.dist((x, y), ARC.origin)
    assert away <= 200.0 + 1e-6
    assert 20.0 - 1e-6 <= y <= 260.0 + 1e-6
    assert away == pytest.approx(200.0) or y == pytest.approx(20.0) or y == pytest.approx(260.0)
    assert 150.0 - y == pytest.approx(4.0 * (start + slope * (x - 50.0) / 10.0))  # it lies on the line


def test_the_ends_of_the_arc_are_those_of_the_frame():
    low, high = ARC.ends
    assert ARC.at(low)[1] == pytest.approx(260.0)
    assert ARC.at(high)[1] == pytest.approx(20.0)
    assert ARC.holds(high * 0.999)
    assert not ARC.holds(high * 1.01)


def test_the_scale_keeps_every_study_inside():
    points = [(2.0, 10.0), (5.0, -3.0), (0.5, 25.0)]
    across = points_across(points, up=4.0, radius=150.0)
    assert max(math.hypot(across * x, 4.0 * z) for x, z in points) == pytest.approx(150.0)
