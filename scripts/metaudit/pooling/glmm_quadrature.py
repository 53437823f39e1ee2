"""The likelihood of a mixed model, integrated over its random effects, with exact derivatives.

Two rules. ``exact``: the trapezoidal rule over all of the (log-concave) integrand, which converges geometrically in the
number of nodes for functions analytic in a strip (Trefethen and Weideman 2014, SIAM Rev 56:385). An integer n: adaptive
Gauss-Hermite quadrature with n nodes a random effect, centred and scaled at the integrand's mode (Liu and Pierce 1994,
Biometrika 81:624; Pinheiro and Bates 1995), which is what lme4 and so metafor's ``rma.glmm`` do with n = 7; n = 1 is Laplace's
approximation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.hermite import hermgauss
from scipy.special import logsumexp

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.glmm_model import Model

NODES = {0: 1, 1: 48, 2: 44}  # of the exact rule to begin with, by number of random effects, a dimension
_REACH = 9.0  # the log integrand bends at least as much as that of a standard normal: exp(-81/2) = 3e-18
_DROP = {1: 42.0, 2: 44.0}


@dataclass(frozen=True)
class Moments:
    """Log-likelihood of each study ``(k,)``, its gradient ``(k, P)`` and Hessian ``(k, P, P)`` in the study's parameters."""

    value: Floats
    score: Floats
    hessian: Floats


def log_integrand(model: Model, means: list[Floats], slopes: Floats, *, z: Floats) -> Floats:
    """Log of density times standard normal density, at ``z`` of shape (k, N, axes); without the normal's constant."""
    out: Floats = -0.5 * np.sum(z**2, axis=2)
    for a, arm in enumerate(model.arms):
        out = out + arm.at(means[a][:, None] + z @ slopes[a])[0]
    return out


def modes(model: Model, means: list[Floats], slopes: Floats) -> tuple[Floats, Floats]:
    """Mode of each study's integrand ``(k, axes)`` and a Cholesky factor of the inverse curvature there.

    Newton's method with step halving on a log-concave function.

    Raises
    ------
    DataError
        when it does not arrive, which means that the parameters are out of all proportion.
    """
    d = model.axes
    z = np.zeros((model.k, d))

    def bend(at: Floats) -> tuple[Floats, Floats, Floats]:
        value, gradient = -0.5 * np.sum(at**2, axis=1), -at
        curve = np.tile(np.eye(d), (model.k, 1, 1))
        for a, arm in enumerate(model.arms):
            f, g, h = (part[:, 0] for part in arm.at((means[a] + at @ slopes[a])[:, None]))
            value, gradient = value + f, gradient + g[:, None] * slopes[a]
            curve = curve - h[:, None, None] * np.outer(slopes[a], slopes[a])
        return value, gradient, curve

    value, gradient, curve = bend(z)
    for _ in range(200):
        step = np.linalg.solve(curve, gradient[:, :, None])[:, :, 0]
        if np.max(np.abs(step)) < 1e-14:
            break
        scale = np.ones(model.k)
        for _ in range(60):
            moved = bend(z + scale[:, None] * step)
            worse = ~(moved[0] >= value - 1e-12 * (1 + np.abs(value)))
            if not worse.any():
                break
            scale[worse] /= 2
        z = z + scale[:, None] * step
        value, gradient, curve = moved
        if np.max(np.abs(step)) < 1e-11:  # quadratic convergence: the step just taken left less than its square
            break
    else:
        raise DataError(
            "the mixed model's integrand has no mode that can be found: the parameters are out of proportion"
        )
    return z, np.linalg.cholesky(np.linalg.inv(curve))


