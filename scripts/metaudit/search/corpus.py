"""A corpus of analyses searched backwards: for each the method that explains most of what is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.search.fingerprints import RowsMatched, by_rows
from metaudit.search.many import Problem, evaluate_many
from metaudit.search.match import Matched, match
from metaudit.search.rank import Ranked, Specificity, rank, specificity
from metaudit.search.results import Results
from metaudit.search.targets import Target


@dataclass(frozen=True)
class Question:
    """One analysis of a corpus.

    Attributes
    ----------
    problem : its rows and the specifications that are tried
    targets : its printed pooled numbers; what its rows print for single studies is read from the rows themselves
    stated : keys of ``method`` (and ``measure``) that the paper states
    prior : of every specification, shape ``(s,)``; by default all alike, so that the given order decides
    """

    problem: Problem
    targets: Sequence[Target]
    stated: Mapping[str, Any] = field(default_factory=dict)
    prior: Floats | None = None


@dataclass(frozen=True)
class Answer:
    """What explains most of one analysis.

    Attributes
    ----------
    best : the specification that explains most, with what it explains and misses; None without a printed number
    specificity : how many distinct results of the specifications that were tried give the same claims
    unknown : claims whose quantity the search does not compute
    rows : what gives the printed results of the single studies
    """

    best: Ranked | None
    specificity: Specificity
    unknown: tuple[str, ...]
    rows: RowsMatched


def match_many(questions: Sequence[Question], results: Sequence[Results]) -> list[Matched]:
    """Compare the printed numbers of many analyses with their results, in order."""
    return [match(q.targets, r) for q, r in zip(questions, results, strict=True)]


def search_many(questions: Sequence[Question]) -> list[Answer]:
    """The best specification of each analysis and the ways to its studies' printed results, in order."""
    results = evaluate_many([q.problem for q in questions])
    return [answer(q, r, matched=m) for q, r, m in zip(questions, results, match_many(questions, results), strict=True)]


def answer(question: Question, results: Results, *, matched: Matched) -> Answer:
    """The answer to one question from its results."""
    s = len(results.specs)
    prior = np.full(s, 1 / s) if question.prior is None else question.prior
    ranked = rank(matched, stated=question.stated, prior=prior, most=1)
    best = ranked[0] if ranked else None
    worth = specificity(matched, best.explained) if best else Specificity(0, 0)
    return Answer(best, worth, matched.unknown, by_rows(question.problem.rows, results))
