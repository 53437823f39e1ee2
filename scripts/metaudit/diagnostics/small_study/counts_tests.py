"""Regression tests of asymmetry whose weights or precision come from the counts, not from the estimated variances.

A log odds ratio and its estimated variance are correlated, so Egger's test is too often significant for it; these
tests take a precision that the effect does not enter. Sources: Peters et al. 2006; Harbord, Egger and Sterne 2006 and
Harbord, Harris and Sterne 2009 (risk ratio); Deeks, Macaskill and Irwig 2005; Macaskill, Walter and Irwig 2001;
Pustejovsky and Rodgers 2019.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from metaudit.diagnostics.small_study.arrays import checked, sizes
from metaudit.diagnostics.small_study.line import fit_line
from metaudit.diagnostics.small_study.regression import NAN, AsymmetryTest, multiplicative, regression_test
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError


@dataclass(frozen=True)
class Table:
    """Two-by-two tables: events and sizes of both groups, shape ``(k,)`` each, as counted (no zero-cell correction)."""

    events_t: Floats
    n_t: Floats
    events_c: Floats
    n_c: Floats

    @property
    def n(self) -> Floats:
        """Participants of each study."""
        return self.n_t + self.n_c

    @property
    def events(self) -> Floats:
        """Events of each study."""
        return self.events_t + self.events_c

    @property
    def informative(self) -> Floats:
        """Inverse variance of the logit of the overall event rate: d h / n with d events and h non-events."""
        return self.events * (self.n - self.events) / self.n


def tables_of(events_t: Any, n_t: Any, *, events_c: Any, n_c: Any, what: str) -> Table:
    """Checked two-by-two tables.

    Raises
    ------
    DataError
        for counts that are missing, negative, or larger than their group.
    """
    arrays = [np.atleast_1d(np.asarray(a, dtype=float)) for a in (events_t, n_t, events_c, n_c)]
    if len({a.shape for a in arrays}) != 1 or arrays[0].ndim != 1:
        raise DataError(f"{what}: events and group sizes are not equally many; give four counts for every study")
    a, n1, c, n2 = arrays
    sound = np.isfinite(a) & np.isfinite(n1) & np.isfinite(c) & np.isfinite(n2)
    sound &= (a >= 0) & (c >= 0) & (a <= n1) & (c <= n2) & (n1 > 0) & (n2 > 0)
    if not np.all(sound):
        bad = int(np.flatnonzero(~sound)[0]) + 1
        raise DataError(f"{what}: study {bad} has counts that are missing, negative or larger than their group")
    return Table(a, n1, c, n2)


def _line_test(
    test: str, predictor: str, y: Floats, *, x: Floats, w: Floats, level: float, limit: bool
) -> AsymmetryTest:
    """Weighted line through the studies that carry weight; a study without events (or without non-events) has none."""
    keep = w > 0
    y, x, w = checked(y[keep], 1 / w[keep], needed=3, what=test)[0], x[keep], w[keep]
    out = multiplicative(test, predictor, fit_line(y, x, w, what=test), k=y.size, level=level)
    return out if limit else replace(out, limit=NAN, limit_low=NAN, limit_high=NAN)


def peters(yi: Any, *, events_t: Any, n_t: Any, events_c: Any, n_c: Any, level: float = 0.95) -> AsymmetryTest:
    """Log odds (or risk) ratios on 1/n with weights d h / n; t with k - 2 (Peters et al. 2006).

    Parameters
    ----------
    yi : effects, shape ``(k,)``
    events_t, n_t, events_c, n_c : the counts, uncorrected
    level : confidence level of the limit estimate (n infinite)

    Raises
    ------
    DataError
        for unusable counts or fewer than 3 studies with both events and non-events.
    """
    table = tables_of(events_t, n_t, events_c=events_c, n_c=n_c, what="peters")
    y = _effects(yi, table, "peters")
    return _line_test("peters", "inverse-n", y, x=1 / table.n, w=table.informative, level=level, limit=True)


def macaskill(
    yi: Any, vi: Any = None, *, ni: Any = None, counts: Table | None = None, level: float = 0.95
) -> AsymmetryTest:
    """Effects on the sample size; t with k - 2 (Macaskill, Walter and Irwig 2001).

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    ni : total sample sizes; with them the weights are 1/vi (the paper's FIV)
    counts : two-by-two tables instead; with them the weights are d h / n, from the pooled event rate (FPV)
    """
    if counts is None:
        return replace(regression_test(yi, vi, model="lm", predictor="n", ni=ni, level=level), test="macaskill")
    y = _effects(yi, counts, "macaskill-pooled")
    return _line_test("macaskill-pooled", "n", y, x=counts.n, w=counts.informative, level=level, limit=False)


def harbord(
    *, events_t: Any, n_t: Any, events_c: Any, n_c: Any, measure: str = "OR", level: float = 0.95
) -> AsymmetryTest:
    """Z/V on 1/sqrt(V) with weights V, for score Z and information V at no effect; t with k - 2.

    For the odds ratio Z = a - d n1/n and V = n1 n2 d h / (n² (n - 1)) (Harbord, Egger and Sterne 2006); for the risk
    ratio Z = (a n - d n1)/h and V = n1 n2 d / (n h) (Harbord, Harris and Sterne 2009).

    Parameters
    ----------
    events_t, n_t, events_c, n_c : the counts; no zero-cell correction is needed
    measure : ``OR`` or ``RR``
    level : confidence level of the limit estimate
    """
    if measure not in ("OR", "RR"):
        raise DataError(f"Harbord's test is defined for OR and RR, not for {measure}")
    t = tables_of(events_t, n_t, events_c=events_c, n_c=n_c, what="harbord")
    d, h = t.events, t.n - t.events
    keep = (d > 0) & (h > 0)
    a, n1, n2, n, d, h = (x[keep] for x in (t.events_t, t.n_t, t.n_c, t.n, d, h))
    if measure == "OR":
        score, information = a - d * n1 / n, n1 * n2 * d * h / (n**2 * (n - 1))
    else:
        score, information = (a * n - d * n1) / h, n1 * n2 * d / (n * h)
    x = 1 / np.sqrt(information)
    return _line_test("harbord", "score-se", score / information, x=x, w=information, level=level, limit=True)


def deeks(yi: Any, *, n_t: Any, n_c: Any, level: float = 0.95) -> AsymmetryTest:
    """Log diagnostic odds ratios on 1/sqrt(ESS) with weights ESS = 4 n1 n2 / (n1 + n2) (Deeks et al. 2005).

    Parameters
    ----------
    yi : log diagnostic odds ratios, shape ``(k,)``
    n_t, n_c : people with and without the disease
    level : confidence level of the limit estimate
    """
    y = np.atleast_1d(np.asarray(yi, dtype=float))
    n1, n2 = (sizes(n, like=y, what="Deeks' test", name=name) for n, name in ((n_t, "n_t"), (n_c, "n_c")))
    ess = 4 * n1 * n2 / (n1 + n2)
    return _line_test("deeks", "inverse-sqrt-ess", y, x=1 / np.sqrt(ess), w=ess, level=level, limit=True)


def pustejovsky_rodgers(
    yi: Any, vi: Any, *, n_t: Any, n_c: Any, weights: str = "variance", level: float = 0.95
) -> AsymmetryTest:
    """Standardised mean differences on sqrt(1/n1 + 1/n2), which the effect does not enter (Pustejovsky, Rodgers 2019).

    Parameters
    ----------
    yi, vi : standardised mean differences and sampling variances, shape ``(k,)``
    n_t, n_c : sizes of the two groups
    weights : ``variance`` (1/vi, as R package meta) or ``sample-size`` (n1 n2 / (n1 + n2))
    level : confidence level of the limit estimate
    """
    if weights not in ("variance", "sample-size"):
        raise DataError(f"weights {weights!r} are not known; choose variance or sample-size")
    test = "pustejovsky-rodgers"
    y, v = checked(yi, vi, needed=3, what=test)
    n1, n2 = (sizes(n, like=y, what=test, name=name) for n, name in ((n_t, "n_t"), (n_c, "n_c")))
    spread = 1 / n1 + 1 / n2
    w = 1 / v if weights == "variance" else 1 / spread
    return _line_test(test, "sample-size-se", y, x=np.sqrt(spread), w=w, level=level, limit=True)


def _effects(yi: Any, table: Table, what: str) -> Floats:
    y = np.atleast_1d(np.asarray(yi, dtype=float))
    if y.shape != table.n.shape:
        raise DataError(f"{what}: {y.size} effects for {table.n.size} two-by-two tables; give one for every study")
    return y
