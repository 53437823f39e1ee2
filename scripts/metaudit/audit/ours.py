"""What public counts give, beside a printed result whose own table is not public: named as ours, and never a verdict.

``beside`` of an analysis in review.yaml names analyses of other reviews, mostly re-analyses of what single papers report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from metaudit.analyses import analysis_rows, possible_measures
from metaudit.audit.intervals import Filed
from metaudit.audit.scale import on_printed_scale, printed_of
from metaudit.audit.verdict import Finding, worst_certainty
from metaudit.audit_words.spec_words import spec_words
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, evaluate
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.specs import conventional, other_transformations

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
    """

    name: str
    rows: tuple[Converted, ...]
    fits: tuple[Evaluated, ...]


def ours_beside(review: Review, lookup: Lookup, *, level: float) -> Iterator[Filed]:
    """A note on the printed estimate of every analysis that has others beside it.

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
            found = pooled_beside(reference, lookup, level=level)
            if found is not None:
                certainty = worst_certainty(*(r.row.text("certainty") for r in found.rows))
                yield estimate.id, Finding(CHECK, _said(found, estimate, k), certainty=certainty)


def pooled_beside(reference: str, lookup: Lookup, *, level: float) -> Beside | None:
    """The analysis that ``review/analysis`` names, pooled; None where it cannot be read or pooled."""
    name, _, wanted = reference.partition("/")
    other = lookup(name)
    analysis = other.analyses.get(wanted) if other is not None else None
    if other is None or analysis is None or not analysis.poolable:
        return None
    rows = tuple(analysis_rows(analysis, [convert(r) for r in other.rows]))
    fits = tuple(_fits(analysis, rows, level=level))
    return Beside(reference, rows, fits) if fits else None


def _fits(analysis: Analysis, rows: Sequence[Converted], *, level: float) -> Iterator[Evaluated]:
    measures = possible_measures(analysis, rows)
    if not measures:
        return
    own = conventional(measures, analysis.method, level=level)
    specs = [own]
    plain = replace(analysis, subgroups="", moderators=())
    try:
        first = evaluate(own, rows, plain)
    except DataError:
        return
    if first.effects.measure.kind == "proportion" and first.effects.k > 1:
        specs += [replace(own, model="common", ci="wald"), *other_transformations(own, analysis.method)]
    yield first
    for spec in dict.fromkeys(specs[1:]):
        if spec == own:
            continue
        try:
            yield evaluate(spec, rows, plain)
        except DataError:  # not defined for these counts
            continue


def _said(found: Beside, claim: Claim, k: Claim | None) -> str:
    first = found.fits[0]
    studies = "; ".join(_study(r) for r in found.rows)
    of = f" (printed: {k.printed} studies)" if k is not None else ""
    lead = (
        f"Beside it, ours: {found.name} pools {first.effects.k} studies whose counts are public{of}: {studies}. They need not be the "
        f"authors' studies, nor their counts, so that this neither confirms nor contradicts the printed number."
    )
    out = f"{lead} It gives {_result(first, claim)} by {spec_words(first.spec)}"
    if len(found.fits) == 1:
        return f"{out}."
    values = [_shown(claim, e.natural(e.fit.estimate)) for e in found.fits]
    numbers = [(e.natural(e.fit.estimate), v) for e, v in zip(found.fits, values, strict=True)]
    ways = f"{len(found.fits)} ways (every transformation with common and random effects, and the mixed model)"
    return f"{out}; by all {ways} {min(numbers)[1]} to {max(numbers)[1]}."


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
