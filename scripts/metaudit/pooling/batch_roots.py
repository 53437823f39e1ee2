"""tau2 of many data sets at once: closed forms, roots of Q, and the higher maximum of the likelihoods.

The maxima are bracketed by a scan of the score over tau2. Sets that share their studies share its weights, so that the
scan is one matrix product; Newton's method then ends each bracket, on sums of residuals, for all of them together.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.batch_sums import Sets, Sums, down, score_at, sums_at

STEP = 1.3  # ratio of vmin + tau2 between neighbours of the scan
_FINE = 24  # points put between the neighbours of a turning point of the score
_NEWTON = 200
_BLOCK = 8192  # numbers of one array of a block of sets
_EPS = float(np.finfo(float).eps)
Ints = NDArray[np.integer[Any]]


def q_roots(sets: Sets, q_zero: Floats, target: Floats, start: Floats) -> Floats:
    """Root in tau2 of Q = target for each set; 0 where Q(0) is not above it.

    Newton's method on 1/Q, which is nearly straight in tau2; Q falls everywhere, so each value also moves one end of
    a bracket that a step may not leave.
    """
    out = np.zeros(q_zero.size)
    live = np.flatnonzero(q_zero > target)
    low, high = np.zeros(live.size), np.full(live.size, np.inf)
    tau2, goal, part = start[live], target[live], sets.take(live)
    for _ in range(_NEWTON):
        if not live.size:
            return out
        s = sums_at(part, tau2, third=False)
        above = s.q > goal
        low, high = np.where(above, tau2, low), np.where(above, high, tau2)
        new = tau2 + s.q * (s.q / goal - 1) / s.q2
        rounding = 4 * _EPS * s.q / s.q2  # of the order of eps (v + tau2): no root is known better
        settled = (np.abs(new - tau2) <= rounding) | (high - low <= rounding)
        middle = np.where(np.isinf(high), 2 * tau2 + s.q / s.q2, (low + high) / 2)
        new = np.where((new > low) & (new < high), new, np.where(settled, tau2, middle))
        out[live] = new
        go = np.flatnonzero(~settled)
        if go.size < live.size:
            live, low, high, tau2, goal, part = live[go], low[go], high[go], new[go], goal[go], part.take(go)
        else:
            tau2 = new
    raise ArithmeticError("Q did not reach its target")


def likelihood_maxima(sets: Sets, *, restricted: bool) -> Floats:
    """tau2 at the highest maximum of the (restricted) likelihood of each set, shape ``(n,)``."""
    if "scan" not in sets.remembered:  # one for both likelihoods
        grid = _grid(sets)
        sets.remembered["scan"] = grid, _scan(sets, grid), sums_at(sets, np.zeros(sets.c.shape[1]))
    grid, slopes, first = sets.remembered["scan"]
    slope = slopes[restricted]
    slope[0] = _score(first, restricted=restricted)
    rows, columns = np.nonzero((slope[:-1] > 0) & (slope[1:] <= 0))
    low, high = (_pick(grid, rows + i, columns) for i in (0, 1))
    guess = _between(low, high, slope[rows, columns], slope[rows + 1, columns])
    where = _turning(grid, slope, _bend(first, restricted=restricted))
    extra = _stepped_over(sets, *where, restricted=restricted)
    low, high, guess = (np.concatenate(pair) for pair in zip((low, high, guess), extra[1:], strict=True))
    columns = np.concatenate([columns, extra[0]])
    roots = _newton(sets, columns, (low, high, guess), restricted=restricted)
    return _highest(sets, slope[0] <= 0, columns, roots, restricted=restricted)


def _top(sets: Sets) -> Floats:
    """Where both likelihoods already fall: max(largest v, range of y squared), for each set or for all."""
    spread = np.ptp(sets.y, axis=0)
    return np.asarray(np.maximum(sets.v.max(axis=0), spread**2))


def _grid(sets: Sets) -> Floats:
    """Values of tau2, shape ``(m, 1)`` or ``(m, n)``, with vmin + tau2 growing by ``STEP``."""
    smallest = sets.v.min(axis=0)
    count = int(_steps(sets).max())
    return np.asarray(smallest * np.expm1(np.arange(count + 1) * math.log(STEP))[:, None])


def _steps(sets: Sets) -> Ints:
    """How many steps take a scan to its end, for each set or for all."""
    ratio = np.log1p(_top(sets) / sets.v.min(axis=0))
    return np.asarray(np.ceil(ratio / math.log(STEP)) + 1).astype(np.int64)


def _score(s: Sums, *, restricted: bool) -> Floats:
    return _score_of((s.q2, s.total, s.trace_p), restricted=restricted)


def _score_of(sums: tuple[Floats, Floats, Floats], *, restricted: bool) -> Floats:
    q2, total, trace_p = sums
    return np.asarray(q2 - (trace_p if restricted else total))


def _bend(s: Sums, *, restricted: bool) -> Floats:
    """Derivative of ``_score`` in tau2."""
    slope = -2 * s.q3 + 2 * s.a**2 / s.total + s.s2
    if restricted:
        slope += (s.s2 / s.total) ** 2 - 2 * s.s3 / s.total
    return np.asarray(slope)


def _scan(sets: Sets, grid: Floats) -> tuple[Floats, Floats]:
    """Twice the score of the likelihood, and of the restricted one, at every point of the grid, shape ``(m, n)`` each."""
    m, n = grid.shape[0], sets.c.shape[1]
    if not sets.shared or sets.graded:
        return _scan_by_set(sets, grid)
    y = sets.y.ravel()
    w = 1 / (sets.v.ravel() + grid)
    ww = w * w
    total, wy, s2, a1, a2 = (np.stack([w, w * y, ww, ww * y, ww * y * y]).reshape(5 * m, -1) @ sets.c).reshape(5, m, n)
    mean = wy / total
    out = a2 - mean * (2 * a1 - mean * s2)
    out -= total
    s2 /= total
    s2 += out
    return out, s2


def _scan_by_set(sets: Sets, grid: Floats) -> tuple[Floats, Floats]:
    """The same for sets of their own, in blocks that stay in the processor's cache; each set to its own end of the scan.

    Beyond it both likelihoods fall: the last score is written on, which crosses nothing.
    """
    m, n = grid.shape[0], sets.c.shape[1]
    needed = _steps(sets)
    size = n if grid.shape[1] == 1 else max(64, _BLOCK // sets.c.shape[0])
    order = np.argsort(-needed, kind="stable") if size < n else np.arange(n)
    plain, restricted = np.empty((2, m, n))
    for start in range(0, n, size):
        some = order[start : start + size]
        part = sets if size >= n else sets.take(some)
        last = min(m - 1, int(needed[some].max() if needed.size > 1 else needed[0]))
        for i in range(last + 1):
            at = grid[i] if grid.shape[1] == 1 else grid[i, some]
            q2, total, trace_p = score_at(part, np.broadcast_to(at, (some.size,)))
            plain[i, some], restricted[i, some] = q2 - total, q2 - trace_p
        plain[last + 1 :, some], restricted[last + 1 :, some] = plain[last, some], restricted[last, some]
    return plain, restricted


def _pick(grid: Floats, rows: Ints, columns: Ints) -> Floats:
    return np.asarray(grid[rows, 0] if grid.shape[1] == 1 else grid[rows, columns])


def _between(low: Floats, high: Floats, at_low: Floats, at_high: Floats) -> Floats:
    """Where a straight line through the two scores is 0."""
    share = at_low / (at_low - at_high)
    return low + (high - low) * share


def _turning(grid: Floats, slope: Floats, at_zero: Floats) -> tuple[Ints, Floats, Floats]:
    """Sets and ranges of tau2 in which the score turns back towards 0, close enough to have crossed it in between.

    It matters next to tau2 = 0: where the score is barely negative at 0 and then positive for less than a step of the
    scan, 0 is not the likeliest value (1 of 20,000 data sets of three studies under ML).
    """
    inner = slope[1:-1]
    before, after = inner - slope[:-2], inner - slope[2:]
    peak = (inner < 0) & (before >= 0) & (after >= 0)
    dip = (inner > 0) & (before <= 0) & (after <= 0)
    near = np.abs(inner) <= np.maximum(np.abs(before), np.abs(after))
    rows, columns = np.nonzero((peak | dip) & near)
    width = np.broadcast_to(grid[1], at_zero.shape)
    first = np.flatnonzero((slope[0] <= 0) & (slope[1] < slope[0]) & (slope[0] + at_zero * width > 0))
    low = np.concatenate([_pick(grid, rows, columns), np.zeros(first.size)])
    high = np.concatenate([_pick(grid, rows + 2, columns), width[first]])
    return np.concatenate([columns, first]), low, high


def _stepped_over(
    sets: Sets, columns: Ints, low: Floats, high: Floats, *, restricted: bool
) -> tuple[Ints, Floats, Floats, Floats]:
    """Brackets ``(set, low, high, guess)`` of the roots that a finer scan of the given ranges finds."""
    none = np.zeros(0)
    found: list[tuple[Ints, Floats, Floats, Floats]] = [(np.zeros(0, dtype=np.int64), none, none, none)]
    if columns.size:
        part = sets.take(columns)
        points = [low + (high - low) * i / _FINE for i in range(_FINE + 1)]
        values = [_score_of(score_at(part, t), restricted=restricted) for t in points]
        for i in range(_FINE):
            cross = np.flatnonzero((values[i] > 0) & (values[i + 1] <= 0))
            left, right = points[i][cross], points[i + 1][cross]
            found.append((columns[cross], left, right, _between(left, right, values[i][cross], values[i + 1][cross])))
    found_columns, *ends = (np.concatenate(part) for part in zip(*found, strict=True))
    return found_columns, ends[0], ends[1], ends[2]


def _newton(sets: Sets, columns: Ints, bracket: tuple[Floats, Floats, Floats], *, restricted: bool) -> Floats:
    """The root of the score in each bracket ``(low, high, guess)``, of the set its column names."""
    low, high, tau2 = bracket
    out = tau2.copy()
    live = np.arange(columns.size)
    whole = columns.size == sets.c.shape[1] and bool(np.all(columns == np.arange(columns.size)))
    part = sets if whole else sets.take(columns)
    for _ in range(_NEWTON):
        if not live.size:
            return out
        s = sums_at(part, tau2)
        value = _score(s, restricted=restricted)
        slope = _bend(s, restricted=restricted)
        up = value > 0
        low, high = np.where(up, tau2, low), np.where(up, high, tau2)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = tau2 - value / slope
        rounding = 4 * _EPS * np.sqrt(part.k / s.s2)  # of the order of eps (v + tau2): no root is known better
        settled = (np.abs(new - tau2) <= rounding) | (high - low <= rounding)
        new = np.where((new > low) & (new < high), new, np.where(settled, tau2, (low + high) / 2))
        out[live] = new
        go = np.flatnonzero(~settled)
        if go.size < live.size:
            live, low, high, tau2, part = live[go], low[go], high[go], new[go], part.take(go)
        else:
            tau2 = new
    raise ArithmeticError("the score did not reach zero")


def _highest(sets: Sets, zero: NDArray[np.bool_], columns: Ints, roots: Floats, *, restricted: bool) -> Floats:
    """Of all candidates of a set (its roots, and 0 where the score there is not positive) the likeliest."""
    n = sets.c.shape[1]
    number = np.bincount(columns, minlength=n) + zero
    out = np.zeros(n)
    single = number[columns] == 1
    out[columns[single]] = roots[single]
    several = np.flatnonzero(number > 1)
    if several.size:
        best = np.where(zero[several], _height(sets.take(several), np.zeros(several.size), restricted), -np.inf)
        place = np.full(n, -1)
        place[several] = np.arange(several.size)
        several_columns, several_roots = columns[~single], roots[~single]
        heights = _height(sets.take(several_columns), several_roots, restricted)
        for column, root, height in zip(place[several_columns], several_roots, heights, strict=True):
            if height > best[column]:
                best[column], out[several[column]] = height, root
    return out


def _height(sets: Sets, tau2: Floats, restricted: bool) -> Floats:
    """Log-likelihood of each set up to a constant."""
    s = sums_at(sets, tau2, third=False)
    log_det = down(sets.c * np.log(sets.v + tau2))
    return np.asarray(-0.5 * (log_det + s.q + (np.log(s.total) if restricted else 0.0)))
