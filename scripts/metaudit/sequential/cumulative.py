"""The pooled result after each trial, and how much information there was by then.

Any fit of ``metaudit.pooling`` will do, so every convention about zero cells and trials without events is the one the
effects and the fit were made with. Sources: Wetterslev et al. 2008 (J Clin Epidemiol 61:64), Thorlund et al. 2011 (TSA manual),
chapter 2 (cumulative z); Wetterslev et al. 2009 (BMC Med Res Methodol 9:86; diversity).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import ndtri

from metaudit.effects.compute import Effects
from metaudit.errors import DataError
from metaudit.pooling.mantel_haenszel import mantel_haenszel
from metaudit.pooling.peto import peto_pooled
from metaudit.pooling.pool import pool
from metaudit.pooling.result import Pooled
from metaudit.sequential.spending import Floats

__all__ = ["CumulativeZ", "Fit", "cumulative_z", "diversity", "fit_by", "participants_of"]

Fit = Callable[[Effects], Pooled]


@dataclass(frozen=True)
class CumulativeZ:
    """The pooled result after each trial, all of shape ``(k,)``.

    Attributes
    ----------
    studies : name of the trial that came last
    participants : of all trials so far; NaN when one does not say
    estimate, se : on the analysis scale
    z : estimate over standard error, the test statistic of the fit
    df : degrees of freedom of that statistic; NaN where it is normal
    tau2 : between-study variance
    """

    studies: tuple[str, ...]
    participants: Floats
    estimate: Floats
    se: Floats
    z: Floats
    df: Floats
    tau2: Floats

    @property
    def normal(self) -> Floats:
        """Statistics from t as the z with the same P, which boundaries of z are made for; z where it is normal already."""
        from scipy.special import stdtr

        t = np.where(np.isnan(self.df), 0.0, np.abs(self.z))
        equivalent = -ndtri(stdtr(np.where(np.isnan(self.df), 1.0, self.df), -t))
        return np.where(np.isnan(self.df), self.z, np.copysign(equivalent, self.z))


def fit_by(model: str, *, tau2: str = "DL", ci: str = "wald", level: float = 0.95, rd_variance: str = "sato") -> Fit:
    """A fit of effects by name.

    Parameters
    ----------
    model : ``common``, ``random``, ``mantel-haenszel`` or ``peto``
    tau2, ci : of the random model; ``hksj`` is Hartung and Knapp's, from the second trial on
    level, rd_variance : as in ``pool`` and ``mantel_haenszel``

    Raises
    ------
    DataError
        for a model that is not known.
    """
    if model == "common":
        return partial(_by_inverse_variance, tau2="FE", ci="wald", level=level)
    if model == "random":
        return partial(_by_inverse_variance, tau2=tau2, ci=ci, level=level)
    if model == "mantel-haenszel":
        return partial(mantel_haenszel, level=level, rd_variance=rd_variance)
    if model == "peto":
        return partial(peto_pooled, level=level)
    raise DataError(f"model {model!r} is not known here; choose common, random, mantel-haenszel or peto")


def _by_inverse_variance(effects: Effects, *, tau2: str, ci: str, level: float) -> Pooled:
    alone = effects.k == 1  # one study has no degree of freedom: every interval but Wald's is undefined
    return pool(effects.yi, effects.vi, tau2=tau2, ci="wald" if alone else ci, level=level)


def participants_of(effects: Effects) -> Floats:
    """Participants of each trial; NaN where they are not reported, shape ``(k,)``."""
    n = effects.cells.get("n_t"), effects.cells.get("n_c")
    if n[0] is None or n[1] is None:
        return np.array([s.get("n_t") + s.get("n_c") for s in effects.studies], dtype=float)
    return np.asarray(n[0] + n[1], dtype=float)


def cumulative_z(effects: Effects, fit: Fit) -> CumulativeZ:
    """Pool the first trial, the first two, and so on, in the order of the effects.

    Parameters
    ----------
    effects : the trials in the order they are looked at
    fit : what pools them, see ``fit_by``

    Raises
    ------
    DataError
        when there is no trial, or the first ones have no finite result together.
    """
    if not effects.k:
        raise DataError("there is no trial to look at")
    first = np.arange(effects.k)
    found = [fit(effects.take(first <= i)) for i in range(effects.k)]
    estimate, se = (np.array([getattr(f, name) for f in found]) for name in ("estimate", "se"))
    return CumulativeZ(
        studies=tuple(s.label for s in effects.studies),
        participants=np.cumsum(participants_of(effects)),
        estimate=estimate,
        se=se,
        z=np.array([f.stat for f in found]),
        df=np.array([f.ci_df for f in found]),
        tau2=np.array([f.tau2 for f in found]),
    )


def diversity(effects: Effects, *, tau2: str = "DL") -> float:
    """Diversity D², a share: by how much the variance of the pooled effect grows under a random-effects model.

    1 - Var(common effect) / Var(random effects), 0 where tau2 is 0 (Wetterslev et al. 2009).

    Raises
    ------
    DataError
        when there is no trial.
    """
    if not effects.k:
        raise DataError("there is no trial to look at")
    common, random = (pool(effects.yi, effects.vi, tau2=name, ci="wald").se for name in ("FE", tau2))
    return max(0.0, 1 - (common / random) ** 2) if math.isfinite(random) else math.nan
