"""Estimates and their intervals: the results that every other number of a sentence belongs to."""

from __future__ import annotations

import re

from metaudit.printed import Printed
from metaudit.text_claims.labels import LINK, SEPARATOR, UNIT_WORDS
from metaudit.text_claims.naming import change_named, in_percent, measure_named, scale_named
from metaudit.text_claims.scan import Head, Scan

_UNIT = re.compile(rf"\s*(?:-?\s?{UNIT_WORDS}\b\.?)?")
_OPEN = re.compile(r"\s*[\[(,;:]\s*(?:from\s+|range\s+)?")
_RULE_OF_THUMB = re.compile(
    r"\s*(?:,|(?:is|was|were|as|being|to be|est|était)\s+)?\s*(?:considered\s+)?(?:an?\s+|un\s+)?"
    r"(?:small|moderate|medium|large|trivial|faible|modéré|important)\b"
)
_BRACKET = re.compile(r"\s*[\[(]\s*")
_ENOUGH = re.compile(r"\s*[\])]|\s*[;,.]|\s*$|\s+and\b|\s+et\b|\s+for\b|\s+vs?\b|\s*%|\s*(?:in|with)\b")
_NO_INTERVAL = re.compile(
    r"\b(?:median|médiane|age|âge|aged|IQR|interquartile|range|étendue|écart|ranging|scale|échelle|score|SD|mean|moyenne?)\b[^;.]{0,25}$",
    re.IGNORECASE,
)
_LOOSE = re.compile(r"[^;()]{0,70}\b(?:was|were|is|are|of|est|était|étaient|de|à|=)\s*")

SIGN_IN_WORDS = "the estimate lies outside the interval printed beside it and its negative inside: does its sign stand in the words?"
_OF_STUDIES = re.compile(r"[-\s]*(?:\w+\s+)?(?:RCTs?|trials?|studies|essais|études|cohorts?|participants|patients)\b")
# Labels whose number has an interval of its own, and the quantities of that interval.
_OTHERS = {"i2": ("i2_low", "i2_high"), "tau2": ("tau2_low", "tau2_high")}
_STATISTICS = (
    "p",
    "p:het",
    "p:sub",
    "p:effect",
    "p:curve",
    "q",
    "qb",
    "df",
    "z",
    "k",
    "n",
    "h2",
    "r2",
    "se",
    "egger",
    "begg",
    "failsafe",
)


def find_results(scan: Scan) -> None:
    """Mark estimates, confidence and prediction intervals, and intervals of I², tau² and the number needed to treat."""
    for i in range(len(scan.lexemes)):
        if scan.kind(i) == "pi":
            _prediction(scan, i)
    for i in range(len(scan.lexemes)):
        if scan.kind(i) == "ci" and not revman_total(scan, i):
            _confidence(scan, i)
    for i in range(len(scan.lexemes)):
        if scan.free(i):
            _without_label(scan, i)
    for i in range(len(scan.lexemes)):
        if scan.free(i):
            _estimate_alone(scan, i)
    scan.heads.sort(key=lambda h: h.lexeme)
    for h, head in enumerate(scan.heads):
        for j in (head.lexeme, head.low, head.high):
            if j is not None:
                scan.facts[j].head = h
                scan.facts[j].scale = scan.facts[j].scale or scan.facts[head.lexeme].scale


def _pair_after(scan: Scan, i: int, opening: re.Pattern[str] = LINK) -> tuple[int, int] | None:
    """Two numbers after a lexeme that can be the ends of an interval."""
    if not (scan.free(i + 1) and scan.free(i + 2) and opening.fullmatch(scan.gap(i))):
        return None
    # In "0.53 -0.82" the dash was read with the number, as its sign or as that of a range.
    dashed = not scan.gap(i + 1).strip() and len(scan.readings(i + 2)) > 1
    return (i + 1, i + 2) if dashed or _joins(scan.gap(i + 1)) else None


def _joins(gap: str) -> bool:
    unit = _UNIT.match(gap)
    rest = gap[unit.end() :] if unit else gap
    return bool(SEPARATOR.fullmatch(gap) or SEPARATOR.fullmatch(rest))


def _ordered(
    scan: Scan, low: int, high: int, estimate: int | None = None
) -> tuple[Printed, Printed, Printed | None] | None:
    """Readings of both ends (and of the estimate between them) in which they are in order, with like decimals if possible."""
    inner = list(scan.readings(estimate)) if estimate is not None else [None]
    options = [
        (abs(_decimals(a) - _decimals(b)) + (abs(_decimals(a) - _decimals(e)) if e else 0), a, b, e)
        for a in scan.readings(low)
        for b in scan.readings(high)
        for e in inner
        if a.value <= b.value and (e is None or a.value <= e.value <= b.value)
    ]
    if not options:
        return None
    _, a, b, e = min(options, key=lambda o: o[0])
    return a, b, e


