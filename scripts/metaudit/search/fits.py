"""Pooled numbers of many data sets at once, and how each interval, test and statistic is read off a fit.

The formulas are those of ``metaudit.pooling`` (sources there); this module writes them for arrays. Tests hold every number to
``metaudit.evaluate.evaluate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from metaudit.effects.zero_cells import Floats, zero_cells_from
from metaudit.errors import DataError
from metaudit.pooling.batch import BATCHED, fit_batch
from metaudit.pooling.intervals import HKSJ, T_INTERVALS
from metaudit.search.count_fits import Cells, corrected_cells, mantel_haenszel_fits, peto_fits
from metaudit.specs import Spec

ARRAY_CI = ("wald", *T_INTERVALS)
ARRAY_PI = ("t-k-2", "t-k-1", "normal", "hksj", "tau-only")
ARRAY_MODELS = ("random", "common", "mantel-haenszel", "peto")


@dataclass(frozen=True)
class Fits:
    """Fits of ``d`` data sets, before any interval is chosen; every field but the weights has shape ``(d,)``.

    Attributes
    ----------
    estimate, wald : mean and its standard error under the model
    factor : what Hartung and Knapp multiply the standard error by; NaN for a single study
    tau2 : NaN for models without one
    q, q_df, k : Cochran's Q around the mean it is centred on; number of studies
    typical : typical sampling variance (Higgins and Thompson 2002), for I2 from tau2
    weights : percent, shape ``(k, d)``, NaN where a study is not in
    """

    estimate: Floats
    wald: Floats
    factor: Floats
    tau2: Floats
    q: Floats
    q_df: Floats
    k: Floats
    typical: Floats
    weights: Floats


def can_be_batched(spec: Spec) -> bool:
    """Whether a specification is computed by arrays here; the others go through ``evaluate``."""
    return (
        spec.model in ARRAY_MODELS
        and spec.ci in ARRAY_CI
        and (not spec.has_tau2 or (spec.tau2 in BATCHED and spec.pi in ARRAY_PI and spec.stopping == "exact"))
    )


def fits_of(spec: Spec, yi: Floats, vi: Floats, *, mask: Any = None, cells: Mapping[str, Floats] | None = None) -> Fits:
    """Fit ``d`` data sets under the model of a specification.

    Parameters
    ----------
    yi, vi : shape ``(k, d)``, a data set a column
    mask : shape ``(k, d)``, which studies are in; where it is False yi and vi may be NaN
    cells : counts of the same shape, for Mantel-Haenszel, Peto, and Q centred on a Mantel-Haenszel mean

    Raises
    ------
    DataError
        for a specification that arrays do not compute.
    """
    if not can_be_batched(spec):
        raise DataError(f"{spec} is not computed in batches")
    inside = np.ones(yi.shape, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    y, v = np.where(inside, yi, 0.0), np.where(inside, vi, 1.0)
    if spec.model in ("mantel-haenszel", "peto"):
        return _from_counts(spec, y, v, inside, cells=cells)
    if spec.q != "inverse-variance":
        return _centred(spec, y, v, inside, cells=cells)
    fitted = fit_batch(y, v, method=spec.tau2 if spec.has_tau2 else "FE", mask=inside.T)
    tau2 = fitted.tau2 if spec.has_tau2 else np.full(fitted.k.size, np.nan)
    return _around(y, v, inside, tau2=fitted.tau2, shown_tau2=tau2, q=fitted.q)


def _around(y: Floats, v: Floats, inside: Any, *, tau2: Floats, shown_tau2: Floats, q: Floats) -> Fits:
    """Inverse-variance mean at given tau2, with what else is read off it."""
    w = inside / (v + tau2)
    total, k = w.sum(axis=0), inside.sum(axis=0).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (w * y).sum(axis=0) / total
        spread = (w * (y - centre) ** 2).sum(axis=0)
        factor = np.where(k > 1, np.sqrt(spread / (k - 1)), np.nan)
        weights = np.where(inside, 100 * w / total, np.nan)
        wald = 1 / np.sqrt(total)
    return Fits(centre, wald, factor, shown_tau2, q, np.maximum(k - 1, 0), k, _typical(v, inside, k), weights)


def _typical(v: Floats, inside: Any, k: Floats) -> Floats:
    w = inside / v
    with np.errstate(divide="ignore", invalid="ignore"):
        trace = w.sum(axis=0) - (w**2).sum(axis=0) / w.sum(axis=0)
        return np.asarray(np.where(k > 1, (k - 1) / trace, np.nan))


def _needed(cells: Mapping[str, Floats] | None, spec: Spec) -> Cells:
    if cells is None:
        raise DataError(f"{spec} needs the counts of every study")
    return dict(cells)


def _centred(spec: Spec, y: Floats, v: Floats, inside: Any, *, cells: Mapping[str, Floats] | None) -> Fits:
    """DerSimonian and Laird's tau2 from Q around a Mantel-Haenszel mean (``pooling.q_centre``)."""
    counts = _needed(cells, spec)
    if spec.q == "mantel-haenszel-corrected":
        counts, points = corrected_cells(counts, zero_cells_from(spec.zero_cells), inside)
    else:
        points = np.zeros(inside.shape[1], dtype=bool)
    mean = mantel_haenszel_fits(spec.measure, counts, inside, yi=y, touched=points)[0]
    mean = np.where(np.isfinite(mean), mean, np.nan)  # an arm without any event gives an infinite one
    w = inside / v
    q, df = (w * (y - mean) ** 2).sum(axis=0), inside.sum(axis=0) - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        trace = w.sum(axis=0) - (w**2).sum(axis=0) / w.sum(axis=0)
        tau2 = np.where(df >= 1, np.maximum(0.0, (q - df) / trace), 0.0)
    tau2 = np.where(np.isfinite(mean), tau2, np.nan)
    fits = _around(y, v, inside, tau2=np.nan_to_num(tau2), shown_tau2=tau2, q=q)
    undefined = ~np.isfinite(mean)
    return _blanked(fits, undefined)


