"""One analysis as a page shows it: result, method, figures and the tables behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.report.anchors import analysis_page
from metaudit.report.diagnostics import diagnostic_grids
from metaudit.report.figures import Figure, Room, figures
from metaudit.report.language import Phrase
from metaudit.report.methods import MethodLine, method_lines
from metaudit.report.network import network_grids, remarks, spread_phrases
from metaudit.report.network import result_phrases as network_phrases
from metaudit.report.paragraph import Paragraph, paragraph
from metaudit.report.sequential import assumed_phrases, looks_grid, sequential_phrases
from metaudit.report.studies import analysis_grids
from metaudit.tables.summary import analysis_row, people, several_studies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metaudit.report.claims import ClaimView
    from metaudit.report.explorer import Explorer
    from metaudit.report.grids import Grid
    from metaudit.report.results import Files, Shown
    from metaudit.tables.reading import Analysis, Review, Row

# Bytes of drawings on an analysis's page; all of them inside would make the site half as large again.
OWN_ROOM = 60_000
GENERIC = {"GEN": "Effect", "GEN-LOG": "Effect"}
DIRECTION = {"low": "Lower is better for the treatment.", "high": "Higher is better for the treatment."}
NETWORK_DIRECTION = {"low": "Lower is better.", "high": "Higher is better."}
OTHER_MODELS = {
    "bayes": "The authors’ model is Bayesian. Pooled here is the usual mean of the same effects; printed numbers are judged under the stated model.",
    "bayes-network": "The authors’ network is Bayesian; the one here is fitted by generalised least squares.",
    "multilevel": "The authors’ model knows effects that belong together. Pooled here as independent; printed numbers are judged under that model.",
    "dose_response": "A row is a dose of a study, so nothing is pooled study by study; printed numbers are judged under the stated curve.",
}
"""What is to be known where the fit on the page is not the authors' model."""
LEADING = ("forest", "network-graph", "network-league", "sequential")
"""Kinds of figures on a review's page; the others are on the analysis's own."""


@dataclass(frozen=True, kw_only=True)
class AnalysisView:
    """One analysis with what its section on the review's page needs."""

    id: str
    anchor: str
    href: str
    title: str
    measure: str
    result: tuple[Phrase, ...]
    heterogeneity: tuple[Phrase, ...]
    sequential: tuple[Phrase, ...]
    remarks: tuple[Phrase, ...]
    explored: bool
    certainty: str
    worst: str
    remark: str
    direction: str
    note: str
    row: Mapping[str, str]
    methods: tuple[MethodLine, ...]
    claims: tuple[ClaimView, ...]
    figures: tuple[Figure, ...]
    readings: tuple[str, ...]
    paragraph: Paragraph | None


@dataclass(frozen=True, kw_only=True)
class AnalysisPage:
    """The page of one analysis: its section, all its figures and tables, and what the explorer needs."""

    review: Review
    view: AnalysisView
    figures: tuple[Figure, ...]
    grids: tuple[Grid, ...]
    diagnostics: tuple[Grid, ...]
    before: AnalysisView | None
    after: AnalysisView | None
    explorer: Explorer | None


def p_phrase(p: str) -> Phrase:
    """A P value in a sentence."""
    return Phrase("P\u00a0{p}", {"p": numbers.tied(numbers.compared(p))})


def result_phrases(analysis: Analysis, fit: Row) -> tuple[Phrase, ...]:
    """Pooled result, to be read as one sentence: estimate with interval, P value; then studies and what they counted."""
    level = numbers.number(fit.get("level")) or 0.95
    middle, _, limits = numbers.interval(fit.get("estimate"), fit.get("ci_low"), fit.get("ci_high")).partition(" (")
    measure = GENERIC.get(fit.get("measure", ""), fit.get("measure") or analysis.measure)
    said = {"measure": measure, "estimate": numbers.typographic(middle or "not defined")}
    if limits:
        low, _, high = limits.rstrip(")").partition(" to ")
        ends = {"level": f"{100 * level:g}", "low": numbers.typographic(low), "high": numbers.typographic(high)}
        first = Phrase("{measure} {estimate} ({level} % CI {low} to {high})", said | ends)
    else:
        first = Phrase("{measure} {estimate}", said)
    p, k, total = numbers.p_value(fit.get("p")), numbers.whole(fit.get("k")), people(fit)
    if total:
        one, many = "{n} study, n = {people}", "{n} studies, n = {people}"
    else:
        one, many = "{n} study", "{n} studies"
    who = Phrase(one if k == "1" else many, {"n": k, "people": total})
    return (first, *((p_phrase(p),) if p else ()), who)


