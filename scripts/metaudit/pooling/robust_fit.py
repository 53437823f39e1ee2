"""The weighted fit of clustered effects, and what its residuals are multiplied by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg.lapack import dgejsv

from metaudit.effects.zero_cells import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

SINGULAR = 1e-10  # share of a cluster's variance left in its residuals below which a direction counts as fitted away


@dataclass(frozen=True)
class ClusterFit:
    """Weighted least squares by QR: ``total`` = vi + tau2, ``basis`` spans W½X, ``half`` is R⁻¹, and the clusters' rows."""

    x: Floats
    total: Floats
    basis: Floats
    half: Floats
    beta: Floats
    residual: Floats
    rows: tuple[NDArray[np.intp], ...]

    @classmethod
    def of(cls, y: Floats, total: Floats, x: Floats, *, codes: NDArray[np.intp]) -> ClusterFit:
        """Fit effects with variances ``total``; ``codes`` numbers the clusters from 0."""
        root = 1 / np.sqrt(total)
        norms = np.sqrt((x**2 / total[:, None]).sum(axis=0))
        order = np.argsort(total, kind="stable")  # the heaviest first keeps small rows exact
        sorted_basis, r = np.linalg.qr((root[:, None] * x / norms)[order])
        basis = np.empty_like(sorted_basis)
        basis[order] = sorted_basis
        half = np.linalg.inv(r) / norms[:, None]
        centred = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        scaled = root * centred
        for _ in range(2):
            scaled = scaled - basis @ (basis.T @ scaled)
        beta = np.linalg.lstsq(x, y, rcond=None)[0] + half @ (basis.T @ (root * centred))
        rows = tuple(np.flatnonzero(codes == c) for c in range(int(codes.max()) + 1))
        return cls(x, total, basis, half, beta, scaled / root, rows)

    @property
    def bread(self) -> Floats:
        """(X'WX)⁻¹."""
        return np.asarray(self.half @ self.half.T)

    def condition(self) -> float:
        """Condition number of the normal equations of an orthonormal design."""
        plain = np.linalg.qr(self.x)[0]
        return float(np.linalg.cond(plain.T @ (plain / self.total[:, None])))

    def adjusted(self, kind: str) -> list[Floats]:
        """``A_j' W_j X_j (X'WX)⁻¹`` of every cluster, shape ``(n_j, p)``: what its residuals are multiplied by."""
        plain = [(self.basis[r] / np.sqrt(self.total[r, None])) @ self.half.T for r in self.rows]
        if not kind.startswith("CR2"):
            return plain
        return [self.adjustment(r, kind).T @ g for r, g in zip(self.rows, plain, strict=True)]

    def left(self, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Eigenvalues and vectors of I - (whitened hat matrix): the share of each direction that is left in the residuals."""
        values, vectors = np.linalg.eigh(np.eye(len(rows)) - self.basis[rows] @ self.basis[rows].T)
        return np.where(values > SINGULAR, values, 0.0), vectors

    def adjustment(self, rows: NDArray[np.intp], kind: str) -> Floats:
        """A_j with A_j (Φ_j - X_j M X_j') A_j' = Φ_j (Pustejovsky and Tipton 2018).

        Any square root will do; theirs is symmetric after multiplying by Φ½ on either side, PyMARE's after dividing.
        Theirs, Φ½ B^-½ Φ½ with B = Φ C Φ, comes from the singular values of C½Φ, by Jacobi's method: the eigenvalues of B
        span the squares of the variances, of which eigenvalue solvers lose all below 1e-16 of the largest.
        """
        root = np.sqrt(self.total[rows])
        values, vectors = self.left(rows)
        keep = values > 0
        if kind == "CR2-whitened":
            inverse = (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
            return np.asarray(root[:, None] * inverse / root)
        scale = float(self.total[rows].max())
        rest = (vectors * np.sqrt(values)) @ vectors.T * (self.total[rows] / scale)
        singular, _, right, work, _, info = dgejsv(rest, joba=0, jobu=3, jobv=0)
        if info != 0:
            raise ArithmeticError(f"the adjustment of a cluster of {len(rows)} effects could not be computed")
        singular, right = singular[: keep.sum()] * work[0] / work[1], right[:, : keep.sum()]
        return np.asarray(root[:, None] * ((right / (singular * scale)) @ right.T) * root)

    def covariance(self, kind: str) -> Floats:
        """The sandwich."""
        scores = np.array([g.T @ self.residual[r] for g, r in zip(self.adjusted(kind), self.rows, strict=True)])
        factor = len(self.rows) / (len(self.rows) - self.x.shape[1]) if kind == "CR1" else 1.0
        return np.asarray(factor * scores.T @ scores)

    def moments(self, kind: str) -> Floats:
        """Covariances of the clusters' scores under the working model, shape ``(m, p, m, p)``."""
        g = self.adjusted(kind)
        through = np.array(
            [a.T @ (np.sqrt(self.total[r, None]) * self.basis[r]) for a, r in zip(g, self.rows, strict=True)]
        )
        out = -np.einsum("iab,jdb->iajd", through, through)
        for i, (a, r) in enumerate(
            zip(g, self.rows, strict=True)
        ):  # a square, where subtracting would lose leverage near 1
            values, vectors = self.left(r)
            own = np.sqrt(values)[:, None] * (vectors.T @ (np.sqrt(self.total[r, None]) * a))
            out[i, :, i, :] = own.T @ own
        return np.asarray(out)

    def satterthwaite(self, kind: str) -> Floats:
        """Degrees of freedom of each coefficient (Pustejovsky and Tipton 2018), from the working model."""
        covariances = self.moments(kind)
        df = []
        for c in range(self.x.shape[1]):
            own = covariances[:, c, :, c]
            df.append(float(np.trace(own)) ** 2 / float(np.sum(own**2)))
        return np.array(df)
