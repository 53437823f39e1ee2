"""Effect sizes of counts, rates, proportions and correlations as formulas on arrays: no tables, no rows, no names.

Definitions are those of metafor's ``escalc`` (Viechtbauer 2010, J Stat Softw 36(3); its help page names the
original papers quoted below). Every function takes arrays of one shape and returns ``(yi, vi)`` of that shape.
"""

from __future__ import annotations

import numpy as np
from scipy.special import hyp2f1

from metaudit.effects.zero_cells import Floats

Pair = tuple[Floats, Floats]


def risk_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    """Log risk ratio from the four cells (events, non-events; treatment, control)."""
    n1, n2 = a + b, c + d
    return np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2


def risk_ratio_of_meta(raw: tuple[Floats, ...], corrected: tuple[Floats, ...]) -> Pair:
    """Log risk ratio as R's meta has it: what is added to the events is added once to n, where others add it twice.

    Parameters
    ----------
    raw, corrected : the four cells before and after the correction; where nothing was added both definitions agree

    Notes
    -----
    Two arms with events only keep their own events in the variance (meta 4 to 8, ``RR.Cochrane = FALSE``).
    """
    (a, b, c, d), (x, _, y, _) = raw, corrected
    n1, n2 = a + b + (x - a), c + d + (y - c)
    everyone = (b == 0) & (d == 0)
    events = np.where(everyone, a, x), np.where(everyone, c, y)
    return np.log(x / n1) - np.log(y / n2), 1 / events[0] - 1 / n1 + 1 / events[1] - 1 / n2


def odds_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    """Log odds ratio; variance of Woolf (1955)."""
    return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


def risk_difference(a: Floats, b: Floats, c: Floats, d: Floats, variant: str = "LS") -> Pair:
    """Risk difference; ``UB`` divides by n - 1, ``AV`` takes one risk in each arm, that of all studies together."""
    n1, n2 = a + b, c + d
    p1, p2 = a / n1, c / n2
    if variant == "UB":
        return p1 - p2, p1 * (1 - p1) / (n1 - 1) + p2 * (1 - p2) / (n2 - 1)
    q1, q2 = (_together(a, n1), _together(c, n2)) if variant == "AV" else (p1, p2)
    return p1 - p2, q1 * (1 - q1) / n1 + q2 * (1 - q2) / n2


def _together(x: Floats, n: Floats) -> Floats:
    """The proportion of all studies together (first axis), those without numbers left out."""
    known = np.isfinite(x) & np.isfinite(n)
    total = np.sum(np.where(known, x, 0.0), axis=0, keepdims=True)
    return np.asarray(total / np.sum(np.where(known, n, 0.0), axis=0, keepdims=True))


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
        mean_p = _together(x, n)
        return p, mean_p * (1 - mean_p) / n
    return p, p * (1 - p) / n


def proportion_log(x: Floats, n: Floats, variant: str = "LS") -> Pair:
    """Log proportion; ``AV`` takes one proportion, that of all studies together."""
    if variant == "AV":
        mean_p = _together(x, n)
        return np.log(x / n), (1 - mean_p) / (mean_p * n)
    return np.log(x / n), 1 / x - 1 / n


def proportion_logit(x: Floats, n: Floats, variant: str = "LS") -> Pair:
    """Logit of a proportion; ``AV`` takes one proportion, that of all studies together."""
    if variant == "AV":
        mean_p = _together(x, n)
        return np.log(x / (n - x)), 1 / (mean_p * (1 - mean_p) * n)
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


def typical_size(n: Floats, *, mean: str = "harmonic") -> float:
    """One sample size for all studies, to turn a pooled double arcsine back into a proportion.

    Parameters
    ----------
    n : sample sizes, shape ``(k,)``
    mean : ``harmonic`` (Miller 1978, and metafor's and most programs' choice), ``arithmetic`` or ``geometric``

    Raises
    ------
    ValueError
        when the mean is none of these.
    """
    n = np.asarray(n, dtype=float)
    if mean == "harmonic":
        return float(n.size / np.sum(1 / n))
    if mean == "arithmetic":
        return float(np.mean(n))
    if mean == "geometric":
        return float(np.exp(np.mean(np.log(n))))
    raise ValueError(f"{mean!r} is no mean of sample sizes; choose harmonic, arithmetic or geometric")


def correlation(r: Floats, n: Floats, variant: str = "LS") -> Pair:
    """Raw correlation, large-sample variance (1 - r²)²/(n - 1); ``AV`` takes the average correlation in it.

    No variance with three people or fewer, as in metafor.
    """
    rho = _average(r, n) if variant == "AV" else r
    with np.errstate(invalid="ignore", divide="ignore"):
        return r, np.where(n > 3, (1 - rho**2) ** 2 / (n - 1), np.nan)


def corrected_correlation(r: Floats, n: Floats, variant: str = "LS") -> Pair:
    """Unbiased estimate of a correlation (Olkin and Pratt 1958), metafor's UCOR; needs more than four people.

    ``LS`` and ``AV`` as for the raw correlation, with the corrected one; ``UB`` is the unbiased estimate of its
    variance (Hedges 1989).
    """
    n = np.asarray(n, dtype=float)
    enough = n > 4
    size = np.where(enough, n, 5.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = 1 - r**2
        yi = np.where(enough, r * _gauss_2f1(0.5, (size - 2) / 2, rest), np.nan)
        if variant == "UB":
            squared = 1 - (size - 3) / (size - 2) * rest * _gauss_2f1(1.0, size / 2, rest)
            return yi, yi**2 - squared
        rho = _average(yi, n) if variant == "AV" else yi
        return yi, (1 - rho**2) ** 2 / (size - 1) + 0 * yi


def _gauss_2f1(a: float, c: Floats, x: Floats) -> Floats:
    """Gauss's hypergeometric function F(a, a; c; x) for 0 <= x <= 1: the series where it is short, else scipy's.

    scipy (like the GNU Scientific Library behind metafor) fails for large c near x = 1, where the series ends soon.
    """
    c, x = np.broadcast_arrays(np.asarray(c, dtype=float), np.asarray(x, dtype=float))
    large = c >= 10
    term, total, k = np.ones(c.shape), np.ones(c.shape), 0
    while np.any(large & (term > 1e-17 * total)):
        term = term * (a + k) ** 2 / ((np.where(large, c, 10.0) + k) * (k + 1)) * x
        total, k = total + term, k + 1
    return np.where(large, total, hyp2f1(a, a, np.where(large, 2 * a + 1, c), x))


def _average(r: Floats, n: Floats) -> Floats:
    """Average correlation weighted by n (first axis), those without a value left out."""
    known = np.isfinite(r) & np.isfinite(n)
    total = np.sum(np.where(known, n * r, 0.0), axis=0, keepdims=True)
    return np.asarray(total / np.sum(np.where(known, n, 0.0), axis=0, keepdims=True))


def fisher_z(r: Floats, n: Floats) -> Pair:
    """Fisher's z; its variance 1/(n - 3) needs more than three people."""
    return np.arctanh(r), 1 / (n - 3)
