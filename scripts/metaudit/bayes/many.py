"""The same posterior for many data sets and many priors at once, as a search over specifications needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.special import ndtr

from metaudit.bayes.fit import mu_mixture, mu_moments, predicted_mixture
from metaudit.bayes.grid import Grid, Model, grids
from metaudit.bayes.likelihood import Data
from metaudit.bayes.moments import exists, tau_moment
from metaudit.bayes.priors import MuPrior, TauPrior
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

_AT_ONCE = 300_000  # studies times points that are held in memory at once


@dataclass(frozen=True)
class Many:
    """Posterior summaries, every array of shape ``(B, P)``: data sets by priors of tau.

    Attributes
    ----------
    mean, sd, median, low, high, below_zero : of mu, with the central interval and the probability of a negative value
    tau_mean, tau_median, tau_low, tau_high : of tau
    predicted_low, predicted_high : the central interval of a new study's effect
    log_evidence : log of the marginal likelihood
    """

    mean: Floats
    sd: Floats
    median: Floats
    low: Floats
    high: Floats
    below_zero: Floats
    tau_mean: Floats
    tau_median: Floats
    tau_low: Floats
    tau_high: Floats
    predicted_low: Floats
    predicted_high: Floats
    log_evidence: Floats


def bayes_many(
    effects: Sequence[Any],
    variances: Sequence[Any],
    *,
    priors: Sequence[TauPrior],
    mu: MuPrior | None = None,
    level: float = 0.95,
) -> Many:
    """Fit every data set under every prior of tau.

    Parameters
    ----------
    effects, variances : one array per data set, of any lengths
    priors : priors of tau
    mu : prior of the pooled effect; flat when not given
    level : probability inside the intervals

    Raises
    ------
    DataError
        when a data set cannot be pooled or has no posterior.
    """
    if not 0 < level < 1:
        raise DataError(f"a credible interval of {level:g}: the level lies between 0 and 1")
    prior = mu if mu is not None else MuPrior()
    names = [f.name for f in fields(Many)]
    out = {name: np.full((len(effects), len(priors)), np.nan) for name in names}
    for rows in _portions([len(np.asarray(y).ravel()) for y in effects]):
        data = Data([effects[i] for i in rows], [variances[i] for i in rows])
        for j, tau in enumerate(priors):
            for grid in grids(Model(data, tau, prior)):
                found = _summaries(grid, level)
                for name in names:
                    out[name][np.asarray(rows)[grid.rows], j] = found[name]
    return Many(**out)


def _portions(sizes: Sequence[int]) -> list[list[int]]:
    """Numbers of data sets of about equal length together, as many as fit into memory."""
    order = sorted(range(len(sizes)), key=lambda i: sizes[i])
    out: list[list[int]] = []
    for i in order:
        room = out and (len(out[-1]) + 1) * max(sizes[i], 3) * 200 <= _AT_ONCE
        if room and sizes[i] <= 1.25 * sizes[out[-1][0]] + 2:
            out[-1].append(i)
        else:
            out.append([i])
    return out


def _summaries(grid: Grid, level: float) -> dict[str, Floats]:
    tails = np.broadcast_to([0.5 - level / 2, 0.5, 0.5 + level / 2], (grid.rows.size, 3))
    mixture, predicted = mu_mixture(grid), predicted_mixture(grid)
    low, median, high = mixture.quantile(tails).T
    tau = grid.tau(grid.quantile(tails)).T
    mean, sd = mu_moments(grid)
    if grid.model.mu.precision == 0:
        mean = np.where(exists(grid, 1), mean, np.nan)
    ends = predicted.quantile(tails[:, ::2]).T
    below = np.einsum("bn,bn->b", mixture.p, ndtr(-mixture.mean / mixture.sd))
    return {
        "mean": mean, "sd": sd, "median": median, "low": low, "high": high, "below_zero": below,
        "tau_mean": tau_moment(grid, 1), "tau_median": tau[1], "tau_low": tau[0], "tau_high": tau[2],
        "predicted_low": ends[0], "predicted_high": ends[1], "log_evidence": grid.log_evidence,
    }  # fmt: skip
