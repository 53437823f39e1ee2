"""A sequential analysis whose trials are not public: what its printed numbers say against each other, and what is missing."""

import math

import pytest
from scipy.stats import norm

from metaudit.audit.syntheses.statements import STATEMENTS, statement_of
from metaudit.formats.review import Analysis
from unit.audit.syntheses.made_up_sequential import claim, judged

PLAN = {"alpha": 0.05, "power": 0.8, "effect": -1, "sd": 2.5, "heterogeneity": "D2"}


def size(effect, sd, *, alpha=0.05, power=0.8, share=0.0):
    """4 (z + z)² SD² / difference² over 1 - D², by scipy.stats: written apart from the library."""
    z = norm.ppf(1 - alpha / 2) + norm.ppf(power)
    return math.ceil(math.ceil(4 * z**2 * sd**2 / effect**2 - 1e-9) / (1 - share) - 1e-9)


def risks(effect, risk, *, alpha=0.05, power=0.8, share=0.0):
    """The same for a risk ratio, variance at the mean risk."""
    z, mean = norm.ppf(1 - alpha / 2) + norm.ppf(power), risk * (1 + effect) / 2
    return math.ceil(math.ceil(4 * z**2 * mean * (1 - mean) / (risk * (1 - effect)) ** 2) / (1 - share))


def none(claims, stated, *, measure="MD", method=None):
    return judged((), claims, stated, measure=measure, method=method or {}, data="none")


def test_a_size_without_heterogeneity_needs_no_trials():
    found = none([claim("fixed", "ris_fixed", str(size(1, 2.5))), claim("ris", "ris", "400")], PLAN)
    assert found["fixed"].verdict == "EXACT"
    assert found["fixed"].value == size(1, 2.5) == 197
    assert found["ris"].verdict == "NOT_CHECKABLE"


def test_a_size_over_the_printed_diversity():
    printed = [claim("ris", "ris", str(size(1, 2.5, share=0.62))), claim("d", "diversity", "62%")]
    found = none(printed, PLAN)
    assert found["ris"].verdict == "WITHIN_ROUNDING"
    assert found["ris"].value_low < size(1, 2.5, share=0.62) < found["ris"].value_high
    wrong = none([claim("ris", "ris", "615"), printed[1]], PLAN)["ris"]
    assert wrong.verdict in ("DIFFERENT", "NEAR")


def test_a_size_with_a_stated_diversity_is_exact():
    plan = {**PLAN, "heterogeneity": {"D2": 0.5}}
    assert none([claim("ris", "ris", str(size(1, 2.5, share=0.5)))], plan)["ris"].verdict == "EXACT"
    assert none([claim("ris", "ris", "393")], plan)["ris"].verdict == "EXACT", "196.2 / 0.5 = 392.4 may be rounded once"
    far = none([claim("ris", "ris", str(size(1, 2.5, share=0.5) + 90))], plan)["ris"]
    assert far.verdict == "DIFFERENT"


@pytest.mark.parametrize(
    ("made", "causes"),
    [
        (size(1, 10, power=0.9), ("power 90 %",)),
        (size(1, 10, alpha=0.01), ("alpha 1 %",)),
        (size(1, 10, share=0.25), ("heterogeneity D² 25 %",)),
        (size(1, 10, alpha=0.01, power=0.9), ("alpha 1 %", "power 90 %")),
    ],
)
def test_what_departs_from_the_stated_plan_is_named(made, causes):
    found = none([claim("ris", "ris", str(made))], {**PLAN, "sd": 10, "heterogeneity": "none"})["ris"]
    assert (found.verdict, found.causes) == ("OTHER_SPEC", causes)


def test_twice_the_formula_of_early_versions_of_the_program():
    found = none([claim("fixed", "ris_fixed", str(2 * size(1, 2.5)))], PLAN)["fixed"]
    assert found.verdict == "OTHER_SPEC"
    assert found.causes == ("size of a mean difference twice the formula, as early versions of the TSA program",)


def test_alpha_and_power_that_are_not_said():
    plan = {k: v for k, v in PLAN.items() if k not in ("alpha", "power")} | {"heterogeneity": "none"}
    found = none([claim("ris", "ris", str(size(1, 2.5, power=0.9)))], plan)["ris"]
    assert found.verdict == "UNDERSPECIFIED"
    assert found.causes == ("alpha 5 %", "power 90 %")


def test_risks_and_a_variance_that_is_not_said():
    plan = {"alpha": 0.05, "power": 0.9, "relative_reduction": 0.2, "control_risk": 0.13, "heterogeneity": {"D2": 0.3}}
    made = risks(0.8, 0.13, power=0.9, share=0.3)
    found = none([claim("ris", "ris", f"{made:,}")], plan, measure="RR")["ris"]
    assert found.verdict == "UNDERSPECIFIED"
    assert found.causes == ("variance of the outcome pooled",)
    assert (
        none([claim("ris", "ris", f"{made:,}")], {**plan, "variance": "pooled"}, measure="RR")["ris"].verdict == "EXACT"
    )


