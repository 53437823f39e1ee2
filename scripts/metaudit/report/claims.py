"""One claim as a page shows it, and the groups that claims stand in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from metaudit.audit_words import numbers
from metaudit.audit_words.matters import zero_cell
from metaudit.audit_words.verdicts import severity
from metaudit.report.anchors import claim_ids
from metaudit.report.fact_words import envelope_words, plain_words, printed_words, value_source, value_words
from metaudit.report.facts import Fact, facts_of
from metaudit.report.number_line import number_line, svg
from metaudit.report.spec_items import Item
from metaudit.tables.quantities import about
from metaudit.tables.reading import Analysis, Finding, Review
from metaudit.tables.summary import ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MANY_CLAIMS = 12
SPOKEN = severity("OTHER_SPEC")
_FRENCH = re.compile(r"[àâçèéêëîïôùûœ«»]|\b(?:la|les|des|pour)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ClaimView:
    """One claim, its row and what unfolds below it."""

    anchor: str
    name: str
    about: str
    printed: str
    ours: str
    verdict: str
    certainty: str
    impact: str
    message: str
    outspoken: bool
    facts: tuple[Fact, ...]
    pooled: bool
    picture: Markup


@dataclass(frozen=True, kw_only=True)
class Group:
    """Claims that stand together: those of one analysis, or those read in one place."""

    title: str
    href: str
    claims: tuple[ClaimView, ...]
    language: str = "en"


def _facts(
    finding: Finding,
    review: Review,
    *,
    sources: Mapping[str, str],
    citations: Mapping[str, str],
    addresses: Mapping[str, str],
    zero_cells: Mapping[str, bool],
) -> Iterator[Fact]:
    yield from facts_of(finding, beside=review.findings, zero_cells=zero_cells.get(finding.analysis, True))
    yield from _links(finding, sources=sources, citations=citations, addresses=addresses)
    if finding.typed("note"):
        yield Fact(term="Note", items=(Item(text=finding.typed("note")),))


def _picture(finding: Finding) -> Markup:
    """The number line of a claim that is not simply exact."""
    line = number_line(finding) if finding.verdict != "EXACT" else None
    if line is None:
        return Markup("")
    said = [f"printed {printed_words(finding)}", f"{value_source(finding)} {value_words(finding)}"]
    reach = envelope_words(finding)
    return svg(line, "; ".join([*said, *([f"all methods searched {reach}"] if reach else [])]))


def _links(
    finding: Finding, *, sources: Mapping[str, str], citations: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[Fact]:
    keys = [key.strip() for key in finding.typed("source").split(";") if key.strip()]
    if keys:
        items = (Item(text=citations.get(k) or k, href=f"#{sources[k]}" if k in sources else "") for k in keys)
        yield Fact(term="Source", items=tuple(items))
    origins = [name.strip() for name in finding.typed("refers_to").split(";") if name.strip()]
    if origins:
        yield Fact(term="Taken from", items=tuple(Item(text=n, href=addresses.get(n, "")) for n in origins))


def _any_zero(analysis: Analysis) -> bool:
    """Whether any study that entered has a zero cell, or one without counts might have."""
    rows = analysis.tables["effects"]
    return not rows or any(zero_cell(row) for row in rows)


def claim_views(
    review: Review, *, sources: Mapping[str, str], addresses: Mapping[str, str]
) -> tuple[tuple[Finding, ClaimView], ...]:
    """Every claim of a review, in its order."""
    citations = {row.get("source", ""): row.get("citation", "") for row in review.sources}
    zeros = {analysis.id: _any_zero(analysis) for analysis in review.analyses}
    return tuple(
        (
            finding,
            ClaimView(
                anchor=anchor,
                name=finding.claim,
                about=about(finding),
                printed=numbers.typographic(finding.printed),
                ours=numbers.typographic(ours(finding)),
                verdict=finding.verdict,
                certainty=finding.certainty,
                impact=finding.impact,
                message=plain_words(finding.message),
                outspoken=bool(finding.message) and severity(finding.verdict) <= SPOKEN,
                facts=tuple(
                    _facts(finding, review, sources=sources, citations=citations, addresses=addresses, zero_cells=zeros)
                ),
                pooled=not finding.subject,
                picture=_picture(finding),
            ),
        )
        for finding, anchor in zip(review.findings, claim_ids(review), strict=True)
    )


def groups(review: Review, views: Sequence[tuple[Finding, ClaimView]], anchors: Mapping[str, str]) -> tuple[Group, ...]:
    """Claims by analysis, then the others, by the place they were read in when there are many."""
    found = []
    for analysis in review.analyses:
        own = tuple(view for finding, view in views if finding.analysis == analysis.id)
        if own:
            found.append(Group(title=analysis.title, href=f"#{anchors[analysis.id]}", claims=own))
    rest = [(finding, view) for finding, view in views if finding.analysis not in anchors]
    places = dict.fromkeys(finding.typed("where") for finding, _ in rest)
    if len(rest) <= MANY_CLAIMS or len(places) == 1:
        title = "Claims outside the analyses" if found else "Claims"
        return (*found, Group(title=title, href="", claims=tuple(v for _, v in rest))) if rest else tuple(found)
    for place in places:
        own = tuple(view for finding, view in rest if finding.typed("where") == place)
        found.append(Group(title=place or "Elsewhere", href="", claims=own, language=_language(place, review)))
    return tuple(found)


def _language(place: str, review: Review) -> str:
    """Language of a heading of the review: its own, unless nothing in the heading says so."""
    return review.language if _FRENCH.search(place) else "en"
