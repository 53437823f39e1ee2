"""Tests and intervals of one two-by-two table."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from making import DIFFERS, audited, claim
from metaudit.audit.two_by_two import Table, p_values, risk_difference_intervals


@st.composite
def tables(draw):
    n1, n2 = draw(st.integers(2, 60)), draw(st.integers(2, 60))
    return Table(draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2)


@given(tables())
def test_p_values_against_scipy(t):
    found = p_values(t)
    cells = np.array([[t.a, t.n1 - t.a], [t.c, t.n2 - t.c]])
    if cells.sum(axis=0).min() == 0:
        assert "Fisher's exact test" not in found
        return
    assert found["Fisher's exact test"] == pytest.approx(stats.fisher_exact(cells)[1], rel=1e-8)
    assert found["chi-square without correction"] == pytest.approx(
        stats.chi2_contingency(cells, correction=False)[1], rel=1e-8, abs=1e-300
    )
    expected = stats.contingency.expected_freq(cells)
    if abs(cells[0, 0] - expected[0, 0]) >= 0.5:  # below, programs differ on whether the correction may overshoot
        assert found["chi-square with Yates's correction"] == pytest.approx(
            stats.chi2_contingency(cells, correction=True)[1], rel=1e-8, abs=1e-300
        )


def test_fisher_is_left_out_of_trials_of_whole_nations_alone():
    most = Table(400_000, 1_000_000, 400_100, 1_000_000)
    assert "Fisher's exact test" in p_values(most)
    assert set(p_values(most)) - set(p_values(Table(10**9, 2 * 10**9, 10**9 + 9, 2 * 10**9))) == {"Fisher's exact test"}


def test_z_tests_by_hand():
    found = p_values(Table(8, 12, 3, 12))
    assert found["z test of the log risk ratio"] == pytest.approx(
        2 * stats.norm.sf(math.log(8 / 3) / math.sqrt(1 / 8 - 1 / 12 + 1 / 3 - 1 / 12))
    )
    assert found["z test of the log odds ratio"] == pytest.approx(
        2 * stats.norm.sf(math.log(8 * 9 / (4 * 3)) / math.sqrt(1 / 8 + 1 / 4 + 1 / 3 + 1 / 9))
    )
    se = math.sqrt(8 / 12 * 4 / 12 / 12 + 3 / 12 * 9 / 12 / 12)
    assert found["z test of the risk difference"] == pytest.approx(2 * stats.norm.sf(5 / 12 / se))


def test_risk_difference_intervals_by_hand():
    found = risk_difference_intervals(Table(29, 93, 25, 92), level=0.95)
    d = 29 / 93 - 25 / 92
    half = stats.norm.ppf(0.975) * math.sqrt(29 / 93 * 64 / 93 / 93 + 25 / 92 * 67 / 92 / 92)
    assert found["Wald"] == pytest.approx((d - half, d + half))
    extra = (1 / 93 + 1 / 92) / 2
    assert found["Wald with continuity correction"] == pytest.approx((d - half - extra, d + half + extra))


TRIAL = [{"study": "Trial", "events_t": 8, "n_t": 12, "events_c": 3, "n_c": 12}]


def test_the_one_test_that_gives_the_printed_p_is_named(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("p", "p", "<0.05")], rows=TRIAL, measure="RR", kind="trial")["p"]
    assert (found.verdict, found.criterion) == ("UNDERSPECIFIED", "test left open")
    assert "only the chi-square without correction (.0405) gives P <0.05" in found.message
    assert "Fisher's exact test (.0995)" in found.message


def test_a_p_value_that_no_test_gives(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("p", "p", "<0.01")], rows=TRIAL, measure="RR", kind="trial")["p"]
    assert found.verdict in DIFFERS
    assert found.impact == "significance"


def test_several_tests_read_as_a_sentence(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("p", "p", "0.1")], rows=TRIAL, measure="RR", kind="trial")["p"]
    assert found.verdict in ("EXACT", "UNDERSPECIFIED")
