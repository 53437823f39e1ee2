"""Rows of ``cumulative.csv`` and ``gosh.csv``: the primary model fitted to subsets of the studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from metaudit.diagnostics.cumulative import cumulative
from metaudit.diagnostics.fitted import INTERVALS
from metaudit.diagnostics.gosh import by_study, gosh
from metaudit.diagnostics.gosh_bins import binned, divider
from metaudit.effects.compute import Effects
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, Settings, evaluate_effects, pools_by_given_weights
from metaudit.formats.review import Analysis
from metaudit.pooling.batch import BATCHED

CUMULATIVE = ("analysis", "place", "row", "study", "k", "estimate", "ci_low", "ci_high", "tau2", "i2")
GOSH = (
    "analysis", "method", "subsets", "complete", "row", "study", "shift_yi", "shift_i2", "low_yi", "high_yi", "i2_low", "i2_high", "count",
    "count_with",
)  # fmt: skip

LEAST_FOR_GOSH = 4
MOST_SUBSETS = 20_000
"""Subsets of two or more that are all fitted (up to 14 studies); of more, a sample of this size."""


def cumulative_rows(
    analysis: Analysis, primary: Evaluated, effects: Effects, *, settings: Settings
) -> list[dict[str, Any]]:
    """The primary model as each study came in: by year, and in the order of the table where not every study has one.

    Nothing for one study or a meta-regression. Where the studies so far cannot be pooled (no event yet, say) the step
    has no numbers.
    """
    if effects.k < 2 or analysis.moderators:
        return []
    years = [s.row.text("year") for s in effects.studies]
    order = np.argsort([int(y) for y in years], kind="stable") if all(years) else np.arange(effects.k)
    so_far = [effects.take(np.isin(np.arange(effects.k), order[:place])) for place in range(1, effects.k + 1)]
    steps = (
        _batched(primary, effects, order) if _has_batches(primary) else _one_by_one(analysis, primary, so_far, settings)
    )
    out = []
    for index, some, (*limits, tau2, i2) in zip(order, so_far, steps, strict=True):
        study = effects.studies[index]
        values = (*(primary.natural(x, some) for x in limits), tau2, i2)
        row = (analysis.id, some.k, study.row.line, study.label, some.k, *values)
        out.append(dict(zip(CUMULATIVE, row, strict=True)))
    return out


Step = tuple[float, float, float, float, float]


def _has_batches(e: Evaluated) -> bool:
    """Whether all subsets can be pooled in one call, to the same numbers."""
    spec = e.spec
    return (
        _by_inverse_variances(e) and spec.ci in INTERVALS and spec.q == "inverse-variance" and spec.stopping == "exact"
    )


def _by_inverse_variances(e: Evaluated) -> bool:
    known = not e.spec.has_tau2 or e.spec.tau2 in BATCHED
    return e.spec.model in ("random", "common") and known and not pools_by_given_weights(e.spec)


def _method(e: Evaluated) -> str:
    return e.spec.tau2 if e.spec.has_tau2 else "FE"


def _batched(e: Evaluated, effects: Effects, order: Any) -> Iterator[Step]:
    how: dict[str, Any] = {"tau2": _method(e), "ci": e.spec.ci, "level": e.spec.level}
    fits = cumulative(effects.yi[order], effects.vi[order], **how).fits
    yield from zip(fits.estimate, fits.ci_low, fits.ci_high, fits.tau2, fits.i2, strict=True)


def _one_by_one(analysis: Analysis, e: Evaluated, so_far: list[Effects], settings: Settings) -> Iterator[Step]:
    plain, spec = replace(analysis, subgroups=""), replace(e.spec, pi="t-k-2")  # it is not shown
    for some in so_far:
        try:
            fit = evaluate_effects(spec, some, plain, settings=settings).fit
        except DataError:
            yield (np.nan,) * 5
            continue
        yield fit.estimate, fit.ci_low, fit.ci_high, fit.tau2, fit.i2


def gosh_rows(analysis: Analysis, primary: Evaluated, effects: Effects, *, seed: int) -> list[dict[str, Any]]:
    """How many subsets of two or more studies give which estimate and which I², counted in 60 by 40 cells.

    Nothing for fewer than four studies, a meta-regression, or a model that does not pool by inverse variances.
    """
    k = effects.k
    if k < LEAST_FOR_GOSH or analysis.moderators or not _by_inverse_variances(primary):
        return []
    sample = None if 2**k - k - 1 <= MOST_SUBSETS else MOST_SUBSETS
    found = gosh(effects.yi, effects.vi, tau2=_method(primary), sample=sample, seed=seed, smallest=2)
    halves = by_study(found)
    most = divider(found, halves)
    study = effects.studies[most]
    shifts = halves[most].shift, halves[most].i2_shift
    shared = (analysis.id, found.method, found.estimate.size, found.complete, study.row.line, study.label)
    return [
        dict(zip(GOSH, (*shared, *shifts, c.low, c.high, c.i2_low, c.i2_high, c.count, c.count_with), strict=True))
        for c in binned(found, study=most)
    ]
