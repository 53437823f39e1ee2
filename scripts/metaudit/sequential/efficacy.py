"""Boundaries of efficacy: how large z must be at each look for the error spent there to be just that.

Lan and DeMets 1983 (Biometrika 70:659), solved look by look along the recursion of ``paths``; Jennison and Turnbull
2000, chapter 7. Two-sided designs are symmetric: each side spends half of alpha, and a path that has crossed one side is stopped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import ndtri, ndtri_exp

from metaudit.errors import DataError
from metaudit.sequential.paths import Paths, reach_of, regions, start
from metaudit.sequential.spending import Floats

_MOST_STEPS = 200


def checked_timing(timing: Sequence[float] | Floats) -> Floats:
    """Information fractions of the looks, as an array.

    Raises
    ------
    DataError
        when there is none, or they do not grow from above 0 to at most 1.
    """
    t = np.asarray(timing, dtype=float)
    if t.ndim != 1 or not t.size:
        raise DataError("a sequential design needs at least one look")
    if not np.isfinite(t).all() or t[0] <= 0 or t[-1] > 1 or (np.diff(t) <= 0).any():
        said = ", ".join(f"{v:g}" for v in t)
        raise DataError(f"information fractions {said}: they must grow from look to look, above 0 and at most 1")
    return t


def efficacy(timing: Floats, spent: Floats, *, sides: int) -> Floats:
    """Upper boundary of z at each look.

    Parameters
    ----------
    timing : information fractions, shape ``(k,)``
    spent : cumulative error of one side, shape ``(k,)``
    sides : 2 when the same boundary with the other sign stops as well

    Returns
    -------
    Shape ``(k,)``; infinite at a look that spends nothing (or less than a computer can hold).
    """
    steps = np.diff(spent, prepend=0.0)
    reach = reach_of(rarest=rarest(steps))
    found = np.empty(timing.size)
    paths = start()
    for i, t in enumerate(timing):
        found[i] = bound_above(paths, float(t), float(steps[i]))
        if i + 1 < timing.size:
            where = regions(float(found[i]), float(t), sides=sides, reach=reach)
            paths = paths.then(float(t), where, following=float(timing[i + 1]))
    return found


def rarest(steps: Floats) -> float:
    """The largest z that any of these probabilities stands for."""
    positive = steps[steps > 0]
    return max(0.0, -float(ndtri(positive.min()))) if positive.size else 0.0


def bound_above(paths: Paths, t: float, spend: float, *, drift: float = 0.0) -> float:
    """The z at fraction ``t`` that is exceeded with a given probability by paths that go on so far."""
    if spend <= 0:
        return math.inf
    if not paths.t:
        return drift * math.sqrt(t) - float(ndtri_exp(math.log(spend)))
    if spend >= paths.going_on(drift=drift):
        return -math.inf
    root = math.sqrt(t)
    return _solved(
        lambda b: (paths.above(b, t, drift=drift), -paths.density(b, t, drift=drift)),
        first=drift * t - root * float(ndtri(spend)), spend=spend, step=root,
    ) / root  # fmt: skip


def bound_below(paths: Paths, t: float, spend: float, *, drift: float = 0.0) -> float:
    """The z at fraction ``t`` below which paths that go on so far fall with a given probability."""
    mirrored = Paths(paths.t, -paths.b, paths.mass)
    return -bound_above(mirrored, t, spend, drift=-drift)


def _solved(probability: Callable[[float], tuple[float, float]], *, first: float, spend: float, step: float) -> float:
    """Newton's root of log P(b) = log spend, from where P is too small.

    The paths that go on have a log-concave density while their region is one interval, and so has its tail: from the right
    every step falls short of the root. Elsewhere (regions of two intervals) a step is kept inside what is known.
    """
    low, high = -math.inf, math.inf
    at = first
    for _ in range(_MOST_STEPS):
        p, slope = probability(at)
        error = math.log(p / spend) if p > 0 else -math.inf
        low, high = (max(low, at), high) if error > 0 else (low, min(high, at))
        if p <= 0 or slope >= 0:  # so far out that the numbers no longer change
            at = _between(low, high, at, step, right=error > 0)
            continue
        move = -error * p / slope
        if abs(move) <= 1e-13 * max(1.0, abs(at)):
            return at + move
        at = at + move if low < at + move < high else _between(low, high, at, step, right=error > 0)
    raise DataError(f"no boundary was found that spends {spend:g}")


def _between(low: float, high: float, at: float, step: float, *, right: bool) -> float:
    """The middle of what is known, or a step towards the side where nothing is."""
    if math.isinf(low) or math.isinf(high):
        return at + step if right else at - step
    return (low + high) / 2
