"""Weighted least squares for one data set at many values of tau2 at once: what every tau2 estimator is made of.

One study a million times as precise as the others takes nearly all the weight, and what the others say is then a
difference of two nearly equal numbers. Nothing here subtracts such numbers: residuals are refined once, and the traces
are sums of positive terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

LARGEST = 1e60  # no variance, and no squared effect, may be larger, and no variance smaller than its inverse
MOST_UNEQUAL = 1e20  # ratio of variances up to which residuals refined once keep their digits
_CROWDED = 0.5  # leverage above which 1 - leverage is computed without subtracting


@dataclass(frozen=True)
class Profile:
    """The fit at each of ``m`` values of tau2.

    Attributes
    ----------
    q : generalised Q, the weighted residual sum of squares, shape ``(m,)``
    q2 : the same with squared weights
    trace_w, trace_p : traces of W and of P = W - WX(X'WX)⁻¹X'W
    log_det_w, log_det_x : log determinants of W and of X'WX
    """

    q: Floats
    q2: Floats
    trace_w: Floats
    trace_p: Floats
    log_det_w: Floats
    log_det_x: Floats


def check_usable(yi: Floats, vi: Floats) -> None:
    """Refuse effects and variances that no arithmetic can pool.

    Parameters
    ----------
    yi, vi : of one shape; data sets in columns, if there are several

    Raises
    ------
    DataError
        for missing or infinite numbers, variances that are not positive, and sizes that no study can have.
    """
    if yi.size == 0:
        raise DataError("there is no study to pool")
    if not np.all(np.isfinite(yi)) or not np.all(np.isfinite(vi)):
        raise DataError("an effect or a sampling variance is missing or not finite; leave the study out or complete it")
    if np.any(vi <= 0):
        raise DataError("a sampling variance is not positive; check whether the column holds logs or signed numbers")
    smallest, largest = float(vi.min()), float(vi.max())
    if smallest < 1 / LARGEST or largest > LARGEST or float(np.abs(yi).max()) > LARGEST**0.5:
        raise DataError(
            f"sampling variances from {smallest:.3g} to {largest:.3g} and effects up to {np.abs(yi).max():.3g}: "
            "numbers of such size are no study's; check the columns and their units"
        )
    if np.any(vi.max(axis=0) > MOST_UNEQUAL * vi.min(axis=0)):
        raise DataError(
            f"sampling variances from {smallest:.3g} to {largest:.3g}: one study more than 1e20 times as precise as "
            "another leaves nothing to pool; check for a variance that is 0 but for rounding"
        )


def orthonormal(x: Floats) -> tuple[Floats, Floats]:
    """A design with the same fit whose columns are orthonormal, and ``r`` with ``x = basis @ r``.

    A calendar year as moderator makes X'WX nearly singular, which costs seven digits; the basis costs none. An
    intercept alone is left as it is.
    """
    if x.shape[1] == 1 or x.shape[0] < x.shape[1]:
        return x, np.eye(x.shape[1])
    basis, r = np.linalg.qr(x)
    return basis, r


def profile(yi: Floats, vi: Floats, x: Floats, tau2: Floats) -> Profile:
    """Fit by weights ``1 / (vi + tau2)`` for every tau2.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design matrix, shape ``(k, p)``
    tau2 : shape ``(m,)``
    """
    w = 1 / (vi[None, :] + np.atleast_1d(tau2)[:, None])
    if x.shape[1] == 1 and np.all(x == 1):
        return _mean_only(yi, w)
    return _regression(yi, w, x)


def weighted_fit(yi: Floats, vi: Floats, x: Floats, tau2: float) -> tuple[Floats, Floats]:
    """Coefficients and their covariance (X'WX)⁻¹ at one tau2, by QR with the heaviest studies first.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    tau2 : between-study variance

    Returns
    -------
    Coefficients, shape ``(p,)``, and covariance, shape ``(p, p)``.
    """
    order = np.argsort(vi, kind="stable")
    yi, x, root = yi[order], x[order], 1 / np.sqrt(vi[order] + tau2)
    basis, r = np.linalg.qr(root[:, None] * x)
    inverse = np.linalg.inv(r)
    beta = np.zeros(x.shape[1])
    for _ in range(3):  # each pass removes what rounding left of the one before
        beta = beta + inverse @ (basis.T @ (root * (yi - x @ beta)))
    return beta, inverse @ inverse.T


def _mean_only(yi: Floats, w: Floats) -> Profile:
    total = w.sum(axis=1)
    r = yi[None, :] - (w @ yi / total)[:, None]
    r -= ((w * r).sum(axis=1) / total)[:, None]  # the mean is rounded; what that leaves in the residuals goes
    wr = w * r
    before = np.cumsum(w, axis=1)[:, :-1]
    trace_p = 2 * (w[:, 1:] * before).sum(axis=1) / total  # sum of w_i w_j over pairs: (Σw)² - Σw², unsubtracted
    return Profile((wr * r).sum(axis=1), (wr**2).sum(axis=1), total, trace_p, np.log(w).sum(axis=1), np.log(total))


def _regression(yi: Floats, w: Floats, x: Floats) -> Profile:
    """By QR of the weighted design with the heaviest studies first, which keeps light rows exact (Cox and Higham 1998)."""
    order = np.argsort(-w[0], kind="stable")
    w, x, yi = w[:, order], x[order], yi[order]
    root = np.sqrt(w)
    basis, r = np.linalg.qr(root[:, :, None] * x[None, :, :])
    s = root * (yi - x @ np.linalg.lstsq(x, yi, rcond=None)[0])
    for _ in range(2):  # twice is enough: the second projection removes what rounding left of the first
        s = s - np.einsum("mkp,mp->mk", basis, np.einsum("mkp,mk->mp", basis, s))
    trace_p = (w * _one_minus_leverage(basis)).sum(axis=1)
    log_det_x = 2 * np.log(np.abs(np.diagonal(r, axis1=1, axis2=2))).sum(axis=1)
    return Profile((s**2).sum(axis=1), (w * s**2).sum(axis=1), w.sum(axis=1), trace_p, np.log(w).sum(axis=1), log_det_x)


def one_minus_leverage(weights: Floats, x: Floats) -> Floats:
    """What weighted least squares leaves of each study's own residual: 1 less the diagonal of the hat matrix.

    Parameters
    ----------
    weights : shape ``(k,)``
    x : design, shape ``(k, p)``
    """
    order = np.argsort(-weights, kind="stable")
    basis = np.linalg.qr(np.sqrt(weights[order])[:, None] * x[order])[0]
    out = np.empty(weights.size)
    out[order] = _one_minus_leverage(basis[None])[0]
    return out


def _one_minus_leverage(basis: Floats) -> Floats:
    """``1 - h`` of every row, shape ``(m, k)``, from h = Σ_j H_ij² where h is near 1 and subtracting would lose it."""
    h = (basis**2).sum(axis=2)
    out = np.asarray(1 - h)
    a, i = np.nonzero(h > _CROWDED)
    if a.size:
        row = np.einsum("np,nkp->nk", basis[a, i], basis[a])
        row[np.arange(a.size), i] = 0.0
        out[a, i] = (row**2).sum(axis=1) / h[a, i]
    return out
