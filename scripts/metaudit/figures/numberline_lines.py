"""The printed numbers of an analysis as a number line places them: in units of their last digit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaudit.audit_words.input_words import subgroup_label
from metaudit.errors import PrintedError
from metaudit.printed import parse_printed

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput


@dataclass(frozen=True)
class Line:
    """One printed number; places in units of its last digit, 0 the middle of its rounding interval.

    ``half_line`` is -1 where everything below the upper edge prints alike (``<0.001``), 1 for everything above, else 0.
    """

    claim: Mapping[str, Any]
    method: str
    units: float
    span: tuple[float, float]
    envelope: tuple[float, float]
    half_line: int


def lines_of(data: AnalysisInput) -> list[Line]:
    """The claims in numbers, bundle by bundle, each bundle in the order of claims.csv."""
    methods = {c["claim"]: (c.get("method") or "").strip() for c in data.claims}
    levels = {r.get("subgroup") for r in data.pooled if r.get("role") == "subgroup"}
    covariate = str(data.described.get("subgroups") or "")
    found = []
    for claim in data.audit:
        subject = claim["subject"]
        named = {**claim, "about": subgroup_label(covariate, subject) if subject in levels else subject}
        if (line := _line(named, methods.get(claim["claim"], ""))) is not None:
            found.append(line)
    order = list(dict.fromkeys(line.method for line in found))
    return sorted(found, key=lambda line: order.index(line.method))


def _line(claim: Mapping[str, Any], method: str) -> Line | None:
    """Place one claim; None where it prints words, not a number."""
    try:
        printed = parse_printed(str(claim["printed"]))
    except PrintedError:
        return None
    low, high = end_of(claim["printed_low"]), end_of(claim["printed_high"])
    if math.isnan(low) or math.isnan(high):
        return None
    unit = high - low if math.isfinite(high - low) and high > low else printed.unit
    half_line = 0 if math.isfinite(high - low) else (-1 if math.isfinite(high) else 1)
    middle = (low + high) / 2 if half_line == 0 else (high - unit / 2 if half_line < 0 else low + unit / 2)

    def place(value: object) -> float:
        return (end_of(value) - middle) / unit

    span, envelope = ((place(claim[f"{n}_low"]), place(claim[f"{n}_high"])) for n in ("value", "envelope"))
    return Line(claim, method, place(claim["value"]), span, envelope, half_line)


def end_of(value: object) -> float:
    """A number of audit.json; nan for null, infinite for the words it writes then."""
    return math.nan if value is None else float(str(value))
