"""A L'Abbé plot: risks of both arms, and the curve on which the pooled effect lies."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from figure_inputs import counts, drawn_input, many

from metaudit.diagnostics.labbe import Labbe
from metaudit.figures.labbe import draw, treatment_risk

MEASURES = ("RR", "OR", "RD", "AS")


@pytest.mark.parametrize("measure", [*MEASURES, "PETO"])
@pytest.mark.parametrize("effect", [-1.1, -0.2, 0.0, 0.3, 0.8])
def test_the_risk_equals_the_one_of_the_diagnostics(measure, effect):
    at = np.linspace(0.0, 1.0, 23)
    none = np.zeros(0)
    line = Labbe((), measure, "risk", "identity", none, none, none, none).line(effect, at)
    ours = [treatment_risk(measure, effect, float(x)) for x in at]
    assert ours == pytest.approx(line, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("measure", "effect", "control", "treatment"),
    [
        ("RR", math.log(0.5), 0.3, 0.15),
        ("OR", math.log(3), 0.25, 0.5),  # odds 1/3 become 1
        ("RD", -0.1, 0.3, 0.2),
        ("AS", math.pi / 12, 0.25, 0.5),  # arcsin of the roots: 30 and 45 degrees
        ("RR", math.log(3), 0.4, math.nan),
        ("RD", -0.4, 0.3, math.nan),
        ("OR", 800.0, 0.5, 1.0),
    ],
)
def test_the_risk_by_hand(measure, effect, control, treatment):
    assert treatment_risk(measure, effect, control) == pytest.approx(treatment, nan_ok=True)


def test_a_measure_that_gives_no_risk_is_refused():
    with pytest.raises(ValueError, match="SMD"):
        treatment_risk("SMD", 0.2, 0.1)


def _studies(drawn):
    return [r for r in drawn.rows if r["mark"] == "study"]


def _curve(drawn, name):
    return [(r["control"], r["treatment"]) for r in drawn.rows if r["mark"] == f"curve of {name}"]


@pytest.mark.parametrize("measure", MEASURES)
def test_studies_are_their_risks_and_areas_their_size(measure):
    data = counts(6, measure=measure)
    for row, effects in zip(_studies(draw(data)), data.effects, strict=True):
        e_t, n_t, e_c, n_c = (float(effects[c]) for c in ("events_t", "n_t", "events_c", "n_c"))
        assert (row["treatment"], row["control"]) == pytest.approx((e_t / n_t, e_c / n_c))
        assert row["n"] == n_t + n_c
    rows = sorted(_studies(draw(data)), key=lambda r: r["n"])
    assert (rows[0]["radius"] / rows[-1]["radius"]) ** 2 == pytest.approx(rows[0]["n"] / rows[-1]["n"], rel=1e-6)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("low", "high"), [(0.05, 0.6), (0.5, 0.95), (0.001, 0.01)])
def test_curves_follow_the_pooled_effect_from_edge_to_edge(measure, low, high):
    data = counts(8, measure=measure, low=low, high=high)
    drawn = draw(data)
    for name in ("estimate", "ci_low", "ci_high"):
        effect = float(data.pooled[0][f"{name}_yi"])
        points = _curve(drawn, name)
        for control, treatment in points:
            assert treatment == pytest.approx(treatment_risk(measure, effect, control), abs=1e-9)
        xs = [x for x, _ in points]
        assert xs == sorted(xs)


def test_circles_stand_where_the_scales_say(seen):
    data = counts(5, measure="OR", low=0.2, high=0.9)
    drawn = draw(data)
    view = seen(drawn.figure)
    ticks = {float(k): v for k, v in view.ticks().items()}
    unit = (ticks[80.0] - ticks[0.0]) / 80
    for row in _studies(drawn):
        (place,) = view.named(f"study-{row['row']}").get_xydata()
        assert place[0] == pytest.approx(ticks[0.0] + unit * 100 * row["control"], abs=0.6)


def test_scales_are_logarithmic_where_risks_differ_many_times(seen):
    data = counts(7, measure="RR", low=0.1, high=0.6)
    rows = [dict(r) for r in data.effects]
    rows[0] |= {"events_t": "2", "n_t": "900", "events_c": "3", "n_c": "900"}
    apart = replace(data, effects=rows)
    view = seen(draw(apart).figure)
    ticks = {float(k): v for k, v in view.ticks().items()}
    assert ticks[10.0] - ticks[1.0] == pytest.approx((ticks[10.0] - ticks[5.0]) / math.log10(2), abs=0.8)
    rows[0] |= {"events_t": "0"}  # no logarithm of 0
    plain = {float(k) for k in seen(draw(replace(data, effects=rows)).figure).ticks()}
    assert 0.0 in plain


def test_the_alternative_text_counts_the_sides():
    data = counts(9, measure="OR")
    rows = _studies(draw(data))
    above = sum(r["treatment"] > r["control"] for r in rows)
    alt = draw(data).alt
    assert f"more frequent under treatment in {above} studies" in alt
    assert f"OR {math.exp(float(data.pooled[0]['estimate_yi'])):.2f}" in alt


def test_arms_are_named_as_the_review_names_them(seen):
    data = replace(counts(3, measure="RR"), described={"treatment": "ketamine", "control": "placebo"})
    words = seen(draw(data).figure).words()
    assert "Events in placebo, %" in words
    assert "Events in ketamine, %" in words


def test_other_data_or_one_study_give_nothing():
    assert draw(many(6)) is None  # risk ratios without counts
    assert draw(drawn_input([0.1, 0.2], [0.1, 0.1], measure="SMD")) is None
    two = counts(2, measure="OR")
    assert draw(two) is not None
    assert draw(replace(two, effects=two.effects[:1])) is None


def test_what_was_not_pooled_has_no_curve():
    drawn = draw(replace(counts(4, measure="OR"), pooled=[]))
    assert _curve(drawn, "estimate") == []
    assert len(_studies(drawn)) == 4


def test_no_event_at_all_is_drawn(seen):
    data = counts(3, measure="RD")
    rows = [r | {"events_t": "0", "events_c": "0"} for r in data.effects]
    assert seen(draw(replace(data, effects=rows)).figure).outside() == []
