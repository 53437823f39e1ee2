"""Words and numbers of one claim's facts: whose value it is, how far off, what a printed number stands for."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.criteria import implied_by
from metaudit.audit_words.input_words import column_words
from metaudit.audit_words.spec_words import measure_words
from metaudit.audit_words.vocabulary import TAU2
from metaudit.audit_words.whole import counted, fewer_or_more, is_whole, whole_printed
from metaudit.measures import MEASURES
from metaudit.tables.reading import words

if TYPE_CHECKING:
    from metaudit.tables.reading import Finding

_MISSED = ("NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")
_E_NOTATION = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]?)0*(\d+)\b")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_TAU2_CODE = re.compile(r"tau²(?: (?P<code>[A-Za-z0-9]+))?(?= =)")
_MEASURE_CODE = re.compile(rf"(?<=\d )(?:{'|'.join(sorted(map(re.escape, MEASURES), key=len, reverse=True))})\b(?!-)")


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
