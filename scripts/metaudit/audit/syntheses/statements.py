"""Statements in words about a trial sequential analysis, however they are worded."""

from __future__ import annotations

import re
from dataclasses import replace

from metaudit.formats.review import Analysis, Claim
from metaudit.formats.stated import plan_override

SEQUENTIAL = frozenset(
    "ris ris_fixed ris_share diversity tsa_boundary tsa_ci_low tsa_ci_high tsa_ci_level tsa_look tsa_p tsa_estimate "
    "conditional_power".split()
)
"""Quantities of a trial sequential analysis, which stands beside the pooled result of its analysis."""
STATEMENTS = (
    "boundary crossed", "boundary not crossed", "futility boundary crossed", "futility boundary not crossed",
    "required size reached", "required size not reached",
)  # fmt: skip
"""Statements in words about it that can be decided."""
_VERB = r"(?:(?:is|was|were|has|have|had|been|did) )*(?P<no>not |never )?(?:been )?"
_BEFORE = r"(?:(?:the|trial|sequential|monitoring|tsa|upper|lower|efficacy|benefit|significance) )*"
_SIZE = r"(?:the )?(?:required (?:meta-analysis )?(?:information )?size|required information|ris)"
_FORMS = (
    (
        "futility boundary crossed",
        rf"(?:\w+ )*futility (?:boundary|boundaries|area|region) {_VERB}(?:crossed|cross|reached|met|entered)",
    ),
    ("boundary crossed", rf"{_BEFORE}(?:boundary|boundaries) {_VERB}(?:crossed|cross|reached|met)"),
    ("required size reached", rf"{_SIZE} {_VERB}(?:reached|reach|met|attained|achieved)"),
)
# What says the same only where it is known to be about a sequential analysis.
_LACKING = (
    "lack of power",
    "lacks power",
    "lacking power",
    "underpowered",
    "insufficient information",
    "insufficient power",
)


def statement_of(claim: Claim, analysis: Analysis | None) -> str:
    """Which of ``STATEMENTS`` a claim makes; empty for numbers, and for words about something else.

    Parameters
    ----------
    analysis : that the claim is about; None outside analyses
    """
    if claim.quantity != "text":
        return ""
    words = re.sub(r"\s+", " ", claim.printed.strip().lower().rstrip("."))
    for statement, form in _FORMS:
        found = re.fullmatch(form, words)
        if found:
            return _negated(statement) if found["no"] else statement
    about_it = "sequential" in claim.subject.lower() or (analysis is not None and "sequential" in analysis.syntheses)
    return "required size not reached" if about_it and words in _LACKING else ""


def _negated(statement: str) -> str:
    subject, _, verb = statement.rpartition(" ")
    return f"{subject} not {verb}"


def with_plan(analysis: Analysis, override: str) -> Analysis:
    """An analysis whose sequential plan has what a claim's ``method`` says of it on top."""
    plan = {**analysis.syntheses.get("sequential", {}), **plan_override(override)}
    return replace(analysis, syntheses={**analysis.syntheses, "sequential": plan})


def is_sequential(claim: Claim, analysis: Analysis | None) -> bool:
    """Whether a claim is about a trial sequential analysis."""
    return claim.quantity in SEQUENTIAL or bool(statement_of(claim, analysis))
