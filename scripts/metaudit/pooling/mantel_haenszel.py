"""Mantel-Haenszel pooling of risk, odds and rate ratios and of differences.

Sources: Mantel and Haenszel 1959 (J Natl Cancer Inst 22:719); variances of Robins, Breslow and Greenland 1986 (OR; Biometrics
42:311), Greenland and Robins 1985 (RR, and the RD of RevMan; Biometrics 41:55), Sato, Greenland and Robins 1989 (RD; Biometrics
45:1323), Rothman, Greenland and Lash 2008, chapter 15 (IRR, IRD).
"""

from __future__ import annotations

import numpy as np

from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import Floats, ZeroCells, zero_cells_from
from metaudit.errors import DataError
from metaudit.pooling.count_result import CountEstimate, pooled_from_counts
from metaudit.pooling.result import Pooled

MANTEL_HAENSZEL = ("RR", "OR", "RD", "IRR", "IRD")
RD_VARIANCES = ("sato", "greenland-robins")
Cells = dict[str, Floats]


def mantel_haenszel(
    effects: Effects,
    *,
    level: float = 0.95,
    zero_cells: ZeroCells | str | None = None,
    rd_variance: str = "sato",
    q_of_all: bool = False,
) -> Pooled:
    """Mantel-Haenszel pooling of counts or rates; the result is on the analysis scale.

    Parameters
    ----------
    effects : RR, OR, RD, IRR or IRD with their counts
    level : confidence level
    zero_cells : correction of the counts inside the pooled estimate, as ``0.5@only-zero`` (RevMan's for RR and OR);
        None pools the counts as they are (metafor, Stata). Studies' own effects are corrected elsewhere.
    rd_variance : ``sato`` (metafor) or ``greenland-robins`` (RevMan), for the risk difference
    q_of_all : whether Q is over every study with an effect of its own (RevMan), or leaves out those without an event, or
        with nothing else, in both arms (metafor)

    Returns
    -------
    Pooled
        with Q around the Mantel-Haenszel estimate.

    Raises
    ------
    DataError
        for other measures, and for counts without a finite estimate.
    """
    found = mantel_haenszel_estimate(effects, zero_cells=zero_cells, rd_variance=rd_variance)
    return pooled_from_counts(effects, found, model="mantel-haenszel", level=level, q_of_all=q_of_all)


def mantel_haenszel_estimate(
    effects: Effects, *, zero_cells: ZeroCells | str | None = None, rd_variance: str = "sato"
) -> CountEstimate:
    """Estimate, standard error and weights alone; NaN or infinite where they are not defined.

    With corrected counts a risk difference is the mean of the studies' own differences (which the effect-size step may or
    may not have corrected) with the corrected weights n1 n2 / n.
    """
    code = effects.measure.code
    if code not in MANTEL_HAENSZEL:
        raise DataError(f"Mantel-Haenszel pooling is defined for {', '.join(MANTEL_HAENSZEL)}, not for {code}")
    if rd_variance not in RD_VARIANCES:
        raise DataError(
            f"variance {rd_variance!r} of the risk difference is not known; choose sato or greenland-robins"
        )
    rule = ZeroCells(0.0, "none") if zero_cells is None else zero_cells_from(zero_cells)
    cells, touched = corrected(effects.cells, rule)
    with np.errstate(divide="ignore", invalid="ignore"):
        if code == "OR":
            return _odds_ratio(cells)
        if code == "RR":
            return _risk_ratio(cells)
        if code == "IRR":
            return _rate_ratio(cells)
        if code == "IRD":
            return _rate_difference(cells)
        return _risk_difference(cells, rd_variance, points=effects.yi if touched else None)


def corrected(cells: Cells, rule: ZeroCells) -> tuple[Cells, bool]:
    """The counts under a zero-cell rule, and whether any of them moved; double zeros are dropped if the rule says so."""
    a, c = cells["events_t"], cells["events_c"]
    if "time_t" in cells:
        (a2, c2), touched = rule.adjust(a, c)
        return {**cells, "events_t": a2, "events_c": c2}, bool(touched.any())
    (a2, b2, c2, d2), touched = rule.adjust(a, cells["n_t"] - a, c, cells["n_c"] - c)
    return {"events_t": a2, "n_t": a2 + b2, "events_c": c2, "n_c": c2 + d2}, bool(touched.any())


def _parts(cells: Cells) -> tuple[Floats, ...]:
    a, n1, c, n2 = cells["events_t"], cells["n_t"], cells["events_c"], cells["n_c"]
    return a, n1 - a, c, n2 - c, n1, n2, n1 + n2


def _odds_ratio(cells: Cells) -> CountEstimate:
    a, b, c, d, _, _, n = _parts(cells)
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    rt, st = r.sum(), s.sum()
    var = (p * r).sum() / (2 * rt**2) + (p * s + q * r).sum() / (2 * rt * st) + (q * s).sum() / (2 * st**2)
    return CountEstimate(float(np.log(rt / st)), float(np.sqrt(var)), s)


def _risk_ratio(cells: Cells) -> CountEstimate:
    a, _, c, _, n1, n2, n = _parts(cells)
    r, s = a * n2 / n, c * n1 / n
    var = ((n1 * n2 * (a + c) - a * c * n) / n**2).sum() / (r.sum() * s.sum())
    return CountEstimate(float(np.log(r.sum() / s.sum())), float(np.sqrt(var)), s)


def _risk_difference(cells: Cells, variance: str, *, points: Floats | None) -> CountEstimate:
    a, b, c, d, n1, n2, n = _parts(cells)
    w = n1 * n2 / n
    estimate = float((w * (a / n1 - c / n2 if points is None else points)).sum() / w.sum())
    if variance == "greenland-robins":
        var = ((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2)).sum() / w.sum() ** 2
    else:
        first = (c * (n1 / n) ** 2 - a * (n2 / n) ** 2 + (n1 / n) * (n2 / n) * (n2 - n1) / 2).sum()
        var = (estimate * first + ((a * d + c * b) / n).sum() / 2) / w.sum() ** 2
    return CountEstimate(estimate, float(np.sqrt(var)), w)


def _rate_ratio(cells: Cells) -> CountEstimate:
    x1, t1, x2, t2 = cells["events_t"], cells["time_t"], cells["events_c"], cells["time_c"]
    t = t1 + t2
    r, s = x1 * t2 / t, x2 * t1 / t
    var = ((x1 + x2) * t1 * t2 / t**2).sum() / (r.sum() * s.sum())
    return CountEstimate(float(np.log(r.sum() / s.sum())), float(np.sqrt(var)), s)


def _rate_difference(cells: Cells) -> CountEstimate:
    x1, t1, x2, t2 = cells["events_t"], cells["time_t"], cells["events_c"], cells["time_c"]
    w = t1 * t2 / (t1 + t2)
    estimate = (w * (x1 / t1 - x2 / t2)).sum() / w.sum()
    var = (w**2 * (x1 / t1**2 + x2 / t2**2)).sum() / w.sum() ** 2
    return CountEstimate(float(estimate), float(np.sqrt(var)), w)
