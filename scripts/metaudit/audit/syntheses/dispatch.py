"""Which synthesis a claim is about, and the findings of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from metaudit.audit.groups import Group
from metaudit.audit.intervals import Filed
from metaudit.audit.syntheses.statements import is_sequential, with_plan
from metaudit.audit.verdict import Finding
from metaudit.effects.convert import convert
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.select import select_rows
from metaudit.formats.tables import Row

Findings = Callable[..., Iterator[Filed]]
"""``findings(analysis, claims, rows, *, review, level)``: of the claims of one analysis under one method override."""

_CHANGES = frozenset(("MC", "SMCC", "SMCR"))
_OWN = ("network", "bayes", "multilevel", "dose_response")


def synthesis_of(claim: Claim, analysis: Analysis | None) -> str:
    """The synthesis whose numbers a claim is about: a key of an analysis in review.yaml, empty for pooled effects."""
    if analysis is None:
        return ""
    if is_sequential(claim, analysis):
        return "sequential"
    return next((name for name in _OWN if name in analysis.syntheses), "")


def of_changes(analysis: Analysis) -> bool:
    """Whether an analysis pools changes of one group; no row is looked at."""
    return analysis.poolable and bool(analysis.measures) and _CHANGES.issuperset(analysis.measures)


def lacks_correlation(analysis: Analysis, rows: Sequence[Row]) -> bool:
    """Whether an analysis pools changes, and some row reports both occasions but not how they hang together."""
    if not of_changes(analysis):
        return False
    paired = (row for row in rows if {"mean_t", "mean_c", "n_pairs"} <= row.numbers.keys())
    return any({"sd_change", "r_pre_post"}.isdisjoint(convert(row).values) for row in paired)


def other_syntheses(review: Review, claims: Sequence[Claim], *, level: float) -> Iterator[Filed]:
    """Findings of every claim that is not about pooled effects, or about pooled changes whose correlation is not reported.

    Parameters
    ----------
    review : the review
    claims : its claims, those of its rows among them; analyses without public rows have no findings
    level : confidence level where none is stated
    """
    grouped: dict[tuple[str, str, str], list[Claim]] = {}
    lacking = {
        a.id for a in review.analyses.values() if of_changes(a) and lacks_correlation(a, select_rows(a, review.rows)[0])
    }
    for claim in claims:
        analysis = review.analyses.get(claim.analysis)
        name = synthesis_of(claim, analysis) or ("before_after" if claim.analysis in lacking else "")
        if name and analysis is not None and analysis.data != "none":
            grouped.setdefault((name, claim.analysis, claim.method), []).append(claim)
    for (name, analysis_id, _), claims in grouped.items():
        analysis = review.analyses[analysis_id]
        rows: Sequence[Row] = select_rows(analysis, review.rows)[0]
        yield from _findings_of(name)(analysis, claims, rows, review=review, level=level)


def printed_networks(review: Review) -> Iterator[Filed]:
    """What the printed numbers of networks say against each other; needs no data, and is not loaded where there is no network."""
    if review.kind != "network meta-analysis" and not any("network" in a.syntheses for a in review.analyses.values()):
        return
    from metaudit.audit.syntheses.league import check_leagues

    yield from check_leagues(review)


def printed_sequential(group: Group, analysis: Analysis | None) -> Iterator[Filed]:
    """What the printed numbers of a sequential analysis say against each other, and, without trials, against what is stated.

    Parameters
    ----------
    group : the claims of one result
    analysis : that they are about; None outside analyses
    """
    if not any(is_sequential(c, analysis) for c in group.claims):
        return
    from metaudit.audit.syntheses.sequential_printed import check_sequential
    from metaudit.audit.syntheses.sequential_stated import check_stated_size

    stated = None if analysis is None else with_plan(analysis, group.key[1])
    if stated is not None and stated.data == "none":
        yield from check_stated_size(stated, group.claims)
    yield from check_sequential(group, stated)


def missing_for_sequential(claim: Claim, analysis: Analysis, review: Review) -> Finding | None:
    """What is missing to check a claim about a sequential analysis without public trials; None for other claims."""
    if not is_sequential(claim, analysis):
        return None
    from metaudit.audit.syntheses.sequential_missing import missing_of

    return missing_of(claim, with_plan(analysis, claim.method), review)


def _findings_of(name: str) -> Findings:
    """What judges one synthesis; loaded when a claim is about it, since an audit of pooled effects needs none of them."""
    match name:
        case "network":
            from metaudit.audit.syntheses.network import findings
        case "sequential":
            from metaudit.audit.syntheses.sequential import findings
        case "bayes":
            from metaudit.audit.syntheses.bayes import findings
        case "multilevel":
            from metaudit.audit.syntheses.multilevel import findings
        case "before_after":
            from metaudit.audit.syntheses.before_after import findings
        case _:
            from metaudit.audit.syntheses.dose_response import findings
    return findings
