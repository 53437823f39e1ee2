"""What is known about one claim, term by term: how our value comes about, what it is compared with, what it says."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.audit_words.criteria import criterion_formula, criterion_words, implied_by, specificity_words
from metaudit.audit_words.formulas import formula_words
from metaudit.audit_words.input_words import column_words, input_words
from metaudit.audit_words.spec_words import TAU2, choice_words, measure_words
from metaudit.audit_words.texts import causes_missing
from metaudit.audit_words.what_to_ask import ask
from metaudit.audit_words.whole import counted, fewer_or_more, is_whole, whole_printed
from metaudit.measures import MEASURES
from metaudit.report.spec_items import Item, alike, parsed, spec_item
from metaudit.tables import numbers
from metaudit.tables.quantities import NAMED_BY_SUBJECT, about, quantity_words
from metaudit.tables.reading import Finding, words
from metaudit.tables.verdicts import CERTAINTY_MEANING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BESIDE, _CITED = "the numbers printed beside it", "the number in the document it is taken from"
_MISSED = ("NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")
_GIVEN = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "OTHER_SPEC")
# What a check between printed numbers looks at, in the order in which it is read.
_LOOKED_AT = (
    "estimate", "ci_low", "ci_high", "se", "z", "p", "q", "q_df", "q_p", "i2", "h2", "tau2", "tau", "k", "n", "n_t", "n_c",
    "events_t", "events_c", "proportion", "proportion_t", "proportion_c",
)  # fmt: skip
_BY_CHECK = {
    "P against interval": ("estimate", "ci_low", "ci_high"),
    "P and interval on one side": ("ci_low", "ci_high"),
    "interval symmetric": ("estimate", "ci_low", "ci_high"),
    "estimate inside its interval": ("estimate", "ci_low", "ci_high"),
    "limits in order": ("ci_low", "ci_high"),
    "z against estimate and SE": ("estimate", "se", "z"),
    "P of Q": ("q", "q_df", "q_p"),
    "I² of Q": ("q", "q_df"),
    "H² of Q": ("q", "q_df"),
    "df against k": ("k", "q_df"),
    "tau against tau²": ("tau", "tau2"),
    "words against numbers": ("estimate", "ci_low", "ci_high", "p", "q_p"),
}
_E_NOTATION = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]?)0*(\d+)\b")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_TAU2_CODE = re.compile(r"tau²(?: (?P<code>[A-Za-z0-9]+))?(?= =)")
_MEASURE_CODE = re.compile(rf"(?<=\d )(?:{'|'.join(sorted(map(re.escape, MEASURES), key=len, reverse=True))})\b(?!-)")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing known about a claim."""

    term: str
    items: tuple[Item, ...]


def value_label(finding: Finding) -> str:
    """Whose value stands beside the printed one: ours, that of other printed numbers, or that of a cited document."""
    if finding.criterion == "transcription":
        return "In the cited document"
    return "Implied by what is printed" if implied_by(finding.criterion) else "Our value"


def value_source(finding: Finding) -> str:
    """The same within a sentence: ``ours``, ``implied by the printed interval`` or ``in the cited document``."""
    if finding.criterion == "transcription":
        return "in the cited document"
    by = implied_by(finding.criterion)
    return f"implied by {by}" if by else "ours"


def distance_words(finding: Finding) -> str:
    """Distance from our value to the printed number in words: by how many for counts, else in units of the last digit."""
    value = numbers.number(finding.value)
    if value is None or numbers.number(finding.margin) is None or not _counted(finding):
        return margin_words(finding.margin)
    if whole_printed(finding.printed) is not None and is_whole(value):
        return fewer_or_more(finding.printed, value) or "none: the same number"
    return margin_words(finding.margin)


def _counted(finding: Finding) -> bool:
    return counted(finding.quantity, unit=finding.typed("unit"))


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


def facts_of(finding: Finding, *, beside: Sequence[Finding] = (), zero_cells: bool = True) -> Iterator[Fact]:
    """The facts of a claim, in the order in which a reader follows them; what is not known is left out or said so.

    Parameters
    ----------
    finding : the claim with its verdict
    beside : the claims of the same review, for checks between printed numbers to name what they looked at
    zero_cells : whether any study of its analysis has a zero cell
    """
    yield from _ours(finding, beside)
    yield from _compared(finding)
    yield from _methods(finding, zero_cells)
    yield from _what_would(finding)
    yield from _rest(finding)


