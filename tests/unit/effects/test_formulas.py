"""Formulas against closed forms, high precision, or a second implementation."""

import math

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.meta_analysis import effectsize_2proportions, effectsize_smd

from metaudit import effect_sizes
from metaudit.effects import formulas, means
from metaudit.errors import DataError
from metaudit.measures import MEASURES, measure_of
from tolerances import CLOSED_FORM, EFFECT_SIZE

A, B, C, D = (np.array([x], dtype=float) for x in (4, 119, 11, 128))
MEANS = [np.array([x], dtype=float) for x in (2.68, 2.79, 30, 5.45, 2.63, 28)]


def test_risk_ratio_and_odds_ratio_equal_statsmodels() -> None:
    table = Table2x2([[4, 119], [11, 128]])
    yi, vi = formulas.odds_ratio(A, B, C, D)
    assert yi[0] == pytest.approx(table.log_oddsratio, rel=EFFECT_SIZE)
    assert math.sqrt(vi[0]) == pytest.approx(table.log_oddsratio_se, rel=EFFECT_SIZE)
    yi, vi = formulas.risk_ratio(A, B, C, D)
    assert yi[0] == pytest.approx(table.log_riskratio, rel=EFFECT_SIZE)
    assert math.sqrt(vi[0]) == pytest.approx(table.log_riskratio_se, rel=EFFECT_SIZE)


@pytest.mark.parametrize(
    ("ours", "name"),
    [
        ("risk_difference", "diff"),
        ("risk_ratio", "risk-ratio"),
        ("odds_ratio", "odds-ratio"),
        ("arcsine_difference", "arcsin"),
    ],
)
def test_count_measures_equal_statsmodels(ours: str, name: str) -> None:
    eff, var = effectsize_2proportions(np.array([4]), np.array([123]), np.array([11]), np.array([139]), statistic=name)
    yi, vi = getattr(formulas, ours)(A, B, C, D)
    assert yi[0] == pytest.approx(eff[0], rel=EFFECT_SIZE)
    assert vi[0] == pytest.approx(var[0], rel=EFFECT_SIZE)


def test_peto_is_observed_minus_expected_over_the_hypergeometric_variance() -> None:
    n1, n2, m, n = 123, 139, 15, 262
    v = n1 * n2 * m * (n - m) / (n**2 * (n - 1))
    yi, vi = formulas.peto(A, B, C, D)
    assert yi[0] == pytest.approx((4 - n1 * m / n) / v, rel=EFFECT_SIZE)
    assert vi[0] == pytest.approx(1 / v, rel=EFFECT_SIZE)


@pytest.mark.parametrize("m", [2, 3, 4, 10, 57, 58, 300, 10000])
def test_small_sample_factor_is_exact(m: int) -> None:
    mpmath.mp.dps = 40
    exact = mpmath.gamma(mpmath.mpf(m) / 2) / (mpmath.sqrt(mpmath.mpf(m) / 2) * mpmath.gamma(mpmath.mpf(m - 1) / 2))
    assert means.hedges_j(np.array([float(m)]))[0] == pytest.approx(
        float(exact), rel=1e-11
    )  # gammaln near 1e5 loses five digits
    if m >= 10:
        assert means.hedges_j(np.array([float(m)]))[0] == pytest.approx(1 - 3 / (4 * m - 1), rel=5e-4)


def test_small_sample_factor_needs_two_degrees_of_freedom() -> None:
    assert np.isnan(means.hedges_j(np.array([0.0, 1.0]))).all()


def test_standardised_mean_difference_and_its_variants() -> None:
    m1, s1, n1, m2, s2, n2 = MEANS
    pooled = math.sqrt((29 * 2.79**2 + 27 * 2.63**2) / 56)
    d, j = (2.68 - 5.45) / pooled, means.hedges_j(np.array([56.0]))[0]
    g, base = j * d, 1 / 30 + 1 / 28
    for variant, vi in {
        "LS": base + g**2 / 116,
        "LS2": j**2 * (base + d**2 / 116),
        "UB": base + (1 - 54 / (56 * j**2)) * g**2,
        "AV": base + g**2 / 116,
    }.items():
        yi, ours = means.standardised_mean_difference(*MEANS, variant=variant)
        assert (yi[0], ours[0]) == (pytest.approx(g, rel=EFFECT_SIZE), pytest.approx(vi, rel=EFFECT_SIZE))
    yi, ours = means.standardised_mean_difference(*MEANS, variant="revman")
    eff, var = effectsize_smd(m1, s1, n1, m2, s2, n2)  # statsmodels' are RevMan's: approximate J, N - 3.94
    assert (yi[0], ours[0]) == (pytest.approx(eff[0], rel=EFFECT_SIZE), pytest.approx(var[0], rel=EFFECT_SIZE))


