"""Mantel-Haenszel, Peto and the GLMM: against statsmodels, by hand, and where they are not defined."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from metaudit.effects.compute import Effects, compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.errors import DataError
from metaudit.pooling.counts import mantel_haenszel, peto_pooled
from metaudit.pooling.glmm import glmm, log_likelihood
from tolerances import CLOSED_FORM, SECOND_DIFFERENCE

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


def test_odds_ratio_equals_statsmodels() -> None:
    tables = [np.array([[a, n1 - a], [c, n2 - c]], dtype=float) for a, n1, c, n2 in COUNTS.itertuples(index=False)]
    theirs = StratifiedTable(tables)
    ours = mantel_haenszel(effects(COUNTS, "OR"))
    assert ours.estimate == pytest.approx(theirs.logodds_pooled, rel=CLOSED_FORM)
    assert ours.se == pytest.approx(theirs.logodds_pooled_se, rel=CLOSED_FORM)


def test_risk_ratio_and_difference_by_hand() -> None:
    a, n1, c, n2 = (COUNTS[k].to_numpy(float) for k in ("events_t", "n_t", "events_c", "n_c"))
    n = n1 + n2
    assert mantel_haenszel(effects(COUNTS, "RR")).estimate == pytest.approx(
        math.log((a * n2 / n).sum() / (c * n1 / n).sum()), rel=CLOSED_FORM
    )
    w = n1 * n2 / n
    ours = mantel_haenszel(effects(COUNTS, "RD"))
    assert ours.estimate == pytest.approx((w * (a / n1 - c / n2)).sum() / w.sum(), rel=CLOSED_FORM)
    assert ours.weights == pytest.approx(100 * w / w.sum())


def test_rates_by_hand() -> None:
    x1, t1, x2, t2 = (RATES[k].to_numpy(float) for k in ("events_t", "time_t", "events_c", "time_c"))
    w = t1 * t2 / (t1 + t2)
    assert mantel_haenszel(effects(RATES, "IRD")).estimate == pytest.approx(
        (w * (x1 / t1 - x2 / t2)).sum() / w.sum(), rel=CLOSED_FORM
    )
    assert mantel_haenszel(effects(RATES, "IRR")).estimate == pytest.approx(
        math.log((w * x1 / t1).sum() / (w * x2 / t2).sum()), rel=CLOSED_FORM
    )


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


def test_peto_is_sum_of_observed_minus_expected() -> None:
    a, n1, c, n2 = (COUNTS[k].to_numpy(float) for k in ("events_t", "n_t", "events_c", "n_c"))
    n, m = n1 + n2, a + c
    v = n1 * n2 * m * (n - m) / (n**2 * (n - 1))
    ours = peto_pooled(effects(COUNTS, "OR"))
    assert ours.estimate == pytest.approx((a - n1 * m / n).sum() / v.sum(), rel=CLOSED_FORM)
    assert ours.se == pytest.approx(v.sum() ** -0.5, rel=CLOSED_FORM)
    assert peto_pooled(effects(COUNTS, "PETO")).estimate == ours.estimate


def test_where_they_are_not_defined() -> None:
    with pytest.raises(DataError, match="defined for RR, OR, RD, IRR, IRD, not for AS"):
        mantel_haenszel(effects(COUNTS, "AS"))
    with pytest.raises(DataError, match="pools odds ratios, not RR"):
        peto_pooled(effects(COUNTS, "RR"))
    silent = COUNTS.assign(events_t=0)
    with pytest.raises(DataError, match="an arm without any event in all studies"):
        mantel_haenszel(effects(silent, "RR"))
    with pytest.raises(DataError, match="both events and non-events"):
        peto_pooled(effects(silent.assign(events_c=0), "OR"))
    with pytest.raises(DataError, match="computed for IRR and PLO, not for RR"):
        glmm(effects(COUNTS, "RR"))
    with pytest.raises(DataError, match="all events are in one arm"):
        glmm(effects(RATES.assign(events_c=0), "IRR"))


def test_glmm_without_heterogeneity_is_the_plain_binomial() -> None:
    table = pd.DataFrame({"events": [5, 10, 20], "n": [50, 100, 200]})
    ours = glmm(effects(table, "PLO"))
    assert ours.tau2 == 0
    assert ours.at_boundary
    assert ours.estimate == pytest.approx(math.log(35 / 315), abs=SECOND_DIFFERENCE)
    assert ours.se == pytest.approx(math.sqrt(1 / 35 + 1 / 315), rel=SECOND_DIFFERENCE)


def test_glmm_likelihood_equals_numerical_integration() -> None:
    from scipy.integrate import quad
    from scipy.stats import binom, norm

    x, n = np.array([3.0, 9.0]), np.array([20.0, 12.0])

    def one(k: float, m: float) -> float:
        return quad(
            lambda u: binom.pmf(k, m, 1 / (1 + math.exp(-0.3 - u))) * norm.pdf(u, scale=0.8), -8, 8, epsabs=1e-13
        )[0]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exact = sum(math.log(one(k, m)) for k, m in zip(x, n, strict=True))
    assert log_likelihood(0.3, 0.8, x, n, np.zeros(2)) == pytest.approx(exact, abs=1e-8)
