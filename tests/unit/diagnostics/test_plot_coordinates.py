"""Coordinates of the Baujat, radial and L'Abbé plots."""

import math

import numpy as np
import pandas as pd
import pytest
from bcg_metafor import ABLAT, BAUJAT, COUNTS, RADIAL, VI, YI

from metaudit import pool
from metaudit.diagnostics.baujat import baujat
from metaudit.diagnostics.labbe import labbe
from metaudit.diagnostics.radial import radial
from metaudit.effects.compute import compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DataError
from tolerances import CLOSED_FORM, SAME_AGAIN


def effects_of(columns, measure):
    table = pd.DataFrame({"study": [f"S{i}" for i in range(len(next(iter(columns.values()))))], **columns})
    return compute_effects([convert(r) for r in rows_of_frame(table)], measure)


# Baujat


@pytest.mark.parametrize(
    ("name", "choices"),
    [("fe", {}), ("dl", {"tau2": "DL"}), ("latitude", {"tau2": "DL", "mods": ABLAT})],
)
def test_baujat_equals_metafor(name, choices) -> None:
    ours = baujat(YI, VI, **choices)
    assert ours.contribution == pytest.approx(BAUJAT[f"{name}_x"], rel=CLOSED_FORM)
    # metafor subtracts two means that agree in up to four digits
    assert ours.influence == pytest.approx(BAUJAT[f"{name}_y"], rel=CLOSED_FORM)


def test_baujat_shares_out_the_whole_of_q() -> None:
    assert baujat(YI, VI).contribution.sum() == pytest.approx(pool(YI, VI, tau2="FE").q, rel=SAME_AGAIN)


def test_baujat_of_too_little() -> None:
    with pytest.raises(DataError, match="at least two"):
        baujat([0.1], [0.2])
    two = baujat([0.2, 0.4], [0.04, 0.02])
    assert two.influence == pytest.approx([(0.4 - 1 / 3) ** 2 / 0.02, (0.2 - 1 / 3) ** 2 / 0.04])
    equal = baujat([0.2, 0.2, 0.2], [0.1, 0.2, 0.3])
    assert equal.contribution == pytest.approx([0, 0, 0], abs=1e-15)
    assert equal.influence == pytest.approx([0, 0, 0], abs=1e-15)


# radial


def test_radial_equals_metafor() -> None:
    ours = radial(YI, VI, tau2="DL")
    assert ours.x == pytest.approx(RADIAL["x"], rel=CLOSED_FORM)
    assert ours.z == pytest.approx(RADIAL["z"], rel=CLOSED_FORM)
    centred = radial(YI, VI, centred=True)
    assert centred.x == pytest.approx(RADIAL["centred_x"], rel=CLOSED_FORM)
    assert centred.z == pytest.approx(RADIAL["centred_z"], rel=CLOSED_FORM)
    assert centred.estimate == 0
    assert centred.centre == pytest.approx(pool(YI, VI, tau2="FE").estimate)


def test_radial_line_is_least_squares_through_the_origin() -> None:
    ours, pooled = radial(YI, VI, ci="wald", level=0.9), pool(YI, VI, tau2="FE", level=0.9)
    slope = np.linalg.lstsq(ours.x[:, None], ours.z, rcond=None)[0][0]
    assert ours.estimate == pytest.approx(slope, rel=SAME_AGAIN)
    assert (ours.ci_low, ours.ci_high) == pytest.approx((pooled.ci_low, pooled.ci_high), rel=SAME_AGAIN)
    assert ours.half_width == pytest.approx(1.6448536269514722)


def test_radial_band_shows_the_outliers() -> None:
    ours = radial(YI, VI)
    assert ours.outside.tolist() == (np.abs(ours.z - ours.estimate * ours.x) > 1.959963984540054).tolist()
    assert ours.outside.tolist() == (np.abs(RADIAL["centred_z"]) > 1.96).tolist()
    assert radial([0.3] * 3, [0.1, 0.2, 0.3]).outside.tolist() == [False] * 3


def test_radial_arc_lies_on_the_rays_of_its_effects() -> None:
    ours = radial(YI, VI)
    values = np.array([-2.0, 0.0, 0.5])
    x, z = ours.arc(values, radius=20, aspect=4)
    assert z / x == pytest.approx(values)
    assert np.hypot(x, z / 4) == pytest.approx([20, 20, 20])
    with pytest.raises(DataError, match="above 0"):
        ours.arc(values, radius=0, aspect=4)


def test_radial_without_degrees_of_freedom() -> None:
    one = radial([0.2], [0.04], ci="t")
    assert (one.x.tolist(), one.z.tolist()) == ([5.0], [1.0])
    assert math.isnan(one.ci_low)
    with pytest.raises(DataError, match="adhoc-ci"):
        radial(YI, VI, ci="hksj-adhoc-ci")


# L'Abbé


