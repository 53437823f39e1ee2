"""Where programs end their searches: what no specification says."""

from __future__ import annotations

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.brent import R_TOLERANCE, zero
from metaudit.pooling.quadratic_form import GeneralisedQ
from metaudit.pooling.stopping import MAX_LIMIT_STEPS, TAU2_MAX
from metaudit.pooling.tau2_closed import general_moments

STEPS, ABSOLUTE = 50, 1e-5


def paule_mandel_of_statsmodels(yi: Floats, vi: Floats) -> float:
    """Paule and Mandel's tau2 where statsmodels' iteration leaves it.

    Newton's method from 0 on the generalised Q less its degrees of freedom, ended by a gap of 1e-5 or after 50 steps
    (statsmodels 0.15.0, ``stats.meta_analysis``; DerSimonian and Kacker 2007, Contemp Clin Trials 28:105, appendix).

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    """
    tau2 = 0.0
    for _ in range(STEPS):
        w = 1 / (vi + tau2)
        squares = (yi - np.sum(w * yi) / np.sum(w)) ** 2
        gap = float(np.sum(w * squares)) - (len(yi) - 1)
        if gap < 0:
            return 0.0
        if gap <= ABSOLUTE:
            break
        tau2 += gap / float(np.sum(w**2 * squares))
    return tau2


def jackson_of_meta(yi: Floats, vi: Floats, *, level: float) -> tuple[float, float]:
    """Jackson's limits of tau2 as R's meta prints them: metafor's search of the distribution of Q with weights 1/se.

    R's ``uniroot`` between 0 and max(100, 10 tau2) with its default tolerance, where tau2 is the moment estimate with the
    same weights (Jackson 2013, Res Synth Methods 4:220; metafor 3.8-1, ``confint``).

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, two studies or more
    level : confidence level

    Returns
    -------
    Limits; 0 and the end of the search stand for limits that lie beyond them.
    """
    x, weights = np.ones((len(yi), 1)), 1 / np.sqrt(vi)
    q = GeneralisedQ(yi, vi, x, weights)
    top = max(TAU2_MAX, 10 * general_moments(yi, vi, x, weights))

    def limit(target: float) -> float:
        def gap(tau2: float) -> float:
            return q.below(tau2) - target

        if gap(0.0) < 0:
            return 0.0
        return top if gap(top) > 0 else zero(gap, 0.0, top, tol=R_TOLERANCE, maxiter=MAX_LIMIT_STEPS)

    return limit((1 + level) / 2), limit((1 - level) / 2)
