"""Spending functions: their formulas, their limits, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from metaudit.errors import DataError
from metaudit.sequential.spending import FAMILIES, Spending

T = np.array([0.05, 0.2, 0.5, 0.8, 1.0])
EVERY = [Spending(), Spending("pocock"), Spending("rho", 3.0), Spending("rho", 0.5), Spending("hwang-shih-decani", -4.0),
         Spending("hwang-shih-decani", 2.0), Spending("hwang-shih-decani", 0.0)]  # fmt: skip


def test_formulas_as_printed():
    level = 0.025
    obf = 2 - 2 * norm.cdf(norm.ppf(1 - level / 2) / np.sqrt(T))
    assert Spending().spent(level, T) == pytest.approx(obf, rel=1e-9, abs=1e-16)
    assert Spending("pocock").spent(level, T) == pytest.approx(level * np.log(1 + (math.e - 1) * T), rel=1e-14)
    assert Spending("rho", 2.0).spent(level, T) == pytest.approx(level * T**2, rel=1e-14)
    hsd = level * (1 - np.exp(-1.5 * T)) / (1 - np.exp(-1.5))
    assert Spending("hwang-shih-decani", 1.5).spent(level, T) == pytest.approx(hsd, rel=1e-13)


def test_small_probabilities_keep_their_digits():
    found = Spending().spent(0.025, [0.01])[0]
    assert found == pytest.approx(2 * norm.sf(norm.isf(0.0125) / 0.1), rel=1e-12)
    assert 0 < found < 1e-100


@pytest.mark.parametrize("family", EVERY, ids=str)
def test_nothing_at_0_everything_at_1_and_after(family):
    found = family.spent(0.04, [0.0, 1.0, 1.7])
    assert found.tolist() == pytest.approx([0.0, 0.04, 0.04], abs=1e-300)


@given(st.sampled_from(EVERY), st.floats(1e-4, 0.5), st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_spending_grows(family, level, times):
    spent = family.spent(level, sorted(times))
    assert (np.diff(spent) >= -1e-15 * level).all()
    assert ((spent >= 0) & (spent <= level * (1 + 1e-12))).all()


def test_gamma_has_its_limits():
    near, at = Spending("hwang-shih-decani", 1e-9), Spending("hwang-shih-decani", 0.0)
    assert near.spent(0.05, T) == pytest.approx(at.spent(0.05, T), rel=1e-8)
    assert at.spent(0.05, T) == pytest.approx(0.05 * T)
    steep = Spending("hwang-shih-decani", -1000.0).spent(0.05, [0.5, 0.999, 1.0])
    assert steep.tolist() == pytest.approx([0.0, 0.05 * math.exp(-1), 0.05], abs=1e-12)
    below, above = (Spending("hwang-shih-decani", g).spent(0.05, T) for g in (-500.0, -500.0000001))
    assert below == pytest.approx(above, rel=1e-6)


@pytest.mark.parametrize(
    ("family", "parameter", "said"),
    [("obf", math.nan, "is not known"), ("pocock", 2.0, "has no parameter"), ("rho", math.nan, "needs a parameter"),
     ("rho", 0.0, "not above 0"), ("hwang-shih-decani", math.inf, "finite")],
)  # fmt: skip
def test_what_is_refused(family, parameter, said):
    with pytest.raises(DataError, match=said):
        Spending(family, parameter)


def test_names():
    assert [str(Spending(f)) for f in FAMILIES[:2]] == ["obrien-fleming", "pocock"]
    assert str(Spending("rho", 2.5)) == "rho(2.5)"
