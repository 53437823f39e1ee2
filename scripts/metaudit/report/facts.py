"""What is known about one claim, term by term: how our value comes about, what it is compared with, what it says."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.audit_words.criteria import criterion_formula, criterion_words, specificity_words
from metaudit.audit_words.spec_words import choice_words, departure_words, spec_words
from metaudit.audit_words.texts import causes_missing
from metaudit.audit_words.what_to_ask import ask
from metaudit.specs import departures, parse_spec
from metaudit.tables import numbers
from metaudit.tables.quantities import NAMED_BY_SUBJECT, about, quantity_words
from metaudit.tables.reading import Finding, words
from metaudit.tables.verdicts import CERTAINTY_MEANING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPEC_AND_REST = re.compile(r"(?P<spec>[^|]+(?:\|[^|]+){2,}?\|\s*[\d.]+%)(?P<rest>.*)", re.DOTALL)
_BESIDE, _CITED = "the numbers printed beside it", "the number in the document it is taken from"
_MISSED = ("NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One text of a fact, with a link where there is one, and the canonical string behind words."""

    text: str
    href: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing known about a claim."""

    term: str
    items: tuple[Item, ...]


def spec_item(text: str) -> Item:
    """A specification in words, with its canonical string; what follows the string (a value) is kept.

    A text that holds no specification (the name of a test) stays as it is.
    """
    found = _SPEC_AND_REST.fullmatch(text.strip())
    said = spec_words(found["spec"].strip()) if found else text
    if found is None or said == found["spec"].strip():
        return Item(text=numbers.typographic(text))
    rest = found["rest"].strip()
    rest = "" if not rest else f": {rest.lstrip(':=>-→ ')}" if not rest.startswith("(") else f" {rest}"
    return Item(text=said + rest, code=found["spec"].strip())


def _like(text: str, other: str) -> Item:
    """An alternative by what it does otherwise than the method named before it."""
    try:
        apart = departure_words(departures(parse_spec(text), parse_spec(other)))
    except (ValueError, KeyError, IndexError):
        return spec_item(text)
    return Item(text=f"the same with {apart}" if apart else spec_words(text), code=text)


def margin_words(margin: object) -> str:
    """Distance to the printed interval in words."""
    value = numbers.number(margin)
    if value is None:
        return words(margin)
    side = "inside" if value >= 0 else "outside"
    size = numbers.significant(abs(value))
    return f"{size} {'unit' if size == '1.00' else 'units'} of the last printed digit {side} the printed interval"


def precise(value: object) -> str:
    """Our value with more digits than the row shows; whole numbers without a point."""
    exact = numbers.number(value)
    return words(value) if exact is None else f"{exact:.6g}"


def facts_of(finding: Finding) -> Iterator[Fact]:
    """The facts of a claim, in the order in which a reader follows them; what is not known is left out or said so."""
    yield from _ours(finding)
    yield from _compared(finding)
    yield from _methods(finding)
    yield from _what_would(finding)
    yield from _rest(finding)


def _one(term: str, text: str) -> Iterator[Fact]:
    if text:
        yield Fact(term=term, items=(Item(text=text),))


def _ours(finding: Finding) -> Iterator[Fact]:
    """Our value, its interval, its formula and its inputs."""
    unchecked, exact = finding.verdict == "NOT_CHECKABLE", finding.verdict == "EXACT"
    yield from _one("Our value", numbers.typographic(value_words(finding)))
    if unchecked and not finding.value and not finding.formula:
        yield from _one("Formula and inputs", "none: what is needed is not public, or was not read")
        return
    yield from _one("Formula", _minus(finding.formula or ("" if exact else _check_formula(finding))))
    if exact:
        return
    if finding.inputs:
        yield Fact(term="Inputs", items=tuple(Item(text=numbers.typographic(line)) for line in finding.inputs))
    else:
        beside = finding.criterion and not finding.spec
        yield from _one("Inputs", _CITED if finding.criterion == "transcription" else _BESIDE if beside else "")


def _minus(formula: str) -> str:
    """A formula with true minus signs, before numbers and between them."""
    return numbers.typographic(re.sub(r"(?<=[\w)]) - (?=[\w(.])", f" {numbers.MINUS} ", formula))


def _check_formula(finding: Finding) -> str:
    """A check between printed numbers is its own formula; what is re-derived under a method has one of its own."""
    return "" if finding.spec else criterion_formula(finding.criterion)


def value_words(finding: Finding) -> str:
    """Our value with the interval that rounding of the inputs leaves it; empty without a value."""
    value = precise(finding.value)
    low, high = numbers.number(finding.value_low), numbers.number(finding.value_high)
    exact = numbers.number(finding.value)
    if exact is None or low is None or high is None or not low <= exact <= high or finding.verdict == "EXACT":
        return value
    if precise(low) != precise(high):
        return f"{value} ({precise(low)} to {precise(high)} once the rounding of the inputs is allowed for)"
    moved = (
        "no rounded input could move it" if finding.verdict in _MISSED else "the rounding of the inputs is not needed"
    )
    return f"{value} ({moved})"


def printed_words(finding: Finding) -> str:
    """The interval that a printed number stands for."""
    low, high = numbers.number(finding.printed_low), numbers.number(finding.printed_high)
    if low is not None and high is not None and (math.isinf(low) or math.isinf(high)):
        side, end = ("below", high) if math.isinf(low) else ("above", low)
        return "" if math.isinf(end) else numbers.typographic(f"{side} {end:.6g}")
    decimals = max(numbers.decimals_of(finding.printed) + 1, numbers.together(low, high))
    return numbers.typographic(numbers.span(finding.printed_low, finding.printed_high, decimals))


def envelope_words(finding: Finding) -> str:
    """How far the methods of the stated measure reach, all other choices free."""
    return numbers.typographic(numbers.span(finding.envelope_low, finding.envelope_high))


def _compared(finding: Finding) -> Iterator[Fact]:
    """What our value is compared with, and by which criterion."""
    yield from _one("Printed, as an interval", printed_words(finding))
    yield from _one("Distance", margin_words(finding.margin))
    meaning = criterion_words(finding.criterion)
    yield from _one("Criterion", f"{finding.criterion}. {meaning}" if meaning else finding.criterion)


def _methods(finding: Finding) -> Iterator[Fact]:
    """Methods that give the number, and what the search says about them."""
    if finding.spec:
        given = finding.verdict in ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "OTHER_SPEC")
        yield Fact(term="Reproduced by" if given else "Our value is by", items=(spec_item(finding.spec),))
    if finding.stated_spec and finding.stated_spec != finding.spec:
        yield Fact(term="Stated method", items=(spec_item(finding.stated_spec),))
    if finding.alternatives:
        yield Fact(term="Also matching", items=tuple(_like(t, finding.spec) for t in finding.alternatives))
    yield from _one("Specificity", specificity_words(finding.specificity, finding.searched) or _unsearched(finding))
    if finding.verdict == "EXACT":
        return
    yield from _one("Methods of this measure give", envelope_words(finding))
    if finding.nearest:
        yield Fact(term="Nearest methods", items=tuple(map(spec_item, finding.nearest)))


def _unsearched(finding: Finding) -> str:
    if finding.verdict in ("EXACT", "NOT_CHECKABLE") or not finding.criterion:
        return ""
    if finding.spec:
        return "nothing was searched for this number"
    return "nothing was searched: this check needs no choice of method"


def _what_would(finding: Finding) -> Iterator[Fact]:
    """Edits, causes and the question to the authors."""
    if finding.edits:
        first, *rest = finding.edits
        yield from _one("Smallest edit", first)
        alike = finding.edits_alike
        others = "" if alike is None else f"{alike or 'no'} other {'edit' if alike == 1 else 'edits'} would do as well"
        yield from _one("Other edits", "; ".join([*([others] if others else []), *rest]))
    if finding.causes:
        missing = finding.verdict == "NOT_CHECKABLE"
        told = causes_missing(finding.causes) if missing else [choice_words(t) for t in finding.causes]
        yield Fact(term="What is missing" if missing else "Would explain it", items=tuple(Item(text=t) for t in told))
    yield from _one("To ask the authors", finding.ask or ask(finding))


def _rest(finding: Finding) -> Iterator[Fact]:
    """Impact, certainty and what was typed in."""
    meaning = CERTAINTY_MEANING.get(finding.certainty, "")
    yield from _one("Impact", finding.impact)
    yield from _one("Certainty", f"{finding.certainty}: {meaning}" if meaning else finding.certainty)
    yield from _one("Quantity", _kind(finding))
    yield from _one("Unit", finding.typed("unit"))
    yield from _one("Scale", "" if finding.typed("scale") == "natural" else finding.typed("scale"))
    yield from _one("Method of this claim", finding.typed("method"))
    yield from _one("Read at", finding.typed("where"))


def _kind(finding: Finding) -> str:
    """The quantity, where what the claim is about does not name it."""
    kind = quantity_words(finding.quantity)
    return "" if kind in about(finding) or finding.quantity in NAMED_BY_SUBJECT else kind
