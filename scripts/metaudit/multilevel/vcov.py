"""Sampling covariances of effects of one study that share people, from an assumed correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError


def imputed_covariance(vi: Any, cluster: Sequence[Any], *, rho: float) -> Floats:
    """Sampling covariance with one correlation between all effects of a cluster (Pustejovsky and Tipton 2022, Prev Sci 23:425).

    Parameters
    ----------
    vi : sampling variances, shape ``(k,)``
    cluster : label of each effect's cluster, length k
    rho : correlation within a cluster

    Returns
    -------
    shape ``(k, k)``, zero between clusters

    Raises
    ------
    DataError
        when the correlation makes the matrix of some cluster indefinite.
    """
    v = np.asarray(vi, dtype=float).ravel()
    labels = np.asarray([str(c) for c in cluster])
    if labels.size != v.size:
        raise DataError(f"{v.size} variances, but {labels.size} cluster labels")
    largest = int(np.unique(labels, return_counts=True)[1].max())
    least = -1 / (largest - 1) if largest > 1 else -1.0
    if not least < rho < 1:
        raise DataError(
            f"a correlation of {rho:g} between {largest} effects of a cluster is not possible: it lies between {least:.3g} and 1"
        )
    root = np.sqrt(v)
    same = labels[:, None] == labels[None, :]
    out = np.where(same, rho * root[:, None] * root[None, :], 0.0)
    np.fill_diagonal(out, v)
    return out
