"""Begg and Mazumdar's rank correlation of the standardised effects with their variances.

Source: Begg and Mazumdar 1994; the variance of Kendall's S with ties is that of Kendall and Gibbons 1990.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from metaudit.diagnostics.small_study.arrays import checked
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

P_METHODS = ("auto", "exact", "asymptotic", "continuity-corrected")


@dataclass(frozen=True)
class RankTest:
    """Begg's test with every P value that programs print.

    Attributes
    ----------
    k : number of studies
    s, s_se : Kendall's score (concordant minus discordant pairs) and its standard error, corrected for ties
    tau_b : Kendall's tau with ties taken out of the denominator (metafor, R)
    tau_a : score over all pairs (Comprehensive Meta-Analysis, without continuity correction)
    tau_a_corrected : the same from a score that is 1 nearer to 0 (Comprehensive Meta-Analysis, with it)
    z, p_asymptotic : s / s_se and its two-sided P
    z_corrected, p_corrected : (|s| - 1) / s_se with the sign of s (Stata's metabias), and its P
    p_exact : exact two-sided P; NaN with ties, where it is not defined
    ties : whether there are ties
    p_method, p : the P value asked for; ``auto`` is exact without ties and asymptotic with them
    """

    k: int
    s: float
    s_se: float
    tau_b: float
    tau_a: float
    tau_a_corrected: float
    z: float
    p_asymptotic: float
    z_corrected: float
    p_corrected: float
    p_exact: float
    ties: bool
    p_method: str
    p: float

    def to_row(self) -> dict[str, Any]:
        """All fields, for a table or JSON."""
        return asdict(self)


def begg(yi: Any, vi: Any, *, p: str = "auto") -> RankTest:
    """Rank correlation of (yi - mean) / sqrt(vi - var(mean)) with vi, the mean being the common-effect one.

    Parameters
    ----------
    yi, vi : effects and sampling variances, shape ``(k,)``, k of at least 3
    p : which P value is ``p``: one of ``P_METHODS``

    Raises
    ------
    DataError
        for fewer than 3 studies, variances that are all equal, effects that are all equal, one study with all the
        weight, and an exact P value asked for with ties.
    """
    what = "Begg's rank test"
    if p not in P_METHODS:
        raise DataError(f"P value {p!r} of {what} is not known; choose {', '.join(P_METHODS)}")
    y, v = checked(yi, vi, needed=3, what=what)
    w = 1 / v
    total = w.sum()
    spare = v - 1 / total
    if np.any(spare <= 0):
        raise DataError(f"{what}: one study has all the weight, so that its standardised effect is not defined")
    standardised = (y - w @ y / total) / np.sqrt(spare)
    for values, name in ((y, "effects"), (v, "variances")):
        if np.ptp(values) == 0:
            raise DataError(f"{what}: all {name} are equal, so there is nothing to rank")
    return _kendall(standardised, v, p_method=p)


def _kendall(x: Floats, v: Floats, *, p_method: str) -> RankTest:
    k = x.size
    pairs = k * (k - 1) / 2
    s = float(sum(np.sign(x[i + 1 :] - x[i]) @ np.sign(v[i + 1 :] - v[i]) for i in range(k - 1)))
    t, u = (np.unique(a, return_counts=True)[1].astype(float) for a in (x, v))
    se = _score_se(k, t, u)
    ties = bool(t.max() > 1 or u.max() > 1)
    s_corrected = math.copysign(max(abs(s) - 1, 0.0), s)
    exact = math.nan if ties else _exact_p(x, v)
    if p_method == "exact" and ties:
        raise DataError("Begg's rank test: there are ties, so there is no exact P value; ask for asymptotic")
    p_asymptotic, p_corrected = (float(2 * ndtr(-abs(a) / se)) for a in (s, s_corrected))
    chosen = {"exact": exact, "asymptotic": p_asymptotic, "continuity-corrected": p_corrected}
    name = ("asymptotic" if ties else "exact") if p_method == "auto" else p_method
    return RankTest(
        k=k, s=s, s_se=se,
        tau_b=s / math.sqrt((pairs - (t * (t - 1)).sum() / 2) * (pairs - (u * (u - 1)).sum() / 2)),
        tau_a=s / pairs, tau_a_corrected=s_corrected / pairs, z=s / se, p_asymptotic=p_asymptotic,
        z_corrected=s_corrected / se, p_corrected=p_corrected, p_exact=exact, ties=ties, p_method=name, p=chosen[name],
    )  # fmt: skip


def _score_se(k: int, t: Floats, u: Floats) -> float:
    """Standard error of Kendall's score, ``t`` and ``u`` being how often each value occurs (Kendall and Gibbons 1990)."""
    main = (k * (k - 1) * (2 * k + 5) - sum(float((a * (a - 1) * (2 * a + 5)).sum()) for a in (t, u))) / 18
    pairs = float((t * (t - 1)).sum() * (u * (u - 1)).sum()) / (2 * k * (k - 1))
    triples = float((t * (t - 1) * (t - 2)).sum() * (u * (u - 1) * (u - 2)).sum()) / (9 * k * (k - 1) * (k - 2))
    return math.sqrt(main + pairs + triples)


def _exact_p(x: Floats, v: Floats) -> float:
    from scipy.stats import kendalltau

    return float(kendalltau(x, v, method="exact").pvalue)
