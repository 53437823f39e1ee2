"""Peto's method, and what Mantel-Haenszel and Peto have in common: double zeros, counts that do not suffice."""

import math

import numpy as np
import pandas as pd
import pytest

from metaudit.effects.compute import Effects, compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DataError
from metaudit.pooling.counts import mantel_haenszel, peto_pooled
from tolerances import CLOSED_FORM

COUNTS = pd.DataFrame(
    {
        "events_t": [4, 6, 3, 62, 0],
        "n_t": [123, 306, 231, 598, 40],
        "events_c": [11, 29, 11, 148, 2],
        "n_c": [139, 303, 220, 567, 41],
    }
)
RATES = pd.DataFrame(
    {"events_t": [9, 8, 3], "time_t": [413, 263, 487], "events_c": [19, 19, 13], "time_c": [398, 245, 435]}
)


def effects(table: pd.DataFrame, measure: str) -> Effects:
    return compute_effects([convert(r) for r in rows_of_frame(table)], measure)


def test_study_without_events_changes_nothing_but_k() -> None:
    empty = pd.concat(
        [COUNTS, pd.DataFrame({"events_t": [0], "n_t": [30], "events_c": [0], "n_c": [31]})], ignore_index=True
    )
    for function, measure in ((mantel_haenszel, "RR"), (mantel_haenszel, "OR"), (peto_pooled, "OR")):
        a, b = function(effects(COUNTS, measure)), function(effects(empty, measure))
        assert (b.estimate, b.se, b.q, b.q_df) == (
            pytest.approx(a.estimate),
            pytest.approx(a.se),
            pytest.approx(a.q),
            a.q_df,
        )
        assert b.k == a.k + 1


def test_person_time_without_events_changes_nothing_on_a_ratio_but_counts_in_a_difference() -> None:
    empty = pd.concat(
        [RATES, pd.DataFrame({"events_t": [0], "time_t": [300], "events_c": [0], "time_c": [310]})], ignore_index=True
    )
    a, b = (mantel_haenszel(effects(t, "IRR")) for t in (RATES, empty))
    assert (b.estimate, b.se, b.q_df) == (pytest.approx(a.estimate), pytest.approx(a.se), a.q_df)
    a, b = (mantel_haenszel(effects(t, "IRD")) for t in (RATES, empty))
    assert abs(b.estimate) < abs(a.estimate)


def test_peto_is_sum_of_observed_minus_expected() -> None:
    a, n1, c, n2 = (COUNTS[k].to_numpy(float) for k in ("events_t", "n_t", "events_c", "n_c"))
    n, m = n1 + n2, a + c
    v = n1 * n2 * m * (n - m) / (n**2 * (n - 1))
    ours = peto_pooled(effects(COUNTS, "OR"))
    assert ours.estimate == pytest.approx((a - n1 * m / n).sum() / v.sum(), rel=CLOSED_FORM)
    assert ours.se == pytest.approx(v.sum() ** -0.5, rel=CLOSED_FORM)
    assert peto_pooled(effects(COUNTS, "PETO")).estimate == ours.estimate


def test_q_of_peto_is_the_distance_of_the_one_step_effects() -> None:
    data = effects(COUNTS, "PETO")  # yi = (O - E) / V with variance 1 / V of counts as they are, but for the last study
    inside = data.take(np.arange(data.k) < 4)
    ours = peto_pooled(inside)
    assert ours.q == pytest.approx(np.sum((inside.yi - ours.estimate) ** 2 / inside.vi), rel=CLOSED_FORM)
    assert ours.q_df == 3


def test_peto_with_corrected_counts_is_another_number() -> None:
    # OpenMeta and PythonMeta add 1/2 inside Peto's method: -0.649 against -0.740 for these six trials (metafor 3.8-1:
    # rma.uni(measure="PETO", method="EE") takes escalc's corrected one-step effects, rma.peto the counts).
    rare = pd.DataFrame(
        {
            "events_t": [1, 0, 2, 3, 0, 1], "n_t": [215, 98, 340, 160, 77, 120],
            "events_c": [4, 2, 5, 3, 1, 0], "n_c": [211, 101, 338, 158, 79, 121],
        }
    )  # fmt: skip
    data = effects(rare, "PETO")
    assert peto_pooled(data).estimate == pytest.approx(-0.7398013754, rel=1e-9)
    assert peto_pooled(data, zero_cells="0.5@only-zero").estimate == pytest.approx(
        float(np.sum(data.yi / data.vi) / np.sum(1 / data.vi)), rel=CLOSED_FORM
    )
    assert peto_pooled(data, zero_cells="0.5@only-zero").estimate == pytest.approx(-0.6488, abs=5e-5)


def test_one_study_is_its_own_pooled_result() -> None:
    one = effects(COUNTS.iloc[[3]], "OR")
    for ours in (mantel_haenszel(one), peto_pooled(one)):
        assert (ours.q, ours.q_df, ours.q_p, ours.i2, ours.h2) == (0.0, 0, 1.0, 0.0, 1.0)
    assert mantel_haenszel(one).estimate == pytest.approx(float(one.yi[0]), rel=CLOSED_FORM)


def test_where_they_are_not_defined() -> None:
    with pytest.raises(DataError, match="defined for RR, OR, RD, IRR, IRD, not for AS"):
        mantel_haenszel(effects(COUNTS, "AS"))
    with pytest.raises(DataError, match="pools odds ratios, not RR"):
        peto_pooled(effects(COUNTS, "RR"))
    silent = COUNTS.assign(events_t=0)
    with pytest.raises(DataError, match="an arm without any event in all studies"):
        mantel_haenszel(effects(silent, "RR"))
    with pytest.raises(DataError, match="an arm without any event in all studies"):
        mantel_haenszel(effects(RATES.assign(events_c=0), "IRR"))
    with pytest.raises(DataError, match="both events and non-events"):
        peto_pooled(effects(silent.assign(events_c=0), "OR"))
    with pytest.raises(DataError, match="standard error of 0: no event, or nothing but events"):
        mantel_haenszel(effects(silent.assign(events_c=0), "RD"))


def test_an_arm_without_events_has_an_estimate_once_the_counts_are_corrected() -> None:
    ours = mantel_haenszel(effects(COUNTS.assign(events_t=0), "RR"), zero_cells="0.5@only-zero")
    assert math.isfinite(ours.estimate)
    assert ours.estimate < mantel_haenszel(effects(COUNTS, "RR")).estimate
