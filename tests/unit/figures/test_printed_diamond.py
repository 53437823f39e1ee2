"""The printed pooled result: which bundle, which scale, and what is left out."""

from __future__ import annotations

import math

import pytest

from metaudit.figures.printed import printed_result
from metaudit.measures import measure_of


def _claims(*numbers, scale="", method="", certainty="read", analysis="a"):
    return [
        {
            "analysis": analysis,
            "quantity": quantity,
            "subject": "",
            "printed": printed,
            "scale": scale,
            "method": method,
            "certainty": certainty,
        }
        for quantity, printed in zip(("estimate", "ci_low", "ci_high"), numbers, strict=False)
    ]


@pytest.mark.parametrize(
    ("measure", "scale", "printed", "values", "decimals"),
    [
        ("RR", "", ("0.49", "0.34", "0.70"), (0.49, 0.34, 0.70), 2),
        ("MD", "natural", ("\u22123.49", "\u22125.03", "\u22121.96"), (-3.49, -5.03, -1.96), 2),
        ("PLO", "percent", ("42.6%", "38.0%", "46.5%"), (0.426, 0.380, 0.465), 1),
        ("PR", "", ("69%", "53%", "84%"), (0.69, 0.53, 0.84), 0),
        ("PR", "fraction", (".69", ".53", ".84"), (0.69, 0.53, 0.84), 0),
        ("PR", "natural", ("0.691", "0.530", "0.842"), (0.691, 0.530, 0.842), 1),
        ("RD", "percent", ("4.1", "-2.0", "9.9"), (0.041, -0.02, 0.099), 3),
        ("RR", "percent-reduction", ("51", "30", "66"), (0.49, 0.34, 0.70), 2),
        ("ROM", "percent-increase", ("28.8", "20", "38"), (1.288, 1.20, 1.38), 3),
        ("IRR", "log", ("-0.396", "-0.844", "0.039"), (math.exp(-0.396), math.exp(-0.844), math.exp(0.039)), 2),
        ("ZCOR", "analysis", ("0.15", "0.09", "0.21"), (math.tanh(0.15), math.tanh(0.09), math.tanh(0.21)), 2),
    ],
)
def test_every_scale_is_carried_to_the_natural_one(measure, scale, printed, values, decimals):
    result = printed_result(_claims(*printed, scale=scale), "a", measure_of(measure))
    assert (result.estimate, result.ci_low, result.ci_high) == pytest.approx(values, abs=1e-12)
    assert result.decimals == decimals


def test_the_first_bundle_counts_and_is_named():
    claims = _claims("0.078", "-0.015", "0.171", method="model=random; tau2=ML") + _claims("0.9", method="tau2=DL")
    result = printed_result(claims, "a", measure_of("GEN"))
    assert (result.estimate, result.method) == (0.078, "random, ML")


def test_a_single_bundle_needs_no_name():
    assert printed_result(_claims("0.49", method="model=random"), "a", measure_of("RR")).method == ""


def test_a_number_on_the_natural_scale_is_preferred():
    claims = [*_claims("-0.396", scale="log"), *_claims("0.67", "0.43", "1.04")]
    result = printed_result(claims, "a", measure_of("IRR"))
    assert (result.estimate, result.ci_low, result.ci_high) == (0.67, 0.43, 1.04)


def test_other_subjects_and_analyses_are_not_the_pooled_result():
    claims = _claims("0.49", analysis="b")
    claims.append({**_claims("0.5")[0], "subject": "alloc=random"})
    assert printed_result(claims, "a", measure_of("RR")) is None


@pytest.mark.parametrize("printed", ["", "n.s.", "0,49", "<0.5", "0.4.9", "-0.49"])
def test_what_is_no_estimate_is_left_out(printed):
    assert printed_result(_claims(printed, "0.34", "0.70"), "a", measure_of("RR")) is None


@pytest.mark.parametrize("limits", [("?", "0.70"), ("0.70", "0.34")])
def test_limits_that_cannot_be_are_left_out(limits):
    result = printed_result(_claims("0.49", *limits), "a", measure_of("RR"))
    assert result.estimate == 0.49
    assert math.isnan(result.ci_low)
    assert math.isnan(result.ci_high)


def test_the_worst_certainty_is_kept():
    claims = _claims("0.49", "0.34", "0.70")
    claims[2]["certainty"] = "derived"
    claims[1]["certainty"] = "secondary"
    assert printed_result(claims, "a", measure_of("RR")).certainty == "derived"
