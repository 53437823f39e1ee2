"""Mantel-Haenszel pooling and the tests over 2×2 tables: against statsmodels, by hand, and RevMan's own output."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2
from statsmodels.stats.contingency_tables import StratifiedTable

from metaudit.effects.compute import Effects, compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.frame import rows_of_frame
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import DataError
from metaudit.pooling.mantel_haenszel import mantel_haenszel
from metaudit.pooling.stratified import stratified_tests
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
# Aspirin after myocardial infarction (Fleiss 1993, Stat Methods Med Res 2:121), as in RevMan 5's own example file.
ASPIRIN = pd.DataFrame(
    {
        "events_t": [49, 44, 102, 32, 85, 246, 1570],
        "n_t": [615, 758, 832, 317, 810, 2267, 8587],
        "events_c": [67, 64, 126, 38, 52, 219, 1720],
        "n_c": [624, 771, 850, 309, 406, 2257, 8600],
    }
)
TWELVE_DIGITS = 1e-11  # numbers of a source that gives twelve
FIFTEEN_DIGITS = 1e-13
REVMAN_CHI_SQUARED = (
    1e-6  # RevMan's tail of chi-squared is an approximation: 0.12694225 where R and SciPy give 0.12694218
)


def effects(table: pd.DataFrame, measure: str, zero_cells: str | None = None) -> Effects:
    from metaudit.effects.zero_cells import zero_cells_from

    rule = None if zero_cells is None else zero_cells_from(zero_cells)
    return compute_effects([convert(r) for r in rows_of_frame(table)], measure, zero_cells=rule)


def statsmodels_table(table: pd.DataFrame) -> StratifiedTable:
    cells = table.to_numpy(float)
    return StratifiedTable([np.array([[a, n1 - a], [c, n2 - c]]) for a, n1, c, n2 in cells])


def test_odds_ratio_equals_statsmodels() -> None:
    theirs, ours = statsmodels_table(COUNTS), mantel_haenszel(effects(COUNTS, "OR"))
    assert ours.estimate == pytest.approx(theirs.logodds_pooled, rel=CLOSED_FORM)
    assert ours.se == pytest.approx(theirs.logodds_pooled_se, rel=CLOSED_FORM)


def test_corrected_odds_ratio_is_that_of_the_corrected_tables() -> None:
    corrected = COUNTS.astype(float)
    corrected.loc[4] += [0.5, 1.0, 0.5, 1.0]
    theirs = statsmodels_table(corrected)
    ours = mantel_haenszel(effects(COUNTS, "OR"), zero_cells="0.5@only-zero")
    assert ours.estimate == pytest.approx(theirs.logodds_pooled, rel=CLOSED_FORM)
    assert ours.se == pytest.approx(theirs.logodds_pooled_se, rel=CLOSED_FORM)
    assert ours.estimate != pytest.approx(mantel_haenszel(effects(COUNTS, "OR")).estimate, rel=1e-3)


def test_tests_equal_statsmodels() -> None:
    theirs, ours = statsmodels_table(COUNTS), stratified_tests(effects(COUNTS, "OR"))
    for corrected, stat in ((True, ours.cmh), (False, ours.cmh_uncorrected)):
        assert stat == pytest.approx(theirs.test_null_odds(correction=corrected).statistic, rel=CLOSED_FORM)
    assert ours.breslow_day == pytest.approx(theirs.test_equal_odds().statistic, rel=CLOSED_FORM)
    assert ours.tarone == pytest.approx(theirs.test_equal_odds(adjust=True).statistic, rel=CLOSED_FORM)
    assert ours.df == 4
    assert ours.tarone_p == pytest.approx(float(chi2.sf(ours.tarone, 4)), rel=CLOSED_FORM)
    assert ours.cmh_p == pytest.approx(float(chi2.sf(ours.cmh, 1)), rel=CLOSED_FORM)


def test_tests_leave_out_tables_that_do_not_tell() -> None:
    # StratifiedTable gives NaN with such a table; the statistics are those without it.
    more = pd.concat([COUNTS, pd.DataFrame([[0, 9, 0, 9], [5, 5, 6, 6]], columns=COUNTS.columns)], ignore_index=True)
    ours, without = stratified_tests(effects(more, "OR")), stratified_tests(effects(COUNTS, "OR"))
    assert ours == without


def test_equal_odds_ratios_have_no_heterogeneity() -> None:
    same = pd.DataFrame({"events_t": [10, 30], "n_t": [40, 120], "events_c": [10, 30], "n_c": [40, 120]})
    ours = stratified_tests(effects(same, "OR"))  # pooled odds ratio exactly 1, where the textbook root is 0 / 0
    assert (ours.breslow_day, ours.tarone) == (pytest.approx(0, abs=1e-20), pytest.approx(0, abs=1e-20))
    assert ours.cmh_uncorrected == pytest.approx(0, abs=1e-20)


def test_association_of_rates_by_hand() -> None:
    x1, t1, x2, t2 = (RATES[k].to_numpy(float) for k in ("events_t", "time_t", "events_c", "time_c"))
    gap = abs((x1 - (x1 + x2) * t1 / (t1 + t2)).sum())
    variance = ((x1 + x2) * t1 * t2 / (t1 + t2) ** 2).sum()
    ours = stratified_tests(effects(RATES, "IRR"))
    assert ours.cmh == pytest.approx((gap - 0.5) ** 2 / variance, rel=CLOSED_FORM)
    assert ours.cmh_uncorrected == pytest.approx(gap**2 / variance, rel=CLOSED_FORM)
    assert math.isnan(ours.breslow_day)


def test_tests_that_are_not_defined() -> None:
    with pytest.raises(DataError, match="computed for OR and IRR, not for RD"):
        stratified_tests(effects(COUNTS, "RD"))
    with pytest.raises(DataError, match="no event, or nothing but events, in all studies"):
        stratified_tests(effects(COUNTS.assign(events_t=0, events_c=0), "OR"))


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


def test_greenland_and_robins_variance_of_a_risk_difference_by_hand() -> None:
    one = COUNTS.iloc[[3]]  # with one study it is the binomial variance of its own risk difference
    data = effects(one, "RD")
    ours = mantel_haenszel(data, rd_variance="greenland-robins")
    assert ours.se**2 == pytest.approx(float(data.vi[0]), rel=CLOSED_FORM)
    assert mantel_haenszel(data).se == pytest.approx(ours.se, rel=CLOSED_FORM)  # and so is Sato's
    both = [mantel_haenszel(effects(COUNTS, "RD"), rd_variance=v) for v in ("sato", "greenland-robins")]
    assert both[0].estimate == both[1].estimate
    assert both[0].se != pytest.approx(both[1].se, rel=1e-4)
    with pytest.raises(DataError, match="choose sato or greenland-robins"):
        mantel_haenszel(data, rd_variance="wald")


def test_revman_own_output() -> None:
    # Attributes of the DICH_OUTCOME element that RevMan 5 wrote: EFFECT_SIZE, Z, CHI2, I2, P_CHI2, CI_START, CI_END.
    ours = mantel_haenszel(effects(ASPIRIN, "OR"))
    assert math.exp(ours.estimate) == pytest.approx(0.8968655609130709, rel=FIFTEEN_DIGITS)
    assert abs(ours.stat) == pytest.approx(3.287633061337987, rel=FIFTEEN_DIGITS)
    assert ours.q == pytest.approx(9.946055983220074, rel=FIFTEEN_DIGITS)
    assert ours.i2 == pytest.approx(39.67458045558399, rel=FIFTEEN_DIGITS)
    assert ours.q_p == pytest.approx(0.1269422521561745, rel=REVMAN_CHI_SQUARED)
    assert (math.exp(ours.ci_low), math.exp(ours.ci_high)) == pytest.approx(
        (0.8405144008917793, 0.9569947088336491), rel=FIFTEEN_DIGITS
    )
    assert ours.weights[:2] == pytest.approx([3.176490004091248, 3.1016891143394365], rel=FIFTEEN_DIGITS)


@pytest.mark.parametrize(
    ("measure", "estimate", "se"),
    # RevMan 5 on five invented trials, two with a zero cell: the project's formulae, checked on printed Cochrane rows.
    [
        ("OR", -0.711694219083, 0.249312877823),
        ("RR", -0.641081552453, 0.225965495792),
        ("RD", -0.0660078016436, 0.02217146511),
    ],
)
def test_revman_with_zero_cells(measure: str, estimate: float, se: float) -> None:
    trials = pd.DataFrame(
        {
            "events_t": [0, 5, 11, 3, 7], "n_t": [34, 60, 145, 41, 88],
            "events_c": [6, 9, 19, 0, 16], "n_c": [33, 58, 150, 43, 84],
        }
    )  # fmt: skip
    rule = None if measure == "RD" else "0.5@only-zero"  # RevMan leaves the counts of a risk difference alone
    ours = mantel_haenszel(effects(trials, measure), zero_cells=rule, rd_variance="greenland-robins")
    assert ours.estimate == pytest.approx(estimate, rel=TWELVE_DIGITS)
    assert ours.se == pytest.approx(se, rel=TWELVE_DIGITS)


def test_q_takes_in_studies_without_an_event_where_revman_does():
    """A risk difference has a value, and a variance once it is corrected, where nobody has the event: Q is of k - 1 studies or of fewer."""
    table = pd.concat(
        [COUNTS, pd.DataFrame({"events_t": [0], "n_t": [52], "events_c": [0], "n_c": [49]})], ignore_index=True
    )
    effects = compute_effects(
        [convert(r) for r in rows_of_frame(table)],
        "RD",
        zero_cells=replace(zero_cells_from("0.5@only-zero"), double_zero="keep"),
    )
    usual, all_of_them = mantel_haenszel(effects), mantel_haenszel(effects, q_of_all=True)
    assert (usual.q_df, all_of_them.q_df) == (4, 5)
    assert usual.estimate == all_of_them.estimate
    for fit, k in ((usual, 5), (all_of_them, 6)):
        by_hand = sum((y - fit.estimate) ** 2 / v for y, v in zip(effects.yi[:k], effects.vi[:k], strict=True))
        assert fit.q == pytest.approx(by_hand, rel=CLOSED_FORM)
