"""Meta-analysis in its simplest form, a study at a time, by the formulas of the programs that reviews use.

It shares no code with the library, so that the printed numbers of a made-up corpus are another program's. What the programs
do is documented in ``data/presets/*.yaml`` (the dimension named beside each formula), the formulas are in:

- Higgins, Thomas et al., Cochrane Handbook 5.1, chapter 9.4; Deeks and Higgins 2010, Statistical algorithms in Review Manager 5
- DerSimonian and Laird 1986, equations 6 to 8; Viechtbauer 2005, J Educ Behav Stat 30:261, equation 15 (REML by Fisher scoring)
- Robins, Breslow and Greenland 1986 (variance of the log odds ratio); Greenland and Robins 1985 (risk ratio and difference);
  Sato, Greenland and Robins 1989 (risk difference)
- Yusuf et al. 1985 (Peto); Hartung and Knapp 2001, Sidik and Jonkman 2002 (interval by t)
- Hedges 1981 and Borenstein et al. 2009, chapter 4 (standardised mean differences)
- Higgins and Thompson 2002, equations 9 and 10 (I² of Q and of tau²)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc, gammaln, ndtr, ndtri, stdtr, stdtrit

Cells = Mapping[str, str]
Floats = np.ndarray
PROGRAMS = ("revman5", "stata", "metafor", "cma", "plain")
_CORRECTS_COUNTS = ("revman5", "stata")  # mh_counts, q_centre, zero_cells_rd, rd_variance
_DROPS_EMPTY = ("revman5", "stata", "cma")  # double_zero
_RATIOS = ("RR", "OR")
Z = float(ndtri(0.975))
_STUCK = float(np.finfo(float).eps) ** 0.25  # by how much the likelihood must be higher at 0


@dataclass(frozen=True)
class Method:
    """What is pooled and how; ``model`` is common, random, mantel-haenszel or peto, ``ci`` wald or hksj."""

    program: str
    measure: str
    model: str
    tau2: str = ""
    ci: str = "wald"


@dataclass(frozen=True)
class Result:
    """Pooled numbers on the analysis scale (logarithms for ratios), NaN where they are not defined, and the studies' own.

    ``used`` says of every row whether it is pooled; ``y``, ``v`` and ``weights`` (percent) are those of the rows that are.
    """

    estimate: float
    ci_low: float
    ci_high: float
    p: float
    q: float
    q_p: float
    i2: float
    tau2: float
    k: int
    y: Floats
    v: Floats
    weights: Floats
    used: Floats


def pool(method: Method, rows: Sequence[Cells]) -> Result:
    """Pool the rows of one analysis.

    Parameters
    ----------
    method : what is done
    rows : the cells of its studies as text: events_t, n_t, events_c, n_c; mean_t, sd_t (or se_t), n_t and the same of _c; or effect,
        ci_low, ci_high

    Raises
    ------
    ValueError
        where a study's numbers give no effect (a missing cell, an SD of 0), or no study can be used.
    """
    if method.measure in (*_RATIOS, "RD"):
        return _of_counts(method, np.array([_numbers(r, "events_t", "n_t", "events_c", "n_c") for r in rows]))
    y, v = _generic(rows) if method.measure == "GEN-LOG" else _means(method, rows)
    return _inverse_variance(method, y, v)


def _numbers(row: Cells, *names: str) -> list[float]:
    return [float(row[n]) if n in row else math.nan for n in names]


# Effects ------------------------------------------------------------------------------------------------------------


def _generic(rows: Sequence[Cells]) -> tuple[Floats, Floats]:
    x = np.array([_numbers(r, "effect", "ci_low", "ci_high") for r in rows])
    if not (x > 0).all():
        raise ValueError("an effect or a limit is not above 0")
    y, low, high = np.log(x).T
    return y, ((high - low) / (2 * Z)) ** 2


def _means(method: Method, rows: Sequence[Cells]) -> tuple[Floats, Floats]:
    arms = [[_arm(r, arm) for r in rows] for arm in "tc"]
    (m1, s1, n1), (m2, s2, n2) = (np.array(a).T for a in arms)
    if not (np.isfinite(m1 + m2 + s1 + s2 + n1 + n2).all() and (s1 > 0).all() and (s2 > 0).all()):
        raise ValueError("a mean, an SD or a size is missing")
    if not ((n1 > 1).all() and (n2 > 1).all()):
        raise ValueError("an arm has one person")
    df, n = n1 + n2 - 2, n1 + n2
    pooled = np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / df)
    if method.measure == "MD":
        if method.program == "cma":  # md_variance
            return m1 - m2, pooled**2 * (1 / n1 + 1 / n2)
        return m1 - m2, s1**2 / n1 + s2**2 / n2
    d = (m1 - m2) / pooled
    if method.program == "stata":  # smd_variance: Cohen's d
        return d, n / (n1 * n2) + d**2 / (2 * (n - 2))
    if method.program == "revman5":
        g = d * (1 - 3 / (4 * n - 9))
        return g, n / (n1 * n2) + g**2 / (2 * (n - 3.94))
    if method.program == "cma":
        j = 1 - 3 / (4 * df - 1)
        return j * d, j**2 * (n / (n1 * n2) + d**2 / (2 * n))
    j = np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    g = j * d
    return g, 1 / n1 + 1 / n2 + g**2 / (2 * n)


def _arm(row: Cells, arm: str) -> tuple[float, float, float]:
    mean, n = _numbers(row, f"mean_{arm}", f"n_{arm}")
    sd, se = _numbers(row, f"sd_{arm}", f"se_{arm}")
    return mean, sd if math.isfinite(sd) else se * math.sqrt(n), n


# Counts -------------------------------------------------------------------------------------------------------------


def _of_counts(method: Method, cells: Floats) -> Result:
    a, n1, c, n2 = cells.T
    b, d = n1 - a, n2 - c
    if not (np.isfinite(cells).all() and (cells >= 0).all() and (b >= 0).all() and (d >= 0).all()):
        raise ValueError("a count is missing or impossible")
    if not ((n1 > 0).all() and (n2 > 0).all()):
        raise ValueError("an arm is empty")
    kept = np.ones(a.size, dtype=bool)
    if method.measure in _RATIOS and method.program in _DROPS_EMPTY:
        kept = a + c > 0
        if method.measure == "OR":
            kept &= b + d > 0
    if method.model == "peto":
        return _peto(a, n1, c, n2)
    everything = _of_tables(method, np.array([a, b, c, d])[:, kept])
    return replace(everything, used=kept)


def _of_tables(method: Method, table: Floats) -> Result:
    zero = (table == 0).any(axis=0)
    added = table + 0.5 * zero
    y, v = _effects_of_counts(method, table, added)
    if not y.size:
        raise ValueError("no study has an event")
    pools_corrected = method.program in _CORRECTS_COUNTS
    if method.model == "mantel-haenszel":
        own = table if method.measure == "RD" or not pools_corrected else added
        if not pools_corrected and method.measure in _RATIOS:
            own = table[:, (table[0] + table[2]) > 0]
        return _mantel_haenszel(method, own, y, v)
    centre = math.nan
    if method.model == "random" and pools_corrected:
        own = table if method.measure == "RD" else added
        centre = _mantel_haenszel_mean(method, own)[0]
    return _inverse_variance(method, y, v, centre=centre)


def _effects_of_counts(method: Method, raw: Floats, added: Floats) -> tuple[Floats, Floats]:
    a, b, c, d = added
    n1, n2 = a + b, c + d
    if method.measure == "OR":
        return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    if method.measure == "RR":
        y, v = np.log((a / n1) / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2
        if method.program == "revman5":  # all_events_both_arms
            y = np.where((raw[1] == 0) & (raw[3] == 0), 0.0, y)
        return y, v
    v = a * b / n1**3 + c * d / n2**3
    if method.program in _CORRECTS_COUNTS:  # zero_cells_rd
        a, b, c, d = raw
        n1, n2 = a + b, c + d
    return a / n1 - c / n2, v


def _mantel_haenszel_mean(method: Method, table: Floats) -> tuple[float, float]:
    a, b, c, d = table
    n1, n2 = a + b, c + d
    n = n1 + n2
    with np.errstate(divide="ignore", invalid="ignore"):
        if method.measure == "OR":
            r, s = a * d / n, b * c / n
            p, q, rs, ss = (a + d) / n, (b + c) / n, float(r.sum()), float(s.sum())
            v = (p * r).sum() / (2 * rs**2) + (p * s + q * r).sum() / (2 * rs * ss) + (q * s).sum() / (2 * ss**2)
            return float(np.log(rs / ss)), float(v)
        if method.measure == "RR":
            top, bottom = (a * n2 / n).sum(), (c * n1 / n).sum()
            v = ((n1 * n2 * (a + c) - a * c * n) / n**2).sum() / (top * bottom)
            return float(np.log(top / bottom)), float(v)
        weights = n1 * n2 / n
        mean = float((a * n2 / n - c * n1 / n).sum() / weights.sum())
        if method.program in _CORRECTS_COUNTS:  # rd_variance: Greenland and Robins 1985
            v = ((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2)).sum() / weights.sum() ** 2
        else:  # Sato, Greenland and Robins 1989
            p = (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / n**2
            q = (a * (n2 - c) + c * (n1 - a)) / (2 * n)
            v = (mean * p.sum() + q.sum()) / weights.sum() ** 2
        return mean, float(v)


def _mantel_haenszel(method: Method, own: Floats, y: Floats, v: Floats) -> Result:
    mean, variance = _mantel_haenszel_mean(method, own)
    if not (math.isfinite(mean) and variance > 0):
        raise ValueError("the Mantel-Haenszel mean is not defined")
    a, b, c, d = own
    n = a + b + c + d
    by = {"OR": b * c / n, "RR": c * (a + b) / n, "RD": (a + b) * (c + d) / n}[method.measure]
    q = float((((y - mean) ** 2) / v).sum())
    shares = by / by.sum() if by.size == y.size else np.full(y.size, math.nan)
    return _result(mean, variance, q=q, tau2=math.nan, y=y, v=v, weights=100 * shares)


def _peto(a: Floats, n1: Floats, c: Floats, n2: Floats) -> Result:
    n, events = n1 + n2, a + c
    v = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
    kept = v > 0
    if not kept.any():
        raise ValueError("no study has an event")
    o, v = (a - n1 * events / n)[kept], v[kept]
    mean = float(o.sum() / v.sum())
    q = float((o**2 / v).sum() - o.sum() ** 2 / v.sum())
    found = _result(mean, float(1 / v.sum()), q=q, tau2=math.nan, y=o / v, v=1 / v, weights=100 * v / v.sum())
    return replace(found, used=kept)


# Inverse variances --------------------------------------------------------------------------------------------------


def _inverse_variance(method: Method, y: Floats, v: Floats, *, centre: float = math.nan) -> Result:
    """Common or random effects; ``centre`` is the mean that Q is taken around, where it is another than the common one."""
    if not (v > 0).all():
        raise ValueError("a study has no variance")
    w = 1 / v
    common = float((w * y).sum() / w.sum())
    middle = common if math.isnan(centre) else centre
    q, df = float((w * (y - middle) ** 2).sum()), y.size - 1
    if method.model == "common":
        return _result(common, float(1 / w.sum()), q=q, tau2=math.nan, y=y, v=v, weights=100 * w / w.sum())
    scale = float(w.sum() - (w**2).sum() / w.sum())
    tau2 = 0.0
    if df:
        tau2 = _reml(y, v) if method.tau2 == "REML" else max(0.0, (q - df) / scale)
    u = 1 / (v + tau2)
    mean, variance = float((u * y).sum() / u.sum()), float(1 / u.sum())
    typical = df / scale if df else math.nan  # s² of Higgins and Thompson 2002, equation 9
    i2 = 100 * tau2 / (tau2 + typical) if method.program == "metafor" and df else math.nan
    t_df = 0
    if method.ci == "hksj" and df:
        variance = float((u * (y - mean) ** 2).sum() / (df * u.sum()))
        t_df = df
    return _result(mean, variance, q=q, tau2=tau2, y=y, v=v, weights=100 * u / u.sum(), i2=i2, t_df=t_df)


def _reml(y: Floats, v: Floats) -> float:
    """Fisher scoring from the Hedges-Olkin estimate, steps halved at 0, until a step is below 1e-5 (metafor's ``stopping``).

    As metafor 3.8-1 does, 0 is taken where the restricted likelihood is clearly higher there.
    """
    k = y.size
    tau2 = max(0.0, float(y.var(ddof=1) - v.mean()))
    for _ in range(100):
        w = 1 / (v + tau2)
        total = w.sum()
        p = np.diag(w) - np.outer(w, w) / total
        py = p @ y
        step = float((py @ py - np.trace(p)) / (p * p).sum())
        old, tries = tau2, 0
        while tau2 + step < 0 and tries < 200:
            step, tries = step / 2, tries + 1
        tau2 = max(0.0, tau2 + step)
        if abs(tau2 - old) <= 1e-5:
            gain = _restricted_likelihood(y, v) - _restricted_likelihood(y, v + tau2)
            return 0.0 if tau2 > 1e-5 and gain > _STUCK else tau2
    raise ValueError(f"REML did not converge for {k} studies")


def _restricted_likelihood(y: Floats, variance: Floats) -> float:
    """Restricted log-likelihood of the random-effects model with one mean, up to a constant (Viechtbauer 2005)."""
    w = 1 / variance
    residuals = y - (w @ y) / w.sum()
    return float(-0.5 * (np.log(variance).sum() + math.log(w.sum()) + w @ residuals**2))


def _result(
    mean: float, variance: float, *, q: float, tau2: float, y: Floats, v: Floats, weights: Floats,
    i2: float = math.nan, t_df: int = 0,
) -> Result:  # fmt: skip
    se, df = math.sqrt(variance), y.size - 1
    if not se > 0:
        raise ValueError("the standard error is 0")
    quantile = float(stdtrit(t_df, 0.975)) if t_df else Z
    size = abs(mean) / se
    p = 2 * float(stdtr(t_df, -size)) if t_df else 2 * float(ndtr(-size))
    if math.isnan(i2) and df:
        i2 = 100 * max(0.0, (q - df) / q) if q > 0 else 0.0
    return Result(
        mean, mean - quantile * se, mean + quantile * se, p, q if df else math.nan,
        float(chdtrc(df, q)) if df else math.nan, i2, tau2, y.size, y, v, weights, np.ones(y.size, dtype=bool),
    )  # fmt: skip
