"""Pooled results of many subsets of the studies at once, with their tests and intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from metaudit.diagnostics.fitted import known, mean_square, numbers
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.batch import fit_batch
from metaudit.pooling.result import Pooled

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELLS = 4_000_000  # numbers held at a time in a matrix of subsets by studies (32 MB)
GRADED = 1e3  # ratio of weights from which sums are not subtracted from one another


@dataclass(frozen=True)
class SubsetFits:
    """One pooled result a subset, each field of shape ``(d,)``.

    Attributes
    ----------
    labels : what each subset is called (the study left out, or added)
    estimate, se, stat, p, ci_low, ci_high : the pooled effect on the analysis scale; ``stat`` is z or t. NaN where an
        interval has no degrees of freedom (one study and ``t`` or ``hksj``)
    tau2, i2 : between-study variance; I² in percent (from tau2, for the common effect from Q)
    q, q_df, q_p : Cochran's Q
    k : number of studies
    """

    labels: tuple[str, ...]
    estimate: Floats
    se: Floats
    stat: Floats
    p: Floats
    ci_low: Floats
    ci_high: Floats
    tau2: Floats
    i2: Floats
    q: Floats
    q_df: NDArray[np.int64]
    q_p: Floats
    k: NDArray[np.int64]

    def to_rows(self) -> list[dict[str, Any]]:
        """One dictionary a subset, for a table."""
        names = [n for n in self.__dataclass_fields__ if n != "labels"]
        return [
            {"study": label, **{n: getattr(self, n)[i].item() for n in names}} for i, label in enumerate(self.labels)
        ]


def subset_fits(
    yi: Any,
    vi: Any,
    mask: NDArray[np.bool_],
    *,
    tau2: str = "REML",
    ci: str = "wald",
    level: float = 0.95,
    labels: Sequence[str] | None = None,
) -> SubsetFits:
    """Pool each subset (no moderators), the estimators of tau2 exact.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    mask : shape ``(d, k)``, which studies are in each subset; none may be empty
    tau2, ci, level : as for ``metaudit.pooling.pool.pool``
    labels : names of the subsets, ``d`` of them

    Raises
    ------
    DataError
        for arrays that cannot be pooled, unknown choices, or an empty subset.
    """
    y, v, _ = numbers(yi, vi, None)
    method = known(tau2, ci, level)
    names = tuple(f"subset {i + 1}" for i in range(len(mask))) if labels is None else tuple(map(str, labels))
    if mask.shape != (len(names), y.size):
        raise DataError(f"subsets of shape {mask.shape} for {len(names)} names and {y.size} studies")
    if not mask.any(axis=1).all():
        raise DataError("a subset has no study; each needs at least one")
    fits = fit_batch(y, v, method=method, mask=mask)
    k = mask.sum(axis=1)
    df = k - 1
    se = fits.se * np.sqrt(_mean_squares(y, v, mask, estimate=fits.estimate, tau2=fits.tau2, ci=ci))
    with np.errstate(divide="ignore", invalid="ignore"):
        stat = np.where(se > 0, fits.estimate / se, np.nan)
    p, half = _inference(stat, se, df, wald=fits.se, ci=ci, level=level)
    i2 = i2_of(v, mask, fits.tau2, q=fits.q, common=method == "FE")
    return SubsetFits(
        names, fits.estimate, se, stat, p, fits.estimate - half, fits.estimate + half,
        fits.tau2, i2, fits.q, df, np.where(df > 0, chdtrc(np.maximum(df, 1), fits.q), 1.0), k,
    )  # fmt: skip


def _mean_squares(y: Floats, v: Floats, mask: NDArray[np.bool_], *, estimate: Floats, tau2: Floats, ci: str) -> Floats:
    out = np.ones(len(mask))
    if ci in ("wald", "t"):
        return out
    for part in _parts(len(mask), y.size):
        squares = (y - estimate[part, None]) ** 2 / (v + tau2[part, None])
        out[part] = mean_square((squares * mask[part]).sum(axis=1), mask[part].sum(axis=1) - 1, ci)
    return out


def _inference(
    stat: Floats, se: Floats, df: NDArray[np.int64], *, wald: Floats, ci: str, level: float
) -> tuple[Floats, Floats]:
    """P values and half widths; the wider of two intervals for ``hksj-adhoc-ci`` (Wiksten et al. 2016)."""
    upper = 0.5 + level / 2
    if ci == "wald":
        return 2 * ndtr(-np.abs(stat)), float(ndtri(upper)) * se
    at_least_one = np.maximum(df, 1)
    p = np.where(df > 0, 2 * stdtr(at_least_one, -np.abs(stat)), np.nan)
    half = np.where(df > 0, stdtrit(at_least_one, upper) * se, np.nan)
    if ci == "hksj-adhoc-ci":
        half = np.where(df > 0, np.maximum(half, float(ndtri(upper)) * wald), np.nan)
    return p, half


def i2_of(v: Floats, mask: NDArray[np.bool_], tau2: Floats, *, q: Floats, common: bool) -> Floats:
    """I² of each subset in percent (Higgins and Thompson 2002, eq. 9 for the typical variance); 0 for one study.

    Parameters
    ----------
    v : sampling variances, shape ``(k,)``
    mask : shape ``(d, k)``
    tau2, q : of each subset, shape ``(d,)``
    common : 100 (Q - df) / Q instead, the definition for a common effect
    """
    df = mask.sum(axis=1) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        if common:
            return np.where((df > 0) & (q > df), 100 * (q - df) / q, 0.0)
        trace = _trace(1 / v, mask)
        return np.where(df > 0, 100 * tau2 * trace / (tau2 * trace + df), 0.0)


def _trace(w: Floats, mask: NDArray[np.bool_]) -> Floats:
    """Σw - Σw² / Σw of each subset: as the sum over pairs where one weight is so large that subtracting loses digits."""
    if w.max() < GRADED * w.min():
        total, squares = (mask.astype(float) @ np.stack([w, w**2], axis=1)).T
        return np.asarray(total - squares / total)
    out = np.empty(len(mask))
    for part in _parts(len(mask), w.size):
        inside = mask[part] * w
        total = inside.cumsum(axis=1)
        out[part] = 2 * (inside[:, 1:] * total[:, :-1]).sum(axis=1) / total[:, -1]
    return out


def _parts(rows: int, columns: int) -> Iterator[slice]:
    step = max(1, CELLS // columns)
    return (slice(i, i + step) for i in range(0, rows, step))


def from_pooled(results: Sequence[Pooled], labels: Sequence[str]) -> SubsetFits:
    """The same table from results pooled one by one (Mantel-Haenszel, mixed models, ...)."""

    def column(name: str) -> Any:
        return np.array([getattr(r, name) for r in results])

    names = [n for n in SubsetFits.__dataclass_fields__ if n != "labels"]
    return SubsetFits(tuple(labels), *(column(n) for n in names))
