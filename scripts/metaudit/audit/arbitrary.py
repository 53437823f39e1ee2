"""How often results that no method gave would be given by one of those searched, by chance."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.measures import Measure, measure_of
from metaudit.pooling.intervals import quantile
from metaudit.search.match import Matched, back
from metaudit.search.rank import distinct
from metaudit.search.targets import Target

DRAWS = 500
_SEED = 20260101
# How far the made-up estimates lie from ours, in standard errors, and their widths, as the SD of the logarithm.
_MOVED, _WIDENED = 0.5, 1 / 3
_TRIPLE = ("estimate", "ci_low", "ci_high")


def chance_of_a_match(
    matched: Matched, names: Collection[str], *, ours: Mapping[str, float], measure: Measure, draws: int = DRAWS
) -> float:
    """Share (0 to 1) of made-up results, printed as finely as the claims, that some searched method gives as a whole.

    An estimate with its two limits is moved by half a standard error and its width by a third (standard deviations of normal
    draws, on the analysis scale), as an estimate that no method gave would be; every other number lies anywhere
    between the lowest and the highest of the distinct results, evenly. Each distinct result counts once. The draws are
    those of a fixed seed, so that the share has a standard error of at most 0.022.

    Parameters
    ----------
    names : claims that are to be given together
    ours : values by the stated method, on the scale of the targets; what is printed stands in for one that is missing
    measure : of the stated method
    """
    rows = [i for i, t in enumerate(matched.targets) if t.name in names]
    values = np.array([matched.value_of(i) for i in rows]) if rows else np.empty((0, 0))
    values = values[:, np.isfinite(values).all(axis=0)] if rows else values
    if not values.size:
        return 0.0
    values = values[:, np.unique(distinct(values), return_index=True)[1]]
    targets = [matched.targets[i] for i in rows]
    scale = measure_of("GEN") if measure.scale == "double arcsine" else measure  # whose way back needs every n
    made = _made_up(targets, values, ours, measure=scale, draws=draws)
    given = np.ones((draws, values.shape[1]), dtype=bool)
    for t, x, v in zip(targets, made, values, strict=True):
        given &= _prints_alike(t, x, v)
    return float(given.any(axis=1).mean())


def _prints_alike(t: Target, made: Floats, values: Floats) -> Any:
    """Which results (columns) print as which made-up number (rows); an inequality is not made up but kept as printed."""
    width = t.window.high - t.window.low
    if not np.isfinite(width):
        inside = (values >= t.window.low) & (values <= t.window.high)
        return np.broadcast_to(inside, (made.size, values.size))
    return np.abs(values[None, :] - made[:, None]) <= width / 2


def _made_up(
    targets: Sequence[Target], values: Floats, ours: Mapping[str, float], *, measure: Measure, draws: int
) -> list[Floats]:
    rng = np.random.default_rng(_SEED)
    found: dict[str, Floats] = {}
    for triple in _triples(targets):
        found |= _moved(triple, ours, measure=measure, rng=rng, draws=draws)
    for t, v in zip(targets, values, strict=True):
        if t.name not in found:
            found[t.name] = rng.uniform(v.min(), v.max(), size=draws)
    return [found[t.name] for t in targets]


def _triples(targets: Sequence[Target]) -> list[dict[str, Target]]:
    """Estimates with both limits, by subject and scale."""
    by: dict[tuple[str, bool], dict[str, Target]] = {}
    for t in targets:
        if t.quantity in _TRIPLE and np.isfinite(t.window.high - t.window.low):
            by.setdefault((t.subject, t.natural), {}).setdefault(t.quantity, t)
    return [found for found in by.values() if len(found) == len(_TRIPLE)]


def _moved(
    triple: Mapping[str, Target], ours: Mapping[str, float], *, measure: Measure, rng: np.random.Generator, draws: int
) -> dict[str, Floats]:
    estimate, low, high = (_on_analysis_scale(triple[q], ours, measure) for q in _TRIPLE)
    if not np.isfinite([estimate, low, high]).all() or high <= low:
        return {}
    half = (high - low) / 2
    centre = estimate + _MOVED * half / quantile(0.95, None) * rng.standard_normal(draws)
    reach = half * np.exp(_WIDENED * rng.standard_normal(draws))
    drawn = {"estimate": centre, "ci_low": centre - reach, "ci_high": centre + reach}
    return {t.name: back(drawn[q], measure.code) if t.natural else drawn[q] for q, t in triple.items()}


def _on_analysis_scale(t: Target, ours: Mapping[str, float], measure: Measure) -> float:
    x = ours.get(t.name, np.nan)
    x = x if np.isfinite(x) else (t.window.low + t.window.high) / 2
    return float(measure.to_analysis(x) if t.natural else x)
