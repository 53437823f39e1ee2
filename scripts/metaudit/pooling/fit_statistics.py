"""Standard error of tau2, log-likelihood and information criteria of a fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.tau2 import log_likelihood


@dataclass(frozen=True)
class FitStatistics:
    """How well a model fits; smaller is better for all but the log-likelihood.

    Attributes
    ----------
    log_lik : at the estimates
    deviance : -2 times the distance from the saturated model (ML); -2 log_lik (REML)
    aic, bic, aicc : with the coefficients, and tau2 where it was estimated, as parameters; ``aicc`` by Hurvich and Tsai
        1989
    """

    log_lik: float
    deviance: float
    aic: float
    bic: float
    aicc: float


def fit_statistics(
    yi: Floats, vi: Floats, x: Floats, *, tau2: float, restricted: bool, estimated: bool
) -> FitStatistics:
    """Likelihood of an inverse-variance fit at tau2, and the criteria made from it, by metafor's conventions.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    tau2 : the estimate, by whichever method
    restricted : the restricted likelihood (whose number of observations is k - p) or the full one
    estimated : whether tau2 counts as a parameter (not in the common-effect model)
    """
    k, p = x.shape
    log_lik = float(log_likelihood(yi, vi, x, np.array([tau2]), restricted=restricted)[0])
    parameters = p + int(estimated)
    n = k - p if restricted else k
    saturated = 0.0 if restricted else float(-0.5 * np.sum(np.log(2 * math.pi * vi)))
    aic = -2 * log_lik + 2 * parameters
    bic = -2 * log_lik + parameters * math.log(n) if n > 0 else math.nan
    size = max(n, parameters + 2)  # below that the correction would change sign
    aicc = -2 * log_lik + 2 * parameters * size / (size - parameters - 1)
    return FitStatistics(log_lik, -2 * (log_lik - saturated), aic, bic, aicc)


def residual_maker(x: Floats, w: Floats) -> Floats:
    """P = W - WX(X'WX)⁻¹X'W, shape ``(k, k)``."""
    root = np.sqrt(w)
    basis = np.linalg.qr(root[:, None] * x)[0]
    half = root[:, None] * basis
    return np.asarray(np.diag(w) - half @ half.T)


def standard_error_of_tau2(
    yi: Floats, vi: Floats, x: Floats, *, method: str, tau2: float, weights: Floats | None = None
) -> float:
    """Standard error of tau2, by metafor's formulas.

    A moment estimator is ``(y'Py - constant) / scale`` with P of fixed weights, and ``Var(y'Py) = 2 tr(PΣPΣ)`` with
    ``Σ = diag(vi + tau2)`` under normality (DL: Biggerstaff and Tweedie 1997); ML's and REML's come from the expected
    information (Viechtbauer 2005). EB, PM and PMM share Morris's approximation, k / (k - p) times the variance of ML's
    estimator were all weights equal (as metafor has it).

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    method, tau2 : the estimator and its value
    weights : of ``GENQ``

    Returns
    -------
    The standard error; NaN for FE, DL2 and PM2 (none is published) and without a residual degree of freedom.
    """
    k, p = x.shape
    if k <= p:
        return math.nan
    w = 1 / (vi + tau2)
    if method == "ML":
        return math.sqrt(2 / float(w @ w))
    if method == "REML":
        return math.sqrt(2 / float(np.sum(residual_maker(x, w) ** 2)))
    if method in ("EB", "PM", "PMM"):
        return math.sqrt(2 * k**2 / (k - p)) / float(w.sum())
    fixed, scale = _moments(method, yi, vi, x, weights)
    if fixed is None:
        return math.nan
    maker = residual_maker(x, fixed)
    spread = math.sqrt(2 * float(np.sum(np.square(maker) * np.outer(vi + tau2, vi + tau2))))
    return spread / (float(np.trace(maker)) if scale == 0 else scale)


def _moments(method: str, yi: Floats, vi: Floats, x: Floats, weights: Floats | None) -> tuple[Floats | None, float]:
    """Fixed weights of a moment estimator and the divisor of its quadratic form; 0 stands for tr(P)."""
    k, p = x.shape
    if method == "DL":
        return 1 / vi, 0.0
    if method == "HE":
        return np.ones(k), 0.0
    if method == "HS":
        return 1 / vi, float(np.sum(1 / vi))
    if method == "HSk":
        return 1 / vi, float(np.sum(1 / vi)) * (k - p) / k
    if method == "SJ":
        start = float(np.var(yi))
        return (1 / (vi + start), (k - p) / start) if start > 0 else (None, 0.0)
    if method == "GENQ":
        return weights, 0.0
    return None, 0.0
