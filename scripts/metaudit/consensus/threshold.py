"""Whether a statement reached consensus: the count behind a share against a threshold, exactly.

Thresholds in use (Diamond et al. 2014, J Clin Epidemiol 67:401): a share of the panel, reached ("at least 70 %") or passed ("more than
two thirds").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from metaudit.consensus.shares import counts_behind
from metaudit.errors import DataError
from metaudit.formats.signs import instead_in_number

_WRITTEN = re.compile(
    r"\s*(?P<sign>≥|>=|>|at least|more than|over|)\s*(?P<number>\d+(?:\.\d+)?|\d+\s*/\s*\d+)\s*(?P<percent>%|per cent|percent|)\s*",
    re.IGNORECASE | re.ASCII,
)
_STRICT = (">", "more than", "over")
_SIGNS = re.compile(r"\s*(?:≥|>=|>|at least|more than|over)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Threshold:
    """A share of the panel that has to agree.

    Attributes
    ----------
    share : between 0 and 1, exact
    strict : whether more than this is needed
    """

    share: Fraction
    strict: bool = False

    @property
    def text(self) -> str:
        """In words: ``at least 70 %``."""
        percent = 100 * self.share
        number = f"{float(percent):g} %" if (percent * 1000).denominator == 1 else f"{self.share}"
        return f"{'more than' if self.strict else 'at least'} {number}"

    def reached_by(self, count: int, n: int) -> bool:
        """Whether so many of n people are enough."""
        share = Fraction(count, n)
        return share > self.share if self.strict else share >= self.share

    def needed(self, n: int) -> int:
        """The fewest of n people that are enough; n + 1 when not even all of them are."""
        exact = self.share * n
        least = -(-exact.numerator // exact.denominator)
        return least + 1 if self.strict and least == exact else least


def threshold(text: str) -> Threshold:
    """Read a threshold: ``70%``, ``>= 70%``, ``more than 2/3``, ``at least 0.8``.

    Raises
    ------
    DataError
        when it is no share between 0 and 1.
    """
    whole = _WRITTEN.fullmatch(text)
    if not whole:
        advice = instead_in_number(_SIGNS.sub("", text))
        raise DataError(f"{text!r} is no threshold; write for example >= 70% or more than 2/3. {advice}".rstrip(". "))
    try:
        number = whole["number"].replace(" ", "")
        share = Fraction(number) if "/" in number else Fraction(Decimal(number))
    except (InvalidOperation, ZeroDivisionError):
        raise DataError(f"{text!r} is no threshold; write for example >= 70% or more than 2/3") from None
    if whole["percent"]:
        share /= 100
    if not 0 < share <= 1:
        raise DataError(f"{text!r} is no share of a panel: it lies above 0 and up to 100 %; write the percent sign")
    return Threshold(share, whole["sign"].lower() in _STRICT)


@dataclass(frozen=True)
class Reached:
    """Whether a printed share reaches a threshold.

    Attributes
    ----------
    share, n : as printed, and the panel
    counts : the whole numbers of people behind the share
    answer : ``yes``, ``no``, ``either`` (rounding decides) or ``impossible``
    needed : the fewest people that are enough
    sentence : the finding in words
    """

    share: str
    n: int
    counts: range
    answer: str
    needed: int
    sentence: str


def reached(share: str, n: int, *, by: Threshold, rounding: str = "nearest") -> Reached:
    """Compare the counts behind a share with a threshold.

    Parameters
    ----------
    share : ``72%``
    n : people who answered
    by : the threshold
    rounding : ``nearest`` or ``truncated``
    """
    counts, needed = counts_behind(share, n, rounding=rounding), by.needed(n)
    if not counts:
        return Reached(share, n, counts, "impossible", needed, f"No whole number of {n} people is {share}.")
    enough = {by.reached_by(count, n) for count in (counts[0], counts[-1])}
    answer = "either" if len(enough) == 2 else "yes" if enough == {True} else "no"
    people = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    verb = {"yes": "reaches", "no": "does not reach", "either": "may or may not reach"}[answer]
    said = f"{share} of {n} people are {people}; this {verb} {by.text}, which are {needed} or more."
    return Reached(share, n, counts, answer, needed, said)
