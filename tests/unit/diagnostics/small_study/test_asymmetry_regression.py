"""Regression tests of asymmetry: by statsmodels, by metafor, by R's lm, and where they are not defined."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import WLS

from metaudit.diagnostics.small_study.counts_tests import (
    deeks,
    harbord,
    macaskill,
    peters,
    pustejovsky_rodgers,
    tables_of,
)
from metaudit.diagnostics.small_study.regression import PREDICTORS, egger, regression_test, thompson_sharp
from metaudit.errors import DataError
from tolerances import CLOSED_FORM, ITERATIVE

# normand1999 (metadat 1.2-0): escalc(measure="SMD", ...) of metafor 3.8-1
SMD = [-0.355169640940107, -0.347940022739099, -2.31756916016373, -1.88798225293685, -0.383964141169701,
       0.172148669069591, 0.272052073852932, -0.424596271894261, 0.289556230080755]  # fmt: skip
SMD_VI = [0.0130646755415297, 0.0644688760988567, 0.0458121102801828, 0.160617735936173, 0.205433278392224,
          0.0369105700003619, 0.0602671258364327, 0.0148630384193327, 0.0362717341580545]  # fmt: skip
SMD_N = ([155, 31, 75, 18, 8, 57, 34, 110, 60], [156, 32, 71, 18, 13, 52, 33, 183, 52])


def close(test, intercept, slope, intercept_se, slope_se, stat, p):
    ours = (test.intercept, test.slope, test.intercept_se, test.slope_se, test.stat, test.p)
    assert ours == pytest.approx((intercept, slope, intercept_se, slope_se, stat, p), rel=CLOSED_FORM)


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_weighted_regression_is_that_of_statsmodels(bcg, predictor):
    ni = bcg.n_t + bcg.n_c
    x = PREDICTORS[predictor][2](bcg.vi, ni)
    ours = regression_test(bcg.yi, bcg.vi, predictor=predictor, ni=ni)
    basis = np.column_stack([np.ones(13), x / x.mean()])
    fit = WLS(bcg.yi, basis, weights=1 / bcg.vi).fit()
    close(
        ours, fit.params[0], fit.params[1] / x.mean(), fit.bse[0], fit.bse[1] / x.mean(), fit.tvalues[1], fit.pvalues[1]
    )
    assert ours.df == fit.df_resid
    if PREDICTORS[predictor][1]:
        assert (ours.limit_low, ours.limit_high) == pytest.approx(tuple(fit.conf_int()[0]), rel=CLOSED_FORM)
    else:
        assert np.isnan(ours.limit)


def test_egger_is_the_intercept_of_the_standard_normal_deviate_on_precision(bcg):
    sei = np.sqrt(bcg.vi)
    x, y = 1 / sei, bcg.yi / sei
    fit = WLS(y, np.column_stack([np.ones(13), x]), weights=np.ones(13)).fit()
    ours = egger(bcg.yi, bcg.vi)
    assert (ours.slope, ours.slope_se, ours.p) == pytest.approx(
        (fit.params[0], fit.bse[0], fit.pvalues[0]), rel=CLOSED_FORM
    )
    assert ours.to_row()["test"] == "egger"


def test_mixed_effects_regression_solves_the_normal_equations_at_its_tau2(bcg):
    ni = bcg.n_t + bcg.n_c
    ours = regression_test(bcg.yi, bcg.vi, model="rma", predictor="n", ni=ni)
    # metafor 3.8-1: regtest(rma(yi, vi, ni=ni, control=list(threshold=1e-13)), predictor="ni"), escalc(measure="OR")
    assert ours.tau2 == pytest.approx(0.23055548851104035, rel=ITERATIVE)
    assert ours.stat == pytest.approx(2.1160397751020597, rel=ITERATIVE)
    basis = np.column_stack([np.ones(13), ni / 1e5])
    w = 1 / (bcg.vi + ours.tau2)
    cov = np.linalg.inv(basis.T @ (basis * w[:, None]))
    beta = cov @ basis.T @ (w * bcg.yi)
    assert (ours.slope * 1e5, ours.slope_se * 1e5) == pytest.approx((beta[1], np.sqrt(cov[1, 1])), rel=CLOSED_FORM)
    assert ours.df is None


def test_thompson_sharp_is_metafors_mixed_effects_test_by_moments(bcg):
    # metafor 3.8-1: regtest(yi, vi, model="rma", method="DL", predictor="sei")
    ours = thompson_sharp(bcg.yi, bcg.vi, reference="z")
    assert (ours.tau2, ours.stat, ours.p) == pytest.approx(
        (0.337472134904735, -0.771850048517161, 0.440203245230839), rel=CLOSED_FORM
    )
    again = regression_test(bcg.yi, bcg.vi, model="rma", method="DL")
    assert (ours.stat, ours.tau2, ours.limit_low) == (again.stat, again.tau2, again.limit_low)
    by_t = thompson_sharp(bcg.yi, bcg.vi)
    assert by_t.stat == ours.stat
    assert by_t.p > ours.p
    assert by_t.df == 11


def test_tests_from_the_counts_are_those_of_weighted_lm(bcg):
    # R 4.2.2: lm(yi ~ I(1/n), weights = d*h/n) and so on, with the formulas of the papers
    close(peters(bcg.yi, **bcg.counts), -0.429308425801974, -563.688203913343, 0.171622830280521, 413.723340020776,
          -1.36247619939701, 0.200291792284135)  # fmt: skip
    table = tables_of(bcg.events_t, bcg.n_t, events_c=bcg.events_c, n_c=bcg.n_c, what="test")
    close(macaskill(bcg.yi, counts=table), -1.04892288901923, 6.12987027417366e-06, 0.151608644080549,
          1.29828980142248e-06, 4.72149613087729, 0.000627925091964373)  # fmt: skip
    close(deeks(bcg.yi, n_t=bcg.n_t, n_c=bcg.n_c), -0.00904252370527534, -50.2971699400331, 0.170340359725436,
          27.9147632171243, -1.8018125229584, 0.0990159313702872)  # fmt: skip


def test_macaskill_with_sample_sizes_is_the_regression_on_n(bcg):
    ni = bcg.n_t + bcg.n_c
    ours, again = macaskill(bcg.yi, bcg.vi, ni=ni), regression_test(bcg.yi, bcg.vi, predictor="n", ni=ni)
    assert (ours.stat, ours.p, ours.test) == (again.stat, again.p, "macaskill")


@pytest.mark.parametrize("measure", ["OR", "RR"])
def test_harbords_score_and_information_are_derivatives_of_a_likelihood(bcg, measure):
    """Z and V by hand from the definition: score and its variance at no effect, one table at a time."""
    ours = harbord(**bcg.counts, measure=measure)
    z, v = [], []
    for a, n1, c, n2 in zip(*bcg.counts.values(), strict=True):
        d, n = a + c, n1 + n2
        p = d / n
        if measure == "OR":  # noncentral hypergeometric: mean and variance of a
            z.append(a - n1 * p)
            v.append(n1 * n2 * p * (1 - p) / (n - 1))
        else:  # binomial with log link, the baseline risk profiled out
            z.append((a - n1 * p) / (1 - p))
            v.append((n1 * n2 / n) * p / (1 - p))
    z, v = np.array(z), np.array(v)
    fit = WLS(z / v, np.column_stack([np.ones(13), 1 / np.sqrt(v)]), weights=v).fit()
    close(ours, *fit.params, *fit.bse, fit.tvalues[1], fit.pvalues[1])


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("variance", (-0.433864346939549, 0.142307411839011, 0.687508239179503, 3.89762960346984, 0.0365112712896892,
                      0.97189408177928)),
        ("sample-size", (-0.452602969624166, -0.41882178267693, 0.803123913640808, 4.51482453713991,
                         -0.0927659046839168, 0.928688705149227)),
    ],
)  # fmt: skip
def test_pustejovsky_rodgers_is_weighted_lm(weights, expected):
    # R 4.2.2: x <- sqrt(1/n1i + 1/n2i); lm(yi ~ x, weights = 1/vi) and weights = 1/x^2
    close(pustejovsky_rodgers(SMD, SMD_VI, n_t=SMD_N[0], n_c=SMD_N[1], weights=weights), *expected)


def test_studies_without_events_carry_no_weight(bcg):
    more = {name: np.append(values, 50 if name.startswith("n") else 0) for name, values in bcg.counts.items()}
    with_empty = peters(np.append(bcg.yi, 0.0), **more)
    assert with_empty.k == 13
    assert with_empty.stat == peters(bcg.yi, **bcg.counts).stat
    assert harbord(**more).stat == harbord(**bcg.counts).stat


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: egger([0.1, 0.2], [1, 1]), "at least 3 studies"),
        (lambda: egger([0.1, 0.2, 0.3], [1, 1, 1]), "the same for all 3 studies"),
        (lambda: egger([0.1, 0.1, 0.1], [1, 2, 3]), "without any scatter"),
        (lambda: egger(np.sqrt([1.0, 2.0, 3.0, 5.0]), [1, 2, 3, 5]), "without any scatter"),
        (lambda: egger([0.1, np.nan, 0.3], [1, 2, 3]), "missing"),
        (lambda: egger([0.1, 0.2, 0.3], [1, 0, 3]), "not positive"),
        (lambda: egger([0.1, 0.2, 0.3], [1, 2]), "one of each"),
        (lambda: regression_test([0.1, 0.2, 0.3], [1, 2, 3], predictor="n"), "sample size of every study"),
        (lambda: regression_test([0.1, 0.2, 0.3], [1, 2, 3], predictor="m"), "is not known"),
        (lambda: regression_test([0.1, 0.2, 0.3], [1, 2, 3], model="glm"), "is not known"),
        (lambda: deeks([0.1, 0.2, 0.3], n_t=[5, 5, 0], n_c=[5, 5, 5]), "not positive"),
        (lambda: harbord(events_t=[9], n_t=[5], events_c=[1], n_c=[5]), "larger than their group"),
        (lambda: harbord(events_t=[1], n_t=[5], events_c=[1], n_c=[5], measure="RD"), "not for RD"),
    ],
)
def test_what_cannot_be_tested_is_refused_in_words(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_a_perfect_line_is_no_obstacle_to_an_additive_model():
    vi = np.array([1.0, 2.0, 3.0, 5.0])
    ours = regression_test(np.sqrt(vi), vi, model="rma")
    assert ours.tau2 == 0
    assert ours.slope == pytest.approx(1.0, rel=CLOSED_FORM)
