"""Measures of means and of changes against metafor's runs, and variants against the programs they are named for."""

import math

import numpy as np
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_ind_from_stats

from metaudit.effects import means
from tolerances import EFFECT_SIZE

A = [
    np.array(x, dtype=float)
    for x in ([2.68, 7.1, 10], [2.79, 1.3, 4], [30, 8, 5], [5.45, 6.2, 12], [2.63, 1.9, 3], [28, 9, 12])
]
R, PAIRS = np.array([0.5, 0.2, -0.3]), np.array([20.0, 9.0, 6.0])

# metafor 3.8-1 under R 4.2.2: escalc(MEASURE, m1i=c(2.68,7.1,10), sd1i=c(2.79,1.3,4), n1i=c(30,8,5), m2i=c(5.45,6.2,12),
# sd2i=c(2.63,1.9,3), n2i=c(28,9,12), vtype=VTYPE), 17 digits
GLASS = [-1.0236557534960131, 0.42759631595198339, -0.61997320665051903]
RATIO = [-0.70979881415238733, 0.13554549199622376, -0.18232155679395459]
METAFOR = [
    (means.glass_delta, "LS", GLASS, [0.087759603005931386, 0.24626881163420603, 0.29934861570685528]),
    (means.glass_delta, "LS2", GLASS, [0.083936149239518767, 0.20255834283863053, 0.26104910268840803]),
    (means.glass_delta, "UB", GLASS, [0.089791389533385002, 0.25066717205036537, 0.30406374666149688]),
    (means.glass_delta, "AV", GLASS, [0.077326538578604706, 0.26186774965195536, 0.3026508122389665]),
    (means.glass_delta, "H", GLASS, [0.091938739131459682, 0.17978681717437225, 0.45490417126241078]),  # SMD1H
    (means.ratio_of_means, "LS", RATIO, [0.044442688022981548, 0.014625369117415708, 0.037208333333333336]),
    (means.ratio_of_means, "HO", RATIO, [0.043042211054939584, 0.014574653066269471, 0.028021913580246909]),
    (means.ratio_of_means, "AV", RATIO, [0.027225690446990962, 0.098567448754384474, 0.14310138026099903]),
    (means.ratio_of_means, "AVHO", RATIO, [0.023758307157655704, 0.081242487119569787, 0.097490984543483747]),
    (
        means.standardised_mean_difference,
        "AV",
        [-1.0068799830248691, 0.51845046976318676, -0.57577328119053317],
        [0.072638095228505881, 0.24836097102237206, 0.29558319324459426],
    ),
]


@pytest.mark.parametrize(("formula", "variant", "yi", "vi"), METAFOR)
def test_two_groups_equal_metafor(formula, variant, yi, vi):
    ours = formula(*A, variant)
    assert ours[0] == pytest.approx(yi, rel=EFFECT_SIZE)
    assert ours[1] == pytest.approx(vi, rel=EFFECT_SIZE)


def test_changes_equal_metafor():
    """metafor 3.8-1: escalc(MEASURE, m1i, sd1i, m2i, sd2i, ri=c(.5,.2,-.3), ni=c(20,9,6)); SMCR with sd1i = our sd_c."""
    m1, s1, _, m2, s2, _ = A
    sd = np.sqrt(s1**2 + s2**2 - 2 * R * s1 * s2)
    yi, vi = means.mean_change(m1, m2, sd, PAIRS)
    assert yi == pytest.approx([-2.77, 0.9, -2], rel=EFFECT_SIZE)
    assert vi == pytest.approx([0.36816500000000002, 0.47911111111111104, 5.3666666666666671], rel=EFFECT_SIZE)
    smcc = [-0.97988294144094124, 0.3912444407634077, -0.29632497417147807]
    for variant, expected in (
        ("LS", [0.074004264473173778, 0.11961512291268175, 0.17398404085981059]),
        ("LS2", [0.07007565875573199, 0.099045490538293285, 0.12512709870276117]),
    ):
        yi, vi = means.standardised_change(m1, m2, sd, PAIRS, variant)
        assert (yi, vi) == (pytest.approx(smcc, rel=EFFECT_SIZE), pytest.approx(expected, rel=EFFECT_SIZE))
    smcr = [-1.0110082424335289, 0.42759631595198339, -0.56049912163979276]
    for variant, expected in (
        ("LS", [0.075553441656713335, 0.1879354783008727, 0.45951327211324827]),
        ("LS2", [0.071624835939271547, 0.15502406650185116, 0.3324852225049198]),
    ):
        yi, vi = means.raw_standardised_change(m1, m2, s2, R, PAIRS, variant)
        assert (yi, vi) == (pytest.approx(smcr, rel=EFFECT_SIZE), pytest.approx(expected, rel=EFFECT_SIZE))


