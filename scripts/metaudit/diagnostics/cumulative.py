"""Cumulative meta-analysis: the pooled result as each study came in (Lau et al. 1992)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaudit.diagnostics.fitted import numbers
from metaudit.diagnostics.subsets import SubsetFits, subset_fits
from metaudit.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Cumulative:
    """Fits of the first, the first two, ... and all studies.

    Attributes
    ----------
    order : index of the study added at each step, shape ``(k,)``
    fits : one fit a step, named after the study added
    """

    order: NDArray[np.int64]
    fits: SubsetFits


def cumulative(
    yi: Any,
    vi: Any,
    *,
    by: Sequence[Any] | None = None,
    decreasing: bool = False,
    tau2: str = "REML",
    ci: str = "wald",
    level: float = 0.95,
    labels: Sequence[str] | None = None,
) -> Cumulative:
    """Add one study at a time and pool what is there.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    by : values to sort by (year, size, ...); ties keep the order given; None adds the studies as they stand
    decreasing : the largest value first
    tau2, ci, level, labels : as for ``leave_one_out_fits``

    Raises
    ------
    DataError
        when ``by`` has another length or a missing value, and as ``leave_one_out_fits`` does.
    """
    y, v, names = numbers(yi, vi, labels)
    order = np.arange(y.size) if by is None else _order(list(by), names, decreasing=decreasing)
    mask = np.zeros((y.size, y.size), dtype=bool)
    mask[:, order] = np.tri(y.size, dtype=bool)
    fits = subset_fits(y, v, mask, tau2=tau2, ci=ci, level=level, labels=[names[i] for i in order])
    return Cumulative(order, fits)


def _order(by: list[Any], names: tuple[str, ...], *, decreasing: bool) -> NDArray[np.int64]:
    if len(by) != len(names):
        raise DataError(f"{len(by)} values to sort {len(names)} studies by; each study needs one")
    for name, value in zip(names, by, strict=True):
        if value is None or value != value or value == "":
            raise DataError(f"{name} has no value to sort by; give one or leave the study out")
    try:
        order = sorted(range(len(by)), key=lambda i: by[i], reverse=decreasing)
    except TypeError:
        raise DataError(
            "the values to sort by mix numbers and text; write them all as numbers or all as text"
        ) from None
    return np.array(order, dtype=np.int64)
