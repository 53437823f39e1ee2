"""Estimators of the between-study variance with a closed form.

Sources: DerSimonian and Laird 1986 (DL); Hedges 1983 (HE); Hunter and Schmidt 2004 (HS), with the small-sample factor
k / (k - p) of Brannick, Potter, Benitez and Morris 2019 (HSk); Sidik and Jonkman 2005 (SJ); DerSimonian and Kacker 2007
(the general method of moments GENQ and the two-step estimators DL2 and PM2); Viechtbauer 2005 for the form of all of
them with moderators. All but SJ can be negative before truncation.
"""

from __future__ import annotations

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.linear import Profile, one_minus_leverage, profile


def _at(yi: Floats, vi: Floats, x: Floats, tau2: float) -> Profile:
    return profile(yi, vi, x, np.array([tau2]))


def dersimonian_laird(yi: Floats, vi: Floats, x: Floats) -> float:
    """Method of moments with inverse-variance weights (DerSimonian and Laird 1986): (Q - (k - p)) / tr P."""
    return dersimonian_laird_at(_at(yi, vi, x, 0.0), yi.size - x.shape[1])


def dersimonian_laird_at(f: Profile, df: int) -> float:
    """DerSimonian and Laird's moment estimate from the fit at tau2 = 0 and its residual degrees of freedom."""
    return float((f.q[0] - df) / f.trace_p[0])


def hedges(yi: Floats, vi: Floats, x: Floats) -> float:
    """Method of moments with equal weights (Hedges 1983; the analysis-of-variance estimator)."""
    return general_moments(yi, vi, x, np.ones(yi.size))


def hunter_schmidt(yi: Floats, vi: Floats, x: Floats) -> float:
    """Hunter and Schmidt 2004: (Q - k) / Σw."""
    f = _at(yi, vi, x, 0.0)
    return float((f.q[0] - yi.size) / f.trace_w[0])


def hunter_schmidt_corrected(yi: Floats, vi: Floats, x: Floats) -> float:
    """Hunter and Schmidt with Q times k / (k - p) (HSk; Brannick et al. 2019): (Q k / (k - p) - k) / Σw."""
    f = _at(yi, vi, x, 0.0)
    k, p = x.shape
    return float((f.q[0] * k / (k - p) - k) / f.trace_w[0])


def sidik_jonkman(yi: Floats, vi: Floats, x: Floats) -> float:
    """Sidik and Jonkman 2005 with the start value Σ(y - mean)² / k; 0 only when all effects are equal."""
    start = float(np.var(yi))
    if start == 0 or np.ptp(yi) == 0:
        return 0.0
    return float(start * _at(yi, vi, x, start).q[0] / (x.shape[0] - x.shape[1]))


def general_moments(yi: Floats, vi: Floats, x: Floats, weights: Floats) -> float:
    """General method of moments with given weights (DerSimonian and Kacker 2007; GENQ).

    (Q_a - tr(P_a V)) / tr(P_a), where a are the weights, V = diag(vi) and P_a = A - AX(X'AX)⁻¹X'A.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    weights : positive, shape ``(k,)``; only their ratios matter

    Raises
    ------
    DataError
        for weights that are not positive or too many or too few.
    """
    a = np.asarray(weights, dtype=float).ravel()
    if a.shape != yi.shape or not np.all(np.isfinite(a)) or np.any(a <= 0):
        raise DataError(f"GENQ needs one positive weight a study: {yi.size} studies, {a.size} weights given")
    f = _at(yi, 1 / a, x, 0.0)
    expected = float(np.sum(a * vi * one_minus_leverage(a, x)))  # tr(P_a V): Q_a when tau2 is 0
    return float((f.q[0] - expected) / f.trace_p[0])


def two_step_dl(yi: Floats, vi: Floats, x: Floats) -> float:
    """Two-step estimator from DL (DL2): general moments with weights 1 / (vi + tau2_DL), tau2_DL truncated at 0."""
    start = max(0.0, dersimonian_laird(yi, vi, x))
    return general_moments(yi, vi, x, 1 / (vi + start))


def two_step_he(yi: Floats, vi: Floats, x: Floats) -> float:
    """Two-step estimator from HE (PM2; CA2 in the paper): general moments with weights 1 / (vi + tau2_HE)."""
    start = max(0.0, hedges(yi, vi, x))
    return general_moments(yi, vi, x, 1 / (vi + start))
