"""Boundaries of futility: when an effect as large as the planned one has become too unlikely to go on.

Beta is spent along the drift at which the design has its power, look by look (Pampallona, Tsiatis and Kim 2001, Drug Inf J
35:1113; Jennison and Turnbull 2000, chapter 7; Thorlund et al. 2011, chapter 2), and that drift is the one at which both boundaries
meet at the last look. Two-sided designs have an inner wedge of ± the boundary (Jennison and Turnbull 2000, chapter 5); it
is worked out for one side; looks up to the last one where the boundary would be negative have none, and what they would have
spent goes to the next one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from metaudit.sequential.efficacy import bound_above, bound_below, efficacy, rarest
from metaudit.sequential.paths import Paths, reach_of, regions, start
from metaudit.sequential.roots import increasing_root
from metaudit.sequential.spending import Floats

NONE, NON_BINDING, BINDING = "none", "non-binding", "binding"


@dataclass(frozen=True)
class Errors:
    """Cumulative errors that are spent at each look, shape ``(k,)`` each: alpha of one side, and beta; and the sides."""

    alpha: Floats
    beta: Floats
    sides: int


@dataclass(frozen=True)
class Found:
    """Both boundaries, the drift at which they meet, and the beta that is spent by each look."""

    upper: Floats
    futility: Floats
    beta_spent: Floats
    drift: float


def non_binding(timing: Floats, errors: Errors, *, first: float, drift: float | None = None) -> Found:
    """Futility boundary that leaves the efficacy boundary as it would be without one.

    Parameters
    ----------
    timing : information fractions, shape ``(k,)``
    errors : to be spent
    first : drift to begin with
    drift : the drift to spend beta along, where it is settled already; None: the one at which both boundaries meet
    """
    upper = efficacy(timing, errors.alpha, sides=errors.sides)
    beta = errors.beta.copy()
    dropped = 0
    while True:
        steps = np.diff(beta, prepend=0.0)
        along = increasing_root(partial(_left_over, timing, upper, steps), first=first) if drift is None else drift
        lower, _ = _lower(timing, upper, steps, drift=along)
        negative = np.flatnonzero(lower[dropped:] < 0)
        if errors.sides == 1 or not negative.size:
            break
        dropped += int(negative[-1]) + 1
        beta[:dropped] = 0.0
        first = along
    return Found(upper, np.append(np.where(steps[:-1] > 0, lower, math.nan), upper[-1]), beta, along)


def _left_over(timing: Floats, upper: Floats, steps: Floats, drift: float) -> float:
    """Beta that the last look may spend, less what it does spend where both boundaries meet; grows with the drift."""
    _, paths = _lower(timing, upper, steps, drift=drift)
    if paths is None:
        return 1.0
    t = float(timing[-1])
    return float(steps[-1]) - paths.below(float(upper[-1]) * math.sqrt(t), t, drift=drift)


def _lower(timing: Floats, upper: Floats, steps: Floats, *, drift: float) -> tuple[Floats, Paths | None]:
    """Boundaries of all looks but the last, and the paths that go on to it; None when the boundaries cross before it."""
    reach = reach_of(drift)
    paths, lower = start(), np.full(timing.size - 1, math.nan)
    for i, t in enumerate(map(float, timing[:-1])):
        lower[i] = bound_below(paths, t, float(steps[i]), drift=drift)
        if lower[i] >= upper[i]:
            return lower, None
        paths = paths.then(
            t,
            regions(float(upper[i]), t, futility=float(lower[i]), sides=1, reach=reach),
            following=float(timing[i + 1]),
        )
    return lower, paths


def binding(timing: Floats, errors: Errors, *, first: float) -> Found:
    """Both boundaries of a one-sided design whose futility boundary stops: the efficacy boundary counts on it.

    Raises
    ------
    DataError
        when no drift lets both boundaries meet at the last look.
    """
    alpha, beta = (np.diff(e, prepend=0.0) for e in (errors.alpha, errors.beta))

    def left_over(drift: float) -> float:
        upper, _, paths = _both(timing, alpha, beta, drift=drift)
        if paths is None:
            return 1.0
        t = float(timing[-1])
        return float(beta[-1]) - paths.below(float(upper[-1]) * math.sqrt(t), t, drift=drift)

    drift = increasing_root(left_over, first=first)
    upper, lower, _ = _both(timing, alpha, beta, drift=drift)
    lower = np.where(beta[:-1] > 0, lower[:-1], math.nan)
    return Found(upper, np.append(lower, upper[-1]), errors.beta, drift)


def _both(timing: Floats, alpha: Floats, beta: Floats, *, drift: float) -> tuple[Floats, Floats, Paths | None]:
    """Upper boundaries of all looks, lower ones of all but the last, and the paths that go on to the last look."""
    reach = reach_of(drift, rarest=rarest(alpha))
    paths = start()
    upper, lower = np.full(timing.size, math.nan), np.full(timing.size, math.nan)
    for i, t in enumerate(map(float, timing)):
        upper[i] = bound_above(paths, t, float(alpha[i]))
        if i + 1 == timing.size:
            break
        lower[i] = bound_below(paths, t, float(beta[i]), drift=drift)
        if lower[i] >= upper[i]:
            return upper, lower, None
        paths = paths.then(
            t,
            regions(float(upper[i]), t, futility=float(lower[i]), sides=1, reach=reach),
            following=float(timing[i + 1]),
        )
    return upper, lower, paths
