"""Numbers of a text that are no results: years, citations, headings, links. Each with the reason it is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|janv|févr|fevr|mars|avril|avr|mai|juin|juil|août|aout|sept|déc|"
    "january|february|march|april|june|july|august|september|october|november|december|janvier|février|juillet|septembre|"
    "octobre|novembre|décembre"
)
_PLACE = (
    r"table|tableau|tab\.|fig(?:ure)?\.?|page|section|chapter|chapitre|appendix|annexe|supplement(?:ary)?|etable|efigure|box|"
    r"encadré|panel|equation|équation|eq\.|step|étape|ref(?:erence)?\.?|réf(?:érence)?\.?|footnote|note|item|line|ligne"
)
_PLACES = (
    r"tables|tableaux|figs\.?|figures|pages|sections|chapters|chapitres|appendices|annexes|etables|efigures|boxes|encadrés|"
    r"panels|equations|équations|eqs\.|steps|étapes|refs\.?|references|réfs\.?|références|footnotes|notes|items|lines|lignes"
)
_ONE_PLACE = r"[A-Z]?\d+[a-z]?\b(?!\s?%)(?:\.\d+)*"
_LEVEL_WORDS = r"(?:CI|CrI|PI|IC|confidence|credible|prediction|confiance|crédibilité|prédiction|limits|uncertainty)"
_PROGRAMS = r"(?:revman|review\s+manager|stata|spss|sas|excel|python|metafor|cma|jasp|jamovi|openmeta|graphpad|prism|grade(?:pro)?)"
_NUMBER = r"\d+(?:[.,]\d+)*"

# Reason and pattern; every number inside a match is left out. The first that matches gives the reason.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a link", re.compile(r"https?://\S+|www\.\S+|\bdoi:?\s*10\.\d+/\S+|\b10\.\d{4,}/\S+", re.IGNORECASE)),
    (
        "an identifier",
        re.compile(
            r"\b(?:CRD|NCT|ISRCTN|PMID|PMCID|PMC|EudraCT|ISSN|ISBN|ORCID|ACTRN|UMIN)[\s:#-]*\d[\dX-]*", re.IGNORECASE
        ),
    ),
    (
        "the pages of a reference",
        re.compile(r"\b(?:1[89]|20)\d\d\s*;\s*\d+\s*(?:\([^)\s]*\))?\s*:\s*[A-Za-z]?\d+(?:\s*-\s*[A-Za-z]?\d+)?"),
    ),
    ("a citation", re.compile(r"\[\^?\d{1,3}(?:\s*[,;-]\s*\d{1,3})*\]|\^\d{1,3}(?:[,-]\d{1,3})*\^")),
    (
        "a date",
        re.compile(
            rf"\b\d{{4}}-\d\d?-\d\d?\b|\b\d\d?[./]\d\d?[./]\d{{4}}\b|\b\d\d?(?:st|[nr]d|th|er)?\.?\s+(?:{_MONTHS})\b\.?,?(?:\s+\d{{4}}\b)?"
            rf"|\b(?:{_MONTHS})\b\.?\s+\d\d?(?:st|[nr]d|th)?\b(?![.,]\d)(?:,?\s+\d{{4}}\b)?",
            re.IGNORECASE,
        ),
    ),
    (
        "a confidence level",
        re.compile(
            rf"\b(?:8|9)\d(?:[.,]\d+)?\s?%?[\s-]?{_LEVEL_WORDS}\b|\b{_LEVEL_WORDS}(?:\s+(?:à|at|of|de))?[\s(-]*(?:8|9)\d(?:[.,]\d+)?\s?%",
        ),
    ),
    (
        "a version",
        re.compile(
            rf"\b(?:version|{_PROGRAMS})\s*(?:version\s*|v\.?\s*)?{_NUMBER}|\bv\.?\s?\d+(?:\.\d+)+|\bR\s+(?:version\s+)?\d+\.\d+\.\d+",
            re.IGNORECASE,
        ),
    ),
    (
        "a place in the document",
        re.compile(
            rf"\b(?:{_PLACES})\s*{_ONE_PLACE}(?:\s?(?:[&-]|and|et|to|à)\s?{_ONE_PLACE}|,\s?[A-Z]?\d+[a-z]?\b(?!\s?%|[.,]\d))*|\b(?:{_PLACE})\s*{_ONE_PLACE}"
            r"|\bpp?\.\s?[1-9]\d*(?!\d|[.,]\d)(?:\s?-\s?\d+)?",
            re.IGNORECASE,
        ),
    ),
    ("an ordinal", re.compile(r"\b\d+(?:st|[nr]d|th|er|ère|e|ème)\b")),
    (
        "a heading or list number",
        re.compile(r"^\s*(?:#+\s*\d+(?:\.\d+)*[.)]?|\d+(?:\.\d+)*[.)](?=\s)|\d+(?:\.\d+)+(?=\s+[A-ZÀ-Ý][^.]{0,70}$))"),
    ),
    # Letters run into the digits, or a hyphen between them and a whole number: CO2, 5-HT3, COVID-19; not ``range-3.2``.
    (
        "part of a name",
        re.compile(
            r"\b(?:\d+-)?[A-Za-zÀ-ÿ]+\d+\b(?![.,]\d)|\b[A-Za-zÀ-ÿ]{2,}-\d+\b(?![.,]\d|\s?%)|\b\d+-[A-Z]{2,}\d*\b"
        ),
    ),
)
_REFERENCES = re.compile(
    r"^\s*(?:#+\s*)?(?:\d+\.?\s+)?\**(?:references|références|bibliography|bibliographie|literature cited|works cited)\**\s*:?\s*$",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^\s*#+\s")
_YEAR = re.compile(r"(?:18|19|20)\d\d")


class Span(NamedTuple):
    """A stretch of a line that holds no result."""

    start: int
    end: int
    reason: str


def spans(line: str) -> list[Span]:
    """Stretches of a line, with plain hyphens and blanks, whose numbers are left out."""
    found: list[Span] = []
    taken = bytearray(len(line))
    for reason, pattern in PATTERNS:
        for match in pattern.finditer(line):
            start, end = match.span()
            if any(taken[start:end]) or (reason == "a citation" and _is_interval(line, match)):
                continue
            taken[start:end] = b"\x01" * (end - start)
            found.append(Span(start, end, reason))
    return sorted(found)


def _is_interval(line: str, match: re.Match[str]) -> bool:
    """Whether brackets hold two numbers with decimal commas, ``1,41 [0,80-2,49]``, and no numbers of references."""
    two = re.fullmatch(r"\[(\d{1,3}),\d{1,3}\s*[;-]\s*\d{1,3},\d{1,3}\]", match[0])
    return two is not None and (two[1] == "0" or bool(re.search(r"(?:\d[.,]\d+\s?%?|[=:])\s*$", line[: match.start()])))


def in_references(lines: list[str]) -> Iterator[bool]:
    """Whether each line stands in the list of references: from its heading to the next one."""
    inside = False
    for line in lines:
        if _REFERENCES.match(line):
            inside = True
        elif _HEADING.match(line):
            inside = False
        yield inside


def is_year(text: str) -> bool:
    """Whether a number reads as a year."""
    return bool(_YEAR.fullmatch(text))
