"""The verdicts: their words, order, signs, colours and meanings, in one place for figures, tables and pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One verdict as a reader meets it.

    Parameters
    ----------
    code : the word in ``audit.json``
    label : the same word for people
    sign : one character, so that colour is never the only difference
    meaning : one sentence
    light, dark : colour on a light and on a dark page, each at least 3:1 against it
    """

    code: str
    label: str
    sign: str
    meaning: str
    light: str
    dark: str

    @property
    def slug(self) -> str:
        """The word as a CSS class."""
        return self.code.lower().replace("_", "-")


VERDICTS: tuple[Verdict, ...] = (
    Verdict(
        code="EXACT",
        label="Exact",
        sign="✓",
        meaning="Our value, rounded as printed, is the printed number under the stated method.",
        light="#1a7346",
        dark="#5cc491",
    ),
    Verdict(
        code="WITHIN_ROUNDING",
        label="Within rounding",
        sign="≈",
        meaning="The printed number and ours agree once rounding is allowed for: of the inputs, or digits cut instead of rounded.",
        light="#4a7a12",
        dark="#a3cf62",
    ),
    Verdict(
        code="UNDERSPECIFIED",
        label="Underspecified",
        sign="?",
        meaning="The paper leaves choices open; the ones named here reproduce the number.",
        light="#0b7285",
        dark="#5cc8d7",
    ),
    Verdict(
        code="OTHER_SPEC",
        label="Other specification",
        sign="⇄",
        meaning="Not reproduced under the stated method, but under the other one named here.",
        light="#2a63b8",
        dark="#82b1f5",
    ),
    Verdict(
        code="NEAR",
        label="Near",
        sign="~",
        meaning="Outside rounding, but inside a named tolerance of the literature (5 %, 10 %, 0.1 SMD).",
        light="#7d6300",
        dark="#e2c044",
    ),
    Verdict(
        code="DIFFERENT",
        label="Different",
        sign="≠",
        meaning="Outside rounding and outside every tolerance that applies: the public data give another number.",
        light="#b35309",
        dark="#f5a04e",
    ),
    Verdict(
        code="OUT_OF_ENVELOPE",
        label="Out of envelope",
        sign="∉",
        meaning="No analytic choice that was searched gets from the data to this number.",
        light="#b2361c",
        dark="#ff8f70",
    ),
    Verdict(
        code="INCONSISTENT",
        label="Inconsistent",
        sign="!",
        meaning="Does not agree with another number printed in the same document, or in the source it is taken from; this needs no data.",
        light="#b3123f",
        dark="#ff7d9c",
    ),
    Verdict(
        code="IMPOSSIBLE",
        label="Impossible",
        sign="✕",
        meaning="No data of the stated kind can give this number.",
        light="#6d1470",
        dark="#e39be6",
    ),
    Verdict(
        code="NOT_CHECKABLE",
        label="Not checkable",
        sign="\u2013",
        meaning="The inputs are not public; the message names the missing ones.",
        light="#66707c",
        dark="#9aa4b0",
    ),
)

CODES: tuple[str, ...] = tuple(v.code for v in VERDICTS)
BY_CODE: dict[str, Verdict] = {v.code: v for v in VERDICTS}
IMPACTS: tuple[str, ...] = ("direction", "significance", "large", "moderate", "minor", "")
CERTAINTIES: tuple[str, ...] = ("read", "secondary", "derived", "reconstructed", "unverified")
CERTAINTY_MEANING: dict[str, str] = {
    "read": "read in the source itself",
    "secondary": "read in somebody else's summary",
    "derived": "arithmetic on read values",
    "reconstructed": "one of several data sets that give the printed numbers",
    "unverified": "carried along, never read",
}
REPRODUCED = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED")
SEVERE_FIRST: tuple[str, ...] = (
    "IMPOSSIBLE",
    "INCONSISTENT",
    "OUT_OF_ENVELOPE",
    "DIFFERENT",
    "NEAR",
    "OTHER_SPEC",
    "UNDERSPECIFIED",
    "WITHIN_ROUNDING",
    "EXACT",
    "NOT_CHECKABLE",
)


def severity(code: str) -> int:
    """Place in the order of reading: 0 for the gravest verdict, unknown words last."""
    return SEVERE_FIRST.index(code) if code in SEVERE_FIRST else len(SEVERE_FIRST)


def worst(codes: Iterable[str]) -> str:
    """Gravest of several verdicts, or an empty string; a number nobody could check is never the gravest."""
    return min(codes, key=severity, default="")


def least_certain(levels: Iterable[str]) -> str:
    """Worst of several certainties: an analysis is as certain as its worst row."""
    known = [level for level in levels if level in CERTAINTIES]
    return max(known, key=CERTAINTIES.index, default="")


def certainty_rank(level: str) -> int:
    """Place in the order of certainty: 0 for ``read``, unknown words last."""
    return CERTAINTIES.index(level) if level in CERTAINTIES else len(CERTAINTIES)


def impact_rank(impact: str) -> int:
    """Place in the order of impact: 0 for a change of direction, unknown words last."""
    return IMPACTS.index(impact) if impact in IMPACTS else len(IMPACTS)