@pytest.mark.parametrize(
    ("measure", "plan", "reason"),
    [
        ("RR", {"effect": 3, "control_risk": 0.5, "heterogeneity": "none"}, "make a risk of 1.5"),
        ("SMD", {"effect": 0.5, "heterogeneity": "none"}, "worked out for RR, OR, RD, MD, not for SMD"),
        (
            "",
            {"effect": 0.5, "heterogeneity": "none"},
            "MD, not for an analysis without a measure; state the size as required",
        ),
        ("MD", {"relative_reduction": 0.2, "sd": 2, "heterogeneity": "none"}, "of a risk or odds ratio, not of MD"),
        ("MD", {"effect": 1, "sd": 2, "heterogeneity": {"tau2": 0.2}}, "is not understood"),
        ("MD", {"effect": 1, "heterogeneity": "none"}, "the SD is neither stated nor to be had from trials"),
    ],
)
def test_the_reason_why_what_is_stated_makes_no_size_reaches_the_reader(measure, plan, reason):
    found = none([claim("ris", "ris", "400")], {"alpha": 0.05, "power": 0.8, **plan}, measure=measure)["ris"]
    assert found.verdict == "NOT_CHECKABLE"
    assert "What is stated makes no required size" in found.message
    assert reason in found.message
    made = none([claim("ris", "ris", "400")], {**PLAN, "heterogeneity": "none"})["ris"]
    assert "makes no required size" not in made.message
    unknown = none([claim("ris", "ris", "400")], PLAN)["ris"]
    assert "makes no required size" not in unknown.message, "that D² is not known is said already"
    assert "D² or whatever the required size is adjusted for" in unknown.message


def test_a_diversity_that_may_be_all_of_the_variance_leaves_no_size():
    found = none([claim("ris", "ris", "400"), claim("d", "diversity", "100%")], PLAN)["ris"]
    assert found.verdict == "NOT_CHECKABLE"
    assert "a D² of 100% may be 100 %, for which no size is enough" in found.message


def test_how_many_of_the_other_choices_make_no_size_is_said():
    """Neither D² nor I² of the trials is known without them, so that sizes adjusted by either are not looked at."""
    plan = {
        "alpha": 0.05,
        "power": 0.8,
        "effect": 0.8,
        "control_risk": 0.13,
        "heterogeneity": "none",
        "variance": "pooled",
    }
    found = none([claim("ris", "ris", "77")], plan, measure="RR")["ris"]
    assert found.verdict == "DIFFERENT"
    assert "No other usual choice gives it; " in found.message
    assert (
        "of those looked at make no size (it is adjusted by D² of the trials, which is not known without them"
        in found.message
    )


def test_parts_of_a_size_against_each_other():
    parts = [claim("fixed", "ris_fixed", "1,000"), claim("d", "diversity", "60%")]
    assert none([claim("ris", "ris", "2,500"), *parts], None)["ris"].verdict == "WITHIN_ROUNDING"
    assert none([claim("ris", "ris", "2,900"), *parts], {"heterogeneity": "D2"})["ris"].verdict == "INCONSISTENT"
    assert none([claim("ris", "ris", "2,900"), *parts], None)["ris"].verdict == "NOT_CHECKABLE"


def test_the_share_of_a_size():
    base = [claim("n", "n", "500"), claim("ris", "ris", "2,500")]
    assert none([claim("s", "ris_share", "20%"), *base], None)["s"].verdict == "WITHIN_ROUNDING"
    assert none([claim("s", "ris_share", "25%"), *base], None)["s"].verdict == "INCONSISTENT"


INTERVALS = [claim("e", "estimate", "-1.00"), claim("lo", "ci_low", "-1.98"), claim("hi", "ci_high", "-0.02")]


def wide(boundary):
    se = 0.98 / 1.959964
    return [
        claim("below", "tsa_ci_low", f"{-1 - boundary * se:.2f}"),
        claim("above", "tsa_ci_high", f"{-1 + boundary * se:.2f}"),
    ]


def test_an_adjusted_interval_against_its_boundary():
    right = none([*INTERVALS, *wide(3.0), claim("b", "tsa_boundary", "3.0")], None, method={"ci": "wald"})
    assert {right[c].verdict for c in ("below", "above", "b")} == {"WITHIN_ROUNDING"}
    other = [*INTERVALS, *wide(3.0), claim("b", "tsa_boundary", "2.5")]
    assert none(other, None, method={"ci": "wald"})["b"].verdict == "INCONSISTENT"
    assert none(other, None)["b"].verdict == "NOT_CHECKABLE", "the usual interval may be of another kind"


def test_adjusted_limits_in_order_and_around_the_estimate():
    swapped = [claim("below", "tsa_ci_low", "0.40"), claim("above", "tsa_ci_high", "-2.40")]
    assert none([*INTERVALS, *swapped], None)["below"].verdict == "INCONSISTENT"
    beside = [claim("below", "tsa_ci_low", "-0.90"), claim("above", "tsa_ci_high", "0.40")]
    assert none([*INTERVALS, *beside], None)["above"].verdict == "INCONSISTENT"


