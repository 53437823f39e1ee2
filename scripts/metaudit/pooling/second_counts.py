"""Mantel-Haenszel and Peto a second way: other forms of the formulas, exact sums, scipy's hypergeometric, statsmodels.

The likelihood of a mixed model is checked where it is integrated (nodes doubled until it stands still); here only what
follows from its estimate.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import gammaincc

from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import Floats
from metaudit.pooling.result import Coefficient, Pooled
from metaudit.pooling.second_heterogeneity import verify_q_profile
from metaudit.pooling.second_sums import ROUNDING, moments
from metaudit.pooling.second_tau2 import agree, differs
from metaudit.pooling.second_way import verify_interval

Cells = dict[str, Floats]
Again = tuple[float, float, Floats]


def verify_counts(
    result: Pooled,
    effects: Effects,
    *,
    cells: Cells | None = None,
    rd_variance: str = "sato",
    q_of_all: bool = False,
    thorough: bool = False,
) -> None:
    """Compute a result of the Mantel-Haenszel, Peto or mixed model again.

    Parameters
    ----------
    result : of ``mantel_haenszel``, ``peto_pooled`` or ``glmm``
    effects : what it was computed from
    cells : the counts as they were pooled, when they were corrected
    rd_variance : ``sato`` or ``greenland-robins``
    q_of_all : as in ``mantel_haenszel``
    thorough : also through statsmodels (OR: estimate and standard error; RR: estimate), about 1 ms

    Raises
    ------
    DisagreementError
        with both values.
    """
    shown = Coefficient(result.model, result.estimate, result.se, result.stat, result.p, result.ci_low, result.ci_high)
    verify_interval(shown, "wald", math.nan, level=result.level, wald=result.se)
    if result.model == "glmm":
        return
    counts = effects.cells if cells is None else cells
    code = effects.measure.code
    points = None if cells is None else effects.yi
    if result.model == "peto":
        estimate, se, weights = _peto(counts)
    elif code == "RD":
        estimate, se, weights = _risk_difference(counts, rd_variance, points)
    else:
        estimate, se, weights = _FORMS[code](counts)
    noise = ROUNDING * (1 + abs(estimate))
    agree(f"{result.model} estimate ({code})", result.estimate, estimate, noise=noise)
    agree(f"{result.model} standard error ({code})", result.se, se, noise=noise * se)
    again = 100 * weights / math.fsum(weights)
    if np.any(np.abs(result.weights - again) > 1e-8 * again + 1e-12):
        raise differs(f"{result.model} weights", result.weights.tolist(), again.tolist())
    own = _peto_q(counts, estimate) if result.model == "peto" else None
    _verify_q(result, effects, counts, own=own, q_of_all=q_of_all)
    if thorough and result.model == "mantel-haenszel" and code in ("OR", "RR"):
        _statsmodels(result, counts, code)


def _arms(c: Cells) -> tuple[Floats, ...]:
    return c["events_t"], c["n_t"], c["events_c"], c["n_c"]


def _odds_ratio(c: Cells) -> Again:
    """With the variance in the form of Phillips and Holland 1987, equal to that of Robins, Breslow and Greenland 1986."""
    a, n1, x, n2 = _arms(c)
    b, d, n = n1 - a, n2 - x, n1 + n2
    top, bottom = math.fsum(a * d / n), math.fsum(b * x / n)
    ratio = top / bottom
    variance = math.fsum((a * d + ratio * b * x) * (a + d + ratio * (b + x)) / n**2) / (2 * top**2)
    return math.log(top) - math.log(bottom), math.sqrt(variance), b * x / n


def _risk_ratio(c: Cells) -> Again:
    """With ``n1 n2 (a + c) - a c n`` written as ``a n2 (n1 - c) + c n1 (n2 - a)``."""
    a, n1, x, n2 = _arms(c)
    n = n1 + n2
    top, bottom = math.fsum(a * n2 / n), math.fsum(x * n1 / n)
    variance = math.fsum((a * n2 * (n1 - x) + x * n1 * (n2 - a)) / n**2) / (top * bottom)
    return math.log(top) - math.log(bottom), math.sqrt(variance), x * n1 / n


def _risk_difference(c: Cells, variance: str, points: Floats | None) -> Again:
    """From risks instead of counts, with the harmonic weights ``1 / (1/n1 + 1/n2)``."""
    a, n1, x, n2 = _arms(c)
    n, w = n1 + n2, 1 / (1 / n1 + 1 / n2)
    p1, p2 = a / n1, x / n2
    total = math.fsum(w)
    own = p1 - p2 if points is None else points
    estimate = math.fsum(w * own) / total
    if variance == "greenland-robins":
        spread = math.fsum(w**2 * (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2))
    else:
        lean = math.fsum(w * (p2 * n1 - p1 * n2 + (n2 - n1) / 2) / n)
        spread = estimate * lean + math.fsum(w * (p1 * (1 - p2) + p2 * (1 - p1))) / 2
    return estimate, math.sqrt(spread) / total, w


def _rate_ratio(c: Cells) -> Again:
    """With each study's events split by person-time: ``m p (1 - p)`` where p is the treated share of the time."""
    x1, t1, x2, t2 = c["events_t"], c["time_t"], c["events_c"], c["time_c"]
    share = t1 / (t1 + t2)
    top, bottom = math.fsum(x1 * (1 - share)), math.fsum(x2 * share)
    variance = math.fsum((x1 + x2) * share * (1 - share)) / (top * bottom)
    return math.log(top) - math.log(bottom), math.sqrt(variance), x2 * share


