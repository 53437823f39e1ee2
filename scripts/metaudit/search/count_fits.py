"""Mantel-Haenszel and Peto for many sets of tables at once; sources and single-set versions in ``metaudit.pooling``."""

from __future__ import annotations

from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats, ZeroCells
from metaudit.pooling.batch_sums import down

Cells = dict[str, Floats]


def corrected_cells(cells: Cells, rule: ZeroCells, inside: Any) -> tuple[Cells, Any]:
    """Counts under a zero-cell rule, and in which data sets any of them moved.

    Parameters
    ----------
    cells : counts, each of shape ``(k, d)``
    inside : which studies are in, shape ``(k, d)``; the others neither move nor make others move
    """
    a, c = cells["events_t"], cells["events_c"]
    if "time_t" in cells:
        (a2, c2), touched = rule.adjust(a, c, left_out=~inside)
        return {**cells, "events_t": a2, "events_c": c2}, touched.any(axis=0)
    (a2, b2, c2, d2), touched = rule.adjust(a, cells["n_t"] - a, c, cells["n_c"] - c, left_out=~inside)
    return {"events_t": a2, "n_t": a2 + b2, "events_c": c2, "n_c": c2 + d2}, touched.any(axis=0)


def mantel_haenszel_fits(
    measure: str, cells: Cells, inside: Any, *, yi: Floats, touched: Any, rd_variance: str = "sato"
) -> tuple[Floats, Floats, Floats]:
    """Estimate and standard error, shape ``(d,)``, and weights, shape ``(k, d)``.

    Parameters
    ----------
    cells : counts or rates, shape ``(k, d)``
    inside : which studies are in
    yi : the studies' own effects, whose mean a risk difference of corrected counts is
    touched : data sets in which a count was corrected, shape ``(d,)``
    """
    blank = {n: np.where(inside, x, 1.0) for n, x in cells.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure in ("IRR", "IRD"):
            return _rates(measure, blank, inside)
        if measure == "RD":
            return _difference(blank, inside, variance=rd_variance, yi=yi, touched=touched)
        return _ratio(measure, blank, inside)


def _parts(c: Cells) -> tuple[Floats, ...]:
    a, n1, b, n2 = c["events_t"], c["n_t"], c["events_c"], c["n_c"]
    return a, n1 - a, b, n2 - b, n1, n2, n1 + n2


def _sum(x: Floats, inside: Any) -> Floats:
    return down(np.where(inside, x, 0.0))


def _ratio(measure: str, cells: Cells, inside: Any) -> tuple[Floats, Floats, Floats]:
    a, b, c, d, n1, n2, n = _parts(cells)
    if measure == "OR":  # Robins, Breslow and Greenland 1986
        r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
        rt, st = _sum(r, inside), _sum(s, inside)
        var = (
            _sum(p * r, inside) / (2 * rt**2)
            + _sum(p * s + q * r, inside) / (2 * rt * st)
            + _sum(q * s, inside) / (2 * st**2)
        )
    else:  # Greenland and Robins 1985
        r, s = a * n2 / n, c * n1 / n
        rt, st = _sum(r, inside), _sum(s, inside)
        var = _sum((n1 * n2 * (a + c) - a * c * n) / n**2, inside) / (rt * st)
    return np.log(rt / st), np.sqrt(var), s


def _difference(cells: Cells, inside: Any, *, variance: str, yi: Floats, touched: Any) -> tuple[Floats, Floats, Floats]:
    a, b, c, d, n1, n2, n = _parts(cells)
    w = n1 * n2 / n
    total = _sum(w, inside)
    estimate = _sum(w * np.where(touched, yi, a / n1 - c / n2), inside) / total
    if variance == "greenland-robins":
        return estimate, np.sqrt(_sum((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2), inside)) / total, w
    first = c * (n1 / n) ** 2 - a * (n2 / n) ** 2 + (n1 / n) * (n2 / n) * (n2 - n1) / 2  # Sato et al. 1989
    var = (estimate * _sum(first, inside) + _sum((a * d + c * b) / n, inside) / 2) / total**2
    return estimate, np.sqrt(var), w


def _rates(measure: str, cells: Cells, inside: Any) -> tuple[Floats, Floats, Floats]:
    x1, t1, x2, t2 = (cells[n] for n in ("events_t", "time_t", "events_c", "time_c"))
    t = t1 + t2
    if measure == "IRR":
        r, s = x1 * t2 / t, x2 * t1 / t
        rt, st = _sum(r, inside), _sum(s, inside)
        return np.log(rt / st), np.sqrt(_sum((x1 + x2) * t1 * t2 / t**2, inside) / (rt * st)), s
    w = t1 * t2 / t
    total = _sum(w, inside)
    var = _sum(w**2 * (x1 / t1**2 + x2 / t2**2), inside) / total**2
    return _sum(w * (x1 / t1 - x2 / t2), inside) / total, np.sqrt(var), w


def peto_fits(cells: Cells, inside: Any) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Peto's log odds ratio, its standard error, weights ``(k, d)``, Q and its degrees of freedom (Yusuf et al. 1985)."""
    blank = {n: np.where(inside, x, 1.0) for n, x in cells.items()}
    a, n1, c, n2 = (blank[x] for x in ("events_t", "n_t", "events_c", "n_c"))
    n, events = n1 + n2, a + c
    with np.errstate(divide="ignore", invalid="ignore"):
        v = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
        keep = inside & (v > 0)
        v = np.where(keep, v, 0.0)
        o_e = np.where(keep, a - n1 * events / n, 0.0)
        total, above = down(v), down(o_e)
        estimate = above / total
        q = down(np.where(keep, o_e**2 / v, 0.0)) - above**2 / total
        return estimate, 1 / np.sqrt(total), v, np.maximum(q, 0.0), keep.sum(axis=0) - 1.0
