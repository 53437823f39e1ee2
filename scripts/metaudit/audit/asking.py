"""What is asked of each analysis of a review, and which analyses are searched for an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metaudit.analyses import analysis_rows, converted_rows
from metaudit.audit.bundles import Asked, Bundle, asked_of
from metaudit.audit.intervals import Filed
from metaudit.audit.spaces import Searched, Space, search_spaces, space_of
from metaudit.audit.syntheses.dispatch import lacks_correlation, of_changes, synthesis_of
from metaudit.formats.review import Claim, Review
from metaudit.formats.survey_subject import SURVEY_QUANTITIES

# A bundle all of whose findings are of these needs no search over the whole space: the stated method gives what it can give.
_GIVEN = frozenset({"EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "NOT_CHECKABLE"})

First = Mapping[tuple[str, str], list[Filed]]
"""Findings of the bundles of a review without a search, by analysis and method."""


def claims_asked(review: Review, claims: Sequence[Claim], *, level: float, seed: int) -> dict[tuple[str, str], Asked]:
    """The claims of each analysis under each method, with what is to be tried for them."""
    converted = converted_rows(review.rows)
    grouped: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        analysis = review.analyses.get(claim.analysis)
        if claim.quantity in SURVEY_QUANTITIES:
            continue
        if analysis is not None and analysis.poolable and not synthesis_of(claim, analysis):
            grouped.setdefault((claim.analysis, claim.method), []).append(claim)
    rows = {name: analysis_rows(review.analyses[name], converted) for name, _ in grouped}
    # Where the correlation of two occasions is not reported, it is searched (audit.syntheses.before_after).
    left = {
        n
        for n, own in rows.items()
        if of_changes(review.analyses[n]) and lacks_correlation(review.analyses[n], [c.row for c in own])
    }
    return {
        key: asked_of(review.analyses[key[0]], members, rows[key[0]], level=level, seed=seed)
        for key, members in grouped.items()
        if key[0] not in left
    }


def searched_spaces(
    bundles: Sequence[Mapping[tuple[str, str], Bundle]], first: Sequence[First | None], *, level: float
) -> list[dict[str, Searched]]:
    """The whole space of every analysis of each review, evaluated once.

    Parameters
    ----------
    first : findings without a search; an analysis whose findings leave nothing to look for is not searched. None
        searches all.
    """
    wanted: list[tuple[int, str]] = []
    spaces: list[Space] = []
    for i, (own, known) in enumerate(zip(bundles, first, strict=True)):
        members: dict[str, list[tuple[str, str]]] = {}
        for key in own:
            members.setdefault(key[0], []).append(key)
        for analysis, keys in members.items():
            if known is not None and all(f.verdict in _GIVEN for key in keys for _, f in known[key]):
                continue
            space = space_of([own[key] for key in keys], level=level)
            if space is not None:
                wanted.append((i, analysis))
                spaces.append(space)
    found: list[dict[str, Searched]] = [{} for _ in bundles]
    for (i, analysis), searched in zip(wanted, search_spaces(spaces), strict=True):
        found[i][analysis] = searched
    return found
