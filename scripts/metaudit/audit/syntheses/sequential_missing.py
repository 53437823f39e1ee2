"""What is missing to check a number of a sequential analysis whose trials are not public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaudit.audit.names import column_words
from metaudit.audit.syntheses.statements import SEQUENTIAL
from metaudit.audit.verdict import Finding
from metaudit.audit_words.texts import PER_STUDY, table_words
from metaudit.effects.compute import NEEDS
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.measures import MEASURES
from metaudit.sequential_result import effect_named

_OF_BOUNDS = SEQUENTIAL - {"ris", "ris_fixed", "diversity"}


def missing_of(claim: Claim, analysis: Analysis, review: Review) -> Finding:
    """What would be needed to check a claim of a sequential analysis whose trials are not public."""
    stated = analysis.syntheses.get("sequential", {})
    code = analysis.measures[0] if analysis.measures else ""
    said = [*_unstated(claim, stated, code)]
    k = next((c.printed for c in review.claims if c.analysis == analysis.id and c.quantity == "k"), "")
    columns = [column_words(n) for n in NEEDS.get(MEASURES[code].kind if code in MEASURES else "", ())]
    columns = columns or ["effect with its standard error or interval", "n"]
    per_trial = claim.quantity not in ("ris", "ris_fixed") or not said
    table = [f"{PER_STUDY}{c}" for c in columns]
    table += ["the year of every trial"] if claim.quantity in _OF_BOUNDS | {"text"} else []
    needs_table = per_trial or "heterogeneity" not in stated
    causes = (*said, *(table if needs_table else ()))
    parts = []
    if needs_table:
        year = "" if table[-1].startswith(PER_STUDY) else ", and its year"
        parts.append(f"{table_words(columns)}{year}" + (f" ({k} trials)" if k and k != "1" else ""))
    parts += [f"of the plan {', '.join(said)}"] if said else []
    message = f"The trials of '{analysis.title}' are not public. Missing to check the sequential analysis: {'; '.join(parts)}."
    return Finding("missing data", message, "NOT_CHECKABLE", causes=causes)


def _unstated(claim: Claim, stated: Mapping[str, Any], measure: str) -> Iterator[str]:
    """What the paper should state of its plan, and does not as far as it is known."""
    if claim.quantity == "diversity":
        return
    if "required" not in stated:
        if not effect_named(stated):
            yield "the smallest relevant effect"
        if measure == "MD" and not isinstance(stated.get("sd"), float | int):
            yield "the standard deviation behind the required size"
        if measure in ("RR", "OR", "RD") and not isinstance(stated.get("control_risk"), float | int):
            yield "the control risk behind the required size"
        if (
            claim.quantity != "ris_fixed"
            and not isinstance(stated.get("heterogeneity"), Mapping)
            and stated.get("heterogeneity") != "none"
        ):
            yield "D² or whatever the required size is adjusted for"
    yield from (name for name in ("alpha", "power") if name not in stated)
    if claim.quantity in _OF_BOUNDS | {"text"} and "spending" not in stated:
        yield "the spending function"
