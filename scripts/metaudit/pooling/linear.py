"""Weighted least squares for one data set at many values of tau2 at once: what every tau2 estimator is made of.

One study a million times as precise as the others takes nearly all the weight, and what the others say is then a
difference of two nearly equal numbers. Nothing here subtracts such numbers: residuals are refined once, and the traces
are sums of positive terms.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

LARGEST = 1e60  # no variance, and no squared effect, may be larger, and no variance smaller than its inverse
MOST_UNEQUAL = 1e20  # ratio of variances up to which residuals refined once keep their digits
_NUMBERS = 1_000_000  # of copies of designs that are in memory at a time
_CROWDED = 0.5  # leverage above which 1 - leverage is computed without subtracting


class _Weighted:
    """The fit at each of ``m`` values of tau2, what not all ask for worked out when it is asked for.

    Attributes
    ----------
    w : weights ``1 / (vi + tau2)``, shape ``(m, k)``
    q : generalised Q, the weighted residual sum of squares, shape ``(m,)``
    q2 : the same with squared weights
    trace_w, trace_p : traces of W and of P = W - WX(X'WX)⁻¹X'W
    log_det_w, log_det_x : log determinants of W and of X'WX
    """

    def __init__(self, w: Floats) -> None:
        self.w, self.trace_w = w, _row_sums(w)

    @cached_property
    def log_det_w(self) -> Floats:
        return _row_sums(np.log(self.w))


class _Mean(_Weighted):
    """Of an intercept alone."""

    def __init__(self, yi: Floats, w: Floats) -> None:
        super().__init__(w)
        total = self.trace_w[:, None]
        r = yi - (w @ yi)[:, None] / total
        # the mean is rounded; what that leaves in the residuals goes
        r -= np.add.reduce(w * r, 1, keepdims=True) / total
        self._wr = w * r
        self.q = _row_sums(self._wr * r)

    @cached_property
    def q2(self) -> Floats:
        return _row_sums(np.square(self._wr))

    @cached_property
    def trace_p(self) -> Floats:
        """Sum of w_i w_j over pairs: (Σw)² - Σw², unsubtracted."""
        before = self.w.cumsum(axis=1)[:, :-1]
        return np.asarray(2 * _row_sums(self.w[:, 1:] * before) / self.trace_w)

    @cached_property
    def log_det_x(self) -> Floats:
        return np.asarray(np.log(self.trace_w))


class _Regression(_Weighted):
    """By QR of the weighted design with the heaviest studies first, which keeps light rows exact (Cox and Higham 1998)."""

    def __init__(self, yi: Floats, w: Floats, x: Floats) -> None:
        order = np.argsort(-w[0], kind="stable")
        w, x, yi = w[:, order], x[order], yi[order]
        super().__init__(w)
        root = np.sqrt(w)
        self._basis, self._triangle = np.linalg.qr(root[:, :, None] * x[None, :, :])
        s = root * (yi - x @ np.linalg.lstsq(x, yi, rcond=None)[0])
        for _ in range(2):  # twice is enough: the second projection removes what rounding left of the first
            s = s - np.einsum("mkp,mp->mk", self._basis, np.einsum("mkp,mk->mp", self._basis, s))
        self._squares = s**2
        self.q = _row_sums(self._squares)

    @cached_property
    def q2(self) -> Floats:
        return _row_sums(self.w * self._squares)

    @cached_property
    def trace_p(self) -> Floats:
        return _row_sums(self.w * _one_minus_leverage(self._basis))

    @cached_property
    def log_det_x(self) -> Floats:
        diagonal = np.diagonal(self._triangle, axis1=1, axis2=2)
        return np.asarray(2 * np.log(np.abs(diagonal)).sum(axis=1))


Profile = _Mean | _Regression


def _row_sums(a: Floats) -> Floats:
    sums: Floats = np.add.reduce(a, 1)
    return sums


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
    smallest, largest = float(np.minimum.reduce(vi, None)), float(np.maximum.reduce(vi, None))
    furthest = float(np.maximum.reduce(np.abs(yi), None))
    sane = 1 / LARGEST <= smallest <= largest <= LARGEST and furthest <= LARGEST**0.5  # which NaN is not
    if not sane or largest > MOST_UNEQUAL * smallest:
        _refuse_unusable(yi, vi)


def _refuse_unusable(yi: Floats, vi: Floats) -> None:
    """Say what is wrong with the studies; of several data sets each may still be right in itself."""
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
        return x, np.eye(x.shape[1]) if x.shape[1] > 1 else np.ones((1, 1))
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
    return profiler(yi, vi, x)(np.atleast_1d(tau2))


def profiler(yi: Floats, vi: Floats, x: Floats) -> Callable[[Floats], Profile]:
    """``profile`` of one data set as a function of tau2 alone, for those who ask again and again."""
    if is_intercept(x):
        return lambda tau2: _Mean(yi, 1 / (vi + tau2[:, None]))
    return lambda tau2: _Regression(yi, 1 / (vi + tau2[:, None]), x)


def is_intercept(x: Floats) -> bool:
    """Whether the design is a column of ones."""
    return bool(x.shape[1] == 1 and np.logical_and.reduce(x == 1, None))


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
    rows = max(1, _NUMBERS // max(1, basis.shape[1] * basis.shape[2]))
    for start in range(0, a.size, rows):
        b, j = a[start : start + rows], i[start : start + rows]
        row = np.einsum("np,nkp->nk", basis[b, j], basis[b])
        row[np.arange(b.size), j] = 0.0
        out[b, j] = (row**2).sum(axis=1) / h[b, j]
    return out
