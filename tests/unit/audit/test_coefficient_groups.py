"""Numbers printed of one coefficient, or of one predicted effect, against each other, without any data."""

import pytest

from making import audited, claim

SUBJECT = "dose"


@pytest.fixture
def judged(tmp_path):
    def judge(numbers, *, subject=SUBJECT, measure="GEN", ci="wald", scale=""):
        claims = [claim(q, q, text, subject=subject, scale=scale) for q, text in numbers.items()]
        method = {"model": "random", **({"ci": ci} if ci else {})}
        found = audited(tmp_path / "r", claims=claims, measure=measure, method=method, moderators=[SUBJECT])
        return {q: r.criterion for q, r in found.items() if r.verdict == "INCONSISTENT"}

    return judge


GOOD = {"coef": "0.032", "coef_se": "0.021", "ci_low": "-0.010", "ci_high": "0.074", "z": "1.48", "coef_p": "0.140"}


def test_numbers_that_agree(judged):
    assert judged(GOOD) == {}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            {"ci_low": "0.500", "ci_high": "0.900"},
            dict.fromkeys(("coef", "ci_low", "ci_high"), "estimate inside its interval"),
        ),
        ({"ci_low": "0.074", "ci_high": "-0.010"}, dict.fromkeys(("ci_low", "ci_high"), "limits in order")),
        ({"ci_high": "0.174"}, dict.fromkeys(("coef", "ci_low", "ci_high"), "interval symmetric")),
        ({"z": "9.99"}, {"z": "z against estimate and SE"}),
        ({"coef_p": "0.014"}, {"coef_p": "P against interval"}),
    ],
)
def test_a_number_that_does_not_agree(judged, wrong, told):
    found = judged(GOOD | wrong)
    assert {q: found.get(q) for q in told} == told


@pytest.mark.parametrize(("z", "told"), [("1.48", {}), ("-1.48", {}), ("2.48", {"z": "z against estimate and SE"})])
def test_z_of_a_negative_coefficient_may_be_printed_without_its_sign(judged, z, told):
    assert judged({"coef": "-0.032", "coef_se": "0.021", "z": z}) == told


def test_without_limits_the_standard_error_has_to_do(judged):
    rest = {q: t for q, t in GOOD.items() if not q.startswith("ci_")}
    assert judged(rest) == {}
    assert judged(rest | {"coef_p": "0.014", "z": "2.48"}) == {
        "coef_p": "P against estimate and SE", "z": "z against estimate and SE",
    }  # fmt: skip
    assert judged({"coef": "0.032", "coef_se": "0.021", "p": "0.014"}) == {"p": "P against estimate and SE"}


def test_a_t_test_of_unknown_degrees_of_freedom_is_possible_unless_a_normal_one_is_stated(judged):
    of_t = {"coef": "0.032", "coef_se": "0.021", "coef_p": "0.158"}  # t with 11 df
    assert judged(of_t) == {"coef_p": "P against estimate and SE"}
    assert judged(of_t, ci="hksj") == judged(of_t, ci="") == {}
    assert judged(of_t | {"coef_p": "0.100"}, ci="hksj") == {"coef_p": "P against estimate and SE"}
    limits = {"coef": "0.032", "ci_low": "-0.014", "ci_high": "0.078"}  # the same
    assert judged(limits | {"coef_p": "0.158"}, ci="hksj") == {}
    assert judged(limits | {"coef_p": "0.014"}, ci="hksj") == {"coef_p": "P against interval"}


@pytest.mark.parametrize("scale", ["", "natural"])
def test_a_coefficient_of_ratios_may_be_printed_as_one(judged, scale):
    as_log = {"coef": "-0.029", "ci_low": "-0.043", "ci_high": "-0.015", "coef_p": "<.001"}
    as_ratio = {"coef": "1.18", "ci_low": "0.91", "ci_high": "1.53", "coef_se": "0.133", "z": "1.24", "coef_p": "0.21"}
    assert judged(as_log, measure="OR", scale=scale) == judged(as_ratio, measure="OR", scale=scale) == {}
    assert set(judged(as_ratio | {"ci_high": "1.83"}, measure="OR", scale=scale)) >= {"coef", "ci_low", "ci_high"}
    assert judged(as_ratio | {"z": "4.24"}, measure="OR", scale=scale) == {"z": "z against estimate and SE"}


def test_a_predicted_effect_lies_inside_its_interval(judged):
    good = {"predicted": "0.49", "ci_low": "0.40", "ci_high": "0.61"}
    assert judged(good, subject="dose=33", measure="RR") == {}
    outside = judged(good | {"predicted": "0.94"}, subject="dose=33", measure="RR")
    assert set(outside.values()) == {"estimate inside its interval"}


def test_limits_beside_a_coefficient_and_a_predicted_effect_may_be_of_either(judged):
    both = {"coef": "0.164", "predicted": "1.10", "ci_low": "1.08", "ci_high": "1.12"}
    assert judged(both, subject="dose=high", measure="OR") == {}
