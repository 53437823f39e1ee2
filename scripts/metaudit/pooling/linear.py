"""Weighted least squares for one data set at many values of tau2 at once: what every tau2 estimator is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaudit.effects.zero_cells import Floats


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
        total = w.sum(axis=1)
        r = yi[None, :] - (w @ yi / total)[:, None]
        leverage = (w**2).sum(axis=1) / total
        log_det_x = np.log(total)
    else:
        a = np.einsum("mk,kp,kq->mpq", w, x, x)
        inverse = np.linalg.inv(a)
        beta = np.einsum("mpq,mq->mp", inverse, np.einsum("mk,kq,k->mq", w, x, yi))
        r = yi[None, :] - beta @ x.T
        leverage = np.einsum("mpq,mpq->m", inverse, np.einsum("mk,kp,kq->mpq", w**2, x, x))
        log_det_x = np.linalg.slogdet(a)[1]
    return Profile(
        (w * r**2).sum(axis=1),
        (w**2 * r**2).sum(axis=1),
        w.sum(axis=1),
        w.sum(axis=1) - leverage,
        np.log(w).sum(axis=1),
        log_det_x,
    )
