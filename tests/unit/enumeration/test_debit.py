"""DEBIT finds exactly the pairs of mean and SD that zeros and ones have."""

import statistics

import pytest

from metaudit.enumeration.debit import debit
from metaudit.errors import DataError

SPREADS = {
    "sample": [statistics.stdev],
    "population": [statistics.pstdev],
    "either": [statistics.stdev, statistics.pstdev],
}


@pytest.mark.parametrize("denominator", SPREADS)
def test_against_every_number_of_ones(denominator):
    for n in range(2, 31):
        every = [(x / n, spread([1] * x + [0] * (n - x))) for x in range(n + 1) for spread in SPREADS[denominator]]
        for mean in range(0, 11):
            for sd in range(0, 8):
                texts = f"{mean / 10:.1f}", f"{sd / 10:.1f}"
                expected = any(
                    abs(m - mean / 10) <= 0.05 + 1e-12 and abs(s - sd / 10) <= 0.05 + 1e-12 for m, s in every
                )
                assert debit(*texts, n, denominator=denominator).possible == expected, (*texts, n)


def test_true_pairs_are_never_refused_and_each_finding_is_worded():
    for n in (2, 9, 40, 333, 20_000):
        for x in range(0, n + 1, max(1, n // 23)):
            p = x / n
            sd = (p * (1 - p) * n / (n - 1)) ** 0.5
            for decimals in (1, 2, 3):
                check = debit(f"{p:.{decimals}f}", f"{sd:.{decimals}f}", n)
                assert check.possible
                assert x in check.ones
    wrong = debit("0.20", "0.30", 40)
    assert not wrong.possible
    assert wrong.ones == ()
    assert "0.405" in wrong.sentence
    none = debit("0.21", "0.41", 40)
    assert "No number of ones among 40" in none.sentence
    assert debit("20%", "40.5%", 40).ones == (8,)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(DataError, match="denominator"):
        debit("0.2", "0.4", 40, denominator="n")
    with pytest.raises(DataError, match="at least one person"):
        debit("0.2", "0.4", 0)
