"""Numbers for people."""

import pytest

from metaudit.audit_words import numbers


@pytest.mark.parametrize(
    ("printed", "value", "shown"),
    [
        ("0.50", 0.4951, "0.50"),
        ("-1.83", -1.8299, "-1.83"),
        ("44%", 44.3, "44"),
        ("51.3%", 51.26, "51.3"),
        ("<.001", 0.00002, "<0.001"),
        ("<.05", 0.0123, "0.012"),
        ("12", 0.04, "0.04"),
        ("0.0", 0.0, "0.0"),
        ("0.5", -0.0, "0.0"),
        ("two thirds", "0.66 of them", "0.66 of them"),
        ("1.2", None, ""),
    ],
)
def test_our_value_has_the_decimals_of_the_printed_one(printed, value, shown):
    assert numbers.beside(printed, value) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((0.4894, 0.344, 0.6962), "0.49 (0.34 to 0.70)"),
        ((-0.001, -0.3, 0.3), "0.00 (-0.30 to 0.30)"),
        ((0.0123, 0.0101, 0.0145), "0.0123 (0.0101 to 0.0145)"),
        ((2.5, None, None), "2.50"),
        ((None, 1, 2), ""),
        (("1.5", "", "2"), "1.50"),
    ],
)
def test_an_interval_has_common_decimals(values, shown):
    assert numbers.interval(*values) == shown


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0001, "<0.001"),
        (0.001, "0.001"),
        (0.04999, "0.04999"),
        (0.05, "0.050"),
        (0.0504, "0.0504"),
        (0.9999, ">0.999"),
        (1, "1.000"),
        ("", ""),
    ],
)
def test_p_values(p, shown):
    assert numbers.p_value(p) == shown


@pytest.mark.parametrize(
    ("text", "tied"),
    [
        ("I² = 92.1 % and more", "I²~=~92.1~% and more"),
        ("(df = 12, P < 0.001)", "(df~=~12, P~<~0.001)"),
        ("at 95 % of all", "at 95~% of all"),
        ("z = −4.00", "z~=~−4.00"),
        ("= is a sign, % another", "= is a sign, % another"),
        ("the estimate = the mean", "the estimate = the mean"),
    ],
)
def test_numbers_stay_with_their_signs_and_units(text, tied):
    assert numbers.tied(text) == tied.replace("~", "\u00a0")


@pytest.mark.parametrize(
    ("shown", "after"), [("0.03", "= 0.03"), ("<0.001", "< 0.001"), (">0.999", "> 0.999"), ("", "")]
)
def test_a_number_after_its_sign(shown, after):
    assert numbers.compared(shown) == after


def test_only_the_hyphen_of_a_number_becomes_a_minus():
    assert (
        numbers.typographic("-1.5 (-2 to -1), p-3, 0.2-0.5, a -b")
        == "\u22121.5 (\u22122 to \u22121), p-3, 0.2-0.5, a -b"
    )


@pytest.mark.parametrize(("tau2", "shown"), [(0, "0"), (2e-7, "<0.0001"), (0.03112, "0.0311"), (4.2, "4.20"), ("", "")])
def test_between_study_variance(tau2, shown):
    assert numbers.variance(tau2) == shown
