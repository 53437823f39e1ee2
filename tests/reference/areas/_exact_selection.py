"""Standard errors of a one-sided step-function selection model from second differences with 60 digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from mpmath import mp, mpf

DIGITS = 60
STEP = 15  # differences with a step of 1e-15 carry an error of 1e-30, and 60 digits leave 30 after the subtraction


def standard_errors(
    yi: np.ndarray, vi: np.ndarray, at: Sequence[float], *, alternative: str, steps: Sequence[float]
) -> list[float]:
    """Of the mean, tau2 and the weights at the parameters ``at``; Hedges 1992 (likelihood of weighted densities)."""
    with mp.workdps(DIGITS):
        likelihood = _likelihood(yi, vi, sign=1 if alternative == "greater" else -1, steps=steps)
        x, n = [mpf(float(a)) for a in at], len(at)
        information = mp.matrix(n, n)
        for i in range(n):
            for j in range(i + 1):
                information[i, j] = information[j, i] = -_second(likelihood, x, i, j)
        covariance = mp.inverse(information)
        return [float(mp.sqrt(covariance[i, i])) for i in range(n)]


def _second(f: Callable[[list[mpf]], mpf], x: list[mpf], i: int, j: int) -> mpf:
    h = mpf(10) ** -STEP

    def moved(a: int, b: int) -> mpf:
        y = list(x)
        y[i] += a * h
        y[j] += b * h
        return f(y)

    return (moved(1, 1) - moved(1, -1) - moved(-1, 1) + moved(-1, -1)) / (4 * h * h)


def _likelihood(yi: np.ndarray, vi: np.ndarray, *, sign: int, steps: Sequence[float]) -> Callable[[list[mpf]], mpf]:
    y, v = [mpf(float(a)) for a in yi], [mpf(float(a)) for a in vi]
    cuts = [mpf(s) for s in steps if s < 1]
    quantiles = [-mp.sqrt(2) * mp.erfinv(2 * c - 1) for c in cuts]
    place = [sum(mp.ncdf(-sign * a / mp.sqrt(b)) > c for c in cuts) for a, b in zip(y, v, strict=True)]

    def value(x: list[mpf]) -> mpf:
        mean, tau2, weights, total = x[0], x[1], [mpf(1), *x[2:]], mpf(0)
        for a, b, j in zip(y, v, place, strict=True):
            spread = mp.sqrt(b + tau2)
            tails = [mpf(0), *(mp.ncdf((sign * mean - z * mp.sqrt(b)) / spread) for z in quantiles), mpf(1)]
            chance = sum(w * (t - s) for w, s, t in zip(weights, tails[:-1], tails[1:], strict=True))
            total += mp.log(weights[j]) - mp.log(spread) - (a - mean) ** 2 / (2 * spread**2) - mp.log(chance)
        return total

    return value
