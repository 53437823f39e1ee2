"""Trim and fill: metafor's values, symmetry, mirror images, and where it is not defined."""

import numpy as np
import pytest

from metaudit.diagnostics.small_study.trimfill import ESTIMATORS, trim_fill
from metaudit.errors import DataError
from metaudit.pooling import pool
from tolerances import CLOSED_FORM


def test_l0_and_r0_of_the_bcg_trials(bcg):
    # metafor 3.8-1: trimfill(rma(yi, vi, method="FE"), estimator="L0") and "R0", escalc(measure="OR")
    for estimator, se_k0, p_k0 in (("L0", 2.3853255911929505, np.nan), ("R0", 3.1622776601683795, 0.03125)):
        ours = trim_fill(bcg.yi, bcg.vi, estimator=estimator)
        assert (ours.k0, ours.side) == (4, "right")
        assert (ours.se_k0, ours.p_k0) == pytest.approx((se_k0, p_k0), rel=CLOSED_FORM, nan_ok=True)
        assert ours.pooled.estimate == pytest.approx(-0.28410682841761237, rel=CLOSED_FORM)
        assert ours.fill_yi == pytest.approx(
            [0.8329964824482561, 0.8882298924777596, 1.065562181393671, 1.0979770721913247], rel=CLOSED_FORM
        )


def test_q0_of_the_smoking_studies(smoking):
    # metafor 3.8-1: trimfill(rma(yi, vi, data=dat.hackshaw1998, method="FE"), estimator="Q0")
    ours = trim_fill(smoking.yi, smoking.vi, estimator="Q0")
    assert (ours.k0, ours.side) == (10, "left")
    assert (ours.se_k0, ours.pooled.estimate, ours.pooled.se) == pytest.approx(
        (5.5427136641891, 0.130194290566266, 0.0354832391139506), rel=CLOSED_FORM
    )


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_nothing_is_missing_in_a_symmetric_funnel(estimator):
    yi = np.array([-0.9, -0.5, -0.31, -0.1, 0.0, 0.1, 0.31, 0.5, 0.9])
    vi = np.abs(yi) ** 2 + 0.01
    ours = trim_fill(yi, vi, estimator=estimator, side="left")
    assert ours.k0 == 0
    assert ours.fill_yi.size == 0
    assert ours.pooled.estimate == pool(yi, vi, tau2="FE").estimate


@pytest.mark.parametrize("method", ["FE", "DL", "REML"])
@pytest.mark.parametrize("estimator", ["L0", "R0"])
def test_mirror_images_give_mirrored_results(smoking, method, estimator):
    ours = trim_fill(smoking.yi, smoking.vi, method=method, estimator=estimator)
    mirrored = trim_fill(-smoking.yi, smoking.vi, method=method, estimator=estimator)
    assert {ours.side, mirrored.side} == {"left", "right"}
    assert mirrored.k0 == ours.k0
    assert mirrored.pooled.estimate == pytest.approx(-ours.pooled.estimate, rel=CLOSED_FORM)
    assert sorted(-mirrored.fill_yi) == pytest.approx(sorted(ours.fill_yi), rel=CLOSED_FORM)


def test_centre_and_pooling_model_may_differ(smoking):
    both = trim_fill(smoking.yi, smoking.vi, method="DL", centre="FE")
    common = trim_fill(smoking.yi, smoking.vi, method="FE")
    assert np.array_equal(both.fill_yi, common.fill_yi)
    filled = pool([*smoking.yi, *common.fill_yi], [*smoking.vi, *common.fill_vi], tau2="DL")
    assert both.pooled.estimate == filled.estimate
    assert both.to_row()["centre"] == "FE"


def test_the_one_study_left_lies_on_the_centre():
    """Three studies of which two are trimmed: the sign of the third is rounding, and is taken as none."""
    yi, vi = [0.0, 0.4, 0.63], [0.0228, 0.0998, 0.1623]
    ours = trim_fill(yi, vi, side="left")
    assert ours.k0 == 2
    assert ours.pooled.estimate == pytest.approx(0.0, abs=CLOSED_FORM)


def test_equal_effects_have_nothing_to_fill():
    assert trim_fill([0.2] * 4, [0.1, 0.2, 0.3, 0.4], estimator="R0", side="left").k0 == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"yi": [1, 2], "vi": [1, 2]}, "at least 3"),
        ({"yi": [1, 2, 3], "vi": [1, 1, 1]}, "give left or right instead"),
        ({"yi": [1, 2, 3], "vi": [1, 2, 3], "estimator": "L1"}, "is not known"),
        ({"yi": [1, 2, 3], "vi": [1, 2, 3], "side": "up"}, "is not known"),
    ],
)
def test_what_cannot_be_filled_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        trim_fill(given.pop("yi"), given.pop("vi"), **given)


def test_q0_that_is_not_defined_says_so(bcg):
    """metafor 3.8-1 stops with "missing value where TRUE/FALSE needed" here."""
    with pytest.raises(DataError, match="Q0 is not defined"):
        trim_fill(bcg.yi, bcg.vi, estimator="Q0")
