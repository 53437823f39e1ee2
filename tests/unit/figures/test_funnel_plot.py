"""A funnel plot: points, limits and regions stand where the numbers say."""

from __future__ import annotations

import math

import pytest

from metaudit.figures.content import FunnelData, FunnelPoint
from metaudit.figures.funnel import draw_funnel


def _data(measure="RR", k=12, title="An analysis"):
    points = tuple(FunnelPoint(f"Study {i}", -0.4 + 0.07 * i, 0.05 + 0.04 * i) for i in range(k))
    return FunnelData(title, measure, points, estimate_yi=-0.2, model="random")


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "MD", "SMD", "IRR", "PR", "PLO", "PAS", "PFT", "ZCOR", "GEN"])
def test_texts_keep_apart_and_on_the_sheet(seen, measure):
    view = seen(draw_funnel(_data(measure, title="A title that goes on " * 8)))
    assert view.collisions() == []
    assert view.outside() == []
    assert len(view.ticks()) >= 2


def test_the_standard_error_grows_downward(seen):
    view = seen(draw_funnel(_data()))
    tops = [view.box(view.named(f"study-{i}"))[1] for i in range(12)]
    assert tops == sorted(tops)
    assert view.box(view.named("se-0.0"))[1] < view.box(view.named("se-0.1"))[1]


def test_points_stand_at_their_effects(seen):
    view = seen(draw_funnel(_data()))
    ticks = view.ticks()
    unit = (ticks["2"] - ticks["1"]) / math.log(2)
    for index in range(12):
        left, _, right, _ = view.box(view.named(f"study-{index}"))
        assert (left + right) / 2 == pytest.approx(ticks["1"] + unit * (-0.4 + 0.07 * index), abs=0.4)


def test_the_pseudo_limits_open_by_196_standard_errors(seen):
    view = seen(draw_funnel(_data()))
    ticks = view.ticks()
    unit = (ticks["2"] - ticks["1"]) / math.log(2)
    deepest = 1.06 * (0.05 + 0.04 * 11)
    low, high = view.named("limit-low").get_xdata(), view.named("limit-high").get_xdata()
    assert low[0] == pytest.approx(high[0])
    assert high[1] - low[1] == pytest.approx(2 * 1.959964 * deepest * unit, rel=0.01)


def test_regions_open_from_the_null_and_nest(seen):
    view = seen(draw_funnel(_data()))
    ticks = view.ticks()
    widths = []
    for p in ("0.10", "0.05", "0.01"):
        points = view.named(f"region-{p}").get_xy()
        assert points[0][0] == pytest.approx(ticks["1"], abs=0.4)
        widths.append(points[:, 0].max() - points[:, 0].min())
    assert widths == sorted(widths)
    orders = [view.named(f"region-{p}").get_zorder() for p in ("0.10", "0.05", "0.01", "0.00")]
    assert orders == sorted(orders, reverse=True)


def test_regions_stay_inside_the_frame(seen):
    view = seen(draw_funnel(_data()))
    frame = view.box(view.named("region-0.00"))
    for p in ("0.10", "0.05", "0.01"):
        box = view.box(view.named(f"region-{p}"))
        assert box[0] >= frame[0] - 0.1
        assert box[2] <= frame[2] + 0.1
        assert box[3] <= frame[3] + 0.1


def test_measures_without_a_null_have_no_regions(seen):
    view = seen(draw_funnel(_data("PLO")))
    assert view.names("region-") == []
    assert view.names("null-line") == []


def test_equal_standard_errors_are_drawn(seen):
    points = tuple(FunnelPoint(f"Study {i}", 0.0, 0.0) for i in range(5))
    view = seen(draw_funnel(FunnelData("Degenerate", "MD", points, estimate_yi=0.0)))
    assert len(view.names("study-")) == 5
