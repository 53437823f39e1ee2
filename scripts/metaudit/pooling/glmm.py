"""Generalised linear mixed models that are binomial given a normal random effect.

Two of the models of Stijnen, Hamza and Özdemir (2010, Stat Med 29:3046) have this form: the conditional model of two
rates (events of the treatment arm among all events, offset log(t1/t2)), and one group of proportions (offset 0).
The likelihood is integrated by adaptive Gauss-Hermite quadrature and maximised exactly.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.polynomial.hermite import hermgauss
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logsumexp

from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.result import Pooled

_NODES, _WEIGHTS = hermgauss(31)


def _log_binomial(eta: Floats, x: Floats, n: Floats) -> Floats:
    return x * eta - n * np.logaddexp(0.0, eta)


def log_likelihood(mu: float, tau: float, x: Floats, n: Floats, offset: Floats) -> float:
    """Marginal log-likelihood of all studies at a mean and a between-study SD."""
    constant = float(np.sum(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)))
    if tau < 1e-9:
        return constant + float(np.sum(_log_binomial(offset + mu, x, n)))
    u = np.zeros_like(x)
    for _ in range(100):  # mode of each study's integrand, by Newton
        p = expit(offset + mu + u)
        step = (x - n * p - u / tau**2) / (n * p * (1 - p) + 1 / tau**2)
        u = u + np.clip(step, -2, 2)
        if np.max(np.abs(step)) < 1e-12:
            break
    p = expit(offset + mu + u)
    sd = 1 / np.sqrt(n * p * (1 - p) + 1 / tau**2)
    nodes = u[:, None] + math.sqrt(2) * sd[:, None] * _NODES[None, :]
    inside = _log_binomial(offset[:, None] + mu + nodes, x[:, None], n[:, None]) - nodes**2 / (2 * tau**2)
    integral = logsumexp(inside + _NODES[None, :] ** 2, axis=1, b=_WEIGHTS[None, :]) + np.log(math.sqrt(2) * sd)
    return constant + float(np.sum(integral - 0.5 * math.log(2 * math.pi) - math.log(tau)))


def _maximise(x: Floats, n: Floats, offset: Floats) -> tuple[float, float]:
    """Mean and SD at the maximum; the boundary 0 when no positive SD is likelier."""

    def at_zero(m: Floats) -> float:
        return -log_likelihood(float(m[0]), 0.0, x, n, offset)

    start = math.log((x.sum() + 0.5) / (n.sum() - x.sum() + 0.5)) - float(np.average(offset, weights=n))
    zero = minimize(at_zero, [start], method="Nelder-Mead", options={"xatol": 1e-11, "fatol": 1e-13, "maxiter": 2000})
    best, height = (float(zero.x[0]), 0.0), -float(zero.fun)
    for tau in (0.1, 0.5, 1.5):
        found = minimize(
            lambda m: -log_likelihood(float(m[0]), math.exp(float(m[1])), x, n, offset),
            [best[0], math.log(tau)],
            method="Nelder-Mead",
            options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000},
        )
        if -float(found.fun) > height + 1e-10 and math.exp(found.x[1]) > 1e-5:
            best, height = (float(found.x[0]), math.exp(float(found.x[1]))), -float(found.fun)
    return best


def _standard_error(mu: float, tau: float, x: Floats, n: Floats, offset: Floats) -> float:
    """From the inverse of the observed information in (mean, SD); in the mean alone at the boundary."""

    def f(m: float, t: float) -> float:
        return log_likelihood(m, abs(t), x, n, offset)

    h = 1e-4
    mm = (f(mu + h, tau) - 2 * f(mu, tau) + f(mu - h, tau)) / h**2
    if tau == 0:
        return math.sqrt(-1 / mm)
    g = min(h, tau / 10)
    tt = (f(mu, tau + g) - 2 * f(mu, tau) + f(mu, tau - g)) / g**2
    mt = (f(mu + h, tau + g) - f(mu + h, tau - g) - f(mu - h, tau + g) + f(mu - h, tau - g)) / (4 * h * g)
    return math.sqrt(-tt / (mm * tt - mt**2))


def glmm(effects: Effects, *, level: float = 0.95) -> Pooled:
    """Maximum-likelihood GLMM of rate ratios (conditional, exact) or of one group of proportions.

    Raises
    ------
    DataError
        for measures whose GLMM this version does not compute, and when there is no event at all.
    """
    code, c = effects.measure.code, effects.cells
    if code == "IRR":
        x, n, offset = c["events_t"], c["events_t"] + c["events_c"], np.log(c["time_t"] / c["time_c"])
    elif code == "PLO":
        x, n, offset = c["events"], c["n"], np.zeros(effects.k)
    else:
        raise DataError(f"the generalised linear mixed model is computed for IRR and PLO, not for {code}")
    keep = n > 0
    if x[keep].sum() == 0 or (n - x)[keep].sum() == 0:
        raise DataError("all events are in one arm: the model has no finite estimate")
    mu, tau = _maximise(x[keep], n[keep], offset[keep])
    se = _standard_error(mu, tau, x[keep], n[keep], offset[keep])
    half = quantile(level, None) * se
    nan = math.nan
    weights = np.where(keep, 1 / (effects.vi + tau**2), 0.0)
    return Pooled(
        estimate=mu, se=se, ci_low=mu - half, ci_high=mu + half, stat=mu / se, p=two_sided_p(mu / se, None),
        tau2=tau**2, tau2_low=nan, tau2_high=nan, i2=nan, i2_low=nan, i2_high=nan, i2_q=nan, h2=nan, q=nan,
        q_df=int(keep.sum()) - 1, q_p=nan, pi_low=nan, pi_high=nan, k=effects.k, weights=100 * weights / weights.sum(),
        model="glmm", tau2_method="ML", ci_method="wald", level=level, at_boundary=tau == 0,
    )  # fmt: skip
