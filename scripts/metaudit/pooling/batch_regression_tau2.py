"""tau2 of many meta-regressions at once: moments, roots of Q, and the higher maximum of the likelihoods.

With W = diag(1 / (vi + tau2)), M = (X'WX)⁻¹ and P = W - WXMX'W, everything is made of y'Py, y'PPy, y'PPPy and the traces of
W, P, WW and PP (Viechtbauer 2005; Raudenbush 2009, app. 16). The maxima are bracketed by a scan of the score, as in
``metaudit.pooling.batch_roots`` for models of a mean alone, and Newton's method ends every bracket.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtri

from metaudit.effects.zero_cells import Floats

_STEP = 1.3  # ratio of vmin + tau2 between neighbours of the scan
_FINE = 24  # points put between the neighbours of a turning point of the score
_ROUNDS = 100
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Problems:
    """``d`` data sets on one design.

    Attributes
    ----------
    y, v : shape ``(k, d)``, finite also where a row is not in
    inside : 1 where a row is in, else 0, shape ``(k, d)``
    x : orthonormal design, shape ``(k, p)``
    """

    y: Floats
    v: Floats
    inside: Floats
    x: Floats

    @property
    def df(self) -> Floats:
        """Residual degrees of freedom, shape ``(d,)``."""
        return np.asarray(self.inside.sum(axis=0) - self.x.shape[1])

    @property
    def smallest(self) -> Floats:
        """The smallest variance of each set, shape ``(d,)``."""
        return np.asarray(np.where(self.inside > 0, self.v, np.inf).min(axis=0))

    def take(self, which: Any) -> Problems:
        """Some of the sets."""
        return Problems(self.y[:, which], self.v[:, which], self.inside[:, which], self.x)


@dataclass(frozen=True)
class Sums:
    """Weighted least squares at one tau2 for each set; fields without a shape have shape ``(d,)``.

    Attributes
    ----------
    beta : shape ``(d, p)``
    m : (X'WX)⁻¹, shape ``(d, p, p)``
    w, residual : shape ``(k, d)``
    q, q2 : y'Py and y'PPy
    trace_w, trace_p : of W and of P
    g : M X'WWX, shape ``(d, p, p)``
    """

    beta: Floats
    m: Floats
    w: Floats
    residual: Floats
    q: Floats
    q2: Floats
    trace_w: Floats
    trace_p: Floats
    g: Floats


def weighted(x: Floats, w: Floats) -> Floats:
    """X'WX of every set, shape ``(d, p, p)``."""
    k, p = x.shape
    return np.asarray((w.T @ (x[:, :, None] * x[:, None, :]).reshape(k, p * p)).reshape(-1, p, p))


def solved(m: Floats, x: Floats, z: Floats) -> Floats:
    """M X'z of every set, shape ``(d, p)``; ``z`` has shape ``(k, d)``."""
    return np.asarray(np.einsum("dij,dj->di", m, z.T @ x))


def sums_at(sets: Problems, tau2: Floats, weights: Floats | None = None) -> Sums:
    """Fit every set at its tau2, or by given weights of shape ``(k, d)``; what rounding leaves in the residuals goes."""
    x = sets.x
    w: Floats = np.asarray(sets.inside / (sets.v + tau2)) if weights is None else weights
    m: Floats = np.asarray(np.linalg.inv(weighted(x, w)), dtype=float)
    first = solved(m, x, w * sets.y)
    beta: Floats = first + solved(m, x, w * (sets.y - x @ first.T))
    residual = sets.y - x @ beta.T
    g = m @ weighted(x, w * w)
    trace_w = w.sum(axis=0)
    pulled = w * residual
    return Sums(
        beta, m, w, residual, (pulled * residual).sum(axis=0), (pulled**2).sum(axis=0), trace_w,
        trace_w - np.trace(g, axis1=1, axis2=2), g,
    )  # fmt: skip


def tau2_of(sets: Problems, method: str) -> tuple[Floats, Any]:
    """tau2 truncated at 0, and which sets did not settle; both of shape ``(d,)``. Sets need a residual degree of freedom."""
    d, df = sets.y.shape[1], sets.df
    settled = np.ones(d, dtype=bool)
    if method == "FE":
        return np.zeros(d), ~settled
    if method in ("ML", "REML"):
        found, settled = _maxima(sets, restricted=method == "REML")
    elif method in ("PM", "EB", "PMM"):
        found, settled = _q_roots(sets, df if method != "PMM" else np.asarray(chdtri(df, 0.5)))
    else:
        found = _closed(sets, method)
    return np.where(_equal(sets) & (method in ("ML", "REML", "SJ")), 0.0, np.maximum(0.0, found)), ~settled


def _equal(sets: Problems) -> Any:
    there = sets.inside > 0
    return np.where(there, sets.y, -np.inf).max(axis=0) == np.where(there, sets.y, np.inf).min(axis=0)


def _closed(sets: Problems, method: str) -> Floats:
    """Moments, with the sources and the forms of ``metaudit.pooling.tau2_closed``."""
    zero, df = np.zeros(sets.y.shape[1]), sets.df
    if method in ("HE", "PM2"):
        equal = _moments(sets, sets.inside)
        return equal if method == "HE" else _moments(sets, sets.inside / (sets.v + np.maximum(0.0, equal)))
    if method == "SJ":
        k = sets.inside.sum(axis=0)
        mean = (sets.inside * sets.y).sum(axis=0) / k
        start = (sets.inside * (sets.y - mean) ** 2).sum(axis=0) / k
        return np.asarray(start * sums_at(sets, np.where(start > 0, start, 1.0)).q / df)
    first = sums_at(sets, zero)
    if method in ("HS", "HSk"):
        k = sets.inside.sum(axis=0)
        return np.asarray((first.q * (k / df if method == "HSk" else 1.0) - k) / first.trace_w)
    found = (first.q - df) / first.trace_p
    return np.asarray(found if method == "DL" else _moments(sets, sets.inside / (sets.v + np.maximum(0.0, found))))


def _moments(sets: Problems, a: Floats) -> Floats:
    """General method of moments (DerSimonian and Kacker 2007): (Q_a - tr(P_a V)) / tr(P_a)."""
    s = sums_at(sets, np.zeros(a.shape[1]), a)
    taken = np.trace(s.m @ weighted(sets.x, a * a * sets.v), axis1=1, axis2=2)
    return np.asarray((s.q - ((a * sets.v).sum(axis=0) - taken)) / s.trace_p)


def _q_roots(sets: Problems, target: Floats) -> tuple[Floats, Any]:
    """Root of Q = target by Newton's method on 1/Q within a bracket; 0 where Q(0) is not above it (Paule and Mandel 1982)."""
    d = target.size
    out, settled = np.zeros(d), np.ones(d, dtype=bool)
    live = np.flatnonzero(sums_at(sets, out).q > target)
    settled[live] = False
    tau2 = np.maximum(0.0, _closed(sets.take(live), "DL")) if live.size else np.zeros(0)
    low, high = np.zeros(live.size), np.full(live.size, np.inf)
    for _ in range(_ROUNDS if live.size else 0):
        s, goal = sums_at(sets.take(live), tau2), target[live]
        low, high = np.where(s.q > goal, tau2, low), np.where(s.q > goal, high, tau2)
        new = tau2 + s.q * (s.q / goal - 1) / s.q2
        done = (np.abs(new - tau2) <= 8 * _EPS * s.q / s.q2) | (high - low <= 8 * _EPS * s.q / s.q2)
        middle = np.where(np.isinf(high), 2 * tau2 + s.q / s.q2, (low + high) / 2)
        tau2 = np.where((new > low) & (new < high), new, np.where(done, tau2, middle))
        out[live], settled[live] = tau2, done
        live, low, high, tau2 = live[~done], low[~done], high[~done], tau2[~done]
        if not live.size:
            break
    return out, settled


def _score(s: Sums, restricted: bool) -> Floats:
    """Twice the derivative of the log-likelihood in tau2 (Viechtbauer 2005)."""
    return np.asarray(s.q2 - (s.trace_p if restricted else s.trace_w))


def _bend(sets: Problems, s: Sums, restricted: bool) -> Floats:
    """Derivative of :func:`_score`: -2 y'PPPy + tr PP, or tr WW."""
    pulled = s.w * s.residual
    left = pulled - sets.x @ solved(s.m, sets.x, s.w * pulled).T
    trace = (s.w**2).sum(axis=0)
    if restricted:
        cubes = s.m @ weighted(sets.x, s.w**3)
        trace = trace - 2 * np.trace(cubes, axis1=1, axis2=2) + np.einsum("dij,dji->d", s.g, s.g)
    return np.asarray(trace - 2 * (s.w * left**2).sum(axis=0))


def _height(sets: Problems, tau2: Floats, restricted: bool) -> Floats:
    """Log-likelihood of each set up to a constant."""
    s = sums_at(sets, tau2)
    out = s.q + (sets.inside * np.log(sets.v + tau2)).sum(axis=0)
    if restricted:
        out = out - np.linalg.slogdet(s.m)[1]
    return np.asarray(-0.5 * out)


def _top(sets: Problems) -> Floats:
    """Above it both likelihoods fall (``tau2_likelihood.largest_tau2``)."""
    plain = sums_at(sets, np.zeros(sets.y.shape[1]), sets.inside)
    return np.asarray(np.maximum((sets.inside * sets.v).max(axis=0), 2 * plain.q / sets.df))


def _scan(sets: Problems, restricted: bool) -> tuple[Floats, Floats]:
    """Values of tau2, each set's own, and the score there, shape ``(m, d)``; -inf beyond what a set needs."""
    smallest, top = sets.smallest, _top(sets)
    steps = np.ceil(np.log1p(top / smallest) / math.log(_STEP)).astype(int) + 1
    grid = smallest * np.expm1(np.arange(steps.max() + 1) * math.log(_STEP))[:, None]
    slope = np.full(grid.shape, -np.inf)
    for i, row in enumerate(grid):
        live = np.flatnonzero(steps >= i)
        slope[i, live] = _score(sums_at(sets.take(live), row[live]), restricted)
    return grid, slope


def _maxima(sets: Problems, *, restricted: bool) -> tuple[Floats, Any]:
    """tau2 at the highest maximum of each set, and which are settled."""
    d = sets.y.shape[1]
    grid, slope = _scan(sets, restricted)
    rows, columns = np.nonzero((slope[:-1] > 0) & (slope[1:] <= 0))
    low, high = grid[rows, columns], grid[rows + 1, columns]
    more = _stepped_over(sets, *_turning(sets, grid, slope, restricted), restricted=restricted)
    columns, low, high = (np.concatenate(pair) for pair in zip((columns, low, high), more, strict=True))
    roots, done = _newton(sets, columns, low, high, restricted)
    settled = np.ones(d, dtype=bool)
    settled[columns[~done]] = False
    zero = slope[0] <= 0
    settled &= (np.bincount(columns, minlength=d) + zero) > 0
    return _highest(sets, zero, columns, roots, restricted), settled


def _turning(sets: Problems, grid: Floats, slope: Floats, restricted: bool) -> tuple[Any, Floats, Floats]:
    """Sets and ranges of tau2 in which the score turns back towards 0 and may have crossed it in between."""
    inner = slope[1:-1]
    with np.errstate(invalid="ignore"):
        before, after = inner - slope[:-2], inner - slope[2:]
        peak = (inner < 0) & (before >= 0) & (after >= 0)
        dip = (inner > 0) & (before <= 0) & (after <= 0)
    rows, columns = np.nonzero(peak | dip)
    first = sums_at(sets, np.zeros(grid.shape[1]))
    rising = np.flatnonzero((slope[0] <= 0) & (slope[1] < slope[0]) & (_bend(sets, first, restricted) > 0))
    low = np.concatenate([grid[rows, columns], np.zeros(rising.size)])
    return np.concatenate([columns, rising]), low, np.concatenate([grid[rows + 2, columns], grid[1, rising]])


def _stepped_over(
    sets: Problems, columns: Any, low: Floats, high: Floats, *, restricted: bool
) -> tuple[Any, Floats, Floats]:
    """Brackets of the roots that a finer scan of the given ranges finds, beside those that the scan has."""
    found: list[tuple[Any, Floats, Floats]] = [(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))]
    if columns.size:
        part = sets.take(columns)
        points = [low + (high - low) * i / _FINE for i in range(_FINE + 1)]
        values = [_score(sums_at(part, t), restricted) for t in points]
        for i in range(_FINE):
            cross = np.flatnonzero((values[i] > 0) & (values[i + 1] <= 0))
            found.append((columns[cross], points[i][cross], points[i + 1][cross]))
    columns, low, high = (np.concatenate(part) for part in zip(*found, strict=True))
    return columns, low, high


