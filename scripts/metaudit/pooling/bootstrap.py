"""Bootstrap interval of the pooled effect: whole studies drawn with replacement.

The percentile interval of case resampling, as it entered meta-analysis with Adams, Gurevitch and Rosenberg 1997 (and
their program MetaWin): each sample of k studies is pooled by the same method, tau2 estimated anew.
"""

from __future__ import annotations

import math

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

SAMPLES = 9999


def bootstrap_interval(
    yi: Floats, vi: Floats, *, method: str, level: float, seed: int, samples: int = SAMPLES
) -> tuple[float, float, float]:
    """Percentile limits of the pooled effect, and the P value of 0 that inverting them gives.

    Parameters
    ----------
    yi, vi : shape ``(k,)``
    method : ``FE`` or an estimator of tau2 that batches
    level : confidence level
    seed : of the generator
    samples : number of bootstrap samples; with 9999 the 95 % limits are its 250th and 9750th estimates

    Returns
    -------
    Lower limit, upper limit, P value; NaN for a single study, which has nothing to resample.

    Raises
    ------
    DataError
        for an estimator that needs weights.
    """
    from metaudit.pooling.batch import BATCHED, fit_batch

    if method not in BATCHED:
        raise DataError(
            f"a bootstrap interval with tau2 {method} is not defined here; choose one of {', '.join(BATCHED)}"
        )
    k = yi.size
    if k < 2:
        return math.nan, math.nan, math.nan
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(k, np.full(k, 1 / k), size=samples)
    estimates = fit_batch(yi, vi, method=method, mask=counts).estimate
    tail = (1 - level) / 2
    low, high = np.quantile(estimates, [tail, 1 - tail], method="weibull")  # order statistics at (B + 1) p
    sides = [int(np.sum(estimates <= 0)), int(np.sum(estimates >= 0))]
    return float(low), float(high), min(1.0, 2 * (1 + min(sides)) / (samples + 1))
