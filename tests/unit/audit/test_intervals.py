"""Estimate, limits and P value against each other, without data."""

import math

import pytest
from scipy import stats

from making import audited, claim, made
from metaudit.audit.groups import groups_of, triples
from metaudit.audit.intervals import p_window


def printed_result(estimate, low, high, **more):
    return [
        claim("est", "estimate", estimate),
        claim("lo", "ci_low", low),
        claim("hi", "ci_high", high),
        *(claim(q, q, v) for q, v in more.items()),
    ]


def verdicts(folder, claims, **main):
    return {name: row.verdict for name, row in audited(folder, claims=claims, **main).items()}


@pytest.mark.parametrize("df", [None, 2.0])
def test_p_window_against_all_corners_by_hand(tmp_path, df):
    claims = printed_result("2.43", "1.10", "5.40")
    (group,) = groups_of(made(tmp_path / "r", claims=claims, measure="RR"), level=0.95)
    found = p_window(triples(group)[0], 0.95, df)
    law = stats.norm() if df is None else stats.t(df)
    ps = []
    for e in (2.425, 2.435):
        for width in (math.log(5.395 / 1.105), math.log(5.405 / 1.095)):
            se = width / (2 * law.ppf(0.975))
            ps.append(2 * law.sf(math.log(e) / se))
    assert (found.low, found.high) == pytest.approx((min(ps), max(ps)), rel=1e-9)


def test_a_p_value_that_fits_the_normal_interval_excludes_hartung_knapp(tmp_path):
    found = audited(tmp_path / "r", claims=printed_result("2.43", "1.10", "5.40", p=".029", k="3"), measure="RR")["p"]
    assert found.verdict == "WITHIN_ROUNDING"
    assert found.value == pytest.approx(
        2 * stats.norm.sf(math.log(2.43) / (math.log(5.40 / 1.10) / (2 * stats.norm.ppf(0.975)))), rel=2e-3
    )
    assert "is excluded" in found.message


def test_a_p_value_of_another_test_is_inconsistent(tmp_path):
    found = audited(tmp_path / "r", claims=printed_result("-1.11", "-1.74", "-0.48", p=".87"), measure="MD")["p"]
    assert (found.verdict, found.impact) == ("INCONSISTENT", "significance")
    assert found.causes[0] == "the P value of the heterogeneity test"


def test_a_p_value_is_not_called_that_of_heterogeneity_when_that_one_is_printed(tmp_path):
    found = audited(tmp_path / "r", claims=printed_result("-1.11", "-1.74", "-0.48", p=".87", q_p=".87"), measure="MD")[
        "p"
    ]
    assert found.verdict == "INCONSISTENT"
    assert not any("heterogeneity" in c for c in found.causes)


@pytest.mark.parametrize(
    ("measure", "estimate", "low", "high", "fine"),
    [
        ("RR", "2.00", "1.00", "4.00", True),  # exact on the log scale
        ("RR", "2.50", "1.00", "4.00", False),  # symmetric on the natural scale only
        ("MD", "2.50", "1.00", "4.00", True),
        ("MD", "2.00", "1.00", "4.00", False),
        ("RR", "1.0", "0.5", "2.1", True),  # within rounding
        ("PR", "0.50", "0.10", "0.70", True),  # proportions have no one scale to be symmetric on
    ],
)
def test_symmetry_on_the_measures_own_scale(tmp_path, measure, estimate, low, high, fine):
    found = verdicts(tmp_path / "r", printed_result(estimate, low, high), measure=measure)
    assert set(found.values()) == ({"NOT_CHECKABLE"} if fine else {"INCONSISTENT"})


def test_a_single_trials_interval_need_not_be_symmetric(tmp_path):
    assert set(
        verdicts(tmp_path / "r", printed_result("2.00", "1.00", "4.00"), measure="MD", kind="trial").values()
    ) == {"NOT_CHECKABLE"}


def test_limits_that_are_swapped(tmp_path):
    found = audited(tmp_path / "r", claims=printed_result("0.52", "0.90", "0.30"), measure="RR")
    assert found["lo"].verdict == found["hi"].verdict == "INCONSISTENT"
    assert found["lo"].criterion == "limits in order"
    assert found["est"].verdict == "NOT_CHECKABLE"


def test_an_estimate_outside_its_interval(tmp_path):
    found = audited(tmp_path / "r", claims=printed_result("0.65", "-1.47", "0.16"), measure="SMD")
    assert {r.verdict for r in found.values()} == {"INCONSISTENT"}
    assert found["est"].criterion == "estimate inside its interval"


