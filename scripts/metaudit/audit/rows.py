"""All findings about a claim as one row of the audit."""

from __future__ import annotations

import math
from collections.abc import Mapping

from metaudit.audit.bundles import Bundle
from metaudit.audit.scale import printed_of
from metaudit.audit.verdict import AuditRow, Dossier, worst_certainty
from metaudit.audit_words.what_to_ask import ask
from metaudit.formats.review import Claim, Review


def row_of(claim: Claim, review: Review, dossier: Dossier, bundles: Mapping[tuple[str, str], Bundle]) -> AuditRow:
    """The worst finding about a claim as its verdict, with what the others add.

    Parameters
    ----------
    dossier : with at least one finding about the claim
    bundles : by analysis and method override
    """
    findings = dossier.findings[claim.id]
    judged = [f for f in findings if f.severity >= 0]
    main = (
        max(judged, key=lambda f: f.severity) if judged else next(f for f in findings if f.verdict == "NOT_CHECKABLE")
    )
    printed = printed_of(claim)
    window = printed.interval(claim.rounding or "nearest") if printed else None
    with_value = main if not math.isnan(main.value) else next((f for f in judged if not math.isnan(f.value)), main)
    judged_otherwise = bool(judged) and main.check != "integer check"  # then what a percentage could stand for is idle
    rest = [
        f.message
        for f in findings
        if f is not main and f.message and not (judged_otherwise and f.check == "integer check")
    ]
    message = " ".join([main.message, *dict.fromkeys(rest)])
    spec_of = main if main.spec else next((f for f in judged if f.spec), main)
    row = AuditRow(
        review=review.id, claim=claim.id, analysis=claim.analysis, quantity=claim.quantity, subject=claim.subject,
        printed=claim.printed, printed_low=window.low if window else math.nan, printed_high=window.high if window else math.nan,
        value=with_value.value, verdict=main.verdict, criterion=main.check, margin=with_value.margin,
        spec=spec_of.spec, stated_spec=spec_of.stated_spec or _stated(claim, bundles), alternatives=spec_of.alternatives,
        specificity=spec_of.specificity, formula=with_value.formula, inputs=with_value.inputs, value_low=with_value.value_low,
        value_high=with_value.value_high, envelope_low=spec_of.envelope_low, envelope_high=spec_of.envelope_high,
        searched=spec_of.searched, nearest=spec_of.nearest, edits=spec_of.edits, edits_alike=spec_of.edits_alike, ask="",
        causes=main.causes, impact=main.impact,
        certainty=worst_certainty(claim.certainty, main.certainty), message=message,
    )  # fmt: skip
    object.__setattr__(row, "ask", ask(row))  # the question is made of all the rest, and nobody has seen the row yet
    return row


def _stated(claim: Claim, bundles: Mapping[tuple[str, str], Bundle]) -> str:
    bundle = bundles.get((claim.analysis, claim.method))
    return bundle.specs.words(0) if bundle and bundle.specs else ""
