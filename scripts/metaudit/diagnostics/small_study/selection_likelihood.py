"""Likelihood of effects that were selected by their P value, with a step function for the chance of being published.

Source: Vevea and Hedges 1995: an effect enters with weight delta of its interval of P, and its normal density is
divided by the chance of being published, A = sum over the intervals of delta times the probability of the interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr, ndtri

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALTERNATIVES = ("greater", "less", "two-sided")


@dataclass(frozen=True)
class Intervals:
    """The intervals of P and where the studies fall.

    Attributes
    ----------
    alternative : ``greater``, ``less`` or ``two-sided``: which P values matter
    steps : upper ends of the intervals, ascending, the last 1; ``j`` of them
    group : interval of every study, from 0, shape ``(k,)``
    counts : studies in each interval, shape ``(j,)``
    """

    alternative: str
    steps: tuple[float, ...]
    group: NDArray[np.intp]
    counts: NDArray[np.intp]


def intervals_of(yi: Floats, vi: Floats, *, alternative: str, steps: Any) -> Intervals:
    """Sort the studies into intervals of P.

    Raises
    ------
    DataError
        for an unknown alternative, steps outside 0 to 1, and an interval other than the first without a study, whose
        weight no data could estimate.
    """
    if alternative not in ALTERNATIVES:
        raise DataError(f"alternative {alternative!r} is not known; choose {', '.join(ALTERNATIVES)}")
    ends = sorted({float(s) for s in np.atleast_1d(np.asarray(steps, dtype=float))})
    if not ends or not all(0 < s <= 1 for s in ends) or ends == [1.0]:
        raise DataError(f"the steps {steps} of the selection model are not P values between 0 and 1; write 0.025")
    ends = ends if ends[-1] == 1 else [*ends, 1.0]
    z = yi / np.sqrt(vi)
    p = {"greater": ndtr(-z), "less": ndtr(z), "two-sided": 2 * ndtr(-np.abs(z))}[alternative]
    group = np.searchsorted(np.array(ends), p, side="left")
    counts = np.bincount(group, minlength=len(ends))
    if np.any(counts[1:] == 0):
        j = 1 + int(np.flatnonzero(counts[1:] == 0)[0])
        low = ends[j - 1]
        side = "two-sided" if alternative == "two-sided" else "one-sided"
        raise DataError(
            f"no study has a {side} P between {low:g} and {ends[j]:g}, so the selection model cannot weigh that "
            "interval; choose other steps"
        )
    return Intervals(alternative, tuple(ends), group, counts)


def log_likelihood(params: NDArray[Any], yi: Floats, vi: Floats, *, intervals: Intervals) -> NDArray[Any]:
    """Log-likelihood of a batch of parameters.

    Parameters
    ----------
    params : shape ``(m, 1 + j)``, real or complex: mu, tau2, and the logs of the weights of all intervals but the first
    yi, vi : shape ``(k,)``
    intervals : the intervals of P

    Returns
    -------
    Shape ``(m,)``, with all constants.
    """
    mu, tau2, eta = params[:, :1], params[:, 1:2], params[:, 2:]
    sei = np.sqrt(vi)
    variance = vi + tau2
    spread = np.sqrt(variance)
    log_delta = np.concatenate([np.zeros_like(mu), eta], axis=1)
    published = np.zeros_like(spread * mu)
    for j, segments in enumerate(_segments(intervals)):
        part = sum(_stretch(lo, hi, sei=sei, mu=mu, spread=spread) for lo, hi in segments)
        published = published + np.exp(log_delta[:, j : j + 1]) * part
    density = -0.5 * (np.log(2 * np.pi * variance) + (yi - mu) ** 2 / variance)
    return np.asarray(np.sum(log_delta[:, intervals.group] + density - np.log(published), axis=1))


def _segments(intervals: Intervals) -> list[list[tuple[float, float]]]:
    """The intervals of P as stretches of z."""
    halves = 2 if intervals.alternative == "two-sided" else 1
    cuts = [np.inf, *(-ndtri(s / halves) for s in intervals.steps)]
    upper = [(float(lo), float(hi)) for hi, lo in pairwise(cuts)]
    lower = [(-hi, -lo) for lo, hi in upper]
    if intervals.alternative == "two-sided":
        return [[a, b] for a, b in zip(upper, lower, strict=True)]
    return [[s] for s in (upper if intervals.alternative == "greater" else lower)]


def _stretch(lo: float, hi: float, *, sei: Floats, mu: NDArray[Any], spread: NDArray[Any]) -> NDArray[Any]:
    """Probability that z lies between two values, taken from the tail in which it keeps its digits."""
    if np.isinf(hi):
        return np.asarray(ndtr((mu - lo * sei) / spread))
    b = (hi * sei - mu) / spread
    if np.isinf(lo):
        return np.asarray(ndtr(b))
    a = (lo * sei - mu) / spread
    flip = np.real(a) > 0
    return np.asarray(ndtr(np.where(flip, -a, b)) - ndtr(np.where(flip, -b, a)))