def test_labbe_natural_scale_is_what_was_counted() -> None:
    ours = labbe(effects_of(COUNTS, "RR"))
    assert (ours.what, ours.transform) == ("risk", "identity")
    assert ours.control == pytest.approx(np.array(COUNTS["events_c"]) / COUNTS["n_c"])
    assert ours.treatment == pytest.approx(np.array(COUNTS["events_t"]) / COUNTS["n_t"])
    assert ours.size.tolist() == [262, 609, 451, 26465, 10877]
    assert ours.weight.sum() == pytest.approx(100)
    assert ours.labels[0] == "S0"


# labbe(rma(measure=..., ai=tpos, bi=tneg, ci=cpos, di=cneg, data=dat.bcg)), metafor 3.8-1: $x, $y of the first five
@pytest.mark.parametrize(
    ("measure", "x", "y"),
    [
        ("RR", [-2.53657866033232, -2.3464369755229, -2.99573227355399, -3.94899242702001, -4.81684395479457],
         [-3.42588999425253, -3.93182563272433, -4.34380542185368, -5.39054361704131, -5.03439127700587]),
        ("OR", [-2.45413499112125, -2.2458322764016, -2.94443897916644, -3.92953014748793, -4.80871874802232],
         [-3.39282913199164, -3.91202300542815, -4.33073334028633, -5.38597369680091, -5.02785983369776]),
        ("AS", [0.285161510549264, 0.314530075826818, 0.225513405898131, 0.139281123792895, 0.0900789074644704], None),
    ],
)  # fmt: skip
def test_labbe_analysis_scale_equals_metafor(measure, x, y) -> None:
    ours = labbe(effects_of(COUNTS, measure), scale="analysis")
    assert ours.control == pytest.approx(x, rel=CLOSED_FORM)
    if y is not None:
        assert ours.treatment == pytest.approx(y, rel=CLOSED_FORM)


ZEROS = {"events_t": [0, 5, 3], "n_t": [20, 30, 25], "events_c": [2, 0, 4], "n_c": [20, 31, 26]}
RATES = {"events_t": [9, 8], "time_t": [413, 263], "events_c": [19, 19], "time_c": [398, 245]}
MEANS = {"mean_t": [5.0, 6.0], "sd_t": [1, 1], "n_t": [10, 20], "mean_c": [4.0, 3.0], "sd_c": [1, 1], "n_c": [11, 21]}


@pytest.mark.parametrize(
    ("columns", "measure"),
    [(ZEROS, m) for m in ("RR", "OR", "RD", "AS")]
    + [(RATES, m) for m in ("IRR", "IRD")]
    + [(MEANS, m) for m in ("MD", "ROM")],
)
def test_labbe_points_lie_at_their_effects(columns, measure) -> None:
    effects = effects_of(columns, measure)
    ours = labbe(effects, scale="analysis")
    if measure == "RD":  # escalc corrects the variance only, the difference itself is that of the corrected cells too
        assert ours.treatment - ours.control == pytest.approx(effects.yi, abs=0.03)
    else:
        assert ours.treatment - ours.control == pytest.approx(effects.yi, rel=1e-10)
    assert ours.line(0.0, ours.control) == pytest.approx(ours.control)
    natural = labbe(effects)
    assert np.isfinite(natural.control).all()


@pytest.mark.parametrize(
    ("columns", "measure"),
    [(COUNTS, "RR"), (COUNTS, "OR"), (COUNTS, "RD"), (COUNTS, "AS"), (RATES, "IRR"), (MEANS, "ROM")],
)
def test_labbe_line_runs_through_a_study_with_that_effect(columns, measure) -> None:
    effects = effects_of(columns, measure)
    ours = labbe(effects)
    for i in range(effects.k):
        assert ours.line(effects.yi[i], ours.control[[i]])[0] == pytest.approx(ours.treatment[i], rel=1e-10)


def test_labbe_line_ends_where_risks_do() -> None:
    ours = labbe(effects_of(COUNTS, "RR"))
    line = ours.line(math.log(2), [0.0, 0.25, 0.5, 0.75])
    assert line[:3] == pytest.approx([0.0, 0.5, 1.0])
    assert math.isnan(line[3])
    difference = labbe(effects_of(COUNTS, "RD")).line(-0.3, [0.2, 0.3, 0.4])
    assert math.isnan(difference[0])
    assert difference[1:] == pytest.approx([0.0, 0.1], abs=1e-15)
    assert math.isnan(labbe(effects_of(COUNTS, "AS")).line(1.0, [0.9])[0])


def test_labbe_refuses_what_has_no_two_arms() -> None:
    one = effects_of({"events": [3, 5], "n": [20, 30]}, "PLO")
    with pytest.raises(DataError, match="two arms"):
        labbe(one)
    with pytest.raises(DataError, match="scale 'log'"):
        labbe(effects_of(COUNTS, "RR"), scale="log")
    with pytest.raises(DataError, match="does not say"):
        labbe(effects_of(MEANS, "SMD")).line(0.5, [1.0])