def _decimals(p: Printed) -> int:
    return max(p.decimals, 0)


def _prediction(scan: Scan, i: int) -> None:
    pair = _pair_after(scan, i)
    found = _ordered(scan, *pair) if pair else None
    if pair and found:
        scan.give(pair[0], "pi_low", found[0])
        scan.give(pair[1], "pi_high", found[1])


def _confidence(scan: Scan, i: int) -> None:
    level = re.search(r"[89]\d(?:[.,]\d+)?(?=\s?%|[\s-]|$|\})", scan.text[scan.lexemes[i].start : scan.lexemes[i].end])
    shown = level[0].replace(",", ".") if level else ""
    # "RR (95% CI) 0.66 (0.53 to 0.82)": the label stands before the estimate
    if (
        re.match(r"\s*[\])]", scan.gap(i))
        and scan.free(i + 1)
        and re.fullmatch(r"\s*[\])]\s*[:=,]?\s*(?:(?:was|of|were|is)\s+)?", scan.gap(i))
    ):
        pair = _pair_after(scan, i + 1, _OPEN)
        if pair and _ordered(scan, *pair, i + 1):
            _head(scan, i + 1, pair, shown)
        return
    pair = _pair_after(scan, i) or _pair_before(scan, i)
    if pair is None or _ordered(scan, *pair) is None:
        return
    first = min(i, pair[0])
    kind = scan.labelled(first - 1) if scan.is_number(first - 1) else ""
    if kind == "nnt":
        _other_limits(scan, pair, "number needed to treat")
    elif kind == "coef":
        _other_limits(scan, pair, "coefficient")
    elif kind in _OTHERS and _ordered(scan, *pair, first - 1):
        for j, quantity in zip(pair, _OTHERS[kind], strict=True):
            scan.give(j, quantity)
    elif (estimate := _estimate_of(scan, first, pair)) is not None:
        _head(scan, estimate, pair, shown)


def _pair_before(scan: Scan, i: int) -> tuple[int, int] | None:
    """``(0.53-0.82, 95% CI)``."""
    if (
        scan.free(i - 2)
        and scan.free(i - 1)
        and re.fullmatch(r"\s*%?\s*[,;(\[]?\s*", scan.gap(i - 1))
        and _joins(scan.gap(i - 2))
    ):
        return i - 2, i - 1
    return None


def _other_limits(scan: Scan, pair: tuple[int, int], what: str) -> None:
    """Limits for which claims.csv has no quantity of their own."""
    for j, word in zip(pair, ("lower", "upper"), strict=True):
        scan.give(j, "value", subject=f"{word} confidence limit of the {what}")


def _estimate_of(scan: Scan, first: int, pair: tuple[int, int]) -> int | None:
    """The number an interval is about: with a measure's name before it, or else inside the interval, or else just before."""
    options = [j for j in range(first - 1, max(first - 9, -1), -1) if scan.is_number(j)]
    taken = next((j for j in options if j in scan.facts), -1)  # the last number of the result before
    options = [
        j
        for j in options
        if j > taken and scan.labelled(j) not in _STATISTICS and not scan.labelled(j).startswith("i2")
    ]
    for j in options:
        if scan.labelled(j).startswith("measure:"):
            return j
    for j in options:
        if _ordered(scan, *pair, j) and not _OF_STUDIES.match(scan.after(j)):
            return j
    if (
        options
        and options[0] == first - 1
        and len(scan.gap(first - 1)) <= 25
        and not _OF_STUDIES.match(scan.after(options[0]))
    ):
        return options[0]
    after = pair[1] + 2
    if scan.free(after) and scan.labelled(after).startswith("measure:") and _ordered(scan, *pair, after):
        return after
    return None


_TOTAL = re.compile(r"\b(?:sub)?total\s*(?:\([^()]*)?\(\s*$", re.IGNORECASE)


def revman_total(scan: Scan, i: int) -> bool:
    """``Total (95% CI) 412 405 100.0% 0.71 [0.55, 0.92]``: the last row of a forest plot of RevMan, as a PDF gives it."""
    if not _TOTAL.search(scan.before(i)):
        return False
    row = [j for j in range(i + 1, len(scan.lexemes)) if scan.is_number(j)]
    for at in range(len(row) - 2):
        pair = _pair_after(scan, row[at], _BRACKET)
        if pair and _ordered(scan, *pair, row[at]):
            _head(scan, row[at], pair, "")
            people = [j for j in row[:at] if scan.whole(j)]
            if len(people) == 2:
                scan.give(people[0], "n_t", scan.whole(people[0]), head=len(scan.heads) - 1)
                scan.give(people[1], "n_c", scan.whole(people[1]), head=len(scan.heads) - 1)
            for j in row[:at]:
                if j not in people:
                    scan.out[j] = "the weight of all studies together"
            return True
    return False


