"""Words that say of what a number is a number: studies, people, arms, records; in English and French."""

from __future__ import annotations

import re


def any_of(words: str) -> str:
    """A pattern for any of a comma-separated list of words; a blank stands for any blanks."""
    return "(?:" + "|".join(" ".join(w.split()).replace(" ", r"\s+") for w in words.split(",")) + ")"


def _word(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b{any_of(words)}\b", re.IGNORECASE)


STUDY = any_of(
    r"""studies, study, trials?, RCTs?, experiments?, cohorts?, samples?, essais?, études?, comparisons?,
    comparaisons?, reports, datasets?, data sets, ECRs?, meta-analys[ei]s, effect sizes, estimates, publications,
    articles, papers, reviews, revues"""
)
PEOPLE = any_of(
    r"""participants?, patients?, people, persons?, subjects?, individuals?, adults?, children, infants?, neonates,
    newborns, women, men, nurses, students, volunteers, pregnancies, sujets?, malades?, personnes?, enfants?,
    adultes?, femmes, hommes, volontaires, pregnant women, adolescents, workers, survivors, controls, cases,
    veterans, athletes, eyes, teeth, hips, knees, implants, boys, girls, residents, parturients, parturientes,
    nouveau-nés, smokers, users, inpatients, outpatients, mothers, families, respondents, caregivers, soldiers,
    clinicians, physicians, employees, pupils"""
)
RECORDS = any_of(
    r"""records?, citations?, references?, références?, abstracts?, titles?, hits, full[\s-]texts?, notices,
    enregistrements, résumés, documents"""
)
_THINGS = any_of(
    """events?, deaths?, cases, décès, événements, évènements, comparisons, outcomes, arms, bras, countries, pays,
    centres, centers, experts, interventions, treatments, recurrences, infections, strokes, fractures"""
)
_NO_ADJECTIVE = any_of(
    """and, of, to, for, in, with, et, de, des, vs, versus, were, was, that, from, than, who, or, ou, by"""
)
_STAGED = r"(?:phase|type|stage|grade)\s+[\dIV]+[ab]?(?:\s?[/-]\s?[\dIV]+)?(?=\s)"
_ADJECTIVES = rf"(?:\s*(?:-|\s)(?:{_STAGED}|(?!{_NO_ADJECTIVE}\b)[A-Za-zÀ-ÿ'][\wÀ-ÿ'/-]*)){{0,5}}?"
STUDIES = re.compile(rf"{_ADJECTIVES}\s*[\s-]{STUDY}\b", re.IGNORECASE)
PERSONS = re.compile(rf"{_ADJECTIVES}\s*[\s-]{PEOPLE}\b", re.IGNORECASE)
RECORDED = re.compile(rf"{_ADJECTIVES}\s*[\s-]{RECORDS}\b", re.IGNORECASE)
OTHER_THINGS = re.compile(rf"{_ADJECTIVES}\s+{_THINGS}\b", re.IGNORECASE)
# What studies were not taken in, which of them are only some, and which are those that the review is about.
SCREENED = _word(
    r"""screened, assessed for, potentially, excluded, exclus\w*, awaiting, ongoing, not eligible, removed,
    duplicates"""
)
SOME_OF = _word(
    r"""high[\s-]risk, low risk, risk of bias, reported, judged, rated, significant\w*, favou?r\w*, double-blind,
    blinded, remaining, other, only, further, à risque, rapport\w+, seul\w*, autres?"""
)
INCLUDED = _word(
    r"""includes?, included, including, pooled, combine[sd]?, combining, combiné\w*, eligible, analy[sz]ed,
    met (?:the )?(?:inclusion|eligibility), inclu\w+,
    retenu\w*, sélectionn\w+, total, totalisant, comprising, involving, enrol\w+, recruit\w+, randomi[sz]ed,
    randomisé\w*, contribut\w+, provided, across, informed"""
)
CONTROL = _word(
    r"""placebo, controls?, usual care, saline, sham, no treatment, standard(?: (?:care|treatment|therapy))?,
    comparators?, témoins?, contrôle, soins courants, sans traitement, sérum salé, untreated, non-?treated, without,
    waiting list, wait-?list, conventional, routine, no intervention"""
)
GROUP = _word(
    r"""groups?, arms?, groupes?, bras, received, receiving, allocated, assigned, randomi[sz]ed to, given, treated,
    taking, reçu\w*, sous, recevant, on, with, with the, avec, versus, vs"""
)
VERSUS = _word(
    r"""vs, versus, compared (?:with|to), against, contre, comparé\w*, rather than, relative to, as opposed to,
    than"""
)
AND = re.compile(r"\b(?:and|et)\b")
RESPECTIVELY = re.compile(r"\b(?:respective(?:ly|s)?|respectivement)\b", re.IGNORECASE)
FALL = _word(
    r"""reduc\w*, decrease[sd]?, decreasing, lower\w*, fell, fall\w*, declin\w*, diminu\w*, rédui\w*,
    réduction, baiss\w*, drop\w*,
    cut"""
)
RISE = _word(r"increase[sd]?, increasing, rose, rise, augment\w*, hausse, higher, raised")
