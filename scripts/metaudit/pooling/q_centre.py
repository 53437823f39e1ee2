"""DerSimonian and Laird's tau2 when Q is centred on another mean than the inverse-variance one, and pooling with it.

RevMan 5, older versions of R's meta and Stata's metan centre Q on the Mantel-Haenszel mean, RevMan and meta with the zero-cell
correction inside that mean; tau2 then comes from the usual formula (DerSimonian and Laird 1986, equation 8), as if Q were centred
on the inverse-variance mean, which it exceeds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import ZeroCells
from metaudit.errors import DataError
from metaudit.pooling.heterogeneity import heterogeneity, q_based_i2
from metaudit.pooling.intervals import interval_df, prediction_interval, quantile, two_sided_p
from metaudit.pooling.mantel_haenszel import mantel_haenszel_estimate
from metaudit.pooling.result import Pooled

CENTRES = ("inverse-variance", "mantel-haenszel", "mantel-haenszel-corrected")
CI = ("wald", "t", "hksj", "hksj-adhoc-se", "hksj-adhoc-ci")


class CentredQ(NamedTuple):
    """Q, its degrees of freedom, and DerSimonian-Laird's tau2 from it."""

    q: float
    df: int
    tau2: float


def centre_of(effects: Effects, *, centre: str, zero_cells: ZeroCells | str = "0.5@only-zero") -> float:
    """The mean that Q is centred on, on the analysis scale.

    Raises
    ------
    DataError
        for a centre that is not known, or a Mantel-Haenszel mean that is not defined for these studies.
    """
    if centre not in CENTRES:
        raise DataError(f"Q cannot be centred on {centre!r}; choose {', '.join(CENTRES)}")
    if centre == "inverse-variance":
        w = 1 / effects.vi
        return float(np.sum(w * effects.yi) / np.sum(w))
    rule = zero_cells if centre == "mantel-haenszel-corrected" else None
    mean = mantel_haenszel_estimate(effects, zero_cells=rule).estimate
    if not math.isfinite(mean):
        raise DataError(
            "the Mantel-Haenszel mean is not defined for these counts: an arm is without any event in all studies"
        )
    return mean


def dl_centred(effects: Effects, *, centre: str, zero_cells: ZeroCells | str = "0.5@only-zero") -> CentredQ:
    """Q around a chosen mean, and the moment estimate of tau2 from it.

    Parameters
    ----------
    effects : the studies that are pooled; double-zero ones are to be left out beforehand where the program does so
    centre : ``inverse-variance``, ``mantel-haenszel`` (counts as they are) or ``mantel-haenszel-corrected``
    zero_cells : the correction inside the corrected mean

    Returns
    -------
    CentredQ
        ``(q, df, tau2)``; tau2 is 0 with fewer than two studies.
    """
    mean = centre_of(effects, centre=centre, zero_cells=zero_cells)
    w = 1 / effects.vi
    q, df = float(np.sum(w * (effects.yi - mean) ** 2)), effects.k - 1
    if df < 1:
        return CentredQ(q, 0, 0.0)
    return CentredQ(q, df, max(0.0, (q - df) / float(np.sum(w) - np.sum(w**2) / np.sum(w))))


def random_effects_at(
    effects: Effects,
    tau2: float,
    *,
    ci: str = "wald",
    level: float = 0.95,
    pi: str = "t-k-2",
    q: float | None = None,
    method: str = "DL",
) -> Pooled:
    """Inverse-variance random-effects result at a given between-study variance.

    Parameters
    ----------
    effects : the studies
    tau2 : between-study variance, on the analysis scale squared
    ci : ``wald``, ``t``, ``hksj`` (Hartung and Knapp 2001) or one of its two ad hoc corrections
    level, pi : confidence level; prediction interval
    q : Q to report, with I2 from it in ``i2_q``; by default the one around the inverse-variance mean
    method : name of the estimator, for the record

    Raises
    ------
    DataError
        for a negative tau2 or an interval that is not known.
    """
    if not (math.isfinite(tau2) and tau2 >= 0):
        raise DataError(f"a between-study variance of {tau2!r} is not possible; it is 0 or more")
    if ci not in CI:
        raise DataError(f"ci {ci!r} is not known; choose one of {', '.join(CI)}")
    y, v, k = effects.yi, effects.vi, effects.k
    w = 1 / (v + tau2)
    estimate = float(np.sum(w * y) / np.sum(w))
    wald = 1 / math.sqrt(float(np.sum(w)))
    se = wald
    if ci.startswith("hksj") and k > 1:
        factor = math.sqrt(float(np.sum(w * (y - estimate) ** 2)) / (k - 1))
        se = wald * (max(1.0, factor) if ci == "hksj-adhoc-se" else factor)
    df = interval_df(ci, k - 1)
    half = quantile(level, df) * se
    if ci == "hksj-adhoc-ci":
        half = max(half, quantile(level, None) * wald)
    low, high = (estimate - half, estimate + half) if math.isfinite(half) else (math.nan, math.nan)
    het = heterogeneity(y, v, np.ones((k, 1)), tau2, common=False, level=level)
    value = het.q if q is None else q
    stat = estimate / se if se > 0 else math.nan
    limits = prediction_interval(estimate, se, tau2, k, method=pi, level=level)
    return Pooled(
        estimate=estimate, se=se, ci_low=low, ci_high=high, stat=stat, p=two_sided_p(stat, df), tau2=tau2,
        tau2_low=het.tau2_low, tau2_high=het.tau2_high, i2=het.i2, i2_low=het.i2_low, i2_high=het.i2_high,
        i2_q=q_based_i2(value, k - 1), h2=het.h2, q=value, q_df=k - 1,
        q_p=float(chdtrc(k - 1, value)) if k > 1 else 1.0, pi_low=limits[0], pi_high=limits[1], k=k,
        weights=100 * w / w.sum(), model="random", tau2_method=method, ci_method=ci, level=level, at_boundary=tau2 == 0,
        yi=y, vi=v, studies=tuple(s.label for s in effects.studies), measure=effects.measure.code,
    )  # fmt: skip


def random_effects_centred(
    effects: Effects,
    *,
    centre: str,
    zero_cells: ZeroCells | str = "0.5@only-zero",
    ci: str = "wald",
    level: float = 0.95,
    pi: str = "t-k-2",
) -> Pooled:
    """DerSimonian-Laird pooling with Q, and so tau2 and ``i2_q``, centred on a chosen mean; see :func:`dl_centred`."""
    found = dl_centred(effects, centre=centre, zero_cells=zero_cells)
    return random_effects_at(effects, found.tau2, ci=ci, level=level, pi=pi, q=found.q)
