"""What errors are put into: one analysis of a review, with the claims it is known to reproduce."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from metaudit.analyses import analysis_rows, converted_rows
from metaudit.audit.bundles import Bundle, answer, search
from metaudit.audit.judge import HIT
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.printed_rows import row_claims
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, evaluate, with_reading
from metaudit.formats.review import Claim, Review, read_review
from metaudit.inject.clean import Clean
from metaudit.specs import Spec


@dataclass(frozen=True)
class Subject:
    """One analysis with its claims.

    Attributes
    ----------
    review : the clean review, cut down to this analysis and its claims
    analysis : its id
    specs : the specification behind the claims, by the claims' own ``method``
    reproduces : claims known to come out of the data; None when every one does
    group : the review, or the design it was made up under
    """

    review: Review
    analysis: str
    specs: Mapping[str, Spec] = field(compare=False)
    group: str
    reproduces: frozenset[str] | None = None

    def known(self, claim: str) -> bool:
        """Whether a claim is known to come out of the data; so is every number a made-up review prints for a study."""
        return self.reproduces is None or claim in self.reproduces


def made_up(clean: Clean) -> Subject:
    """A made-up review as a subject."""
    return Subject(clean.review, clean.analysis, {"": clean.spec}, clean.design)


def reproducing_claims(key: Path) -> dict[str, frozenset[str]]:
    """Claims of published reviews that come out of their data by an independent program.

    Parameters
    ----------
    key : CSV with review, claim and verdict_expected (``reproduces`` or ``does_not``)
    """
    found: dict[str, set[str]] = {}
    with key.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            names = found.setdefault(row["review"], set())
            if row["verdict_expected"] == "reproduces":
                names.add(row["claim"])
    return {review: frozenset(names) for review, names in found.items()}


def published(root: Path, key: Path) -> Iterator[Subject]:
    """The analyses of the published reviews of a key, in the order of their names.

    The specification behind a claim is the one that reproduces most of its bundle in the clean table.
    """
    for name, claims in sorted(reproducing_claims(key).items()):
        review = read_review(root / name)
        converted = converted_rows(review.rows)
        for analysis in review.analyses:
            specs = _specs(restricted(review, analysis), converted)
            if specs:
                yield Subject(restricted(review, analysis), analysis, specs, review.id, claims)


def subject_of(review: Review, analysis: str = "") -> Subject:
    """One analysis of any review; without a name, the first whose claims can be computed.

    Raises
    ------
    ValueError
        for an analysis that is not there, or that pools no data.
    """
    if analysis and analysis not in review.analyses:
        raise ValueError(f"{analysis!r} is not an analysis of {review.id}. There are: {', '.join(review.analyses)}.")
    converted = converted_rows(review.rows)
    for name in [analysis] if analysis else review.analyses:
        part = restricted(review, name)
        specs = _specs(part, converted)
        if specs:
            return Subject(part, name, specs, review.id)
    raise ValueError(
        f"no claim of {analysis or review.id} can be computed from extraction.csv; there is nothing to break."
    )


def _specs(part: Review, converted: Sequence[Converted]) -> dict[str, Spec]:
    """The specification that reproduces most of the claims of each method."""
    analysis = next(iter(part.analyses.values()))
    if not analysis.poolable:
        return {}
    specs: dict[str, Spec] = {}
    claims = all_claims(part)
    for method in sorted({c.method for c in claims}):
        members = [c for c in claims if c.method == method]
        bundle: Bundle = search(analysis, members, analysis_rows(analysis, converted), level=0.95)
        if bundle.best is not None:
            specs[method] = bundle.best
    return specs


def restricted(review: Review, analysis: str) -> Review:
    """A review cut down to one analysis and its claims; transcriptions from other reviews are left out."""
    claims = tuple(replace(c, refers_to="") for c in review.claims if c.analysis == analysis)
    return replace(review, analyses={analysis: review.analyses[analysis]}, claims=claims)


def coming_out(subject: Subject, review: Review) -> frozenset[str]:
    """Claims whose printed number the rows of a review give, rounded, under the specification behind them.

    ``review`` is that of the subject, or the same with other rows.
    """
    analysis = review.analyses[subject.analysis]
    rows = analysis_rows(analysis, [convert(r) for r in review.rows])
    done: dict[Spec, Evaluated | None] = {}
    found = set()
    for claim in all_claims(review):
        spec = subject.specs.get(claim.method) or next(iter(subject.specs.values()))
        if spec not in done:
            try:
                done[spec] = with_reading(evaluate(spec, rows, analysis), spec)
            except DataError:
                done[spec] = None
        e = done[spec]
        if e is None:
            continue
        try:
            if answer(claim, e, analysis, rows).comparison.kind == HIT:
                found.add(claim.id)
        except Unanswerable:
            continue
    return frozenset(found)


def all_claims(review: Review) -> list[Claim]:
    """The claims of a review, and those its rows make for their studies."""
    return [*review.claims, *row_claims(review)]
