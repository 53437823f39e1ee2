"""Responder proportions per arm: the crude one and the modelled one, because papers print either."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import betaincinv

from metaudit.effects import formulas
from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import Floats, ZeroCells
from metaudit.measures import measure_of
from metaudit.pooling.intervals import quantile
from metaudit.pooling.pool import pool


def wilson(events: float, n: float, *, level: float) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927)."""
    z = quantile(level, None)
    p = events / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def clopper_pearson(events: float, n: float, *, level: float) -> tuple[float, float]:
    """The exact interval of a proportion, from the binomial distribution itself (Clopper and Pearson 1934, Biometrika 26:404)."""
    tail = (1 - level) / 2
    low = float(betaincinv(events, n - events + 1, tail)) if events > 0 else 0.0
    high = float(betaincinv(events + 1, n - events, 1 - tail)) if events < n else 1.0
    return low, high


def arm_proportions(effects: Effects, *, level: float) -> list[dict[str, Any]]:
    """Crude and model-based proportion of every arm of an analysis of counts.

    ``crude`` is the sum of events over the sum of n with Wilson's interval; ``model`` a random-effects (REML) pooling
    of logits, 0.5 added to arms without or with only events. Both are fractions. An arm of which a study reports no counts
    has none.
    """
    kind = effects.measure.kind
    arms = {"counts": (("treatment", "_t"), ("control", "_c")), "proportion": (("single", ""),)}.get(kind, ())
    out = []
    for arm, s in arms:
        events, n = (_as_reported(effects, name) for name in (f"events{s}", f"n{s}"))
        if np.isnan(events + n).any():  # a study reports its effect only: the sum would be that of the others
            continue
        low, high = wilson(events.sum(), n.sum(), level=level)
        shared = {"arm": arm, "k": effects.k, "events": int(events.sum()), "n": int(n.sum())}
        out.append({**shared, "method": "crude", "proportion": events.sum() / n.sum(), "ci_low": low, "ci_high": high})
        out.append({**shared, "method": "model", **_modelled(events, n, level=level)})
    return out


def _as_reported(effects: Effects, name: str) -> Floats:
    """People as they were, not the effective numbers of cluster trials."""
    reported = np.array([s.get(name) for s in effects.studies])
    return np.where(np.isnan(reported), effects.cells[name], reported)


def _modelled(events: Floats, n: Floats, *, level: float) -> dict[str, float]:
    (x, y), _ = ZeroCells().adjust(events, n - events)
    yi, vi = formulas.proportion_logit(x, x + y)
    fit = pool(yi, np.asarray(vi), tau2="REML", level=level)
    back = measure_of("PLO").to_natural
    return {
        "proportion": back(fit.estimate),
        "ci_low": back(fit.ci_low),
        "ci_high": back(fit.ci_high),
        "tau2": fit.tau2,
        "i2": fit.i2,
    }