def test_mean_difference_with_own_and_with_pooled_sd() -> None:
    assert means.mean_difference(*MEANS)[1][0] == pytest.approx(2.79**2 / 30 + 2.63**2 / 28, rel=EFFECT_SIZE)
    pooled = (29 * 2.79**2 + 27 * 2.63**2) / 56
    for name in ("HO", "pooled-sd"):
        assert means.mean_difference(*MEANS, variant=name)[1][0] == pytest.approx(
            pooled * (1 / 30 + 1 / 28), rel=EFFECT_SIZE
        )


def test_averages_of_the_av_variants() -> None:
    r, n = np.array([0.1, 0.5]), np.array([20.0, 60.0])
    assert formulas.correlation(r, n, "AV")[1] == pytest.approx((1 - 0.4**2) ** 2 / (n - 1), rel=EFFECT_SIZE)
    x = np.array([2.0, 6.0])
    assert formulas.proportion(x, n, "AV")[1] == pytest.approx(0.1 * 0.9 / n, rel=EFFECT_SIZE)
    assert formulas.proportion(x, n, "UB")[1] == pytest.approx(x / n * (1 - x / n) / (n - 1), rel=EFFECT_SIZE)


def test_variances_of_metafor_beside_the_default():
    """metafor 3.8-1: escalc("RD", ai=c(0,2,3), n1i=c(10,20,30), ci=c(1,4,5), n2i=c(12,18,29), vtype=) with 0.5 where 0;
    escalc("PLN" / "PLO", xi=c(0,2,3), ni=c(10,20,30), vtype="AV")."""
    a, n1, c, n2 = (np.array(x, dtype=float) for x in ([0.5, 2, 3], [11, 20, 30], [1.5, 4, 5], [13, 18, 29]))
    for variant, vi in (
        ("UB", [0.012844760134969924, 0.014903871880136071, 0.0081994224562595558]),
        ("AV", [0.018563441899406691, 0.012122553301083937, 0.0077129282543624712]),
    ):
        assert formulas.risk_difference(a, n1 - a, c, n2 - c, variant)[1] == pytest.approx(vi, rel=EFFECT_SIZE)
    for formula, vi in (
        (formulas.proportion_log, [0.91735537190082639, 0.50454545454545452, 0.33636363636363636]),
        (formulas.proportion_logit, [1.1081825627280173, 0.60950040950040951, 0.40633360633360632]),
    ):
        assert formula(a, n1, "AV")[1] == pytest.approx(vi, rel=EFFECT_SIZE)


def test_zero_cells_in_revman_and_in_meta():
    """R meta 8.4-0: metabin of 14/20 v 19/19 and 16/16 v 14/14, 12 digits; RR of settings meta4, RD of meta8.

    Two arms with events only: RevMan prints RR 1.00 (of 67 rows of Cochrane reviews that decide, 45 do), with the
    variance of the corrected counts.
    """
    table = pd.DataFrame({"events_t": [14, 16], "n_t": [20, 16], "events_c": [19, 14], "n_c": [19, 14]})
    rd = effect_sizes(table, "RD", variance="revman")
    assert (rd.yi[0], math.sqrt(rd.vi[0])) == pytest.approx((-0.3, 0.106751284337), rel=2e-12)
    rr = effect_sizes(table, "RR", variance="meta")
    assert (rr.yi[0], math.sqrt(rr.vi[0])) == pytest.approx((-0.346276236718, 0.142074028015), rel=2e-12)
    assert (rr.yi[1], math.sqrt(rr.vi[1])) == pytest.approx((0, 0.0660075267006), rel=2e-12)
    all_of_both = effect_sizes(table, "RR", variance="revman")
    assert (all_of_both.yi[1], math.sqrt(all_of_both.vi[1])) == pytest.approx((0, 0.0638856929915), rel=2e-12)
    assert all_of_both.yi[0] == effect_sizes(table, "RR").yi[0]


def test_variants_change_nothing_without_zero_cells():
    table = pd.DataFrame({"events_t": [4], "n_t": [20], "events_c": [7], "n_c": [19]})
    for measure, variant in (("RR", "revman"), ("RR", "meta"), ("RD", "revman")):
        plain, other = effect_sizes(table, measure), effect_sizes(table, measure, variance=variant)
        assert (other.yi[0], other.vi[0]) == (
            pytest.approx(plain.yi[0], rel=EFFECT_SIZE),
            pytest.approx(plain.vi[0], rel=EFFECT_SIZE),
        )


@pytest.mark.parametrize("n", [5, 6, 7, 12, 13, 21, 22, 23, 60, 1877, 50000])
@pytest.mark.parametrize("r", [0.0, 1e-6, -0.04, 0.15, 0.5, -0.9, 0.999, 1 - 1e-9])
def test_corrected_correlation_is_exact(n, r):
    """Against 40 digits; where the GNU Scientific Library, and scipy for large n, fail (r near 0)."""
    mpmath.mp.dps = 40
    rho, m = mpmath.mpf(r), mpmath.mpf(n)
    g = rho * mpmath.hyp2f1(0.5, 0.5, (m - 2) / 2, 1 - rho**2)
    squared = 1 - (m - 3) / (m - 2) * (1 - rho**2) * mpmath.hyp2f1(1, 1, m / 2, 1 - rho**2)
    yi, vi = formulas.corrected_correlation(np.array([r]), np.array([float(n)]), "UB")
    assert yi[0] == pytest.approx(float(g), rel=1e-12, abs=1e-15)
    assert vi[0] == pytest.approx(float(g**2 - squared), rel=1e-9, abs=1e-15)