def test_standardised_difference_from_t_equals_metafor():
    """metafor 3.8-1: escalc("SMD", ti=c(2.1,-1.3,.4), n1i=c(30,8,5), n2i=c(28,9,12)) and the same with di=c(.7,-.4,.2)."""
    n1, n2 = A[2], A[5]
    d = np.array([2.1, -1.3, 0.4]) * np.sqrt(1 / n1 + 1 / n2)
    yi, vi = means.g_of_d(d, n1, n2)
    assert yi == pytest.approx([0.54438609365978974, -0.59947523875116626, 0.2020591451875747], rel=EFFECT_SIZE)
    assert vi == pytest.approx([0.071602414038741166, 0.24668083351922193, 0.28453415386727254], rel=EFFECT_SIZE)
    yi, vi = means.g_of_d(np.array([0.7, -0.4, 0.2]), n1, n2)
    assert yi == pytest.approx([0.6905758937361347, -0.3796030348570808, 0.1898015174285404], rel=EFFECT_SIZE)
    assert vi == pytest.approx([0.073158783401148897, 0.24034930123089657, 0.28439288086327968], rel=EFFECT_SIZE)


def test_variants_of_programs():
    """R meta 8.4-0: metacont(8, 14.2, 3.1, 7, 10.9, 3.6, sm="SMD"), exact.smd TRUE and FALSE; 12 digits printed."""
    study = [np.array([x]) for x in (14.2, 3.1, 8.0, 10.9, 3.6, 7.0)]
    for variant, yi, se in (("UB", 0.929690138317, 0.553365932127), ("revman", 0.929881813285, 0.554028489529)):
        ours = means.standardised_mean_difference(*study, variant)
        assert ours[0][0] == pytest.approx(yi, rel=2e-12)
        assert math.sqrt(ours[1][0]) == pytest.approx(se, rel=2e-12)


def test_variants_in_closed_form():
    d, n1, n2 = np.array([0.8]), np.array([12.0]), np.array([9.0])
    base, j = 1 / 12 + 1 / 9, 1 - 3 / (4 * 19 - 1)
    for variant, yi, vi in (
        ("d", 0.8, base + 0.64 / 42),
        ("d-metan", 0.8, base + 0.64 / 38),
        ("LS-approx", 0.8 * j, base + (0.8 * j) ** 2 / 42),
        ("LS2-approx", 0.8 * j, j**2 * (base + 0.64 / 42)),
        ("revman", 0.8 * j, base + (0.8 * j) ** 2 / (2 * (21 - 3.94))),
    ):
        ours = means.g_of_d(d, n1, n2, variant)
        assert (ours[0][0], ours[1][0]) == (pytest.approx(yi, rel=EFFECT_SIZE), pytest.approx(vi, rel=EFFECT_SIZE))


def test_unbiased_variance_is_unbiased():
    """The mean of UB over many samples is the variance of g; LS is too small by more than the error of the simulation."""
    rng = np.random.default_rng(1)
    n, delta, samples = 6, 1.0, 200_000
    t = rng.normal(delta / math.sqrt(2 / n), 1, samples) / np.sqrt(rng.chisquare(2 * n - 2, samples) / (2 * n - 2))
    sizes = np.full(samples, float(n))
    g, ub = means.g_of_d(t * math.sqrt(2 / n), sizes, sizes, "UB")
    assert float(np.mean(g)) == pytest.approx(delta, abs=0.006)
    assert float(np.mean(ub)) == pytest.approx(float(np.var(g)), rel=0.01)


def test_average_leaves_studies_without_a_value_out():
    numbers = [np.append(x, np.nan) for x in A]
    whole, with_gap = means.glass_delta(*A, "AV")[1], means.glass_delta(*numbers, "AV")[1]
    assert with_gap[:3] == pytest.approx(whole, rel=EFFECT_SIZE)
    assert math.isnan(with_gap[3])


