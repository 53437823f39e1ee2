"""A P value beside an interval that does not fit its estimate, and what it may be instead."""

import pytest

from making import audited, claim
from metaudit.audit import known_interval, one_group

SIDE = "P and interval on one side"
OF_Q = "the P value of the heterogeneity test"


def result(estimate, low, high, p, **cells):
    numbers = (("est", "estimate", estimate), ("lo", "ci_low", low), ("hi", "ci_high", high), ("p", "p", p))
    return [claim(name, quantity, printed, **cells) for name, quantity, printed in numbers]


@pytest.mark.parametrize(
    ("measure", "numbers", "told"),
    [
        ("RR", ("0.70", "0.41", "0.94", ".09"), "excludes 1, so that P is below .05; .09 is printed."),
        ("RR", ("0.70", "0.41", "0.94", ">0.05"), "excludes 1, so that P is below .05; >0.05 is printed."),
        ("MD", ("2.00", "1.00", "4.00", ".20"), "excludes 0, so that P is below .05; .20 is printed."),
        ("RR", ("0.70", "0.41", "1.40", ".001"), "includes 1, so that P is above .05; .001 is printed."),
    ],
)
def test_limits_say_on_which_side_p_lies_when_the_estimate_does_not_fit_them(tmp_path, measure, numbers, told):
    found = audited(tmp_path / "r", claims=result(*numbers), measure=measure)
    assert found["est"].criterion == "interval symmetric"
    assert (found["p"].verdict, found["p"].criterion, found["p"].impact) == ("INCONSISTENT", SIDE, "significance")
    assert f"The interval {numbers[1]} to {numbers[2]} {told}" in found["p"].message
    assert "gives P" not in found["p"].message
    assert found["p"].value != found["p"].value  # no single P is made of numbers that do not fit each other


def test_the_limits_of_a_reduction_are_told_in_the_order_they_are_printed_in(tmp_path):
    found = audited(tmp_path / "r", claims=result("30", "6", "59", ".09", scale="percent-reduction"), measure="RR")
    assert "The interval 6 to 59 excludes no effect" in found["p"].message
    assert "The interval 6 to 59 is not symmetric about 30" in found["est"].message
    # 1 - sqrt(0.415 * 0.945) = 0.3738 and 1 - sqrt(0.405 * 0.935) = 0.3846: the limits are RR 0.41 and 0.94.
    assert "its middle is 37.38 to 38.46 after rounding" in found["est"].message
    fits = audited(tmp_path / "f", claims=result("30", "10", "46", ".9", scale="percent-reduction"), measure="RR")
    assert "does not agree with 30 (10 to 46)" in fits["p"].message
    swapped = audited(tmp_path / "s", claims=result("30", "46", "10", ".9", scale="percent-reduction"), measure="RR")
    assert "The lower limit 46 is above the upper limit 10." in swapped["lo"].message


def test_without_a_stated_measure_there_is_no_number_that_means_no_effect(tmp_path):
    numbers = ("0.75", "0.41", "0.80", ".09")
    stated = audited(tmp_path / "s", claims=result(*numbers), measure="MD")["p"]
    open_ = audited(tmp_path / "o", claims=result(*numbers))["p"]
    assert "The interval 0.41 to 0.80 excludes 0, so" in stated.message
    assert "The interval 0.41 to 0.80 excludes no effect, so" in open_.message


@pytest.mark.parametrize(
    ("low", "high", "p"),
    [
        ("0.41", "0.94", ".03"),  # on the right side, wherever the estimate lies
        ("0.41", "0.94", "<.001"),
        ("0.41", "0.94", ".05"),  # may be .0499
        ("0.41", "1.00", ".09"),  # the limit may be on either side of 1
        ("0.41", "1.60", ".30"),
    ],
)
def test_a_p_value_on_the_right_side_has_no_finding(tmp_path, low, high, p):
    found = audited(tmp_path / "r", claims=result("0.75", low, high, p), measure="RR")
    assert (found["est"].criterion, found["p"].verdict) == ("interval symmetric", "NOT_CHECKABLE")
    assert f"; {p} is printed" not in found["p"].message


def test_the_side_is_that_of_the_intervals_own_level(tmp_path):
    claims = result("0.80", "0.41", "0.94", ".07")
    assert audited(tmp_path / "a", claims=claims, measure="RR")["p"].criterion == SIDE
    of_90 = audited(tmp_path / "b", claims=claims, measure="RR", method={"level": 0.9})["p"]
    assert of_90.verdict == "NOT_CHECKABLE"
    above = audited(tmp_path / "c", claims=result("0.80", "0.41", "0.94", ".12"), measure="RR", method={"level": 0.9})
    assert "so that P is below .1; .12 is printed" in above["p"].message
    assert above["p"].impact == "minor"  # .12 is not significant at .05, and P below .1 need not be
    clear = audited(tmp_path / "d", claims=claims, measure="RR", method={"level": 0.95})
    assert clear["p"].impact == "significance"


DATA = [
    {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50},
    {"study": "B", "events_t": 6, "n_t": 60, "events_c": 5, "n_c": 60},
    {"study": "C", "events_t": 4, "n_t": 40, "events_c": 9, "n_c": 42},
]
METHOD = {"measure": "RR", "method": {"model": "random", "tau2": "DL", "ci": "wald"}}


def test_the_heterogeneity_test_is_named_only_where_its_p_value_fits(tmp_path):
    q_p = audited(tmp_path / "q", claims=[claim("q", "q_p", "0.99")], rows=DATA, **METHOD)["q"].value
    numbers = ("0.50", "0.25", "1.00")
    fits = audited(tmp_path / "a", claims=result(*numbers, f"{q_p:.2f}"), rows=DATA, **METHOD)["p"]
    other = audited(tmp_path / "b", claims=result(*numbers, ".87"), rows=DATA, **METHOD)["p"]
    alone = audited(tmp_path / "c", claims=result(*numbers, ".87"), measure="RR")["p"]
    assert "heterogeneity test, which is not printed beside it" in fits.message
    assert "heterogeneity" not in other.message
    assert OF_Q not in other.causes
    assert alone.causes[0] == OF_Q
    assert "which is not printed beside it" in alone.message


def test_our_p_value_of_heterogeneity_is_known_where_all_data_are(tmp_path, monkeypatch):
    seen = []
    real = known_interval.heterogeneity_ps
    monkeypatch.setattr(one_group, "heterogeneity_ps", lambda *a: seen.append(real(*a)) or seen[-1])
    claims = result("0.50", "0.25", "1.00", ".87")
    ours = audited(tmp_path / "a", claims=[*claims, claim("q", "q_p", "0.99")], rows=DATA, **METHOD)["q"].value
    assert seen[-1] == pytest.approx((ours,))
    audited(tmp_path / "b", claims=claims, rows=DATA, data="partial", **METHOD)
    assert seen[-1] is None
    audited(tmp_path / "c", claims=claims, measure="RR")
    assert seen[-1] is None


@pytest.mark.parametrize(("printed", "by"), [("4", "1 fewer than printed"), ("1", "2 more than printed")])
def test_counts_differ_by_so_many(tmp_path, printed, by):
    found = audited(tmp_path / "r", claims=[claim("k", "k", printed)], rows=DATA, **METHOD)["k"]
    assert f"ours is 3: 3 studies are pooled. That is {by}" in found.message
    assert "unit" not in found.message
