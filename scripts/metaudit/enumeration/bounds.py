"""The last cell from an effect and its limits: interval propagation and bisection instead of trying every number.

With one arm and the other arm's size fixed, RR, OR and RD, and both their Wald limits, are monotone in the number of events of
the other arm, as long as that arm has more than z²/2 people with and without an event: the limit's derivative has the
sign of ``-1 ± z·u`` with ``u <= 1/(2 sqrt(e))`` times a factor of at most sqrt(2), ``e`` the smaller of the two. The few
numbers nearer to the ends, where the zero-cell rule makes a jump as well, are tried one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from metaudit.enumeration.constraints import Effect
from metaudit.enumeration.pairs import Ranges
from metaudit.enumeration.two_by_two import Block, effect_values
from metaudit.enumeration.windows import Bools, Floats, Ints, at_least, at_most, inside
from metaudit.pooling.intervals import quantile
from metaudit.printed import Interval

Predicate = Callable[[Ints], Bools]


def block_of(r: Ranges, y: Ints, solved: str) -> Block:
    """Tables with ``y`` events in the solved arm."""
    return Block(r.x, r.n, y, r.m) if solved == "c" else Block(y, r.m, r.x, r.n)


def edge_width(effects: tuple[Effect, ...]) -> int:
    """How many numbers at either end are tried one by one."""
    return max((math.ceil(quantile(e.level, None) ** 2 / 2) + 1 for e in effects), default=1)


def narrow(r: Ranges, effects: tuple[Effect, ...], solved: str) -> list[Ranges]:
    """Exactly the tables that have the effects (RR, OR, RD), as ranges of the solved arm's events.

    Parameters
    ----------
    r : what is left to search
    effects : every one of them has to hold
    solved : ``t`` or ``c``
    """
    if not effects:
        return [r]
    edge = edge_width(effects)
    hull = r
    for effect in effects:
        hull = _by_estimate(hull, effect, solved)
    out = _edges(r, hull, effects, solved, edge=edge)
    inner = hull._replace(lo=np.maximum(hull.lo, edge), hi=np.minimum(hull.hi, hull.m - edge)).nonempty()
    for effect in effects:
        for which, window in enumerate(effect.windows):
            if window is not None and inner.x.size:
                inner = _bisected(inner, effect, solved, which=which, window=window)
    return [*out, inner]


def _edges(r: Ranges, hull: Ranges, effects: tuple[Effect, ...], solved: str, *, edge: int) -> list[Ranges]:
    """Numbers next to none and to all, one by one; those with a zero cell of their own are not bound by the hull."""
    out = []
    for offset in range(edge):
        for top in (False, True):
            y = r.m - offset if top else np.full_like(r.m, offset)
            keep = (y >= r.lo) & (y <= r.hi)
            if offset:
                keep &= (y >= hull.lo) & (y <= hull.hi)
            if top:  # small arms: the two ends meet
                keep &= y >= edge
            if keep.any():
                some, at = Ranges(*(v[keep] for v in r)), y[keep]
                good = holds(effects, block_of(some, at, solved))
                out.append(Ranges(some.x[good], some.n[good], some.m[good], at[good], at[good]))
    return out


def holds(effects: tuple[Effect, ...], t: Block) -> Bools:
    """Whether tables have all the effects and limits."""
    good = np.ones(t.a.shape, dtype=bool)
    for effect in effects:
        for window, value in zip(effect.windows, effect_values(effect, t), strict=True):
            if window is not None:
                good &= inside(window, value)
    return good


def estimate_window(effect: Effect) -> tuple[float, float]:
    """Where the estimate lies: its window, and the middle (on the log scale for ratios) of the windows of the limits."""
    low, high = (0.0, math.inf) if effect.measure != "RD" else (-1.0, 1.0)
    if effect.estimate is not None:
        low, high = max(low, effect.estimate.low), min(high, effect.estimate.high)
    lower, upper = effect.ci_low, effect.ci_high
    if lower is not None and upper is not None:
        if effect.measure == "RD":
            low, high = max(low, (lower.low + upper.low) / 2), min(high, (lower.high + upper.high) / 2)
        else:
            low = max(low, _geometric(lower.low, upper.low))
            high = min(high, _geometric(lower.high, upper.high))
    elif lower is not None:
        low = max(low, lower.low)
    elif upper is not None:
        high = min(high, upper.high)
    return low, high


def _geometric(x: float, y: float) -> float:
    return math.sqrt(max(x, 0.0)) * math.sqrt(max(y, 0.0)) if x > 0 and y > 0 else 0.0


def _by_estimate(r: Ranges, effect: Effect, solved: str) -> Ranges:
    """Bounds of the solved arm's events in closed form, one too wide at either end; for numbers that are not none or all.

    From the window of the estimate, and from that of the variance, which the distance between the limits gives.
    """
    (x, rest), added = _corrected(r, effect, solved)
    size = r.m + 2 * added
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = [_other_risk(effect.measure, x, rest, value, solved) * size for value in estimate_window(effect)]
        if solved == "c":
            ends.reverse()
        low, high = _by_variance(effect, x, rest, size)
    bottom = np.fmax(np.fmax(ends[0], low), -1.0) - added  # fmax: what is not defined does not bound
    top = np.fmin(np.fmin(ends[1], high), size + 1.0) - added
    lo = np.maximum(r.lo, np.floor(np.clip(bottom * (1 - 1e-9), -2, r.m + 2)).astype(np.int64) - 1)
    hi = np.minimum(r.hi, np.ceil(np.clip(top * (1 + 1e-9), -2, r.m + 2)).astype(np.int64) + 1)
    return r._replace(lo=lo, hi=hi)


def _corrected(r: Ranges, effect: Effect, solved: str) -> tuple[tuple[Floats, Floats], Floats]:
    """Events and non-events of the listed arm under the zero-cell rule, and what the rule adds to the other arm's cells."""
    ones = np.ones(r.x.size)
    first, second = (r.x.astype(float), (r.n - r.x).astype(float)), (ones, r.m - ones)
    n, m = r.n.astype(float), r.m.astype(float)
    cells, sizes = ((*first, *second), (n, m)) if solved == "c" else ((*second, *first), (m, n))
    adjusted, _ = effect.zero.adjust(*cells, sizes=sizes)
    mine, other = (adjusted[:2], adjusted[2]) if solved == "c" else (adjusted[2:], adjusted[0])
    return (mine[0], mine[1]), other - 1