def test_unequal_variances_before_and_after_metafor_4_6():
    """Without J² the variance is Bonett's with the corrected value in it; with equal SDs and sizes it is a known form."""
    n1, n2 = A[2], A[5]
    old, new = (means.standardised_mean_difference_h(*A, v) for v in ("LS", "metafor4.6"))
    assert (old[0] == new[0]).all()
    assert old[1] / new[1] == pytest.approx(means.hedges_j(n1 + n2 - 2) ** 2, rel=EFFECT_SIZE)
    one = np.array([1.0])
    g, v = means.standardised_mean_difference_h(2 * one, one, 10 * one, one, one, 10 * one, "metafor4.6")
    assert v[0] == pytest.approx(g[0] ** 2 / 36 + 2 / 9, rel=EFFECT_SIZE)


def test_corrected_ratio_of_means():
    """Lajeunesse 2015: half the difference of the squared coefficients of variation of the two means."""
    m1, s1, n1, m2, s2, n2 = A
    plain, corrected = means.ratio_of_means(*A), means.ratio_of_means(*A, "bias-corrected")
    shift = ((s1 / m1) ** 2 / n1 - (s2 / m2) ** 2 / n2) / 2
    assert corrected[0] - plain[0] == pytest.approx(shift, rel=1e-10)
    assert (corrected[1] == plain[1]).all()


def test_corrected_ratio_is_closer_to_the_truth():
    rng = np.random.default_rng(7)
    shape = (40_000, 5)
    x, y = rng.normal(10, 3.5, shape), rng.normal(20, 2, shape)
    numbers = (x.mean(1), x.std(1, ddof=1), np.full(40_000, 5.0), y.mean(1), y.std(1, ddof=1), np.full(40_000, 5.0))
    biases = [
        abs(float(np.mean(means.ratio_of_means(*numbers, v)[0])) - math.log(0.5)) for v in ("LS", "bias-corrected")
    ]
    assert biases[1] < 0.3 * biases[0]


def test_crossover_is_the_change_scaled_to_one_occasion():
    """With equal SDs the crossover's difference is the standardised change times √(2(1 - r)) (Borenstein 2009, ch. 4)."""
    m1, m2, s, r, n = (np.array([x]) for x in (5.0, 4.0, 2.0, 0.6, 25.0))
    change = np.sqrt(2 * (1 - r)) * s
    paired, own = means.crossover_smd(m1, s, m2, s, r, n, "LS2"), means.standardised_change(m1, m2, change, n, "LS2")
    assert paired[0] == pytest.approx(own[0] * np.sqrt(2 * (1 - r)), rel=EFFECT_SIZE)
    j, d = means.hedges_j(n - 1)[0], 0.5
    assert paired[1][0] == pytest.approx(j**2 * 0.8 * (1 / 25 + d**2 / 50), rel=EFFECT_SIZE)


def test_degenerate_numbers_are_not_defined_rather_than_wrong():
    zero, one = np.array([0.0]), np.array([1.0])
    assert np.isnan(means.standardised_mean_difference(one, zero, one * 5, one, zero, one * 5)[0]).all()
    assert np.isnan(means.hedges_j(np.array([0.0, 1.0]))).all()
    assert np.isnan(means.approximate_j(np.array([0.0, 1.0]))).all()
    assert np.isnan(means.g_of_d(one, one, one)[0]).all()
    assert np.isnan(means.glass_delta(one, one, one, one, one, one)[0]).all()
    assert np.isnan(means.ratio_of_means(-one, one, one * 5, one, one, one * 5)[0]).all()


def test_t_distribution_of_a_mean_difference():
    """The SE behind MD with one SD is the one of the t test."""
    yi, vi = means.mean_difference(*A, "HO")
    t = (yi / np.sqrt(vi))[0]
    peer = ttest_ind_from_stats(2.68, 2.79, 30, 5.45, 2.63, 28)
    assert t == pytest.approx(peer.statistic, rel=EFFECT_SIZE)
    assert 2 * student.sf(abs(t), 56) == pytest.approx(peer.pvalue, rel=1e-10)
