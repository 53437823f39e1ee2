"""From a test statistic to an effect, and from one kind of effect to another: formulas on single numbers.

Sources: Borenstein, Hedges, Higgins and Rothstein 2009, Introduction to Meta-Analysis, ch. 7 (d, r and log odds
ratio); Rosenthal 1994 (test statistics); Chinn 2000 (log odds ratio and d); Cochrane Handbook 6.5.2.3 and 10.6.
"""

from __future__ import annotations

import math

from scipy.special import stdtrit

D_PER_LOG_ODDS = math.sqrt(3) / math.pi  # SD 1 of the logistic distribution is pi/sqrt(3) on the logit scale
Value = tuple[float, float]


def t_of_p(p: float, df: float) -> float:
    """Absolute t of a two-sided P value; NaN for P of 0 or beyond 1, or without degrees of freedom."""
    return -float(stdtrit(df, p / 2)) if 0 < p <= 1 and df > 0 else math.nan


def d_of_t(t: float, n_t: float, n_c: float) -> float:
    """Cohen's d from the t of two independent groups (Rosenthal 1994)."""
    return t * math.sqrt(1 / n_t + 1 / n_c)


def r_of_t(t: float, n: float) -> float:
    """Correlation from its t statistic, n - 2 degrees of freedom; NaN below three people."""
    return t / math.sqrt(t**2 + n - 2) if n > 2 else math.nan


def variance_of_d(d: float, n_t: float, n_c: float) -> float:
    """Sampling variance of Cohen's d (Borenstein et al. 2009, ch. 4)."""
    return 1 / n_t + 1 / n_c + d**2 / (2 * (n_t + n_c))


def variance_of_r(r: float, n: float) -> float:
    """Sampling variance of a correlation, (1 - r²)²/(n - 1); NaN for one person."""
    return (1 - r**2) ** 2 / (n - 1) if n > 1 else math.nan


def d_of_log_odds(log_odds: float, variance: float) -> Value:
    """Cohen's d and its variance from a log odds ratio: times √3/π (Borenstein et al. 2009, equations 7.1 and 7.2)."""
    return log_odds * D_PER_LOG_ODDS, variance * D_PER_LOG_ODDS**2


def log_odds_of_d(d: float, variance: float) -> Value:
    """Log odds ratio and its variance from d: times π/√3 (Borenstein et al. 2009, equations 7.3 and 7.4)."""
    return d / D_PER_LOG_ODDS, variance / D_PER_LOG_ODDS**2


def d_of_r(r: float, variance: float) -> Value:
    """Cohen's d and its variance from a correlation (Borenstein et al. 2009, equations 7.5 and 7.6); NaN for ±1."""
    rest = 1 - r**2
    return (2 * r / math.sqrt(rest), 4 * variance / rest**3) if rest > 0 else (math.nan, math.nan)


def r_of_d(d: float, variance: float, *, n_t: float = math.nan, n_c: float = math.nan) -> Value:
    """Correlation and its variance from d (Borenstein et al. 2009, equations 7.7 to 7.9).

    The group sizes give a = (n_t + n_c)²/(n_t n_c); without them a = 4, two groups of one size.
    """
    known = n_t > 0 and n_c > 0
    a = (n_t + n_c) ** 2 / (n_t * n_c) if known else 4.0
    return d / math.sqrt(d**2 + a), a**2 * variance / (d**2 + a) ** 3


def z_of_r(r: float, variance: float) -> Value:
    """Fisher's z and its variance by the delta method; NaN for ±1."""
    rest = 1 - r**2
    return (math.atanh(r), variance / rest**2) if rest > 0 else (math.nan, math.nan)


def r_of_z(z: float, variance: float) -> Value:
    """Correlation and its variance from Fisher's z by the delta method."""
    r = math.tanh(z)
    return r, variance * (1 - r**2) ** 2