def _newton(sets: Problems, columns: Any, low: Floats, high: Floats, restricted: bool) -> tuple[Floats, Any]:
    """The root of the score in each bracket, and whether it is found."""
    out, done = (low + high) / 2, np.zeros(columns.size, dtype=bool)
    live, tau2 = np.arange(columns.size), out.copy()
    for _ in range(_ROUNDS):
        if not live.size:
            break
        part = sets.take(columns[live])
        s = sums_at(part, tau2)
        value = _score(s, restricted)
        low, high = np.where(value > 0, tau2, low), np.where(value > 0, high, tau2)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = tau2 - value / _bend(part, s, restricted)
        rounding = 32 * _EPS * (part.smallest + tau2)
        over = (np.abs(new - tau2) <= rounding) | (high - low <= rounding)
        tau2 = np.where((new > low) & (new < high), new, np.where(over, tau2, (low + high) / 2))
        out[live], done[live] = tau2, over
        live, low, high, tau2 = live[~over], low[~over], high[~over], tau2[~over]
    return out, done


def _highest(sets: Problems, zero: Any, columns: Any, roots: Floats, restricted: bool) -> Floats:
    """Of all candidates of a set (its roots, and 0 where the score there is not positive) the likeliest."""
    out = np.zeros(sets.y.shape[1])
    best = np.full(out.size, -np.inf)
    asked = np.flatnonzero(zero & (np.bincount(columns, minlength=out.size) > 0))
    if asked.size:
        best[asked] = _height(sets.take(asked), out[asked], restricted)
    if columns.size:
        for column, root, height in zip(columns, roots, _height(sets.take(columns), roots, restricted), strict=True):
            if height > best[column]:
                best[column], out[column] = height, root
    return out