def _from_counts(spec: Spec, y: Floats, v: Floats, inside: Any, *, cells: Mapping[str, Floats] | None) -> Fits:
    raw = counts = _needed(cells, spec)
    touched = np.zeros(inside.shape[1], dtype=bool)
    if spec.counts == "corrected":
        counts, touched = corrected_cells(raw, zero_cells_from(spec.zero_cells), inside)
    k = inside.sum(axis=0).astype(float)
    if spec.model == "peto":
        estimate, se, weights, q, df = peto_fits(counts, inside)
    else:
        estimate, se, weights = mantel_haenszel_fits(
            spec.measure, counts, inside, yi=y, touched=touched, rd_variance=spec.rd_variance or "sato"
        )
        informative = inside if spec.q_of_all else inside & ~_says_nothing(raw)
        q = np.where(informative, (y - estimate) ** 2 / v, 0.0).sum(axis=0)
        df = informative.sum(axis=0) - 1.0
    df = np.maximum(df, 0.0)
    nan = np.full(k.size, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(inside, 100 * weights / np.where(inside, weights, 0.0).sum(axis=0), np.nan)
    fits = Fits(estimate, se, nan, nan, np.where(df == 0, 0.0, q), df, k, nan, shares)
    return _blanked(fits, ~np.isfinite(estimate) | ~np.isfinite(se) | (se == 0))


def _says_nothing(cells: Mapping[str, Floats]) -> Any:
    a, c = cells["events_t"], cells["events_c"]
    empty = (a == 0) & (c == 0)
    return empty | ((a == cells["n_t"]) & (c == cells["n_c"])) if "n_t" in cells else empty


def _blanked(fits: Fits, undefined: Any) -> Fits:
    """NaN everywhere for data sets on which the model is not defined."""
    if not np.any(undefined):
        return fits
    return Fits(*(np.where(undefined, np.nan, getattr(fits, f.name)) for f in fields(Fits)))


def pooled_numbers(
    spec: Spec, yi: Floats, vi: Floats, *, mask: Any = None, cells: Mapping[str, Floats] | None = None
) -> dict[str, Floats]:
    """Every pooled number of ``d`` data sets under one specification.

    Parameters
    ----------
    yi, vi, mask, cells : as in :func:`fits_of`

    Returns
    -------
    The quantities of ``metaudit.search.results.QUANTITIES``, each of shape ``(d,)``, effects and limits on the analysis
    scale, and ``weights`` in percent, shape ``(k, d)``.
    """
    fits = fits_of(spec, np.asarray(yi, dtype=float), np.asarray(vi, dtype=float), mask=mask, cells=cells)
    return read_off(
        fits, np.array([spec.ci]), i2=np.array([spec.i2]), pi=np.array([spec.pi]), level=np.array([spec.level])
    )


def read_off(fits: Fits, ci: Any, *, i2: Any, pi: Any, level: Any) -> dict[str, Floats]:
    """Intervals, tests and heterogeneity of fits under chosen methods.

    Parameters
    ----------
    fits : of ``d`` data sets
    ci, i2, pi : codes, shape ``(d,)`` or ``(1,)``
    level : confidence level, the same shape
    """
    k = fits.k
    scaled = np.isin(ci, HKSJ) & (k > 1)
    factor = np.where(ci == "hksj-adhoc-se", np.maximum(1.0, fits.factor), fits.factor)
    se = np.where(scaled, fits.wald * factor, fits.wald)
    with_t = np.isin(ci, T_INTERVALS)
    df = np.maximum(k - 1, 0)
    normal = ndtri(0.5 + level / 2)
    half = np.where(with_t, _t_quantile(level, df), normal) * se
    half = np.where(ci == "hksj-adhoc-ci", np.maximum(half, normal * fits.wald), half)
    half = np.where(np.isfinite(half), half, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = fits.estimate / se
        t_p = np.where(df > 0, 2 * stdtr(np.maximum(df, 1), -np.abs(z)), np.nan)
        p = np.where(with_t, t_p, 2 * ndtr(-np.abs(z)))
        q_based = np.where((fits.q > 0) & (fits.q_df > 0), np.maximum(0.0, 100 * (fits.q - fits.q_df) / fits.q), 0.0)
        of_tau2 = np.where(fits.q_df > 0, 100 * fits.tau2 / (fits.tau2 + fits.typical), 0.0)
        has_tau2 = np.isfinite(fits.tau2)
        from_tau2 = has_tau2 & (i2 == "tau2")
        h2_q = np.where(fits.q_df > 0, fits.q / fits.q_df, 1.0)
        h2_tau2 = np.where(fits.q_df > 0, 1 + fits.tau2 / fits.typical, 1.0)
    missing = np.isnan(fits.estimate)
    low, high = _prediction(fits, se, pi=pi, level=level)
    return {
        "estimate": fits.estimate, "ci_low": fits.estimate - half, "ci_high": fits.estimate + half,
        "pi_low": low, "pi_high": high, "se": se, "z": z, "p": p, "q": fits.q, "q_df": fits.q_df,
        "q_p": np.where(missing, np.nan, np.where(fits.q_df > 0, chdtrc(np.maximum(fits.q_df, 1), fits.q), 1.0)),
        "i2": np.where(missing, np.nan, np.where(from_tau2, of_tau2, q_based)),
        "h2": np.where(missing, np.nan, np.where(has_tau2, h2_tau2, h2_q)), "tau2": fits.tau2, "k": k, "weights": fits.weights,
    }  # fmt: skip


def _t_quantile(level: Any, df: Floats) -> Floats:
    upper = 0.5 + np.asarray(level) / 2
    return np.asarray(np.where(df > 0, stdtrit(np.maximum(df, 1), upper), np.inf))


def _prediction(fits: Fits, se: Floats, *, pi: Any, level: Any) -> tuple[Floats, Floats]:
    """Prediction limits (``pooling.intervals.prediction_interval``); NaN without tau2."""
    own = np.where(pi == "hksj", fits.wald * fits.factor, se)
    own = np.where((pi == "hksj") & (se != fits.wald) & np.isfinite(fits.factor), se, own)
    with np.errstate(invalid="ignore"):
        spread = np.where(pi == "tau-only", np.sqrt(fits.tau2), np.sqrt(fits.tau2 + own**2))
    df = np.where(pi == "t-k-2", fits.k - 2, fits.k - 1)
    t = np.where(df >= 1, stdtrit(np.maximum(df, 1), 0.5 + np.asarray(level) / 2), np.nan)
    half = np.where(np.isin(pi, ("normal", "tau-only")), ndtri(0.5 + np.asarray(level) / 2), t) * spread
    return fits.estimate - half, fits.estimate + half
