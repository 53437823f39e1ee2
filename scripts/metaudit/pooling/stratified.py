"""Tests over several 2×2 tables: whether there is an association, and whether the odds ratio is the same in all.

Cochran-Mantel-Haenszel (Mantel and Haenszel 1959), its analogue for person-time (Rothman, Greenland and Lash 2008, chapter 15),
Breslow and Day 1980 (section 4.4) and its correction by Tarone 1985 (Biometrika 72:91).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.mantel_haenszel import mantel_haenszel_estimate


@dataclass(frozen=True)
class StratifiedTests:
    """The tests, each chi-squared: association on one degree of freedom, homogeneity on ``df``.

    Attributes
    ----------
    cmh, cmh_p : Cochran-Mantel-Haenszel statistic with the continuity correction of 1/2
    cmh_uncorrected, cmh_uncorrected_p : the same without it
    breslow_day, breslow_day_p, tarone, tarone_p : homogeneity of the odds ratio; NaN for rates, and the P values NaN
        when fewer than two tables tell
    df : of the tests of homogeneity
    """

    cmh: float
    cmh_p: float
    cmh_uncorrected: float
    cmh_uncorrected_p: float
    breslow_day: float
    breslow_day_p: float
    tarone: float
    tarone_p: float
    df: int


def stratified_tests(effects: Effects) -> StratifiedTests:
    """Tests of association and of homogeneity for odds ratios, of association for rate ratios.

    Raises
    ------
    DataError
        for other measures, and when there is no event, or nothing but events, in all studies.
    """
    code, c = effects.measure.code, effects.cells
    if code not in ("OR", "PETO", "IRR"):
        raise DataError(f"the Cochran-Mantel-Haenszel test is computed for OR and IRR, not for {code}")
    rates = code == "IRR"
    first, second = ("time_t", "time_c") if rates else ("n_t", "n_c")
    a, n1, n2 = c["events_t"], c[first], c[second]
    events, n = a + c["events_c"], n1 + n2
    if events.sum() == 0 or (not rates and events.sum() == n.sum()):
        raise DataError("there is no event, or nothing but events, in all studies: no test of association is defined")
    gap = abs(float(np.sum(a - events * n1 / n)))
    variance = events * n1 * n2 / n**2
    if not rates:
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.where(n > 1, variance * (n - events) / (n - 1), 0.0)
    cmh, plain = (float((gap - half) ** 2 / variance.sum()) for half in (0.5, 0.0))
    bd, ta, df = (math.nan, math.nan, 0) if rates else _homogeneity(effects)
    bd_p, ta_p = (float(chdtrc(df, x)) if df > 0 else math.nan for x in (bd, ta))
    return StratifiedTests(cmh, float(chdtrc(1, cmh)), plain, float(chdtrc(1, plain)), bd, bd_p, ta, ta_p, df)


def _homogeneity(effects: Effects) -> tuple[float, float, int]:
    c = effects.cells
    log_ratio = _pooled_log_odds(effects)
    if not math.isfinite(log_ratio):
        return math.nan, math.nan, 0
    a, n1, n2 = c["events_t"], c["n_t"], c["n_c"]
    events, n = a + c["events_c"], n1 + n2
    expected = _expected(math.exp(log_ratio), n1, n2, events=events)
    use = (expected > 0) & (events > 0) & (events < n)
    a, n1, n2, events, e = a[use], n1[use], n2[use], events[use], expected[use]
    v = 1 / (1 / e + 1 / (n1 - e) + 1 / (events - e) + 1 / (n2 - events + e))
    bd = float(np.sum((a - e) ** 2 / v))
    return bd, max(0.0, bd - float(np.sum(a - e)) ** 2 / float(v.sum())), int(use.sum()) - 1


def _pooled_log_odds(effects: Effects) -> float:
    if effects.measure.code == "OR":
        return mantel_haenszel_estimate(effects).estimate
    a, n1, c, n2 = (effects.cells[k] for k in ("events_t", "n_t", "events_c", "n_c"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.log(np.sum(a * (n2 - c) / (n1 + n2)) / np.sum((n1 - a) * c / (n1 + n2))))


def _expected(ratio: float, n1: Floats, n2: Floats, *, events: Floats) -> Floats:
    """Events in the treatment arm that have this odds ratio at the margins given: the smaller root of a quadratic.

    Written so that nothing cancels at an odds ratio near 1 (Breslow and Day 1980, equation 4.16).
    """
    b = ratio * (n1 + events) + n2 - events
    root = np.sqrt(np.maximum(0.0, b**2 - 4 * ratio * (ratio - 1) * n1 * events))
    out: Floats = 2 * ratio * n1 * events / (b + root)
    return out
