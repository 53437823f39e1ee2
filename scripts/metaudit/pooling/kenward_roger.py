"""Kenward and Roger's small-sample inference for the coefficients of a random-effects model fitted by REML.

The covariance of the coefficients is enlarged for the uncertainty of tau2, and t or F take degrees of freedom from the
expected information of the restricted likelihood. With V = diag(vi + tau2), dV/dtau2 = I and the second derivative is 0,
which leaves Kenward and Roger 1997 with one variance parameter, P1 = -X'V⁻²X and Q11 = X'V⁻³X.

Without moderators the degrees of freedom are those of Partlett and Riley 2017 (also in the R packages meta and pimeta):
``2 I_E / (var w2)²`` with the *adjusted* variance where Kenward and Roger 1997 have ``1 / sum(w)``. With moderators they
are those of 1997.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.fit_statistics import residual_maker
from metaudit.pooling.linear import orthonormal


@dataclass(frozen=True)
class KenwardRoger:
    """Adjusted inference of one fit.

    Attributes
    ----------
    cov : adjusted covariance of the coefficients, shape ``(p, p)``
    df : degrees of freedom of each coefficient's t, shape ``(p,)``
    plain : the unadjusted covariance (X'V⁻¹X)⁻¹, shape ``(p, p)``
    slope : X'V⁻²X, shape ``(p, p)``
    information : expected information of tau2
    """

    cov: Floats
    df: Floats
    plain: Floats
    slope: Floats
    information: float


def kenward_roger(vi: Floats, x: Floats, tau2: float) -> KenwardRoger:
    """Adjusted covariance and degrees of freedom at the REML estimate.

    Parameters
    ----------
    vi : sampling variances, shape ``(k,)``
    x : design of full rank, shape ``(k, p)`` with k > p
    tau2 : the REML estimate (0 at the boundary is taken as it comes)
    """
    w = 1 / (vi + tau2)
    basis, r = orthonormal(x)
    back = np.linalg.inv(r)
    maker = residual_maker(basis, w)
    information = 0.5 * float(np.sum(maker**2))
    weighted = basis * w[:, None]
    inverse = np.linalg.inv(basis.T @ weighted)
    squares = weighted.T @ weighted
    plain = np.asarray(back @ inverse @ back.T, dtype=float)
    # Q - PΦP = X'W (W - WXΦX'W) WX: the residual maker keeps the difference from cancelling.
    excess = inverse @ weighted.T @ maker @ weighted @ inverse
    cov = np.asarray(plain + 2 * back @ excess @ back.T / information, dtype=float)
    # Without moderators X'V⁻²X is the number sum(w²), and Partlett and Riley multiply it by the adjusted variance.
    bend = back @ inverse @ squares @ inverse @ back.T
    shrink = cov[0] * squares[0] if x.shape[1] == 1 else np.diag(bend) / np.diag(plain)
    df = np.asarray(2 * information / shrink**2, dtype=float)
    slope = np.asarray(r.T @ squares @ r, dtype=float)
    return KenwardRoger(cov, df, plain, slope, information)


def omnibus(fit: KenwardRoger, beta: Floats) -> tuple[float, float]:
    """F of all coefficients but the first, scaled, and its P value (Kenward and Roger 1997).

    Parameters
    ----------
    fit : of a model with moderators
    beta : coefficients, shape ``(p,)``
    """
    q = beta.size - 1
    theta = np.zeros_like(fit.plain)
    theta[1:, 1:] = np.linalg.inv(fit.plain[1:, 1:])
    core = theta @ fit.plain @ fit.slope @ fit.plain
    a1 = float(np.trace(core)) ** 2 / fit.information
    a2 = float(np.trace(core @ core)) / fit.information
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    d = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / d, (q - g) / d, (q + 2 - g) / d
    mean = 1 / (1 - a2 / q)
    variance = 2 / q * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    rho = variance / (2 * mean**2)
    m = 4 + (q + 2) / (q * rho - 1)
    scale = m / (mean * (m - 2))
    f = scale / q * float(beta[1:] @ np.linalg.solve(fit.cov[1:, 1:], beta[1:]))
    if not (m > 0 and f >= 0):
        return math.nan, math.nan
    return f, float(fdtrc(q, m, f))
