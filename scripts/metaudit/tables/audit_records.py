"""The findings of ``audit.json``, each with what was typed in of its claim."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from metaudit.errors import DataError

Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One claim with its verdict: a record of ``audit.json`` joined with its row of ``claims.csv``."""

    review: str
    claim: str
    analysis: str
    quantity: str
    subject: str
    printed: str
    printed_low: Any
    printed_high: Any
    value: Any
    verdict: str
    criterion: str
    margin: Any
    spec: str
    stated_spec: str
    alternatives: tuple[str, ...]
    specificity: Any
    formula: str = ""
    inputs: tuple[str, ...] = ()
    value_low: Any = None
    value_high: Any = None
    envelope_low: Any = None
    envelope_high: Any = None
    searched: int | None = None
    nearest: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    edits_alike: int | None = None
    ask: str = ""
    causes: tuple[str, ...]
    impact: str
    certainty: str
    message: str
    row: Row = field(default_factory=lambda: MappingProxyType({}))
    covariate: str = ""  # of the subgroups, where the subject is one of their levels

    def typed(self, column: str) -> str:
        """Cell of the claim's row of ``claims.csv``, empty when it has none."""
        return self.row.get(column) or ""


def words(value: Any) -> str:
    """Any JSON value in words: mappings as ``key = value``, lists joined by semicolons."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(f"{key} = {words(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(words(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def several(value: Any) -> tuple[str, ...]:
    """List field of ``audit.json`` as texts; a text with semicolons counts as a list."""
    items = value if isinstance(value, (list, tuple)) else str(value or "").split("; ")
    return tuple(text for text in (words(item) for item in items) if text)


def read_findings(path: Path, claims: tuple[Row, ...]) -> tuple[Finding, ...]:
    """Read the findings of one ``audit.json``, in its order, each with its row of ``claims.csv``."""
    if not path.is_file():
        return ()
    typed = {row.get("claim", ""): row for row in claims}
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{path} is not what the audit wrote: {error}. Delete it, and run again: the audit writes it anew."
        raise DataError(message) from None
    return tuple(finding_of(record, typed) for record in records)


def finding_of(record: Mapping[str, Any], typed: Mapping[str, Row]) -> Finding:
    """One record of ``audit.json``, of any version, with its row of ``claims.csv`` by claim."""

    def text(name: str) -> str:
        return words(record.get(name))

    def listed(name: str) -> tuple[str, ...]:
        return tuple(words(item) for item in record.get(name) or ())

    def whole(name: str) -> int | None:
        value = record.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    return Finding(
        review=text("review"),
        claim=text("claim"),
        analysis=text("analysis"),
        quantity=text("quantity"),
        subject=text("subject"),
        printed=text("printed"),
        printed_low=record.get("printed_low"),
        printed_high=record.get("printed_high"),
        value=record.get("value"),
        verdict=text("verdict"),
        criterion=text("criterion"),
        margin=record.get("margin"),
        spec=text("spec"),
        stated_spec=text("stated_spec"),
        alternatives=several(record.get("alternatives")),
        specificity=record.get("specificity"),
        formula=text("formula"),
        inputs=listed("inputs"),
        value_low=record.get("value_low"),
        value_high=record.get("value_high"),
        envelope_low=record.get("envelope_low"),
        envelope_high=record.get("envelope_high"),
        searched=whole("searched"),
        nearest=listed("nearest"),
        edits=listed("edits"),
        edits_alike=whole("edits_alike"),
        ask=text("ask"),
        causes=several(record.get("causes")),
        impact=text("impact"),
        certainty=text("certainty"),
        message=text("message"),
        row=typed.get(text("claim"), MappingProxyType({})),
    )
