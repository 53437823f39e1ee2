"""The page of one review."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.report.analysis import AnalysisView, analysis_view
from metaudit.report.anchors import source_ids, unique
from metaudit.report.board import count
from metaudit.report.claims import ClaimView, Group, claim_views, groups
from metaudit.report.diagnostics import routes_grid, row_checks_grid
from metaudit.report.figures import Room
from metaudit.report.grids import Cell, Grid, Part, grid
from metaudit.report.index import DATA_WORDS, missing_claims
from metaudit.report.language import Phrase
from metaudit.report.plain import must_be_seen, rank, sentence
from metaudit.report.reproduces import Reproduced, others_reproduced, reproduced
from metaudit.report.results import Downloads, Files, Shown, downloads
from metaudit.report.studies import MANY, study_name

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
    """Everything the page of one review needs; ``sentence``, ``quantity`` and ``place`` (of reading) are by claim."""

    review: Review
    data: str
    counts: Mapping[str, int]
    first: tuple[ClaimView, ...]
    first_total: int
    sentence: Mapping[str, Phrase]
    quantity: Mapping[str, str]
    place: Mapping[str, str]
    missing: tuple[Missing, ...]
    empty: str
    reproduced: tuple[Reproduced, ...]
    analyses: tuple[AnalysisView, ...]
    groups: tuple[Group, ...]
    tables: tuple[Grid, ...]
    certainties: Mapping[str, int]
    sources: tuple[SourceView, ...]
    downloads: tuple[Downloads, ...]


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
    """Claims worse than underspecified: by what they change, how certain we are, and verdict."""
    grave = [pair for pair in views if must_be_seen(pair[0])]
    return [view for _, view in sorted(grave, key=lambda pair: rank(pair[0]))]


def source_views(review: Review, anchors: Mapping[str, str]) -> tuple[SourceView, ...]:
    """List the sources with the number of claims read in each."""
    keys = [key.strip() for finding in review.findings for key in finding.typed("source").split(";")]
    once = {row.get("source", ""): row for row in review.sources}
    return tuple(SourceView(anchor=anchors[key], row=row, used=keys.count(key)) for key, row in once.items())


def left_out_grid(review: Review) -> Grid | None:
    """Study rows left out of an analysis, with their reasons."""
    rows = [(a.title, row) for a in review.analyses for row in a.tables["exclusions"]]
    titled = [dict(row) | {"title": title} for title, row in rows]
    parts = [
        Part(heading="Study", cell=lambda r: Cell(text=study_name(r))),
        Part(heading="Analysis", cell=lambda r: r["title"]),
        Part(heading="Row", number=True, cell=lambda r: r.get("row", "")),
        Part(heading="Left out", cell=lambda r: r.get("stage", "")),
        Part(heading="Reason", cell=lambda r: r.get("reason", "")),
    ]
    return grid(Phrase("Left out ({n})", {"n": str(len(rows))}), titled, parts, shown=len(rows) <= MANY)


def review_tables(review: Review, shown: Shown) -> tuple[Grid, ...]:
    """What was done to the typed-in table before anything was pooled."""
    found = (
        left_out_grid(review),
        routes_grid(shown.by_row["conversions"]),
        row_checks_grid(shown.by_row["row_checks"]),
    )
    return tuple(table for table in found if table is not None)


def review_view(review: Review, *, addresses: Mapping[str, str], shown: Shown, files: Files) -> ReviewView:
    """Page of one review.

    Parameters
    ----------
    review : what was typed in and computed
    addresses : of every claim of the site, by ``review/claim``
    shown : rows of its result files that only pages show
    files : its result files, to be linked to
    """
    sources = source_ids(review)
    names = [analysis.id for analysis in review.analyses]
    anchors = dict(zip(names, unique("analysis", names), strict=True))
    views = claim_views(review, sources=sources, addresses=addresses)
    first = standing_out(views)
    titles = {analysis.id: analysis.title for analysis in review.analyses}
    room = Room()
    ways = (reproduced, others_reproduced)
    lines = (way(analysis, anchors[analysis.id]) for analysis in review.analyses for way in ways)
    return ReviewView(
        review=review,
        data=DATA_WORDS[review.data],
        counts={code: n for code, n in count(review.findings).items() if n},
        first=tuple(first[:STANDING_OUT]),
        first_total=len(first),
        sentence={view.anchor: said for finding, view in views if (said := sentence(finding)) is not None},
        quantity={view.anchor: finding.quantity for finding, view in views},
        place={view.anchor: titles.get(finding.analysis) or finding.typed("where") for finding, view in views},
        missing=missing_inputs(views),
        empty="" if views else missing_claims(review),
        reproduced=tuple(line for line in lines if line is not None),
        analyses=tuple(
            analysis_view(
                review,
                analysis,
                number=number,
                anchor=anchors[analysis.id],
                claims=tuple(view for finding, view in views if finding.analysis == analysis.id),
                files=files,
                room=room,
            )
            for number, analysis in enumerate(review.analyses, start=1)
        ),
        groups=groups(review, views, anchors),
        tables=review_tables(review, shown),
        certainties=dict(Counter(finding.certainty for finding in review.findings)),
        sources=source_views(review, sources),
        downloads=downloads(files),
    )
