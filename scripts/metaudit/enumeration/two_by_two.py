"""Effects with limits and tests of many two-by-two tables at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import erfc, gammaln, ndtr

from metaudit.effects import formulas
from metaudit.effects.zero_cells import ZeroCells
from metaudit.enumeration.fisher import fisher, support
from metaudit.enumeration.windows import Bools, Floats, Ints, inside
from metaudit.pooling.intervals import quantile

if TYPE_CHECKING:
    from metaudit.enumeration.constraints import Effect
    from metaudit.printed import Interval

P_TESTS = {
    "pearson": "chi-square without correction",
    "yates": "chi-square with Yates's correction",
    "fisher": "Fisher's exact test, two-sided",
    "z-RR": "z test of the log risk ratio",
    "z-OR": "z test of the log odds ratio",
    "z-RD": "z test of the risk difference",
}
CHI2_TESTS = ("pearson", "yates")
_FORMULAS = {
    "RR": formulas.risk_ratio,
    "OR": formulas.odds_ratio,
    "RD": formulas.risk_difference,
    "PETO": formulas.peto,
}


class Block(NamedTuple):
    """Many tables, cell by cell; arrays of one shape."""

    a: Ints
    n1: Ints
    c: Ints
    n2: Ints

    def where(self, keep: Bools) -> Block:
        """The tables that are kept."""
        return Block(*(x[keep] for x in self))


def effect_pair(measure: str, zero: ZeroCells, t: Block) -> tuple[Floats, Floats]:
    """Effect on the analysis scale and its variance (``metaudit.effects.formulas``), the zero-cell rule applied.

    NaN where the measure is not defined, and for double zeros that the rule drops.
    """
    a, n1, c, n2 = (x.astype(float) for x in t)
    raw = (a, n1 - a, c, n2 - c)
    left_out = np.zeros(a.shape, dtype=bool)
    if zero.double_zero == "drop":
        left_out = ((a == 0) & (c == 0)) | ((raw[1] == 0) & (raw[3] == 0))
    cells, _ = zero.adjust(*raw, sizes=(n1, n2), left_out=left_out)
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = _FORMULAS[measure](*cells)
    return np.where(left_out, np.nan, yi), np.where(left_out, np.nan, vi)


def effect_values(effect: Effect, t: Block) -> tuple[Floats, Floats, Floats]:
    """Estimate, lower and upper Wald limit on the natural scale; no limits where the variance is not finite."""
    yi, vi = effect_pair(effect.measure, effect.zero, t)
    with np.errstate(over="ignore", invalid="ignore"):
        half = quantile(effect.level, None) * np.sqrt(np.where(np.isfinite(vi), vi, np.nan))
        out = (yi, yi - half, yi + half)
        return out if effect.measure == "RD" else (np.exp(out[0]), np.exp(out[1]), np.exp(out[2]))


def chi_squares(t: Block) -> dict[str, Floats]:
    """Pearson's chi-square and that with Yates's (1934) correction; NaN without or with only events."""
    a, n1, c, n2 = (x.astype(float) for x in t)
    n, m = n1 + n2, a + c
    with np.errstate(divide="ignore", invalid="ignore"):
        v = n1 * n2 * m * (n - m) / n**3
        off = np.abs(a - n1 * m / n)
        return {"pearson": off**2 / v, "yates": np.where(v > 0, np.maximum(0.0, off - 0.5) ** 2 / v, np.nan)}


def p_hits(tests: Sequence[str], t: Block, *, zeros: dict[str, ZeroCells], window: Interval) -> dict[str, Bools]:
    """For each test, which tables give a two-sided P value in a window.

    Parameters
    ----------
    tests : keys of ``P_TESTS``
    t : the tables
    zeros : zero-cell rule per effect measure, for the z tests
    """
    chi = chi_squares(t)
    out: dict[str, Bools] = {}
    for test in tests:
        if test == "fisher":
            out[test] = fisher_hits(t, window)
        elif test in chi:
            out[test] = inside(window, erfc(np.sqrt(chi[test] / 2)))  # chi-square with one degree of freedom
        else:
            yi, vi = effect_pair(test[2:], zeros[test[2:]], t)
            with np.errstate(divide="ignore", invalid="ignore"):
                out[test] = inside(window, 2 * ndtr(-np.abs(yi) / np.sqrt(np.where(vi > 0, vi, np.nan))))
    return out


def fisher_hits(t: Block, window: Interval) -> Bools:
    """Which tables have a P value of Fisher's exact test in a window.

    P is at least the probability of the table itself, and at most that times the number of tables with its margins; the
    sum is only taken where these two do not settle it.
    """
    first, last = support(t.a + t.c, t.n1, t.n2)
    m, n = t.a + t.c, t.n1 + t.n2
    own = np.exp(_log_choose(t.n1, t.a) + _log_choose(t.n2, t.c) - _log_choose(n, m))
    least, most = own * (1 - 1e-6), np.minimum(own * (last - first + 1) * (1 + 1e-6), 1.0)
    hits = np.asarray((least > window.low) & (most < window.high))
    open_ = ~hits & (least <= window.high) & (most >= window.low)
    if open_.any():
        hits[open_] = inside(window, fisher(*t.where(open_)))
    return hits


def _log_choose(n: Ints, k: Ints) -> Floats:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))
