"""Checks among the numbers that were printed together: intervals, heterogeneity, proportions, statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from metaudit.audit.bundles import Bundle
from metaudit.audit.coefficient_groups import check_coefficient, of_coefficient, of_prediction
from metaudit.audit.counts import check_proportions
from metaudit.audit.groups import Group
from metaudit.audit.heterogeneity import check_heterogeneity
from metaudit.audit.intervals import Filed, check_intervals
from metaudit.audit.known_interval import heterogeneity_ps, known_interval
from metaudit.audit.syntheses.dispatch import printed_sequential, synthesis_of
from metaudit.audit.verdict import Dossier
from metaudit.audit.words import check_words
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.stated import with_override


def check_group(
    group: Group, review: Review, bundles: Mapping[tuple[str, str], Bundle], *, dossier: Dossier
) -> Iterable[Filed]:
    """Every finding about a group of claims that were printed together.

    Parameters
    ----------
    group : the claims of one analysis, method and subject
    review : their review
    bundles : by analysis and method, what was re-derived from the data
    dossier : what was found so far
    """
    bundle = bundles.get(group.key[:2])
    known = known_interval(group, bundle, dossier)
    coefficient = of_coefficient(group)
    if coefficient is not None:
        analysis = review.analyses.get(group.key[0])
        method = with_override(analysis.method if analysis else {}, group.key[1])
        yield from check_coefficient(coefficient, method=method, known=known)
    else:
        yield from check_intervals(of_prediction(group) or group, known=known, q_ps=heterogeneity_ps(group, bundle))
    yield from check_heterogeneity(group)
    yield from check_proportions(group)
    yield from printed_sequential(group, review.analyses.get(group.key[0]))
    for claim in group.claims:
        analysis = review.analyses.get(claim.analysis)
        if claim.quantity == "text" and not _judged_by_its_network(claim, analysis):
            yield from check_words(claim, _with_numbers(group, claim, review), analysis, bundles.get(group.key[:2]))


def _judged_by_its_network(claim: Claim, analysis: Analysis | None) -> bool:
    """Whether a statement was held against the fit of a network, and not against numbers printed beside it."""
    return analysis is not None and analysis.data != "none" and synthesis_of(claim, analysis) == "network"


def _with_numbers(group: Group, claim: Claim, review: Review) -> Group:
    """A statement is about the pooled numbers of its analysis; outside analyses, and in networks, about those of its own subject."""
    name, method, _ = group.key
    if name:
        analysis = review.analyses.get(name)
        if analysis is None or "network" not in analysis.syntheses or not claim.subject:
            return group
        own = (name, method, claim.subject)
        return replace(group, claims=tuple(c for c in review.claims if (c.analysis, c.method, c.subject) == own))
    subjects = {c.subject for c in group.claims if c.quantity == "text"}
    same = tuple(c for c in review.claims if not c.analysis and c.subject in subjects and c.subject)
    return replace(group, claims=same or group.claims)