def variance_window(effect: Effect) -> tuple[float, float]:
    """Where the sampling variance lies, from the distance between the limits."""
    lower, upper = effect.ci_low, effect.ci_high
    if lower is None or upper is None:
        return 0.0, math.inf
    ends = [(upper.low, lower.high), (upper.high, lower.low)]
    if effect.measure == "RD":
        widths = [u - v for u, v in ends]
    else:
        widths = [
            math.log(u / v) if u > 0 and v > 0 and math.isfinite(u) else math.copysign(math.inf, i - 0.5)
            for i, (u, v) in enumerate(ends)
        ]
    low, high = (max(width, 0.0) / (2 * quantile(effect.level, None)) for width in widths)
    return low**2 * (1 - 1e-9), high**2 * (1 + 1e-9)


def _by_variance(effect: Effect, x: Floats, rest: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Bounds of the solved arm's (corrected) events where the variance allows one interval; NaN where it does not bound."""
    low, high = variance_window(effect)
    total = x + rest
    if effect.measure == "RR":  # 1/y - 1/size = what the other arm leaves
        other = 1 / x - 1 / total - 1 / size
        least, most = high - other, low - other
        return np.where(least > 0, 1 / least, np.where(np.isfinite(least), np.inf, np.nan)), np.where(
            most > 0, 1 / most, np.nan
        )
    if effect.measure == "OR":  # 1/y + 1/(size - y) at most that
        product = 1 / (high - 1 / x - 1 / rest) if math.isfinite(high) else np.zeros_like(x)
        product = np.where(product < 0, np.inf, product * size)
    else:  # y (size - y) / size^3 at least that
        product = np.maximum(low - x * rest / total**3, 0.0) * size**3
    root = np.sqrt(np.maximum(size**2 / 4 - product, 0.0))
    impossible = product > size**2 / 4 * (1 + 1e-9)
    return np.where(impossible, np.inf, size / 2 - root), np.where(impossible, -np.inf, size / 2 + root)


def _other_risk(measure: str, x: Floats, rest: Floats, effect: float, solved: str) -> Floats:
    """The risk of the solved arm that goes with an effect, given events and non-events of the other."""
    risk = x / (x + rest)
    if measure == "RD":
        return risk - effect if solved == "c" else risk + effect
    if measure == "RR":
        return risk / effect if solved == "c" else risk * effect
    odds = x / rest
    odds = odds / effect if solved == "c" else odds * effect
    return np.where(np.isinf(odds), 1.0, odds / (1 + odds))


def _bisected(r: Ranges, effect: Effect, solved: str, *, which: int, window: Interval) -> Ranges:
    """The part of ranges in which one number of an effect lies in its window."""

    def value(y: Ints) -> Floats:
        return effect_values(effect, block_of(r, y, solved))[which]

    enters, stays = (at_most, at_least) if solved == "c" else (at_least, at_most)
    lo = first_true(lambda y: enters(window, value(y)), r.lo, r.hi)
    hi = first_true(lambda y: ~stays(window, value(y)), r.lo, r.hi) - 1
    return r._replace(lo=lo, hi=hi).nonempty()


def first_true(predicate: Predicate, lo: Ints, hi: Ints) -> Ints:
    """The first whole number of each range with a property that all later ones share; ``hi + 1`` where none has it."""
    left, right = lo.copy(), hi + 1
    while np.any(left < right):
        open_ = left < right
        middle = (left + right) // 2
        yes = predicate(np.minimum(middle, hi))
        right = np.where(open_ & yes, middle, right)
        left = np.where(open_ & ~yes, middle + 1, left)
    return left
