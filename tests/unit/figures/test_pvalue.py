"""P value functions: the limits and P values of the fits they belong to, and where the curves stand on the sheet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bcg import VI, YI
from method_inputs import method_input
from scipy.stats import norm, t

from metaudit.figures.pvalue import Curve, clipped, draw, normal, pooled_curve, prediction_curve, student
from metaudit.pooling.pool import pool


@pytest.mark.parametrize("p", [0.5, 0.05, 0.001])
def test_half_widths_are_those_of_scipy(p):
    assert normal(0.3)(p) == pytest.approx(norm.isf(p / 2) * 0.3, rel=1e-12)
    assert student(0.3, 7)(p) == pytest.approx(t.isf(p / 2, 7) * 0.3, rel=1e-10)


@pytest.mark.parametrize("ci", ["wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci", "kenward-roger"])
@pytest.mark.parametrize("vi", [VI, [50 * v for v in VI]], ids=["apart", "alike"])
def test_the_pooled_curve_gives_the_limits_of_every_level_and_the_p_value(ci, vi):
    data = method_input(YI, vi, tau2="REML", ci=ci)
    curve, own = pooled_curve(data.primary)
    assert own
    for level in (0.95, 0.99, 0.8):
        if ci == "hksj-adhoc-ci" and level != 0.95:
            continue  # which of the two intervals is the wider is known at the level of the row
        fit = pool(YI, vi, tau2="REML", ci=ci, level=level)
        assert curve.centre + curve.half(1 - level) == pytest.approx(fit.ci_high, rel=1e-6)
        assert curve.centre - curve.half(1 - level) == pytest.approx(fit.ci_low, rel=1e-6)
    fit = pool(YI, vi, tau2="REML", ci=ci)
    if ci != "hksj-adhoc-ci":
        assert curve.half(fit.p) == pytest.approx(abs(fit.estimate), rel=1e-5)  # at no effect stands the P value


def test_a_profile_likelihood_interval_is_said_not_to_be_the_curves():
    data = method_input(YI[:5], VI[:5])
    row = data.primary | {"ci_method": "profile", "ci_low_yi": "-3", "ci_high_yi": "0"}
    assert pooled_curve(row)[1] is False
    notes = " ".join(
        a.get_text()
        for a in draw(replace(data, pooled=[row])).figure.as_matplotlib().artists
        if (a.get_gid() or "").startswith("note")
    )
    assert "Wald" in notes
    assert "profile" in notes
    assert "Wald" not in " ".join(
        a.get_text() for a in draw(data).figure.as_matplotlib().artists if (a.get_gid() or "").startswith("note")
    )


@pytest.mark.parametrize("pi", ["t-k-2", "t-k-1", "normal", "tau-only", "hksj"])
def test_the_prediction_curve_gives_the_prediction_interval(pi):
    ci = "hksj" if pi == "hksj" else "wald"
    data = method_input(YI, VI, measure="RR", pi=pi, ci=ci)
    curve = prediction_curve(data.primary, data.measure.to_natural)
    fit = pool(YI, VI, tau2="DL", pi=pi, ci=ci)
    assert curve.centre + curve.half(0.05) == pytest.approx(fit.pi_high, rel=1e-8)


def test_a_prediction_interval_of_another_kind_has_no_curve():
    data = method_input(YI, VI)
    row = data.primary | {"spec": data.primary["spec"].replace("PI:t-k-2", "PI:bootstrap")}
    assert prediction_curve(row, float) is None
    assert prediction_curve(data.primary | {"pi_low": "-9"}, float) is None
    assert prediction_curve(method_input(YI[:2], VI[:2]).primary, float) is None
    marks = {r["mark"] for r in draw(method_input(YI, VI, tau2="FE")).rows}
    assert marks == {"study", "pooled"}


def test_the_curves_cross_the_level_line_at_the_limits(seen):
    data = method_input(YI, VI, measure="RR", ci="hksj")
    view = seen(draw(data).figure)
    ticks = {np.log(float(k)): v for k, v in view.ticks().items()}
    low, high = min(ticks), max(ticks)
    unit = (ticks[high] - ticks[low]) / (high - low)
    points = np.asarray(view.named("pooled").get_xydata())
    line = next(a for a in view.figure.artists if a.get_gid() == "level-95 %")
    y = line.get_position()[1] - 6.5 * 0.36
    right = points[points[:, 0].argsort()]
    right = right[right[:, 0] > right[:, 0].mean()]
    crossing = np.interp(y, right[:, 1], right[:, 0])
    expected = ticks[low] + unit * (float(data.primary["ci_high_yi"]) - low)
    assert crossing == pytest.approx(expected, abs=0.6)


def test_each_study_has_its_own_curve_and_its_peak_at_the_estimate():
    rows = draw(method_input(YI, VI)).rows
    for i, (y, v) in enumerate(zip(YI, VI, strict=True)):
        mine = [r for r in rows if r["row"] == str(i + 2)]
        peak = max(mine, key=lambda r: r["p"])
        assert (peak["effect_yi"], peak["p"]) == (pytest.approx(y), 1.0)
        for r in mine:
            assert 2 * norm.sf(abs(r["effect_yi"] - y) / v**0.5) == pytest.approx(r["p"], rel=1e-9)


def test_a_line_is_cut_at_both_ends():
    line = Curve(0.0, normal(1.0)).points((1.0, 0.5, 0.1))
    (piece,) = clipped(line, -0.5, 1.0)
    assert piece[0][0] == -0.5
    assert piece[-1][0] == 1.0
    assert max(p for _, p in piece) == 1.0
    assert piece[0][1] == pytest.approx(np.interp(-0.5, *zip(*line, strict=True)))
    assert list(clipped(line, 5.0, 6.0)) == []


def test_the_words_are_of_the_numbers():
    data = method_input(YI, VI, measure="RR")
    alt = draw(data).alt
    below = sum(2 * norm.sf(abs(y) / v**0.5) < 0.05 for y, v in zip(YI, VI, strict=True))
    assert f"{below} of the 13 studies alone have a P value below 0.05" in alt
    assert "RR 0.49" in alt
    assert "0.34 to 0.70" in alt


@pytest.mark.parametrize(
    ("yi", "measure", "said"),
    [
        ([0.1, 0.3, 0.35], "PR", "Values below 0 % come from the normal approximation"),
        ([0.97, 0.55, 0.65], "PR", "Values above 100 % come from the normal approximation"),
        ([0.97, 0.1, 0.2], "PR", "Values below 0 % and above 100 % come from the normal approximation"),
        ([0.5, 0.55, 0.6], "PR", ""),
        ([-1.4, 0.2, 0.6], "PLO", ""),
        ([-0.2, 0.2, 0.6], "RD", ""),
    ],
)
def test_a_scale_beyond_what_a_proportion_can_be_says_why(yi, measure, said):
    variances = [0.005] * 3 if yi[0] == 0.5 else [0.03, 0.01, 0.01]
    drawn = draw(method_input(yi, variances, measure=measure))
    words = " ".join(
        a.get_text() for a in drawn.figure.as_matplotlib().artists if (a.get_gid() or "").startswith("note")
    )
    assert (said in words) if said else ("normal approximation" not in words)
