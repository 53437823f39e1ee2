"""Predicted true effects of the studies: each pulled towards the model by how uncertain it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.diagnostics.fitted import fit_all
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.intervals import interval_df, quantile


@dataclass(frozen=True)
class Blups:
    """Empirical Bayes predictions, each field of shape ``(k,)``.

    Attributes
    ----------
    labels : names of the studies
    shrinkage : how far each effect is pulled to the model, vi / (vi + tau2): 0 not at all, 1 the whole way
    pred, se : the predicted true effect and its standard error
    pi_low, pi_high : its interval; NaN without degrees of freedom
    tau2 : between-study variance used
    """

    labels: tuple[str, ...]
    shrinkage: Floats
    pred: Floats
    se: Floats
    pi_low: Floats
    pi_high: Floats
    tau2: float


def blups(
    yi: Any,
    vi: Any,
    *,
    tau2: str = "REML",
    ci: str = "wald",
    mods: Any = None,
    level: float = 0.95,
    labels: Sequence[str] | None = None,
) -> Blups:
    """Best linear unbiased predictions of the studies' true effects.

    With b = vi / (vi + tau2): (1 - b) yi + b x'beta, variance (1 - b) vi + b² x' cov x (Morris 1983; Raudenbush and
    Bryk 1985). The uncertainty of tau2 is not in it, as in metafor's ``blup``.

    Parameters
    ----------
    yi, vi, tau2, ci, mods, labels : as for ``influence``
    level : of the intervals; t quantiles unless ``ci`` is ``wald``

    Raises
    ------
    DataError
        as ``influence`` does, and for a level outside 0 to 1.
    """
    if not 0 < level < 1:
        raise DataError(f"level {level!r} is not between 0 and 1")
    whole = fit_all(yi, vi, tau2=tau2, ci=ci, mods=mods, labels=labels)
    b = whole.vi / (whole.vi + whole.tau2)
    own = whole.tau2 / (whole.vi + whole.tau2)
    pred = own * whole.yi + b * whole.prediction
    se = np.sqrt(own * whole.vi + b**2 * whole.spread)
    factor = quantile(level, interval_df(ci, whole.k - whole.p))
    half = factor * se if np.isfinite(factor) else np.full(whole.k, np.nan)
    return Blups(whole.labels, b, pred, se, pred - half, pred + half, whole.tau2)
