"""A fit without each study in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.diagnostics.fitted import numbers
from metaudit.diagnostics.subsets import SubsetFits, subset_fits
from metaudit.effects.compute import Effects
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.pooling.result import Pooled


@dataclass(frozen=True)
class WithoutOne:
    """The fit without one study."""

    study: Converted
    rest: Effects
    fit: Pooled


def leave_one_out(effects: Effects, refit: Callable[[Effects], Pooled]) -> list[WithoutOne]:
    """Refit without each study.

    Parameters
    ----------
    effects : all studies
    refit : pools some of them

    Returns
    -------
    One result a study, in order; empty for fewer than two studies. A study without which the rest cannot be pooled
    (no event left, say) has no entry.
    """
    if effects.k < 2:
        return []
    out = []
    for i, study in enumerate(effects.studies):
        rest = effects.take(np.arange(effects.k) != i)
        try:
            out.append(WithoutOne(study, rest, refit(rest)))
        except DataError:
            continue
    return out


def leave_one_out_fits(
    yi: Any,
    vi: Any,
    *,
    tau2: str = "REML",
    ci: str = "wald",
    level: float = 0.95,
    labels: Sequence[str] | None = None,
) -> SubsetFits:
    """Pool without each study, all fits in one call; tau2 is estimated anew each time.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    tau2 : estimator of tau2, or ``FE``
    ci : ``wald``, ``t``, ``hksj``, ``hksj-adhoc-se`` or ``hksj-adhoc-ci``
    level : confidence level
    labels : names of the studies

    Returns
    -------
    One fit a study, named after the study left out.

    Raises
    ------
    DataError
        for fewer than two studies, arrays that cannot be pooled, or unknown choices.
    """
    y, v, names = numbers(yi, vi, labels)
    if y.size < 2:
        raise DataError("one study: nothing is left when it is left out; leave-one-out needs at least two")
    return subset_fits(y, v, ~np.eye(y.size, dtype=bool), tau2=tau2, ci=ci, level=level, labels=names)
