"""Formulas against closed forms, high precision, or a second implementation."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.meta_analysis import effectsize_2proportions, effectsize_smd

from metaudit.effects import formulas
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
    assert formulas.hedges_j(np.array([float(m)]))[0] == pytest.approx(
        float(exact), rel=1e-11
    )  # gammaln near 1e5 loses five digits
    if m >= 10:
        assert formulas.hedges_j(np.array([float(m)]))[0] == pytest.approx(1 - 3 / (4 * m - 1), rel=5e-4)


def test_small_sample_factor_needs_two_degrees_of_freedom() -> None:
    assert np.isnan(formulas.hedges_j(np.array([0.0, 1.0]))).all()


def test_standardised_mean_difference_and_its_variants() -> None:
    m1, s1, n1, m2, s2, n2 = MEANS
    pooled = math.sqrt((29 * 2.79**2 + 27 * 2.63**2) / 56)
    d, j = (2.68 - 5.45) / pooled, formulas.hedges_j(np.array([56.0]))[0]
    g, base = j * d, 1 / 30 + 1 / 28
    for variant, vi in {
        "LS": base + g**2 / 116,
        "LS2": j**2 * (base + d**2 / 116),
        "UB": base + (1 - 54 / (56 * j**2)) * g**2,
        "AV": base + g**2 / 116,
    }.items():
        yi, ours = formulas.standardised_mean_difference(*MEANS, variant=variant)
        assert (yi[0], ours[0]) == (pytest.approx(g, rel=EFFECT_SIZE), pytest.approx(vi, rel=EFFECT_SIZE))
    yi, ours = formulas.standardised_mean_difference(*MEANS, variant="revman")
    eff, var = effectsize_smd(m1, s1, n1, m2, s2, n2)  # statsmodels' are RevMan's: approximate J, N - 3.94
    assert (yi[0], ours[0]) == (pytest.approx(eff[0], rel=EFFECT_SIZE), pytest.approx(var[0], rel=EFFECT_SIZE))


def test_mean_difference_with_own_and_with_pooled_sd() -> None:
    assert formulas.mean_difference(*MEANS)[1][0] == pytest.approx(2.79**2 / 30 + 2.63**2 / 28, rel=EFFECT_SIZE)
    pooled = (29 * 2.79**2 + 27 * 2.63**2) / 56
    for name in ("HO", "pooled-sd"):
        assert formulas.mean_difference(*MEANS, variant=name)[1][0] == pytest.approx(
            pooled * (1 / 30 + 1 / 28), rel=EFFECT_SIZE
        )


def test_averages_of_the_av_variants() -> None:
    r, n = np.array([0.1, 0.5]), np.array([20.0, 60.0])
    assert formulas.correlation(r, n, "AV")[1] == pytest.approx((1 - 0.4**2) ** 2 / (n - 1), rel=EFFECT_SIZE)
    x = np.array([2.0, 6.0])
    assert formulas.proportion(x, n, "AV")[1] == pytest.approx(0.1 * 0.9 / n, rel=EFFECT_SIZE)
    assert formulas.proportion(x, n, "UB")[1] == pytest.approx(x / n * (1 - x / n) / (n - 1), rel=EFFECT_SIZE)


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
