"""The front page: what a reviewer must see first, and one row per review."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.verdicts import severity
from metaudit.report.anchors import claim_ids, page
from metaudit.report.board import count
from metaudit.report.plain import must_be_seen, rank, sentence
from metaudit.tables.quantities import OF_SYNTHESIS, WORDS, about, quantity_words
from metaudit.tables.summary import ours

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from metaudit.report.language import Phrase
    from metaudit.tables.reading import Finding, Review

FIRST, MOST = 8, 60
QUANTITIES = frozenset((*WORDS.values(), *(word for own in OF_SYNTHESIS.values() for word in own.values())))
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
    sentence: Phrase | None


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
            sentence=sentence(finding),
        )
        for finding, anchor in zip(review.findings, claim_ids(review), strict=True)
    ]


def ranked(found: Sequence[Entry]) -> list[Entry]:
    """Claims worse than underspecified: by what they change, how certain we are, verdict, then as they come."""
    return sorted((e for e in found if must_be_seen(e.finding)), key=lambda e: rank(e.finding))


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


def quantities(findings: Iterable[Finding]) -> tuple[tuple[str, str, int], ...]:
    """Quantities that claims are about: code, words, number of claims; by words."""
    count = Counter(finding.quantity for finding in findings)
    return tuple(sorted(((code, quantity_words(code), n) for code, n in count.items()), key=lambda q: q[1].casefold()))


def about_parts(text: str) -> tuple[str, str]:
    """What a claim is about in two: the quantity, which the site translates, and the subject, which it does not."""
    if text in QUANTITIES:
        return text, ""
    head, colon, rest = text.partition(": ")
    return (head, rest) if colon and head in QUANTITIES else ("", text)


def search_script(found: Sequence[Entry]) -> str:
    """The file ``assets/search.js``: every claim of the site, for the search box of the front page."""
    records = [
        {
            "id": entry.finding.review,
            "claim": entry.finding.claim,
            "href": entry.href,
            "review": entry.review,
            "about": entry.about,
            "printed": entry.printed,
            "ours": entry.ours,
            "verdict": entry.finding.verdict,
            "certainty": entry.finding.certainty,
            "quantity": entry.finding.quantity,
            "text": " ".join(filter(None, (entry.analysis, entry.finding.message, entry.finding.typed("note")))),
        }
        for entry in found
    ]
    lines = ",\n".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in records)
    return f"window.metauditClaims = [\n{lines}\n];\n"
