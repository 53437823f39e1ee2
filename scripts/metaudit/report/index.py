"""The front page: what a reviewer must see first, and one row per review."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from metaudit.report.anchors import claim_ids, page
from metaudit.report.board import count
from metaudit.tables import numbers
from metaudit.tables.quantities import about
from metaudit.tables.summary import ours
from metaudit.tables.verdicts import certainty_rank, impact_rank, severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metaudit.tables.reading import Finding, Review

FIRST = 25
GRAVE = severity("OTHER_SPEC")
DATA_WORDS = {"yes": "public", "partly": "partly public", "no": "not public"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One claim on the front page, with its address."""

    href: str
    review: str
    title: str
    about: str
    analysis: str
    printed: str
    ours: str
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class ReviewLine:
    """One review on the front page."""

    id: str
    href: str
    label: str
    title: str
    language: str
    kind: str
    year: str
    claims: int
    counts: Mapping[str, int]
    worst: str
    data: str
    missing: str


def entries(reviews: Sequence[Review]) -> list[Entry]:
    """Every claim of the site, review by review."""
    out: list[Entry] = []
    for review in reviews:
        titles = {a.id: a.title for a in review.analyses}
        out += _entries(review, titles)
    return out


def _entries(review: Review, titles: Mapping[str, str]) -> list[Entry]:
    return [
        Entry(
            href=f"{page(review.id)}#{anchor}",
            review=review.label,
            title=review.title,
            about=about(finding),
            analysis=titles.get(finding.analysis, ""),
            printed=numbers.typographic(finding.printed),
            ours=numbers.typographic(ours(finding)),
            finding=finding,
        )
        for finding, anchor in zip(review.findings, claim_ids(review), strict=True)
    ]


def ranked(found: Sequence[Entry]) -> list[Entry]:
    """Claims worse than underspecified: by verdict, then impact, then certainty, then as they come."""

    def key(entry: Entry) -> tuple[int, int, int]:
        finding = entry.finding
        return severity(finding.verdict), impact_rank(finding.impact), certainty_rank(finding.certainty)

    return sorted((e for e in found if severity(e.finding.verdict) <= GRAVE), key=key)


def review_line(review: Review) -> ReviewLine:
    """Row of one review."""
    return ReviewLine(
        id=review.id,
        href=page(review.id),
        label=review.label,
        title=review.title,
        language=review.language,
        kind=review.kind,
        year=str(review.citation.get("year") or ""),
        claims=len(review.findings),
        counts={code: n for code, n in count(review.findings).items() if n},
        worst=review.worst,
        data=DATA_WORDS[review.data],
        missing="" if review.findings else missing_claims(review),
    )


def missing_claims(review: Review) -> str:
    """Why a review has no verdict."""
    if review.kind == "re-analysis" and review.has_extraction:
        return "No printed number to audit: a pooling of our own."
    read = [row.get("read", "") for row in review.sources]
    if not any(word and word != "not read" for word in read):
        return "No printed number typed in: no source could be read."
    return "No printed number typed in yet."


def review_lines(reviews: Sequence[Review]) -> list[ReviewLine]:
    """Rows of all reviews, gravest first, those without claims last."""

    def key(line: ReviewLine) -> tuple[int, int, str]:
        return severity(line.worst), -line.counts.get(line.worst, 0), line.id

    return sorted((review_line(review) for review in reviews), key=key)


def searchable(found: Sequence[Entry]) -> Markup:
    """Claims as JSON for the search box, safe inside a script element."""
    records = [
        {
            "id": entry.finding.review,
            "href": entry.href,
            "review": entry.review,
            "about": entry.about,
            "printed": entry.printed,
            "verdict": entry.finding.verdict,
            "certainty": entry.finding.certainty,
            "message": entry.finding.message,
        }
        for entry in found
    ]
    text = json.dumps(records, ensure_ascii=False, separators=(",", ":"))
    for character, code in (("&", r"\u0026"), ("<", r"\u003c"), (">", r"\u003e"), ("\u2028", r"\u2028")):
        text = text.replace(character, code)
    return Markup(text)
