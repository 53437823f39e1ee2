"""From an estimate made out of counts to a whole result: test, interval, and the heterogeneity of the studies around it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.heterogeneity import heterogeneity, q_based_i2
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.result import Pooled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class CountEstimate:
    """A pooled estimate on the analysis scale, with the weights of the studies (any unit), shape ``(k,)``."""

    estimate: float
    se: float
    weights: Floats


def double_zero(cells: dict[str, Floats]) -> NDArray[np.bool_]:
    """Studies that say nothing on a ratio: no event, or only events, in both arms."""
    a, c = cells["events_t"], cells["events_c"]
    empty: NDArray[np.bool_] = (a == 0) & (c == 0)
    return empty | ((a == cells["n_t"]) & (c == cells["n_c"])) if "n_t" in cells else empty


def pooled_from_counts(
    effects: Effects,
    found: CountEstimate,
    *,
    model: str,
    level: float,
    q: tuple[float, int] | None = None,
    q_of_all: bool = False,
) -> Pooled:
    """A whole result around an estimate from counts.

    Parameters
    ----------
    effects : the studies, whose own effects give Q and the Q-profile interval of tau2
    found : estimate, standard error and weights
    model : ``mantel-haenszel`` or ``peto``
    level : confidence level
    q : Q and its degrees of freedom; by default the distance of the studies' own effects from the estimate, over the
        studies that have events and non-events (events, for rates)
    q_of_all : whether Q is over every study with an effect of its own, those too that say nothing on a ratio (RevMan)

    Raises
    ------
    DataError
        when the estimate is not finite.
    """
    estimate, se = found.estimate, found.se
    if not math.isfinite(estimate) or not math.isfinite(se):
        raise DataError(
            f"the {model} estimate is not defined for these counts (an arm without any event in all studies)"
        )
    if se == 0:
        raise DataError(
            f"the {model} estimate has a standard error of 0: no event, or nothing but events, in any study"
        )
    if q is None:
        informative = ~double_zero(effects.cells) | q_of_all
        distance = float(np.sum(((effects.yi - estimate) ** 2 / effects.vi)[informative]))
        q = distance, int(informative.sum()) - 1
    value, df = q[0], max(q[1], 0)
    if df == 0:
        value = 0.0
    het = heterogeneity(effects.yi, effects.vi, np.ones((effects.k, 1)), 0.0, common=True, level=level)
    half, stat, i2, nan = quantile(level, None) * se, estimate / se, q_based_i2(value, df), math.nan
    return Pooled(
        estimate=estimate, se=se, ci_low=estimate - half, ci_high=estimate + half, stat=stat,
        p=two_sided_p(stat, None), tau2=0.0, tau2_low=het.tau2_low, tau2_high=het.tau2_high, i2=i2, i2_low=het.i2_low,
        i2_high=het.i2_high, i2_q=i2, h2=value / df if df else 1.0, q=value, q_df=df,
        q_p=float(chdtrc(df, value)) if df else 1.0, pi_low=nan, pi_high=nan, k=effects.k,
        weights=100 * found.weights / found.weights.sum(), model=model, tau2_method="", ci_method="wald", level=level,
        yi=effects.yi, vi=effects.vi, studies=tuple(s.label for s in effects.studies), measure=effects.measure.code,
    )  # fmt: skip
