"""One claim as a page shows it, and the groups that claims stand in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.report.anchors import claim_ids
from metaudit.tables import numbers
from metaudit.tables.quantities import about, quantity_words
from metaudit.tables.reading import Finding, Review, words
from metaudit.tables.summary import ours
from metaudit.tables.verdicts import CERTAINTY_MEANING, severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MANY_CLAIMS = 12
SPOKEN = severity("OTHER_SPEC")
_FRENCH = re.compile(r"[àâçèéêëîïôùûœ«»]|\b(?:la|les|des|pour)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One text of a fact, with a link where there is one."""

    text: str
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing known about a claim."""

    term: str
    items: tuple[Item, ...]


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


@dataclass(frozen=True, kw_only=True)
class Group:
    """Claims that stand together: those of one analysis, or those read in one place."""

    title: str
    href: str
    claims: tuple[ClaimView, ...]
    language: str = "en"


def margin_words(margin: object) -> str:
    """Distance to the printed interval in words."""
    value = numbers.number(margin)
    if value is None:
        return words(margin)
    side = "inside" if value >= 0 else "outside"
    return f"{numbers.significant(abs(value))} units of the last printed digit {side} the printed interval"


def specificity_words(value: object) -> str:
    """How often a random specification would have matched."""
    share = numbers.number(value)
    if share is None or not 0 <= share <= 1:
        return words(value)
    shown = "<0.1" if 0 < share < 0.001 else numbers.fixed(100 * share, 1)
    return f"{shown} % of random specifications would have matched by chance"


def precise(value: object) -> str:
    """Our value with more digits than the row shows."""
    exact = numbers.number(value)
    return words(value) if exact is None else f"{exact:.6g}"


def _facts(
    finding: Finding, *, sources: Mapping[str, str], citations: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[Fact]:
    limits = numbers.span(finding.printed_low, finding.printed_high, _interval_decimals(finding))
    meaning = CERTAINTY_MEANING.get(finding.certainty, "")
    texts = (
        ("Criterion", finding.criterion),
        ("Printed, as an interval", numbers.typographic(limits)),
        ("Our value", numbers.typographic(precise(finding.value))),
        ("Distance", margin_words(finding.margin)),
        ("Reproduced by", finding.spec),
        ("Stated method", finding.stated_spec),
    )
    yield from (Fact(term=term, items=(Item(text=text),)) for term, text in texts if text)
    lists = (("Also matching", finding.alternatives), ("Would explain it", finding.causes))
    yield from (Fact(term=term, items=tuple(Item(text=t) for t in given)) for term, given in lists if given)
    rest = (
        ("Specificity", specificity_words(finding.specificity)),
        ("Impact", finding.impact),
        ("Certainty", f"{finding.certainty}: {meaning}" if meaning else finding.certainty),
        ("Quantity", quantity_words(finding.quantity) if finding.quantity not in about(finding) else ""),
        ("Unit", finding.typed("unit")),
        ("Scale", finding.typed("scale")),
        ("Method of this claim", finding.typed("method")),
        ("Read at", finding.typed("where")),
    )
    yield from (Fact(term=term, items=(Item(text=text),)) for term, text in rest if text)
    yield from _links(finding, sources=sources, citations=citations, addresses=addresses)
    if finding.typed("note"):
        yield Fact(term="Note", items=(Item(text=finding.typed("note")),))


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


def _interval_decimals(finding: Finding) -> int:
    ends = (numbers.number(finding.printed_low), numbers.number(finding.printed_high))
    return max(numbers.decimals_of(finding.printed) + 1, numbers.together(*ends))


def claim_views(
    review: Review, *, sources: Mapping[str, str], addresses: Mapping[str, str]
) -> tuple[tuple[Finding, ClaimView], ...]:
    """Every claim of a review, in its order."""
    citations = {row.get("source", ""): row.get("citation", "") for row in review.sources}
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
                message=finding.message,
                outspoken=bool(finding.message) and severity(finding.verdict) <= SPOKEN,
                facts=tuple(_facts(finding, sources=sources, citations=citations, addresses=addresses)),
                pooled=not finding.subject,
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
