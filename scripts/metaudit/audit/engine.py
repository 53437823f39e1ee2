"""The audit of one review: every check on every claim, one verdict each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from metaudit.audit.asking import First, claims_asked, searched_spaces
from metaudit.audit.bundles import Bundle, search_many
from metaudit.audit.counts import check_range, check_sums
from metaudit.audit.dependence import dependence_notes
from metaudit.audit.fingerprint import fingerprint_notes
from metaudit.audit.groups import groups_of
from metaudit.audit.intervals import Filed
from metaudit.audit.missing import not_checkable
from metaudit.audit.one_group import check_group
from metaudit.audit.ours import ours_beside
from metaudit.audit.printed_rows import row_claims
from metaudit.audit.rederive import rederive
from metaudit.audit.rows import row_of
from metaudit.audit.sets_behind import sets_behind
from metaudit.audit.shared_rows import of_another, without
from metaudit.audit.smallest import with_edits
from metaudit.audit.spaces import Searched
from metaudit.audit.surveys import check_surveys
from metaudit.audit.syntheses.dispatch import other_syntheses, printed_networks
from metaudit.audit.transcription import check_transcription
from metaudit.audit.verdict import AuditRow, Dossier, Finding, Verdicts
from metaudit.audit.wide import Wide, widen
from metaudit.collector import collector_at_rest
from metaudit.edits.whole_table import WholeTable
from metaudit.errors import DataError
from metaudit.formats.review import Claim, Review, load_review
from metaudit.pooling.pool import SEED

# A number that is re-derived from data stands, whatever another printed number says: the other one is the odd one out.
STANDING = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED")
_BETWEEN_NUMBERS = {
    "limits in order", "estimate inside its interval", "interval symmetric", "P against interval",
    "P and interval on one side", "z against estimate and SE", "P against estimate and SE",
    "league table", "mean of the ranking", "order of the ranking", "Q in parts", "P of Q in parts", "direct less indirect",
    "P of Q", "I² of Q", "H² of Q", "df against k", "tau against tau²", "sum of the arms", "percentage of counts",
    "required size of its parts", "share of the required size", "adjusted interval against boundary", "level of the boundary",
    "statement against printed numbers",
}  # fmt: skip
SEARCHES = ("all", "missed")


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
    with collector_at_rest():
        return _audited_together(reviews, others or {}, level=level, seed=seed, search=search)


def _audited_together(
    reviews: Sequence[Review], others: Mapping[str, Review], *, level: float, seed: int, search: str
) -> list[Audited]:
    printed = [row_claims(review) for review in reviews]
    claims = [[*review.claims, *rows] for review, rows in zip(reviews, printed, strict=True)]
    asked = [claims_asked(review, of, level=level, seed=seed) for review, of in zip(reviews, claims, strict=True)]
    found = iter(search_many([a for of_review in asked for a in of_review.values()]))
    bundles = [{key: next(found) for key in of_review} for of_review in asked]
    elsewhere = [of_another(rows, own) for rows, own in zip(printed, bundles, strict=True)]
    bundles = [
        without(away, of_review, own) if away else own
        for away, of_review, own in zip(elsewhere, asked, bundles, strict=True)
    ]
    first = [{key: list(rederive(b)) for key, b in own.items()} if search == "missed" else None for own in bundles]
    spaces = searched_spaces(bundles, first, level=level)
    return [
        _audited(review, of, own, others, elsewhere=away, first=known, spaces=found, level=level)
        for review, of, own, away, known, found in zip(reviews, claims, bundles, elsewhere, first, spaces, strict=True)
    ]


def _audited(
    review: Review,
    claims: Sequence[Claim],
    bundles: Mapping[tuple[str, str], Bundle],
    others: Mapping[str, Review],
    *,
    elsewhere: Mapping[str, Finding],
    first: First | None,
    spaces: Mapping[str, Searched],
    level: float,
) -> Audited:
    """One review's findings, filed.

    Parameters
    ----------
    elsewhere : reasons of the cells of rows that are printed for another analysis
    first : findings without a search; None where all analyses are searched
    spaces : the searched space of each analysis that has one
    """
    dossier = Dossier()
    _file(dossier, elsewhere.items())
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
        _file(dossier, check_group(group, review, bundles, dossier=dossier), bundles=bundles)
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
