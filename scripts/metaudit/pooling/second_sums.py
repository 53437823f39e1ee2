"""Weighted least squares once more, for checking: pairwise differences, sums about a pivot, Householder QR.

Nothing here is shared with ``linear.py`` and ``tau2.py``, which it serves to check. Each sum comes with a bound on what
rounding can have done to it, so that a check can tell an error from the last digits of a cancelling difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaudit.effects.zero_cells import Floats

ROUNDING = 2e-14  # a hundred times the unit of rounding: room for sums over a few hundred studies, on either side
PAIRWISE_LIMIT = 400  # studies; above it the table of pairs costs more than it is worth


@dataclass(frozen=True)
class Sums:
    """What the checks need at each of ``m`` values of tau2.

    Attributes
    ----------
    q, q2 : residual sums of squares with weights ``w = 1 / (vi + tau2)`` and with squared weights, shape ``(m,)``
    q_noise, q2_noise : what rounding may have done to them
    trace_w, trace_p : traces of W and of P = W - WX(X'WX)⁻¹X'W
    log_w, log_x : log determinants of W and of X'WX
    """

    q: Floats
    q2: Floats
    q_noise: Floats
    q2_noise: Floats
    trace_w: Floats
    trace_p: Floats
    log_w: Floats
    log_x: Floats


def is_intercept(x: Floats) -> bool:
    """Whether the design is a column of ones."""
    return bool(x.shape[1] == 1 and np.all(x == 1))


def sums(yi: Floats, vi: Floats, x: Floats, tau2: Floats) -> Sums:
    """All sums at every tau2.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    tau2 : shape ``(m,)``
    """
    w = 1 / (vi[None, :] + np.asarray(tau2, dtype=float)[:, None])
    total = w.sum(axis=1)
    if is_intercept(x):
        d = yi - yi[int(np.argmin(vi))]
        residual = d - ((w * d).sum(axis=1) / total)[:, None]
        trace_p = (w * (total[:, None] - w)).sum(axis=1) / total
        log_x = np.log(total)
    else:
        root = np.sqrt(w)
        basis, r = np.linalg.qr(root[:, :, None] * x[None, :, :])
        scaled = root * yi
        for _ in range(2):  # the second pass removes what rounding left along the columns of the design
            scaled = scaled - np.einsum("mkp,mp->mk", basis, np.einsum("mkp,mk->mp", basis, scaled))
        residual = scaled / root
        trace_p = total - np.einsum("mk,mkp->m", w, basis**2)
        log_x = 2 * np.log(np.abs(np.diagonal(r, axis1=1, axis2=2))).sum(axis=1)
    wr = w * residual
    q, q2 = (wr * residual).sum(axis=1), (wr**2).sum(axis=1)
    size = ROUNDING * float(np.abs(yi).max())
    spread = np.abs(wr).sum(axis=1)
    q_noise = ROUNDING * q + 2 * size * spread + size**2 * total
    q2_noise = ROUNDING * q2 + 2 * size * (w * np.abs(wr)).sum(axis=1) + size**2 * (w**2).sum(axis=1)
    return Sums(q, q2, q_noise, q2_noise, total, trace_p, np.log(w).sum(axis=1), log_x)


def pairwise_q(yi: Floats, weights: Floats) -> float:
    """Weighted sum of squares about the weighted mean, from all differences between two studies.

    ``sum over i < j of w_i w_j (y_i - y_j)² / sum of w`` (Lagrange's identity): no mean, nothing subtracted from a sum.
    """
    if yi.size > PAIRWISE_LIMIT:
        d = yi - float(np.median(yi))
        d = d - float(np.sum(weights * d) / np.sum(weights))
        return float(np.sum(weights * d**2))
    difference = yi[:, None] - yi[None, :]
    return float(weights @ (difference * difference) @ weights / (2 * weights.sum()))


@dataclass(frozen=True)
class Moments:
    """Q = y'Py for any weights, with E(Q) = trace_pv + tau2 trace_p; ``noise`` is what rounding may do to Q."""

    q: float
    trace_p: float
    trace_pv: float
    noise: float


def moments(yi: Floats, vi: Floats, x: Floats, weights: Floats) -> Moments:
    """Of the generalised Q with fixed weights (DerSimonian and Kacker 2007); shapes as in ``sums``."""
    total = float(weights.sum())
    if is_intercept(x):
        q = pairwise_q(yi, weights)
        share = weights * (total - weights) / total
        spread = float(np.sum(weights * np.abs(yi - np.sum(weights * yi) / total)))
    else:
        root = np.sqrt(weights)
        basis = np.linalg.qr(root[:, None] * x)[0]
        scaled = root * yi
        for _ in range(2):
            scaled = scaled - basis @ (basis.T @ scaled)
        q = float(scaled @ scaled)
        share = weights * (1 - np.sum(basis**2, axis=1))
        spread = float(np.sum(root * np.abs(scaled)))
    size = ROUNDING * float(np.abs(yi).max())
    noise = ROUNDING * q + 2 * size * spread + size**2 * total
    return Moments(q, float(share.sum()), float(np.sum(share * vi)), noise)
