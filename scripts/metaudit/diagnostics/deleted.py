"""The model refitted without each study, for designs with any number of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaudit.diagnostics.fitted import Fitted, mean_square
from metaudit.effects.zero_cells import Floats
from metaudit.pooling.batch import BATCHED, fit_batch
from metaudit.pooling.tau2 import estimate_tau2

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELLS = 2_000_000  # numbers held at a time in a matrix of refits by studies (16 MB)
# Squared length of a row of an orthonormal design; at 1 the rest of the studies no longer determine the coefficients.
ALONE = 1 - 1e-9


@dataclass(frozen=True)
class Deleted:
    """Refits without each study, in the coordinates of ``Fitted.basis``; NaN where the rest cannot be fitted.

    Attributes
    ----------
    tau2 : estimated without the study, shape ``(k,)``
    beta, inverse : coefficients and (X'WX)⁻¹ of the rest, shapes ``(k, p)`` and ``(k, p, p)``
    q : residual Q of the rest (at tau2 = 0), shape ``(k,)``
    s2 : scale of the covariance of the rest, shape ``(k,)``
    prediction, spread : for the study left out, and its variance (scaled), shape ``(k,)``
    """

    tau2: Floats
    beta: Floats
    inverse: Floats
    q: Floats
    s2: Floats
    prediction: Floats
    spread: Floats


def delete_each(whole: Fitted) -> Deleted:
    """Refit without each study, tau2 estimated anew; as many studies as coefficients leave tau2 at 0."""
    k, p, x = whole.k, whole.p, whole.basis
    fitted = determined_without(whole)
    tau2 = np.full(k, np.nan)
    if fitted.any():
        tau2[fitted] = _tau2_without(whole, np.flatnonzero(fitted))
    beta, inverse, rss = refit_each(whole, tau2)
    q = refit_each(whole, np.where(fitted, 0.0, np.nan))[2]
    s2 = np.where(fitted, mean_square(rss, k - 1 - p, whole.ci), np.nan)
    spread = s2 * np.einsum("kp,kpq,kq->k", x, inverse, x)
    return Deleted(tau2, beta, inverse, q, s2, np.einsum("kp,kp->k", x, beta), spread)


def determined_without(whole: Fitted) -> NDArray[np.bool_]:
    """Whether the other studies still determine every coefficient when a study is left out, shape ``(k,)``."""
    if whole.p == 1:
        return np.full(whole.k, whole.k > 1)
    return np.asarray((whole.basis**2).sum(axis=1) < ALONE)


def _tau2_without(whole: Fitted, which: NDArray[np.int64]) -> Floats:
    k, p, y, v = whole.k, whole.p, whole.yi, whole.vi
    if k - 1 <= p or whole.method == "FE":
        return np.zeros(which.size)
    rest = ~np.eye(k, dtype=bool)[which]
    if p == 1 and whole.method in BATCHED:
        return fit_batch(y, v, method=whole.method, mask=rest).tau2
    return np.array([estimate_tau2(whole.method, y[r], v[r], whole.basis[r]) for r in rest])


def refit_each(whole: Fitted, tau2: Floats) -> tuple[Floats, Floats, Floats]:
    """Coefficients, (X'WX)⁻¹ and weighted residual sum of squares without each study, at a tau2 for each.

    Parameters
    ----------
    whole : the model
    tau2 : shape ``(k,)``; NaN where there is no refit

    Returns
    -------
    Shapes ``(k, p)``, ``(k, p, p)`` and ``(k,)``.
    """
    k, p, x, y = whole.k, whole.p, whole.basis, whole.yi
    beta, inverse, rss = np.full((k, p), np.nan), np.full((k, p, p), np.nan), np.full(k, np.nan)
    products = (x[:, :, None] * x[:, None, :]).reshape(k, p * p)
    rows = np.flatnonzero(np.isfinite(tau2))
    step = max(1, CELLS // k)
    for start in range(0, rows.size, step):
        i = rows[start : start + step]
        w = 1 / (whole.vi + tau2[i, None])
        w[np.arange(i.size), i] = 0.0
        inverse[i] = np.linalg.inv((w @ products).reshape(i.size, p, p))
        # What is left to fit is the residual from the whole model: no digits are lost to large effects.
        about = y - whole.prediction
        shift = np.einsum("kpq,kq->kp", inverse[i], (w * about) @ x)
        beta[i] = whole.beta + shift
        rss[i] = (w * (about - shift @ x.T) ** 2).sum(axis=1)
    return beta, inverse, rss
