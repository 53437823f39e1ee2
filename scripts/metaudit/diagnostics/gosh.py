"""Graphical display of study heterogeneity: the pooled result of every subset (Olkin, Dahabreh and Trikalinos 2012)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from metaudit.diagnostics.fitted import known, numbers
from metaudit.diagnostics.subsets import i2_of
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.batch import CHUNK, all_subsets, fit_subsets

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALL_UP_TO = 20  # studies whose subsets are all fitted unless asked otherwise: 1,048,575 fits
_COUNTABLE = 22  # up to here subsets are numbered and drawn by number; above, drawn study by study


@dataclass(frozen=True)
class Gosh:
    """The fit of each subset, each field of shape ``(d,)`` unless noted.

    Attributes
    ----------
    labels : names of the ``k`` studies
    method : estimator of tau2, or ``FE``
    estimate, se, tau2, i2, q : pooled effect and its Wald standard error, tau2, I² (percent), Q
    k : number of studies in the subset
    members : which studies, eight to a byte, shape ``(d, ceil(k / 8))``; read with ``holds``
    complete : whether these are all subsets
    seed : of the sample; None when complete
    """

    labels: tuple[str, ...]
    method: str
    estimate: Floats
    se: Floats
    tau2: Floats
    i2: Floats
    q: Floats
    k: NDArray[np.int32]
    members: NDArray[np.uint8]
    complete: bool
    seed: int | None

    def holds(self, study: int) -> NDArray[np.bool_]:
        """Whether each subset has the study with this index, shape ``(d,)``."""
        return np.asarray((self.members[:, study // 8] >> (study % 8)) & 1, dtype=bool)


@dataclass(frozen=True)
class WithAndWithout:
    """The subsets that have a study beside those that do not.

    Attributes
    ----------
    study : its name
    probabilities : of the quantiles, shape ``(m,)``
    estimate_with, estimate_without, i2_with, i2_without : quantiles, shape ``(m,)``; NaN when no subset is of that kind
    shift : median of the estimate with the study less that without it
    """

    study: str
    probabilities: Floats
    estimate_with: Floats
    estimate_without: Floats
    i2_with: Floats
    i2_without: Floats

    @property
    def shift(self) -> float:
        """Median with less median without."""
        return self._apart(self.estimate_with, self.estimate_without)

    @property
    def i2_shift(self) -> float:
        """The same of I², in percentage points."""
        return self._apart(self.i2_with, self.i2_without)

    def _apart(self, one: Floats, other: Floats) -> float:
        middle = int(np.argmin(np.abs(self.probabilities - 0.5)))
        return float(one[middle] - other[middle])


def gosh(
    yi: Any,
    vi: Any,
    *,
    tau2: str = "REML",
    sample: int | None = None,
    seed: int = 1,
    smallest: int = 1,
    up_to: int = ALL_UP_TO,
    labels: Sequence[str] | None = None,
) -> Gosh:
    """Pool every subset of the studies, or a sample of them.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau2 : estimator of tau2, or ``FE``
    sample : how many subsets to draw, each subset alike and none twice; None fits all of them
    seed : of the draw
    smallest : fewest studies in a subset (1 as in metafor's ``gosh``; 2 leaves out the studies themselves)
    up_to : most studies for which all subsets are fitted

    Returns
    -------
    Gosh, the subsets ordered by their number (bit ``j`` is study ``j``).

    Raises
    ------
    DataError
        for more studies than ``up_to`` without a sample, a sample larger than there are subsets or not positive, a
        ``smallest`` outside 1 to k, and arrays that cannot be pooled.
    """
    y, v, names = numbers(yi, vi, labels)
    method, k = known(tau2, "wald"), y.size
    if not 1 <= smallest <= k:
        raise DataError(f"subsets of at least {smallest} of {k} studies; choose a number from 1 to {k}")
    total = sum(comb(k, s) for s in range(smallest, k + 1))
    if sample is None and k > up_to:
        raise DataError(f"{k} studies have {total:,} subsets; give a sample of them, or a larger up_to than {up_to}")
    if sample is not None and not 1 <= sample <= total:
        raise DataError(
            f"a sample of {sample:,} subsets; {k} studies have {total:,} of this size, choose 1 to {total:,}"
        )
    if sample is not None and k > _COUNTABLE and 2 * sample > total:
        raise DataError(f"a sample of {sample:,} is most of the {total:,} subsets; fit all of them with up_to={k}")
    subsets = _masks_of(k, sample, seed, smallest=smallest)
    d = total if sample is None else sample
    out = {name: np.empty(d) for name in ("estimate", "se", "tau2", "i2", "q")}
    sizes, members = np.empty(d, dtype=np.int32), np.empty((d, -(-k // 8)), dtype=np.uint8)
    done = 0
    for mask, fits in fit_subsets(y, v, method=method, subsets=subsets):
        part = slice(done, done + len(mask))
        done = part.stop
        out["i2"][part] = i2_of(v, mask, fits.tau2, q=fits.q, common=method == "FE")
        for name in ("estimate", "se", "tau2", "q"):
            out[name][part] = getattr(fits, name)
        sizes[part], members[part] = fits.k, np.packbits(mask, axis=1, bitorder="little")
    used = None if sample is None else seed
    return Gosh(names, method, **out, k=sizes, members=members, complete=d == total, seed=used)


def by_study(found: Gosh, *, probabilities: Sequence[float] = (0.025, 0.25, 0.5, 0.75, 0.975)) -> list[WithAndWithout]:
    """Quantiles of the estimate and of I² with and without each study: who makes two clouds of one.

    Parameters
    ----------
    found : of ``gosh``
    probabilities : of the quantiles
    """
    at = np.asarray(probabilities, dtype=float)

    def quantiles(values: Floats) -> Floats:
        return np.quantile(values, at) if values.size else np.full(at.size, np.nan)

    out = []
    for j, study in enumerate(found.labels):
        there = found.holds(j)
        halves = [quantiles(a[m]) for a in (found.estimate, found.i2) for m in (there, ~there)]
        out.append(WithAndWithout(study, at, *halves))
    return out


def _masks_of(k: int, sample: int | None, seed: int, *, smallest: int) -> Iterator[NDArray[np.bool_]]:
    """The subsets to fit, chunk by chunk in the order of their numbers."""
    if sample is None:
        for mask in all_subsets(k):
            some = mask[mask.sum(axis=1) >= smallest]
            if len(some):
                yield some
        return
    packed = _sample(k, sample, seed, smallest=smallest)
    for start in range(0, sample, CHUNK):
        yield np.unpackbits(packed[start : start + CHUNK], axis=1, count=k, bitorder="little").astype(bool)


def _sample(k: int, sample: int, seed: int, *, smallest: int) -> NDArray[np.uint8]:
    """Distinct subsets as bytes, all equally likely, in the order of their numbers."""
    rng = np.random.default_rng(seed)
    if k <= _COUNTABLE:
        numbers = np.arange(1, 2**k, dtype="<u4")
        numbers = numbers[np.bitwise_count(numbers) >= smallest]
        drawn = np.sort(rng.choice(numbers, size=sample, replace=False))
        return drawn.view(np.uint8).reshape(sample, 4)[:, : -(-k // 8)]
    found = np.zeros((0, -(-k // 8)), dtype=np.uint8)
    while len(found) < sample:
        joined = np.concatenate([found, _draw(rng, max(sample - len(found), 64), k, smallest=smallest)])
        first = np.sort(np.unique(joined, axis=0, return_index=True)[1])
        found = joined[first[:sample]]  # the first so many distinct ones, as if drawn one by one
    return found[np.lexsort(found.T)]


def _draw(rng: np.random.Generator, n: int, k: int, *, smallest: int) -> NDArray[np.uint8]:
    """Subsets drawn with replacement: a size by how many subsets have it, then that many studies."""
    counts = [comb(k, s) for s in range(smallest, k + 1)]
    sizes = smallest + rng.choice(len(counts), size=n, p=np.array([c / sum(counts) for c in counts]))
    parts = []
    for start in range(0, n, CHUNK):
        size = sizes[start : start + CHUNK]
        u = rng.random((size.size, k))
        limit = np.take_along_axis(np.sort(u, axis=1), size[:, None] - 1, axis=1)
        parts.append(np.packbits(u <= limit, axis=1, bitorder="little"))
    return np.concatenate(parts)
