"""One plain sentence for a claim that a reader must see: what is printed, what we get, what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.criteria import implied_by
from metaudit.audit_words.verdicts import certainty_rank, severity
from metaudit.report.language import Phrase
from metaudit.tables.summary import ours

if TYPE_CHECKING:
    from metaudit.tables.reading import Finding

GRAVE = severity("OTHER_SPEC")
# By how much a wrong number matters; what contradicts without a known size stands before what is small.
WEIGHT = ("direction", "significance", "large", "contradiction", "moderate", "minor", "")
_WITH_VALUE = {
    "IMPOSSIBLE": "{printed} is printed, but no data of this kind can give it.",
    "INCONSISTENT": "{printed} is printed, but the numbers printed with it give {ours}.",
    "OUT_OF_ENVELOPE": "{printed} is printed; the data give {ours}, and no method that was searched gives {printed}.",
    "DIFFERENT": "{printed} is printed; the data give {ours} under the stated method.",
    "NEAR": "{printed} is printed; the data give {ours}: close, but not the same once rounded.",
    "OTHER_SPEC": "{printed} comes out, but under another method than the one that is stated.",
}
_WITHOUT_VALUE = _WITH_VALUE | {
    "INCONSISTENT": "“{printed}” is stated, but the numbers printed with it say otherwise.",
    "OUT_OF_ENVELOPE": "{printed} is printed, but no method that was searched gives it.",
    "DIFFERENT": "{printed} is printed, but the data do not give it under the stated method.",
    "NEAR": "{printed} is printed; the data come close, but not once rounded.",
}
_COPIED = "{printed} is printed, but the document it is taken from prints {ours}."
_COPIED_WORDS = "“{printed}” is stated, but the document it is taken from says otherwise."


def sentence(finding: Finding) -> Phrase | None:
    """Say a claim's verdict in one sentence; None for a verdict that needs none or is not known."""
    value = numbers.typographic(ours(finding))
    said = {"printed": numbers.typographic(finding.printed), "ours": value}
    if finding.criterion == "transcription" and finding.verdict == "INCONSISTENT":
        return Phrase(_COPIED if value else _COPIED_WORDS, said)
    # Beside a contradiction between printed numbers, a value from the data is not what those numbers give.
    from_data = finding.verdict == "INCONSISTENT" and not implied_by(finding.criterion)
    key = (_WITHOUT_VALUE if from_data or not value else _WITH_VALUE).get(finding.verdict)
    return Phrase(key, said) if key else None


def weight(finding: Finding) -> int:
    """Place by what a claim changes: 0 for a change of direction."""
    if finding.impact in WEIGHT and finding.impact:
        return WEIGHT.index(finding.impact)
    unsized = finding.verdict in ("IMPOSSIBLE", "INCONSISTENT")
    return WEIGHT.index("contradiction" if unsized else "")


def rank(finding: Finding) -> tuple[int, int, int]:
    """Order of reading: by impact, then by how certain we are, then by verdict."""
    return weight(finding), certainty_rank(finding.certainty), severity(finding.verdict)


def must_be_seen(finding: Finding) -> bool:
    """Whether a claim is worse than underspecified."""
    return severity(finding.verdict) <= GRAVE
