"""Which sets of trials can be behind a pooled result whose table is not public, as a note on its estimate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from metaudit.audit.intervals import Filed
from metaudit.audit.verdict import Finding
from metaudit.enumeration.relax import smallest_relaxation
from metaudit.enumeration.set_claims import finding_words, set_problem
from metaudit.enumeration.sets import table_sets
from metaudit.formats.review import Review

# Steps of the searches for one thing that has to give way; docs/orhurhu.md has the longer search.
_NODES = 300_000


def sets_behind(review: Review, *, level: float) -> Iterator[Filed]:
    """For every analysis without a table, whether the trials of candidates.csv can give what is printed.

    The verdict stays NOT_CHECKABLE: the candidates are ours, not the authors'.
    """
    if not review.candidates:
        return
    for analysis in review.analyses.values():
        claims = [c for c in review.claims if c.analysis == analysis.id]
        estimate = next((c for c in claims if c.quantity == "estimate" and not c.subject), None)
        if analysis.data != "none" or estimate is None:
            continue
        problem = set_problem(analysis, claims, review.candidates, level=level)
        if problem is None:
            continue
        found = table_sets(problem, attainable=True)
        relaxed = None if found.groups else smallest_relaxation(replace(problem, most_nodes=_NODES), most_steps=1)
        yield estimate.id, Finding("sets of tables", finding_words(problem, found, relaxed))
