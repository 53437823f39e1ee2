"""The likelihood of a model with any number of variance components and a block-diagonal sampling covariance.

``y = Xb + sum over j of Z[j] u[j] + e`` with independent ``u[j] ~ N(0, s[j])``, one for each label of grouping j, and ``e ~ N(0, V)``. Effects
that share a label or a sampling covariance, directly or through others, form a block; the covariance matrix of y has only zeros
between blocks, so that no matrix larger than a block is formed. Source: Searle, Casella and McCulloch 1992, *Variance Components*, ch. 6
(scores); Gilmour, Thompson and Cullis 1995, Biometrics 51:1440 (average information).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaudit.effects.zero_cells import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class At:
    """The model at given variances.

    Attributes
    ----------
    beta, cov : coefficients and (X'WX)⁻¹
    log_likelihood : with metafor's constants; restricted for REML
    slope : derivatives in the variances, shape ``(q,)``
    information : average information (REML) or its like (ML), shape ``(q, q)``
    """

    beta: Floats
    cov: Floats
    log_likelihood: float
    slope: Floats
    information: Floats


@dataclass(frozen=True)
class Stack:
    """All blocks of one size: rows in the data ``(B, s)``, V ``(B, s, s)``, and for each grouping who shares a label ``(q, B, s, s)``."""

    rows: NDArray[np.intp]
    v: Floats
    share: Floats


class Blocks:
    """Data cut into blocks.

    Parameters
    ----------
    y : effects, shape ``(k,)``
    v : sampling covariance, shape ``(k, k)``
    x : design, shape ``(k, p)``
    groupings : numbers of the labels, one array of shape ``(k,)`` for each variance
    restricted : REML instead of ML
    """

    def __init__(
        self, y: Floats, v: Floats, x: Floats, *, groupings: Sequence[NDArray[np.intp]], restricted: bool
    ) -> None:
        self.y, self.x, self.restricted = y, x, restricted
        self.component = components(v, groupings)
        self.stacks = _stacks(v, groupings, self.component)
        self.count = len(groupings)
        self.constant = (y.size - (x.shape[1] if restricted else 0)) * math.log(2 * math.pi)
        if restricted:
            self.constant -= float(np.linalg.slogdet(x.T @ x)[1])

    def covariance(self, stack: Stack, variances: Floats) -> Floats:
        """Marginal covariance of the blocks of one size, shape ``(B, s, s)``."""
        return np.asarray(stack.v + np.einsum("q,qbij->bij", variances, stack.share))

    def definite(self) -> bool:
        """Whether the sampling covariance of every block is positive definite."""
        return all(float(np.linalg.eigvalsh(stack.v).min()) > 0 for stack in self.stacks)

    def without_variances(self) -> tuple[float, float]:
        """Cochran's Q, and the trace of W - WX(X'WX)⁻¹X'W, with W the inverse of the sampling covariance alone."""
        at = self.at(np.zeros(self.count))
        residual, square, trace, wxx = self.y - self.x @ at.beta, 0.0, 0.0, np.zeros_like(at.cov)
        for stack in self.stacks:
            w, rs = np.linalg.inv(stack.v), residual[stack.rows]
            square += float(np.einsum("bi,bij,bj->", rs, w, rs, optimize=True))
            trace += float(np.einsum("bii->", w))
            wx = w @ self.x[stack.rows]
            wxx += np.einsum("bip,biq->pq", wx, wx)
        return square, trace - float(np.sum(at.cov * wxx))

    def at(self, variances: Floats) -> At:
        """Coefficients, likelihood, slope and information."""
        inverses, log_det = [], 0.0
        xwx, xwy = np.zeros((self.x.shape[1],) * 2), np.zeros(self.x.shape[1])
        for stack in self.stacks:
            total = self.covariance(stack, variances)
            lower = np.linalg.cholesky(total)
            log_det += 2 * float(np.log(np.einsum("bii->bi", lower)).sum())
            inverse = np.linalg.inv(total)
            inverse = (inverse + np.swapaxes(inverse, 1, 2)) / 2
            inverses.append(inverse)
            xs, ys = self.x[stack.rows], self.y[stack.rows]
            wx = inverse @ xs
            xwx += (np.swapaxes(xs, 1, 2) @ wx).sum(axis=0)
            xwy += np.tensordot(wx, ys, axes=((0, 1), (0, 1)))
        cov = np.linalg.inv(xwx)
        cov = (cov + cov.T) / 2
        beta = cov @ xwy
        return self._finished(inverses, log_det, beta, cov)

    def _finished(self, inverses: list[Floats], log_det: float, beta: Floats, cov: Floats) -> At:
        q, p = self.count, self.x.shape[1]
        residual = self.y - self.x @ beta
        square, slope, own = 0.0, np.zeros(q), np.zeros((q, q))
        across = np.zeros((q, p))
        for stack, w in zip(self.stacks, inverses, strict=True):
            xs, rs = self.x[stack.rows], residual[stack.rows]
            wr, wx = (w @ rs[..., None])[..., 0], w @ xs
            square += float((rs * wr).sum())
            gwr = (stack.share @ wr[None, :, :, None])[..., 0]
            slope += 0.5 * (gwr * wr).sum(axis=(1, 2)) - 0.5 * (stack.share * w).sum(axis=(1, 2, 3))
            if self.restricted:
                inner = (np.swapaxes(wx, 1, 2) @ (stack.share @ wx)).sum(axis=1)
                slope += 0.5 * (inner * cov).sum(axis=(1, 2))
            own += np.tensordot(gwr, (w @ gwr[..., None])[..., 0], axes=((1, 2), (1, 2)))
            across += np.tensordot(gwr, wx, axes=((1, 2), (0, 1)))
        information = 0.5 * (own - across @ cov @ across.T)
        out = self.constant + log_det + square
        if self.restricted:
            out -= float(np.linalg.slogdet(cov)[1])
        return At(beta, cov, -0.5 * out, slope, information)


def components(v: Floats, groupings: Sequence[NDArray[np.intp]]) -> NDArray[np.intp]:
    """Number of the block of every effect: connected by labels and by sampling covariances."""
    from scipy.sparse import coo_matrix, csr_matrix
    from scipy.sparse.csgraph import connected_components

    k = v.shape[0]
    links = csr_matrix(v != 0)
    for codes in groupings:
        member = coo_matrix((np.ones(k), (np.arange(k), codes)))
        links = links + (member @ member.T)
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.intp)


def _stacks(v: Floats, groupings: Sequence[NDArray[np.intp]], component: NDArray[np.intp]) -> list[Stack]:
    order = np.argsort(component, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(component[order])) + 1)
    out = []
    for size in sorted({part.size for part in parts}):
        rows = np.array([part for part in parts if part.size == size], dtype=np.intp)
        share = np.array([(codes[rows][:, :, None] == codes[rows][:, None, :]).astype(float) for codes in groupings])
        out.append(Stack(rows, v[rows[:, :, None], rows[:, None, :]], share))
    return out
