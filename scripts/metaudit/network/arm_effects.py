"""What one arm contributes: its outcome and sampling variance on the analysis scale, so that contrasts are differences of arms.

The difference of two arms is the usual effect with its usual variance (metafor's ``escalc``; Viechtbauer 2010), whatever
the number of arms, and two contrasts that share an arm have the covariance that it brings (Franchini et al. 2012).
"""

from __future__ import annotations

import numpy as np

from metaudit.effects.formulas import proportion_arcsine, proportion_log, proportion_logit
from metaudit.effects.means import hedges_j
from metaudit.effects.zero_cells import Floats, ZeroCells

Cells = dict[str, Floats]
Arms = tuple[Floats, Floats]

NEEDS = {
    "OR": ("events", "n"), "RR": ("events", "n"), "RD": ("events", "n"), "AS": ("events", "n"), "IRR": ("events", "time"),
    "IRD": ("events", "time"), "MD": ("mean", "sd", "n"), "SMD": ("mean", "sd", "n"), "ROM": ("mean", "sd", "n"),
    "GEN": ("effect", "se"),
}  # fmt: skip
COUNTED = ("OR", "RR", "RD", "AS")
CONVENTIONS = ("escalc", "meta")


def usual_zero_cells(measure: str) -> ZeroCells:
    """What is usual in networks: 0.5 where a study has a zero cell, studies that say nothing about a ratio left out."""
    if measure in ("AS", "IRD"):
        return ZeroCells(0.0, "none")
    drop = {"OR": "drop", "RR": "drop-empty", "IRR": "drop-empty"}
    return ZeroCells(double_zero=drop.get(measure, "keep"))


def says_nothing(cells: Cells, measure: str, *, rule: ZeroCells) -> str:
    """Why a study is left out for its zero cells; empty when it is kept."""
    if measure not in (*COUNTED, "IRR", "IRD") or rule.double_zero == "keep":
        return ""
    if np.all(cells["events"] == 0):
        return "no event in any arm"
    if rule.double_zero == "drop" and measure in COUNTED and np.all(cells["events"] == cells["n"]):
        return "only events in every arm"
    return ""


def needs_correction(cells: Cells, measure: str, *, convention: str) -> bool:
    """Whether a study has the zero cell that calls for a correction.

    ``escalc`` looks at events and non-events, as metafor does; ``meta`` at events only where the measure has no use for
    the others (RR).
    """
    if measure not in (*COUNTED, "IRR", "IRD"):
        return False
    if np.any(cells["events"] == 0):
        return True
    return (
        measure in COUNTED
        and not (measure == "RR" and convention == "meta")
        and bool(np.any(cells["events"] == cells["n"]))
    )


def arm_outcomes(cells: Cells, measure: str, *, add: float = 0.0, convention: str = "escalc") -> Arms:
    """Outcomes of the arms of one study and their covariance.

    Parameters
    ----------
    cells : numbers of the arms by name (``NEEDS``), each of shape ``(m,)``
    measure : code of the measure
    add : added to every cell of the study
    convention : ``escalc`` adds to events and non-events, so that n grows by twice as much; ``meta`` (R's meta and
        netmeta) adds once to n in the risk ratio, gives an arm of a study in which everybody had the event the variance
        1/e - 1/(n + add), and leaves the risk difference itself uncorrected

    Returns
    -------
    Values, shape ``(m,)``, and covariance, shape ``(m, m)``.
    """
    if measure == "SMD":
        return standardised(cells["mean"], cells["sd"], cells["n"])
    if measure in COUNTED:
        values, variances = _counts(cells, measure, add=add, convention=convention)
    elif measure == "IRR":
        values, variances = np.log((cells["events"] + add) / cells["time"]), 1 / (cells["events"] + add)
    elif measure == "IRD":
        values, variances = cells["events"] / cells["time"], cells["events"] / cells["time"] ** 2
    elif measure == "MD":
        values, variances = cells["mean"], cells["sd"] ** 2 / cells["n"]
    elif measure == "ROM":  # by the delta method (Hedges, Gurevitch and Curtis 1999, equation 1)
        values, variances = np.log(np.abs(cells["mean"])), cells["sd"] ** 2 / (cells["n"] * cells["mean"] ** 2)
    else:
        values, variances = cells["effect"], cells["se"] ** 2
    return values, np.diag(variances)


def _counts(cells: Cells, measure: str, *, add: float, convention: str) -> Arms:
    e, n = cells["events"], cells["n"]
    x, size = e + add, n + 2 * add
    if measure == "OR":
        return proportion_logit(x, size)
    if measure == "AS":
        return proportion_arcsine(x, size)
    if measure == "RD":
        p = x / size
        return e / n if convention == "meta" else p, p * (1 - p) / size
    if convention == "meta":
        everyone = bool(np.all(e == n))
        return np.log(x / (n + add)), 1 / (e if everyone else x) - 1 / (n + add)
    return proportion_log(x, size)


def standardised(m: Floats, s: Floats, n: Floats) -> Arms:
    """Means over the SD within all arms of the study, corrected for small samples, and their covariance.

    One SD for the whole study keeps the contrasts of a multi-arm study consistent. Two contrasts with arm 0 then have
    variances 1/n_i + 1/n_0 + g_i²/(2N) and covariance 1/n_0 + g_i g_j/(2N), N the number of people in all arms (Gleser
    and Olkin 2009, with g for d as in metafor's ``LS``); g is d times Hedges's exact J of N - m degrees of freedom.
    Values are centred on their mean, on which no contrast depends.
    """
    df = float(np.sum(n)) - n.size
    sd = np.sqrt(np.sum((n - 1) * s**2) / df)
    g = hedges_j(np.array([df]))[0] * (m - m.mean()) / sd
    return g, np.diag(1 / n) + np.outer(g, g) / (2 * np.sum(n))
