"""Subjects of claims in a French sentence: our own words are put into it, names are not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from metaudit.audit_words.subjects import spoken_subject
from metaudit.audit_words.what_to_ask import ask


def row(verdict, **given):
    base = {
        "criterion": "",
        "quantity": "estimate",
        "subject": "",
        "printed": "0.50",
        "value": 0.4312,
        "spec": "",
        "causes": (),
        "edits": (),
    }
    return SimpleNamespace(**{**base, "verdict": verdict, **given})


@pytest.mark.parametrize(("quantity", "subject", "told"), [
    ("tau2", "between", "entre groupes"), ("i2", "within", "à l'intérieur des groupes"), ("i2", "sampling", "erreur d'échantillonnage"),
    ("q", "between", "entre sous-groupes"), ("subgroup_p", "within", "à l'intérieur des sous-groupes"), ("k", "effects", "effets"),
    ("bayes_factor", "no heterogeneity", "absence d'hétérogénéité"), ("coef", "intercept", "ordonnée à l'origine"),
    ("coef_p", "quadratic", "terme quadratique"), ("coef", "spline2", "terme 2 de la spline"), ("ci_low", "per 10", "par 10"),
    ("predicted", "per 10 g/day", "par 10 g/day"), ("predicted", "dose=20", "dose de 20"), ("estimate", "dose = 2.5 vs 0", "dose de 2.5 contre 0"),
])  # fmt: skip
def test_words_of_the_formats(quantity, subject, told):
    assert spoken_subject(subject, quantity, language="fr") == told
    assert spoken_subject(subject, quantity) == subject
    question = ask(row("DIFFERENT", quantity=quantity, subject=subject), language="fr")
    assert f"({told})" in question


@pytest.mark.parametrize(("quantity", "subject"), [
    ("estimate", "between"), ("estimate", "Within 2015"), ("estimate", "A : B"), ("study_estimate", "per protocol 2001"), ("estimate", "per protocol"),
    ("coef", "linear dose"), ("k", "studies of rats"), ("weight", "effects"), ("p_score", "heterogeneity"), ("value", "per 10"),
])  # fmt: skip
def test_names_stay(quantity, subject):
    assert spoken_subject(subject, quantity, language="fr") == subject


def test_survey_subjects_are_said_as_before():
    assert spoken_subject("item=S4; round=2; answer=agree", "agreement", language="fr") == "S4, tour 2, agree"
