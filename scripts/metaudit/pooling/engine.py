"""PyMARE, reached from here only: plain arrays in, plain arrays out, its traps guarded.

Guarded (measured on PyMARE 0.0.13 against metafor and an exact solver): Knapp-Hartung is its default, so the
correction is always passed; tau2 comes back in three shapes; ML and REML stop near 5e-6 relative and may choose 0
where the likelihood peaks slightly above it, so they are polished; k = 1 gives a positive tau2 under REML; NaN and
non-positive variances are not refused; its I2 is the Q-based one and is not used; moderators far from 0 cost it seven
digits (the design it is given is orthonormal, and the coefficients are carried back); so do sampling variances that
differ more than 10,000-fold (tau2 and coefficients are then ours, by QR).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pymare.estimators import DerSimonianLaird, Hedges, VarianceBasedLikelihoodEstimator, WeightedLeastSquares
from pymare.estimators.estimators import BaseEstimator
from pymare.stats import knapp_hartung_cov_and_dof, weighted_least_squares

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError, DisagreementError
from metaudit.pooling.batch import BATCHED, fit_batch
from metaudit.pooling.batch_sums import GRADED
from metaudit.pooling.linear import Profile, check_usable, orthonormal, profile, weighted_fit
from metaudit.pooling.tau2 import estimate_tau2
from metaudit.pooling.tau2_closed import dersimonian_laird_at

AGREEMENT = 1e-8
_CORRECTION = {
    "wald": "wald",
    "t": "wald",
    "hksj": "knapp-hartung",
    "hksj-adhoc-ci": "knapp-hartung",
    "hksj-adhoc-se": "knapp-hartung-conservative",
}


@dataclass(frozen=True)
class Fit:
    """Coefficients of ``d`` data sets that share a design.

    Attributes
    ----------
    beta : shape ``(p, d)``
    cov : shape ``(p, p, d)``
    tau2 : shape ``(d,)``
    at_zero : the fit of a single data set at tau2 = 0, where it was needed: by weights ``1 / vi``, on the orthonormal basis
        of the design
    """

    beta: Floats
    cov: Floats
    tau2: Floats
    at_zero: Profile | None = None


class Tau2Estimator(BaseEstimator):  # type: ignore[misc]
    """A PyMARE estimator whose tau2 is one of ours, for what PyMARE lacks or stops short of.

    Parameters
    ----------
    method : key of ``metaudit.pooling.tau2.ESTIMATORS``, or ``GENQ``
    small_sample_correction : as in PyMARE's own estimators
    stopping : ``exact`` or ``metafor``
    weights : shape ``(k,)``, for GENQ
    """

    def __init__(
        self,
        method: str,
        small_sample_correction: str = "wald",
        *,
        stopping: str = "exact",
        weights: Floats | None = None,
    ) -> None:
        self.method = method
        self.small_sample_correction = small_sample_correction
        self.stopping = stopping
        self.weights = weights

    def fit(self, y: Floats, v: Floats, X: Floats, g: None = None) -> Tau2Estimator:
        """Fit to arrays of shape ``(k, d)``, ``(k, d)`` and ``(k, p)``."""
        self.dataset_ = None
        tau2 = self._tau2(y, v, X)
        if is_graded(v):
            beta, cov = _by_qr(y, v, X, tau2=tau2)
        else:
            beta, cov = weighted_least_squares(y, v, X, tau2=tau2, return_cov=True)
        dof = None
        if self.small_sample_correction != "wald":
            conservative = self.small_sample_correction == "knapp-hartung-conservative"
            cov, dof = knapp_hartung_cov_and_dof(y, v, X, beta, cov, tau2=tau2, conservative=conservative)
        self.params_ = {"fe_params": beta, "tau2": tau2, "inv_cov": cov, "dof": dof}
        return self

    def _tau2(self, y: Floats, v: Floats, x: Floats) -> Floats:
        """Every column at once where the batch kernel knows the model, else column by column."""
        batched = self.method in BATCHED and self.stopping == "exact" and x.shape[1] == 1 and bool(np.all(x == 1))
        if batched and y.shape[1] > 1:
            return fit_batch(y, v, method=self.method).tau2
        return np.array(
            [
                estimate_tau2(self.method, y[:, j], v[:, j], x, stopping=self.stopping, weights=self.weights)
                for j in range(y.shape[1])
            ]
        )


def is_graded(v: Floats) -> bool:
    """Whether some study is so much more precise than another that PyMARE's normal equations lose digits.

    Measured: tau2 (DL) of regressions is off by more than 1e-8 from a ratio of 1e5 on, and 0 instead of 0.6 at 1e10.
    """
    if np.maximum.reduce(v, None) <= GRADED * np.minimum.reduce(v, None):
        return False
    return bool(np.any(v.max(axis=0) > GRADED * v.min(axis=0)))


def _by_qr(y: Floats, v: Floats, x: Floats, *, tau2: Floats) -> tuple[Floats, Floats]:
    fits = [weighted_fit(y[:, j], v[:, j], x, float(tau2[j])) for j in range(y.shape[1])]
    return np.stack([beta for beta, _ in fits], axis=-1), np.stack([cov for _, cov in fits], axis=-1)


def _estimator(method: str, correction: str, *, stopping: str, weights: Floats | None):  # type: ignore[no-untyped-def]
    if method == "FE":
        return WeightedLeastSquares(tau2=0.0, small_sample_correction=correction)
    if method == "DL":
        return DerSimonianLaird(small_sample_correction=correction)
    if method == "HE":
        return Hedges(small_sample_correction=correction)
    return Tau2Estimator(method, small_sample_correction=correction, stopping=stopping, weights=weights)


def check_arrays(yi: Floats, vi: Floats, x: Floats) -> None:
    """Refuse what PyMARE would accept in silence.

    Raises
    ------
    DataError
        for effects that are not finite, variances that are not positive, and moderators that are collinear.
    """
    check_usable(yi, vi)
    if x.shape[0] < x.shape[1] or _rank(x) < x.shape[1]:
        why = "too few studies, or moderators that follow from one another"
        raise DataError(f"{x.shape[0]} studies cannot determine {x.shape[1]} coefficients: {why}")


def _one_each(tau2: Any, d: int) -> Floats:
    """Shape ``(d,)`` from whatever shape PyMARE gives."""
    given = np.asarray(tau2, dtype=float).ravel()
    return given if given.size == d else np.broadcast_to(given, (d,)).copy()


def _rank(x: Floats) -> int:
    return int(x[0, 0] != 0 or x.any()) if x.shape[1] == 1 else int(np.linalg.matrix_rank(x))


def fit(
    yi: Floats,
    vi: Floats,
    x: Floats,
    *,
    method: str,
    ci: str = "wald",
    stopping: str = "exact",
    weights: Floats | None = None,
) -> Fit:
    """Fit one or more data sets through PyMARE.

    Parameters
    ----------
    yi, vi : shape ``(k,)`` or ``(k, d)``
    x : design, shape ``(k, p)``
    method : ``FE`` or an estimator of tau2
    ci : names the covariance: ``wald``, ``t``, ``hksj``, ``hksj-adhoc-se`` or ``hksj-adhoc-ci``
    stopping : where the iterative estimators stop: ``exact`` or ``metafor``
    weights : of the generalised Q, shape ``(k,)``, for ``GENQ``

    Raises
    ------
    DataError
        for unusable arrays, and where metafor itself finds no value under its stopping rule.
    DisagreementError
        when PyMARE's tau2, or its coefficients of several, and a direct computation differ by more than 1e-8. Where variances differ so
        much that PyMARE's own arithmetic cannot hold that, it is not asked (``is_graded``).
    """
    y, v = ((a if a.ndim == 2 else a[:, None]).astype(float) for a in (yi, vi))
    check_arrays(y, v, x)
    k, p = x.shape
    x, r = orthonormal(x)
    correction = _CORRECTION[ci] if k > p else "wald"
    name = method if k > p else "FE"
    graded = is_graded(v)
    if graded:
        estimator = Tau2Estimator(name, correction, stopping=stopping, weights=weights)
    else:
        estimator = _estimator(name, correction, stopping=stopping, weights=weights)
    if name == "FE" and not graded:
        estimator.fit(y, x, v)
    else:
        estimator.fit(y, v, x)
    params = estimator.params_
    beta = np.asarray(params["fe_params"], dtype=float).reshape(p, -1)
    cov = np.asarray(params["inv_cov"], dtype=float).reshape(p, p, -1)
    tau2 = _one_each(params["tau2"], y.shape[1])
    at_zero = None if graded else _cross_check(beta, tau2, y, v, x=x, method=name)
    if p > 1:
        back = np.linalg.inv(r)
        beta, cov = back @ beta, np.einsum("ij,jkd,lk->ild", back, cov, back)
    return Fit(beta, cov, tau2, at_zero)


def _cross_check(beta: Floats, tau2: Floats, y: Floats, v: Floats, *, x: Floats, method: str) -> Profile | None:
    """Hold PyMARE's tau2 against the closed form, and coefficients against the normal equations.

    A mean alone is left to ``second_way.py``, which computes it with every rounding made up for.
    """
    at_zero = None
    for j in range(y.shape[1]):
        t, yj, vj = float(tau2[j]), y[:, j], v[:, j]
        if method in ("DL", "HE"):
            if method == "DL":
                at_zero = profile(yj, vj, x, np.zeros(1))
                closed = max(0.0, dersimonian_laird_at(at_zero, yj.size - x.shape[1]))
            else:
                closed = estimate_tau2(method, yj, vj, x)
            gap = abs(closed - t)
            if not gap <= AGREEMENT * closed and not gap <= AGREEMENT * float(vj.mean()):
                raise DisagreementError(f"tau2 ({method}): PyMARE gives {t!r}, the closed form {closed!r}")
        if x.shape[1] > 1:
            _check_coefficients(beta[:, j], yj, 1 / (vj + t), x, method=method)
    return at_zero if y.shape[1] == 1 else None


def _check_coefficients(beta: Floats, yi: Floats, w: Floats, x: Floats, *, method: str) -> None:
    direct = np.linalg.solve(x.T @ (x * w[:, None]), x.T @ (w * yi))
    if np.any(np.abs(direct - beta) > AGREEMENT * np.maximum(np.abs(direct), np.sqrt(1 / w.sum()))):
        raise DisagreementError(f"coefficients ({method}): PyMARE gives {beta!r}, the normal equations {direct!r}")


def likelihood_tau2(yi: Floats, vi: Floats, x: Floats, *, restricted: bool) -> float:
    """PyMARE's own ML or REML tau2, for comparison with the polished one."""
    method = "reml" if restricted else "ml"
    estimator = VarianceBasedLikelihoodEstimator(method=method, small_sample_correction="wald")
    estimator.fit(yi[:, None], vi[:, None], x)
    return float(np.ravel(estimator.params_["tau2"])[0])
