"""Numbers of a sentence that are no results: doses, times, ages, scales. Each with the reason it is left out."""

from __future__ import annotations

import re

from metaudit.text_claims.nouns import any_of
from metaudit.text_claims.scan import Scan

_I = re.IGNORECASE
_TIME = any_of(
    r"""s(?:ec(?:onds?)?|econdes?)?, min(?:utes?)?, h(?:ours?|eures?|rs?)?, d(?:ays?)?, jours?, j, weeks?, wks?, semaines?,
    months?, mois, years?, yrs?, ans?, années?, decades?"""
)
_AMOUNT = any_of(
    """mg, µg, μg, mcg, ng, g, kg, IU, UI, units?, mmol, mol, nmol, mL, ml, L, dL, kcal, kJ, Gy, MHz, Hz, mm, cm, m, km, ppm, mmHg, mm Hg, °C, kPa,
    W, J"""
)
_PER = r"(?:\s?[/.·]\s?(?:kg|h|d|day|min|m2|m²|mL|ml|L|dL|jour|j|week|hour|24\s?h)(?:⁻¹|-1)?)*"
_DOSE = rf"(?:{_AMOUNT}{_PER})"
_OF_AGE = any_of(
    r"aged?, âgée?s?, (?:mean|median|average) age(?: of \w+)?, âge (?:moyen|médian), older than, younger than"
)
_JOINED_AGE = any_of(r"was, of, de, était, between, from, ranged, over, under, moyen, d'au moins, at least")
_STAGES = any_of(
    "phases?, stages?, stades?, types?, grades?, level, niveau, class(?:e|es)?, NYHA, ASA, category, item, step, wave, cohort, model"
)
_SPREADS = any_of(
    r"SD, IQR, standard deviation, interquartile range, range, écart[\s-]type, ET, median, médiane, mean, moyenne"
)
_SCALED = r"\s?-\s?(?:points?|items?|mm|cm|level)\b(?:\s+\w+){0,3}\s+(?:scale|VAS|score|NRS|Likert)"
# Reason; what stands after the number; what stands before it. The first that fits gives the reason.
_RULES: tuple[tuple[str, re.Pattern[str] | None, re.Pattern[str] | None], ...] = (
    (
        "an age",
        re.compile(rf"\s?-?\s?(?:{_TIME}\s+(?:of\s+age|old|d'âge)|-?year-olds?)\b", _I),
        re.compile(rf"\b{_OF_AGE}\b[\s:=,(]*(?:{_JOINED_AGE}\s+){{0,3}}$", _I),
    ),
    (
        "a scale",
        re.compile(rf"{_SCALED}|\s?-\s?(?:point|item|level)\b", _I),
        re.compile(
            r"\b(?:scale|échelle|VAS|EVA|NRS|EN|score)s?\b[\s:,(]*(?:(?:of|from|de|ranging|range|graduée)\s+){0,3}$", _I
        ),
    ),
    ("a stage, type or grade", None, re.compile(rf"\b{_STAGES}\s+$", _I)),
    ("a dose or a unit", re.compile(rf"\s?-?\s?{_DOSE}(?![\w])"), None),
    (
        "a time",
        re.compile(rf"\s?-?\s?{_TIME}\b", _I),
        re.compile(rf"\b(?:{_TIME}|POD|J)\s?(?:n°\s?)?$|\bT$", _I),
    ),
    (
        "a design quantity",
        None,
        re.compile(r"\b(?:power|puissance|alpha|α|β|beta)\b[\s=:,(]*(?:(?:of|was|de|set|at|=)\s*){0,3}$", _I),
    ),
    ("an exposure unit", None, re.compile(r"\bper\s+(?:each\s+)?$|\bpour\s+$|\beach\s+$", _I)),
    ("a ratio of allocation", re.compile(r"\s?:\s?\d"), re.compile(r"\d\s?:\s?$")),
    ("a level of significance", None, re.compile(r"(?:significance|signification)\b[^.;]{0,25}$", _I)),
    (
        "a spread that is no result",
        None,
        re.compile(rf"\b{_SPREADS}\b[\s:=,(\[]*(?:(?:of|was|de|était|from|between)\s+){{0,2}}$", _I),
    ),
)
_SPEAKS = re.compile(r"[^\W\d_]|:")
_RANGE = re.compile(rf"\s?-?\s?(?:{_TIME}|{_DOSE})?\s?(?:-|to|à|and|et|or|ou|,|;|vs\.?|versus|±|\+/-)\s?$", _I)
NOT_RECOGNISED = "no word beside it says what it is"


def leave_out(scan: Scan) -> None:
    """Give a reason to every number that no rule has taken; the first of a range has that of the second."""
    for i in range(len(scan.lexemes) - 1, -1, -1):
        if scan.free(i):
            scan.out[i] = _reason(scan, i)
    for i in range(1, len(scan.lexemes)):
        if scan.out.get(i) == NOT_RECOGNISED and i - 1 in scan.out and _RANGE.fullmatch(scan.gap(i - 1)):
            scan.out[i] = scan.out[i - 1]


def leave_out_early(scan: Scan) -> None:
    """Take out what a count or a share could be mistaken for: doses, times, ages and scales."""
    for i in range(len(scan.lexemes) - 1, -1, -1):
        token = scan.lexemes[i].token
        if scan.free(i) and token and "%" not in token.text and not re.match(r"\s*(?:\(|of\b)", scan.after(i, 4)):
            reason = _reason(scan, i)
            if reason not in (NOT_RECOGNISED, "a spread that is no result"):
                scan.out[i] = reason


def _reason(scan: Scan, i: int) -> str:
    before, after = scan.before(i, 70), scan.after(i, 45)
    speaks = _SPEAKS.search(before) is not None  # before a number among numbers no word can stand
    for reason, behind, ahead in _RULES:
        if (behind is not None and behind.match(after)) or (speaks and ahead is not None and ahead.search(before)):
            return reason
    if i + 1 in scan.out and scan.out[i + 1] != NOT_RECOGNISED and _RANGE.fullmatch(scan.gap(i)):
        return scan.out[i + 1]
    return NOT_RECOGNISED