def _without_label(scan: Scan, i: int) -> None:
    """``OR 0.66 (0.53-0.82)``, and ``0.66, 0.53 to 0.82`` where the text has said before that these are intervals."""
    pair = _pair_after(scan, i, _OPEN)
    if (
        pair is None
        or not _ENOUGH.match(scan.after(pair[1]))
        or any(scan.shown(j).startswith(("<", ">")) for j in pair)
    ):
        return
    found = _ordered(scan, *pair, i)
    named = scan.labelled(i).startswith("measure:") or _loosely(scan, i)
    named = named or _change_with_interval(scan, i, pair)
    told = scan.unlabelled or any(scan.kind(j) == "ci" for j in range(len(scan.lexemes)))
    if found is None or not (named or told):
        return
    low, high, estimate = found
    alike = estimate is not None and low.decimals == high.decimals == estimate.decimals and low.value < high.value
    if not alike or (not named and (estimate is None or estimate.decimals < 1 or _NO_INTERVAL.search(scan.before(i)))):
        return
    _head(scan, i, pair, "")


def _change_with_interval(scan: Scan, i: int, pair: tuple[int, int]) -> bool:
    """``reduced the risk by 25 % (10 to 38)``: no range, no count of people, not the value a change starts from."""
    return (
        in_percent(scan, i)
        and bool(change_named(scan, i))
        and "/" not in scan.gap(pair[0])
        and "range" not in scan.gap(i)
        and not re.search(r"\b(?:from|to|de|à|SD|mean|median)\s*$", scan.before(i))
    )


def _loosely(scan: Scan, i: int) -> bool:
    """Whether a measure is named before a number with a few words between: ``the odds ratio for death was``."""
    return i > 0 and scan.kind(i - 1).startswith("measure:") and bool(_LOOSE.fullmatch(scan.gap(i - 1)))


def _estimate_alone(scan: Scan, i: int) -> None:
    kind = scan.labelled(i)
    if not kind.startswith("measure:") and not (
        _loosely(scan, i)
        and not re.match(
            r"\s?-?\s?(?:days?|weeks?|months?|years?|jours?|semaines?|mois|ans?|h\b|hours?)", scan.after(i)
        )
    ):
        return
    if re.match(
        r"\s?-\s?(?:day|week|month|year|point|item|jours?|mois|ans)\b|\s?(?:-|to)\s?\d+\s?(?:-?\s?(?:point|mm|cm))?\s*scale",
        scan.after(i),
    ):
        return
    if re.match(r"\s*(?:studies|trials|RCTs|participants|patients|essais|études)\b", scan.after(i)):
        return
    measure = (kind or scan.kind(i - 1)).removeprefix("measure:")
    if scan.shown(i).startswith(("<", ">", "≤", "≥")) or _RULE_OF_THUMB.match(scan.after(i)):
        scan.out[i] = "a threshold"
        return
    if measure in ("OR", "RR", "GEN-LOG", "IRR", "SMD", "PETO", "ROM") and in_percent(scan, i):
        return
    _head(scan, i, None, "")


def _outside(scan: Scan, estimate: int, ends: tuple[Printed, Printed, Printed | None]) -> str:
    """What a person should know of an estimate outside its interval: whether its sign may stand in the words."""
    negative = any(ends[0].value <= -r.value <= ends[1].value for r in scan.readings(estimate))
    return SIGN_IN_WORDS if negative else "the estimate lies outside the interval printed beside it"


def _head(scan: Scan, estimate: int, pair: tuple[int, int] | None, level: str) -> None:
    """Enter a result; its measure is the one named nearest before it."""
    found = _ordered(scan, *pair, estimate) if pair else None
    loose = _ordered(scan, *pair) if pair and not found else None
    ends = (found or loose or (None, None))[:2]
    if estimate in scan.facts:
        return
    measure = measure_named(scan, estimate, pair)
    scale = scale_named(scan, estimate, pair, measure)
    scan.give(estimate, "estimate", found[2] if found else None, scale=scale)
    if estimate not in scan.facts:
        return
    if pair:
        scan.give(pair[0], "ci_low", ends[0], scale=scale)
        scan.give(pair[1], "ci_high", ends[1], scale=scale)
        if loose:
            scan.facts[estimate].note = _outside(scan, estimate, loose)
    if scale.startswith("percent") and measure == "?":
        measure = ""
    scan.heads.append(Head(estimate, measure, level, *(pair or (None, None))))
