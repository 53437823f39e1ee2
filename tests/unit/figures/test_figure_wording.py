"""Numbers and methods as a figure words them."""

from __future__ import annotations

import math

import pytest

from metaudit.figures.content import Fit
from metaudit.figures.wording import (
    effect,
    effect_decimals,
    model_line,
    number,
    overall_test,
    probability,
    small,
    variance,
)
from metaudit.measures import measure_of


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (-0.004, 2, "0.00"),
        (-1.5, 2, "\u22121.50"),
        (math.nan, 2, ""),
        (math.inf, 2, "\u221e"),
        (2.5e7, 1, "2.5e07"),
    ],
)
def test_numbers(value, decimals, text):
    assert number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "measure", "text"),
    [
        (0.0042, "RR", "0.004"),
        (0.0, "RR", "0.00"),
        (123.45, "RR", "123.5"),
        (12345.6, "OR", "12346"),
        (0.426, "PR", "42.60"),
        (123.45, "MD", "123.45"),
    ],
)
def test_effects(value, measure, text):
    assert effect(value, 2, measure_of(measure)) == text


@pytest.mark.parametrize(("widths", "decimals"), [([40.0, 50.0], 1), ([2.0], 2), ([0.02, 0.05], 3), ([math.nan], 2)])
def test_decimals_follow_the_width_of_the_intervals(widths, decimals):
    assert effect_decimals(widths, measure_of("MD")) == decimals


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0004, "P < 0.001"),
        (0.0123, "P = 0.012"),
        (0.27, "P = 0.270"),
        (0.04999, "P = 0.04999"),
        (math.nan, "P not known"),
    ],
)
def test_probabilities(p, text):
    assert probability(p) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.31324, "0.31"),
        (-0.0123, "−0.0123"),
        (152.2334, "152.23"),
        (0.0000123, "0.0000123"),
        (math.nan, ""),
    ],
)
def test_statistics(value, text):
    assert small(value) == text


@pytest.mark.parametrize(
    ("fit", "line"),
    [
        (Fit(1, 0, 2, 3, model="common", tau2_method="DL", ci_method="wald"), "Common effect, Wald 95 % CI"),
        (
            Fit(1, 0, 2, 3, model="random", tau2_method="PM", ci_method="hksj", level=0.9),
            "Random effects, PM, Hartung\u2013Knapp 90 % CI",
        ),
    ],
)
def test_the_method_in_one_line(fit, line):
    assert model_line(fit) == line


@pytest.mark.parametrize(
    ("tau2", "text"), [(0.3088, "= 0.309"), (0.0, "= 0"), (0.00004, "< 0.0001"), (12.346, "= 12.35")]
)
def test_variances_between_studies(tau2, text):
    assert variance(tau2) == text


def test_the_test_is_t_for_hartung_knapp():
    assert overall_test(Fit(1, 0, 2, 3, ci_method="hksj", stat=2.0, p=0.05)) == "t = 2.00, P = 0.050"
    assert overall_test(Fit(1, 0, 2, 3, ci_method="wald", stat=2.0, p=0.05)) == "z = 2.00, P = 0.050"
    assert overall_test(Fit(1, 0, 2, 3)) == ""
