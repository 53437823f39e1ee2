"""A map of compatible tables: dots at their events, bands of what rounds as printed, the table as extracted."""

from __future__ import annotations

import numpy as np
import pytest
from figure_inputs import drawn_input, labels_over_marks

from metaudit.figures.compatible import NAMED_UP_TO, draw
from metaudit.figures.inputs import AnalysisInput
from metaudit.measures import measure_of

SHARED = {
    "subject": "",
    "method": "",
    "whose": "one trial",
    "searched": "every table",
    "complete": "yes",
    "verdict": "many",
}
MANY_SIZES = [(20, 6, 1, (39, 39), (31, 31)), (20, 7, 1, (39, 39), (36, 36)), (39, 7, 4, (76, 77), (36, 37))]


def made(found, *, effects=(), measure="", **more):
    """An analysis with compatible tables and perhaps the table as extracted."""
    shared = (
        SHARED
        | {"measure": measure, "used": "30% and 20%", "tables": str(sum(p[2] for p in found)), "pairs": str(len(found))}
        | more
    )
    rows = [
        {**shared, "events_t": str(a), "events_c": str(c), "count": str(n), "n_t_low": str(t[0]), "n_t_high": str(t[1]), "n_c_low": str(u[0]),
         "n_c_high": str(u[1])}
        for a, c, n, t, u in found
    ]  # fmt: skip
    return AnalysisInput("made", "main", "Responders", measure_of("RR"), effects=list(effects), compatible=rows)


def fixed(found, n_t, n_c, **more):
    return made([(a, c, 1, (n_t, n_t), (n_c, n_c)) for a, c in found], **more)


def axes(view):
    """From events to places on the sheet."""
    across = {int(n.removeprefix("tick-")): sum(view.box(view.named(n))[::2]) / 2 for n in view.names("tick-")}
    up = {
        int(n.removeprefix("up-")): view.named(n).get_position()[1] - 0.36 * 6.5
        for n in view.names("up-")
        if n[3:].isdigit()
    }
    return [
        lambda v, s=s: np.interp(v, sorted(s), [s[k] for k in sorted(s)], left=np.nan, right=np.nan)
        for s in (across, up)
    ]


def test_dots_stand_at_their_events_and_bands_where_shares_round(seen):
    data = fixed(
        [(9, 6), (10, 6), (9, 7)],
        30,
        32,
        share_t_low="0.29",
        share_t_high="0.34",
        share_c_low="0.18",
        share_c_high="0.23",
    )
    view = seen(draw(data).figure)
    x, y = axes(view)
    band = view.named("share-t").get_xy()
    assert [band[:, 0].min(), band[:, 0].max()] == pytest.approx([x(0.29 * 30), x(0.34 * 30)], abs=0.3)
    band = view.named("share-c").get_xy()
    assert [band[:, 1].max(), band[:, 1].min()] == pytest.approx([y(0.18 * 32), y(0.23 * 32)], abs=0.3)
    dots = {
        tuple(np.round(p, 1))
        for a in view.figure.artists
        if hasattr(a, "get_marker") and a.get_markerfacecolor() == "#33566f"
        for p in a.get_xydata()
    }
    assert dots == {tuple(np.round((x(a), y(c)), 1)) for a, c in ((9, 6), (10, 6), (9, 7))}


@pytest.mark.parametrize(
    ("measure", "effect", "events_t"),
    [
        ("RR", 1.5, lambda c: 1.5 * c * 40 / 50),
        ("OR", 2.0, lambda c: 40 * (2 * c / (50 - c)) / (1 + 2 * c / (50 - c))),
        ("RD", 0.1, lambda c: 40 * (c / 50 + 0.1)),
    ],
)
def test_the_line_of_the_effect_passes_through_the_tables_that_have_it(seen, measure, effect, events_t):
    data = fixed(
        [(12, 10), (24, 20)],
        40,
        50,
        measure=measure,
        estimate_low=str(effect - 0.005),
        estimate_high=str(effect + 0.005),
    )
    view = seen(draw(data).figure)
    x, y = axes(view)
    line = np.asarray(view.named("effect-line").get_xydata())
    for c in (12, 15, 18):
        at = np.interp(-y(c), -line[::-1, 1][::-1], line[::-1, 0][::-1])
        assert at == pytest.approx(x(events_t(c)), abs=0.4)


