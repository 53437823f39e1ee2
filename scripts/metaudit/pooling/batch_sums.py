"""Sums over the studies of many data sets at once: the arithmetic of the batch kernel.

Every array has studies along its first axis and data sets along its last, so that a sum over studies is a sum of long
rows. A study that occurs ``c`` times in a data set (0 or 1 in a subset, more in a bootstrap sample) counts ``c`` times.
Sums run study by study (``down``), so that a data set gives the same bits whatever shares its batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.records import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRADED = 1e4  # ratio of sampling variances from which sums are taken without subtracting near-equal numbers
_LOST = 1e-4  # share of Σwy² below which Q, the rest of it after subtracting, is taken again from residuals


def down(x: Floats) -> Floats:
    """Sums over the first axis, one term after the other, shape ``(n,)``.

    NumPy adds row to row where rows are contiguous, but in pairs along a single column or in Fortran's order: the last bit of a
    sum would depend on what else is in the batch. Rows of zeros at the end change nothing.

    Parameters
    ----------
    x : shape ``(k, n)``
    """
    if x.shape[1] == 1 and x.shape[0]:
        return np.asarray(np.add.accumulate(x, axis=0)[-1])
    return np.asarray(np.ascontiguousarray(x).sum(axis=0))


@dataclass(frozen=True)
class Sets:
    """Data sets of one batch.

    Attributes
    ----------
    y, v : effects and variances, shape ``(k, 1)`` when the sets share them, else ``(k, n)``
    c : how often each study occurs in each set, shape ``(k, n)``
    remembered : what several estimators need
    """

    y: Floats
    v: Floats
    c: Floats
    remembered: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def shared(self) -> bool:
        """Whether all sets are drawn from the same studies."""
        return bool(self.v.shape[1] == 1 and self.c.shape[1] != 1)

    @cached_property
    def k(self) -> Floats:
        """Number of studies in each set, shape ``(n,)``."""
        return down(self.c)

    @cached_property
    def graded(self) -> bool:
        """Whether some variance is so much smaller than another that subtracting sums would lose digits."""
        return bool(np.any(self.v.max(axis=0) > GRADED * self.v.min(axis=0)))

    @cached_property
    def heaviest(self) -> NDArray[np.intp]:
        """The most precise study of each set, shape ``(n,)``."""
        return np.asarray(np.argmin(np.where(self.c > 0, self.v, np.inf), axis=0))

    @cached_property
    def but_heaviest(self) -> Floats:
        """``c`` with the most precise study once less."""
        c = self.c.copy()
        c[self.heaviest, np.arange(c.shape[1])] -= 1
        return c

    def take(self, columns: NDArray[np.integer[Any]]) -> Sets:
        """Some of the sets, or some of them more than once."""
        shared = self.c.shape[1] != 1
        y, v, c = (a if a.shape[1] == 1 and shared else np.take(a, columns, axis=1) for a in (self.y, self.v, self.c))
        return Sets(y, v, c)


@record
class Sums:
    """Weighted sums at one tau2 for each set, with u = 1 / (v + tau2) and w = c u; every field has shape ``(n,)``.

    Attributes
    ----------
    total : Σw
    mean : Σwy / Σw
    q, q2, q3 : Σw r², Σwu r², Σwu² r² of the residuals r
    a : Σwu r
    s2, s3 : Σwu, Σwu²
    trace_p : Σw - Σwu / Σw
    """

    total: Floats
    mean: Floats
    q: Floats
    q2: Floats
    q3: Floats
    a: Floats
    s2: Floats
    s3: Floats
    trace_p: Floats


def mean_at(sets: Sets, tau2: Floats) -> tuple[Floats, Floats]:
    """Inverse-variance mean and total weight of each set."""
    w = sets.v + tau2
    np.divide(sets.c, w, out=w)
    total = down(w)
    mean = _weighted(sets, w) / total
    if sets.graded:
        mean = mean + down(w * (sets.y - mean)) / total
    return mean, total


def _weighted(sets: Sets, w: Floats) -> Floats:
    return np.asarray(sets.y.ravel() @ w) if sets.shared else down(w * sets.y)


def sums_at(sets: Sets, tau2: Floats, *, third: bool = True) -> Sums:
    """All sums at ``tau2``, shape ``(n,)``, from residuals; ``third`` asks for q3 and s3, else they are not taken."""
    u = sets.v + tau2
    np.divide(1.0, u, out=u)
    w = sets.c * u
    total = down(w)
    mean = _weighted(sets, w) / total
    r = sets.y - mean
    if sets.graded:
        shift = down(w * r) / total  # the mean is rounded; what that leaves in the residuals goes
        r -= shift
        mean = mean + shift
    wu = w * u
    s2 = down(wu)
    wr = w * r
    q = down(wr * r)
    wr *= u
    a = down(wr)
    wr *= r
    q2 = down(wr)
    trace_p = _trace_p(sets, u) if sets.graded else total - s2 / total
    if not third:
        return Sums(total, mean, q, q2, q2, a, s2, s2, trace_p)
    wr *= u
    q3 = down(wr)
    wu *= u
    return Sums(total, mean, q, q2, q3, a, s2, down(wu), trace_p)


def score_at(sets: Sets, tau2: Floats) -> tuple[Floats, Floats, Floats]:
    """``q2``, ``total`` and ``trace_p`` of :func:`sums_at`, bit by bit, without what the scores do not need."""
    u = sets.v + tau2
    np.divide(1.0, u, out=u)
    w = sets.c * u
    total = down(w)
    r = sets.y - _weighted(sets, w) / total
    if sets.graded:
        r -= down(w * r) / total
    wr = w * r
    wr *= u
    wr *= r
    q2 = down(wr)
    if sets.graded:
        return q2, total, _trace_p(sets, u)
    w *= u
    return q2, total, total - down(w) / total


def _trace_p(sets: Sets, u: Floats) -> Floats:
    """Σw - Σwu / Σw, with the heaviest study h apart: (u_h R + (R Σw - Σ'wu)) / Σw, R the sum of all but h.

    Neither bracket subtracts near-equal numbers, since Σ'wu is at most R u_h.
    """
    w = sets.but_heaviest * u
    rest = down(w)
    heaviest = u[sets.heaviest, np.arange(u.shape[1])]
    total = heaviest + rest
    w *= u
    return np.asarray((heaviest * rest + (rest * total - down(w))) / total)


def at_zero(sets: Sets) -> Sums:
    """The sums at tau2 = 0; q3, s3, a and q2 are not taken.

    Sets that share their studies get theirs from one matrix product; where subtracting lost digits, from residuals.
    """
    n = sets.c.shape[1]
    if not sets.shared or sets.graded:
        return sums_at(sets, np.zeros(n), third=False)
    y, w = sets.y.ravel(), 1 / sets.v.ravel()
    total, wy, wyy, s2 = np.stack([w, w * y, w * y * y, w * w]) @ sets.c
    mean = wy / total
    q = wyy - wy * mean
    lost = np.flatnonzero(q < _LOST * wyy)
    if lost.size:
        q[lost] = sums_at(sets.take(lost), np.zeros(lost.size), third=False).q
    none = np.zeros(n)
    return Sums(total, mean, q, none, none, none, s2, none, total - s2 / total)


def plain_squares(sets: Sets) -> Floats:
    """Σ(y - ȳ)² of each set, with equal weights; exactly 0 for equal effects, shape ``(n,)``."""
    mean = down(sets.c * sets.y) / sets.k
    r = sets.y - mean
    r -= down(sets.c * r) / sets.k
    return down(sets.c * r * r)
