"""Weighted least squares once more, for checking: pairwise differences, sums about a pivot, Householder QR.

Nothing here is shared with ``linear.py`` and ``tau2.py``, which it serves to check. Each sum comes with a bound on what
rounding can have done to it, so that a check can tell an error from the last digits of a cancelling difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from metaudit.effects.zero_cells import Floats

ROUNDING = 2e-14  # a hundred times the unit of rounding: room for sums over a few hundred studies, on either side
PAIRWISE_LIMIT = 400  # studies; above it the table of pairs costs more than it is worth


class Sums:
    """What the checks need at each of ``m`` values of tau2, what not all ask for worked out when it is asked for.

    Attributes
    ----------
    w : weights ``1 / (vi + tau2)``, shape ``(m, k)``
    q, q2 : residual sums of squares with weights ``w`` and with squared weights, shape ``(m,)``
    q_noise, q2_noise : what rounding may have done to them
    trace_w, trace_p : traces of W and of P = W - WX(X'WX)⁻¹X'W
    log_w, log_x : log determinants of W and of X'WX
    """

    def __init__(
        self, yi: Floats, w: Floats, residual: Floats, *, trace_p: Callable[[], Floats], log_x: Callable[[], Floats]
    ) -> None:
        self._yi, self.w, self._wr = yi, w, w * residual
        self.trace_w: Floats = np.add.reduce(w, 1)
        self.q: Floats = np.add.reduce(self._wr * residual, 1)
        self._trace_p, self._log_x = trace_p, log_x

    @cached_property
    def q2(self) -> Floats:
        """The residual sum of squares with squared weights."""
        return np.asarray((self._wr**2).sum(axis=1))

    @cached_property
    def _size(self) -> float:
        return ROUNDING * float(np.abs(self._yi).max())

    @cached_property
    def q_noise(self) -> Floats:
        """What rounding may have done to ``q``."""
        spread = np.abs(self._wr).sum(axis=1)
        return np.asarray(ROUNDING * self.q + 2 * self._size * spread + self._size**2 * self.trace_w)

    @cached_property
    def q2_noise(self) -> Floats:
        """What rounding may have done to ``q2``."""
        spread = (self.w * np.abs(self._wr)).sum(axis=1)
        return np.asarray(ROUNDING * self.q2 + 2 * self._size * spread + self._size**2 * (self.w**2).sum(axis=1))

    @cached_property
    def trace_p(self) -> Floats:
        """Trace of P = W - WX(X'WX)⁻¹X'W."""
        return self._trace_p()

    @cached_property
    def log_w(self) -> Floats:
        """Log determinant of W."""
        return np.asarray(np.log(self.w).sum(axis=1))

    @cached_property
    def log_x(self) -> Floats:
        """Log determinant of X'WX."""
        return self._log_x()


def is_intercept(x: Floats) -> bool:
    """Whether the design is a column of ones."""
    return bool(x.shape[1] == 1 and np.logical_and.reduce(x == 1, None))


def sums(yi: Floats, vi: Floats, x: Floats, tau2: Floats) -> Sums:
    """All sums at every tau2.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    tau2 : shape ``(m,)``
    """
    w = 1 / (vi + np.asarray(tau2, dtype=float)[:, None])
    if is_intercept(x):
        d = yi - yi[int(vi.argmin())]
        total = np.add.reduce(w, 1, keepdims=True)
        residual = d - np.add.reduce(w * d, 1, keepdims=True) / total
        return Sums(
            yi, w, residual, log_x=lambda: np.log(total[:, 0]),
            trace_p=lambda: (w * (total - w)).sum(axis=1) / total[:, 0],
        )  # fmt: skip
    root = np.sqrt(w)
    basis, r = np.linalg.qr(root[:, :, None] * x[None, :, :])
    scaled = root * yi
    for _ in range(2):  # the second pass removes what rounding left along the columns of the design
        scaled = scaled - np.einsum("mkp,mp->mk", basis, np.einsum("mkp,mk->mp", basis, scaled))
    return Sums(
        yi, w, scaled / root, trace_p=lambda: w.sum(axis=1) - np.einsum("mk,mkp->m", w, basis**2),
        log_x=lambda: 2 * np.log(np.abs(np.diagonal(r, axis1=1, axis2=2))).sum(axis=1),
    )  # fmt: skip


def pairwise_q(yi: Floats, weights: Floats) -> float:
    """Weighted sum of squares about the weighted mean, from all differences between two studies.

    ``sum over i < j of w_i w_j (y_i - y_j)² / sum of w`` (Lagrange's identity): no mean, nothing subtracted from a sum.
    """
    if yi.size > PAIRWISE_LIMIT:
        d = yi - float(np.median(yi))
        d = d - float(np.sum(weights * d) / np.sum(weights))
        return float(np.sum(weights * d**2))
    difference = yi[:, None] - yi[None, :]
    return float(weights @ (difference * difference) @ weights / (2 * np.add.reduce(weights)))


@dataclass(frozen=True)
class Moments:
    """Q = y'Py for any weights, with E(Q) = trace_pv + tau2 trace_p; ``total`` is the sum of the weights."""

    q: float
    trace_p: float
    trace_pv: float
    total: float
    bound: Callable[[], float]

    @cached_property
    def noise(self) -> float:
        """What rounding may do to Q."""
        return self.bound()


def moments(yi: Floats, vi: Floats, x: Floats, weights: Floats) -> Moments:
    """Of the generalised Q with fixed weights (DerSimonian and Kacker 2007); shapes as in ``sums``."""
    total = float(np.add.reduce(weights))
    if is_intercept(x):
        q = pairwise_q(yi, weights)
        share = weights * (total - weights) / total

        def spread() -> float:
            return float(weights @ np.abs(yi - weights @ yi / total))
    else:
        root = np.sqrt(weights)
        basis = np.linalg.qr(root[:, None] * x)[0]
        scaled = root * yi
        for _ in range(2):
            scaled = scaled - basis @ (basis.T @ scaled)
        q = float(scaled @ scaled)
        share = weights * (1 - np.sum(basis**2, axis=1))

        def spread() -> float:
            return float(root @ np.abs(scaled))

    def bound() -> float:
        size = ROUNDING * float(np.abs(yi).max())
        return ROUNDING * q + 2 * size * spread() + size**2 * total

    return Moments(q, float(np.add.reduce(share)), float(share @ vi), total, bound)


class Studies:
    """The studies of one fit for those who check it: what several checks need is worked out once.

    Attributes
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    df : k - p, not below 0
    """

    def __init__(self, yi: Floats, vi: Floats, x: Floats) -> None:
        self.yi, self.vi, self.x = (np.asarray(a, dtype=float) for a in (yi, vi, x))
        self.df = max(0, self.x.shape[0] - self.x.shape[1])

    @cached_property
    def intercept(self) -> bool:
        """Whether the design is a column of ones."""
        return is_intercept(self.x)

    @cached_property
    def moments(self) -> Moments:
        """Of Cochran's Q, with inverse variances as weights."""
        return moments(self.yi, self.vi, self.x, 1 / self.vi)

    @cached_property
    def typical(self) -> tuple[float, float]:
        """The typical sampling variance (Higgins and Thompson 2002), and the share of it that rounding may have moved."""
        trace_p = self.moments.trace_p
        return self.df / trace_p, ROUNDING * self.moments.total / trace_p
