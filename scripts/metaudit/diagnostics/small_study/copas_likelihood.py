"""Copas's selection model at one strength of selection: a study is published when a latent normal variable is positive.

Sources: Copas and Shi 2000 (Biostatistics) and 2001 (Statistical Methods in Medical Research). With standard error s the
latent variable is gamma0 + gamma1/s + d, d standard normal and correlated by rho with the study's own sampling error.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.special import chdtrc, log_ndtr, ndtr

from metaudit.diagnostics.small_study.ascent import Likelihood, Maximum, ascend, climb
from metaudit.effects.zero_cells import Floats
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.tau2 import estimate_tau2

RHO_BOUND = 0.9999


@dataclass(frozen=True)
class CopasFit:
    """Copas's model for one pair of selection parameters.

    Attributes
    ----------
    gamma0, gamma1 : selection parameters
    publish_largest_se : chance of being published of the study with the largest standard error
    unpublished : expected number of unpublished studies, sum((1 - P) / P) over the published ones
    estimate, se, ci_low, ci_high, stat, p : mean effect before selection; z. NaN but for the estimate where the
        likelihood has no standard error (tau2 of 0 and rho at the end of its range)
    se_carried : whether the standard error is that of the next weaker selection, as metasens does where there is none
    tau2, rho : between-study variance, and correlation of publication with the sampling error
    log_likelihood : with all constants
    residual_p : P of the likelihood-ratio test that the effects still depend on their standard error
    at_boundary : whether tau2 is 0 or rho at the end of its range
    """

    gamma0: float
    gamma1: float
    publish_largest_se: float
    unpublished: float
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    stat: float
    p: float
    tau2: float
    rho: float
    log_likelihood: float
    residual_p: float
    at_boundary: bool
    se_carried: bool = False

    def to_row(self) -> dict[str, Any]:
        """All fields, for a table or JSON."""
        return asdict(self)


def with_se(fit: CopasFit, se: float, *, level: float) -> CopasFit:
    """The same fit with the standard error of another one."""
    half, stat = quantile(level, None) * se, fit.estimate / se
    low, high = fit.estimate - half, fit.estimate + half
    return replace(fit, se=se, ci_low=low, ci_high=high, stat=stat, p=two_sided_p(stat, None), se_carried=True)


def log_likelihood(params: Any, yi: Floats, vi: Floats, *, gamma0: float, gamma1: float) -> Any:
    """Log-likelihood of a batch of parameters.

    Parameters
    ----------
    params : shape ``(m, 3)`` or ``(m, 4)``, real or complex: mu, tau2, rho, and the slope on the standard error
    yi, vi : shape ``(k,)``
    gamma0, gamma1 : selection parameters

    Returns
    -------
    Shape ``(m,)``, with all constants.
    """
    mu, tau2, rho = params[:, :1], params[:, 1:2], params[:, 2:3]
    se = np.sqrt(vi)
    mean = mu + params[:, 3:4] * se if params.shape[1] == 4 else mu
    u = gamma0 + gamma1 / se
    log_published = log_ndtr(u)
    hazard = np.exp(-0.5 * u**2 - log_published) / math.sqrt(2 * math.pi)
    sigma2 = vi / (1 - rho**2 * hazard * (u + hazard))  # of all studies; vi is that of the published ones
    total = sigma2 + tau2
    share = rho * np.sqrt(sigma2 / total)
    v = (u + share * (yi - mean) / np.sqrt(total)) / np.sqrt(1 - share**2)
    density = -0.5 * (np.log(2 * np.pi * total) + (yi - mean) ** 2 / total)
    return np.sum(density - log_published + log_ndtr(v), axis=1)


def copas_fit(
    yi: Floats, vi: Floats, *, gamma0: float, gamma1: float, positive_rho: bool, level: float = 0.95
) -> CopasFit:
    """Maximum likelihood at one pair of selection parameters, and the test of what selection leaves unexplained.

    Parameters
    ----------
    yi, vi : checked effects and sampling variances, shape ``(k,)``
    gamma0, gamma1 : selection parameters
    positive_rho : sign of rho in the model with a slope: larger effects are published (True) or smaller ones
    level : confidence level
    """
    data = scaled(yi, vi)
    plain = maximum(data, gamma0=gamma0, gamma1=gamma1)
    sign = (0.0, RHO_BOUND) if positive_rho else (-RHO_BOUND, 0.0)
    sloped = maximum(data, gamma0=gamma0, gamma1=gamma1, rho=sign, sloped=True)
    lrt = max(0.0, 2 * (sloped.height - plain.height))
    estimate, se = float(plain.x[0] * data.unit), _standard_error(plain) * data.unit
    published = ndtr(gamma0 + gamma1 / np.sqrt(vi))
    half = quantile(level, None) * se
    return CopasFit(
        gamma0=gamma0, gamma1=gamma1, publish_largest_se=float(published[np.argmax(vi)]),
        unpublished=float(np.sum((1 - published) / published)), estimate=estimate, se=se, ci_low=estimate - half,
        ci_high=estimate + half, stat=estimate / se, p=two_sided_p(estimate / se, None),
        tau2=float(plain.x[1] * data.unit**2), rho=float(plain.x[2]),
        log_likelihood=plain.height - yi.size * math.log(data.unit), residual_p=float(chdtrc(1, lrt)),
        at_boundary=not bool(plain.free.all()),
    )  # fmt: skip


@dataclass(frozen=True)
class Scaled:
    """Effects and variances on a scale with a spread of about 1, and where their likelihood is to be searched.

    Attributes
    ----------
    y, v : shape ``(k,)``
    unit : what one unit of the scale is in the units of the data
    mean, natural, tau2 : maximum likelihood without selection: mean, its standard error, between-study variance
    """

    y: Floats
    v: Floats
    unit: float
    mean: float
    natural: float
    tau2: float


def scaled(yi: Floats, vi: Floats) -> Scaled:
    """Divide the data by their spread."""
    unit = math.sqrt(float(np.mean(vi)) + float(np.var(yi)))
    y, v = yi / unit, vi / unit**2
    tau2 = estimate_tau2("ML", y, v, np.ones((y.size, 1)))
    w = 1 / (v + tau2)
    return Scaled(y, v, unit, float(w @ y / w.sum()), 1 / math.sqrt(float(w.sum())), tau2)


def effect_grid(data: Scaled, gamma0: Floats, gamma1: Floats, *, positive_rho: bool) -> Floats:
    """Mean effect over a grid of selection parameters (units of the data), shape ``(n, m)``.

    Followed from the weakest selection, where the likelihood is regular, from neighbour to neighbour: under strong
    selection it has narrow spurious maxima where rho is at its bound and tau2 at 0, on which a fresh start may end, and
    the grid is to be smooth, since it only directs the path through it.
    """
    low, high = (np.array(b) for b in _box(data, rho=(-RHO_BOUND, RHO_BOUND)))
    first = np.array([data.mean, data.tau2, RHO_BOUND / 2 if positive_rho else -RHO_BOUND / 2])
    inwards = np.array([1.0, 1.0, 0.97])
    found: dict[tuple[int, int], Floats] = {}
    for i in reversed(range(gamma0.size)):
        for j in reversed(range(gamma1.size)):
            near = [found[at] for at in ((i, j + 1), (i + 1, j)) if at in found]
            start = np.mean(near, axis=0) * inwards + [0, 0.01 * data.tau2, 0] if near else first
            f = _likelihood(data, gamma0=float(gamma0[i]), gamma1=float(gamma1[j]))
            found[i, j] = ascend(f, start, low=low, high=high)[0]
    return np.array([[found[i, j][0] for j in range(gamma1.size)] for i in range(gamma0.size)]) * data.unit


def _irregular(x: Floats) -> bool:
    """Whether tau2 is 0 and rho at its bound: the studies are then cut off sharply, each edge making a maximum."""
    return bool(x[1] < 1e-6 and RHO_BOUND - abs(x[2]) < 1e-6)


def _standard_error(top: Maximum) -> float:
    """Of the mean, from the information on mean, correlation and (unless it is 0) tau2.

    The correlation stays in even at the end of its range, as in metasens, which makes the error larger. NaN when tau2 is
    0 as well: the studies are then cut off sharply, and the likelihood has no parabola.
    """
    keep = np.array([True, bool(top.free[1]), True])
    if not (top.free[1] or top.free[2]):
        return math.nan
    part = top.information[np.ix_(keep, keep)]
    if np.linalg.eigvalsh(part).min() < -1e-8 * np.abs(part).max():
        return math.nan
    return math.sqrt(float(np.linalg.pinv(part, hermitian=True)[0, 0]))


def maximum(
    data: Scaled, *, gamma0: float, gamma1: float, rho: tuple[float, float] = (-RHO_BOUND, RHO_BOUND),
    sloped: bool = False,
) -> Maximum:  # fmt: skip
    """The highest maximum found, one without spurious edges before all others (see ``_irregular``).

    Parameters
    ----------
    data : scaled effects and variances
    gamma0, gamma1 : selection parameters in the units of the data
    rho : range of the correlation
    sloped : whether the mean depends on the standard error
    """
    se = float(np.median(np.sqrt(data.v)))
    rhos = [r for r in (-0.9, -0.5, 0.0, 0.5, 0.9) if rho[0] <= r <= rho[1]]
    slopes = [[-2.0], [-1.0], [0.0], [1.0], [2.0]] if sloped else [[]]
    starts = np.array(
        [
            [data.mean + a * data.natural - sum(b) * se, t, r, *b]
            for a in (-6.0, -2.0, 0.0, 2.0, 6.0)
            for t in (0.3 * data.tau2, 1.5 * data.tau2 + 0.05 * se**2)
            for r in rhos
            for b in slopes
        ]
    )
    low, high = (np.array(b) for b in _box(data, rho=rho, sloped=sloped))

    def steps(x: Floats) -> Floats:
        size = [data.natural, x[1] + float(data.v.min()), 1 - abs(x[2]), *([1.0] if sloped else [])]
        return 1e-3 * np.array(size)

    f = _likelihood(data, gamma0=gamma0, gamma1=gamma1)
    return climb(f, starts, low=low, high=high, steps=steps, keep=6, avoid=None if sloped else _irregular)


def _likelihood(data: Scaled, *, gamma0: float, gamma1: float) -> Likelihood:
    return lambda params: log_likelihood(params, data.y, data.v, gamma0=gamma0, gamma1=gamma1 / data.unit)


def _box(data: Scaled, *, rho: tuple[float, float], sloped: bool = False) -> tuple[list[float], list[float]]:
    wide = 50 * (float(np.ptp(data.y)) + 1)
    steep = [wide / math.sqrt(float(data.v.min()))] if sloped else []
    return [-wide, 0.0, rho[0], *(-b for b in steep)], [wide, wide**2, rho[1], *steep]
