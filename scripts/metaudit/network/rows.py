"""A network as a regression with independent rows: what lets every estimator of tau² for pairwise meta-analysis serve networks.

A study of m arms has a covariance V of its arms, and the model adds tau²/2 to each arm, so that every contrast gets tau² and
two contrasts that share an arm get tau²/2 (Higgins and Whitehead 1996; Lu and Ades 2004). Let H be the m - 1 orthonormal rows
that sum to zero, and H V H' = U L U'. The contrasts U'H y then have the diagonal covariance L + (tau²/2) I whatever tau² is:
m - 1 independent observations of variance l + tau²/2. They carry everything that the study says about differences between
its arms, which is what generalised least squares uses (Rücker and Schwarzer 2014 reduce weights or dimensions to the same
end). No arm is singled out, so nothing depends on reference treatments or on the order of arms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.network.evidence import Study
from metaudit.pooling.linear import orthonormal

if TYPE_CHECKING:
    from numpy.typing import NDArray

MULTIARM = ("full", "split")


@dataclass(frozen=True, eq=False)
class Rows:
    """Independent observations.

    Attributes
    ----------
    yi : shape ``(N,)``
    vi : sampling variances, shape ``(N,)``; the model adds tau²/2
    x : coefficients of the treatments, shape ``(N, n)``; every row sums to 0
    study : index of the study of each row, shape ``(N,)``
    treatments : names of the columns of ``x``
    """

    yi: Floats
    vi: Floats
    x: Floats
    study: NDArray[np.int_]
    treatments: tuple[str, ...]

    @cached_property
    def centring(self) -> Floats:
        """Orthonormal columns that span what sums to 0 over the treatments, shape ``(n, n - 1)``."""
        return contrasts_of(len(self.treatments)).T

    @cached_property
    def design(self) -> Floats:
        """Coefficients of the n - 1 parameters, shape ``(N, n - 1)``: treatments relative to their mean."""
        return np.asarray(self.x @ self.centring)

    @cached_property
    def basis(self) -> Floats:
        """The same fit with orthonormal columns, for estimators of tau²."""
        return orthonormal(self.design)[0]


def contrasts_of(m: int) -> Floats:
    """Orthonormal contrasts of m arms (Helmert's), shape ``(m - 1, m)``."""
    out = np.zeros((m - 1, m))
    for i in range(1, m):
        out[i - 1, :i] = 1 / math.sqrt(i * (i + 1))
        out[i - 1, i] = -i / math.sqrt(i * (i + 1))
    return out


def rows_of(studies: Sequence[Study], treatments: Sequence[str], *, multiarm: str = "full") -> Rows:
    """The observations of some studies.

    Parameters
    ----------
    studies : shape ``(k,)``
    treatments : names of the columns, all that occur
    multiarm : ``full`` keeps the covariance inside a study; ``split`` takes every pair of arms for a study of its own,
        which counts arms of multi-arm studies twice and is wrong (it is what some publications did)

    Raises
    ------
    DataError
        for a way with multi-arm studies that is not known, and for a study whose contrasts have no positive variance.
    """
    if multiarm not in MULTIARM:
        raise DataError(f"multiarm {multiarm!r} is not known; choose one of {', '.join(MULTIARM)}")
    column = {t: i for i, t in enumerate(treatments)}
    yi, vi, x, which = [], [], [], []
    for s, study in enumerate(studies):
        y, v, coefficients = (_whole if multiarm == "full" else _split)(study)
        full = np.zeros((y.size, len(column)))
        full[:, [column[t] for t in study.treatments]] = coefficients
        yi.append(y)
        vi.append(v)
        x.append(full)
        which += [s] * y.size
    if not yi:
        return Rows(np.zeros(0), np.zeros(0), np.zeros((0, len(column))), np.zeros(0, dtype=int), tuple(treatments))
    return Rows(np.concatenate(yi), np.concatenate(vi), np.vstack(x), np.array(which), tuple(treatments))


def _whole(study: Study) -> tuple[Floats, Floats, Floats]:
    """All rows of a study: eigenvectors of the covariance of its contrasts."""
    h = contrasts_of(len(study.treatments))
    inner = h @ study.covariance @ h.T
    values, vectors = np.linalg.eigh((inner + inner.T) / 2)
    if values[0] <= 0:
        raise DataError(f"study {study.name}: the variances of its comparisons leave no positive covariance")
    coefficients = vectors.T @ h
    return coefficients @ study.values, values, coefficients


def _split(study: Study) -> tuple[Floats, Floats, Floats]:
    """Every pair of arms as if it came from another study; halved, because a row's variance grows by tau²/2."""
    pairs = list(combinations(range(len(study.treatments)), 2))
    coefficients = np.zeros((len(pairs), len(study.treatments)))
    for row, (i, j) in enumerate(pairs):
        coefficients[row, [i, j]] = 1 / math.sqrt(2), -1 / math.sqrt(2)
    v = study.covariance
    variances = np.array([(v[i, i] + v[j, j] - 2 * v[i, j]) / 2 for i, j in pairs])
    return coefficients @ study.values, variances, coefficients
