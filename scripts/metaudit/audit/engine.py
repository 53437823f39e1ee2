"""The audit of one review: every check on every claim, one verdict each."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from metaudit.analyses import analysis_rows, converted_rows
from metaudit.audit.bundles import Asked, Bundle, asked_of, search_many
from metaudit.audit.counts import check_proportions, check_range, check_sums
from metaudit.audit.dependence import dependence_notes
from metaudit.audit.fingerprint import fingerprint_notes
from metaudit.audit.groups import Group, groups_of
from metaudit.audit.heterogeneity import check_heterogeneity
from metaudit.audit.intervals import Filed, check_intervals
from metaudit.audit.known_interval import heterogeneity_ps, known_interval
from metaudit.audit.missing import not_checkable
from metaudit.audit.ours import ours_beside
from metaudit.audit.printed_rows import row_claims
from metaudit.audit.rederive import rederive
from metaudit.audit.rows import row_of
from metaudit.audit.sets_behind import sets_behind
from metaudit.audit.smallest import with_edits
from metaudit.audit.spaces import Searched, Space, search_spaces, space_of
from metaudit.audit.surveys import check_surveys
from metaudit.audit.syntheses.dispatch import (
    lacks_correlation,
    of_changes,
    other_syntheses,
    printed_networks,
    printed_sequential,
    synthesis_of,
)
from metaudit.audit.transcription import check_transcription
from metaudit.audit.verdict import AuditRow, Dossier, Finding, Verdicts
from metaudit.audit.wide import Wide, widen
from metaudit.audit.words import check_words
from metaudit.edits.whole_table import WholeTable
from metaudit.errors import DataError
from metaudit.formats.review import Analysis, Claim, Review, load_review
from metaudit.formats.survey_subject import SURVEY_QUANTITIES
from metaudit.pooling.pool import SEED

# A number that is re-derived from data stands, whatever another printed number says: the other one is the odd one out.
STANDING = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED")
_BETWEEN_NUMBERS = {
    "limits in order", "estimate inside its interval", "interval symmetric", "P against interval",
    "P and interval on one side", "z against estimate and SE",
    "league table", "mean of the ranking", "order of the ranking", "Q in parts", "P of Q in parts", "direct less indirect",
    "P of Q", "I² of Q", "H² of Q", "df against k", "tau against tau²", "sum of the arms", "percentage of counts",
    "required size of its parts", "share of the required size", "adjusted interval against boundary", "level of the boundary",
    "statement against printed numbers",
}  # fmt: skip


SEARCHES = ("all", "missed")
# A bundle all of whose findings are of these needs no search over the whole space: the stated method gives what it can give.
_GIVEN = frozenset({"EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "NOT_CHECKABLE"})

_First = Mapping[tuple[str, str], list[Filed]]


def audit(
    review: Review,
    *,
    others: Mapping[str, Review] | None = None,
    level: float = 0.95,
    seed: int = SEED,
    search: str = "all",
) -> Verdicts:
    """Give every claim of a review a verdict.

    Parameters
    ----------
    review : the review, read and checked
    others : reviews that claims may refer to, by id; those not given are read from beside the review's folder
    level : confidence level where none is stated
    seed : of bootstrapped numbers
    search : ``all`` evaluates the whole space of methods for every analysis, and looks for the smallest edit of the table
        among pairs, too; ``missed`` searches only analyses in which the stated method does not give some claim, and tries
        single edits, under the likeliest of the methods that the paper leaves open. The other analyses then have no
        envelope, no nearest, and no specificity among the searched methods.

    Returns
    -------
    A list of rows: one a claim, in the order of claims.csv, then one for every number the review prints for a single study.

    Raises
    ------
    DataError
        for a search that is not known.
    """
    return Verdicts(audit_in_full(review, others=others, level=level, seed=seed, search=search).rows, review=review)


@dataclass(frozen=True)
class Audited:
    """The verdicts of a review, and what was searched for them.

    Attributes
    ----------
    rows : one a claim
    searched : the whole space of each analysis, evaluated; analyses without a search are missing
    bundles : by analysis and method override, the claims that were judged together
    wide : of each bundle, what the whole space says about it; None where it was not searched
    """

    rows: tuple[AuditRow, ...]
    searched: Mapping[str, Searched]
    bundles: Mapping[tuple[str, str], Bundle]
    wide: Mapping[tuple[str, str], Wide | None] = field(default_factory=dict)


def audit_in_full(
    review: Review,
    *,
    others: Mapping[str, Review] | None = None,
    level: float = 0.95,
    seed: int = SEED,
    search: str = "all",
) -> Audited:
    """The same as :func:`audit`, with what was searched."""
    return audit_many([review], others=others, level=level, seed=seed, search=search)[0]


def audit_many(
    reviews: Sequence[Review],
    *,
    others: Mapping[str, Review] | None = None,
    level: float = 0.95,
    seed: int = SEED,
    search: str = "all",
) -> list[Audited]:
    """Audit many reviews; what :func:`audit_in_full` gives for each, however they are grouped, in their order.

    Parameters
    ----------
    reviews : read and checked
    others, level, seed, search : as in :func:`audit`

    Raises
    ------
    DataError
        for a search that is not known.
    """
    if search not in SEARCHES:
        raise DataError(f"search {search!r} is not known; choose {' or '.join(SEARCHES)}")
    with _collector_at_rest():
        return _audited_together(reviews, others or {}, level=level, seed=seed, search=search)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Without the collector of cycles: an audit makes many objects and hardly a cycle, and looking for them takes a tenth of its time.

    Afterwards they count as old, or the collector would go through all of them at once. What the caller has frozen stays so.
    """
    running, frozen = gc.isenabled(), gc.get_freeze_count()
    gc.disable()
    try:
        yield
    finally:
        if not frozen:
            gc.freeze()
            gc.unfreeze()
        if running:
            gc.enable()


