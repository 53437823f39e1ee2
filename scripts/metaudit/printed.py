"""What a printed number says: not a value but an interval of values.

A number printed with ``d`` decimals stands for every value that rounds to it, ``[s - u/2, s + u/2]`` with
``u = 10**-d``; both ends are closed because tie rules differ between programs (DESIGN, section 4).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from metaudit.errors import PrintedError
from metaudit.records import record

_MINUS = str.maketrans({"\u2212": "-", "\u2012": "-", "\u2013": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
_NUMBER = re.compile(r"[+-]?(?:(?:[1-9]\d{0,2}(?:[, ]\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", re.ASCII)
_FRACTION = re.compile(r"\d+\s*/\s*0*[1-9]\d*", re.ASCII)
_LONGEST = 100  # characters; float arithmetic knows 17 digits
_SHOWN = 120  # of a cell, in a message
_RELATIONS = {"<": "<", "≤": "<=", "<=": "<=", ">": ">", "≥": ">=", ">=": ">=", "=": "="}


@record
class Interval:
    """A set of real numbers between two ends."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    @property
    def _slack(self) -> float:
        """Room for floating-point ties: 1e-12 of the larger end, but never a noticeable part of the width."""
        low, high, width = abs(self.low), abs(self.high), self.high - self.low
        if not abs(width) < math.inf:  # where one end is infinite the other counts
            low, high = low if low != math.inf else 0.0, high if high != math.inf else 0.0
        slack = 1e-12 * max(low, high)
        return min(slack, 1e-3 * width) if width > 0 else slack

    def __contains__(self, x: float) -> bool:
        """Whether a value lies inside; closed ends have a slack for floating-point ties."""
        slack = self._slack
        above = x > self.low if self.low_open else x >= self.low - slack
        below = x < self.high if self.high_open else x <= self.high + slack
        return above and below

    def overlaps(self, other: Interval) -> bool:
        """Whether the two sets share a value; ends that meet are compared with the same slack."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        slack = max(self._slack, other._slack)
        if low > high:
            return low - high <= slack and not (self.low_open or self.high_open or other.low_open or other.high_open)
        return low < high or (low in self and low in other)

    def distance(self, x: float) -> float:
        """Signed distance to the nearest edge: positive inside, negative outside."""
        return min(x - self.low, self.high - x)

    def within(self, low: float, high: float) -> Interval:
        """The part inside a quantity's range (a P value is never below 0)."""
        return Interval(
            max(self.low, low),
            min(self.high, high),
            low_open=self.low_open and self.low >= low,
            high_open=self.high_open and self.high <= high,
        )

    def reflect_one_minus(self, factor: float = 1.0) -> Interval:
        """The set of ``1 - x / factor``: the ends swap."""
        return Interval(1 - self.high / factor, 1 - self.low / factor, self.high_open, self.low_open)

    def scaled(self, factor: float, shift: float = 0.0) -> Interval:
        """The set of ``x * factor + shift`` for a positive factor."""
        return Interval(self.low * factor + shift, self.high * factor + shift, self.low_open, self.high_open)


@record
class Printed:
    """A number as printed.

    Attributes
    ----------
    text : the text it was read from
    value : the number itself, without relation or percent sign
    relation : ``=``, ``<``, ``<=``, ``>`` or ``>=``
    decimals : decimals printed; negative for an exponent, 0 for a whole number
    unit : one unit of the last printed digit (1/b for a fraction a/b)
    percent : whether a percent sign was printed
    """

    text: str
    value: float
    relation: str
    decimals: int
    unit: float
    percent: bool

    def interval(self, rounding: str = "nearest") -> Interval:
        """All values that print as this text.

        ``truncated`` cuts toward zero: ``[s, s + u)`` for positive numbers. A relation gives a half line.
        """
        if self.relation in ("<", "<="):
            return Interval(-math.inf, self.value, False, self.relation == "<")
        if self.relation in (">", ">="):
            return Interval(self.value, math.inf, self.relation == ">", False)
        if rounding == "truncated":
            if self.value < 0 or self.text.translate(_MINUS).lstrip("= ").startswith("-"):
                return Interval(self.value - self.unit, self.value, low_open=True)
            return Interval(self.value, self.value + self.unit, high_open=True)
        return _around(self.value, self.unit)


@lru_cache(maxsize=65536)
def _around(value: float, unit: float) -> Interval:
    """Half a unit to either side, in decimals, so that 0.15 +- 0.05 is 0.1 to 0.2."""
    low = Decimal(repr(value)) - Decimal(repr(unit)) / 2
    high = Decimal(repr(value)) + Decimal(repr(unit)) / 2
    return Interval(float(low), float(high))


def quoted(text: str) -> str:
    """A cell as a message shows it: its beginning, and what has no look as an escape of up to ten characters."""
    whole = repr(text)
    return whole if len(whole) <= _SHOWN else f"{whole[:_SHOWN]}..."


@lru_cache(maxsize=65536)
def parse_printed(text: str) -> Printed:
    """Read a printed number: ``-1.83``, ``.029``, ``<.0001``, ``51.3%``, ``3,476``, ``140 000``, ``1/3``.

    Raises
    ------
    PrintedError
        when the text is not one printed number, in the digits 0 to 9; a decimal comma is named as such. Nor is one whose last
        digit is too small to be told from 0.
    """
    if len(text) > _LONGEST:
        raise PrintedError(f"{quoted(text)} has {len(text):,} characters and is not a printed number.")
    raw = text.translate(_MINUS).strip()
    relation = "="
    for sign in ("<=", ">=", "≤", "≥", "<", ">", "="):
        if raw.startswith(sign):
            relation, raw = _RELATIONS[sign], raw[len(sign) :].strip()
            break
    percent = raw.endswith("%")
    raw = raw.removesuffix("%").strip()
    if _FRACTION.fullmatch(raw):
        numerator, denominator = (int(part) for part in raw.split("/"))  # int() takes blanks of any kind for blanks
        return Printed(text, float(Fraction(numerator, denominator)), relation, 0, 1 / denominator, percent)
    plain = _NUMBER.fullmatch(raw)
    if not plain and _DECIMAL_COMMA.fullmatch(raw):
        raise PrintedError(f"{quoted(text)} has a decimal comma; write {quoted(text.strip().replace(',', '.'))}.")
    if not plain or math.isinf(float(raw.replace(",", "").replace(" ", ""))):
        raise PrintedError(f"{quoted(text)} is not a printed number such as -1.83, <.001, 51.3% or 1/3.")
    number = Decimal(raw.replace(",", "").replace(" ", ""))
    exponent = number.as_tuple().exponent
    decimals = -int(exponent)
    unit = float(Decimal(1).scaleb(-decimals))
    if unit == 0:  # below 5e-324; what is compared with the number is counted in this unit
        raise PrintedError(f"{quoted(text)} has a last digit that is too small to be told from 0.")
    return Printed(text, float(number), relation, decimals, unit, percent)


def round_like(value: float, printed: Printed) -> str:
    """Our value written with the decimals of a printed one, for messages."""
    if math.isnan(value):
        return "not defined"
    if printed.relation != "=":
        return f"{value:.2g}"
    decimals = max(printed.decimals, 0) if "/" not in printed.text else 3
    return f"{value:.{min(decimals, 10)}f}"
