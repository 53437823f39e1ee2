"""One analysis as a page shows it: result, method, figures and the tables behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.report.figures import Figure, figures
from metaudit.report.methods import MethodLine, method_lines
from metaudit.report.studies import analysis_grids
from metaudit.tables import numbers
from metaudit.tables.summary import analysis_row, people, several_studies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metaudit.report.claims import ClaimView
    from metaudit.report.grids import Grid
    from metaudit.tables.reading import Analysis, Review, Row

GENERIC = {"GEN": "Effect", "GEN-LOG": "Effect"}


@dataclass(frozen=True, kw_only=True)
class AnalysisView:
    """One analysis with everything its section needs."""

    anchor: str
    title: str
    measure: str
    result: str
    heterogeneity: str
    certainty: str
    worst: str
    remark: str
    note: str
    row: Mapping[str, str]
    methods: tuple[MethodLine, ...]
    claims: tuple[ClaimView, ...]
    figures: tuple[Figure, ...]
    readings: tuple[str, ...]
    grids: tuple[Grid, ...]


def counted(text: str, one: str, many: str) -> str:
    """Count with its noun."""
    return f"{text} {one if text == '1' else many}"


def result_sentence(analysis: Analysis, fit: Row) -> str:
    """Pooled result in one sentence."""
    level = numbers.number(fit.get("level")) or 0.95
    limits = numbers.interval(fit.get("estimate"), fit.get("ci_low"), fit.get("ci_high")).partition(" (")
    interval = f" ({100 * level:g} % CI {limits[2]}" if limits[2] else ""
    p = numbers.p_value(fit.get("p"))
    base = counted(numbers.whole(fit.get("k")), "study", "studies")
    total = people(fit)
    who = f" with {total} people" if total else ""
    measure = GENERIC.get(fit.get("measure", ""), fit.get("measure") or analysis.measure)
    test = f", p {p if p[:1] in '<>' else '= ' + p}" if p else ""
    return numbers.typographic(f"{measure} {limits[0] or 'not defined'}{interval}{test}; {base}{who}.")


def heterogeneity_sentence(fit: Row) -> str:
    """Heterogeneity and prediction interval in one sentence; empty for a single study."""
    if not several_studies(fit):
        return ""
    parts = []
    if fit.get("i2"):
        parts.append(f"I² {numbers.percent(fit['i2'])} %")
    if fit.get("tau2"):
        parts.append(f"τ² {numbers.variance(fit['tau2'])}")
    if fit.get("q"):
        p = numbers.p_value(fit.get("q_p"))
        test = f", p {p if p[:1] in '<>' else '= ' + p}" if p else ""
        parts.append(f"Q {numbers.plain(fit['q'])} on {numbers.whole(fit.get('q_df'))} df{test}")
    prediction = numbers.span(fit.get("pi_low"), fit.get("pi_high"))
    if prediction:
        parts.append(f"prediction interval {prediction}")
    return numbers.typographic("; ".join(parts) + ".") if parts else ""


def remark(analysis: Analysis) -> str:
    """Why nothing was pooled, or what to keep in mind about the fit."""
    fit = analysis.primary
    if fit is None:
        if analysis.data == "none":
            return "The per-study data are not public, so nothing could be pooled."
        return "Nothing was pooled."
    if several_studies(fit) and str(fit.get("at_boundary", "")).lower() in ("yes", "true", "1"):
        return "τ² lies at its boundary, zero."
    return ""


def analysis_view(
    review: Review,
    analysis: Analysis,
    *,
    number: int,
    anchor: str,
    claims: tuple[ClaimView, ...],
    sources: Mapping[str, str],
) -> AnalysisView:
    """Section of one analysis."""
    fit = analysis.primary
    direction = {"low": "Lower is better for the treatment.", "high": "Higher is better for the treatment."}
    notes = (direction.get(analysis.favours, ""), f"Note: {analysis.note}" if analysis.note else "")
    return AnalysisView(
        anchor=anchor,
        title=analysis.title,
        measure=analysis.measure,
        result=result_sentence(analysis, fit) if fit else "",
        heterogeneity=heterogeneity_sentence(fit) if fit else "",
        certainty=analysis.certainty,
        worst=analysis.worst,
        remark=remark(analysis),
        note=" ".join(note for note in notes if note),
        row=analysis_row(analysis),
        methods=method_lines(analysis),
        claims=claims,
        figures=figures(review.figures, analysis.id, number=number, title=analysis.title),
        readings=tuple(dict.fromkeys(r["message"] for r in analysis.tables["readings"] if r.get("message"))),
        grids=analysis_grids(analysis, sources, review.extraction),
    )
