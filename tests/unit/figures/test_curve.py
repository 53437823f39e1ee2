"""A specification curve: every choice a lane, the ends and the reference always shown, the printed result as a band."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bcg import VI, YI
from figure_inputs import drawn_input
from method_inputs import with_curve

from metaudit.figures.choices import CHOICES, in_sentence, value_label
from metaudit.figures.curve import MOST, draw
from metaudit.specs import Spec

RATIO = {"printed": "0.72", "low": "0.60", "high": "0.87"}


@pytest.fixture(scope="module")
def data():
    return with_curve(drawn_input(YI, VI, measure="RR"), 71, **RATIO)


def up(view):
    """From the logarithm of an effect to its height on the sheet."""
    spots = {
        np.log(float(n.removeprefix("up-"))): view.named(n).get_position()[1] - 0.36 * 6.5 for n in view.names("up-")
    }
    low, high = min(spots), max(spots)
    return lambda x: spots[low] + (np.log(x) - low) * (spots[high] - spots[low]) / (high - low)


def test_estimates_intervals_and_the_printed_result_stand_at_their_heights(seen, data):
    view = seen(draw(data).figure)
    place = up(view)
    bars = np.asarray(view.named("intervals").get_xydata())
    assert len(bars) == 3 * 71 - 1
    shown = list(data.curve)
    inside = [i for i, r in enumerate(shown) if bars[3 * i][1] != bars[0][1] or i == 0]
    for i in inside[:5]:
        assert bars[3 * i][1] == pytest.approx(place(float(shown[i]["ci_low"])), abs=0.05)
    band = view.named("printed-interval").get_xy()
    assert band[:, 1].max() == pytest.approx(place(0.60), abs=0.05)
    assert band[:, 1].min() == pytest.approx(place(0.87), abs=0.05)
    assert view.named("printed").get_ydata()[0] == pytest.approx(place(0.72), abs=0.05)
    ((x, y),) = view.named("reference").get_xydata()
    reference = next(r for r in shown if r["spec"] == "spec 0")
    assert y == pytest.approx(place(float(reference["estimate"])), abs=0.05)
    assert x == pytest.approx(bars[3 * (int(reference["place"]) - 1)][0])


def test_a_lane_marks_the_specifications_that_have_its_value(seen, data):
    view = seen(draw(data).figure)
    lanes = [view.named(n).get_text() for n in sorted(view.names("lane-"), key=lambda n: int(n[5:]))]
    expected = [
        value_label(c, v)
        for c in CHOICES
        for v in sorted({r[c] for r in data.curve} - {""})
        if len({r[c] for r in data.curve} - {""}) > 1
    ]
    assert len(lanes) == len(expected) == 3 + 2 + 2 + 8 + 5
    index = expected.index("REML")
    bars = np.asarray(view.named(f"has-{index}").get_xydata())[::3, 0]
    slot = (388.0 - 150.0) / 71
    places = [int((x - 150.0) / slot) for x in bars]
    assert places == [i for i, r in enumerate(data.curve) if r["tau2"] == "REML"]


def test_a_choice_without_a_second_value_has_no_lane(seen, data):
    view = seen(draw(data).figure)
    assert CHOICES["q"] not in view.words()
    assert {"Zero cells", "Model", "τ²", "Interval"} <= set(view.words())


def test_many_are_thinned_evenly_with_both_ends_and_the_reference(data):
    plenty = with_curve(data, 985, **RATIO)
    drawn = draw(plenty)
    places = [int(r["place"]) for r in drawn.rows if r["mark"] == "specification"]
    assert places == sorted(set(places))
    assert {1, 985} <= set(places)
    assert MOST <= len(places) <= MOST + 1
    assert max(np.diff(places)) <= 7
    (reference,) = [r for r in drawn.rows if r.get("reference")]
    assert reference["place"] == next(r["place"] for r in plenty.curve if r["spec"] == "spec 0")
    notes = " ".join(
        a.get_text() for a in drawn.figure.as_matplotlib().artists if (a.get_gid() or "").startswith("note")
    )
    assert f"{len(places)} of 985 ways of pooling" in notes
    assert "985 ways of pooling" in drawn.alt


def test_filled_and_hollow_marks_follow_the_intervals(data):
    drawn = draw(data)
    for r in drawn.rows:
        if r["mark"] == "specification":
            assert r["significant"] == (not r["ci_low"] <= 1 <= r["ci_high"])
    count = sum(r["significant"] for r in drawn.rows if r["mark"] == "specification")
    assert f"In {count} of 71 the interval excludes no effect" in drawn.alt


def test_only_the_primary_measure_is_drawn_and_the_others_are_named(data):
    others = [{**r, "measure": "OR"} for r in data.curve]
    drawn = draw(replace(data, curve=others + list(data.curve)))
    assert sum(r["mark"] == "specification" for r in drawn.rows) == 71
    notes = " ".join(
        a.get_text() for a in drawn.figure.as_matplotlib().artists if (a.get_gid() or "").startswith("note")
    )
    assert "XX (7)" in notes
    assert draw(replace(data, curve=data.curve[:1])) is None
    elsewhere = draw(replace(data, curve=others, multiverse=[]))
    assert "OR" in elsewhere.alt


def test_values_of_one_choice_have_words_that_differ():
    for choice, values in {
        "zero_cells": [
            "0.5@only-zero",
            "0.5@if-any-zero",
            "0.5@all",
            "0.5@only-zero+drop",
            "0.5@only-zero+drop-empty",
            "none+drop",
            "none+drop-empty",
            "none",
            "tacc@only-zero",
            "0.01@only-zero",
        ],
        "ci": ["wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci", "kenward-roger", "profile"],
        "model": ["common", "random", "mantel-haenszel", "peto", "glmm", "user-weights"],
    }.items():
        labels = [value_label(choice, v) for v in values]
        assert len(set(labels)) == len(values), choice
    assert value_label("zero_cells", "0.5@only-zero+drop") == "0.5 where zero, no 0/0 or n/n"
    assert value_label("zero_cells", "0.5@only-zero+drop-empty") == "0.5 where zero, no 0/0"
    assert in_sentence("Random effects") == "random effects"
    assert in_sentence("REML") == "REML"
    assert set(CHOICES) <= set(Spec.__dataclass_fields__)
