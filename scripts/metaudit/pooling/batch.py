"""Many meta-analyses at once: every subset, every bootstrap sample, every data set left with one study less.

Models with an intercept only. The values are those of ``estimate_tau2``, found another way (moments and Newton's method
on whole batches, where that one takes Brent's on a single data set), so each is a check of the other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtri

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.batch_roots import STEP, likelihood_maxima, q_roots
from metaudit.pooling.batch_sums import GRADED, Sets, Sums, at_zero, down, mean_at, plain_squares, sums_at
from metaudit.pooling.linear import check_usable

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCHED = ("FE", "DL", "HE", "HS", "HSk", "SJ", "PM", "PMM", "EB", "ML", "REML", "DL2", "PM2")
CHUNK = 8192
_LARGEST_ENUMERATION = 30


@dataclass(frozen=True)
class Batch:
    """The fits of ``d`` data sets; every field has shape ``(d,)``.

    A data set without a study has ``k`` = 0 and NaN everywhere else; one with a single study has tau2 = 0 and q = 0.

    Attributes
    ----------
    estimate, se : inverse-variance mean at tau2, and its Wald standard error
    tau2 : truncated at 0
    q : Cochran's Q, at tau2 = 0
    k : number of studies
    """

    estimate: Floats
    se: Floats
    tau2: Floats
    q: Floats
    k: NDArray[np.int64]


def fit_batch(yi: Any, vi: Any, *, method: str, mask: Any = None) -> Batch:
    """Pool ``d`` data sets under one estimator.

    Parameters
    ----------
    yi, vi : shape ``(k, d)``, a data set a column; or ``(k,)`` with a ``mask``
    method : one of ``BATCHED``
    mask : shape ``(d, k)``: which studies are in each data set, or how often (a bootstrap sample)

    Raises
    ------
    DataError
        for shapes that do not fit, effects or variances that are not usable, and methods not batched.
    """
    return fit_batches(yi, vi, methods=(method,), mask=mask)[method]


def fit_batches(yi: Any, vi: Any, *, methods: Collection[str], mask: Any = None) -> dict[str, Batch]:
    """The same under several estimators, which share what they need of the data sets; each as it would be alone."""
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    for method in methods:
        if method not in BATCHED:
            raise DataError(f"tau2 {method!r} is not computed in batches; these are: {', '.join(BATCHED)}")
    if y.shape != v.shape or y.ndim not in (1, 2) or (y.ndim == 1 and mask is None):
        raise DataError(
            f"effects of shape {y.shape} and variances of shape {v.shape}: both (k, d), or (k,) with a mask"
        )
    counts = None if mask is None else _counts(mask, y.shape)
    if counts is not None and y.ndim == 2:
        y, v = _filled(y, v, counts.T > 0)
    check_usable(y, v)
    d = y.shape[1] if counts is None else counts.shape[0]
    size = _chunk(y, v)
    parts: list[dict[str, Batch]] = []
    for i in range(0, d, size):
        some = slice(i, min(i + size, d))
        each, variances = (a[:, None] if a.ndim == 1 else a[:, some] for a in (y, v))
        c = np.ones(each.shape) if counts is None else np.ascontiguousarray(counts[some].T, dtype=float)
        parts.append(_fit(each, variances, c, methods=methods))
    return {method: _joined([part[method] for part in parts]) for method in methods}


def _filled(y: Floats, v: Floats, inside: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The same with the mean effect and the largest variance where a study is not in.

    There they weigh nothing, and neither widen the range of effects or variances nor leave it: what stands in the empty
    places of a data set cannot change a bit of its fit.
    """
    if inside.all():
        return y, v
    mean = down(np.where(inside, y, 0.0)) / np.maximum(inside.sum(axis=0), 1)
    largest = np.where(inside, v, 0.0).max(axis=0, initial=0.0)
    return np.where(inside, y, mean), np.where(inside, v, np.where(largest > 0, largest, 1.0))


def _chunk(y: Floats, v: Floats) -> int:
    """Data sets at a time: as many as keep the scan of the likelihood, 5 numbers a set and step, near 50 MB."""
    steps = float(np.max(np.log1p((np.ptp(y, axis=0) ** 2 + v.max(axis=0)) / v.min(axis=0)))) / math.log(STEP)
    return int(np.clip(1_200_000 / (steps + 2), 64, CHUNK))


def fit_subsets(
    yi: Any, vi: Any, *, method: str, subsets: Iterable[NDArray[np.bool_]] | None = None
) -> Iterator[tuple[NDArray[np.bool_], Batch]]:
    """Pool subsets of one set of studies, chunk by chunk: ``(mask, fits)`` with masks of shape ``(n, k)``.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    method : one of ``BATCHED``
    subsets : chunks of masks, each of shape ``(n, k)``; every non-empty subset when None
    """
    k = np.asarray(yi).size
    for mask in all_subsets(k) if subsets is None else subsets:
        yield mask, fit_batch(yi, vi, method=method, mask=mask)


def all_subsets(k: int, *, chunk: int = CHUNK) -> Iterator[NDArray[np.bool_]]:
    """Masks of every non-empty subset of ``k`` studies, ``chunk`` at a time, in the order of binary counting.

    Raises
    ------
    DataError
        for more than 30 studies, whose subsets nobody could wait for.
    """
    if k > _LARGEST_ENUMERATION:
        raise DataError(f"{k} studies have 2^{k} subsets; draw a sample of them instead")
    for low in range(1, 2**k, chunk):
        numbers = np.arange(low, min(low + chunk, 2**k), dtype=np.uint32)
        yield (numbers[:, None] >> np.arange(k, dtype=np.uint32)) & 1 == 1


