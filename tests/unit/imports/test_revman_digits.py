"""How many of RevMan's digits become a claim."""

from __future__ import annotations

import pytest
from scipy.special import chdtrc, ndtr

from metaudit.imports.revman_shared_digits import SPELLINGS, chi_squared_p, claimed, claimed_p, claimed_q_p, normal_p


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.8968655609130709", "0.8968655609131"), ("-0.04727265230640342", "-0.04727265230640"), ("123456.123456789", "123456.12345679"),
        ("0.5", "0.500000"), ("0.0", "0.000000"), ("12", "12.000000"), ("1.5E-7", "0.00000015"), ("1.5E-9", "1.5e-9"),
        ("100.00000000000001", "100.00000000000"), ("1234567890123.5", "1234567890123.5"), ("39.67458", "39.674580"),
    ],
)  # fmt: skip
def test_the_digits_that_mean_something_and_the_zeros_that_are_left_out(text, expected):
    assert claimed(text) == expected


def test_an_error_that_is_known_says_how_many_digits():
    assert claimed("0.12345678901234", error=5e-10) == "0.12345679"
    assert claimed("-0.00000000000001", error=1e-12) == "0.00000000000"


def test_a_number_on_the_edge_is_claimed_to_fewer_digits():
    """Half of the last place: the order of summation would decide it."""
    assert claimed("0.123456789050", error=1e-12) == "0.12345678905"
    assert claimed("0.1234567890500001", error=1e-10) == "0.123456789"


def test_p_of_z_to_the_digits_its_algorithm_has_right():
    """The number that RevMan saved (tests/data/revman) is that of AS 66, 3e-14 too large; the exact one shares 13 decimals."""
    assert claimed_p("0.0010103343130005407", "3.287633061337987") == "0.0010103343130"
    assert claimed_p("0.00101033", "3.28763306") == "0.00101033"
    assert claimed_p("0.00101", "3.287633") == "0.001010"


def test_small_p_values_have_their_digits_too():
    """What RevMan prints as P < 0.00001."""
    text = claimed_p(repr(normal_p(7.123456789012)), "7.123456789012")
    assert text.endswith("e-12")
    assert float(text) == pytest.approx(2 * float(ndtr(-7.123456789012)), rel=1e-9)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "z", [0.0123456789012, 0.5123456789012, 1.2712345678901, 1.3012345678901, 4.0123456789012, 9.0123456789012]
)
def test_what_is_claimed_of_p_holds_for_the_exact_p_too(z, spelling):
    text = claimed_p(repr(normal_p(z, spelling=spelling)), repr(z))
    mantissa, _, exponent = text.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    exact = 2 * float(ndtr(-z))
    assert abs(float(text) - exact) <= 0.5001 * unit
    assert unit <= (1e-4 if spelling == SPELLINGS[1] and z < 1.28 else 1e-7) * exact


def test_a_p_of_zero_is_what_revman_prints():
    assert claimed_p("0.0", "40.0") == "<0.00001"


def test_a_p_of_something_else_is_claimed_as_it_stands():
    assert claimed_p("0.9123456789012", "2.0000000000001") == "0.9123456789012"


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
