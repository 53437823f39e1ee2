"""Rows of the first two tables: one per analysis, one per claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.verdicts import BY_CODE
from metaudit.tables.column import Column
from metaudit.tables.quantities import about
from metaudit.tables.reading import Analysis, Finding, Review, Row, words

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL_WORDS = {
    "common": "common effect",
    "random": "random effects",
    "mantel-haenszel": "Mantel-Haenszel",
    "peto": "Peto",
    "glmm": "generalised linear mixed model",
    "user-weights": "weights as given",
}
CI_WORDS = {
    "wald": "Wald",
    "hksj": "Hartung-Knapp",
    "hksj-adhoc-se": "Hartung-Knapp, never a smaller SE",
    "hksj-adhoc-ci": "Hartung-Knapp, never a narrower interval",
    "t": "t",
    "profile": "profile",
    "kenward-roger": "Kenward-Roger",
}

ANALYSES = (
    Column(name="title", heading="Analysis", wordy=True),
    Column(name="measure", heading="Measure"),
    Column(name="k", heading="k"),
    Column(name="n", heading="N"),
    Column(name="estimate", heading="Estimate (CI)"),
    Column(name="p", heading="P"),
    Column(name="i2", heading="I² (%)"),
    Column(name="tau2", heading="τ²"),
    Column(name="method", heading="Method used", wordy=True),
    Column(name="certainty", heading="Certainty"),
    Column(name="printed", heading="Printed"),
    Column(name="verdict", heading="Verdict"),
)
CLAIMS = (
    Column(name="claim", heading="Claim"),
    Column(name="analysis", heading="Analysis"),
    Column(name="quantity", heading="Quantity", wordy=True),
    Column(name="printed", heading="Printed"),
    Column(name="ours", heading="Ours"),
    Column(name="verdict", heading="Verdict"),
    Column(name="certainty", heading="Certainty"),
    Column(name="reason", heading="Reason", wordy=True),
)


def method_words(fit: Row) -> str:
    """Say the method of one fit: model, estimator of tau2, interval and its level."""
    model = MODEL_WORDS.get(fit.get("model", ""), fit.get("model", ""))
    ci = CI_WORDS.get(fit.get("ci_method", ""), fit.get("ci_method", ""))
    level = numbers.number(fit.get("level"))
    limits = f"{numbers.fixed(100 * level, 0 if level in (0.9, 0.95, 0.99) else 1)} % CI" if level else "CI"
    tau2 = fit.get("tau2_method", "") if fit.get("model") not in ("common", "mantel-haenszel", "peto") else ""
    return ", ".join(part for part in (model, tau2, f"{ci} {limits}".strip()) if part)


def regression_words(analysis: Analysis) -> str:
    """Say that an estimate is the intercept of a meta-regression, not a mean of the studies; empty where it is one."""
    if not analysis.tables["regression"]:
        return ""
    return f"meta-regression on {', '.join(analysis.moderators)}: the estimate is the intercept"


def printed_result(findings: Sequence[Finding]) -> str:
    """Pooled result as printed: the first estimate and its limits that are about the whole analysis."""
    found: dict[str, str] = {}
    for finding in findings:
        if finding.quantity in ("estimate", "ci_low", "ci_high") and not finding.subject:
            found.setdefault(finding.quantity, finding.printed)
    estimate = found.get("estimate", "")
    if "ci_low" not in found or "ci_high" not in found:
        return estimate
    return f"{estimate or '?'} ({found['ci_low']} to {found['ci_high']})"


def several_studies(fit: Row) -> bool:
    """Whether a fit can say anything about heterogeneity."""
    return (numbers.number(fit.get("k")) or 0) > 1


def people(fit: Row) -> str:
    """Count the people in a fit, from the total or from its two arms."""
    if fit.get("n"):
        return numbers.whole(fit["n"])
    arms = [numbers.number(fit.get(name)) for name in ("n_t", "n_c")]
    known = [n for n in arms if n is not None]
    return numbers.whole(sum(known)) if known else ""


def analysis_row(analysis: Analysis) -> dict[str, str]:
    """One row of ``tables/analyses``; cells stay empty where nothing was pooled."""
    fit = analysis.primary
    row = {
        "title": analysis.title,
        "measure": analysis.measure,
        "certainty": analysis.certainty,
        "printed": printed_result(analysis.findings),
        "verdict": label(analysis.worst),
    }
    if fit is None and analysis.network is not None:
        return row | network_row(analysis.network)
    if fit is None:
        return row | {"method": "not pooled: no public per-study data" if analysis.data == "none" else "not pooled"}
    return row | {
        "measure": fit.get("measure") or analysis.measure,
        "k": numbers.whole(fit.get("k")),
        "n": people(fit),
        "estimate": numbers.interval(fit.get("estimate"), fit.get("ci_low"), fit.get("ci_high")),
        "p": numbers.p_value(fit.get("p")),
        "i2": numbers.percent(fit.get("i2")) if several_studies(fit) else "",
        "tau2": numbers.variance(fit.get("tau2")) if several_studies(fit) else "",
        "method": "; ".join(part for part in (method_words(fit), regression_words(analysis)) if part),
    }


def network_row(fit: Row) -> dict[str, str]:
    """Cells of ``tables/analyses`` of a network: it has an effect of every pair of treatments and so none of its own."""
    return {
        "measure": fit.get("measure", ""),
        "k": numbers.whole(fit.get("k")),
        "n": people(fit),
        "i2": numbers.percent(fit.get("i2")),
        "tau2": numbers.variance(fit.get("tau2")),
        "method": f"network of {numbers.whole(fit.get('treatments'))} treatments; {method_words(fit)}",
    }


def claim_row(finding: Finding) -> dict[str, str]:
    """One row of ``tables/claims``."""
    return {
        "claim": finding.claim,
        "analysis": finding.analysis,
        "quantity": about(finding),
        "printed": finding.printed,
        "ours": ours(finding),
        "verdict": label(finding.verdict),
        "certainty": finding.certainty,
        "reason": finding.message,
    }


DIFFERING = ("NEAR", "DIFFERENT", "OUT_OF_ENVELOPE", "INCONSISTENT")


def ours(finding: Finding) -> str:
    """Our value beside the printed one, with its percent sign."""
    shown = _value(finding)
    return f"{shown}%" if shown and finding.printed.rstrip().endswith("%") and not shown.endswith("%") else shown


def _value(finding: Finding) -> str:
    """Our value with the decimals of the printed one; where the two differ, with enough to see by how much."""
    value = numbers.number(finding.value)
    if value is not None and finding.verdict in DIFFERING:
        return numbers.apart(finding.printed, value)
    if (
        value is not None
        and (finding.quantity == "p" or finding.quantity.endswith("_p"))
        and finding.printed.lstrip().startswith("<")
    ):
        return numbers.p_value(value)
    return numbers.beside(finding.printed, words(finding.value) if isinstance(finding.value, str) else finding.value)


def label(code: str) -> str:
    """Verdict for people; a word not known here stays as it is."""
    return BY_CODE[code].label if code in BY_CODE else code


def analysis_rows(review: Review) -> list[dict[str, str]]:
    """Rows of ``tables/analyses`` of one review."""
    return [analysis_row(analysis) for analysis in review.analyses]


def claim_rows(review: Review) -> list[dict[str, str]]:
    """Rows of ``tables/claims`` of one review."""
    return [claim_row(finding) for finding in review.findings]
