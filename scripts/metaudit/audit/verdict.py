"""The verdicts, what supports one, and the row that is written for a claim."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from metaudit.formats.columns import CERTAINTIES

# From best to worst (DESIGN, section 6); NOT_CHECKABLE stands outside the order.
VERDICTS = (
    "EXACT",
    "WITHIN_ROUNDING",
    "UNDERSPECIFIED",
    "OTHER_SPEC",
    "NEAR",
    "DIFFERENT",
    "OUT_OF_ENVELOPE",
    "INCONSISTENT",
    "IMPOSSIBLE",
    "NOT_CHECKABLE",
)
ACCEPTABLE = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "NOT_CHECKABLE")
NOTE = ""


@dataclass(frozen=True)
class Finding:
    """What one check says about one claim; a note when it has no verdict."""

    check: str
    message: str
    verdict: str = NOTE
    value: float = math.nan
    margin: float = math.nan
    spec: str = ""
    stated_spec: str = ""
    alternatives: tuple[str, ...] = ()
    specificity: float = math.nan
    formula: str = ""
    inputs: tuple[str, ...] = ()
    value_low: float = math.nan
    value_high: float = math.nan
    printed_width: float = math.nan
    envelope_low: float = math.nan
    envelope_high: float = math.nan
    searched: int | None = None
    nearest: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    edits_alike: int | None = None
    causes: tuple[str, ...] = ()
    impact: str = ""
    certainty: str = "read"

    @property
    def severity(self) -> int:
        """Rank for choosing the worst; notes and NOT_CHECKABLE come below every judgement."""
        return -1 if self.verdict in (NOTE, "NOT_CHECKABLE") else VERDICTS.index(self.verdict)


@dataclass(frozen=True)
class AuditRow:
    """One claim with its verdict: the object of ``audit.json`` (data/schemas/audit.schema.json)."""

    review: str
    claim: str
    analysis: str
    quantity: str
    subject: str
    printed: str
    printed_low: float
    printed_high: float
    value: float
    verdict: str
    criterion: str
    margin: float
    spec: str
    stated_spec: str
    alternatives: tuple[str, ...]
    specificity: float
    formula: str
    inputs: tuple[str, ...]
    value_low: float
    value_high: float
    envelope_low: float
    envelope_high: float
    searched: int | None
    nearest: tuple[str, ...]
    edits: tuple[str, ...]
    edits_alike: int | None
    ask: str
    causes: tuple[str, ...]
    impact: str
    certainty: str
    message: str

    def to_row(self) -> dict[str, Any]:
        """The fields in their order; lists stay lists."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass
class Dossier:
    """All findings about the claims of one review, by claim id."""

    findings: dict[str, list[Finding]] = field(default_factory=dict)

    def add(self, claim: str, finding: Finding) -> None:
        """File a finding."""
        self.findings.setdefault(claim, []).append(finding)

    def verdict_of(self, claim: str) -> str:
        """The worst verdict filed so far; empty when nothing judges the claim yet."""
        judged = [f for f in self.findings.get(claim, []) if f.severity >= 0]
        return max(judged, key=lambda f: f.severity).verdict if judged else ""


def worst_certainty(*certainties: str) -> str:
    """A number is as certain as the worst thing it rests on; an empty certainty counts as read."""
    known = [c for c in certainties if c in CERTAINTIES]
    return max(known, key=CERTAINTIES.index) if known else "read"
