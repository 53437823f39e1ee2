"""The fit of all studies as the diagnostics need it: coefficients, leverage, and the scale of the variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.linear import orthonormal
from metaudit.pooling.pool import design
from metaudit.pooling.tau2 import ESTIMATORS, estimate_tau2

INTERVALS = ("wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci")


@dataclass(frozen=True)
class Fitted:
    """A common-effect, random-effects or mixed-effects model with all studies in it.

    The design is carried as an orthonormal basis with ``x = basis @ r`` (a calendar year would cost digits).

    Attributes
    ----------
    labels : names of the studies, ``k`` of them
    yi, vi : shape ``(k,)``
    terms : names of the coefficients, ``p`` of them
    basis, r : shapes ``(k, p)`` and ``(p, p)``
    method, ci : estimator of tau2 (``FE`` for the common effect) and what the covariance is built for
    tau2 : between-study variance
    beta, inverse : coefficients of the basis and (basis' W basis)⁻¹, shapes ``(p,)`` and ``(p, p)``
    s2 : what the covariance is multiplied by: 1, or Knapp and Hartung's weighted mean square
    """

    labels: tuple[str, ...]
    yi: Floats
    vi: Floats
    terms: tuple[str, ...]
    basis: Floats
    r: Floats
    method: str
    ci: str
    tau2: float
    beta: Floats
    inverse: Floats
    s2: float

    @property
    def k(self) -> int:
        """Number of studies."""
        return int(self.yi.size)

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return int(self.basis.shape[1])

    @property
    def prediction(self) -> Floats:
        """The model's value for each study, shape ``(k,)``."""
        return np.asarray(self.basis @ self.beta)

    @property
    def spread(self) -> Floats:
        """Variance of each prediction, shape ``(k,)``."""
        return self.s2 * np.asarray(np.einsum("kp,pq,kq->k", self.basis, self.inverse, self.basis))

    @property
    def hat(self) -> Floats:
        """Leverage: how much of its own prediction each study gives, shape ``(k,)``; sums to ``p``."""
        return np.asarray(np.einsum("kp,pq,kq->k", self.basis, self.inverse, self.basis) / (self.vi + self.tau2))


def numbers(yi: Any, vi: Any, labels: Sequence[str] | None) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Effects, variances and names, checked.

    Raises
    ------
    DataError
        when they differ in number, are missing or not finite, a variance is not positive, or there is no study.
    """
    y, v = (np.atleast_1d(np.asarray(a, dtype=float)).ravel() for a in (yi, vi))
    names = tuple(f"study {i + 1}" for i in range(y.size)) if labels is None else tuple(map(str, labels))
    if not y.size == v.size == len(names):
        raise DataError(f"{y.size} effects, {v.size} variances and {len(names)} names; each study needs one of each")
    if y.size == 0:
        raise DataError("there is no study to look at; a diagnostic needs at least one")
    for name, a, b in zip(names, y, v, strict=True):
        if not (np.isfinite(a) and np.isfinite(b)):
            raise DataError(f"{name}: effect {a:g} with variance {b:g}; leave the study out or complete it")
        if b <= 0:
            raise DataError(f"{name}: variance {b:g}; a sampling variance is above 0")
    return y, v, names


def known(tau2: str, ci: str, level: float = 0.95) -> str:
    """The estimator's code, after checking it, the interval and its level.

    Raises
    ------
    DataError
        for a code that is not known, naming those that are.
    """
    method = tau2 or "FE"
    if method not in ESTIMATORS:
        raise DataError(f"tau2 {tau2!r} is not known; choose one of {', '.join(ESTIMATORS)}")
    if ci not in INTERVALS:
        raise DataError(f"ci {ci!r} is not offered for diagnostics; choose one of {', '.join(INTERVALS)}")
    if not 0 < level < 1:
        raise DataError(f"level {level!r} is not between 0 and 1")
    return method


def mean_square(weighted: Floats, df: Any, ci: str) -> Floats:
    """What the covariance is multiplied by.

    1 for ``wald`` and ``t``; the weighted mean square of Knapp and Hartung 2003 for ``hksj``; not below 1 for
    ``hksj-adhoc-se``; NaN without degrees of freedom.

    Parameters
    ----------
    weighted : weighted residual sums of squares, any shape
    df : their degrees of freedom, one number or the same shape
    ci : name of the interval
    """
    if ci in ("wald", "t"):
        return np.ones_like(weighted)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(np.asarray(df) > 0, weighted / df, np.nan)
    return np.maximum(found, 1.0) if ci == "hksj-adhoc-se" else np.asarray(found)


def fit_all(
    yi: Any, vi: Any, *, tau2: str = "REML", ci: str = "wald", mods: Any = None, labels: Sequence[str] | None = None
) -> Fitted:
    """Fit the model with all studies (weighted least squares with weights 1 / (vi + tau2)).

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau2 : estimator of tau2, or ``FE``
    ci : ``wald``, ``t``, ``hksj``, ``hksj-adhoc-se`` or ``hksj-adhoc-ci``
    mods : moderators as for ``pool``; an intercept is added
    labels : names of the studies

    Raises
    ------
    DataError
        for arrays that cannot be used, unknown choices, or moderators that follow from one another.
    """
    y, v, names = numbers(yi, vi, labels)
    method = known(tau2, ci)
    terms, x = design(mods, y.size)
    k, p = x.shape
    if k < p or np.linalg.matrix_rank(x) < p:
        why = "too few studies, or moderators that follow from one another"
        raise DataError(f"{k} studies cannot determine {p} coefficients: {why}")
    basis, r = orthonormal(x)
    found = estimate_tau2(method, y, v, basis) if k > p else 0.0
    w = 1 / (v + found)
    inverse = np.asarray(np.linalg.inv(basis.T @ (basis * w[:, None])), dtype=np.float64)
    beta = inverse @ (basis.T @ (w * y))
    beta = beta + inverse @ (basis.T @ (w * (y - basis @ beta)))  # one refinement: large effects, small differences
    rss = np.array(float(w @ (y - basis @ beta) ** 2))
    s2 = float(mean_square(rss, k - p, ci))
    return Fitted(names, y, v, tuple(terms), basis, r, method, ci, float(found), beta, inverse, s2)
