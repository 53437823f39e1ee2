"""Batched leave-one-out and cumulative fits against single fits, metafor's numbers, and too little data."""

import math

import numpy as np
import pytest
from bcg_metafor import CUMUL, KNAPP_HARTUNG_MORE, VI, YEAR, YI

from metaudit import pool
from metaudit.diagnostics.cumulative import cumulative
from metaudit.diagnostics.leave_one_out import leave_one_out_fits
from metaudit.diagnostics.subsets import from_pooled, subset_fits
from metaudit.errors import DataError
from metaudit.pooling.batch import BATCHED
from metaudit.pooling.tau2 import ESTIMATORS
from tolerances import CLOSED_FORM, ITERATIVE, SAME_AGAIN

FIELDS = ("estimate", "se", "stat", "p", "ci_low", "ci_high", "tau2", "i2", "q", "q_df", "q_p", "k")
CI = ("wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci")


def close(ours, theirs, tolerance=CLOSED_FORM):
    return ours == pytest.approx(theirs, rel=tolerance, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("method", [m for m in BATCHED if m in ESTIMATORS])
def test_every_estimator_equals_single_fits(method) -> None:
    ours = leave_one_out_fits(YI, VI, tau2=method)
    for i in range(YI.size):
        keep = np.arange(YI.size) != i
        single = pool(YI[keep], VI[keep], tau2=method)
        for field in FIELDS:
            assert close(getattr(ours, field)[i], getattr(single, field)), (i, field)


@pytest.mark.parametrize("ci", CI)
@pytest.mark.parametrize("method", ["FE", "DL"])
@pytest.mark.parametrize("yi", [YI, -0.7 + YI / 50])  # spread out; more alike than their variances allow
def test_every_interval_equals_single_fits(ci, method, yi) -> None:
    ours = leave_one_out_fits(yi, VI, tau2=method, ci=ci, level=0.9)
    for i in range(YI.size):
        keep = np.arange(YI.size) != i
        single = pool(yi[keep], VI[keep], tau2=method, ci=ci, level=0.9)
        for field in FIELDS:
            assert close(getattr(ours, field)[i], getattr(single, field)), (i, field)


def test_knapp_hartung_equals_metafor() -> None:
    ours = leave_one_out_fits(YI, VI, tau2="DL", ci="hksj")
    assert close(ours.ci_high, KNAPP_HARTUNG_MORE["loo_ci_high"])
    assert close(ours.p, KNAPP_HARTUNG_MORE["loo_p"])
    assert close(leave_one_out_fits(YI, VI, tau2="DL", ci="hksj-adhoc-se").se, KNAPP_HARTUNG_MORE["loo_adhoc_se"])


def test_cumulative_equals_metafor_in_the_order_of_years() -> None:
    ours = cumulative(YI, VI, by=YEAR, tau2="DL")
    for field, theirs in CUMUL.items():
        assert close(getattr(ours.fits, field), theirs), field
    assert ours.order[0] == 0
    assert ours.fits.labels[-1] == "study 8"  # the trial of 1980
    assert ours.fits.k.tolist() == list(range(1, 14))


def test_ties_keep_the_order_given_in_both_directions() -> None:
    by = ["b", "a", "b", "a"]
    assert cumulative(YI[:4], VI[:4], by=by).order.tolist() == [1, 3, 0, 2]
    assert cumulative(YI[:4], VI[:4], by=by, decreasing=True).order.tolist() == [0, 2, 1, 3]
    assert cumulative(YI[:4], VI[:4]).order.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("by", "why"),
    [([1, 2], "2 values"), ([1, None, 3], "study 2 has no value"), ([1, math.nan, 3], "study 2"), ([1, "b", 3], "mix")],
)
def test_an_order_that_is_none_is_refused(by, why) -> None:
    with pytest.raises(DataError, match=why):
        cumulative(YI[:3], VI[:3], by=by)


def test_the_last_step_is_the_fit_of_all_studies_whatever_the_order() -> None:
    one, other = (cumulative(YI, VI, by=by).fits for by in (YEAR, VI))
    single = pool(YI, VI, tau2="REML")
    for fits in (one, other):
        assert fits.estimate[-1] == pytest.approx(single.estimate, rel=SAME_AGAIN)
        assert fits.tau2[-1] == pytest.approx(single.tau2, rel=ITERATIVE)


