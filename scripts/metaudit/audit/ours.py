"""What public counts give, beside a printed result whose own table is not public: named as ours, and never a verdict.

``beside`` of an analysis in review.yaml names analyses of other reviews, mostly re-analyses of what single papers report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from metaudit.analyses import possible_measures
from metaudit.audit.intervals import Filed
from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.audit.verdict import Finding, worst_certainty
from metaudit.audit_words.spec_words import spec_words
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, evaluate
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.select import select_rows
from metaudit.specs import Spec, conventional, other_transformations

CHECK = "public counts beside it"
Lookup = Callable[[str], Review | None]


@dataclass(frozen=True)
class Beside:
    """One analysis of another review, pooled in every way that its data allow.

    Attributes
    ----------
    name : ``review/analysis``
    rows : the rows it pools
    fits : by the stated method first; of single groups also by every other transformation, and by the mixed model
    refused : the ways among those that are not defined for these counts, each with the reason
    """

    name: str
    rows: tuple[Converted, ...]
    fits: tuple[Evaluated, ...]
    refused: tuple[tuple[Spec, str], ...] = ()


def ours_beside(review: Review, lookup: Lookup, *, level: float) -> Iterator[Filed]:
    """A note on the printed estimate of every analysis that has others beside it; of one that cannot be pooled, why.

    Parameters
    ----------
    review : the review that prints the result
    lookup : reads another review by its id; None where it cannot be read
    level : confidence level where none is stated
    """
    for analysis in (a for a in review.analyses.values() if a.beside):
        estimate = next(
            (c for c in review.claims if c.analysis == analysis.id and c.quantity == "estimate" and not c.subject), None
        )
        if estimate is None:
            continue
        k = next((c for c in review.claims if c.analysis == analysis.id and c.quantity == "k" and not c.subject), None)
        for reference in analysis.beside:
            try:
                found = pooled_beside(reference, lookup, level=level)
            except DataError as error:
                message = f"Beside it stands {reference}, which is not pooled: {str(error).rstrip('.')}."
                yield estimate.id, Finding(CHECK, message)
                continue
            certainty = worst_certainty(*(r.row.text("certainty") for r in found.rows))
            yield estimate.id, Finding(CHECK, _said(found, estimate, k), certainty=certainty)


def pooled_beside(reference: str, lookup: Lookup, *, level: float) -> Beside:
    """The analysis that ``review/analysis`` names, pooled.

    Parameters
    ----------
    reference : which analysis of which review
    lookup : reads a review by its id; None where it cannot be read
    level : confidence level where none is stated

    Raises
    ------
    DataError
        where it cannot be read, or not be pooled by its stated method.
    """
    name, _, wanted = reference.partition("/")
    other = lookup(name)
    if other is None:
        raise DataError(f"the review {name} cannot be read")
    analysis = other.analyses.get(wanted)
    if analysis is None:
        raise DataError(f"the review {name} has no analysis {wanted}; it has {', '.join(other.analyses) or 'none'}")
    if not analysis.poolable:
        raise DataError(
            "its rows are not public" if analysis.data == "none" else "its rows are not one comparison a study"
        )
    return _pooled(reference, analysis, [convert(r) for r in select_rows(analysis, other.rows)[0]], level=level)


def _pooled(name: str, analysis: Analysis, rows: Sequence[Converted], *, level: float) -> Beside:
    """Some rows by the stated method and, of single groups, by the other ways; a way that is not defined says so."""
    measures = possible_measures(analysis, rows)
    if not measures:
        raise DataError("no row holds a complete set of numbers for any measure")
    own = conventional(measures, analysis.method, level=level)
    plain = replace(analysis, subgroups="", moderators=())
    fits = [evaluate(own, rows, plain)]
    others: list[Spec] = []
    if fits[0].effects.measure.kind == "proportion" and fits[0].effects.k > 1:
        others = [replace(own, model="common", ci="wald"), *other_transformations(own, analysis.method)]
    refused = []
    for spec in dict.fromkeys(s for s in others if s != own):
        try:
            fits.append(evaluate(spec, rows, plain))
        except DataError as error:
            refused.append((spec, str(error).rstrip(".")))
    return Beside(name, tuple(rows), tuple(fits), tuple(refused))


def _said(found: Beside, claim: Claim, k: Claim | None) -> str:
    first = found.fits[0]
    studies = "; ".join(_study(r) for r in first.effects.studies)
    unused = "; ".join(f"{_study(r)}, as {why.rstrip('.')}" for r, why in first.effects.incomplete)
    without = f" (not by this method: {unused})" if unused else ""
    of = f" (printed: {_counted(k.printed)})" if k is not None else ""
    lead = (
        f"Beside it, ours: {found.name} pools {_counted(str(first.effects.k))} whose counts are public{of}: {studies}{without}. They need not "
        f"be the authors' studies, nor their counts, so that this neither confirms nor contradicts the printed number."
    )
    out = f"{lead} It gives {_result(first, claim)} by {spec_words(first.spec)}"
    refused = _refused(found)
    if len(found.fits) == 1:
        return f"{out}{refused}."
    values = [_shown(claim, e.natural(e.fit.estimate)) for e in found.fits]
    numbers = [(e.natural(e.fit.estimate), v) for e, v in zip(found.fits, values, strict=True)]
    every = f"all {len(found.fits)} ways (every transformation with common and random effects, and the mixed model)"
    ways = f"{len(found.fits)} of {len(found.fits) + len(found.refused)} ways tried" if found.refused else every
    return f"{out}; by {ways} {min(numbers)[1]} to {max(numbers)[1]}{refused}."


def _counted(studies: str) -> str:
    return f"{studies} {'study' if studies == '1' else 'studies'}"


def _refused(found: Beside) -> str:
    """The ways that are not defined, in words, those with one reason together; empty where all are."""
    by_reason: dict[str, list[str]] = {}
    for spec, why in found.refused:
        by_reason.setdefault(why, []).append(spec_words(spec))
    return "".join(f"; not by {' nor by '.join(ways)}, as {why}" for why, ways in by_reason.items())


def _study(row: Converted) -> str:
    events, n = row.get("events"), row.get("n")
    time = f" {row.row.text('timepoint')}" if row.row.text("timepoint") else ""
    counts = f" {events:g}/{n:g}" if not math.isnan(events + n) else ""
    return f"{row.label}{time}{counts}"


def _result(e: Evaluated, claim: Claim) -> str:
    low, high = (_shown(claim, e.natural(x)) for x in (e.fit.ci_low, e.fit.ci_high))
    return f"{_shown(claim, e.natural(e.fit.estimate))} ({low} to {high})"


def _shown(claim: Claim, value: float) -> str:
    """A natural value on the scale of the claim, with a digit more than is printed."""
    printed = printed_of(claim)
    if printed is None:
        return f"{value:.3g}"
    return f"{on_printed_scale(claim, printed, value):.{max(printed.decimals, 0) + 1}f}{'%' if printed.percent else ''}"
