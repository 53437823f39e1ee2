"""Network meta-analysis of odds ratios from the counts given the number of events in each study.

Given that number, the events of the arms have Fisher's non-central hypergeometric distribution, of several arms if there are
several (Stijnen, Hamza and Özdemir 2010, section 3; Efthimiou et al. 2019). Its approximation for rare events is multinomial
with the sizes of the arms as offsets, which is the likelihood that netmeta's ``netmetabin(method = "NCH")`` maximises.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, gammaln

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.network.counts import CountNetwork, informative
from metaudit.network.evidence import Evidence, Study, check_connected, sort_key
from metaudit.network.from_arms import Arm
from metaudit.network.rows import contrasts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIKELIHOODS = ("exact", "approximate")
_STEPS = 100
_CLOSE = 1e-13  # of the Newton decrement: half of what the log-likelihood can still gain

Moments = tuple[float, Floats, Floats]
Table = tuple["NDArray[np.int_]", Floats, Floats]  # places of the arms' treatments, events, people


def hypergeometric_network(arms: Sequence[Arm], *, likelihood: str = "exact", level: float = 0.95) -> CountNetwork:
    """Log odds ratios of all comparisons under a common effect by conditional maximum likelihood.

    Parameters
    ----------
    arms : with events and n, whole numbers
    likelihood : ``exact``, or ``approximate`` (multinomial)
    level : confidence level

    Raises
    ------
    DataError
        for counts that are not whole, a likelihood that is not known or has no maximum, and when what is left is no
        connected network.
    """
    if likelihood not in LIKELIHOODS:
        raise DataError(f"likelihood {likelihood!r} is not known; choose one of {', '.join(LIKELIHOODS)}")
    designs, left_out = informative(arms)
    treatments = tuple(sorted({t for d in designs for t in d.treatments}, key=sort_key))
    place = {t: i for i, t in enumerate(treatments)}
    tables: list[Table] = []
    for d in designs:
        at = np.array([place[t] for t in d.treatments])
        for e, n in zip(d.events, d.n, strict=True):
            if np.any(e != np.round(e)) or np.any(n != np.round(n)):
                raise DataError(
                    f"design {' : '.join(d.treatments)}: the conditional likelihood needs whole numbers of people"
                )
            tables.append((at, e, n))
    blank = tuple(
        Study(f"{i}", d.treatments, np.zeros(len(d.treatments)), np.eye(len(d.treatments)))
        for i, d in enumerate(designs)
    )
    check_connected(Evidence("OR", blank, left_out))
    effects, root, height = _maximum(tables, len(treatments), exact=likelihood == "exact")
    method = f"hypergeometric ({likelihood})"
    return CountNetwork(treatments, effects, root, len(tables), left_out, method, level, log_likelihood=height)


def _maximum(tables: list[Table], n: int, *, exact: bool) -> tuple[Floats, Floats, float]:
    """Newton's method on the n - 1 parameters; the log-likelihood is concave, steps are halved until it rises."""
    basis = contrasts_of(n).T
    beta = np.zeros(n - 1)
    height, slope, information = _derivatives(tables, basis @ beta, exact=exact)
    for _ in range(_STEPS):
        inner = basis.T @ information @ basis
        try:
            step = np.linalg.solve(inner, basis.T @ slope)
        except np.linalg.LinAlgError:
            break
        if float(step @ (basis.T @ slope)) < _CLOSE * (1 + abs(height)) * 1e-3:
            root = basis @ np.linalg.cholesky(np.linalg.inv(inner))
            return basis @ (beta + step), root, height
        size = 1.0
        while True:
            tried = _derivatives(tables, basis @ (beta + size * step), exact=exact)
            if tried[0] >= height or size < 1e-10:
                break
            size /= 2
        beta, (height, slope, information) = beta + size * step, tried
        if np.abs(beta).max() > 50:
            break
    raise DataError(
        "the conditional likelihood has no maximum: some treatment has events only where no comparison bounds its odds ratio"
    )


def _derivatives(tables: list[Table], theta: Floats, *, exact: bool) -> Moments:
    """Log-likelihood, its gradient and its information in the effects of all treatments."""
    height, slope, information = 0.0, np.zeros(theta.size), np.zeros((theta.size, theta.size))
    for at, e, n in tables:
        log_z, mean, cov = (conditional_moments if exact else multinomial_moments)(theta[at], n, total=float(e.sum()))
        height += float(e @ theta[at]) - log_z
        if exact:
            height += float(np.sum(_log_choose(n, e)))
        slope[at] += e - mean
        information[np.ix_(at, at)] += cov
    return height, slope, information


def multinomial_moments(theta: Floats, n: Floats, *, total: float) -> Moments:
    """Log normaliser, mean and covariance of ``total`` events that fall into arms with chances n exp(theta)."""
    top = theta.max()
    share = n * np.exp(theta - top)
    p = share / share.sum()
    return total * (float(np.log(share.sum())) + top), total * p, total * (np.diag(p) - np.outer(p, p))


def conditional_moments(theta: Floats, n: Floats, *, total: float) -> Moments:
    """Log normaliser, mean and covariance of the events of the arms given their sum.

    Z is the coefficient of x^total in the product of the polynomials sum_e C(n, e) exp(e theta) x^e. A constant added to
    theta changes nothing but Z by a known factor; the one under which ``total`` is expected makes the polynomials
    binomial distributions, whose convolutions neither overflow nor vanish.

    Parameters
    ----------
    theta, n : of the arms, shape ``(m,)``
    total : events in all arms
    """
    t, m = round(total), n.size
    shift = _tilt(theta, n, total)
    eta = theta + shift
    support = [np.arange(min(int(size), t) + 1.0) for size in n]
    log_odds = [_log_choose(np.full(k.size, size), k) + k * x for k, size, x in zip(support, n, eta, strict=True)]
    scale = [float(g.max()) for g in log_odds]
    parts = [np.exp(g - s) for g, s in zip(log_odds, scale, strict=True)]

    def coefficient(weighted: list[Floats]) -> float:
        head = reduce(np.convolve, weighted[:-1])
        last = weighted[-1]
        low, high = max(0, t - head.size + 1), min(last.size - 1, t)
        return float(last[low : high + 1] @ head[t - high : t - low + 1][::-1]) if low <= high else 0.0

    z = coefficient(parts)
    once = [p * k for p, k in zip(parts, support, strict=True)]
    mean = np.array([coefficient([once[i] if i == a else parts[i] for i in range(m)]) for a in range(m)]) / z
    cov = np.zeros((m, m))
    for a in range(m):
        for b in range(a + 1):
            both = [
                parts[i] * (support[i] - mean[i]) ** ((i == a) + (i == b)) if i in (a, b) else parts[i]
                for i in range(m)
            ]
            cov[a, b] = cov[b, a] = coefficient(both) / z
    return float(np.log(z)) + sum(scale) - t * shift, mean, cov


def _tilt(theta: Floats, n: Floats, total: float) -> float:
    """What to add to the log odds for ``total`` events to be expected; 0 where no event, or no non-event, is."""
    if total <= 0 or total >= float(n.sum()):
        return 0.0
    wide = 60.0 + float(np.abs(theta).max())
    return float(brentq(lambda s: float(n @ expit(theta + s)) - total, -wide, wide))


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