def _counts(mask: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    counts = np.asarray(mask)
    if counts.ndim != 2 or counts.shape[1] != shape[0] or (len(shape) == 2 and counts.shape[0] != shape[1]):
        raise DataError(f"a mask of shape {counts.shape} does not fit effects of shape {shape}: (d, k) is needed")
    if counts.dtype != bool and (np.any(counts < 0) or np.any(counts != np.floor(counts))):
        raise DataError(
            "a mask says which studies are in each data set, or how often: it holds no negative number or fraction"
        )
    return counts


def _fit(y: Floats, v: Floats, c: Floats, *, methods: Collection[str]) -> dict[str, Batch]:
    graded = v.max(axis=0) > GRADED * v.min(axis=0)
    if graded.any() and not graded.all():  # each kind has sums of its own
        return _in_parts(y, v, c, graded, methods=methods)
    empty = c.sum(axis=0) == 0
    if np.any(empty):
        c = c.copy()
        c[0, empty] = 1  # pooled as if the first study were there, and then said not to be defined
    centre = y.mean(axis=0) if y.shape[1] != c.shape[1] else _centre(y, c)
    sets = Sets(y - centre, v, c)
    first = at_zero(sets)
    return {method: _by_method(sets, first, method=method, centre=centre, empty=empty) for method in methods}


def _by_method(sets: Sets, first: Sums, *, method: str, centre: Floats, empty: NDArray[np.bool_]) -> Batch:
    single = sets.k == 1
    q = np.where(single, 0.0, first.q)
    tau2 = np.where(single, 0.0, np.maximum(0.0, _tau2(sets, first, method=method)))
    mean, total = mean_at(sets, tau2)
    estimate, se = mean + centre, 1 / np.sqrt(total)
    for field in (estimate, se, tau2, q):
        field[empty] = np.nan
    return Batch(estimate, se, tau2, q, np.where(empty, 0, sets.k).astype(np.int64))


def _centre(y: Floats, c: Floats) -> Floats:
    """The plain mean of the studies of each set, without regard to how often one is in."""
    inside = c > 0
    return np.asarray(down(np.where(inside, y, 0.0)) / np.maximum(inside.sum(axis=0), 1))


def _in_parts(
    y: Floats, v: Floats, c: Floats, some: NDArray[np.bool_], *, methods: Collection[str]
) -> dict[str, Batch]:
    out: dict[str, Batch] = {}
    for method in methods:
        estimate, se, tau2, q = np.full((4, some.size), np.nan)
        out[method] = Batch(estimate, se, tau2, q, np.zeros(some.size, dtype=np.int64))
    for part in (np.flatnonzero(some), np.flatnonzero(~some)):
        found = _fit(*(np.take(a, part, axis=1) for a in (y, v, c)), methods=methods)
        for method, batch in found.items():
            for f in fields(Batch):
                getattr(out[method], f.name)[part] = getattr(batch, f.name)
    return out


def _tau2(sets: Sets, first: Sums, *, method: str) -> Floats:
    """Estimates before truncation; whatever they are for single studies is not used."""
    df = np.maximum(sets.k - 1, 1)
    if method == "FE":
        return np.zeros(df.size)
    if method in ("ML", "REML"):
        return likelihood_maxima(sets, restricted=method == "REML")
    if method in ("DL", "HS", "HSk"):
        return _closed(sets, first, df, method=method)
    if method == "SJ":
        start = plain_squares(sets) / sets.k
        q = sums_at(sets, np.where(start > 0, start, 1.0), third=False).q
        return np.asarray(start * q / df)
    if method == "HE":
        return _equal_weights(sets, df)
    if method == "PM2":
        return _two_step(sets, np.maximum(0.0, _equal_weights(sets, df)), df)
    dl = np.maximum(0.0, _closed(sets, first, df, method="DL"))
    if method == "DL2":
        return _two_step(sets, dl, df)
    return q_roots(sets, first.q, df if method != "PMM" else np.asarray(chdtri(df, 0.5)), dl)


def _equal_weights(sets: Sets, df: Floats) -> Floats:
    return np.asarray(plain_squares(sets) / df - down(sets.c * sets.v) / sets.k)


def _closed(sets: Sets, first: Sums, df: Floats, *, method: str) -> Floats:
    if method == "DL":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(sets.k > 1, (first.q - df) / first.trace_p, 0.0)
    factor = sets.k / df if method == "HSk" else 1.0
    return np.asarray((first.q * factor - sets.k) / first.total)


def _two_step(sets: Sets, start: Floats, df: Floats) -> Floats:
    """General moments (DerSimonian and Kacker 2007) with weights 1 / (v + start)."""
    s = sums_at(sets, start, third=False)  # tr(P_a V) is k - 1 - start tr(P_a), since P_a (V + start) projects
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sets.k > 1, start + (s.q - df) / s.trace_p, 0.0)


def _joined(parts: list[Batch]) -> Batch:
    if len(parts) == 1:
        return parts[0]
    return Batch(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Batch)))
