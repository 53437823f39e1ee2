"""The between-study variance a second way: moment equations from pairs, roots and maxima by their defining property."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DisagreementError
from metaudit.pooling.second_sums import ROUNDING, Moments, Sums, moments, sums

RELATIVE = 1e-8
_SCAN = np.concatenate([[0.0], np.logspace(-6, 3, 28)])  # times the variance of the effects


def differs(what: str, given: float, again: object) -> DisagreementError:
    """The error that stops a run."""
    return DisagreementError(f"{what}: {given!r}, but a second, independent computation gives {again!r}")


def agree(what: str, given: float, again: float, *, noise: float | Callable[[], float] = 0.0) -> None:
    """Demand that two computations agree to 1e-8 relative, beyond what rounding may have done.

    Parameters
    ----------
    what : what is computed, for the message
    given, again : the two values
    noise : what rounding may have done; a function is asked only where the values differ by more than 1e-8

    Raises
    ------
    DisagreementError
        with both values.
    """
    if given == again or (math.isnan(given) and math.isnan(again)):
        return
    gap = abs(given - again) - RELATIVE * abs(again)
    if gap <= 0:
        return
    if not gap <= (noise() if callable(noise) else noise):
        raise differs(what, given, again)


def verify_tau2(
    method: str,
    tau2: float,
    yi: Floats,
    *,
    vi: Floats,
    x: Floats,
    weights: Floats | None = None,
    thorough: bool = False,
    inverse: Callable[[], Moments] | None = None,
) -> None:
    """Demand that a between-study variance is what its estimator's name says.

    Parameters
    ----------
    method : code of the estimator
    tau2 : the value to check
    yi, vi : effects and variances, shape ``(k,)``
    x : design, shape ``(k, p)``
    weights : those of the generalised Q (``GENQ``)
    thorough : ML and REML: search the whole range for a higher likelihood, instead of 29 values of tau2
    inverse : gives ``moments`` with inverse variances as weights, where the caller has them

    Raises
    ------
    DisagreementError
        with both values.
    """
    k, p = x.shape
    if method == "FE" or k <= p:
        agree(f"tau2 ({method})", tau2, 0.0)
    elif method in ("ML", "REML"):
        _maximum(method, tau2, yi, vi=vi, x=x, thorough=thorough)
    elif method in _TARGETS:
        verify_root(f"tau2 ({method})", tau2, _TARGETS[method](k - p), yi, vi=vi, x=x)
    else:
        again, noise = moment_tau2(method, yi, vi, x, weights=weights, inverse=inverse)
        agree(f"tau2 ({method})", tau2, max(0.0, again), noise=noise)


def _median_chi2(df: int) -> float:
    from scipy.special import gammaincinv

    return float(2 * gammaincinv(df / 2, 0.5))


_TARGETS: dict[str, Callable[[int], float]] = {"PM": float, "EB": float, "PMM": _median_chi2}


def moment_tau2(
    method: str,
    yi: Floats,
    vi: Floats,
    x: Floats,
    *,
    weights: Floats | None = None,
    inverse: Callable[[], Moments] | None = None,
) -> tuple[float, Callable[[], float]]:
    """A moment estimate before truncation, and what gives a bound on its rounding; arguments as in ``verify_tau2``."""
    k, p = x.shape
    if method == "DL" and inverse is not None:
        return _general(inverse())
    if method in ("HS", "HSk"):
        m = moments(yi, vi, x, 1 / vi)
        correction = k / (k - p) if method == "HSk" else 1.0
        return (m.q * correction - k) / m.total, lambda: (m.noise * correction + ROUNDING * k) / m.total
    if method == "SJ":
        spread = moments(yi, vi, np.ones((k, 1)), np.ones(k)).q / k
        size = float(np.abs(yi).max())
        if spread <= (ROUNDING * size) ** 2:
            return 0.0, lambda: (ROUNDING * size) ** 2
        m = moments(yi, vi, x, 1 / (vi / spread + 1))
        return m.q / (k - p), lambda: m.noise / (k - p) + ROUNDING * size * math.sqrt(m.q)
    if method in ("DL2", "PM2"):
        return _two_steps("DL" if method == "DL2" else "HE", yi, vi, x)
    a = {"DL": 1 / vi, "HE": np.ones(k), "GENQ": weights}[method]
    if a is None:
        raise ValueError("GENQ needs the weights of its Q")
    return _general(moments(yi, vi, x, a))


def _two_steps(start: str, yi: Floats, vi: Floats, x: Floats) -> tuple[float, Callable[[], float]]:
    """From DL or HE to the weights of the second step."""
    first, before = moment_tau2(start, yi, vi, x)
    first = max(0.0, first)
    again, noise = _general(moments(yi, vi, x, 1 / (vi + first)))

    def bound() -> float:
        moved = _general(moments(yi, vi, x, 1 / (vi + first + before())))[0]
        return noise() + abs(again - moved)  # the latter is what rounding in the first step does to the second

    return again, bound


def _general(m: Moments) -> tuple[float, Callable[[], float]]:
    def bound() -> float:
        size, amplified = abs(m.q) + m.trace_pv, m.total / m.trace_p
        return (m.noise + ROUNDING * size * (1 + amplified)) / m.trace_p

    return (m.q - m.trace_pv) / m.trace_p, bound


def verify_root(what: str, tau2: float, target: float, yi: Floats, *, vi: Floats, x: Floats) -> None:
    """Demand that the generalised Q falls through ``target`` at ``tau2``, or is already below it at 0.

    Raises
    ------
    DisagreementError
        with both values of Q.
    """
    verify_roots({what: (tau2, target)}, yi, vi, x=x)


def verify_roots(roots: dict[str, tuple[float, float]], yi: Floats, vi: Floats, *, x: Floats) -> None:
    """The same for several at once: name -> (tau2, target)."""
    points = [t * (1 + sign * RELATIVE) for t, _ in roots.values() for sign in (-1, 1)]
    at = sums(yi, vi, x, np.array(points))
    for i, (what, (tau2, target)) in enumerate(roots.items()):
        below, above = at.q[2 * i], at.q[2 * i + 1]
        if below >= target >= above:
            continue
        noise = at.q_noise[2 * i : 2 * i + 2] + ROUNDING * target
        if not ((tau2 == 0 or below >= target - noise[0]) and above <= target + noise[1]):
            raise differs(f"{what} = {tau2!r}: Q there", float(below + above) / 2, target)


def _score(at: Sums, *, restricted: bool) -> tuple[Floats, Floats]:
    """Twice the derivative of the log-likelihood in tau2, and its rounding."""
    trace = at.trace_p if restricted else at.trace_w
    return at.q2 - trace, at.q2_noise + ROUNDING * (at.q2 + at.trace_w)


def likelihood_height(at: Sums, *, restricted: bool) -> tuple[Floats, Floats]:
    """Twice the log-likelihood up to a constant, and its rounding."""
    log_x = at.log_x if restricted else 0.0 * at.log_x
    noise = at.q_noise + ROUNDING * (at.q + np.abs(at.log_w) + np.abs(log_x) + at.trace_w.size)
    return at.log_w - log_x - at.q, noise


def _maximum(method: str, tau2: float, yi: Floats, *, vi: Floats, x: Floats, thorough: bool) -> None:
    restricted = method == "REML"
    spread = float(np.ptp(yi)) ** 2
    around = np.array([tau2 * (1 - RELATIVE), tau2 * (1 + RELATIVE), tau2])
    at = sums(yi, vi, x, np.concatenate([around, _SCAN * spread]))
    slope, noise = _score(at, restricted=restricted)
    rising = tau2 == 0 or slope[0] >= -noise[0]
    if not (rising and slope[1] <= noise[1]):
        raise differs(
            f"tau2 ({method}) = {tau2!r}: slope of the likelihood just below and above it",
            float(slope[0]),
            float(slope[1]),
        )
    height, rough = likelihood_height(at, restricted=restricted)
    best = 3 + int(np.argmax(height[3:]))
    slack = RELATIVE * 1e-2 + rough[2] + rough[best]
    if height[best] > height[2] + slack:
        raise differs(f"tau2 ({method}); a higher likelihood elsewhere", tau2, float(_SCAN[best - 3] * spread))
    if thorough and spread > 0:
        _search(method, tau2, float(height[2] + slack), yi, vi=vi, x=x)


def _search(method: str, tau2: float, highest: float, yi: Floats, *, vi: Floats, x: Floats) -> None:
    """Bounded searches between the values of a finer scan find no higher likelihood."""
    spread = float(np.ptp(yi)) ** 2
    edges = np.concatenate([[0.0], np.logspace(-9, 3, 61)]) * spread

    def lower(t: float) -> float:
        return -float(likelihood_height(sums(yi, vi, x, np.array([t])), restricted=method == "REML")[0][0])

    scan = likelihood_height(sums(yi, vi, x, edges), restricted=method == "REML")[0]
    for i in np.flatnonzero((scan[1:-1] >= scan[:-2]) & (scan[1:-1] >= scan[2:])):
        found = minimize_scalar(
            lower, bounds=(edges[i], edges[i + 2]), method="bounded", options={"xatol": 1e-9 * spread}
        )
        if -found.fun > highest:
            raise differs(f"tau2 ({method}); a higher likelihood elsewhere", tau2, float(found.x))