def _one(term: str, text: str) -> Iterator[Fact]:
    if text:
        yield Fact(term=term, items=(Item(text=text),))


def _several(term: str, texts: Sequence[str]) -> Iterator[Fact]:
    told = [t for t in texts if t]
    if told:
        yield Fact(term=term, items=tuple(Item(text=t) for t in told))


def _ours(finding: Finding, beside: Sequence[Finding]) -> Iterator[Fact]:
    """Our value, its interval, its formula and its inputs."""
    unchecked, exact = finding.verdict == "NOT_CHECKABLE", finding.verdict == "EXACT"
    yield from _one(value_label(finding), powers(numbers.typographic(value_words(finding))))
    if unchecked and not finding.value and not finding.formula:
        yield from _one("Formula and inputs", "none: what is needed is not public, or was not read")
        return
    here = plain_words(finding.formula)
    general = "" if exact else _general_formula(finding)
    yield from _several("Formula", [general, f"here: {here}" if general and here else here])
    if exact:
        return
    if finding.inputs:
        yield from _several("Inputs", [numbers.typographic(input_words(line)) for line in finding.inputs])
    elif finding.criterion == "transcription":
        yield from _one("Inputs", _CITED)
    elif finding.criterion and not finding.spec:
        yield from _one("Inputs", _printed_beside(finding, beside))


def _printed_beside(finding: Finding, beside: Sequence[Finding]) -> str:
    """The printed numbers that a check between printed numbers looked at, by name."""
    asked = _BY_CHECK.get(finding.criterion, _LOOKED_AT)
    near = [f for f in beside if (f.analysis, f.subject) == (finding.analysis, finding.subject) and f is not finding]
    told = [f for q in asked for f in near if f.quantity == q and f.claim != finding.claim]
    named = ", ".join(f"{quantity_words(f.quantity)} {numbers.typographic(f.printed)}" for f in told)
    return f"{_BESIDE}: {named}" if named else _BESIDE


def plain_words(text: str) -> str:
    """A sentence or formula of the audit with true minus signs and without codes.

    An estimator of τ², an effect measure and a column of the extraction table are called by their names.
    """

    def tau2(found: re.Match[str]) -> str:
        return f"τ² by {TAU2.get(found['code'], found['code'])}" if found["code"] else "τ²"

    named = _TAU2_CODE.sub(tau2, text).replace("tau²", "τ²")
    named = _MEASURE_CODE.sub(lambda m: f"values of the {measure_words(m[0])}", named)
    return powers(_minus(column_words(named)))


def powers(text: str) -> str:
    """Numbers such as ``3.2e-05`` as ``3.2 × 10⁻⁵``."""
    return _E_NOTATION.sub(lambda m: f"{m[1]} × 10{(m[2].strip('+') + m[3]).translate(_RAISED)}", text)


def _minus(formula: str) -> str:
    """A formula with true minus signs, before numbers and between them."""
    return numbers.typographic(re.sub(r"(?<=[\w)]) - (?=[\w(.])", f" {numbers.MINUS} ", formula))


def _general_formula(finding: Finding) -> str:
    """The formula in symbols: of the quantity under its method, or of the check between printed numbers."""
    spec = parsed(finding.spec)
    if spec is not None and finding.formula:
        return formula_words(finding.quantity, spec)
    return "" if finding.spec else criterion_formula(finding.criterion)


def value_words(finding: Finding) -> str:
    """Our value with the interval that rounding of the inputs leaves it; empty without a value."""
    exact = numbers.number(finding.value)
    as_count = exact is not None and _counted(finding) and is_whole(exact)
    value = numbers.fixed(exact, 0) if as_count and exact is not None else precise(finding.value)
    low, high = numbers.number(finding.value_low), numbers.number(finding.value_high)
    if exact is None or low is None or high is None or not low <= exact <= high or finding.verdict == "EXACT":
        return value
    if precise(low) != precise(high):
        return f"{value} ({precise(low)} to {precise(high)} once the rounding of the inputs is allowed for)"
    moved = (
        "no rounded input could move it" if finding.verdict in _MISSED else "the rounding of the inputs is not needed"
    )
    return f"{value} ({moved})"