def test_the_level_of_a_boundary():
    level = 100 * (1 - 2 * norm.sf(2.8))
    right = [claim("b", "tsa_boundary", "2.80"), claim("l", "tsa_ci_level", f"{level:.2f}%")]
    assert none(right, None)["l"].verdict == "WITHIN_ROUNDING"
    assert none([right[0], claim("l", "tsa_ci_level", "98.0%")], None)["l"].verdict == "INCONSISTENT"


def test_statements_against_the_adjusted_interval():
    holding, touching = wide(3.0), wide(2.0)
    no, yes = claim("t", "text", "boundary not crossed"), claim("t", "text", "monitoring boundary was crossed")
    assert none([*INTERVALS, *holding, no], None)["t"].verdict == "EXACT"
    outside = [claim("below", "tsa_ci_low", "-1.97"), claim("above", "tsa_ci_high", "-0.03")]
    contradicted = none([*INTERVALS, *outside, no], None)["t"]
    assert (contradicted.verdict, contradicted.impact) == ("INCONSISTENT", "significance")
    assert none([*INTERVALS, *outside, yes], None)["t"].verdict == "EXACT"
    earlier = none([*INTERVALS, *holding, yes], None)["t"]
    assert earlier.verdict == "NOT_CHECKABLE"
    assert "at an earlier look" in earlier.message
    assert none([*INTERVALS, *touching, no], None)["t"].verdict == "NOT_CHECKABLE"


def test_statements_about_the_size():
    base = [claim("n", "n", "500"), claim("ris", "ris", "2,500")]
    assert none([*base, claim("t", "text", "Required information size was not reached.")], None)["t"].verdict == "EXACT"
    assert none([*base, claim("t", "text", "required size reached")], None)["t"].verdict == "INCONSISTENT"


def test_what_is_missing_is_named():
    found = none([claim("k", "k", "4"), claim("t", "text", "lack of power")], {})["t"]
    assert found.verdict == "NOT_CHECKABLE"
    plan = (
        "the smallest relevant effect", "the standard deviation behind the required size",
        "D² or whatever the required size is adjusted for", "alpha", "power", "the spending function",
    )  # fmt: skip
    assert found.causes[: len(plan)] == plan
    assert "the year of every trial" in found.causes
    assert "mean, SD and n of both arms of each study, and its year (4 trials)" in found.message
    assert ", ".join(plan) in found.message
    assert "the smallest relevant effect" in found.ask
    less = none(
        [claim("b", "tsa_boundary", "2.2")], {**PLAN, "spending": "obrien-fleming", "heterogeneity": {"D2": 0.2}}
    )["b"]
    assert "of the plan" not in less.message
    assert "mean, SD and n of both arms" in less.message
    risk = none(
        [claim("r", "ris", "900")], {"alpha": 0.05, "power": 0.8, "effect": 0.8, "heterogeneity": "none"}, measure="RR"
    )["r"]
    assert risk.causes == ("the control risk behind the required size",)


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("Boundary crossed", "boundary crossed"),
        ("the trial sequential monitoring boundary was not crossed", "boundary not crossed"),
        ("futility boundary reached", "futility boundary crossed"),
        ("the futility boundary was never crossed", "futility boundary not crossed"),
        ("required information size has not been reached", "required size not reached"),
        ("RIS reached", "required size reached"),
        ("conventional boundary crossed", ""),
        ("lack of power", ""),
        ("significant", ""),
    ],
)
def test_wordings_of_statements(text, statement):
    assert statement_of(claim("t", "text", text), None) == statement
    assert statement in ("", *STATEMENTS)


def test_lack_of_power_is_about_a_sequential_analysis_where_one_is():
    analysis = Analysis("a", "A", {}, syntheses={"sequential": {}})
    assert statement_of(claim("t", "text", "lack of power"), analysis) == "required size not reached"
    assert (
        statement_of(claim("t", "text", "lack of power", subject="trial sequential analysis"), None)
        == "required size not reached"
    )


def test_an_interval_of_other_trials_than_the_pooled_ones_is_not_compared_with_them():
    """The required size was reached before the last trial: the adjusted interval is that of the look which reached it."""
    beside = [
        claim("below", "tsa_ci_low", "-3.00"),
        claim("above", "tsa_ci_high", "-1.40"),
        claim("b", "tsa_boundary", "1.97"),
    ]
    reached = [claim("n", "n", "900"), claim("ris", "ris", "400")]
    assert none([*INTERVALS, *beside], None, method={"ci": "wald"})["above"].verdict == "INCONSISTENT"
    found = none([*INTERVALS, *beside, *reached], None, method={"ci": "wald"})
    assert {found[c].verdict for c in ("below", "above", "b")} == {"NOT_CHECKABLE"}
