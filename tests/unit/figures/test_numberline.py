"""Printed against re-derived: units of the last digit, half lines, bundles, verdicts."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from bcg import VI, YI
from figure_inputs import drawn_input
from method_inputs import judged, with_claims

from metaudit.audit_words.verdicts import VERDICTS
from metaudit.figures.numberline import draw, name_lines, scaled

DATA = drawn_input(YI, VI, measure="RR")


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda v: v.code)
def test_a_verdict_is_drawn_as_the_tables_have_it(verdict, seen):
    drawn = draw(with_claims(DATA, [judged("estimate", "0.49", 0.48962) | {"verdict": verdict.code}]))
    words = seen(drawn.figure).words()
    assert f"{verdict.sign} {verdict.label}" in words


def test_a_number_of_a_network_is_no_pooled_one(seen):
    of_network = judged(
        "estimate", "0.49", 0.48962, subject="A : B", stated_spec="network | RR | random DL | wald | 95%"
    )
    words = seen(draw(with_claims(DATA, [of_network, judged("estimate", "0.48", 0.48)])).figure).words()
    assert "Estimate, A : B" in words
    assert "Pooled estimate" in words


@pytest.mark.parametrize(
    ("printed", "value", "units"),
    [
        ("0.49", 0.4896241505, -0.03758495),
        ("0.49", 0.495, 0.5),
        ("-1.83", -1.85, -2.0),
        ("34%", 33.7, -0.3),
        ("<0.001", 0.0004, -0.1),
        ("<0.001", 0.002, 1.5),
        ("<0.001", 0.001, 0.5),
        (">.05", 0.04, -1.5),
        (">0.05", 0.05, -0.5),
        ("140", 150.0, 10.0),
    ],
)
def test_units_of_the_last_digit_from_the_middle_of_what_rounds_as_printed(printed, value, units):
    (row,) = draw(with_claims(DATA, [judged("estimate", printed, value)])).rows
    assert row["units"] == pytest.approx(units, abs=1e-9)
    assert row["half_line"] == {"<": -1, ">": 1}.get(printed[0], 0)


def test_a_number_cut_instead_of_rounded_has_its_own_middle():
    claim = judged("estimate", "0.49", 0.4961) | {"printed_low": 0.49, "printed_high": 0.50}
    assert draw(with_claims(DATA, [claim])).rows[0]["units"] == pytest.approx(0.11)


def test_dots_stand_at_their_units_and_far_ones_are_arrows_at_the_end(seen):
    audit = [judged("estimate", "0.49", v) | {"claim": str(v)} for v in (0.49, 0.4925, 0.52, 0.29)]
    view = seen(draw(with_claims(DATA, audit)).figure)
    spots = {int(n.removeprefix("tick-")): sum(view.box(view.named(n))[::2]) / 2 for n in view.names("tick-")}
    dots = [
        a.get_xydata()[0][0] for a in view.figure.artists if hasattr(a, "get_marker") and a.get_linestyle() == "None"
    ]
    unit = spots[1] - spots[0]
    assert dots == pytest.approx([spots[0] + unit * scaled(u) for u in (0, 0.25, 3, -20)], abs=0.4)
    assert dots[3] < spots[-10]
    assert [scaled(u) for u in (0.5, -1, 10, -1000)] == pytest.approx([0.5, -1, 2, -4])


def test_beyond_a_thousand_units_there_is_an_arrow(seen):
    audit = [judged("q", "12.0", 5000.0, "IMPOSSIBLE"), judged("estimate", "0.49", 0.49)]
    view = seen(draw(with_claims(DATA, audit)).figure)
    dots = [a for a in view.figure.artists if hasattr(a, "get_marker") and a.get_linestyle() == "None"]
    assert len(dots) == 1
    assert max(int(n.removeprefix("tick-")) for n in view.names("tick-")) == 1000


def test_bundles_stand_together_under_their_method(seen):
    audit = [judged("estimate", "0.49", 0.49), judged("estimate", "0.65", 0.65), judged("ci_low", "0.34", 0.34)]
    drawn = draw(with_claims(DATA, audit, methods=["model=random; tau2=DL", "model=common", "model=random; tau2=DL"]))
    assert [r["printed"] for r in drawn.rows] == ["0.49", "0.34", "0.65"]
    view = seen(drawn.figure)
    assert [view.named(n).get_text() for n in view.names("head-")] == ["random, DL", "common"]
    assert seen(draw(with_claims(DATA, audit)).figure).names("head-") == []


def test_words_have_no_line_and_are_counted():
    audit = [judged("estimate", "0.49", 0.49), {**judged("text", "1", None), "printed": "not significant"}]
    drawn = draw(with_claims(DATA, audit))
    assert len(drawn.rows) == 1
    assert "One printed in words" in " ".join(
        a.get_text() for a in drawn.figure.as_matplotlib().artists if hasattr(a, "get_text")
    )
    assert draw(with_claims(DATA, audit[1:])) is None
    assert draw(with_claims(DATA, [judged("estimate", "0.49", None, "NOT_CHECKABLE")])) is None


def test_the_verdict_is_written_with_its_sign_and_counted_in_words():
    audit = [judged("estimate", "0.49", 0.52, "DIFFERENT"), judged("ci_low", "0.34", 0.341)]
    drawn = draw(with_claims(DATA, audit))
    words = [a.get_text() for a in drawn.figure.as_matplotlib().artists if hasattr(a, "get_text")]
    assert "≠ Different" in words
    assert "✓ Exact" in words
    assert "1 exact, 1 different" in drawn.alt
    assert "2 re-derived, 1 of them within" in drawn.alt
    assert "printed 0.49, ours 0.5200, 3 units away" in drawn.alt


def test_a_number_without_value_has_an_empty_place():
    audit = [judged("estimate", "0.49", 0.49), judged("ci_low", "0.34", None, "NOT_CHECKABLE")]
    row = draw(with_claims(DATA, audit)).rows[1]
    assert math.isnan(row["units"])
    assert row["value"] is None


def test_a_long_name_takes_two_lines_and_nothing_collides(seen):
    subject = "lowest trial rate of response to placebo, percent"
    audit = [judged("n", "12", 12.0) | {"subject": subject}, judged("ci_low", "0.34", 0.341)]
    view = seen(draw(with_claims(DATA, audit)).figure)
    words = [view.named(n).get_text() for n in view.names("name-0")]
    assert len(words) == 2
    assert " ".join(words).endswith("percent")
    assert "…" not in "".join(words)
    assert view.collisions() == view.outside() == []
    assert [view.named(n).get_text() for n in view.names("name-1")] == ["Lower confidence limit"]


def test_a_name_beyond_two_lines_is_cut_in_the_second():
    lines = name_lines("Number, " + "of the studies that were found and read " * 5 + "in 2017")
    assert len(lines) == 2
    assert "…" in lines[1]
    assert lines[1].endswith("in 2017")


@pytest.mark.parametrize(("value", "said"), [(0.495, False), (0.499, False), (0.52, True), (9.0, True)])
def test_the_scale_says_where_it_is_not_even(seen, value, said):
    view = seen(draw(with_claims(DATA, [judged("estimate", "0.49", value)])).figure)
    assert ("beyond ±1: powers of ten" in view.named("across").get_text()) == said
    assert view.collisions() == view.outside() == []


def test_a_subgroup_is_named_by_its_covariate(seen):
    pooled = [*DATA.pooled, *(DATA.pooled[0] | {"role": "subgroup", "subgroup": level} for level in ("0", "1"))]
    claims = [judged("estimate", "0.49", 0.48962) | {"subject": s, "claim": s} for s in ("0", "Study 1")]
    data = replace(with_claims(DATA, claims), pooled=pooled, described={"subgroups": "random"})
    words = seen(draw(data).figure).words()
    assert "“random”: 0" in " ".join(words)
    assert "“random”: Study" not in " ".join(words)