def test_without_fixed_sizes_there_is_no_band_and_the_smallest_are_named(seen):
    drawn = draw(made(MANY_SIZES, share_t_low="0.5", share_t_high="0.52"))
    view = seen(drawn.figure)
    assert view.names("share") == []
    assert {"20/39, 6/31", "20/39, 7/36"} <= set(view.words())
    assert "6 tables" in drawn.alt
    assert "The smallest is 20 of 39 against 6 of 31." in drawn.alt
    assert [r["count"] for r in drawn.rows] == [1, 1, 4]
    assert seen(draw(made(MANY_SIZES * (NAMED_UP_TO // 2))).figure).names("label-") == []


def test_the_table_as_extracted_is_marked_and_named_in_words(seen):
    one = drawn_input([0.1, 0.2], [0.1, 0.1], columns={"events_t": [5, 4], "events_c": [2, 4]}).effects
    drawn = draw(fixed([(9, 6), (10, 6)], 30, 32, effects=one))
    view = seen(drawn.figure)
    x, y = axes(view)
    ((a, c),) = view.named("reported").get_xydata()
    assert (a, c) == (pytest.approx(x(9), abs=0.3), pytest.approx(y(6), abs=0.3))
    assert "(9 and 6 events) is among them" in drawn.alt
    other = drawn_input([0.1, 0.2], [0.1, 0.1], columns={"events_t": [5, 4], "events_c": [2, 3]}).effects
    assert "(9 and 5 events) is not among them" in draw(fixed([(9, 6), (10, 6)], 30, 32, effects=other)).alt
    assert draw(fixed([(9, 6)], 30, 32)).rows[-1]["mark"] == "compatible"


def test_an_extracted_table_far_from_all_is_within_the_sheet(seen):
    far = drawn_input([0.1, 0.2], [0.1, 0.1], columns={"events_t": [20, 8], "events_c": [1, 0]}).effects
    view = seen(draw(fixed([(9, 6), (10, 6)], 30, 32, effects=far)).figure)
    x, y = axes(view)
    ((a, c),) = view.named("reported").get_xydata()
    assert (a, c) == (pytest.approx(x(28), abs=0.3), pytest.approx(y(1), abs=0.3))


@pytest.mark.parametrize(
    ("verdict", "words"), [("impossible", "No table"), ("not settled", "No table that was searched")]
)
def test_caps_bounds_and_earlier_searches_are_said(verdict, words):
    data = made(MANY_SIZES, pairs="1172", tables="6068", complete="no")
    first = {
        **data.compatible[0],
        "pairs": "0",
        "events_t": "",
        "used": "30% and 20%, RR 2 (1 to 4)",
        "verdict": verdict,
    }
    other = {**data.compatible[0], "subject": "women"}
    object.__setattr__(data, "compatible", [first, *data.compatible, other])
    drawn = draw(data)
    notes = " ".join(
        a.get_text() for a in drawn.figure.as_matplotlib().artists if (a.get_gid() or "").startswith("note")
    )
    assert "At least 6068 tables" in notes
    assert "the 3 of 1172 pairs of events with the fewest people" in notes
    assert f"{words} gives 30% and 20%, RR 2 (1 to 4) with Wald limits" in notes
    assert "1 more printed result" in notes
    assert len(drawn.rows) == 3
    object.__setattr__(data, "compatible", [first])
    assert draw(data) is None


def test_names_stand_over_no_dot_of_the_grid(seen):
    one = drawn_input([0.1, 0.2], [0.1, 0.1], columns={"events_t": [5, 4], "events_c": [2, 4]}).effects
    view = seen(draw(fixed([(9, 6)], 30, 32, effects=one)).figure)
    assert view.names("label-") == ["label-0"]
    assert labels_over_marks(view) == []
    assert sum(len(a.get_xydata()) for a in view.figure.artists if getattr(a, "get_markersize", float)() == 1.8) > 60
