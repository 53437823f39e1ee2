"""A number taken over from another paper, against the number in that paper."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from metaudit.audit.intervals import Filed
from metaudit.audit.judge import size_of
from metaudit.audit.scale import natural_window, on_printed_scale, printed_of
from metaudit.audit.verdict import Finding
from metaudit.audit.words import JUDGED
from metaudit.formats.review import Claim, Review
from metaudit.printed import Interval

_HEDGES = {"nearly", "about", "almost", "approximately", "around", "over"}


def check_transcription(claim: Claim, target: Claim, source: Review) -> Iterator[Filed]:
    """Compare a claim with the claim it transcribes; numbers only in one unit, words only where they are judged."""
    where = _where(target, source)
    if "text" in (claim.quantity, target.quantity):
        yield from _words(claim, target, where)
        return
    here, there = printed_of(claim), printed_of(target)
    a, b = _window(claim), _window(target)
    if here is None or there is None or a is None or b is None:
        return
    if claim.unit != target.unit and "value" in (claim.quantity, target.quantity):
        unlike = f"{target.printed} {target.unit or '(no unit)'}; not comparable with {claim.unit or 'no unit'}"
        yield claim.id, Finding("transcription", f"{where} prints {unlike}.")
        return
    theirs = on_printed_scale(claim, here, _centre(b)) if claim.quantity != "value" else _centre(b)
    shared: dict[str, Any] = {"value": theirs, "certainty": target.certainty}
    agreement = _agreement(claim, target, a, b, here.value)
    if agreement:
        verdict, how = agreement
        yield claim.id, Finding("transcription", how.format(where=where), verdict, **shared)
        return
    size = max(abs(_centre(a)), abs(_centre(b)))
    impact = size_of(abs(_centre(a) - _centre(b)) / size if size else 0.0)
    about = f" ({target.subject})" if target.subject else ""
    message = f"Printed {claim.printed}, but {where} prints {target.printed}{about}."
    causes = ("a slip in transcription", "another version of the source")
    yield claim.id, Finding("transcription", message, "INCONSISTENT", impact=impact, causes=causes, **shared)


def _agreement(claim: Claim, target: Claim, a: Interval, b: Interval, value: float) -> tuple[str, str] | None:
    """Verdict and sentence when the two numbers can be one; None when they cannot."""
    if _same_number(a, b):
        finer = _width(a) < 0.99 * _width(b) and abs(_centre(a) - _centre(b)) > 1e-9 * _width(b)
        verdict = "WITHIN_ROUNDING" if finer else "EXACT"
        return verdict, f"{claim.printed} agrees with {target.printed} in {{where}}."
    cut = _window(claim, rounding="truncated")
    if claim.rounding in ("", "truncated") and cut is not None and _centre(b) in cut and _width(b) < _width(a):
        return "WITHIN_ROUNDING", f"{claim.printed} is {target.printed} in {{where}}, cut instead of rounded."
    if _centre(b) in _as_round_number(claim, value):
        return "WITHIN_ROUNDING", f"{claim.printed} is {target.printed} in {{where}} as a round number."
    return None


def _same_number(a: Interval, b: Interval) -> bool:
    """Whether the number printed with more digits rounds to the other; with equal digits they must be the same."""
    fine, coarse = (a, b) if _width(a) <= _width(b) else (b, a)
    if math.isinf(_width(coarse)):
        return a.overlaps(b)
    if _width(fine) > 0.99 * _width(coarse):
        return abs(_centre(a) - _centre(b)) < 1e-6 * max(_width(coarse), 1e-12)
    return _centre(fine) in coarse


def _as_round_number(claim: Claim, value: float) -> Interval:
    """What a whole number ending in zeros can stand for: with three of them, or with one and a word such as 'nearly'."""
    digits = claim.printed.replace(" ", "").replace("\u202f", "").replace("\u00a0", "").replace(",", "")
    zeros = len(digits) - len(digits.rstrip("0")) if digits.isdigit() else 0
    if zeros >= 3 or (zeros >= 1 and _HEDGES & set(claim.subject.lower().replace(",", " ").split())):
        return Interval(value - 10**zeros / 2, value + 10**zeros / 2)
    return Interval(value, value)


def _width(window: Interval) -> float:
    return window.high - window.low


def _centre(window: Interval) -> float:
    if math.isinf(window.low) or math.isinf(window.high):
        return window.high if math.isinf(window.low) else window.low
    return (window.low + window.high) / 2


def _window(claim: Claim, *, rounding: str = "nearest") -> Interval | None:
    printed = printed_of(claim)
    if printed is None:
        return None
    window = natural_window(claim, printed, rounding=rounding)
    if claim.quantity == "value" and (claim.unit == "percent" or printed.percent):
        return window if not (printed.percent or claim.scale == "percent") else window.scaled(100.0)
    return window


def _words(claim: Claim, target: Claim, where: str) -> Iterator[Filed]:
    here, there = claim.printed.strip().lower(), target.printed.strip().lower()
    if here == there:
        yield (
            claim.id,
            Finding("transcription", f"The statement agrees with {where}.", "EXACT", certainty=target.certainty),
        )
    elif {here, there} <= set(JUDGED) and _opposed(here, there):
        message = f"Stated '{claim.printed}', but {where} says '{target.printed}'{f' of {target.subject}' if target.subject else ''}."
        yield (
            claim.id,
            Finding(
                "transcription",
                message,
                "INCONSISTENT",
                impact="significance",
                certainty=target.certainty,
                causes=("the source's result reported the other way round", "another result of the source meant"),
            ),
        )
    else:
        yield claim.id, Finding("transcription", f"{where} says: '{target.printed}'.", certainty=target.certainty)


def _opposed(a: str, b: str) -> bool:
    return a.removeprefix("not ") == b.removeprefix("not ") or {a, b} == {"favours treatment", "favours control"}


def _where(target: Claim, source: Review) -> str:
    year = source.citation.get("year", "")
    name = f"{source.citation.get('authors', source.id)} {year}".strip()
    return f"{name} ({source.id}/{target.id}{f', {target.where}' if target.where else ''})"
