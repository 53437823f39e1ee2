"""A fit without each study in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

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
