"""Begg's test: exact P by counting permutations in whole numbers, tau by scipy, the variants that programs print."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import kendalltau

from metaudit.diagnostics.small_study.rank import begg
from metaudit.errors import DataError
from tolerances import CLOSED_FORM


def exact_p(score: int, k: int) -> Fraction:
    """Two-sided P of Kendall's score: permutations by their number of inversions (Mahonian numbers), as integers."""
    counts = [1]
    for n in range(2, k + 1):
        row = [0] * (len(counts) + n - 1)
        for i, c in enumerate(counts):
            for j in range(n):
                row[i + j] += c
        counts = row
    discordant = (k * (k - 1) // 2 - abs(score)) // 2
    return min(Fraction(1), 2 * Fraction(sum(counts[: discordant + 1]), sum(counts)))


def test_mahonian_counts_are_those_of_all_permutations():
    scores = [sum(np.sign(p[j] - p[i]) for i in range(6) for j in range(i + 1, 6)) for p in permutations(range(6))]
    for s in (1, 5, 9, 15):
        assert exact_p(s, 6) == Fraction(sum(abs(x) >= s for x in scores), len(scores))


def test_exact_p_and_tau_of_the_bcg_trials(bcg):
    ours = begg(bcg.yi, bcg.vi)
    # metafor 3.8-1: ranktest(rma(yi, vi, method="FE")) and with exact=FALSE
    assert (ours.tau_b, ours.p) == pytest.approx((0.02564102564102564, 0.9523619079608663), rel=CLOSED_FORM)
    assert ours.p_asymptotic == pytest.approx(0.9028849408697099, rel=CLOSED_FORM)
    assert ours.p_exact == pytest.approx(float(exact_p(int(ours.s), 13)), rel=CLOSED_FORM)
    assert ours.p_method == "exact"


def test_exact_p_keeps_its_digits_in_the_upper_tail():
    """R takes the P of a positive tau as 1 minus a sum, which left 7 digits for the data set with k = 102."""
    rng = np.random.default_rng(5)
    k = 102
    vi = np.sort(rng.uniform(0.01, 1, k))
    ours = begg(np.sqrt(vi) * 3 + rng.normal(size=k) * np.sqrt(vi), vi)
    assert ours.s > 0
    assert ours.p < 1e-6
    assert ours.p == pytest.approx(float(exact_p(int(ours.s), k)), rel=CLOSED_FORM)


def test_ties_take_the_normal_distribution_with_the_corrected_variance():
    yi, vi = np.array([0.3, 0.1, 0.5, 0.7, 0.2, 0.4]), np.array([0.1, 0.1, 0.2, 0.3, 0.3, 0.5])
    ours = begg(yi, vi)
    w = 1 / vi
    z = (yi - w @ yi / w.sum()) / np.sqrt(vi - 1 / w.sum())
    again = kendalltau(z, vi, method="asymptotic")
    assert ours.ties
    assert (ours.tau_b, ours.p) == pytest.approx((again.statistic, again.pvalue), rel=CLOSED_FORM)
    assert np.isnan(ours.p_exact)
    with pytest.raises(DataError, match="ties"):
        begg(yi, vi, p="exact")


def test_continuity_correction_moves_the_score_by_one(bcg):
    plain, corrected = begg(bcg.yi, bcg.vi), begg(bcg.yi, bcg.vi, p="continuity-corrected")
    assert plain.s == 2
    assert corrected.p == plain.p_corrected
    assert corrected.z_corrected == pytest.approx((plain.s - 1) / plain.s_se, rel=CLOSED_FORM)
    assert plain.tau_a_corrected == pytest.approx(1 / 78, rel=CLOSED_FORM)
    mirrored = begg(-bcg.yi, bcg.vi)
    assert (mirrored.s, mirrored.z_corrected) == (-plain.s, -plain.z_corrected)


@pytest.mark.parametrize(
    ("yi", "vi", "message"),
    [
        ([1, 2], [1, 2], "at least 3"),
        ([1, 2, 3], [1, 1, 1], "variances are equal"),
        ([1, 1, 1], [1, 2, 3], "effects are equal"),
        ([1, 2, 3], [1e-30, 1, 2], "all the weight"),
    ],
)
def test_what_cannot_be_ranked_is_refused(yi, vi, message):
    with pytest.raises(DataError, match=message):
        begg(yi, vi)
