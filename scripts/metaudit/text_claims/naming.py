"""Of which measure and on which scale a result is, by the words around it."""

from __future__ import annotations

import re

from metaudit.text_claims.scan import Scan

_DOWN = re.compile(
    r"\b(?:reduc\w*|decrease[sd]?|decreasing|lower\w*|fell|fall\w*|declin\w*|diminu\w*|rédui\w*|réduction|baiss\w*|less|fewer|moins|drop\w*|cut|"
    # An efficacy is one minus a ratio only where it is that of a prevention (Halloran, Longini and Struchiner 2010).
    r"RRR|VE(?=\s*[=:,(]|\s+(?:was|of)\b)|(?:vaccine|vaccination|protective|preventive)\s+(?:efficacy|effectiveness)|"
    r"efficacité\s+(?:vaccinale|protectrice))\b",
    re.IGNORECASE,
)
_UP = re.compile(
    r"\b(?:increase[sd]?|increasing|higher|rose|rise\w*|augment\w*|greater|more|plus|excess|hausse|accroiss\w*|RRI)\b",
    re.IGNORECASE,
)
# "a relative risk reduction of", "odds reduction"
_REDUCTION = re.compile(
    r"\s*(?:reduction|increase|decrease|diminution|augmentation)s?(?:\s*[(\[]\s*\w{1,4}\s*[)\]])?[\s:=,(]*"
    r"(?:(?:was|were|is|of|by|de|était)\s+){0,2}",
    re.IGNORECASE,
)
_RELATIVE = frozenset({"measure:RR", "measure:OR", "measure:GEN-LOG", "measure:IRR"})
_SHARE = re.compile(
    r"\b(?:prevalence|proportion|rate|incidence|prévalence|taux|pooled|sensitivity|specificity|of (?:patients|participants))\b",
    re.IGNORECASE,
)
_MEAN_UNIT = re.compile(
    r"\s*-?\s?(?:points?|pts|mm|cm|mg|g|kg|µg|mcg|ml|min(?:utes?)?|h(?:ours?)?|days?|jours?|heures?|mm\s?Hg|kcal|m|mmol/L|bpm)\b"
)


def measure_named(scan: Scan, estimate: int, pair: tuple[int, int] | None) -> str:
    """Code of the measure of a result: the one named directly before it, else the nearest in the sentence, else the one before."""
    percent = in_percent(scan, estimate)
    tight = scan.labelled(estimate)
    if tight.startswith("measure:"):
        return tight.removeprefix("measure:")
    named = [scan.kind(j) for j in range(estimate - 1, -1, -1) if scan.kind(j).startswith("measure:")]
    if percent:
        if _REDUCTION.fullmatch(scan.gap(estimate - 1)) and scan.kind(estimate - 1) in _RELATIVE:
            return scan.kind(estimate - 1).removeprefix("measure:")
        share = [k for k in named if k in ("measure:PR", "measure:RD")]
        return (
            share[0].removeprefix("measure:")
            if share
            else "PR"
            if _SHARE.search(scan.text) and not change_named(scan, estimate)
            else ""
        )
    between = (
        [scan.kind(j) for j in range(estimate + 1, pair[0]) if scan.kind(j).startswith("measure:")] if pair else []
    )
    if named or between:
        return (named or between)[0].removeprefix("measure:")
    if _MEAN_UNIT.match(scan.after(estimate)):
        return "MD"
    return scan.inherited


def in_percent(scan: Scan, i: int) -> bool:
    """Whether a number is printed in percent, by the sign or the word."""
    token = scan.lexemes[i].token
    return bool(token and ("%" in token.text or any(r.percent for r in token.readings)))


def change_named(scan: Scan, estimate: int) -> str:
    """Whether a percentage is a fall or a rise: by the words nearest to it."""
    around = [
        (m, word)
        for word, pattern in (("percent-reduction", _DOWN), ("percent-increase", _UP))
        for m in pattern.finditer(scan.text)
    ]
    start, end = scan.lexemes[estimate].start, scan.lexemes[estimate].end
    near = [
        (min(abs(start - m.end()), abs(m.start() - end)), word)
        for m, word in around
        if start - m.end() < 60 and m.start() - end < 35
    ]
    near = [n for n in near if not re.search(r"\bthan\b", scan.text[end : end + 20])]
    return min(near)[1] if near else ""


def scale_named(scan: Scan, estimate: int, pair: tuple[int, int] | None, measure: str) -> str:
    """Scale of a result as claims.csv says it: empty, ``percent``, ``percent-reduction`` or ``percent-increase``."""
    if not in_percent(scan, estimate):
        return "percent" if measure == "PR" and any(in_percent(scan, j) for j in pair or ()) else ""
    return "percent" if measure in ("PR", "RD", "MD") else change_named(scan, estimate) or "percent"
