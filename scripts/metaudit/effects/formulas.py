"""Effect sizes as formulas on arrays: no tables, no rows, no names.

Definitions are those of metafor's ``escalc`` (Viechtbauer 2010, J Stat Softw 36(3); its help page names the
original papers quoted below). Every function takes arrays of one shape and returns ``(yi, vi)`` of that shape.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from metaudit.effects.zero_cells import Floats

Pair = tuple[Floats, Floats]


def risk_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    """Log risk ratio from the four cells (events, non-events; treatment, control)."""
    n1, n2 = a + b, c + d
    return np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2


def odds_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    """Log odds ratio; variance of Woolf (1955)."""
    return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


def risk_difference(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    """Risk difference."""
    n1, n2 = a + b, c + d
    p1, p2 = a / n1, c / n2
    return p1 - p2, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2


def peto(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    """One-step log odds ratio (Yusuf et al. 1985): (O - E) / V with the hypergeometric V."""
    n1, n2, m1, m2 = a + b, c + d, a + c, b + d
    n = n1 + n2
    v = n1 * n2 * m1 * m2 / (n**2 * (n - 1))
    return (a - n1 * m1 / n) / v, 1 / v


def arcsine_difference(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    """Difference of arcsine square-root risks (Rücker et al. 2009)."""
    n1, n2 = a + b, c + d
    return np.arcsin(np.sqrt(a / n1)) - np.arcsin(np.sqrt(c / n2)), 1 / (4 * n1) + 1 / (4 * n2)


def mean_difference(
    m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats, variant: str = "LS"
) -> Pair:
    """Mean difference; ``HO`` (``pooled-sd``) takes one SD for both groups."""
    if variant in ("HO", "pooled-sd"):
        s2p = ((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2)
        return m1 - m2, s2p * (1 / n1 + 1 / n2)
    return m1 - m2, s1**2 / n1 + s2**2 / n2


def hedges_j(m: Floats) -> Floats:
    """Exact small-sample factor J(m) (Hedges 1981, equation 6e); m degrees of freedom."""
    with np.errstate(invalid="ignore", divide="ignore"):
        j = np.exp(gammaln(m / 2) - 0.5 * np.log(m / 2) - gammaln((m - 1) / 2))
    return np.where(m > 1, j, np.nan)


def standardised_mean_difference(
    m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats, variant: str = "LS"
) -> Pair:
    """Hedges' g with the exact J.

    Variants of the variance: ``LS`` and ``LS2`` (large sample; Hedges and Olkin 1985, p. 86), ``UB`` (unbiased;
    Hedges 1983), ``AV`` (LS with the weighted average of d), ``revman`` (RevMan 5: approximate J, N - 3.94).
    """
    n = n1 + n2
    m = n - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        d = (m1 - m2) / np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / m)
    base = 1 / n1 + 1 / n2
    if variant == "revman":
        g = (1 - 3 / (4 * n - 9)) * d
        return g, n / (n1 * n2) + g**2 / (2 * (n - 3.94))
    j = hedges_j(m)
    g = j * d
    if variant == "LS2":
        return g, j**2 * (base + d**2 / (2 * n))
    if variant == "UB":
        return g, base + (1 - (m - 2) / (m * j**2)) * g**2
    if variant == "AV":
        mean_g = np.sum(n * g, axis=0, keepdims=True) / np.sum(n, axis=0, keepdims=True)
        return g, base + mean_g**2 / (2 * n)
    return g, base + g**2 / (2 * n)


def standardised_mean_difference_h(m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats) -> Pair:
    """Standardised mean difference without the assumption of equal variances (Bonett 2008, 2009).

    The variance is that of metafor up to 4.4, the one in published analyses; 4.6 corrected it.
    """
    s = np.sqrt((s1**2 + s2**2) / 2)
    j = hedges_j(n1 + n2 - 2)
    g = j * (m1 - m2) / s
    v1, v2 = s1**2, s2**2
    spread = g**2 * (v1**2 / (n1 - 1) + v2**2 / (n2 - 1)) / (8 * s**4)
    return g, j**2 * (spread + (v1 / (n1 - 1) + v2 / (n2 - 1)) / s**2)


def ratio_of_means(m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats) -> Pair:
    """Log ratio of means (Hedges, Gurevitch and Curtis 1999); not bias-corrected."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(m1 / m2), s1**2 / (n1 * m1**2) + s2**2 / (n2 * m2**2)


def rate_ratio(x1: Floats, t1: Floats, x2: Floats, t2: Floats) -> Pair:
    """Log incidence rate ratio."""
    return np.log((x1 / t1) / (x2 / t2)), 1 / x1 + 1 / x2


def rate_difference(x1: Floats, t1: Floats, x2: Floats, t2: Floats) -> Pair:
    """Incidence rate difference."""
    return x1 / t1 - x2 / t2, x1 / t1**2 + x2 / t2**2


def proportion(x: Floats, n: Floats, variant: str = "LS") -> Pair:
    """Raw proportion; ``UB`` divides by n - 1, ``AV`` takes one proportion, that of all studies together."""
    p = x / n
    if variant == "UB":
        return p, p * (1 - p) / (n - 1)
    if variant == "AV":
        mean_p = np.sum(x, axis=0, keepdims=True) / np.sum(n, axis=0, keepdims=True)
        return p, mean_p * (1 - mean_p) / n
    return p, p * (1 - p) / n


def proportion_log(x: Floats, n: Floats) -> Pair:
    """Log proportion."""
    return np.log(x / n), 1 / x - 1 / n


def proportion_logit(x: Floats, n: Floats) -> Pair:
    """Logit of a proportion."""
    return np.log(x / (n - x)), 1 / x + 1 / (n - x)


def proportion_arcsine(x: Floats, n: Floats) -> Pair:
    """Arcsine square root of a proportion."""
    return np.arcsin(np.sqrt(x / n)), 1 / (4 * n)


def proportion_double_arcsine(x: Floats, n: Floats) -> Pair:
    """Freeman-Tukey double arcsine (Freeman and Tukey 1950), halved as in metafor."""
    yi = 0.5 * (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1))))
    return yi, 1 / (4 * n + 2)


def back_double_arcsine(t: Floats, n: Floats) -> Floats:
    """Inverse of the double arcsine at sample size n (Miller 1978)."""
    low = 0.5 * np.arcsin(np.sqrt(1 / (n + 1)))
    high = 0.5 * (np.arcsin(np.sqrt(n / (n + 1))) + np.pi / 2)
    t = np.asarray(t, dtype=float)
    inner = 1 - (np.sin(2 * t) + (np.sin(2 * t) - 1 / np.sin(2 * t)) / n) ** 2
    p = 0.5 * (1 - np.sign(np.cos(2 * t)) * np.sqrt(np.clip(inner, 0, 1)))
    return np.where(t <= low, 0.0, np.where(t >= high, 1.0, p))


def correlation(r: Floats, n: Floats, variant: str = "LS") -> Pair:
    """Raw correlation, large-sample variance; ``AV`` takes the average correlation in it."""
    rho = np.sum(n * r, axis=0, keepdims=True) / np.sum(n, axis=0, keepdims=True) if variant == "AV" else r
    return r, (1 - rho**2) ** 2 / (n - 1)


def fisher_z(r: Floats, n: Floats) -> Pair:
    """Fisher's z."""
    return np.arctanh(r), 1 / (n - 3)