def _audited_together(
    reviews: Sequence[Review], others: Mapping[str, Review], *, level: float, seed: int, search: str
) -> list[Audited]:
    claims = [[*review.claims, *row_claims(review)] for review in reviews]
    asked = [_asked(review, of, level=level, seed=seed) for review, of in zip(reviews, claims, strict=True)]
    found = iter(search_many([a for of_review in asked for a in of_review.values()]))
    bundles = [{key: next(found) for key in of_review} for of_review in asked]
    first = [{key: list(rederive(b)) for key, b in own.items()} if search == "missed" else None for own in bundles]
    spaces = _spaces(bundles, first, level=level)
    return [
        _audited(review, of, own, others, first=known, spaces=found, level=level)
        for review, of, own, known, found in zip(reviews, claims, bundles, first, spaces, strict=True)
    ]


def _audited(
    review: Review,
    claims: Sequence[Claim],
    bundles: Mapping[tuple[str, str], Bundle],
    others: Mapping[str, Review],
    *,
    first: _First | None,
    spaces: Mapping[str, Searched],
    level: float,
) -> Audited:
    """One review's findings, filed.

    Parameters
    ----------
    first : findings without a search; None where all analyses are searched
    spaces : the searched space of each analysis that has one
    """
    dossier = Dossier()
    wide = {key: widen(bundle, spaces.get(key[0])) for key, bundle in bundles.items()}
    everything = WholeTable(review.rows)
    for key, bundle in bundles.items():
        known = first is not None and wide[key] is None
        found = first[key] if first is not None and known else list(rederive(bundle, wide=wide[key]))
        edited = with_edits(
            found, bundle, wide=wide[key], everything=everything, extractors=review.extractors, thorough=first is None
        )
        _file(dossier, edited)
        _file(dossier, dependence_notes(bundle))
        _file(dossier, fingerprint_notes(bundle, spaces.get(key[0])))
    _file(dossier, other_syntheses(review, claims, level=level))
    for group in groups_of(review, level=level):
        _file(dossier, _check_group(group, review, bundles, dossier=dossier), bundles=bundles)
    _file(dossier, printed_networks(review), bundles=bundles)
    _file(dossier, check_sums(review))
    _file(dossier, check_surveys(review))
    _file(dossier, sets_behind(review, level=level))
    library: dict[str, Review | None] = dict(others)
    library[review.id] = review
    _file(dossier, ours_beside(review, lambda name: _from_library(name, review, library), level=level))
    for claim in claims:
        _file(dossier, check_range(claim))
        if claim.refers_to:
            _file(dossier, _transcribed(claim, review, library))
        if not dossier.verdict_of(claim.id) and not _has_reason(dossier, claim):
            dossier.add(claim.id, not_checkable(claim, review))
    rows = tuple(row_of(claim, review, dossier, bundles) for claim in claims)
    return Audited(rows, spaces, bundles, wide)


def _asked(review: Review, claims: Sequence[Claim], *, level: float, seed: int) -> dict[tuple[str, str], Asked]:
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


def _spaces(
    bundles: Sequence[Mapping[tuple[str, str], Bundle]], first: Sequence[_First | None], *, level: float
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


def _check_group(
    group: Group, review: Review, bundles: Mapping[tuple[str, str], Bundle], *, dossier: Dossier
) -> Iterable[Filed]:
    bundle = bundles.get(group.key[:2])
    yield from check_intervals(
        group, known=known_interval(group, bundle, dossier), q_ps=heterogeneity_ps(group, bundle)
    )
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


def _file(dossier: Dossier, found: Iterable[Filed], *, bundles: Mapping[tuple[str, str], Bundle] | None = None) -> None:
    for claim, finding in found:
        standing = dossier.verdict_of(claim) in STANDING
        if bundles is not None and standing and finding.check in _BETWEEN_NUMBERS:
            if finding.verdict == "INCONSISTENT":
                dossier.add(claim, Finding(finding.check, finding.message))
            continue
        dossier.add(claim, finding)


def _from_library(name: str, review: Review, library: dict[str, Review | None]) -> Review | None:
    """Another review, read from beside this one's folder where it was not given; None where it cannot be read."""
    if name not in library:
        library[name] = load_review(review.folder.resolve().parent / name)[0]
    return library[name]


def _transcribed(claim: Claim, review: Review, library: dict[str, Review | None]) -> Iterable[Filed]:
    name, _, target_id = claim.refers_to.partition("/")
    source = _from_library(name, review, library)
    target = source.claim(target_id) if source else None
    if source is None or target is None:
        yield (
            claim.id,
            Finding(
                "transcription",
                f"{claim.refers_to} cannot be read, so the transcription is not checked.",
                "NOT_CHECKABLE",
                causes=(f"a readable review {name}",),
            ),
        )
        return
    yield from check_transcription(claim, target, source)


def _has_reason(dossier: Dossier, claim: Claim) -> bool:
    return any(f.verdict == "NOT_CHECKABLE" for f in dossier.findings.get(claim.id, []))