def test_corrected_correlation_is_unbiased():
    rng = np.random.default_rng(11)
    x = rng.normal(size=(60_000, 8))
    y = 0.6 * x + 0.8 * rng.normal(size=(60_000, 8))
    x, y = x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    r = (x * y).sum(1) / np.sqrt((x**2).sum(1) * (y**2).sum(1))
    g, ub = formulas.corrected_correlation(r, np.full(60_000, 8.0), "UB")
    assert float(np.mean(r)) < 0.58
    assert float(np.mean(g)) == pytest.approx(0.6, abs=0.004)
    assert float(np.mean(ub)) == pytest.approx(float(np.var(g)), rel=0.03)


def test_correlations_of_too_few_people_have_no_variance():
    """metafor 3.8-1: escalc("COR", ri=c(.3,.3,.3), ni=c(3,4,5)) gives vi NA, 0.276..., 0.207..."""
    three = np.array([0.3, 0.3, 0.3]), np.array([3.0, 4.0, 5.0])
    vi = formulas.correlation(*three)[1]
    assert np.isnan(vi[0])
    assert vi[1:] == pytest.approx([0.27603333333333335, 0.20702500000000001], rel=EFFECT_SIZE)
    assert np.isnan(formulas.corrected_correlation(*three)[0]).tolist() == [True, True, False]


def test_unbiased_variance_of_the_raw_correlation_points_to_the_corrected_one():
    table = pd.DataFrame({"r": [0.3], "n": [20]})
    with pytest.raises(DataError, match=r"variance 'UB' is not defined for COR; choose LS or AV; .* UCOR"):
        effect_sizes(table, "COR", variance="UB")
    assert effect_sizes(table, "UCOR", variance="UB").vi[0] > 0


def test_one_size_for_all_studies():
    """metafor 3.8-1: transf.ipft and transf.ipft.hm of c(.3, .7, 1.2) with ni = c(10, 20, 5)."""
    t, n = np.array([0.3, 0.7, 1.2]), np.array([10.0, 20.0, 5.0])
    each = formulas.back_double_arcsine(t, n)
    assert each == pytest.approx([0.051987474772930586, 0.41087149143789881, 0.9287563797976508], rel=EFFECT_SIZE)
    typical = np.array(formulas.typical_size(n))
    assert formulas.back_double_arcsine(t, typical) == pytest.approx(
        [0.047144800024996103, 0.40563652809832584, 0.90675667785446246], rel=EFFECT_SIZE
    )
    assert formulas.typical_size(n, mean="arithmetic") == pytest.approx(35 / 3)
    assert formulas.typical_size(n, mean="geometric") == pytest.approx(10)
    with pytest.raises(ValueError, match="choose harmonic, arithmetic or geometric"):
        formulas.typical_size(n, mean="median")


@given(st.integers(1, 5000), st.data())
def test_back_double_arcsine_inverts_it(n: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, n))
    t, _ = formulas.proportion_double_arcsine(np.array([float(x)]), np.array([float(n)]))
    back = formulas.back_double_arcsine(t, np.array([float(n)]))[0]
    assert back == pytest.approx(x / n, abs=1e-7)  # near 0 and 1 the inverse is steep: half the digits


def test_back_double_arcsine_stays_between_0_and_1() -> None:
    t = np.linspace(0.001, np.pi / 2, 500)
    p = formulas.back_double_arcsine(t, np.array(9.3))
    assert p.min() == 0
    assert p.max() == 1
    assert np.all(np.diff(p) >= 0)


@given(st.sampled_from(sorted(MEASURES)), st.floats(0.01, 0.99))
def test_scales_invert_each_other(code: str, x: float) -> None:
    m = measure_of(code)
    assert m.to_natural(m.to_analysis(x)) == pytest.approx(x, rel=CLOSED_FORM)


def test_scales_at_their_ends() -> None:
    for code, end, image in (
        ("RR", 0, -math.inf),
        ("PLO", 0, -math.inf),
        ("PLO", 1, math.inf),
        ("PAS", 0, 0),
        ("PAS", 1, math.pi / 2),
    ):
        assert measure_of(code).to_analysis(end) == pytest.approx(image)
    assert measure_of("RR").to_natural(-math.inf) == 0
    assert measure_of("RR").to_natural(1e4) == math.inf
    assert (measure_of("PLO").to_natural(-800), measure_of("PLO").to_natural(800)) == (0, 1)
    assert math.isfinite(measure_of("ZCOR").to_analysis(1))
    assert measure_of("RR").null_analysis == 0
    assert measure_of("PR").null_analysis is None
    with pytest.raises(KeyError, match="measure 'HR' is not known; known: RR, OR"):
        measure_of("HR")
