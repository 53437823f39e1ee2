"""Cluster-robust tests of a multilevel fit, whose working model has correlations within clusters.

Sources: Bell and McCaffrey 2002 (CR2); Pustejovsky and Tipton 2018, J Bus Econ Stat 36:672 (Satterthwaite degrees of freedom, the general
working model); Tipton and Pustejovsky 2015, J Educ Behav Stat 40:604 (approximate Hotelling test). CR2 is clubSandwich's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import fdtrc

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.multilevel.fit import Multilevel
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.robust import RobustCoefficient

KINDS = ("CR0", "CR1", "CR1-simple", "CR2")
_SINGULAR = 1e-10  # eigenvalue of the whitened residual covariance below which a direction counts as fitted away


@dataclass(frozen=True)
class RobustFit:
    """A multilevel fit with cluster-robust inference.

    Attributes
    ----------
    kind, clusters, level : what was done
    coefficients : the intercept first, with Satterthwaite's degrees of freedom
    cov : their robust covariance, shape ``(p, p)``
    f, f_df, f_p : approximate Hotelling test that all moderators' coefficients are 0; NaN without moderators
    """

    kind: str
    clusters: int
    level: float
    coefficients: tuple[RobustCoefficient, ...]
    cov: Floats
    f: float
    f_df: tuple[float, float]
    f_p: float


def robust_multilevel(fit: Multilevel, cluster: Sequence[Any], *, kind: str = "CR2", level: float = 0.95) -> RobustFit:
    """Robust inference on the coefficients of a multilevel fit.

    Parameters
    ----------
    fit : the working model
    cluster : label of each effect's cluster; every random effect lies inside one cluster
    kind : ``CR0``; ``CR1`` with m / (m - p) as metafor has it; ``CR1-simple`` with m / (m - 1); ``CR2``
    level : confidence level

    Raises
    ------
    DataError
        when a random effect reaches over clusters, or there are not more clusters than coefficients.
    """
    if kind not in KINDS:
        raise DataError(f"robust variance {kind!r} is not known; choose one of {', '.join(KINDS)}")
    work = _Working(fit, cluster)
    m, p = len(work.rows), fit.cov.shape[0]
    scores = [work.adjusted(j, kind) for j in range(m)]
    sums = np.array([g.T @ work.residual[rows] for g, rows in zip(scores, work.rows, strict=True)])
    factor = {"CR1": m / (m - p), "CR1-simple": m / (m - 1)}.get(kind, 1.0)
    cov = factor * sums.T @ sums
    moments = work.moments(scores)
    df = [_satterthwaite(moments[:, c, :, c]) for c in range(p)]
    coefficients = tuple(
        _coefficient(c, math.sqrt(v), d, level=level)
        for c, v, d in zip(fit.coefficients, np.diag(cov), df, strict=True)
    )
    f, f_df, f_p = _hotelling(fit, cov, moments)
    return RobustFit(kind, m, level, coefficients, cov, f, f_df, f_p)


class _Working:
    """The working model cut by clusters."""

    def __init__(self, fit: Multilevel, cluster: Sequence[Any]) -> None:
        labels = ["" if c is None or c != c else str(c).strip() for c in cluster]
        if len(labels) != fit.k or "" in labels:
            raise DataError(f"{fit.k} effects, but {sum(map(bool, labels))} cluster labels: every effect needs one")
        codes = np.unique(labels, return_inverse=True)[1]
        m, p = int(codes.max()) + 1, fit.cov.shape[0]
        if m <= p:
            raise DataError(f"{m} clusters cannot give a robust variance of {p} coefficients: more are needed")
        blocks = fit.blocks
        whole = np.zeros((fit.k, fit.k))
        for stack in blocks.stacks:
            for rows, part in zip(stack.rows, blocks.covariance(stack, fit.variances), strict=True):
                if np.unique(codes[rows]).size > 1:
                    raise DataError(
                        "a random effect, or a sampling covariance, reaches over several clusters: cluster by the outermost grouping"
                    )
                whole[np.ix_(rows, rows)] = part
        self.rows = [np.flatnonzero(codes == c) for c in range(m)]
        self.phi = [whole[np.ix_(r, r)] for r in self.rows]
        self.x = [blocks.x[r] for r in self.rows]
        self.bread = fit.cov
        self.residual = blocks.y - blocks.x @ np.array([c.estimate for c in fit.coefficients])

    def adjusted(self, j: int, kind: str) -> Floats:
        """``A_j' W_j X_j M`` of a cluster, shape ``(n_j, p)``: what its residuals are multiplied by."""
        plain = np.linalg.solve(self.phi[j], self.x[j] @ self.bread)
        if kind != "CR2":
            return np.asarray(plain)
        upper = np.linalg.cholesky(self.phi[j]).T
        left = self.phi[j] - self.x[j] @ self.bread @ self.x[j].T
        values, vectors = np.linalg.eigh(upper @ left @ upper.T)
        keep = values > _SINGULAR * float(np.linalg.norm(self.phi[j], 2)) ** 2
        root = (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
        return np.asarray((upper.T @ root @ upper).T @ plain)

    def moments(self, scores: list[Floats]) -> Floats:
        """Covariances of the clusters' scores under the working model, shape ``(m, p, m, p)``."""
        through = np.array([g.T @ x for g, x in zip(scores, self.x, strict=True)])
        out = -np.einsum("iac,cd,jbd->iajb", through, self.bread, through)
        for i, (g, phi) in enumerate(zip(scores, self.phi, strict=True)):
            out[i, :, i, :] += g.T @ phi @ g
        return np.asarray(out)


def _satterthwaite(own: Floats) -> float:
    return float(np.trace(own)) ** 2 / float(np.sum(own**2))


def _coefficient(fitted: Any, se: float, df: float, *, level: float) -> RobustCoefficient:
    half, stat = quantile(level, df) * se, fitted.estimate / se if se > 0 else math.nan
    return RobustCoefficient(
        fitted.term,
        fitted.estimate,
        se,
        stat,
        df,
        two_sided_p(stat, df),
        fitted.estimate - half,
        fitted.estimate + half,
    )


def _hotelling(fit: Multilevel, cov: Floats, moments: Floats) -> tuple[float, tuple[float, float], float]:
    """HTZ: Hotelling's T² with degrees of freedom that match the total variance of the robust covariance (2015, eq. 17)."""
    q = len(fit.coefficients) - 1
    if q == 0:
        return math.nan, (math.nan, math.nan), math.nan
    beta = np.array([c.estimate for c in fit.coefficients])[1:]
    wald = float(beta @ np.linalg.solve(cov[1:, 1:], beta))
    expected = np.einsum("iaib->ab", moments)[1:, 1:]
    values, vectors = np.linalg.eigh(expected)
    half = (vectors / np.sqrt(values)) @ vectors.T
    s = np.einsum("sa,iajb,tb->isjt", half, moments[:, 1:, :, 1:], half, optimize=True)
    diagonal = np.einsum("isjs->ijs", s)
    variance = float(np.sum(np.sum(diagonal, axis=2) ** 2) + np.einsum("isjt,itjs->", s, s))
    eta = q * (q + 1) / variance
    df = eta - q + 1
    f = wald * df / (eta * q)
    return f, (float(q), df), float(fdtrc(q, df, f)) if df > 0 else math.nan
