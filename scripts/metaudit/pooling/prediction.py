"""Prediction interval by parametric bootstrap from the confidence distribution of tau2 (Nagashima, Noma, Furukawa 2019).

tau2 is drawn by inverting the exact distribution of Cochran's Q: for u uniform, the tau2 at which P(Q > its observed
value) = u, or 0 when that probability is above u already at 0. With mu(tau2) the weighted mean and s²(tau2) its
Hartung-Knapp variance, ``mu + z tau - t s`` with z normal and t on k - 1 degrees of freedom is one draw of a new study's
effect; the interval lies between their quantiles. It depends on no estimator of tau2.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq
from scipy.special import ndtri

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.quadratic_form import GeneralisedQ

SAMPLES = 25_000
_NODES = 200
_CELLS = 2_000_000  # of the arrays of samples by studies that are in memory at a time


def bootstrap_prediction(
    yi: Floats, vi: Floats, *, level: float, seed: int, samples: int = SAMPLES
) -> tuple[float, float]:
    """Limits for the effect of a new study.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    level : confidence level
    seed : of the generator
    samples : number of draws; 25,000 leaves a Monte Carlo error near 1 % of the interval's width

    Returns
    -------
    Lower and upper limit; NaN for a single study, whose t has no degrees of freedom.
    """
    k = yi.size
    if k < 2:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    u, z, t = rng.random(samples), rng.standard_normal(samples), rng.standard_t(k - 1, samples)
    draws = new_effects(yi, vi, draw_tau2(yi, vi, u), z=z, t=t)
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def new_effects(yi: Floats, vi: Floats, tau2: Floats, *, z: Floats, t: Floats) -> Floats:
    """One effect of a new study for every draw of tau2, of a normal and of a t variable; shapes ``(B,)``.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    tau2, z, t : shape ``(B,)``
    """
    k = yi.size
    out = np.empty(tau2.size)
    rows = max(1, _CELLS // k)
    for start in range(0, tau2.size, rows):
        part = slice(start, start + rows)
        w = 1 / (vi[None, :] + tau2[part, None])
        total = w.sum(axis=1)
        mean = w @ yi / total
        variance = (w * (yi[None, :] - mean[:, None]) ** 2).sum(axis=1) / total / (k - 1)
        out[part] = mean + z[part] * np.sqrt(tau2[part]) - t[part] * np.sqrt(variance)
    return out


def draw_tau2(yi: Floats, vi: Floats, u: Floats) -> Floats:
    """The tau2 at which P(Q > observed) is u, for every u; 0 where it is more than u at 0.

    The distribution is computed on a grid that reaches as far as the largest u needs, and inverted between its points by
    monotone cubic interpolation of log(tau2 + c) in normal scores, to about 1e-5 relative.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    u : numbers between 0 and 1, shape ``(B,)``
    """
    q = GeneralisedQ(yi, vi, np.ones((yi.size, 1)), 1 / vi)
    out = np.zeros(u.size)
    positive = u > 1 - q.below(0.0)
    if not positive.any():
        return out
    grid = _grid(q, yi, vi, lowest=float(u[positive].min()), highest=float(u.max()))
    score = -ndtri(np.array([q.below(t) for t in grid]))
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(score)) > 1e-12])
    shift = float(np.min(vi)) / 4
    inverse = PchipInterpolator(score[rising], np.log(grid[rising] + shift))
    out[positive] = np.maximum(0.0, np.exp(inverse(ndtri(u[positive]))) - shift)
    return out


def _grid(q: GeneralisedQ, yi: Floats, vi: Floats, *, lowest: float, highest: float) -> Floats:
    """Values of tau2 between those at which P(Q > observed) is below ``lowest`` and above ``highest``."""
    top = max(float(np.var(yi)), float(np.mean(vi)))
    while q.below(top) > 1 - highest:
        top *= 2
    shift, bottom = float(np.min(vi)) / 4, 0.0
    if 1 - q.below(0.0) < lowest / 2:  # where it is as good as 0 there is nothing to interpolate
        bottom = float(brentq(lambda t: 1 - q.below(t) - lowest / 2, 0.0, top))
    grid = np.geomspace(bottom + shift, top + shift, _NODES) - shift
    grid[0], grid[-1] = bottom, top
    return grid
