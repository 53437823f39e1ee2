"""Fail-safe N, for auditing old papers only: how many studies without effect would undo the result.

The numbers say nothing about whether studies are missing; they are computed because papers print them. Sources:
Rosenthal 1979 (Stouffer's sum of z), Orwin 1983 (mean effect down to a target), Rosenberg 2005 (weighted mean).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from metaudit.diagnostics.small_study.arrays import checked
from metaudit.errors import DataError

ROUNDINGS = ("up", "down", "nearest", "none")
_WHOLE = 1e-8  # a number this near to an integer is that integer, and is not rounded up


@dataclass(frozen=True)
class FailSafe:
    """A fail-safe N.

    Attributes
    ----------
    kind : ``rosenthal``, ``orwin``, ``orwin-weighted`` or ``rosenberg``
    k : number of studies
    n, n_exact : the number after and before rounding; infinite when no number of studies would do
    mean, target : observed and target mean effect (Orwin; the mean for Rosenberg too), else NaN
    p : P of the combined effect: one-sided for Rosenthal, two-sided for Rosenberg, else NaN
    critical : critical z, else NaN
    tolerance : Rosenthal's 5 k + 10, above which he called N reassuring
    """

    kind: str
    k: int
    n: float
    n_exact: float
    mean: float
    target: float
    p: float
    critical: float
    tolerance: int

    def to_row(self) -> dict[str, Any]:
        """All fields, for a table or JSON."""
        return asdict(self)


def rosenthal(
    yi: Any, vi: Any, *, alpha: float = 0.05, sides: int = 1, critical: float | None = None, rounding: str = "up"
) -> FailSafe:
    """Rosenthal's N = (sum z / z_alpha)² - k, z = yi / sei (Rosenthal 1979). For auditing old papers.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    alpha, sides : level and sides of the test that the missing studies undo; one-sided in the paper (z of 1.645),
        two-sided (1.96) in Comprehensive Meta-Analysis
    critical : critical z as typed in a paper (1.645), instead
    rounding : ``up`` (metafor), ``down``, ``nearest`` or ``none``
    """
    y, v = checked(yi, vi, needed=1, what="Rosenthal's fail-safe N")
    z_crit = _critical(alpha, sides) if critical is None else _positive(critical)
    total = float(np.sum(y / np.sqrt(v)))
    exact = max(0.0, (total / z_crit) ** 2 - y.size)
    p = float(ndtr(-abs(total) / math.sqrt(y.size)))
    return _result("rosenthal", exact, k=y.size, p=p, critical=z_crit, rounding=rounding)


def orwin(
    yi: Any, vi: Any = None, *, target: float | None = None, missing: float = 0.0, rounding: str = "up"
) -> FailSafe:
    """Orwin's N = k (mean - target) / (target - missing) (Orwin 1983). For auditing old papers.

    Parameters
    ----------
    yi : effects, shape ``(k,)``
    vi : sampling variances; with them the mean is weighted by 1/vi
    target : mean effect that would not matter; half the observed mean by default, and of its sign in any case
    missing : mean effect of the missing studies
    rounding : ``up`` (metafor), ``down``, ``nearest`` or ``none``

    Raises
    ------
    DataError
        when the missing studies could not move the mean to the target.
    """
    y, v = checked(yi, np.ones(np.size(yi)) if vi is None else vi, needed=1, what="Orwin's fail-safe N")
    w = 1 / v
    mean = float(w @ y / w.sum())
    goal = mean / 2 if target is None else math.copysign(target, mean)
    kind = "orwin" if vi is None else "orwin-weighted"
    if goal == missing:
        exact = math.inf
    elif (mean - goal) * (goal - missing) < 0 and abs(mean) > abs(goal):
        raise DataError(f"Orwin's fail-safe N: studies with a mean of {missing:g} cannot move {mean:g} to {goal:g}")
    else:
        exact = max(0.0, y.size * (mean - goal) / (goal - missing))
    return _result(kind, exact, k=y.size, mean=mean, target=goal, rounding=rounding)


def rosenberg(
    yi: Any, vi: Any, *, alpha: float = 0.05, critical: float | None = None, rounding: str = "up"
) -> FailSafe:
    """Rosenberg's N: studies of average weight and no effect (Rosenberg 2005, fixed effect). For auditing old papers.

    N = k ((sum w y / z)² / sum w - 1) with weights 1/vi and the two-sided critical z.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``
    alpha, critical : two-sided level, or the critical z instead
    rounding : ``up`` (metafor), ``down``, ``nearest`` or ``none``
    """
    y, v = checked(yi, vi, needed=1, what="Rosenberg's fail-safe N")
    w = 1 / v
    total, sum_w = float(w @ y), float(w.sum())
    z_crit = _critical(alpha, 2) if critical is None else _positive(critical)
    exact = max(0.0, y.size * ((total / z_crit) ** 2 / sum_w - 1))
    p = float(2 * ndtr(-abs(total) / math.sqrt(sum_w)))
    return _result("rosenberg", exact, k=y.size, p=p, critical=z_crit, mean=total / sum_w, rounding=rounding)


def _result(
    kind: str, exact: float, *, k: int, rounding: str, p: float = math.nan, critical: float = math.nan,
    mean: float = math.nan, target: float = math.nan,
) -> FailSafe:  # fmt: skip
    return FailSafe(kind, k, _rounded(exact, rounding), exact, mean, target, p, critical, 5 * k + 10)


def _rounded(exact: float, rounding: str) -> float:
    if rounding not in ROUNDINGS:
        raise DataError(f"rounding {rounding!r} of a fail-safe N is not known; choose {', '.join(ROUNDINGS)}")
    if rounding == "none" or math.isinf(exact):
        return exact
    if rounding == "nearest" or abs(exact - round(exact)) < _WHOLE:
        return float(round(exact))
    return float(math.ceil(exact) if rounding == "up" else math.floor(exact))


def _critical(alpha: float, sides: int) -> float:
    if not 0 < alpha < 0.5 or sides not in (1, 2):
        raise DataError(f"fail-safe N: a level of {alpha} with {sides} sides is not one; write 0.05 and 1 or 2")
    return float(-ndtri(alpha / sides))


def _positive(critical: float) -> float:
    if not critical > 0:
        raise DataError(f"fail-safe N: the critical z {critical} is not positive; write 1.645 for a one-sided 5 %")
    return float(critical)
