"""PyMARE's cluster-robust variances, reached from here only: plain arrays in, plain arrays out.

Guarded (PyMARE 0.0.13): its CR0 with ``small_sample=True`` carries the factor m / (m - p) that others call CR1; its CR2
takes the square root in the whitened metric, which is another CR2 than clubSandwich's when weights vary within a
cluster; it warns below ten clusters, which is for the reader of the degrees of freedom to judge.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.linear import orthonormal

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pymare_robust(
    yi: Floats, vi: Floats, x: Floats, *, tau2: float, clusters: NDArray[np.intp], kind: str
) -> tuple[Floats, Floats]:
    """Covariance and degrees of freedom of the coefficients.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    x : design, shape ``(k, p)``
    tau2 : between-study variance
    clusters : number of each effect's cluster, shape ``(k,)``
    kind : ``CR0``, ``CR1`` or ``CR2``

    Returns
    -------
    covariance, shape ``(p, p)``, and degrees of freedom, shape ``(p,)`` (Satterthwaite for CR2, else m - p)
    """
    from pymare.stats import cluster_robust_cov, satterthwaite_dof, weighted_least_squares

    basis, r = orthonormal(x)
    y, v = yi[:, None], vi[:, None]
    p, m = x.shape[1], np.unique(clusters).size
    back = np.linalg.inv(r)
    beta, model = weighted_least_squares(y, v, basis, tau2=tau2, return_cov=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        cov = cluster_robust_cov(
            y, v, basis, beta, clusters, tau2=tau2, small_sample=kind == "CR1", model_cov=model,
            method="CR2" if kind == "CR2" else "CR0",
        )  # fmt: skip
        cov = back @ np.asarray(cov).reshape(p, p) @ back.T
        if kind != "CR2":
            return cov, np.full(p, float(m - p))
        df = satterthwaite_dof(x, 1 / (vi + tau2), clusters)
    return cov, np.asarray(df, dtype=float).reshape(p, -1)[:, 0]
