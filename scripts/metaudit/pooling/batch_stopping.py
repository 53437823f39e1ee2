"""metafor's default stopping rules for many data sets at once, models with an intercept only.

The rules, and where they were read, are those of ``pooling.stopping``; this module follows them in arrays. A data set for which
metafor finds no value has none here.
"""

from __future__ import annotations

import math

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.batch_sums import down
from metaudit.pooling.brent import R_TOLERANCE
from metaudit.pooling.stopping import MAX_SCORING_STEPS, THRESHOLD
from metaudit.pooling.tau2 import estimate_tau2

_SCORED = ("REML", "ML", "EB")
STOPPED = (*_SCORED, "PM", "PMM")


def stopped(yi: Floats, vi: Floats, inside: Floats, *, method: str) -> Floats:
    """tau2 of ``d`` data sets where metafor's default control leaves it, shape ``(d,)``.

    Parameters
    ----------
    yi, vi : shape ``(k, d)``, finite, a data set a column
    inside : shape ``(k, d)``, which studies are in
    method : one of ``STOPPED``

    Returns
    -------
    0 for a single study, NaN where metafor stops with an error and without any study.

    Raises
    ------
    DataError
        for an estimator that is not iterated.
    """
    if method not in STOPPED:
        raise DataError(f"tau2 {method!r} is not iterated: it ends nowhere but at its value")
    given = np.asarray(inside, dtype=bool)
    k = given.sum(axis=0)
    out = np.where(k == 0, math.nan, 0.0)
    many = np.flatnonzero(k > 1)
    if not many.size:
        return out
    y, v, c = yi[:, many], vi[:, many], given[:, many]
    if method not in _SCORED:
        out[many] = _one_by_one(y, v, c, method=method)
        return out
    tau2 = _scored(y, v, c, method=method)
    if method != "EB":
        gain = _gain_at_zero(y, v, c, np.nan_to_num(tau2), restricted=method == "REML")
        tau2 = np.where((tau2 > THRESHOLD) & (gain > R_TOLERANCE), 0.0, tau2)
    out[many] = tau2
    return out


def _one_by_one(y: Floats, v: Floats, c: Floats, *, method: str) -> Floats:
    """Roots by Brent's method, whose steps depend on each data set."""
    found = np.full(y.shape[1], math.nan)
    for j in range(found.size):
        some = c[:, j].astype(bool)
        try:
            found[j] = estimate_tau2(method, y[some, j], v[some, j], np.ones((int(some.sum()), 1)), stopping="metafor")
        except DataError:
            continue
    return found


def _scored(y: Floats, v: Floats, c: Floats, *, method: str) -> Floats:
    """Fisher scoring (ML, REML) or the EB iteration, each data set until its own last step."""
    k = c.sum(axis=0)
    tau2 = np.maximum(0.0, _hedges(y, v, c, k))
    out, at = np.full(tau2.size, math.nan), np.arange(tau2.size)
    for _ in range(MAX_SCORING_STEPS):
        step = _step(y, v, c, tau2, method=method)
        below = tau2 + step < 0
        while below.any():
            step = np.where(below, step / 2, step)
            below = tau2 + step < 0
        tau2 = tau2 + step
        done = np.abs(step) <= THRESHOLD
        out[at[done]] = tau2[done]
        going = ~done
        if not going.any():
            break
        y, v, c, tau2, at = y[:, going], v[:, going], c[:, going], tau2[going], at[going]
    return out


def _hedges(y: Floats, v: Floats, c: Floats, k: Floats) -> Floats:
    """Hedges' estimate, where the scoring starts (``tau2_closed.hedges`` with an intercept only), not truncated."""
    centred = np.where(c, y - down(np.where(c, y, 0.0)) / k, 0.0)
    return (down(centred**2) - (k - 1) / k * down(np.where(c, v, 0.0))) / (k - 1)


def _step(y: Floats, v: Floats, c: Floats, tau2: Floats, *, method: str) -> Floats:
    """Score over expected information in tau2 (Viechtbauer 2005, J Educ Behav Stat 30:261); for EB the step of Morris 1983."""
    k, w = c.sum(axis=0), c / (v + tau2)
    total, squares = down(w), down(w**2)
    r = y - down(w * y) / total
    if method == "EB":
        return np.asarray((down(w * r**2) * k / (k - 1) - k) / total)
    q2 = down((w * r) ** 2)
    if method == "ML":
        return (q2 - total) / squares
    shrunk = squares / total
    return (q2 - (total - shrunk)) / (squares - 2 * down(w**3) / total + shrunk**2)


def _gain_at_zero(y: Floats, v: Floats, c: Floats, tau2: Floats, *, restricted: bool) -> Floats:
    """By how much the log likelihood is higher at 0 than at tau2 (Viechtbauer 2005, equations 6 and 13)."""
    return _log_likelihood(y, v, c, np.zeros_like(tau2), restricted=restricted) - _log_likelihood(
        y, v, c, tau2, restricted=restricted
    )


def _log_likelihood(y: Floats, v: Floats, c: Floats, tau2: Floats, *, restricted: bool) -> Floats:
    u = v + tau2
    w = c / u
    total = down(w)
    r = y - down(w * y) / total
    found = -0.5 * (down(np.where(c, np.log(u), 0.0)) + down(w * r**2))
    return found - 0.5 * np.log(total) if restricted else found