def printed_words(finding: Finding) -> str:
    """The interval that a printed number stands for; a count stands for itself."""
    if _counted(finding) and whole_printed(finding.printed) is not None:
        return numbers.typographic(finding.printed.strip())
    low, high = numbers.number(finding.printed_low), numbers.number(finding.printed_high)
    if low is not None and high is not None and (math.isinf(low) or math.isinf(high)):
        side, end = ("below", high) if math.isinf(low) else ("above", low)
        return "" if math.isinf(end) else powers(numbers.typographic(f"{side} {end:.6g}"))
    decimals = max(numbers.decimals_of(finding.printed) + 1, numbers.together(low, high))
    return numbers.typographic(numbers.span(finding.printed_low, finding.printed_high, decimals))


def envelope_words(finding: Finding) -> str:
    """How far the methods of the stated measure reach, all other choices free."""
    return numbers.typographic(numbers.span(finding.envelope_low, finding.envelope_high))


def _compared(finding: Finding) -> Iterator[Fact]:
    """What our value is compared with, and by which criterion."""
    yield from _one("Printed, as an interval", printed_words(finding))
    yield from _one("Distance", distance_words(finding))
    meaning = criterion_words(finding.criterion)
    yield from _one("Criterion", f"{finding.criterion}. {meaning}" if meaning else finding.criterion)


def _methods(finding: Finding, zero_cells: bool) -> Iterator[Fact]:
    """Methods that give the number, and what the search says about them."""
    ours = _method(finding.spec, finding, zero_cells)
    stated = _method(finding.stated_spec, finding, zero_cells)
    if ours:
        yield Fact(term="Reproduced by" if finding.verdict in _GIVEN else "Our value is by", items=(ours,))
    if stated and (ours is None or stated.text != ours.text):
        yield Fact(term="Stated method", items=(stated,))
    others = tuple(alike(finding, zero_cells))
    if others:
        yield Fact(term="Also matching", items=others)
    yield from _one("Specificity", specificity_words(finding.specificity, finding.searched) or _unsearched(finding))
    if finding.verdict == "EXACT":
        return
    yield from _one("Methods of this measure give", envelope_words(finding))
    if finding.nearest:
        near = (spec_item(text, finding.quantity, zero_cells=zero_cells) for text in finding.nearest)
        yield Fact(term="Nearest methods", items=tuple(near))


def _method(text: str, finding: Finding, zero_cells: bool) -> Item | None:
    """A method in the words that matter for the claim; None where no choice matters or there is none."""
    item = spec_item(text, finding.quantity, zero_cells=zero_cells) if text else None
    return item if item and item.text else None


def _unsearched(finding: Finding) -> str:
    if finding.verdict in ("EXACT", "NOT_CHECKABLE") or not finding.criterion:
        return ""
    if finding.spec:
        return "not known: no other methods were tried for this number"
    return "nothing was searched: this check needs no choice of method"


def _what_would(finding: Finding) -> Iterator[Fact]:
    """Edits, causes and the question to the authors."""
    if finding.edits:
        first, *rest = (numbers.typographic(column_words(e)) for e in finding.edits)
        yield from _one("Smallest edit", first)
        alike = finding.edits_alike
        others = "" if alike is None else f"{alike or 'no'} other {'edit' if alike == 1 else 'edits'} would do as well"
        yield from _one("Other edits", "; ".join([*([others] if others else []), *rest]))
    if finding.causes:
        yield from _several(*_causes(finding))
    yield from _one("To ask the authors", powers(numbers.typographic(column_words(finding.ask or ask(finding)))))


def _causes(finding: Finding) -> tuple[str, list[str]]:
    """What is missing, what gives the number, or what may have happened; an edit that is told already is not repeated."""
    if finding.verdict == "NOT_CHECKABLE":
        return "What is missing", causes_missing(finding.causes)
    told = [column_words(choice_words(t, finding.quantity)) for t in finding.causes if t not in finding.edits]
    if finding.verdict == "UNDERSPECIFIED":
        return "Comes out with", told
    return ("May come from" if finding.verdict in ("INCONSISTENT", "IMPOSSIBLE") else "Would explain it"), told


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
