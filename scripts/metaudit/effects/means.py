"""Effect sizes of means and of changes, as formulas on arrays.

Definitions are those of metafor's ``escalc`` where it has the measure; every function takes arrays of one shape and
returns ``(yi, vi)`` of that shape. Group 1 is the treatment (or the later occasion), group 2 the control (or the
earlier one).
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from metaudit.effects.zero_cells import Floats

Pair = tuple[Floats, Floats]


def hedges_j(m: Floats) -> Floats:
    """Exact small-sample factor J(m) (Hedges 1981, equation 6e); m degrees of freedom, NaN for m of 1 or less."""
    with np.errstate(invalid="ignore", divide="ignore"):
        j = np.exp(gammaln(m / 2) - 0.5 * np.log(m / 2) - gammaln((m - 1) / 2))
    return np.where(m > 1, j, np.nan)


def approximate_j(m: Floats) -> Floats:
    """Approximate small-sample factor 1 - 3/(4m - 1) (Hedges 1981); NaN for m of 1 or less."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(m > 1, 1 - 3 / (4 * np.asarray(m, dtype=float) - 1), np.nan)


def pooled_sd(s1: Floats, n1: Floats, s2: Floats, n2: Floats) -> Floats:
    """SD within groups, weighted by degrees of freedom."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2)))


def mean_difference(
    m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats, variant: str = "LS"
) -> Pair:
    """Mean difference; ``HO`` (``pooled-sd``) takes one SD for both groups."""
    if variant in ("HO", "pooled-sd"):
        return m1 - m2, pooled_sd(s1, n1, s2, n2) ** 2 * (1 / n1 + 1 / n2)
    return m1 - m2, s1**2 / n1 + s2**2 / n2


def cohen_d(m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats) -> Floats:
    """Mean difference over the SD within groups, not corrected for small samples."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((m1 - m2) / pooled_sd(s1, n1, s2, n2))


def standardised_mean_difference(
    m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats, variant: str = "LS"
) -> Pair:
    """Hedges' g from means and SDs; the variants are those of :func:`g_of_d`."""
    return g_of_d(cohen_d(m1, s1, n1, m2, s2, n2), n1, n2, variant)


def g_of_d(d: Floats, n1: Floats, n2: Floats, variant: str = "LS") -> Pair:
    """Standardised mean difference from Cohen's d and the group sizes.

    Parameters
    ----------
    d : difference over the pooled SD, not corrected for small samples
    n1, n2 : group sizes; N is their sum, m = N - 2
    variant : with the exact J: ``LS`` (1/n1 + 1/n2 + g²/2N; Hedges 1982, equation 8), ``LS2`` (J² times the variance
        of d; Borenstein 2009, equation 12.17), ``UB`` (unbiased; Hedges 1983, equation 9), ``AV`` (LS with the average
        g, weighted by N). With the approximate J: ``LS-approx``, ``LS2-approx`` (Borenstein et al. 2009, ch. 4: CMA,
        Stata) and ``revman`` (N - 3.94 in place of N). Without J: ``d`` (Borenstein et al. 2009,
        ch. 4) and ``d-metan`` (N - 2 in place of N: Stata's metan).
    """
    n = n1 + n2
    m = n - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return _g_of_d(d, 1 / n1 + 1 / n2, n, m, variant)


def _g_of_d(d: Floats, base: Floats, n: Floats, m: Floats, variant: str) -> Pair:
    if variant == "d":
        return d, base + d**2 / (2 * n)
    if variant == "d-metan":
        return d, base + d**2 / (2 * m)
    j = approximate_j(m) if variant in ("revman", "LS-approx", "LS2-approx") else hedges_j(m)
    g = j * d
    if variant == "revman":
        return g, base + g**2 / (2 * (n - 3.94))
    if variant in ("LS2", "LS2-approx"):
        return g, j**2 * (base + d**2 / (2 * n))
    if variant == "UB":
        return g, base + (1 - (m - 2) / (m * j**2)) * g**2
    if variant == "AV":
        return g, base + _weighted(g, n) ** 2 / (2 * n)
    return g, base + g**2 / (2 * n)


def _weighted(x: Floats, w: Floats) -> Floats:
    """Average along the studies (first axis), those without a value left out."""
    known = np.isfinite(x) & np.isfinite(w)
    total = np.sum(np.where(known, w * x, 0.0), axis=0, keepdims=True)
    return np.asarray(total / np.sum(np.where(known, w, 0.0), axis=0, keepdims=True))


def glass_delta(m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats, variant: str = "LS") -> Pair:
    """Difference over the SD of the control group, times J(n2 - 1) (Glass 1976; metafor's SMD1).

    ``LS``, ``LS2``, ``UB`` and ``AV`` as for the SMD with n2 in place of N; ``H`` lets the variances differ
    (metafor's SMD1H up to version 4.4).
    """
    m = n2 - 1
    j = hedges_j(m)
    with np.errstate(invalid="ignore", divide="ignore"):
        d = (m1 - m2) / s2
        ratio = (s1 / s2) ** 2
    y, base = j * d, 1 / n1 + 1 / n2
    if variant == "H":
        return y, ratio / n1 + 1 / n2 + y**2 / (2 * n2)
    if variant == "LS2":
        return y, j**2 * (base + d**2 / (2 * n2))
    if variant == "UB":
        with np.errstate(invalid="ignore", divide="ignore"):
            return y, base + (1 - (m - 2) / (m * j**2)) * y**2
    if variant == "AV":
        return y, base + _weighted(y, n1 + n2) ** 2 / (2 * n2)
    return y, base + y**2 / (2 * n2)