def heterogeneity_phrases(fit: Row) -> tuple[Phrase, ...]:
    """Heterogeneity and prediction interval; empty for a single study."""
    if not several_studies(fit):
        return ()
    parts = []
    if fit.get("i2"):
        parts.append(Phrase("I²\u00a0{i2}\u00a0%", {"i2": numbers.percent(fit["i2"])}))
    if fit.get("tau2"):
        parts.append(Phrase("τ²\u00a0{tau2}", {"tau2": numbers.variance(fit["tau2"])}))
    if fit.get("q"):
        p = numbers.p_value(fit.get("q_p"))
        said = {"q": numbers.plain(fit["q"]), "df": numbers.whole(fit.get("q_df"))}
        test = numbers.tied(numbers.compared(p))
        parts.append(
            Phrase("Q\u00a0{q} on {df}\u00a0df, P\u00a0{p}", said | {"p": test})
            if test
            else Phrase("Q\u00a0{q} on {df}\u00a0df", said)
        )
    low, _, high = numbers.span(fit.get("pi_low"), fit.get("pi_high")).partition(" to ")
    if high:
        ends = {"low": numbers.typographic(low), "high": numbers.typographic(high)}
        parts.append(Phrase("prediction interval {low} to {high}", ends))
    return tuple(parts)


def remark(analysis: Analysis) -> str:
    """Why nothing was pooled, or what to keep in mind about the fit."""
    fit = analysis.primary
    if analysis.network is not None or ("dose_response" in analysis.syntheses and analysis.data != "none"):
        return ""
    if fit is None:
        if analysis.data == "none":
            return "The per-study data are not public, so nothing could be pooled."
        return "Nothing was pooled."
    if several_studies(fit) and str(fit.get("at_boundary", "")).lower() in ("yes", "true", "1"):
        return "τ² lies at its boundary, zero."
    return ""


def has_page(analysis: Analysis) -> bool:
    """Whether there is anything to show about an analysis beyond its claims."""
    return bool(analysis.primary is not None or analysis.network is not None or analysis.tables["effects"])


def _said(analysis: Analysis) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
    """The result of an analysis and its heterogeneity, in sentences; of a network, what it is and whether it agrees."""
    fit, network = analysis.primary, analysis.network
    if network is not None:
        return network_phrases(network), spread_phrases(network)
    return (result_phrases(analysis, fit), heterogeneity_phrases(fit)) if fit else ((), ())


def _remarks(analysis: Analysis) -> tuple[Phrase, ...]:
    """What is to be known about a network or a sequential analysis beside its numbers."""
    found = [Phrase("Could not be computed: {reason}", {"reason": analysis.refused})] if analysis.refused else []
    found += [
        Phrase(OTHER_MODELS[name]) for name in analysis.syntheses if name in OTHER_MODELS and analysis.data != "none"
    ]
    if analysis.network is not None:
        found += remarks(analysis.network)
    if analysis.sequential is not None:
        found += assumed_phrases(analysis.sequential)
    return tuple(found)


def analysis_view(
    review: Review,
    analysis: Analysis,
    *,
    number: int,
    anchor: str,
    claims: tuple[ClaimView, ...],
    files: Files,
    room: Room,
) -> AnalysisView:
    """Section of one analysis on its review's page."""
    result, heterogeneity = _said(analysis)
    directions = DIRECTION if analysis.network is None else NETWORK_DIRECTION
    return AnalysisView(
        id=analysis.id,
        anchor=anchor,
        href=analysis_page(review.id, analysis.id) if has_page(analysis) else "",
        title=analysis.title,
        measure=analysis.measure,
        result=result,
        heterogeneity=heterogeneity,
        sequential=sequential_phrases(analysis),
        remarks=_remarks(analysis),
        explored=analysis.network is None,
        certainty=analysis.certainty,
        worst=analysis.worst,
        remark=remark(analysis),
        direction=directions.get(analysis.favours, ""),
        note=analysis.note,
        row=analysis_row(analysis),
        methods=method_lines(analysis),
        claims=claims,
        figures=figures(files, analysis.id, number=number, title=analysis.title, kinds=LEADING, room=room),
        readings=tuple(dict.fromkeys(r["message"] for r in analysis.tables["readings"] if r.get("message"))),
        paragraph=paragraph(analysis),
    )


def analysis_pages(
    review: Review,
    views: tuple[AnalysisView, ...],
    *,
    sources: Mapping[str, str],
    shown: Shown,
    files: Files,
    explorers: Mapping[str, Explorer],
) -> tuple[AnalysisPage, ...]:
    """Pages of the analyses that have one, each with its neighbours."""
    by_id = {analysis.id: analysis for analysis in review.analyses}
    own = [view for view in views if view.href]
    return tuple(
        AnalysisPage(
            review=review,
            view=view,
            figures=figures(files, view.id, number=1, title=view.title, room=Room(OWN_ROOM)),
            grids=_grids(by_id[view.id], review, sources),
            diagnostics=diagnostic_grids(by_id[view.id], shown),
            before=own[place - 1] if place else None,
            after=own[place + 1] if place + 1 < len(own) else None,
            explorer=explorers.get(view.id),
        )
        for place, view in enumerate(own)
    )


def _grids(analysis: Analysis, review: Review, sources: Mapping[str, str]) -> tuple[Grid, ...]:
    looks = looks_grid(analysis)
    others = analysis_grids(analysis, sources, review.extraction)
    return (*network_grids(analysis, sources), *((looks,) if looks else ()), *others)
