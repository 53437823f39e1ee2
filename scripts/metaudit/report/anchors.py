"""Addresses inside the site: one id per claim, analysis and source, the same from every page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from metaudit.tables.reading import Review


def slug(text: str) -> str:
    """Text as part of an HTML id: anything but letters, digits, dot and hyphen becomes its code point."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}", text)


def unique(prefix: str, names: Iterable[str]) -> tuple[str, ...]:
    """One id per name, in order; a repeated name gets a number."""
    seen: dict[str, int] = {}
    ids = []
    for name in names:
        base = f"{prefix}-{slug(name)}"
        seen[base] = seen.get(base, 0) + 1
        ids.append(base if seen[base] == 1 else f"{base}__{seen[base]}")
    return tuple(ids)


def claim_ids(review: Review) -> tuple[str, ...]:
    """Ids of the claims of one page, in the order of its findings."""
    return unique("claim", (finding.claim for finding in review.findings))


def page(review: str) -> str:
    """File name of a review's page."""
    return f"{review}.html"


def analysis_page(review: str, analysis: str) -> str:
    """File name of an analysis's page; ids of reviews hold no dot, so no two names are alike."""
    return f"{review}.{slug(analysis)}.html"


def claim_addresses(reviews: Iterable[Review]) -> Mapping[str, str]:
    """Address of every claim of the site, by ``review/claim``; the first one of a repeated name."""
    found: dict[str, str] = {}
    for review in reviews:
        for finding, anchor in zip(review.findings, claim_ids(review), strict=True):
            found.setdefault(f"{review.id}/{finding.claim}", f"{page(review.id)}#{anchor}")
    return found


def source_ids(review: Review) -> Mapping[str, str]:
    """Id of every source of one page, by its key."""
    keys = tuple(dict.fromkeys(row.get("source", "") for row in review.sources))
    return dict(zip(keys, unique("source", keys), strict=True))