def standardised_mean_difference_h(
    m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats, variant: str = "LS"
) -> Pair:
    """Standardised mean difference without the assumption of equal variances (Bonett 2008, 2009).

    ``LS`` has the variance of metafor up to 4.4, the one of most published analyses: Bonett's times J². ``metafor4.6``
    leaves J² out, as metafor does since 4.6.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        s = np.sqrt((s1**2 + s2**2) / 2)
        j = hedges_j(n1 + n2 - 2)
        g = j * (m1 - m2) / s
        v1, v2 = s1**2, s2**2
        spread = g**2 * (v1**2 / (n1 - 1) + v2**2 / (n2 - 1)) / (8 * s**4)
        variance = spread + (v1 / (n1 - 1) + v2 / (n2 - 1)) / s**2
    return g, variance if variant == "metafor4.6" else j**2 * variance


def ratio_of_means(m1: Floats, s1: Floats, n1: Floats, m2: Floats, s2: Floats, n2: Floats, variant: str = "LS") -> Pair:
    """Log ratio of means (Hedges, Gurevitch and Curtis 1999); NaN unless the means have one sign.

    ``LS`` first-order variance; ``HO`` one SD for both groups; ``AV`` and ``AVHO`` coefficients of variation averaged
    over the studies (within each group, and over both); ``bias-corrected`` adds half the difference of the squared
    coefficients of variation of the two means to the estimate (Lajeunesse 2015; metafor's default since 5.0).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        yi = np.log(m1 / m2)
        v1, v2 = s1**2 / (n1 * m1**2), s2**2 / (n2 * m2**2)
        if variant == "HO":
            s2p = pooled_sd(s1, n1, s2, n2) ** 2
            return yi, s2p / (n1 * m1**2) + s2p / (n2 * m2**2)
        if variant == "AV":
            return yi, _weighted(s1 / m1, n1) ** 2 / n1 + _weighted(s2 / m2, n2) ** 2 / n2
        if variant == "AVHO":
            both = _weighted(np.concatenate([s1 / m1, s2 / m2]), np.concatenate([n1, n2]))
            return yi, both**2 * (1 / n1 + 1 / n2)
        return yi + 0.5 * (v1 - v2) if variant == "bias-corrected" else yi, v1 + v2


def mean_change(m1: Floats, m2: Floats, sd_change: Floats, n: Floats) -> Pair:
    """Mean of the paired differences and its squared standard error (metafor's MC)."""
    return m1 - m2, sd_change**2 / n


def standardised_change(m1: Floats, m2: Floats, sd_change: Floats, n: Floats, variant: str = "LS") -> Pair:
    """Mean change over the SD of the change, times J(n - 1) (Gibbons, Hedeker and Davis 1993; metafor's SMCC).

    ``LS`` has the corrected value in its variance, ``LS2`` is J² times the variance of the uncorrected one.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        d = (m1 - m2) / sd_change
    return _corrected_change(d, n, np.ones_like(np.asarray(d)), variant)


def raw_standardised_change(m1: Floats, m2: Floats, s2: Floats, r: Floats, n: Floats, variant: str = "LS") -> Pair:
    """Mean change over the SD of the earlier occasion, times J(n - 1) (Becker 1988; metafor's SMCR).

    ``LS``: 2(1 - r)/n + y²/2n; ``LS2``: J² times the same with the uncorrected value.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        d = (m1 - m2) / s2
    return _corrected_change(d, n, 2 * (1 - r), variant)


def _corrected_change(d: Floats, n: Floats, share: Floats, variant: str) -> Pair:
    j = hedges_j(n - 1)
    y = j * d
    if variant == "LS2":
        return y, j**2 * (share / n + d**2 / (2 * n))
    return y, share / n + y**2 / (2 * n)


def crossover_smd(m1: Floats, s1: Floats, m2: Floats, s2: Floats, r: Floats, n: Floats, variant: str = "LS") -> Pair:
    """Standardised mean difference of a crossover trial, on the scale of parallel groups.

    The difference over the root mean square of the two SDs, times J(n - 1); variance 2(1 - r)(1/n + g²/2n)
    (Elbourne et al. 2002; Borenstein et al. 2009, ch. 4; Cochrane Handbook 23.2.7.2). ``LS2`` is J²
    times the variance of the uncorrected value.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        d = (m1 - m2) / np.sqrt((s1**2 + s2**2) / 2)
    j = hedges_j(n - 1)
    if variant == "LS2":
        return j * d, j**2 * 2 * (1 - r) * (1 / n + d**2 / (2 * n))
    return j * d, 2 * (1 - r) * (1 / n + (j * d) ** 2 / (2 * n))
