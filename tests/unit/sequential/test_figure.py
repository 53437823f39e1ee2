"""The figure of a sequential analysis: what is drawn, said and written beside it."""

import math
import re

import numpy as np
import pytest
from making_trials import COUNTS, trials

from metaudit.figures.output import write
from metaudit.figures.sequential import COLUMNS, draw
from metaudit.sequential import Plan, Sought, Spending, fit_by, sequential_analysis


def analysed(counts=COUNTS, **plan):
    chosen = {"sought": None, "required": 3000.0, **plan}
    return sequential_analysis(trials(counts), fit_by("common"), Plan(**chosen))


def ids(drawn):
    return {a.get_gid() for a in drawn.figure.as_matplotlib().get_children() if a.get_gid()}


def test_rows_are_what_was_computed():
    s = analysed(futility="non-binding", beta_spending=Spending())
    drawn = draw(s, "deaths")
    of = {mark: [r for r in drawn.rows if r["mark"] == mark] for mark in ("trial", "look", "required")}
    assert [r["z"] for r in of["trial"]] == s.cumulative.z.tolist()
    assert [r["boundary"] for r in of["look"]] == s.bounds.upper.tolist()
    assert [r["fraction"] for r in of["look"]] == list(s.looks.timing)
    assert [r["futility"] for r in of["look"] if "futility" in r] == s.bounds.futility[
        ~np.isnan(s.bounds.futility)
    ].tolist()
    assert of["required"][0]["participants"] == 3000
    assert {k for r in drawn.rows for k in r} <= set(COLUMNS)


def test_two_sides_have_two_boundaries_and_a_wedge():
    assert {"boundary-1", "boundary--1", "usual-1", "usual--1", "z", "required-line"} <= ids(draw(analysed(), "deaths"))
    one = ids(draw(analysed(sides=1, alpha=0.025), "deaths"))
    assert "boundary-1" in one
    assert "boundary--1" not in one
    wedge = ids(draw(analysed(futility="non-binding", beta_spending=Spending()), "deaths"))
    assert {"futility", "futility-0", "futility-1"} <= wedge
    one_wedge = analysed(sides=1, alpha=0.025, futility="binding", beta_spending=Spending())
    assert "futility-1" not in ids(draw(one_wedge, "deaths"))


def test_the_words_say_what_was_crossed():
    s = analysed()
    drawn = draw(s, "deaths")
    assert f"The lower boundary is crossed at look {s.result.crossed_at}" in drawn.alt
    assert "Required: 3,000 participants" in drawn.alt
    none = draw(analysed([(20, 400, 22, 400), (30, 600, 28, 600)]), "deaths")
    assert "No boundary is crossed; 2,000 participants, 66.7\u00a0% of the required size" in none.alt
    flat = [(20, 400, 20, 400), (30, 600, 31, 600), (41, 800, 40, 800)]
    futile = draw(analysed(flat, required=5000.0, futility="non-binding", beta_spending=Spending()), "deaths")
    assert "Futility is met at look" in futile.alt
    planned = sequential_analysis(trials(), fit_by("common"), Plan(Sought("RR", 0.8, control_risk=0.125), share=0.5))
    assert re.search(r"\(RR 0\.8, control risk 12\.5.%, power 80.%, D² 50.%\)", draw(planned, "deaths").alt)


def test_trials_after_the_last_look_are_hollow():
    s = analysed(required=1000.0)
    drawn = draw(s, "deaths")
    assert s.looks.made < len(s.cumulative.z)
    assert "unlooked" in ids(drawn)
    assert "unlooked" not in ids(draw(analysed(), "deaths"))


def test_boundaries_beyond_the_sheet_are_cut_where_they_come_in():
    from metaudit.figures.sequential import _cut

    falling = _cut([(1.0, 12.0), (2.0, 6.0), (3.0, 2.0)], 8.0)
    assert np.array(falling) == pytest.approx(np.array([(1 + 2 / 3, 8.0), (2.0, 6.0), (3.0, 2.0)]))
    rising = _cut([(1.0, -12.0), (2.0, -6.0)], 8.0)
    assert np.array(rising) == pytest.approx(np.array([(1 + 2 / 3, -8.0), (2.0, -6.0)]))
    assert _cut([(1.0, 20.0)], 8.0) == []


def test_a_look_without_a_boundary_is_left_out():
    s = analysed([(1, 20, 2, 20), *COUNTS], required=30_000.0)
    assert math.isinf(s.bounds.upper[0]) or s.bounds.upper[0] > 30
    draw(s, "deaths")


def test_the_file_is_the_same_every_time(tmp_path):
    s = analysed()
    files = []
    for folder in ("a", "b"):
        written = write(
            [draw(s, "deaths <& more", favours=("drug", "placebo"))], tmp_path / folder, "x", formats=["svg"]
        )
        files.append([p.read_bytes() for p in written])
    assert files[0] == files[1]
    assert b"favours drug" in files[0][0]
    assert b"deaths &lt;&amp; more" in files[0][0]


def test_nothing_stands_outside_the_sheet():
    for counts in (COUNTS, [(1, 20, 2, 20), *COUNTS], COUNTS[:1]):
        for required in (300.0, 3000.0, 1e6):
            drawn = draw(
                analysed(counts, required=required), "deaths", favours=("a very long name of a treatment", "b")
            )
            figure = drawn.figure.as_matplotlib()
            figure.draw_without_rendering()
            box = figure.bbox
            for artist in figure.texts + [a for a in figure.get_children() if hasattr(a, "get_text")]:
                extent = artist.get_window_extent()
                assert extent.x0 >= box.x0 - 1, artist
                assert extent.x1 <= box.x1 + 1, artist
