"""One meta-regression design fitted to many rearrangements of the studies at once."""

from __future__ import annotations

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.second_tau2 import agree
from metaudit.pooling.tau2 import estimate_tau2


def regression_statistics(y: Floats, v: Floats, x: Floats, *, back: Floats, method: str, ci: str) -> Floats:
    """Statistic of every coefficient, and the omnibus statistic, of ``d`` data sets.

    Parameters
    ----------
    y, v : shape ``(k, d)``
    x : design with orthonormal columns, shape ``(k, p)``
    back : carries its coefficients to the moderators' own, shape ``(p, p)``
    method : estimator of tau2
    ci : ``wald``, or the kind of Knapp-Hartung correction

    Returns
    -------
    shape ``(p + 1, d)``: z or t of each coefficient, and QM (F under Knapp-Hartung) of all but the first
    """
    k, p = x.shape
    tau2 = _tau2(y, v, x, method=method)
    w = 1 / (v + tau2)
    cov = np.linalg.inv(np.einsum("ia,id,ib->dab", x, w, x))
    beta = np.einsum("dab,ib,id->da", cov, x, w * y)
    if ci != "wald":
        s2 = np.sum(w * (y - x @ beta.T) ** 2, axis=0) / (k - p)
        cov = cov * (np.maximum(1.0, s2) if ci == "hksj-adhoc-se" else s2)[:, None, None]
    beta, cov = beta @ back.T, back @ cov @ back.T
    with np.errstate(divide="ignore", invalid="ignore"):
        each = beta / np.sqrt(np.einsum("daa->da", cov))
    rest = beta[:, 1:]
    omnibus = np.einsum("da,da->d", rest, np.linalg.solve(cov[:, 1:, 1:], rest[:, :, None])[:, :, 0])
    return np.vstack([each.T, omnibus / (p - 1 if ci != "wald" else 1)])


def _tau2(y: Floats, v: Floats, x: Floats, *, method: str) -> Floats:
    """Of every data set: DL in one go, the others one by one."""
    k, p = x.shape
    if method == "FE":
        return np.zeros(y.shape[1])
    if method != "DL":
        return np.array([estimate_tau2(method, y[:, j], v[:, j], x) for j in range(y.shape[1])])
    w = 1 / v
    inverse = np.linalg.inv(np.einsum("ia,id,ib->dab", x, w, x))
    residual = y - x @ np.einsum("dab,ib,id->ad", inverse, x, w * y)
    q = np.sum(w * residual**2, axis=0)
    trace = np.sum(w, axis=0) - np.einsum("dab,ib,id,ia->d", inverse, x, w**2, x)
    out = np.maximum(0.0, (q - (k - p)) / trace)
    first = estimate_tau2(method, y[:, 0], v[:, 0], x)
    agree("tau2 (DL) of the observed arrangement", float(out[0]), first, noise=1e-9 * float(np.mean(v[:, 0])))
    return np.asarray(out)