def nodes(model: Model, theta: Floats, rule: int | None, *, per_axis: int | None = None) -> tuple[Floats, Floats]:
    """Nodes ``(k, N, axes)`` and log-weights ``(k, N)``, the standard normal density in the weights."""
    d = model.axes
    if d == 0:
        return np.zeros((model.k, 1, 0)), np.zeros((model.k, 1))
    means, slopes = model.at_mean(theta), model.slopes(theta)
    centre, root = modes(model, means, slopes)
    if rule is None:
        t, weight = _trapezoid(model, means, slopes, centre=centre, root=root, count=per_axis or NODES[d])
    else:
        x, w = hermgauss(rule)
        t = np.stack([g.ravel() for g in np.meshgrid(*[math.sqrt(2) * x] * d, indexing="ij")], axis=1)[None]
        one = np.log(w) + x**2 + 0.5 * math.log(2)
        weight = np.sum(np.stack([g.ravel() for g in np.meshgrid(*[one] * d, indexing="ij")], axis=1), axis=1)[None]
    z = centre[:, None, :] + np.einsum("kij,knj->kni", root, np.broadcast_to(t, (model.k, *t.shape[1:])))
    volume = np.sum(np.log(np.diagonal(root, axis1=1, axis2=2)), axis=1)
    prior = -0.5 * np.sum(z**2, axis=2) - 0.5 * d * math.log(2 * math.pi)
    return z, weight + volume[:, None] + prior


def _trapezoid(
    model: Model, means: list[Floats], slopes: Floats, *, centre: Floats, root: Floats, count: int
) -> tuple[Floats, Floats]:
    """Equally spaced nodes in whitened coordinates, from where the integrand begins to matter to where it ceases to."""
    d = model.axes
    top = log_integrand(model, means, slopes, z=centre[:, None, :])[:, 0]
    grids, weight = [], np.zeros((model.k, 1))
    for j in range(d):
        direction = root[:, :, j]
        length = np.sqrt(np.sum(direction**2, axis=1))
        limit = (_REACH / length)[:, None]
        far = np.minimum(np.full((model.k, 2), math.sqrt(2 * _DROP[d]) + 1), limit)
        while True:
            z = centre[:, None, :] + (far * [-1.0, 1.0])[:, :, None] * direction[:, None, :]
            there = log_integrand(model, means, slopes, z=z) >= top[:, None] - _DROP[d]
            short = there & (far < limit)
            if not short.any():
                break
            far = np.where(short, np.minimum(1.35 * far, limit), far)
        grids.append(np.linspace(-far[:, 0], far[:, 1], count, axis=1))
        weight = weight + np.log((far[:, 0] + far[:, 1]) / (count - 1))[:, None]
    if d == 1:
        return grids[0][:, :, None], weight
    first, second = np.repeat(grids[0], count, axis=1), np.tile(grids[1], (1, count))
    return np.stack([first, second], axis=2), weight


def log_likelihoods(model: Model, theta: Floats, rule: int | None, *, per_axis: int | None = None) -> Floats:
    """Marginal log-likelihood of each study, shape ``(k,)``."""
    z, weight = nodes(model, theta, rule, per_axis=per_axis)
    means, slopes = model.at_mean(theta), model.slopes(theta)
    inside = weight + sum(arm.at(means[a][:, None] + z @ slopes[a])[0] for a, arm in enumerate(model.arms))
    out: Floats = logsumexp(inside, axis=1)
    return out


def moments(model: Model, theta: Floats, *, rule: int | None = None, per_axis: int | None = None) -> Moments:
    """Marginal log-likelihood with gradient and Hessian by Louis' identity (Louis 1982, J R Stat Soc B 44:226).

    The derivatives are those of the integral; under a rule with few nodes they are only as good as that rule.
    """
    z, weight = nodes(model, theta, rule, per_axis=per_axis)
    means, slopes, local = model.at_mean(theta), model.slopes(theta), model.local(z)
    size = len(local[0])
    inside, gradient = weight, [np.zeros(weight.shape) for _ in range(size)]
    curve = [[np.zeros(weight.shape) for _ in range(size)] for _ in range(size)]
    for a, arm in enumerate(model.arms):
        f, g, h = arm.at(means[a][:, None] + z @ slopes[a])
        inside = inside + f
        for p in range(size):
            gradient[p] = gradient[p] + g * local[a][p]
            for q in range(p + 1):
                curve[p][q] = curve[p][q] + h * local[a][p] * local[a][q]
    value: Floats = logsumexp(inside, axis=1)
    share = np.exp(inside - value[:, None])
    score = np.stack([np.sum(share * g, axis=1) for g in gradient], axis=1)
    hessian = np.empty((model.k, size, size))
    for p in range(size):
        for q in range(p + 1):
            mean = np.sum(share * (curve[p][q] + gradient[p] * gradient[q]), axis=1)
            hessian[:, p, q] = hessian[:, q, p] = mean - score[:, p] * score[:, q]
    return Moments(value, score, hessian)
