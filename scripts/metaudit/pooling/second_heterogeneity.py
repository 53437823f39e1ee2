"""Heterogeneity a second way: Q from pairs of studies, I² and H², and the limits of tau2 by their defining equations."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.special import erfinv, gammaincc, gammainccinv

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.result import Pooled
from metaudit.pooling.second_sums import ROUNDING, Studies, sums
from metaudit.pooling.second_tau2 import RELATIVE, agree, differs, likelihood_height, verify_roots


def verify_heterogeneity(result: Pooled, studies: Studies) -> None:
    """Q from pairs of studies, its P value, both I² and H².

    Raises
    ------
    DisagreementError
        with both values.
    """
    df = studies.df
    agree("degrees of freedom of Q", result.q_df, df)
    if df <= 0:
        return
    m = studies.moments
    agree("Q", result.q, m.q, noise=m.bound)
    agree("P value of Q", result.q_p, float(gammaincc(df / 2, result.q / 2)), noise=1e-300)
    i2_q = max(0.0, 100 * (1 - df / result.q)) if result.q > 0 else 0.0
    agree("I² from Q", result.i2_q, i2_q, noise=100 * ROUNDING * (1 + df / result.q if result.q > 0 else 1))
    typical, noise = studies.typical
    common = not result.tau2_method
    i2 = i2_q if common else _i2(result.tau2, typical)
    agree("I²", result.i2, i2, noise=noise * i2 + 100 * ROUNDING)
    h2 = result.q / df if common else 1 + result.tau2 / typical
    agree("H²", result.h2, h2, noise=noise * h2)


def _i2(tau2: float, typical: float) -> float:
    return 100.0 if math.isinf(tau2) else 100 / (1 + typical / tau2) if tau2 > 0 else 0.0


def verify_limits(result: Pooled, studies: Studies) -> None:
    """The limits of tau2 solve their equation; those of I² and H² follow from them, or from Q.

    Raises
    ------
    DisagreementError
        with both values.
    """
    if studies.df <= 0:
        return
    typical, noise = studies.typical
    if result.stopping == "exact":
        _LIMITS.get(result.tau2_ci_method, _left_to_the_tests)(result, studies)
    if result.i2_ci_method == "test-based":
        _verify_test_based(result)
        return
    for what, i2, h2, limit in (
        ("lower", result.i2_low, result.h2_low, result.tau2_low),
        ("upper", result.i2_high, result.h2_high, result.tau2_high),
    ):
        again = _i2(limit, typical)
        agree(f"{what} limit of I²", i2, again, noise=noise * again + 100 * ROUNDING)
        h2_again = 1 + limit / typical
        agree(f"{what} limit of H²", h2, h2_again, noise=noise * h2_again)


def _verify_q_profile(result: Pooled, studies: Studies) -> None:
    """Q at the limit is a chi-squared quantile (Viechtbauer 2007)."""
    high, low = _chi2_quantiles(result.level, studies.df)
    roots = {"lower limit of tau2": (result.tau2_low, high), "upper limit of tau2": (result.tau2_high, low)}
    verify_roots(roots, studies.yi, studies.vi, x=studies.x)


@lru_cache(maxsize=1024)
def _chi2_quantiles(level: float, df: int) -> tuple[float, float]:
    """The upper and the lower one that leave the level between them."""
    tail = (1 - level) / 2
    return 2 * float(gammainccinv(df / 2, tail)), 2 * float(gammainccinv(df / 2, 1 - tail))


def verify_q_profile(result: Pooled, yi: Floats, vi: Floats) -> None:
    """The Q-profile limits of a result from counts, whose own Q does not centre on the inverse-variance mean.

    Raises
    ------
    DisagreementError
        with both values.
    """
    if yi.size < 2:
        return
    studies = Studies(yi, vi, np.ones((yi.size, 1)))
    _verify_q_profile(result, studies)
    for what, i2, limit in (("lower", result.i2_low, result.tau2_low), ("upper", result.i2_high, result.tau2_high)):
        agree(f"{what} limit of I²", i2, _i2(limit, studies.typical[0]), noise=1e-10)


def _verify_profile_likelihood(result: Pooled, studies: Studies) -> None:
    """Twice the log-likelihood has fallen by the square of the normal quantile (Hardy and Thompson 1996)."""
    drop = 2 * float(erfinv(result.level)) ** 2
    low, high = result.tau2_low, result.tau2_high
    points = [result.tau2, *(t * (1 + s * RELATIVE) for t in (low, high) for s in (-1, 1))]
    at = sums(studies.yi, studies.vi, studies.x, np.array(points))
    height, rough = likelihood_height(at, restricted=result.tau2_method == "REML")
    fall, noise = height[0] - height[1:] - drop, rough[0] + rough[1:] + 1e-10
    inside_low, inside_high = (low == 0 or fall[0] >= -noise[0]), fall[2] <= noise[2]
    if not (inside_low and fall[1] <= noise[1] and inside_high and fall[3] >= -noise[3]):
        raise differs(
            f"profile-likelihood limits {low!r} and {high!r}: fall of the likelihood there",
            drop,
            (fall + drop).tolist(),
        )


def _left_to_the_tests(result: Pooled, studies: Studies) -> None:
    """The exact distribution of a generalised Q has no second way that is fast enough for every run."""


_LIMITS = {"q-profile": _verify_q_profile, "profile-likelihood": _verify_profile_likelihood}


def _verify_test_based(result: Pooled) -> None:
    """From ln Q (Higgins and Thompson 2002, appendix), written for H² where the first computation goes through H."""
    q, df = result.q, result.q_df
    if df == 1 and q <= 2:
        again = (math.nan, math.nan)
    elif q <= 0:
        again = (1.0, 1.0)
    else:
        if q > df + 1:
            spread = math.log(q / df) / (math.sqrt(2 * q) - math.sqrt(2 * df - 1))
        else:
            spread = math.sqrt(2 / (df - 1) * (1 - 1 / (3 * (df - 1) ** 2)))
        width = math.exp(math.sqrt(2) * float(erfinv(result.level)) * spread)
        again = (max(1.0, q / df / width), max(1.0, q / df * width))
    for what, h2, i2, value in (
        ("lower", result.h2_low, result.i2_low, again[0]),
        ("upper", result.h2_high, result.i2_high, again[1]),
    ):
        agree(f"{what} test-based limit of H²", h2, value)
        agree(f"{what} test-based limit of I²", i2, 100 - 100 / value, noise=100 * ROUNDING)
