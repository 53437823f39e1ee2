"""The same people pooled more than once: which rows, how many people, and what one row a study would give. Notes, no verdicts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from metaudit.audit.answers import answer
from metaudit.audit.bundles import Bundle
from metaudit.audit.intervals import Filed
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.scale import printed_of
from metaudit.audit.verdict import Finding
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, evaluate
from metaudit.formats.review import Claim
from metaudit.pooling.pool import pool
from metaudit.rowchecks.repeated import Repeated, one_row_each, repeated_people
from metaudit.specs import Spec

CHECK = "the same people twice"
_WAYS = (("the first row", False), ("the last row", True))
_MOST = 12
"""Specifications of the stated method that are tried with one row a study."""
_SHOWN = 3


def dependence_notes(bundle: Bundle) -> Iterator[Filed]:
    """What it does that an analysis pools several rows of the same people as if they were independent.

    The first claim about the pooled result says which rows they are, and what one row a study gives; every claim that comes out
    only so says that, too. An analysis with a model for the dependence is not of these.
    """
    if bundle.best is None or "multilevel" in bundle.analysis.syntheses:
        return
    repeated = repeated_people(bundle.rows)
    if not repeated:
        return
    first = next((c for c in bundle.claims if c.quantity == "estimate" and not c.subject), bundle.claims[0])
    yield first.id, Finding(CHECK, _said(bundle, repeated))
    yield from _comes_out(bundle, repeated)


def _said(bundle: Bundle, repeated: Sequence[Repeated]) -> str:
    assert bundle.best is not None
    named = " ".join(r.sentence for r in repeated[:_SHOWN])
    more = f" So have rows of {len(repeated) - _SHOWN} more studies." if len(repeated) > _SHOWN else ""
    consequence = " Pooled as independent, they weigh too much and the interval is too narrow."
    results = [f"{name} {text}" for name, text in _one_each(bundle, repeated, bundle.best)]
    rest = sum(len(r.rows) - 1 for r in repeated)
    with_one = (
        f" With one row a study ({len(bundle.rows) - rest} instead of {len(bundle.rows)} rows): {'; '.join(results)}."
        if results
        else ""
    )
    return f"{named}{more}{consequence}{with_one}"


def _one_each(bundle: Bundle, repeated: Sequence[Repeated], spec: Spec) -> Iterator[tuple[str, str]]:
    """The pooled result with one row a study, by which row."""
    for name, last in _WAYS:
        e = _evaluated(bundle, repeated, spec, last=last)
        if e is not None:
            f = e.fit
            yield name, _interval(*(e.natural(x) for x in (f.estimate, f.ci_low, f.ci_high)))
    averaged = _mean(bundle, repeated, spec)
    if averaged is not None:
        yield "their mean, as if wholly correlated,", _interval(*averaged)


def _evaluated(bundle: Bundle, repeated: Sequence[Repeated], spec: Spec, *, last: bool) -> Evaluated | None:
    try:
        return evaluate(spec, one_row_each(bundle.rows, repeated, last=last), bundle.analysis, settings=bundle.settings)
    except DataError:
        return None


def _interval(estimate: float, low: float, high: float) -> str:
    return f"{estimate:.3g} ({low:.3g} to {high:.3g})" if not math.isnan(low + high) else f"{estimate:.3g}"


def _mean(bundle: Bundle, repeated: Sequence[Repeated], spec: Spec) -> tuple[float, float, float] | None:
    """Estimate and limits, natural scale, with the mean of each study's effects; None where there is none.

    With m effects of variances v and correlations 1 the variance of their mean is ``(sum of sqrt(v) / m)**2``, the largest that any
    correlation gives (Borenstein et al. 2009, chapter 24).
    """
    e = bundle.evaluated[spec]
    if spec.model not in ("random", "common") or spec.q != "inverse-variance" or e.mods or spec.measure == "PFT":
        return None
    group = {line: i for i, r in enumerate(repeated) for line in r.lines}
    members: dict[int, list[int]] = {}
    for place, study in enumerate(e.effects.studies):
        members.setdefault(group.get(study.row.line, -1 - place), []).append(place)
    yi = np.array([np.mean(e.effects.yi[own]) for own in members.values()])
    vi = np.array([np.mean(np.sqrt(e.effects.vi[own])) ** 2 for own in members.values()])
    try:
        f = pool(yi, vi, tau2=spec.tau2 if spec.has_tau2 else None, ci=spec.ci, level=spec.level)
    except DataError:
        return None
    return e.natural(f.estimate), e.natural(f.ci_low), e.natural(f.ci_high)


def _comes_out(bundle: Bundle, repeated: Sequence[Repeated]) -> Iterator[Filed]:
    """Claims that the rows as they are do not give, and one row a study does."""
    missed = [c for c in bundle.claims if printed_of(c) is not None and not _given(bundle, c)]
    found: dict[str, str] = {}
    for spec in list(bundle.specs)[:_MOST] if missed else []:
        for name, last in _WAYS:
            e = _evaluated(bundle, repeated, spec, last=last)
            rows = one_row_each(bundle.rows, repeated, last=last)
            if e is None:
                continue
            for claim in missed:
                try:
                    given = answer(claim, e, bundle.analysis, rows).comparison.hit
                except (Unanswerable, DataError):
                    continue
                if given:
                    found.setdefault(claim.id, name)
    for claim_id, name in found.items():
        message = f"It comes out with only {name} of every study that has several rows of the same people."
        yield claim_id, Finding(CHECK, message)


def _given(bundle: Bundle, claim: Claim) -> bool:
    return claim.id not in bundle.answers or bool(bundle.answers[claim.id].hit.any())
