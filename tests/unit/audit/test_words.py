"""Statements in words, against our fit and against printed numbers."""

import pytest

from making import audited, claim
from metaudit.audit.how import MANY
from metaudit.measures import MEASURES

# RR 0.5 and alike in every study: significant, favouring low values, homogeneous
CLEAR = [{"study": s, "events_t": 20, "n_t": 100, "events_c": 40, "n_c": 100} for s in "ABC"]
# effects that disagree
MIXED = [
    {"study": "A", "effect": 1.0, "se": 0.1},
    {"study": "B", "effect": -1.0, "se": 0.1},
    {"study": "C", "effect": 0.1, "se": 0.1},
]
METHOD = {"model": "random", "tau2": "DL", "ci": "wald", "pi": "normal", "zero_cells": {"add": 0.5, "to": "only-zero"}}


def judged(folder, statement, *numbers, **main):
    return audited(folder, claims=[claim("words", "text", statement), *numbers], **main)["words"]


@pytest.mark.parametrize(
    ("statement", "right"),
    [
        ("significant", True),
        ("not significant", False),
        ("favours treatment", True),
        ("favours control", False),
        ("heterogeneous", False),
        ("not heterogeneous", True),
    ],
)
def test_all_six_statements_against_our_fit(tmp_path, statement, right):
    found = judged(tmp_path / "r", statement, rows=CLEAR, measure="RR", favours="low", method=METHOD)
    assert found.verdict == ("EXACT" if right else "DIFFERENT")
    assert "our own result" in found.message
    assert found.impact == ("" if right else "direction" if statement.startswith("favours") else "significance")


@pytest.mark.parametrize(
    ("statement", "right"),
    [("significant", False), ("not significant", True), ("heterogeneous", True), ("not heterogeneous", False)],
)
def test_the_other_way_round(tmp_path, statement, right):
    found = judged(tmp_path / "r", statement, rows=MIXED, measure="GEN", method=METHOD)
    assert found.verdict == ("EXACT" if right else "DIFFERENT")


@pytest.mark.parametrize("statement", ["favours treatment", "favours control"])
def test_a_result_that_includes_the_null_favours_neither(tmp_path, statement):
    assert (
        judged(tmp_path / "r", statement, rows=MIXED, measure="GEN", favours="low", method=METHOD).verdict
        == "DIFFERENT"
    )


def interval(low, high, estimate="0.50"):
    return claim("est", "estimate", estimate), claim("lo", "ci_low", low), claim("hi", "ci_high", high)


@pytest.mark.parametrize(
    ("statement", "numbers", "verdict"),
    [
        ("significant", interval("0.30", "0.83"), "EXACT"),
        ("not significant", interval("0.30", "0.83"), "INCONSISTENT"),
        ("favours treatment", interval("0.30", "0.83"), "EXACT"),
        ("favours control", interval("0.30", "0.83"), "INCONSISTENT"),
        ("significant", interval("0.20", "1.25"), "INCONSISTENT"),
        ("not significant", interval("0.25", "1.00"), "NOT_CHECKABLE"),  # 1.00 stands for 0.995 to 1.005
        ("significant", (claim("p", "p", ".03"),), "EXACT"),
        ("not significant", (claim("p", "p", ".03"),), "INCONSISTENT"),
        ("significant", (claim("p", "p", ".05"),), "NOT_CHECKABLE"),
        ("heterogeneous", (claim("qp", "q_p", ".02"),), "EXACT"),
        ("not heterogeneous", (claim("qp", "q_p", ".02"),), "INCONSISTENT"),
        ("not heterogeneous", (claim("qp", "q_p", ".40"),), "EXACT"),
        ("heterogeneous", (claim("qp", "q_p", ".40"),), "INCONSISTENT"),
        ("heterogeneous", interval("0.30", "0.83"), "NOT_CHECKABLE"),
        ("Significant", interval("0.30", "0.83"), "EXACT"),
    ],
)
def test_statements_against_printed_numbers(tmp_path, statement, numbers, verdict):
    assert judged(tmp_path / "r", statement, *numbers, measure="RR", favours="low").verdict == verdict


def test_other_words_are_shown_and_not_judged(tmp_path):
    found = judged(tmp_path / "r", "a promising treatment", *interval("0.30", "0.83"), measure="RR")
    assert (found.verdict, found.message) == (
        "NOT_CHECKABLE",
        "A statement in words: shown, not judged.",
    ) or "not public" in found.message


def test_without_a_side_that_is_good_nothing_is_favoured(tmp_path):
    found = judged(tmp_path / "r", "favours treatment", rows=CLEAR, measure="RR", method=METHOD)
    assert found.verdict == "NOT_CHECKABLE"
    assert "which side of the null is good" in found.message


@pytest.mark.parametrize("statement", ["significant", "not significant"])
def test_an_interval_that_is_not_defined_decides_nothing(tmp_path, statement):
    found = judged(tmp_path / "r", statement, rows=CLEAR[:1], measure="RR", method={"model": "random", "ci": "hksj"})
    assert found.verdict == "NOT_CHECKABLE"
    assert "nan" not in found.message


@pytest.mark.parametrize("statement", ["heterogeneous", "not heterogeneous"])
def test_one_study_is_neither_heterogeneous_nor_homogeneous(tmp_path, statement):
    assert judged(tmp_path / "r", statement, rows=CLEAR[:1], measure="RR").verdict == "NOT_CHECKABLE"


def test_part_of_the_studies_does_not_judge_words(tmp_path):
    found = judged(
        tmp_path / "r",
        "not significant",
        *interval("0.70", "1.40", "1.00"),
        rows=CLEAR,
        measure="RR",
        method=METHOD,
        data="partial",
    )
    assert (found.verdict, "printed beside it" in found.message) == ("EXACT", True)


def test_effects_of_every_measure_are_said_in_words():
    assert set(MANY) == set(MEASURES)
