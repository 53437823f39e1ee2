"""The arrays of one analysis, checked before any test of small-study effects sees them."""

from __future__ import annotations

from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError


def checked(yi: Any, vi: Any, *, needed: int, what: str) -> tuple[Floats, Floats]:
    """Effects and sampling variances as float arrays of shape ``(k,)``.

    Raises
    ------
    DataError
        for fewer than ``needed`` studies, arrays of different lengths, missing effects, and variances that are not
        positive and finite.
    """
    y, v = np.atleast_1d(np.asarray(yi, dtype=float)), np.atleast_1d(np.asarray(vi, dtype=float))
    if y.ndim != 1 or y.shape != v.shape:
        raise DataError(f"{what}: {y.size} effects and {v.size} sampling variances; give one of each for every study")
    if not np.all(np.isfinite(y)):
        raise DataError(f"{what}: an effect is missing or not finite; leave the study out or complete it")
    if not np.all(np.isfinite(v) & (v > 0)):
        raise DataError(f"{what}: a sampling variance is missing or not positive; leave the study out or complete it")
    if y.size < needed:
        raise DataError(f"{what} needs at least {needed} studies with an effect and a variance; there are {y.size}")
    return y, v


def sizes(ni: Any, *, like: Floats, what: str, name: str = "ni") -> Floats:
    """Sample sizes (or counts of the same role) as floats, one a study and all positive.

    Raises
    ------
    DataError
        when they are missing, not positive, or not as many as the effects.
    """
    if ni is None:
        raise DataError(f"{what} needs the sample size of every study ({name}); the table does not give it")
    n = np.atleast_1d(np.asarray(ni, dtype=float))
    if n.shape != like.shape:
        raise DataError(f"{what}: {n.size} values of {name} for {like.size} studies; give one for every study")
    if not np.all(np.isfinite(n) & (n > 0)):
        raise DataError(f"{what}: a value of {name} is missing or not positive; leave the study out or complete it")
    return n