@pytest.mark.parametrize(
    ("z", "verdict"), [("2.50", "NOT_CHECKABLE"), ("-2.50", "NOT_CHECKABLE"), ("2.80", "INCONSISTENT"), ("-2.80", "INCONSISTENT")]
)  # fmt: skip
def test_z_of_a_negative_estimate_may_be_printed_without_its_sign(tmp_path, z, verdict):
    claims = printed_result("-0.500", "-0.892", "-0.108", se="0.200", z=z)
    assert verdicts(tmp_path / "r", claims, measure="MD")["z"] == verdict


def test_z_with_a_minus_is_not_that_of_a_positive_estimate(tmp_path):
    claims = printed_result("0.500", "0.108", "0.892", se="0.200", z="-2.50")
    assert verdicts(tmp_path / "r", claims, measure="MD")["z"] == "INCONSISTENT"


@pytest.mark.parametrize(("z", "verdict"), [("2.50", "NOT_CHECKABLE"), ("2.80", "INCONSISTENT")])
def test_z_is_estimate_over_standard_error(tmp_path, z, verdict):
    claims = printed_result("0.500", "0.108", "0.892", se="0.200", z=z)
    assert verdicts(tmp_path / "r", claims, measure="MD")["z"] == verdict


def test_the_level_of_the_interval_counts(tmp_path):
    # MD 1.00 with SE 0.50: the 90 % interval is 0.18 to 1.82, P = .0455
    claims = printed_result("1.00", "0.18", "1.82", p=".046")
    assert verdicts(tmp_path / "a", claims, measure="MD", method={"level": 0.9})["p"] == "WITHIN_ROUNDING"
    assert verdicts(tmp_path / "b", claims, measure="MD")["p"] == "INCONSISTENT"


@pytest.mark.parametrize(
    ("more", "name", "verdict"),
    [
        ({"q": "10.00", "q_df": "5", "q_p": ".075"}, "q_p", "WITHIN_ROUNDING"),
        ({"q": "10.00", "q_df": "5", "q_p": ".75"}, "q_p", "INCONSISTENT"),
        ({"q": "10.00", "k": "6", "q_p": ".075"}, "q_p", "WITHIN_ROUNDING"),
        ({"q": "10.00", "q_df": "5", "i2": "50%"}, "i2", "WITHIN_ROUNDING"),
        ({"q": "10.00", "q_df": "5", "i2": "70%"}, "i2", "NOT_CHECKABLE"),  # it may come from tau²
        ({"q": "4.00", "q_df": "5", "i2": "0%"}, "i2", "WITHIN_ROUNDING"),
        ({"q_df": "5", "k": "6"}, "q_df", "NOT_CHECKABLE"),
        ({"q_df": "6", "k": "6"}, "q_df", "INCONSISTENT"),
        ({"tau": "0.50", "tau2": "0.25"}, "tau", "NOT_CHECKABLE"),
        ({"tau": "0.25", "tau2": "0.25"}, "tau", "INCONSISTENT"),
    ],
)
def test_heterogeneity_statistics_against_each_other(tmp_path, more, name, verdict):
    found = audited(tmp_path / "r", claims=[claim(q, q, v) for q, v in more.items()], measure="MD")[name]
    assert found.verdict == verdict
    if name == "q_p":
        assert found.value == pytest.approx(stats.chi2.sf(10, 5), rel=1e-2)


@pytest.mark.parametrize(
    ("method", "verdict"),
    [({"tau2": "DL"}, "INCONSISTENT"), ({"model": "common"}, "INCONSISTENT"), ({"tau2": "REML"}, "NOT_CHECKABLE")],
)
def test_i2_must_follow_from_q_where_the_method_says_so(tmp_path, method, verdict):
    claims = [claim("q", "q", "10.00"), claim("df", "q_df", "5"), claim("i2", "i2", "70%")]
    assert audited(tmp_path / "r", claims=claims, measure="MD", method=method)["i2"].verdict == verdict


def test_subjects_do_not_mix(tmp_path):
    claims = [
        claim("a", "estimate", "0.5", subject="women"),
        claim("lo", "ci_low", "1.0", subject="men"),
        claim("hi", "ci_high", "2.0", subject="men"),
    ]
    assert set(verdicts(tmp_path / "r", claims, measure="RR").values()) == {"NOT_CHECKABLE"}
