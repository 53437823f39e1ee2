"""Specifications in words: every choice has words, and different specifications read differently."""

from dataclasses import replace
from itertools import product

import pytest

from metaudit.audit_words import vocabulary
from metaudit.audit_words.choice_words import choice_words, departure_words
from metaudit.audit_words.spec_words import spec_words, zero_words
from metaudit.audit_words.synthesis_words import PI as NETWORK_PI
from metaudit.formats.review import SCHEMAS
from metaudit.formats.yaml_file import load_schema
from metaudit.measures import MEASURES
from metaudit.specs import COUNT_MODELS, GLMM_KINDS, MODELS, Spec, departures

METHOD = load_schema(SCHEMAS / "review.schema.json")["$defs"]["method"]["properties"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%",
            "risk ratio, 0.5 added to studies with a zero cell, random effects (DerSimonian-Laird), Wald interval, 95 %",
        ),
        (
            "OR | none | mantel-haenszel (corrected) | wald | 90%",
            "odds ratio, nothing added to zero cells, Mantel-Haenszel (counts corrected first), Wald interval, 90 %",
        ),
        (
            "OR | 0.5@only-zero | mantel-haenszel | wald | 95%",
            "odds ratio, 0.5 added to studies with a zero cell for their own effects only, Mantel-Haenszel, Wald interval, 95 %",
        ),
        (
            "OR | 0.5@only-zero | peto | wald | 95%",
            "odds ratio, 0.5 added to studies with a zero cell for their own effects only, Peto, Wald interval, 95 %",
        ),
        (
            "SMD [revman] | random REML | hksj | I2:Q | PI:t-k-1 | 95%",
            "standardised mean difference (as RevMan defines it), random effects (restricted maximum likelihood), "
            "Hartung-Knapp interval, 95 %, I² from Q, prediction interval by t with k − 1 df",
        ),
        ("GEN | common | wald | 99%", "effects as given, inverse-variance common effect, Wald interval, 99 %"),
        ("chi-square without correction", "chi-square without correction"),
        ("a | b | c | 95%", "a | b | c | 95%"),
    ],
)
def test_words_of_a_specification(text, expected):
    assert spec_words(text) == expected


def some_specs():
    zero = ("0.5@only-zero", "0.5@all", "none", "tacc@only-zero+drop")
    for measure, z, model, tau2, ci in product(MEASURES, zero, MODELS, vocabulary.TAU2, vocabulary.CI):
        yield Spec(measure, z, model=model, tau2=tau2, ci=ci)
    for kind in GLMM_KINDS:
        yield Spec("OR", model="glmm", glmm=kind)
    for i2, pi, q, tau2_ci, stopping in product(
        vocabulary.I2, vocabulary.PI, vocabulary.Q_CENTRE, vocabulary.TAU2_CI, vocabulary.STOPPING
    ):
        yield Spec("RR", i2=i2, pi=pi, q=q, tau2_ci=tau2_ci, stopping=stopping)
    for model, counts, variance in product(COUNT_MODELS, ("", "corrected"), ("", "greenland-robins")):
        yield Spec("RD", model=model, counts=counts, rd_variance=variance)


def test_different_specifications_read_differently():
    specs = {str(s): s for s in some_specs()}
    assert len(specs) > 3000
    assert len({spec_words(s) for s in specs.values()}) == len(specs)


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("tau2", vocabulary.TAU2), ("ci", vocabulary.CI), ("pi", {**vocabulary.PI, **NETWORK_PI}), ("variance", vocabulary.VARIANCE),
        ("q", vocabulary.Q_CENTRE), ("glmm", vocabulary.GLMM), ("tau2_ci", vocabulary.TAU2_CI), ("i2_ci", vocabulary.I2_CI), ("subgroup_tau2", vocabulary.SUBGROUP_TAU2),
        ("stopping", vocabulary.STOPPING), ("model", {**vocabulary.MODEL, "random": ""}),
    ],
)  # fmt: skip
def test_every_choice_of_review_yaml_has_words(key, known):
    assert set(METHOD[key]["enum"]) <= set(known)


def test_every_departure_is_said_without_codes():
    base = Spec("RR")
    other = Spec(
        "RD", "none", "UB", "mantel-haenszel", ci="t", level=0.9, counts="corrected", rd_variance="greenland-robins"
    )
    assert departure_words(departures(other, base)) == (
        "risk difference, nothing added to zero cells, unbiased variance, Mantel-Haenszel, t interval, a 90 % level, "
        "counts corrected before they are pooled, Greenland-Robins variance of the risk difference"
    )
    assert "τ² by DerSimonian-Laird" in departure_words(departures(base, other))
    plainly = replace(other, counts="", rd_variance="")
    assert departures(plainly, other) == ["counts as they are", "variance of the risk difference sato"]
    assert (
        departure_words(departures(plainly, other)) == "counts pooled as they are, Sato variance of the risk difference"
    )
    second = Spec("RR", tau2="PM", i2="Q", pi="normal", q="mantel-haenszel", tau2_ci="jackson", stopping="metafor")
    assert departure_words(departures(second, base)) == (
        "τ² by Paule-Mandel, I² from Q, prediction interval by the normal distribution, Q around the Mantel-Haenszel mean, "
        "interval of τ² by Jackson's method, iterations ended where metafor's default control ends"
    )


def test_departures_of_another_kind_stay_as_they_are():
    assert departure_words(["one study left out"]) == "one study left out"
    assert departure_words([]) == ""


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("tau² DL or HS", "τ² by DerSimonian-Laird or Hunter-Schmidt"),
        ("interval t or wald", "t interval or Wald interval"),
        ("sampling variance pooled-sd", "variance with one SD for both groups"),
        ("zero cells 0.5@all", "0.5 added to every study"),
        ("definition of I² Q", "I² from Q"),
        ("prediction interval normal", "prediction interval by the normal distribution"),
        ("measure OR or RR", "odds ratio or risk ratio"),
        ("model common", "inverse-variance common effect"),
        ("mixed model conditional-exact", "mixed model: conditional, exact"),
        ("a digit mistyped", "a digit mistyped"),
        ("interval of another kind", "interval of another kind"),
    ],
)
def test_a_choice_left_open_is_named_in_words(cause, words):
    assert choice_words(cause) == words


def test_the_two_rules_that_drop_studies_read_differently():
    said = [zero_words(f"0.5@only-zero{drop}") for drop in ("", "+drop", "+drop-empty")]
    assert len(set(said)) == 3
    assert "only events" in said[1]
