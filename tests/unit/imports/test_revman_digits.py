"""How many of RevMan's digits become a claim."""

from __future__ import annotations

import pytest
from scipy.special import chdtrc

from metaudit.imports.revman_shared_digits import chi_squared_p, claimed, claimed_p, claimed_q_p


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.8968655609130709", "0.8968655609"), ("-0.04727265230640342", "-0.0472726523"), ("123456.123456789", "123456.1235"), ("0.5", "0.500000"), ("0.0", "0.000000"),
        ("12", "12.000000"), ("1.5E-7", "0.00000015"), ("100.00000000000001", "100.0000000"), ("1234567890123.5", "1234567890124"), ("39.67458", "39.674580"),
        ("-0.00000000000001", "0.0000000000"),
    ],
)  # fmt: skip
def test_ten_digits_and_the_zeros_that_are_left_out(text, expected):
    assert claimed(text) == expected


def test_a_difference_of_large_numbers_has_fewer_digits():
    assert claimed("0.12345678901234", scale=5000.0) == "0.123457"


def test_a_number_on_the_edge_is_claimed_to_fewer_digits():
    """Half of the last place: the order of summation would decide it."""
    assert claimed("0.12345678905000001") == "0.123456789"


def test_small_p_values_are_printed_as_revman_prints_them():
    assert claimed_p("3.2e-12") == "<0.00001"
    assert claimed_p("0.0010103343130005407") == "0.0010103343"


def test_p_of_chi_squared_to_the_digits_its_series_has_right():
    """Two numbers that RevMan saved (tests/data/revman): 6e-8 and 7e-8 too large."""
    assert claimed_q_p("0.1269422521561745", "9.946055983220074", 6) == "0.126942"
    assert claimed_q_p("0.12694225", "9.94605598", 6) == "0.126942"
    assert claimed_q_p("0.22600895", "5.66012379", 4) == "0.226009"


@pytest.mark.parametrize("df", [1, 2, 5, 12, 40])
@pytest.mark.parametrize("ratio", [0.01, 0.5, 1.0, 1.7, 3.0])
def test_what_is_claimed_holds_for_the_exact_p_too(df, ratio):
    q = df * ratio
    text = claimed_q_p(repr(chi_squared_p(q, df)), repr(q), df)
    exact = float(chdtrc(df, q))
    if text.startswith("<"):
        assert exact < float(text[1:])
    else:
        assert round(exact, len(text.partition(".")[2])) == pytest.approx(float(text), abs=1e-12)


def test_another_p_of_chi_squared_is_claimed_as_it_stands():
    assert claimed_q_p("0.9", "0.1", 1) == "0.900000"


def test_an_edge_with_the_statistic_printed_to_six_decimals():
    """Q = 0.447217 stands for P = 0.503659 to 0.503660; only the digits that both have are claimed."""
    assert claimed_q_p("0.50366", "0.447217", 1) == "0.50366"
