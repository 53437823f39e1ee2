"""Priors of review.yaml are read before anything is fitted."""

from __future__ import annotations

import pytest

from making import claim, made
from metaudit.appraise.stated_priors import family_alone, prior_problems
from metaudit.formats.review import read_review

ROWS = [{"study": s, "effect": e, "se": 0.2} for s, e in (("A", 0.1), ("B", 0.3), ("C", 0.2))]


def found(folder, bayes):
    made(folder, claims=[claim("k", "k", "3")], rows=ROWS, measure="GEN", bayes=bayes)
    return prior_problems(read_review(folder))


@pytest.mark.parametrize(
    "bayes",
    [
        {"tau": "half-normal(0.5)", "mu": "normal(0, 4)"}, {"tau": "Half Cauchy"}, {"tau": "turner-2015"}, {"mu": "flat"},
        {"tau": "turner-2015; pain; pharmacological vs placebo or control"}, {}, None,
    ],
)  # fmt: skip
def test_priors_that_are_some(tmp_path, bayes):
    assert found(tmp_path / "r", bayes) == []


@pytest.mark.parametrize(
    ("bayes", "key", "words"),
    [
        ({"tau": "half-normal(-0.5)"}, "tau", "must be a positive number"),
        ({"tau": "half-narmal(0.5)"}, "tau", "half-narmal"),
        ({"tau": "turner-2015; pains"}, "tau", "it has pain"),
        ({"tau": "half-normal(0.5"}, "tau", "half-normal(0.5"),
        ({"mu": "cauchy(3)"}, "mu", "normal(mean, SD)"),
    ],
)
def test_priors_that_are_none_are_named_with_their_key(tmp_path, bayes, key, words):
    (problem,) = found(tmp_path / "r", bayes)
    assert problem.rule == "bayes-prior"
    assert problem.column.endswith(f".bayes.{key}")
    assert problem.row > 0
    assert words in problem.message


def test_a_family_without_numbers():
    assert family_alone("half Normal") == "half-normal"
    assert family_alone("half-normal(1)") == family_alone("turner-2015") == family_alone("flat") == ""
