"""A forest plot: nothing overlaps, and every mark stands where its numbers say."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from metaudit.figures.content import PrintedResult, Study
from metaudit.figures.forest import draw_forest
from metaudit.figures.layouts import LAYOUTS
from metaudit.figures.page import PLOT
from metaudit.figures.said import forest_alt

RATIOS = ("RR", "OR", "PETO", "IRR", "ROM", "GEN-LOG")
OTHERS = ("RD", "MD", "SMD", "IRD", "PR", "PLO", "PFT", "MN", "MC", "SMCC", "COR", "ZCOR", "GEN")
PRINTED = PrintedResult(0.49, 0.34, 0.70)


@pytest.mark.parametrize("k", [1, 2, 5, 20, 60, 102])
@pytest.mark.parametrize("label", [0, 80])
def test_texts_keep_apart_and_on_the_sheet(forest, seen, k, label):
    view = seen(draw_forest(forest(k, label=label, printed=PRINTED, certainty="derived")))
    assert view.collisions() == []
    assert view.outside() == []


@pytest.mark.parametrize("measure", RATIOS + OTHERS)
def test_texts_keep_apart_for_every_kind_of_data(forest, seen, measure):
    view = seen(draw_forest(forest(7, measure, printed=replace(PRINTED, estimate=0.5), subgroups=measure != "MN")))
    assert view.collisions() == []
    assert view.outside() == []


@pytest.mark.parametrize("k", [2, 20, 60])
def test_texts_keep_apart_with_subgroups(forest, seen, k):
    view = seen(draw_forest(forest(k, label=80, subgroups=True, title="A title that goes on " * 12)))
    assert view.collisions() == []
    assert view.outside() == []


def test_a_collision_would_be_seen(forest, seen):
    view = seen(draw_forest(forest(3)))
    view.texts()[5].set_text("X" * 400)
    assert view.collisions()
    assert view.outside()


def test_every_study_stands_in_its_order_with_its_numbers(forest, seen):
    data = forest(5)
    view = seen(draw_forest(data))
    tops = [view.box(next(t for t in view.texts() if t.get_text() == s.label))[1] for s in data.studies]
    assert tops == sorted(tops)
    for study in data.studies:
        assert f"{study.estimate:.2f}" in view.words()
        assert f"[{study.ci_low:.2f}," in view.words()


def _middle(view, name):
    left, _, right, _ = view.box(view.named(name))
    return (left + right) / 2


def test_squares_and_intervals_stand_at_their_numbers(forest, seen):
    data = forest(5)
    view = seen(draw_forest(data))
    ticks = view.ticks()
    unit = (ticks["2"] - ticks["1"]) / math.log(2)
    for index, study in enumerate(data.studies):
        assert _middle(view, f"estimate-{index}") == pytest.approx(
            ticks["1"] + unit * math.log(study.estimate), abs=0.3
        )
        ends = view.named(f"interval-{index}").get_xdata()
        assert ends[0] == pytest.approx(ticks["1"] + unit * math.log(study.ci_low), abs=0.3)
        assert ends[1] == pytest.approx(ticks["1"] + unit * math.log(study.ci_high), abs=0.3)


def test_the_hollow_diamond_is_at_the_printed_numbers(forest, seen):
    view = seen(draw_forest(forest(5, printed=PRINTED)))
    diamond = view.named("printed")
    ticks = view.ticks()
    unit = (ticks["2"] - ticks["1"]) / math.log(2)
    points = diamond.get_xy()
    assert points[:, 0].min() == pytest.approx(ticks["1"] + unit * math.log(0.34), abs=0.3)
    assert points[:, 0].max() == pytest.approx(ticks["1"] + unit * math.log(0.70), abs=0.3)
    tip = points[points[:, 1].argmin(), 0]
    assert tip == pytest.approx(ticks["1"] + unit * math.log(0.49), abs=0.3)
    assert diamond.get_facecolor()[:3] == (1.0, 1.0, 1.0)
    assert view.named("pooled").get_facecolor()[:3] != (1.0, 1.0, 1.0)
    assert {"As printed", "0.49", "[0.34,", "0.70]"} <= set(view.words())


def test_a_printed_estimate_without_limits_is_still_drawn(forest, seen):
    view = seen(draw_forest(forest(5, printed=PrintedResult(0.49))))
    left, _, right, _ = view.box(view.named("printed"))
    assert 0 < right - left < 12
    assert "0.49" in view.words()


def test_the_printed_decimals_are_kept_and_ours_match_them(forest, seen):
    view = seen(draw_forest(forest(5, "RD", printed=PrintedResult(0.035, -0.018, 0.088, decimals=3))))
    assert {"0.035", "[\u22120.018,", "0.088]", "\u22120.200"} <= set(view.words())


def test_four_printed_decimals_find_room(forest, seen):
    view = seen(draw_forest(forest(6, "GEN", printed=PrintedResult(-0.5429, -0.9040, -0.1819, decimals=4))))
    assert view.collisions() == []
    assert "[\u22120.9040," in view.words()


def test_one_study_has_no_second_diamond(forest, seen):
    view = seen(draw_forest(forest(1, printed=PRINTED)))
    assert view.names("pooled") == []
    assert view.names("printed") == ["printed"]
    assert not [w for w in view.words() if w.startswith("Heterogeneity")]


def test_the_prediction_interval_lies_under_the_diamond(forest, seen):
    view = seen(draw_forest(forest(5)))
    bar, diamond = view.box(view.named("prediction-interval")), view.box(view.named("pooled"))
    assert bar[1] > diamond[3]
    assert bar[3] - bar[1] < 4


@pytest.mark.parametrize("measure", RATIOS)
def test_the_axis_is_symmetric_around_one_for_ratios(forest, seen, measure):
    view = seen(draw_forest(forest(9, measure)))
    null = _middle(view, "null-line")
    ticks = view.ticks()
    assert ticks["1"] == pytest.approx(null, abs=0.3)
    assert ticks["2"] - ticks["1"] == pytest.approx(ticks["1"] - ticks["0.5"], abs=0.5)
    axis = [a for a in view.figure.artists if hasattr(a, "get_xdata") and a.get_ydata()[0] == a.get_ydata()[-1]]
    line = next(a for a in axis if a.get_xdata()[1] - a.get_xdata()[0] == pytest.approx(PLOT))
    assert sum(line.get_xdata()) / 2 == pytest.approx(null, abs=0.3)


def test_one_huge_interval_gets_arrows_and_does_not_squash_the_rest(forest, seen):
    data = forest(8)
    huge = Study("Huge", 1.1, 1e-6, 1e6, 0.1, values=data.studies[0].values)
    plain = seen(draw_forest(data))
    view = seen(draw_forest(replace(data, studies=(*data.studies, huge))))
    assert view.names("arrow-") == ["arrow-high-8", "arrow-low-8"]
    assert plain.names("arrow-") == []

    def length(of):
        left, _, right, _ = of.box(of.named("interval-0"))
        return right - left

    assert length(view) > 0.4 * length(plain)
    assert view.collisions() == []


def test_an_estimate_beyond_the_axis_is_an_arrow_only(forest, seen):
    data = forest(8, "MD")
    far = Study("Far", 500.0, 499.0, 501.0, 1.0, values=data.studies[0].values)
    view = seen(draw_forest(replace(data, studies=(*data.studies, far))))
    assert "arrow-high-8" in view.names("arrow-")
    assert view.names("estimate-8") == []


def test_a_study_without_an_estimate_says_so(forest, seen):
    data = forest(3)
    blank = Study("Blank", math.nan, math.nan, math.nan, values=data.studies[0].values)
    view = seen(draw_forest(replace(data, studies=(*data.studies, blank))))
    assert "not estimable" in view.words()
    assert view.names("interval-3") == []


def test_an_infinite_limit_is_an_arrow(forest, seen):
    data = forest(3)
    open_ended = Study("Open", 0.8, 0.0, math.inf, 1.0)
    view = seen(draw_forest(replace(data, studies=(*data.studies, open_ended))))
    assert view.names("arrow-") == ["arrow-high-3", "arrow-low-3"]


@pytest.mark.parametrize(
    ("favours", "left", "right"),
    [
        ("low", "\u2190 Favours treatment", "Favours control \u2192"),
        ("high", "\u2190 Favours control", "Favours treatment \u2192"),
    ],
)
def test_the_good_side_is_named(forest, seen, favours, left, right):
    view = seen(draw_forest(forest(5, favours=favours)))
    assert view.named("favours-left").get_text() == left
    assert view.named("favours-right").get_text() == right
    assert view.box(view.named("favours-left"))[2] < view.box(view.named("favours-right"))[0]


def test_no_side_is_good_when_the_review_does_not_say(forest, seen):
    view = seen(draw_forest(forest(5, favours="")))
    assert not [w for w in view.words() if "Favours" in w]


@pytest.mark.parametrize("measure", ["PR", "PLO", "PAS", "PFT", "MN"])
def test_single_arms_have_no_null_line(forest, seen, measure):
    view = seen(draw_forest(forest(5, measure)))
    assert view.names("null-line") == []
    assert not [w for w in view.words() if "Favours" in w or w.startswith("Test for overall")]


@pytest.mark.parametrize("measure", ["PR", "PLO", "PAS", "PFT"])
def test_proportions_are_shown_as_percent_from_0_to_100(forest, seen, measure):
    view = seen(draw_forest(forest(5, measure)))
    ticks = view.ticks()
    assert {"0", "100"} <= set(ticks)
    assert ticks["100"] - ticks["0"] == pytest.approx(PLOT, abs=0.5)
    assert "Proportion, % [95 % CI]" in view.words()


def test_rows_not_read_get_a_dagger_and_a_footnote(forest, seen):
    data = forest(3)
    studies = (replace(data.studies[0], certainty="secondary"), *data.studies[1:])
    view = seen(draw_forest(replace(data, studies=studies)))
    assert "Study 0 \u2020" in view.words()
    assert "Study 1" in view.words()
    assert [w for w in view.words() if w.startswith("\u2020 secondary:")]


def test_several_certainties_get_several_marks(forest, seen):
    data = forest(3, printed=replace(PRINTED, certainty="unverified"))
    studies = (replace(data.studies[0], certainty="derived"), *data.studies[1:])
    words = seen(draw_forest(replace(data, studies=studies))).words()
    assert "Study 0 \u2020" in words
    assert "As printed \u2021" in words
    assert [w for w in words if w.startswith("\u2021 unverified:")]


def test_no_footnote_when_everything_was_read(forest, seen):
    assert not [w for w in seen(draw_forest(forest(3))).words() if "\u2020" in w]


def test_subgroups_have_headings_diamonds_and_a_test(forest, seen):
    view = seen(draw_forest(forest(6, subgroups=True)))
    words = view.words()
    assert len(view.names("subgroup-")) == 2
    assert {"“allocation”: a", "“allocation”: b", "Subtotal (k = 3)"} <= set(words)
    assert "Test for subgroup differences: Q = 4.51 (df = 1, P = 0.034)" in words
    order = [w for w in words if w.startswith(("“allocation”", "Study "))]
    assert order == [
        "“allocation”: a",
        "Study 0",
        "Study 2",
        "Study 4",
        "“allocation”: b",
        "Study 1",
        "Study 3",
        "Study 5",
    ]


def test_the_footer_names_heterogeneity_and_method(forest, seen):
    words = seen(draw_forest(forest(6))).words()
    assert "Heterogeneity: τ² = 0.0312, Q = 15.20 (df = 5, P = 0.020), I\u00b2 = 45.1 %" in words
    assert "Test for overall effect: z = \u22122.10, P = 0.036" in words
    assert "Random effects, REML, Wald 95 % CI" in words


def test_labels_are_plain_text_whatever_they_hold(forest, seen):
    data = forest(2)
    odd = (replace(data.studies[0], label="Cost $5$ <b> & co_{x}"), replace(data.studies[1], label="\u7814\u7a76 2\nb"))
    words = seen(draw_forest(replace(data, studies=odd))).words()
    assert "Cost $5$ <b> & co_{x}" in words
    assert "\u25a1\u25a1 2 b" in words


def test_columns_of_data_and_their_totals(forest, seen):
    words = seen(draw_forest(forest(3))).words()
    assert words.count("Events") == 2
    assert {"Treatment", "Control", "36", "3600", "60", "3570"} <= set(words)
    assert "Treatment" not in seen(draw_forest(forest(3, "GEN"))).words()


@pytest.mark.parametrize(
    ("low", "high", "measure", "said"),
    [
        (-0.15, 0.55, "PR", "Limits below 0 % come from the normal approximation"),
        (0.6, 1.02, "PR", "Limits above 100 % come from the normal approximation"),
        (-0.1, 1.1, "PR", "Limits below 0 % and above 100 % come from the normal approximation"),
        (0.0, 1.0, "PR", ""),
        (-0.15, 0.55, "RD", ""),
    ],
)
@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_limits_that_no_proportion_can_have_are_explained(forest, seen, low, high, measure, said, layout):
    data = forest(3, measure)
    wide = replace(data.studies[0], estimate=(low + high) / 2, ci_low=low, ci_high=high)
    view = seen(draw_forest(replace(data, studies=(wide, *data.studies[1:])), LAYOUTS[layout]))
    words = " ".join(view.words())
    assert (said in words) if said else ("normal approximation" not in words)
    assert view.collisions() == view.outside() == []


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_a_covariate_called_random_is_not_taken_for_the_model(forest, seen, layout):
    data = replace(forest(6, subgroups=True), subgroup_name="random")
    words = seen(draw_forest(data, LAYOUTS[layout])).words()
    assert [w for w in words if "“random”: " in w] == [w for w in words if w.endswith((": a", ": b"))] != []
    assert "By “random”: a " in forest_alt(data)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_one_wide_study_does_not_leave_half_of_a_ratio_axis_empty(forest, seen, layout):
    data = forest(3)
    shown = [(1.5, 0.9, 2.5), (2.0, 1.1, 3.6), (5.0, 0.92, 28.0)]
    studies = tuple(
        replace(s, estimate=e, ci_low=low, ci_high=high) for s, (e, low, high) in zip(data.studies, shown, strict=True)
    )
    fit = replace(data.pooled, estimate=1.8, ci_low=1.1, ci_high=2.9, pi_low=math.nan, pi_high=math.nan)
    view = seen(draw_forest(replace(data, studies=studies, pooled=fit), LAYOUTS[layout]))
    axis = [a for a in view.figure.artists if hasattr(a, "get_xdata") and a.get_ydata()[0] == a.get_ydata()[-1]]
    left, right = next(a for a in axis if a.get_xdata()[1] - a.get_xdata()[0] == pytest.approx(PLOT)).get_xdata()
    null = _middle(view, "null-line")
    assert (null - left) / (right - left) < 0.3
    assert view.collisions() == view.outside() == []
