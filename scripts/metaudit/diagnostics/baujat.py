"""Which studies make the heterogeneity, and which of them move the result (Baujat et al. 2002)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.diagnostics.deleted import delete_each
from metaudit.diagnostics.fitted import fit_all
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError


@dataclass(frozen=True)
class Baujat:
    """Coordinates of the plot, each field of shape ``(k,)``.

    Attributes
    ----------
    labels : names of the studies
    contribution : x; part of Q that is the study's, (yi - mu)² / vi; with random effects the squared Pearson residual
        (yi - mu)² / (vi + tau2). The common-effect ones sum to Q
    influence : y; squared change of the study's prediction when it is left out, over the variance without it; NaN where
        the rest does not determine it
    tau2 : of all studies
    """

    labels: tuple[str, ...]
    contribution: Floats
    influence: Floats
    tau2: float


def baujat(
    yi: Any, vi: Any, *, tau2: str = "FE", ci: str = "wald", mods: Any = None, labels: Sequence[str] | None = None
) -> Baujat:
    """Contribution to heterogeneity against influence on the result.

    Parameters
    ----------
    yi, vi, ci, mods, labels : as for ``metaudit.diagnostics.influence.influence``
    tau2 : ``FE`` is the plot of the paper; an estimator of tau2 gives metafor's for a random-effects model, with tau2
        found anew without each study

    Raises
    ------
    DataError
        for fewer than two studies, and as ``influence`` does.
    """
    whole = fit_all(yi, vi, tau2=tau2, ci=ci, mods=mods, labels=labels)
    if whole.k < 2:
        raise DataError("one study: there is no heterogeneity to share out; the Baujat plot needs at least two")
    without = delete_each(whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (whole.prediction - without.prediction) ** 2 / without.spread
    contribution = (whole.yi - whole.prediction) ** 2 / (whole.vi + whole.tau2)
    return Baujat(whole.labels, contribution, moved, whole.tau2)