def _rate_difference(c: Cells) -> Again:
    x1, t1, x2, t2 = c["events_t"], c["time_t"], c["events_c"], c["time_c"]
    share = t1 / (t1 + t2)
    total = math.fsum(t1 * (1 - share))
    estimate = math.fsum(x1 * (1 - share) - x2 * share) / total
    return estimate, math.sqrt(math.fsum(x1 * (1 - share) ** 2 + x2 * share**2)) / total, t1 * (1 - share)


_FORMS: dict[str, Callable[[Cells], Again]] = {
    "OR": _odds_ratio,
    "RR": _risk_ratio,
    "IRR": _rate_ratio,
    "IRD": _rate_difference,
}


def _expected(c: Cells) -> tuple[Floats, Floats]:
    """Mean and variance of the treated arm's events given the margins; scipy's for whole counts."""
    from scipy.stats import hypergeom

    a, n1, x, n2 = _arms(c)
    n, events = n1 + n2, a + x
    if all(np.all(values == np.round(values)) for values in (a, n1, x, n2)):
        with np.errstate(divide="ignore", invalid="ignore"):  # scipy computes the kurtosis too, which may not exist
            mean, variance = hypergeom.stats(n, events, n1, moments="mv")
        return np.asarray(mean, dtype=float), np.asarray(variance, dtype=float)
    p = events / n
    return n1 * p, n1 * p * (1 - p) * n2 / (n - 1)


def _peto(c: Cells) -> Again:
    mean, variance = _expected(c)
    total = math.fsum(variance)
    return math.fsum((c["events_t"] - mean)[variance > 0]) / total, total**-0.5, variance


def _peto_q(c: Cells, estimate: float) -> tuple[float, int]:
    """Each study's own (O - E) / V about the pooled one, instead of a difference of two sums of squares."""
    mean, variance = _expected(c)
    keep = variance > 0
    own = (c["events_t"] - mean)[keep] / variance[keep]
    return math.fsum(variance[keep] * (own - estimate) ** 2), int(keep.sum()) - 1


def _verify_q(
    result: Pooled, effects: Effects, cells: Cells, *, own: tuple[float, int] | None, q_of_all: bool = False
) -> None:
    """Q about an estimate: Q about the inverse-variance mean plus the weighted square of their distance."""
    if own is None:
        a, x = effects.cells["events_t"], effects.cells["events_c"]
        empty = (
            (a + x == 0) | ((a == effects.cells["n_t"]) & (x == effects.cells["n_c"])) if "n_t" in cells else a + x == 0
        )
        kept = ~empty | q_of_all
        y, v = effects.yi[kept], effects.vi[kept]
        w = 1 / v
        m = moments(y, v, np.ones((y.size, 1)), w)
        mean = math.fsum(w * y) / math.fsum(w) if y.size else 0.0
        q, df = m.q + math.fsum(w) * (mean - result.estimate) ** 2, y.size - 1
    else:
        q, df = own
    df = max(0, df)
    agree("degrees of freedom of Q", result.q_df, df)
    agree("number of studies", result.k, effects.k)
    agree("I² from Q", result.i2_q, result.i2)
    agree("degrees of freedom of QM without moderators", result.qm_df, 0)
    if df == 0:
        return
    agree("Q", result.q, q, noise=ROUNDING * (1 + q))
    agree("P value of Q", result.q_p, float(gammaincc(df / 2, result.q / 2)), noise=1e-300)
    agree(
        "I²",
        result.i2,
        max(0.0, 100 - 100 * df / q) if q > 0 else 0.0,
        noise=100 * ROUNDING * (1 + df / max(q, 1e-300)),
    )
    agree("H²", result.h2, q / df, noise=ROUNDING * (1 + q))
    verify_q_profile(result, effects.yi, effects.vi)


def _statsmodels(result: Pooled, c: Cells, code: str) -> None:
    """``StratifiedTable`` without studies that have no event, or nothing else, in both arms (they make it NaN)."""
    from statsmodels.stats.contingency_tables import StratifiedTable

    a, n1, x, n2 = _arms(c)
    keep = (a + x > 0) & (a + x < n1 + n2) if code == "OR" else a + x > 0
    table = StratifiedTable(
        [np.array([[p, q - p], [r, s - r]]) for p, q, r, s in zip(a[keep], n1[keep], x[keep], n2[keep], strict=True)]
    )
    if code == "RR":
        agree("Mantel-Haenszel risk ratio (statsmodels)", math.exp(result.estimate), float(table.riskratio_pooled))
        return
    agree("Mantel-Haenszel log odds ratio (statsmodels)", result.estimate, float(table.logodds_pooled), noise=1e-12)
    agree("its standard error (statsmodels)", result.se, float(table.logodds_pooled_se))
