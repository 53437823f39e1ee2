"""The priors that review.yaml states, read before anything is fitted."""

from __future__ import annotations

import re

from metaudit.appraise.bayesian import chosen_prior
from metaudit.bayes.empirical import empirical_priors
from metaudit.bayes.priors import FAMILIES, mu_prior
from metaudit.errors import DataError, Problem
from metaudit.formats.review import Analysis, Review, shown_path

_TAU = "Write a family with its numbers, such as half-normal(0.5), a family alone, or a table such as turner-2015."
_MU = "Leave mu out where it is not stated."


def prior_problems(review: Review) -> list[Problem]:
    """A problem for every prior of review.yaml that is none.

    Parameters
    ----------
    review : read and checked against its schema
    """
    shown = f"{shown_path(review.folder)}/review.yaml"
    return [p for a in review.analyses.values() if "bayes" in a.syntheses for p in _of_analysis(a, shown)]


def family_alone(text: str) -> str:
    """The family of priors of tau that a text names without numbers; empty where it names none, or needs none."""
    family = next((f for f in FAMILIES if _letters(f) == _letters(text)), "")
    return family if family and FAMILIES[family].parameters else ""


def table_alone(text: str) -> bool:
    """Whether a text names a table of empirical priors, and no cell of it."""
    return text.strip() in {e.table for e in empirical_priors()}


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9()]", "", text.lower())


def _of_analysis(analysis: Analysis, shown: str) -> list[Problem]:
    said = analysis.syntheses["bayes"]
    wrong = []
    for key, fix in (("tau", _TAU), ("mu", _MU)):
        text = str(said.get(key, ""))
        try:
            if text and key == "mu":
                mu_prior(text)
            elif text and not family_alone(text) and not table_alone(text):
                chosen_prior(text)
        except DataError as error:
            line = analysis.line("bayes", key) or analysis.line("bayes") or analysis.line()
            place = f"analyses.{analysis.id}.bayes.{key}"
            wrong.append(Problem(shown, line, place, "bayes-prior", f"{str(error).rstrip('.')}.", fix))
    return wrong
