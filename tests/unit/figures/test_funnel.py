"""A funnel plot: points, limits, contours and filled studies stand where the numbers say."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from bcg import VI, YI
from figure_inputs import drawn_input, many, places

from metaudit.figures.funnel import LEAST_STUDIES, draw
from metaudit.figures.style import SMALL


def _unit(view):
    ticks = view.ticks()
    return ticks["1"], (ticks["1"] - ticks["0.5"]) / math.log(2)


def _rows(drawn, mark):
    return [r for r in drawn.rows if r["mark"] == mark]


def test_points_stand_at_effect_and_standard_error(seen):
    data = drawn_input(YI, VI, measure="RR")
    view = seen(draw(data).figure)
    null, unit = _unit(view)
    top, half = (view.named(f"up-{label}").get_position()[1] - 0.36 * SMALL for label in ("0", "0.5"))
    found = places(view.figure, "studies")
    assert [x for x, _ in found] == pytest.approx([null + unit * y for y in YI], abs=0.4)
    assert [y for _, y in found] == pytest.approx([top + (half - top) / 0.5 * math.sqrt(v) for v in VI], abs=0.05)


def test_the_studies_furthest_outside_the_limits_are_named(seen):
    data = drawn_input(YI, VI, measure="RR")
    drawn = draw(data)
    middle = float(data.primary["estimate_yi"])
    z = sorted(((abs(y - middle) / math.sqrt(v), f"Study {i}") for i, (y, v) in enumerate(zip(YI, VI, strict=True))), reverse=True)  # fmt: skip
    outside = [label for distance, label in z if distance > 1.96]
    assert len(outside) > 3
    named = {r["study"] for r in _rows(drawn, "study") if r["named"]}
    assert named == set(outside[:3])
    assert named <= set(seen(drawn.figure).words())
    assert (
        f"{len(outside)} of the studies lie outside its pseudo 95 % limits, furthest {', '.join(outside[:3])}."
        in drawn.alt
    )
    assert seen(drawn.figure).collisions() == []


def test_where_no_study_lies_outside_none_is_named(seen):
    drawn = draw(drawn_input([0.1, -0.1, 0.2, -0.2, 0.05, -0.05], [0.04] * 6))
    assert not any(r["named"] for r in _rows(drawn, "study"))
    assert "0 of the studies lie outside its pseudo 95 % limits." in drawn.alt


def test_trim_and_fill_is_drawn_as_metafor_fills():
    # trimfill(rma(yi, vi, data=d, method="DL")), metafor 3.8-1: one study, and the estimate with it
    drawn = draw(drawn_input(YI, VI, measure="RR"))
    (filled,), (adjusted,) = _rows(drawn, "filled"), _rows(drawn, "adjusted")
    assert filled["yi"] == pytest.approx(0.309510324888, rel=1e-6)
    assert filled["sei"] == pytest.approx(math.sqrt(0.223017247572), rel=1e-6)
    assert adjusted["yi"] == pytest.approx(-0.656073212989, rel=1e-6)
    assert len(places(drawn.figure, "filled")) == 1
    assert "one study filled in" in drawn.alt
    assert "RR 0.52" in drawn.alt  # exp(-0.656)


def test_without_filled_studies_there_is_no_second_line(seen):
    yi = [0.1, -0.1, 0.2, -0.2, 0.05, -0.05]
    drawn = draw(drawn_input(yi, [0.01, 0.01, 0.04, 0.04, 0.09, 0.09]))
    view = seen(drawn.figure)
    assert _rows(drawn, "filled") == _rows(drawn, "adjusted") == []
    assert view.names("adjusted-line") == view.names("filled") == []
    assert any("adds no study" in w for w in view.words())


def test_limits_open_by_the_quantile_of_the_level(seen):
    data = drawn_input(YI, VI, measure="RR")
    data = replace(data, pooled=[data.pooled[0] | {"level": "0.9"}])
    view = seen(draw(data).figure)
    _, unit = _unit(view)
    deepest = 1.06 * math.sqrt(max(VI))
    low, high = view.named("limit-low").get_xdata(), view.named("limit-high").get_xdata()
    assert low[0] == pytest.approx(high[0])
    assert high[1] - low[1] == pytest.approx(2 * 1.644853627 * deepest * unit, rel=0.01)
    assert any("90 %" in w for w in view.words())


def test_contours_open_from_the_null_and_nest(seen):
    drawn = draw(drawn_input(YI, VI, measure="RR"))
    view = seen(drawn.figure)
    null, unit = _unit(view)
    frame = view.box(view.named("region-1"))
    widths, orders = [], [view.named("region-1").get_zorder()]
    for level in ("0.99", "0.95", "0.90"):
        points = view.named(f"region-{level}").get_xy()
        assert points[0][0] == pytest.approx(null, abs=0.4)
        assert points[:, 0].min() >= frame[0] - 0.1
        assert points[:, 0].max() <= frame[2] + 0.1
        widths.append(points[:, 0].max() - points[:, 0].min())
        orders.append(view.named(f"region-{level}").get_zorder())
    assert widths == sorted(widths, reverse=True)
    assert orders == sorted(orders)
    ends = [r["yi"] for r in _rows(drawn, "contour 0.95")]
    assert ends == pytest.approx(
        [-1.959964 * 1.06 * math.sqrt(max(VI)), 1.959964 * 1.06 * math.sqrt(max(VI))], rel=1e-6
    )
    assert unit > 0


@pytest.mark.parametrize("measure", ["PLO", "PFT", "PR", "PAS"])
def test_measures_without_a_null_have_no_contours(seen, measure):
    view = seen(draw(many(8, measure=measure)).figure)
    assert view.names("region-") == view.names("null-line") == []
    assert view.names("studies") == ["studies"]


def test_the_data_are_what_is_drawn():
    data = drawn_input(YI, VI, measure="RR")
    studies = _rows(draw(data), "study")
    assert [r["yi"] for r in studies] == YI
    assert [r["sei"] for r in studies] == pytest.approx([math.sqrt(v) for v in VI])
    assert [r["row"] for r in studies] == [r["row"] for r in data.effects]
    assert _rows(draw(data), "pooled")[0]["yi"] == pytest.approx(-0.7141172, rel=1e-6)  # rma(yi, vi, method="DL")


def test_the_alternative_text_counts_what_lies_outside():
    alt = draw(drawn_input(YI, VI, measure="RR")).alt
    pooled, se = -0.7141172, np.sqrt(VI)
    outside, apart = (int((np.abs(np.array(YI) - c) > 1.959964 * se).sum()) for c in (pooled, 0.0))
    assert f"{outside} of the studies lie outside" in alt
    assert f"{apart} of them lie where P is below 0.05" in alt
    assert "P = 0.19" in alt


def test_tests_are_worded_and_few_studies_warned_of(seen):
    few = seen(draw(drawn_input(YI[:7], VI[:7])).figure)
    assert any("little power" in w for w in few.words())
    enough = seen(draw(drawn_input(YI, VI)).figure)
    assert any(w.startswith("Egger’s test: t = −1.40 (df = 11), P = 0.19") for w in enough.words())
    assert not any("little power" in w for w in enough.words())


def test_no_funnel_of_few_studies_or_of_a_regression():
    assert draw(many(LEAST_STUDIES - 1)) is None
    assert draw(many(LEAST_STUDIES)) is not None
    assert draw(drawn_input(YI, VI, moderators={"x": list(range(13))})) is None
    assert draw(replace(many(9), pooled=[])) is None


def test_equal_standard_errors_and_studies_without_variance_are_drawn():
    data = drawn_input([0.1, 0.2, 0.3, 0.1, 0.2], [0.04] * 5, measure="MD")
    assert len(places(draw(data).figure, "studies")) == 5
    rows = [r | {"vi": "0"} for r in data.effects]
    assert len(places(draw(replace(data, effects=rows)).figure, "studies")) == 5
    missing = [r | ({"vi": ""} if i == 0 else {}) for i, r in enumerate(many(6).effects)]
    assert len(places(draw(replace(many(6), effects=missing)).figure, "studies")) == 5
