"""The layouts of RevMan 5, JAMA and The BMJ: their columns, their words, their colours; nothing overlaps."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from matplotlib.colors import to_hex

from metaudit.figures.content import Fit, PrintedResult, Study
from metaudit.figures.forest import draw_forest, draw_forest_layout
from metaudit.figures.inputs import read_inputs
from metaudit.figures.journals import bmj_p, jama_p, revman_p
from metaudit.figures.layouts import LAYOUTS, layout_of
from metaudit.figures.said import forest_alt

OTHERS = ("revman", "jama", "bmj")
MEASURES = (
    "RR",
    "OR",
    "RD",
    "PETO",
    "MD",
    "SMD",
    "ROM",
    "IRR",
    "PR",
    "PLO",
    "MN",
    "SMCC",
    "ZCOR",
    "GEN",
    "GEN-LOG",
    "AS",
)
PRINTED = PrintedResult(0.49, 0.34, 0.70)
DOMAINS = {"randomisation": "low", "deviations": "some concerns", "missing": "high", "overall": "no information"}


def _view(seen, data, layout):
    return seen(draw_forest(data, layout_of(layout)))


def _clean(view):
    assert view.collisions() == []
    assert view.outside() == []


@pytest.mark.parametrize("layout", OTHERS)
@pytest.mark.parametrize("measure", MEASURES)
def test_texts_keep_apart_for_every_kind_of_data(forest, seen, layout, measure):
    _clean(_view(seen, forest(6, measure, subgroups=measure != "MN", printed=PRINTED), layout))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("k", [1, 2, 60])
def test_texts_keep_apart_for_long_labels(forest, seen, layout, k):
    data = forest(k, label=60, subgroups=True, certainty="derived", title="A title that goes on " * 12)
    _clean(_view(seen, data, layout))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("favours", ["low", "high", ""])
def test_texts_keep_apart_where_the_null_is_at_an_end(forest, seen, layout, favours):
    data = forest(4, "MD", favours=favours)
    far = [replace(s, estimate=9.0 + i, ci_low=7.5 + i, ci_high=10.5 + i) for i, s in enumerate(data.studies)]
    for sign in (1, -1):
        turned = [replace(s, estimate=sign * s.estimate, ci_low=sign * s.ci_low, ci_high=sign * s.ci_high) for s in far]
        turned = [replace(s, ci_low=min(s.ci_low, s.ci_high), ci_high=max(s.ci_low, s.ci_high)) for s in turned]
        pooled = replace(
            data.pooled, estimate=sign * 10.5, ci_low=sign * 10.5 - 1, ci_high=sign * 10.5 + 1, pi_low=math.nan
        )
        _clean(_view(seen, replace(data, studies=tuple(turned), pooled=pooled), layout))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_texts_keep_apart_for_odd_studies(forest, seen, layout):
    data = forest(4)
    values = {"events_t": 0.0, "n_t": 40.0, "events_c": 0.0, "n_c": 41.0}
    odd = (
        Study("Нулевое событие 2001", math.nan, math.nan, math.nan, values=values),
        Study("Żółć–Ångström 2002", 1e-5, 1e-9, 3.0, 0.01, values=values),
        Study("Ένα πολύ μεγάλο διάστημα", 4e4, 12.0, 9e8, 0.01, values=values),
        Study("\u7814\u7a76 <b>$x_1$</b> & co", 0.8, 0.0, math.inf, 0.5, values=values),
        Study("X" * 120, 0.7, 0.4, 1.2, 1.0, values=values, bias=DOMAINS),
    )
    _clean(_view(seen, replace(data, studies=(*data.studies, *odd)), layout))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("k", [1, 3, 40])
def test_texts_keep_apart_beside_the_risk_of_bias(forest, seen, layout, k):
    data = forest(k, subgroups=k > 1)
    judged = tuple(replace(s, bias=DOMAINS | {f"d{i}": "unclear" for i in range(k % 9)}) for s in data.studies)
    _clean(_view(seen, replace(data, studies=judged), layout))


def _lefts(view, *words):
    texts = {t.get_text(): view.box(t)[0] for t in view.texts()}
    return [texts[w] for w in words]


def test_revman_has_its_columns_in_its_order(forest, seen):
    view = _view(seen, forest(5), "revman")
    words = view.words()
    assert words.count("Total") == 2
    assert {"Study or Subgroup", "Experimental", "Control", "Weight", "IV, Random, 95% CI"} <= set(words)
    order = _lefts(view, "Study or Subgroup", "Experimental", "Control", "Weight")
    assert order == sorted(order)
    plot = view.box(view.named("null-line"))[0]
    headings = [view.box(t)[0] for t in view.texts() if t.get_text() == "Risk Ratio"]
    assert len(headings) == 2
    assert order[-1] < min(headings) < plot, "estimates stand left of the plot"
    assert "Study 0" in words
    assert {"Total (95% CI)", "Total events", "60", "100", "6000", "5950"} <= set(words)
    assert "0.82 [0.70, 0.95]" in words


def test_revman_words_its_tests(forest, seen):
    data = forest(6, subgroups=True)
    words = _view(seen, data, "revman").words()
    assert "Heterogeneity: Tau\u00b2 = 0.03; Chi\u00b2 = 15.20, df = 5 (P = 0.02); I\u00b2 = 45%" in words
    assert "Test for overall effect: Z = 2.10 (P = 0.04)" in words
    assert "Test for subgroup differences: Chi\u00b2 = 4.51, df = 1 (P = 0.03), I\u00b2 = 77.8%" in words
    assert [w for w in words if w.startswith("1.1.")] == ["1.1.1 “allocation”: a", "1.1.2 “allocation”: b"]
    assert words.count("Subtotal (95% CI)") == 2
    assert words.count("Total events") == 3
    assert "Not a method of RevMan 5: REML, Wald 95% CI" in words
    assert not [w for w in words if "prediction" in w or w == "An analysis" or "As printed" in w]


def test_revman_gives_a_subgroup_of_one_study_its_subtotal(forest, seen):
    data = forest(3, subgroups=True)
    lone = Fit(0.8, 0.5, 1.2, k=1, subgroup="b", model="random", stat=-1.0, p=0.3)
    words = _view(seen, replace(data, subgroups=(data.subgroups[0], lone)), "revman").words()
    assert words.count("Subtotal (95% CI)") == 2
    assert "Heterogeneity: Not applicable" in words


@pytest.mark.parametrize(
    ("model", "by"), [("mantel-haenszel", "M-H, Fixed"), ("peto", "Peto, Fixed"), ("common", "IV, Fixed")]
)
def test_revman_names_how_it_was_pooled(forest, seen, model, by):
    data = forest(3)
    words = _view(seen, replace(data, pooled=replace(data.pooled, model=model)), "revman").words()
    assert words.count(f"{by}, 95% CI") == 2


@pytest.mark.parametrize(("measure", "colour"), [("RR", "#0000ff"), ("MD", "#008000"), ("GEN", "#ff0000")])
def test_revman_colours_squares_by_kind_of_data(forest, seen, measure, colour):
    view = _view(seen, forest(3, measure), "revman")
    assert to_hex(view.named("estimate-0").get_facecolor()) == colour
    assert to_hex(view.named("pooled").get_facecolor()) == "#1a1a1a"
    assert view.names("pooled-line") == []


def test_revman_shows_effects_given_as_such_on_the_scale_of_analysis(forest, seen):
    data = forest(2, "GEN-LOG")
    given = tuple(replace(s, values={"yi": -0.25, "se": 0.11}) for s in data.studies)
    words = _view(seen, replace(data, studies=given), "revman").words()
    assert {"log[Ratio]", "SE", "\u22120.25", "0.11"} <= set(words)


def test_jama_has_its_columns_and_words(forest, seen):
    view = _view(seen, forest(5), "jama")
    words = view.words()
    assert {"Source", "No. of events/total No.", "RR (95% CI)", "Weight, %", "An analysis"} <= set(words)
    assert {"12/1200", "20/1190", "60/6000", "100/5950", "0.82 (0.70-0.95)"} <= set(words)
    assert "Total (random effects)" in words
    assert "Heterogeneity: \u03c4\u00b2 = 0.03; \u03c7\u00b2\u2084 = 15.20; P = .02; I\u00b2 = 45%" in words
    assert "Test for overall effect: z = \u22122.10; P = .04" in words
    assert "RR indicates risk ratio." in words
    order = _lefts(view, "Source", "No. of events/total No.", "RR (95% CI)")
    plot = view.box(view.named("null-line"))[0]
    assert [*order, plot, *_lefts(view, "Weight, %")] == sorted([*order, plot, *_lefts(view, "Weight, %")])
    assert to_hex(view.named("estimate-0").get_facecolor()) == "#00008b"
    assert to_hex(view.named("pooled").get_facecolor()) == "#add8e6"


def test_jama_names_the_good_side_above_the_plot(forest, seen):
    view = _view(seen, forest(5, favours="low"), "jama")
    assert "Favors" in view.words()
    top = view.box(view.named("null-line"))[1]
    left, right = (view.box(view.named(f"favours-{side}")) for side in ("left", "right"))
    assert left[3] < top
    assert left[2] < right[0]
    words = view.words()
    assert words.index("treatment") < words.index("control")


def test_jama_joins_limits_by_to_where_one_is_negative(forest, seen):
    words = _view(seen, forest(5, "RD"), "jama").words()
    assert "\u22120.20 (\u22120.35 to \u22120.05)" in words


def test_bmj_has_its_columns_and_words(forest, seen):
    view = _view(seen, forest(5), "bmj")
    words = view.words()
    assert {"Study", "No of events/total", "Weight (%)", "(95% CI)", "0.82 (0.70 to 0.95)"} <= set(words)
    assert words.count("Risk ratio") == 2
    assert "Test for heterogeneity: \u03c4\u00b2=0.03; \u03c7\u00b2=15.20, df=4, P=0.02; I\u00b2=45%" in words
    assert "Test for overall effect: z=\u22122.10, P=0.04" in words
    effect = _lefts(view, "0.82 (0.70 to 0.95)")[0]
    plot = view.box(view.named("null-line"))[0]
    assert _lefts(view, "No of events/total")[0] < plot < _lefts(view, "Weight (%)")[0] < effect
    assert to_hex(view.named("estimate-0").get_facecolor()) == "#6b58a6"
    assert view.names("band") == ["band"]


def test_means_stand_as_journals_print_them(forest, seen):
    words = _view(seen, forest(3, "MD"), "jama").words()
    assert words.count("No.") == 2
    assert words.count("Mean (SD)") == 2
    assert "55.25 (7.5)" in words
    assert "465" in words, "people are summed, means are not"


def test_only_the_default_shows_what_is_printed(forest, seen):
    data = forest(4, printed=PRINTED)
    assert "As printed" in _view(seen, data, "default").words()
    assert not [name for name in OTHERS if "As printed" in _view(seen, data, name).words()]


@pytest.mark.parametrize(
    ("p", "revman", "jama", "bmj"),
    [
        (0.000001, "P < 0.00001", "P < .001", "P<0.001"),
        (0.00004, "P < 0.0001", "P < .001", "P<0.001"),
        (0.0004, "P = 0.0004", "P < .001", "P<0.001"),
        (0.00456, "P = 0.005", "P = .005", "P=0.005"),
        (0.0312, "P = 0.03", "P = .03", "P=0.03"),
        (0.0496, "P = 0.05", "P = .050", "P=0.05"),
        (0.0523, "P = 0.05", "P = .05", "P=0.05"),
        (0.34, "P = 0.34", "P = .34", "P=0.34"),
        (0.997, "P = 1.00", "P > .99", "P=1.00"),
        (math.nan, "P not known", "P not known", "P not known"),
    ],
)
def test_p_values_as_each_journal_prints_them(p, revman, jama, bmj):
    assert (revman_p(p), jama_p(p), bmj_p(p)) == (revman, jama, bmj)


def test_an_unknown_layout_is_named():
    with pytest.raises(ValueError, match="'lancet' is not known; known: default, revman, jama, bmj"):
        layout_of("lancet")


def test_a_meta_regression_shows_an_intercept_and_says_so(forest, seen):
    data = replace(forest(5), covariates=("ablat",))
    words = _view(seen, data, "default").words()
    assert "Intercept (covariates at 0)" in words
    assert [w for w in words if w.startswith("Residual heterogeneity: ")]
    assert "Meta-regression on ablat: the diamond is its intercept, not a pooled mean" in words
    assert not [w for w in words if w.startswith("Test for overall")]
    assert "intercept" in forest_alt(data)


def test_a_layout_is_drawn_from_the_files_of_a_review(folders):
    review, results, write = folders
    write()
    (data,) = read_inputs(results, review).values()
    drawn = draw_forest_layout(data, "bmj")
    assert drawn.kind == "forest-bmj"
    assert drawn.title == "Forest plot: Analysis tb"
    assert [r["mark"] for r in drawn.rows] == ["study"] * 6 + ["pooled"]
    assert set(drawn.rows[0]) <= set(drawn.columns)
