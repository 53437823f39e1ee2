"""Pooling that works on the counts themselves: Mantel-Haenszel and Peto.

Sources: Mantel and Haenszel 1959; Robins, Breslow and Greenland 1986 (OR); Greenland and Robins 1985 (RR);
Sato, Greenland and Robins 1989 (RD);
Rothman, Greenland and Lash 2008, ch. 15 (IRR, IRD); Yusuf et al. 1985 (Peto). No correction is added to the pooled
estimate; Q compares the studies' own estimates, corrected where they need it, with the pooled one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.pooling.heterogeneity import heterogeneity, q_based_i2
from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.result import Pooled

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANTEL_HAENSZEL = ("RR", "OR", "RD", "IRR", "IRD")
Triple = tuple[float, float, Floats]


def mantel_haenszel(effects: Effects, *, level: float = 0.95) -> Pooled:
    """Mantel-Haenszel pooling of counts or rates; the result is on the analysis scale."""
    code = effects.measure.code
    if code not in MANTEL_HAENSZEL:
        raise DataError(f"Mantel-Haenszel pooling is defined for {', '.join(MANTEL_HAENSZEL)}, not for {code}")
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, se, weights = _FORMULAS[code](effects.cells)
    return _pooled(effects, estimate, se, weights, model="mantel-haenszel", level=level)


def peto_pooled(effects: Effects, *, level: float = 0.95) -> Pooled:
    """Peto's one-step pooled log odds ratio."""
    if effects.measure.code not in ("OR", "PETO"):
        raise DataError(f"Peto's method pools odds ratios, not {effects.measure.code}")
    a, n1, c, n2 = (effects.cells[k] for k in ("events_t", "n_t", "events_c", "n_c"))
    n, m1 = n1 + n2, a + c
    with np.errstate(divide="ignore", invalid="ignore"):
        v = n1 * n2 * m1 * (n - m1) / (n**2 * (n - 1))
    keep = v > 0
    o_e = (a - n1 * m1 / n)[keep]
    total = float(v[keep].sum())
    if total == 0:
        raise DataError("no study has both events and non-events: Peto's odds ratio is not defined")
    estimate, se = float(o_e.sum()) / total, 1 / math.sqrt(total)
    q = float(np.sum(o_e**2 / v[keep])) - float(o_e.sum()) ** 2 / total
    return _pooled(effects, estimate, se, v, model="peto", level=level, q=max(0.0, q), df=int(keep.sum()) - 1)


def _pooled(
    effects: Effects,
    estimate: float,
    se: float,
    weights: Floats,
    *,
    model: str,
    level: float,
    q: float | None = None,
    df: int | None = None,
) -> Pooled:
    if not math.isfinite(estimate) or not math.isfinite(se):
        raise DataError(
            f"the {model} estimate is not defined for these counts (an arm without any event in all studies)"
        )
    if q is None:
        informative = ~_double_zero(effects.cells)
        q = float(np.sum(((effects.yi - estimate) ** 2 / effects.vi)[informative]))
        df = int(informative.sum()) - 1
    df = max(df or 0, 0)
    het = heterogeneity(effects.yi, effects.vi, np.ones((effects.k, 1)), 0.0, common=True, level=level)
    half = quantile(level, None) * se
    i2 = q_based_i2(q, df)
    stat = estimate / se
    nan = math.nan
    return Pooled(
        estimate=estimate, se=se, ci_low=estimate - half, ci_high=estimate + half, stat=stat,
        p=two_sided_p(stat, None), tau2=0.0, tau2_low=het.tau2_low, tau2_high=het.tau2_high, i2=i2, i2_low=het.i2_low,
        i2_high=het.i2_high, i2_q=i2, h2=q / df if df else 1.0, q=q, q_df=df, q_p=float(chdtrc(df, q)) if df else 1.0,
        pi_low=nan, pi_high=nan, k=effects.k,
        weights=100 * weights / weights.sum(), model=model, tau2_method="", ci_method="wald", level=level,
    )  # fmt: skip


def _double_zero(c: dict[str, Floats]) -> NDArray[np.bool_]:
    """Studies that say nothing on a ratio: no event, or only events, in both arms; they have no part in Q."""
    a, x = c["events_t"], c["events_c"]
    empty: NDArray[np.bool_] = (a == 0) & (x == 0)
    return empty | ((a == c["n_t"]) & (x == c["n_c"])) if "n_t" in c else empty


def _cells(c: dict[str, Floats]) -> tuple[Floats, ...]:
    a, n1, x, n2 = c["events_t"], c["n_t"], c["events_c"], c["n_c"]
    return a, n1 - a, x, n2 - x, n1, n2, n1 + n2


def _mh_or(c: dict[str, Floats]) -> Triple:
    a, b, x, d, _, _, n = _cells(c)
    r, s = a * d / n, b * x / n
    p, q = (a + d) / n, (b + x) / n
    rt, st = r.sum(), s.sum()
    var = (p * r).sum() / (2 * rt**2) + (p * s + q * r).sum() / (2 * rt * st) + (q * s).sum() / (2 * st**2)
    return float(np.log(rt / st)), float(np.sqrt(var)), s


def _mh_rr(c: dict[str, Floats]) -> Triple:
    a, _, x, _, n1, n2, n = _cells(c)
    r, s = a * n2 / n, x * n1 / n
    var = ((n1 * n2 * (a + x) - a * x * n) / n**2).sum() / (r.sum() * s.sum())
    return float(np.log(r.sum() / s.sum())), float(np.sqrt(var)), s


def _mh_rd(c: dict[str, Floats]) -> Triple:
    a, _, x, _, n1, n2, n = _cells(c)
    w = n1 * n2 / n
    estimate = (a * n2 / n - x * n1 / n).sum() / w.sum()
    first = (x * (n1 / n) ** 2 - a * (n2 / n) ** 2 + (n1 / n) * (n2 / n) * (n2 - n1) / 2).sum()
    second = ((a * (n2 - x) + x * (n1 - a)) / n).sum() / 2
    var = (estimate * first + second) / w.sum() ** 2
    return float(estimate), float(np.sqrt(var)), w


def _mh_irr(c: dict[str, Floats]) -> Triple:
    x1, t1, x2, t2 = c["events_t"], c["time_t"], c["events_c"], c["time_c"]
    t = t1 + t2
    r, s = x1 * t2 / t, x2 * t1 / t
    var = ((x1 + x2) * t1 * t2 / t**2).sum() / (r.sum() * s.sum())
    return float(np.log(r.sum() / s.sum())), float(np.sqrt(var)), s


def _mh_ird(c: dict[str, Floats]) -> Triple:
    x1, t1, x2, t2 = c["events_t"], c["time_t"], c["events_c"], c["time_c"]
    w = t1 * t2 / (t1 + t2)
    estimate = (w * (x1 / t1 - x2 / t2)).sum() / w.sum()
    var = (w**2 * (x1 / t1**2 + x2 / t2**2)).sum() / w.sum() ** 2
    return float(estimate), float(np.sqrt(var)), w


_FORMULAS = {"OR": _mh_or, "RR": _mh_rr, "RD": _mh_rd, "IRR": _mh_irr, "IRD": _mh_ird}
