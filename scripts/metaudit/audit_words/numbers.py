"""Numbers for people: as many decimals as were printed, or as many as say something."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

MINUS = "\u2212"
_PRINTED_DECIMALS = re.compile(r"\d*\.(\d+)|\d+")
_MINUS_OF_A_NUMBER = re.compile(r"(?<![\w.)\]])-(?=\.?\d)")
_MOST_DECIMALS = 12
_TO_TIE = re.compile(r"(?<=[\d∞]) (?=%)|(?<=[=<>≤≥]) (?=[\d.\u2212-])|(?<=[PQMHtzkf²)]) (?=[=<>≤≥] [\d.\u2212-])")


def number(text: object) -> float | None:
    """Float behind a cell of a result file; None when it is empty or not a number."""
    if isinstance(text, bool) or text is None:
        return None
    try:
        value = float(str(text).strip())
    except ValueError:
        return None
    return None if math.isnan(value) else value


def fixed(value: float, decimals: int) -> str:
    """Write a fixed number of decimals, never a negative zero."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    try:
        text = str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN))
    except InvalidOperation:
        return f"{value:.6g}"
    return text.lstrip("-") if not text.strip("-0.") else text


def decimals_of(printed: str) -> int:
    """Decimals of a printed number: 2 for ``0.50``, 4 for ``<.0001``, 1 for ``51.3%``."""
    found = _PRINTED_DECIMALS.search(printed.replace("\u00b7", "."))
    return len(found.group(1) or "") if found else 0


def significant(value: float, digits: int = 3) -> str:
    """At least two decimals, and three significant digits when the number is small."""
    if math.isinf(value) or value == 0:
        return fixed(value, 2)
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude < -6:
        return f"{value:.2e}"
    return fixed(value, 2 if magnitude >= -1 else digits - 1 - magnitude)


def together(*values: float | None) -> int:
    """Choose common decimals for an estimate and its limits: two, more when they lie close together."""
    known = [v for v in values if v is not None and math.isfinite(v)]
    if not known:
        return 2
    spread = max(known) - min(known) or max(abs(v) for v in known)
    if spread == 0 or spread >= 0.1:
        return 2 if max(abs(v) for v in known) < 1000 else 0
    return min(2 - math.floor(math.log10(spread)) - 1, 6)


def interval(estimate: object, low: object, high: object) -> str:
    """Estimate with its interval: ``0.49 (0.34 to 0.70)``; empty when there is no estimate."""
    middle, lower, upper = number(estimate), number(low), number(high)
    if middle is None:
        return ""
    decimals = together(middle, lower, upper)
    if lower is None or upper is None:
        return fixed(middle, decimals)
    return f"{fixed(middle, decimals)} ({fixed(lower, decimals)} to {fixed(upper, decimals)})"


def span(low: object, high: object, decimals: int | None = None) -> str:
    """Two limits: ``0.34 to 0.70``; empty unless both are there."""
    lower, upper = number(low), number(high)
    if lower is None or upper is None:
        return ""
    places = together(lower, upper) if decimals is None else decimals
    return f"{fixed(lower, places)} to {fixed(upper, places)}"


def p_value(text: object) -> str:
    """P value with three decimals, ``<0.001`` below, and more beside 0.05, which rounding must not reach."""
    value = number(text)
    if value is None:
        return ""
    if value < 0.001:
        return "<0.001"
    if 0.9995 <= value < 1:
        return ">0.999"
    decimals = next((d for d in (3, 4, 5) if value == 0.05 or float(fixed(value, d)) != 0.05), 6)
    return fixed(value, decimals)


def compared(shown: str) -> str:
    """A number after a sign: ``= 0.03``, or ``< 0.001`` as it says itself; empty when there is none."""
    return f"{shown[0]} {shown[1:]}" if shown[:1] in ("<", ">") else f"= {shown}" if shown else ""


def percent(text: object, decimals: int = 1) -> str:
    """Percent figure (already 0-100) with one decimal."""
    value = number(text)
    return "" if value is None else fixed(value, decimals)


def fraction_as_percent(text: object, decimals: int = 1) -> str:
    """Fraction (0-1) shown as percent."""
    value = number(text)
    return "" if value is None else fixed(100 * value, decimals)


def variance(text: object) -> str:
    """Between-study variance: 0 when it is, ``<0.0001`` when it nearly is, else three significant digits."""
    value = number(text)
    if value is None:
        return ""
    if value == 0:
        return "0"
    if 0 < value < 0.0001:
        return "<0.0001"
    return fixed(value, 3) if 0.1 <= abs(value) < 1 else significant(value)


def whole(text: object) -> str:
    """Count of people or studies; two decimals only when it is not whole."""
    value = number(text)
    if value is None:
        return ""
    return fixed(value, 0) if value == round(value) else fixed(value, 2)


def plain(text: object) -> str:
    """Any other number with two decimals or three significant digits; text stays as it is."""
    value = number(text)
    if value is None:
        return "" if text is None else str(text)
    return significant(value)


def beside(printed: str, value: object) -> str:
    """Our value with the decimals of the printed one, and up to three more where that would leave only zeros."""
    ours = number(value)
    if ours is None:
        return "" if value is None else str(value)
    if re.search(r"\d[eE][+-]?\d", printed):
        return plain(value)
    decimals = min(decimals_of(printed), _MOST_DECIMALS)
    if re.search(r"[<>≤≥]", printed):
        decimals = max(decimals, 3)
        if 0 < ours < 0.5 * 10.0**-decimals:
            return f"<{fixed(10.0**-decimals, decimals)}"
    shown = fixed(ours, decimals)
    return shown if shown.strip("-0.") or ours == 0 else _small(ours, decimals)


def apart(printed: str, value: float) -> str:
    """Our value where it differs from the printed one: a decimal more than printed, two digits where it is small.

    Whole numbers beside a whole number stay whole.
    """
    is_whole = math.isclose(value, round(value), rel_tol=1e-9)
    if is_whole and decimals_of(printed) == 0:
        return fixed(value, 0)
    decimals = min(decimals_of(printed) + (0 if is_whole else 1), _MOST_DECIMALS)
    if value != 0 and abs(value) < 10.0 ** (1 - decimals):
        decimals = min(1 - math.floor(math.log10(abs(value))), _MOST_DECIMALS)
    return fixed(value, decimals)


def _small(value: float, decimals: int) -> str:
    """Value that would round to nothing: keep up to three more decimals to show that it is not zero."""
    for extra in range(1, 4):
        shown = fixed(value, decimals + extra)
        if shown.strip("-0."):
            return shown
    return fixed(value, decimals)


def tied(text: str) -> str:
    """Put no-break spaces where a line must not end: in ``I² = 92.1 %`` and ``P < 0.001``."""
    return _TO_TIE.sub("\u00a0", text)


def typographic(text: str) -> str:
    """Replace the hyphen before a number by a true minus."""
    return _MINUS_OF_A_NUMBER.sub(MINUS, text)
