"""Cluster-robust variances of a pooled effect or a meta-regression whose effects are not independent.

The coefficients stay as they are; only their covariance changes (Hedges, Tipton and Johnson 2010). CR0 takes the
residuals as they come; CR1 multiplies by m / (m - p); CR2 undoes, cluster by cluster, the shrinkage of the residuals
(Bell and McCaffrey 2002) and is judged by Satterthwaite's degrees of freedom (Pustejovsky and Tipton 2018).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import fdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError, DisagreementError
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.robust_fit import SINGULAR, ClusterFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = ("CR0", "CR1", "CR2", "CR2-whitened")
AGREEMENT = 1e-8
_LEVERAGED = (
    1e-3  # share of a cluster's variance left in its residuals down to which PyMARE's degrees of freedom are compared
)


@dataclass(frozen=True)
class RobustCoefficient:
    """One coefficient with its cluster-robust inference; ``df`` are those of its t distribution."""

    term: str
    estimate: float
    se: float
    stat: float
    df: float
    p: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Robust:
    """A fit with cluster-robust inference.

    Attributes
    ----------
    kind : ``CR0``, ``CR1``, ``CR2`` or ``CR2-whitened``
    k, clusters : number of effects and of clusters
    tau2, level : of the fit, and of the intervals
    coefficients : the intercept first
    cov : their robust covariance, shape ``(p, p)``
    f, f_df, f_p : test that all moderators' coefficients are 0: F with ``p - 1`` and ``m - p`` degrees of freedom
        (CR0, CR1), the approximate Hotelling test (CR2); NaN without moderators
    """

    kind: str
    k: int
    clusters: int
    tau2: float
    level: float
    coefficients: tuple[RobustCoefficient, ...]
    cov: Floats
    f: float = math.nan
    f_df: tuple[float, float] = (math.nan, math.nan)
    f_p: float = math.nan

    @property
    def mean(self) -> RobustCoefficient:
        """The pooled effect (the intercept when there are moderators)."""
        return self.coefficients[0]


def cluster_robust(
    yi: Any,
    vi: Any,
    clusters: Sequence[Any],
    *,
    tau2: float,
    x: Any = None,
    names: Sequence[str] = (),
    kind: str = "CR2",
    level: float = 0.95,
) -> Robust:
    """Robust inference on the coefficients of a fit with weights ``1 / (vi + tau2)``.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    clusters : label of each effect's cluster, length k
    tau2 : between-study variance of the fit (0 for the common-effect model)
    x : design with the intercept first, shape ``(k, p)``; without it the mean is estimated
    names : of the columns of ``x``
    kind : ``CR0``; ``CR1``; ``CR2`` as clubSandwich defines it; ``CR2-whitened`` as PyMARE defines it
    level : confidence level

    Raises
    ------
    DataError
        when there are not more clusters than coefficients, or a label is missing.
    DisagreementError
        when PyMARE and a direct computation of the same variance differ by more than 1e-8.
    """
    y, v = (np.asarray(a, dtype=float).ravel() for a in (yi, vi))
    design = np.ones((y.size, 1)) if x is None else np.asarray(x, dtype=float)
    codes, m = _encoded(clusters, y.size, design.shape[1])
    if kind not in KINDS:
        raise DataError(f"robust variance {kind!r} is not known; choose one of {', '.join(KINDS)}")
    fit = ClusterFit.of(y, v + tau2, design, codes=codes)
    cov, df = fit.covariance(kind), np.full(design.shape[1], float(m - design.shape[1]))
    if kind.startswith("CR2"):
        df = fit.satterthwaite(kind)
    _cross_check(fit, y, v, design, tau2=tau2, codes=codes, kind=kind, cov=cov, df=df)
    terms = tuple(names) or ("intercept", *(f"x{i}" for i in range(1, design.shape[1])))
    coefficients = tuple(
        _coefficient(term, b, math.sqrt(c), d, level=level)
        for term, b, c, d in zip(terms, fit.beta, np.diag(cov), df, strict=True)
    )
    out = Robust(kind, y.size, m, float(tau2), level, coefficients, cov)
    return out if design.shape[1] == 1 else _with_omnibus(out, fit)


def _encoded(clusters: Sequence[Any], k: int, p: int) -> tuple[NDArray[np.intp], int]:
    labels = ["" if c is None or c != c else str(c).strip() for c in clusters]
    if len(labels) != k:
        raise DataError(f"{len(labels)} cluster labels, but {k} effects")
    if "" in labels:
        raise DataError(f"effect {labels.index('') + 1} has no cluster; name the cluster it belongs to")
    unique, codes = np.unique(labels, return_inverse=True)
    if unique.size <= p:
        raise DataError(f"{unique.size} clusters cannot give a robust variance of {p} coefficients: more are needed")
    return codes, int(unique.size)


def _coefficient(term: str, estimate: float, se: float, df: float, *, level: float) -> RobustCoefficient:
    estimate, half = float(estimate), quantile(level, df) * se
    stat = estimate / se if se > 0 else math.nan
    return RobustCoefficient(
        term, estimate, se, stat, float(df), two_sided_p(stat, df), estimate - half, estimate + half
    )


def _with_omnibus(out: Robust, fit: ClusterFit) -> Robust:
    """F of CR0 and CR1; for CR2 the approximate Hotelling test (HTZ, Tipton and Pustejovsky 2015)."""
    q = len(out.coefficients) - 1
    beta, inside = fit.beta[1:], out.cov[1:, 1:]
    wald = float(beta @ np.linalg.solve(inside, beta))
    df = float(out.clusters - q - 1)
    f = wald / q
    if out.kind.startswith("CR2"):
        values, vectors = np.linalg.eigh(fit.bread[1:, 1:])
        half = (vectors / np.sqrt(values)) @ vectors.T
        s = np.einsum("sa,iajb,tb->isjt", half, fit.moments(out.kind)[:, 1:, :, 1:], half)
        diagonal = np.einsum("isjs->ijs", s)
        variance = float(np.sum(np.sum(diagonal, axis=2) ** 2) + np.einsum("isjt,itjs->", s, s))
        eta = q * (q + 1) / variance
        df = eta - q + 1
        f = wald * df / (eta * q)
    p = float(fdtrc(q, df, f)) if df > 0 else math.nan
    return replace(out, f=f, f_df=(float(q), df), f_p=p)


def _cross_check(
    fit: ClusterFit,
    y: Floats,
    v: Floats,
    x: Floats,
    *,
    tau2: float,
    codes: NDArray[np.intp],
    kind: str,
    cov: Floats,
    df: Floats,
) -> None:
    """PyMARE computes all kinds but clubSandwich's CR2, whose defining property is checked instead."""
    least = min(float(fit.left(r)[0][0]) for r in fit.rows)
    tolerance = AGREEMENT + 1e-14 / max(least, SINGULAR)  # 1 - leverage has lost these digits
    if kind == "CR2":
        if least > 0:  # a cluster that determines a coefficient alone has no residual to adjust
            under_model = np.einsum("iaib->ab", fit.moments(kind))
            _demand(
                "CR2: its expectation under the working model, the model's covariance",
                under_model,
                fit.bread,
                tolerance,
            )
        return
    from metaudit.pooling.engine_robust import pymare_robust

    loss = 1e-14 * fit.condition() / max(least, SINGULAR)  # PyMARE solves the normal equations
    again, again_df = pymare_robust(y, v, x, tau2=tau2, clusters=codes, kind=kind.removesuffix("-whitened"))
    _demand(f"{kind}: covariance", cov, again, AGREEMENT + loss)
    if least > _LEVERAGED and np.all(df > 1):  # below, PyMARE's have lost their digits, or are set to 1
        _demand(f"{kind}: degrees of freedom", np.diag(df), np.diag(again_df), AGREEMENT + loss)


def _demand(what: str, ours: Floats, again: Floats, tolerance: float) -> None:
    size = np.sqrt(np.outer(np.diag(again), np.diag(again)))
    if np.any(np.abs(ours - again) > tolerance * size):
        raise DisagreementError(f"{what}: {ours.tolist()}, a second computation gives {again.tolist()}")