def test_two_studies_leave_one_each() -> None:
    ours = leave_one_out_fits([0.2, 0.4], [0.04, 0.02], labels=["A", "B"])
    assert ours.labels == ("A", "B")
    assert ours.estimate.tolist() == [0.4, 0.2]
    assert ours.se == pytest.approx(np.sqrt([0.02, 0.04]))
    assert ours.tau2.tolist() == ours.q.tolist() == ours.i2.tolist() == [0, 0]
    assert ours.q_p.tolist() == [1, 1]


@pytest.mark.parametrize("ci", ["t", "hksj"])
def test_one_study_has_no_degrees_of_freedom(ci) -> None:
    ours = leave_one_out_fits([0.2, 0.4], [0.04, 0.02], ci=ci)
    assert np.isnan(ours.ci_low).all()
    assert np.isnan(ours.p).all()
    assert ours.estimate.tolist() == [0.4, 0.2]


def test_equal_effects_are_defined() -> None:
    ours = leave_one_out_fits([0.5] * 4, [0.1, 0.2, 0.3, 0.4])
    assert ours.estimate == pytest.approx([0.5] * 4)
    assert ours.tau2.tolist() == [0.0] * 4
    assert ours.i2.tolist() == [0.0] * 4
    assert np.isfinite(ours.p).all()


def test_one_study_of_nearly_infinite_precision_keeps_i2() -> None:
    y, v = np.array([0.1, 0.9, 0.4, 0.7]), np.array([1e-12, 0.04, 0.03, 0.05])
    ours = subset_fits(y, v, np.ones((1, 4), dtype=bool), tau2="REML")
    from fractions import Fraction

    w = [1 / Fraction(float(x)) for x in v]
    trace = float(sum(w) - sum(x * x for x in w) / sum(w))
    assert ours.i2[0] == pytest.approx(100 * ours.tau2[0] / (ours.tau2[0] + 3 / trace), rel=CLOSED_FORM)


@pytest.mark.parametrize(
    ("yi", "vi", "choices", "why"),
    [
        ([0.1], [0.2], {}, "nothing is left"),
        ([], [], {}, "no study"),
        ([0.1, 0.2], [0.2], {}, "2 effects, 1 variances"),
        ([0.1, math.nan], [0.2, 0.1], {}, "study 2: effect nan"),
        ([0.1, 0.3], [0.2, 0.0], {"labels": ["A", "B"]}, "B: variance 0"),
        ([0.1, 0.3], [0.2, 0.1], {"tau2": "XX"}, "'XX' is not known"),
        ([0.1, 0.3], [0.2, 0.1], {"ci": "XX"}, "ci 'XX'"),
        ([0.1, 0.3], [0.2, 0.1], {"level": 95}, "level 95"),
        ([0.1, 0.3], [0.2, 0.1], {"labels": ["A"]}, "1 names"),
    ],
)
def test_what_is_refused(yi, vi, choices, why) -> None:
    with pytest.raises(DataError, match=why):
        leave_one_out_fits(yi, vi, **choices)


def test_an_empty_subset_is_refused() -> None:
    with pytest.raises(DataError, match="no study"):
        subset_fits(YI, VI, np.zeros((2, YI.size), dtype=bool))
    with pytest.raises(DataError, match="shape"):
        subset_fits(YI, VI, np.ones((2, 3), dtype=bool))


def test_results_pooled_one_by_one_make_the_same_table() -> None:
    keep = ~np.eye(YI.size, dtype=bool)
    ours = from_pooled([pool(YI[m], VI[m], tau2="DL") for m in keep], [f"study {i + 1}" for i in range(YI.size)])
    batch = leave_one_out_fits(YI, VI, tau2="DL")
    assert ours.labels == batch.labels
    for field in FIELDS:
        assert close(getattr(ours, field), getattr(batch, field)), field


def test_rows_of_a_table() -> None:
    rows = leave_one_out_fits(YI, VI).to_rows()
    assert [r["study"] for r in rows][:2] == ["study 1", "study 2"]
    assert set(rows[0]) == {"study", *FIELDS}
    assert isinstance(rows[0]["k"], int)
