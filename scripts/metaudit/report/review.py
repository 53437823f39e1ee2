"""The page of one review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.report.analysis import AnalysisView, analysis_view
from metaudit.report.anchors import source_ids, unique
from metaudit.report.board import count
from metaudit.report.claims import ClaimView, Group, claim_views, groups
from metaudit.report.index import DATA_WORDS, missing_claims
from metaudit.tables.verdicts import certainty_rank, impact_rank, severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metaudit.tables.reading import Finding, Review, Row

STANDING_OUT = 12


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One missing input, with the claims that wait for it."""

    text: str
    claims: tuple[ClaimView, ...]


@dataclass(frozen=True, kw_only=True)
class SourceView:
    """One source of a review."""

    anchor: str
    row: Row
    used: int


@dataclass(frozen=True, kw_only=True)
class ReviewView:
    """Everything the page of one review needs."""

    review: Review
    data: str
    counts: Mapping[str, int]
    first: tuple[ClaimView, ...]
    first_total: int
    missing: tuple[Missing, ...]
    empty: str
    analyses: tuple[AnalysisView, ...]
    groups: tuple[Group, ...]
    sources: tuple[SourceView, ...]


def missing_inputs(views: tuple[tuple[Finding, ClaimView], ...]) -> tuple[Missing, ...]:
    """List what the claims that could not be checked say is missing, most claims first."""
    found: dict[str, list[ClaimView]] = {}
    for finding, view in views:
        if finding.verdict == "NOT_CHECKABLE":
            found.setdefault(finding.message or "No reason given.", []).append(view)
    return tuple(
        Missing(text=text, claims=tuple(claims)) for text, claims in sorted(found.items(), key=lambda i: -len(i[1]))
    )


def standing_out(views: tuple[tuple[Finding, ClaimView], ...]) -> list[ClaimView]:
    """Claims worse than underspecified, gravest first."""

    def key(pair: tuple[Finding, ClaimView]) -> tuple[int, int, int]:
        finding = pair[0]
        return severity(finding.verdict), impact_rank(finding.impact), certainty_rank(finding.certainty)

    grave = [pair for pair in views if severity(pair[0].verdict) <= severity("OTHER_SPEC")]
    return [view for _, view in sorted(grave, key=key)]


def source_views(review: Review, anchors: Mapping[str, str]) -> tuple[SourceView, ...]:
    """List the sources with the number of claims read in each."""
    keys = [key.strip() for finding in review.findings for key in finding.typed("source").split(";")]
    once = {row.get("source", ""): row for row in review.sources}
    return tuple(SourceView(anchor=anchors[key], row=row, used=keys.count(key)) for key, row in once.items())


def review_view(review: Review, *, addresses: Mapping[str, str]) -> ReviewView:
    """Page of one review."""
    sources = source_ids(review)
    names = [analysis.id for analysis in review.analyses]
    anchors = dict(zip(names, unique("analysis", names), strict=True))
    views = claim_views(review, sources=sources, addresses=addresses)
    first = standing_out(views)
    return ReviewView(
        review=review,
        data=DATA_WORDS[review.data],
        counts={code: n for code, n in count(review.findings).items() if n},
        first=tuple(first[:STANDING_OUT]),
        first_total=len(first),
        missing=missing_inputs(views),
        empty="" if views else missing_claims(review),
        analyses=tuple(
            analysis_view(
                review,
                analysis,
                number=number,
                anchor=anchors[analysis.id],
                claims=tuple(view for finding, view in views if finding.analysis == analysis.id),
                sources=sources,
            )
            for number, analysis in enumerate(review.analyses, start=1)
        ),
        groups=groups(review, views, anchors),
        sources=source_views(review, sources),
    )
