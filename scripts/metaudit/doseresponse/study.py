"""One study of a dose-response meta-analysis: relative risks against a reference dose, and how they hang together.

All relative risks of a study share its reference group, so that they are correlated; the correlation follows from counts that give the
adjusted relative risks and keep the margins of the crude table (Greenland and Longnecker 1992, Am J Epidemiol 135:1301; Orsini, Bellocco
and Greenland 2006, Stata J 6:40).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESIGNS = {
    "cc": "case-control: odds ratios, n counts cases and controls",
    "ci": "cumulative incidence: risk ratios, n counts people",
    "ir": "incidence rates: rate ratios, n counts person-time",
}
COVARIANCES = ("greenland-longnecker", "risk-ratio", "independent")


@dataclass(frozen=True)
class DoseStudy:
    """A study with its dose levels, the reference among them.

    Attributes
    ----------
    name : of the study
    design : ``cc``, ``ci`` or ``ir``
    dose : at each level, shape ``(m,)``
    cases, n : cases, and people or person-time, at each level; adjusted or not, as reported
    log_rr : log relative risk, 0 at the reference
    se : its standard error, NaN or 0 at the reference
    """

    name: str
    design: str
    dose: Sequence[float]
    cases: Sequence[float]
    n: Sequence[float]
    log_rr: Sequence[float]
    se: Sequence[float]

    @property
    def reference(self) -> int:
        """Number of the level that the others are compared with.

        Raises
        ------
        DataError
            when not exactly one level has no standard error.
        """
        se = np.nan_to_num(np.asarray(self.se, dtype=float))
        levels = np.flatnonzero(se == 0)
        if levels.size != 1:
            raise DataError(
                f"{self.name}: {levels.size} levels have no standard error; the reference, and it alone, has none"
            )
        if float(np.asarray(self.log_rr, dtype=float)[levels[0]]) != 0:
            raise DataError(f"{self.name}: the level without a standard error has a log relative risk other than 0")
        return int(levels[0])

    @property
    def others(self) -> NDArray[np.intp]:
        """Numbers of the levels that are compared with the reference."""
        return np.delete(np.arange(len(self.dose)), self.reference)


def checked(study: DoseStudy, *, with_counts: bool = True) -> DoseStudy:
    """The study, when its numbers can be used.

    Raises
    ------
    DataError
        when lengths differ, numbers are missing, or counts contradict each other.
    """
    if study.design not in DESIGNS:
        raise DataError(f"{study.name}: design {study.design!r} is not known; choose one of {', '.join(DESIGNS)}")
    columns = {name: np.asarray(getattr(study, name), dtype=float) for name in ("dose", "cases", "n", "log_rr", "se")}
    sizes = {c.size for c in columns.values()}
    if len(sizes) != 1 or sizes == {0} or sizes == {1}:
        raise DataError(
            f"{study.name}: every level needs a dose, cases, n, a log relative risk and an SE; two levels at least"
        )
    others = study.others
    for name in ("dose", "log_rr"):
        if not np.all(np.isfinite(columns[name])):
            raise DataError(f"{study.name}: {name} is missing at a level; leave the level out or complete it")
    if not np.all(np.isfinite(columns["se"][others])) or np.any(columns["se"][others] <= 0):
        raise DataError(f"{study.name}: a standard error is missing or not positive")
    if with_counts:
        cases, n = columns["cases"], columns["n"]
        if not np.all(np.isfinite(cases)) or not np.all(np.isfinite(n)) or np.any(cases <= 0) or np.any(n <= 0):
            raise DataError(
                f"{study.name}: cases and n are positive numbers at every level; without them take independent covariances"
            )
        if study.design != "ir" and np.any(cases >= n):
            raise DataError(f"{study.name}: at a level all of n are cases; n counts cases and controls, or all people")
    return study


def pseudo_counts(study: DoseStudy, *, ratio: str = "") -> Floats:
    """Cases at each level that give the adjusted relative risks and add up to all cases, with n as reported.

    Parameters
    ----------
    study : with counts
    ratio : ``odds``, ``rate`` or ``risk``: what the relative risks are; without it odds for ``cc`` and ``ci`` (as Greenland and
        Longnecker, and dosresmeta), rates for ``ir``

    Returns
    -------
    shape ``(m,)``

    Raises
    ------
    DataError
        when no such counts exist.
    """
    checked(study)
    ratio = ratio or ("rate" if study.design == "ir" else "odds")
    cases, n = np.asarray(study.cases, dtype=float), np.asarray(study.n, dtype=float)
    relative = np.exp(np.asarray(study.log_rr, dtype=float))
    total = float(cases.sum())
    if ratio in ("rate", "risk"):
        counts = relative * n
        counts *= total / float(counts.sum())
    else:

        def spare(log_odds: float) -> float:
            odds = relative * math.exp(log_odds)
            return float((n * odds / (1 + odds)).sum()) - total

        log_odds = float(brentq(spare, -60.0, 60.0, xtol=1e-14, rtol=1e-15))
        odds = relative * math.exp(log_odds)
        counts = n * odds / (1 + odds)
    if ratio == "risk" and np.any(counts >= n):
        raise DataError(
            f"{study.name}: the risk ratios would need more cases than people at a level; are they odds ratios?"
        )
    return np.asarray(counts, dtype=float)


def covariance(study: DoseStudy, *, kind: str = "greenland-longnecker") -> Floats:
    """Covariance of a study's log relative risks, in the order of its levels without the reference.

    The reported variances stand on the diagonal; the correlations are those of crude relative risks of the pseudo-counts (Orsini et al.
    2006, eqs. 4 to 6; Orsini et al. 2012, Am J Epidemiol 175:66).

    Parameters
    ----------
    study : the study
    kind : ``greenland-longnecker``; ``risk-ratio`` the same with risk ratios instead of odds ratios for ``ci``; ``independent``

    Returns
    -------
    shape ``(m - 1, m - 1)``
    """
    if kind not in COVARIANCES:
        raise DataError(f"covariance {kind!r} is not known; choose one of {', '.join(COVARIANCES)}")
    checked(study, with_counts=kind != "independent")
    others, at = study.others, study.reference
    se = np.asarray(study.se, dtype=float)[others]
    if kind == "independent":
        return np.diag(se**2)
    a = pseudo_counts(study, ratio="risk" if kind == "risk-ratio" and study.design == "ci" else "")
    n = np.asarray(study.n, dtype=float)
    each = 1 / a
    if study.design != "ir":
        each = 1 / a + 1 / (n - a) if study.design == "cc" else 1 / a - 1 / n
    crude = each[at] + each[others]
    correlation = each[at] / np.sqrt(crude[:, None] * crude[None, :])
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation * se[:, None] * se[None, :])
