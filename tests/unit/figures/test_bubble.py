"""A bubble plot: the line of a meta-regression and its band are those of metafor."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from bcg import ABLAT, VI, YEAR, YI
from figure_inputs import drawn_input, many

from metaudit.figures.bubble import draw

# predict(rma(yi, vi, mods=~ablat, data=d, method="DL"), newmods=c(13, 55)): pred, ci.lb, ci.ub; metafor 3.8-1
ENDS = {13: (-0.120429891383, -0.429872589053, 0.189012806286), 55: (-1.348036919101, -1.719009362780, -0.977064475423)}
# predict(rma(yi, vi, mods=~ablat+year, data=d, method="REML"), newmods=cbind(c(13, 55), mean(d$year)))
ENDS_OF_TWO = {
    13: (-0.158955183056, -0.63484352532, 0.316933159208),
    55: (-1.335428742000, -1.83183729717, -0.839020186828),
}


def _latitude(**described):
    data = drawn_input(YI, VI, measure="RR", moderators={"ablat": ABLAT})
    return replace(data, described={"moderators": ["ablat"]} | described)


def _line(drawn, moderator="ablat"):
    return [r for r in drawn.rows if r["mark"] == "line" and r["moderator"] == moderator]


def _ends(drawn):
    line = _line(drawn)
    return {round(r["x"]): (r["yi"], r["ci_low"], r["ci_high"]) for r in (line[0], line[-1])}


def test_line_and_band_equal_metafor():
    for at, values in _ends(draw(_latitude())).items():
        assert values == pytest.approx(ENDS[at], rel=1e-6)


# predict(rma(yi, vi, mods=~ablat, data=d, method="DL"), newmods=c(13, 55)): pi.lb, pi.ub; metafor 3.8-1, 2026-11-29
PREDICTED = {13: (-0.7025991593297, 0.4617393765629), 55: (-1.9651161906452, -0.7309576475574)}


def test_the_limits_for_a_new_study_equal_metafor(seen):
    drawn = draw(_latitude())
    line = _line(drawn)
    for row in (line[0], line[-1]):
        assert (row["pi_low"], row["pi_high"]) == pytest.approx(PREDICTED[round(row["x"])], rel=1e-6)
    view = seen(drawn.figure)
    assert view.names("prediction-") == ["prediction-high", "prediction-low"]
    assert any("broken lines: 95 % prediction interval" in w for w in view.words())


@pytest.mark.parametrize("change", [{"tau2": "0"}, {"model": "common"}, {"covariance": ""}])
def test_without_scatter_there_is_no_band_for_a_new_study(seen, change):
    data = _latitude()
    pooled = [data.pooled[0] | {k: v for k, v in change.items() if k == "model"}]
    bare = [r | {k: v for k, v in change.items() if k != "model"} for r in data.regression]
    drawn = draw(replace(data, regression=bare, pooled=pooled))
    view = seen(drawn.figure)
    assert view.names("prediction-") == []
    assert not any("prediction" in w for w in view.words())
    assert all(math.isnan(r["pi_low"]) for r in _line(drawn))


def test_the_other_moderators_are_held_at_their_means():
    data = drawn_input(YI, VI, measure="RR", tau2="REML", moderators={"ablat": ABLAT, "year": YEAR})
    drawn = draw(data)
    for at, values in _ends(drawn).items():
        assert values == pytest.approx(ENDS_OF_TWO[at], rel=2e-5)  # metafor's tau2 is iterated to 1e-5
    assert len(_line(drawn, "year")) == len(_line(drawn))
    assert "the other moderators at their means" in " ".join(
        t.get_text()
        for t in drawn.figure.as_matplotlib().texts + drawn.figure.as_matplotlib().artists
        if hasattr(t, "get_text")
    )


def test_bubbles_stand_at_moderator_and_effect(seen):
    drawn = draw(_latitude())
    view = seen(drawn.figure)
    ticks = {float(k): v for k, v in view.ticks().items()}
    unit = (ticks[50.0] - ticks[20.0]) / 30
    for i, row in enumerate(r for r in drawn.rows if r["mark"] == "study"):
        assert (row["x"], row["yi"]) == (ABLAT[i], YI[i])
        (place,) = view.named(f"study-{row['row']}").get_xydata()
        assert place[0] == pytest.approx(ticks[20.0] + unit * (ABLAT[i] - 20), abs=0.6)
    line = view.named("line").get_xydata()
    assert line[0][0] == pytest.approx(ticks[20.0] + unit * (13 - 20), abs=0.6)
    radii = [r["radius"] for r in drawn.rows if r["mark"] == "study"]
    weights = [r["weight"] for r in drawn.rows if r["mark"] == "study"]
    assert sorted(radii) == [r for _, r in sorted(zip(weights, radii, strict=True))]


def test_a_transformed_moderator_is_drawn_as_given_and_its_line_bends(seen):
    """What was fitted on log(x) - 3 is shown over x, and equals the fit at log(x) - 3."""
    logged = [math.log(x) - 3 for x in ABLAT]
    data = drawn_input(YI, VI, measure="RR", moderators={"ablat": logged})
    rows = [r | {"x_ablat": str(x)} for r, x in zip(data.effects, ABLAT, strict=True)]
    rule = {"column": "ablat", "transform": "log", "centre": 3}
    drawn = draw(replace(data, effects=rows, described={"moderators": [rule]}))
    a, b = (float(r["coef"]) for r in data.regression)
    line = _line(drawn)
    assert [r["x"] for r in (line[0], line[-1])] == [13, 55]
    assert [r["yi"] for r in line] == pytest.approx([a + b * (math.log(r["x"]) - 3) for r in line])
    assert len(seen(drawn.figure).named("line").get_xydata()) == len(line)
    assert any("per unit of the logarithm" in w for w in seen(drawn.figure).words())


def test_a_factor_is_held_at_its_share_and_has_no_panel():
    kinds = ["a", "b", "b", "a", "b", "a", "b", "a", "b", "a", "b", "a", "a"]
    data = drawn_input(YI, VI, measure="RR", moderators={"ablat": ABLAT, "kind=b": [float(k == "b") for k in kinds]})
    rows = [r | {"x_kind": k} for r, k in zip(data.effects, kinds, strict=True)]
    drawn = draw(replace(data, effects=rows, described={"moderators": ["ablat", "kind"]}))
    assert {r["moderator"] for r in drawn.rows} == {"ablat"}
    a, b, c = (float(r["coef"]) for r in data.regression)
    assert _line(drawn)[0]["yi"] == pytest.approx(a + b * 13 + c * kinds.count("b") / 13)
    only = drawn_input(YI, VI, measure="RR", moderators={"kind=b": [float(k == "b") for k in kinds]})
    rows = [r | {"x_kind": k} for r, k in zip(only.effects, kinds, strict=True)]
    assert draw(replace(only, effects=rows, described={"moderators": ["kind"]})) is None


def test_without_a_covariance_there_is_a_line_and_no_band(seen):
    data = _latitude()
    bare = [r | {"covariance": "", "quantile": ""} for r in data.regression]
    drawn = draw(replace(data, regression=bare))
    view = seen(drawn.figure)
    assert view.names("band") == []
    assert view.names("line") == ["line"]
    assert not any("band" in w for w in view.words())
    assert seen(draw(data).figure).names("band") == ["band"]


def test_the_words_say_the_coefficient(seen):
    drawn = draw(_latitude())
    assert any("Coefficient of ablat (per unit): −0.0292" in w for w in seen(drawn.figure).words())
    assert "from 13 to 55" in drawn.alt
    assert "−0.12 to −1.35" in drawn.alt


def test_only_meta_regressions_are_drawn():
    assert draw(many(8)) is None
    wrong = replace(_latitude(), described={"moderators": ["altitude"]})
    with pytest.raises(KeyError, match="ablat"):
        draw(wrong)


def test_the_moderator_may_stand_in_the_extraction_table():
    data = _latitude()
    effects = [{k: v for k, v in r.items() if k != "x_ablat"} for r in data.effects]
    extraction = [{"row": r["row"], "ablat": str(x)} for r, x in zip(data.effects, ABLAT, strict=True)]
    assert _ends(draw(replace(data, effects=effects, extraction=extraction)))[13] == pytest.approx(ENDS[13], rel=1e-6)
