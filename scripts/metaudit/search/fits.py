"""Pooled numbers of many data sets at once.

The formulas are those of ``metaudit.pooling`` (sources there); this module writes them for arrays. Tests hold every number to
``metaudit.evaluate.evaluate``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats, zero_cells_from
from metaudit.errors import DataError
from metaudit.pooling.batch import BATCHED, fit_batches
from metaudit.pooling.batch_stopping import STOPPED, stopped
from metaudit.pooling.batch_sums import down
from metaudit.pooling.intervals import HKSJ, T_INTERVALS
from metaudit.search.count_fits import Cells, corrected_cells, mantel_haenszel_fits, peto_fits
from metaudit.search.read import Fits as Fits
from metaudit.search.read import Reading, of_fits, of_i2, of_intervals, of_predictions, of_tests
from metaudit.specs import Spec

ARRAY_CI = ("wald", *T_INTERVALS)
ARRAY_PI = ("t-k-2", "t-k-1", "normal", "hksj", "tau-only")
ARRAY_MODELS = ("random", "common", "mantel-haenszel", "peto")


def can_be_batched(spec: Spec) -> bool:
    """Whether a specification is computed by arrays here; the others go through ``evaluate``."""
    return (
        spec.model in ARRAY_MODELS
        and spec.ci in ARRAY_CI
        and (not spec.has_tau2 or (spec.tau2 in BATCHED and spec.pi in ARRAY_PI and ends_in_arrays(spec)))
    )


def ends_in_arrays(spec: Spec) -> bool:
    """Whether arrays can end the iteration of tau2 where a specification says."""
    return spec.stopping == "exact" or (spec.stopping == "metafor" and spec.tau2 in STOPPED)


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
    return _by_inverse_variance(y, v, inside, (spec,))[0]


def fits_of_many(specs: Sequence[Spec], yi: Floats, vi: Floats, *, mask: Any) -> list[Fits]:
    """The same under several specifications that pool by inverse variance (:func:`by_inverse_variance`), together.

    Raises
    ------
    DataError
        for a specification that does not.
    """
    for spec in specs:
        if not (can_be_batched(spec) and by_inverse_variance(spec)):
            raise DataError(f"{spec} is not pooled by inverse variance in batches")
    return _by_inverse_variance(np.where(mask, yi, 0.0), np.where(mask, vi, 1.0), mask, specs)


def by_inverse_variance(spec: Spec) -> bool:
    """Whether a fit needs effects and variances only, and Q around their own mean."""
    return spec.model not in ("mantel-haenszel", "peto") and spec.q == "inverse-variance"


def _by_inverse_variance(y: Floats, v: Floats, inside: Any, specs: Sequence[Spec]) -> list[Fits]:
    methods = [spec.tau2 if spec.has_tau2 else "FE" for spec in specs]
    fitted = fit_batches(y, v, methods=dict.fromkeys(methods), mask=inside.T)
    k = inside.sum(axis=0).astype(float)
    typical = _typical(v, inside, k)
    out = []
    for spec, method in zip(specs, methods, strict=True):
        found = fitted[method]
        tau2 = found.tau2 if spec.stopping == "exact" else stopped(y, v, inside, method=method)
        shown = tau2 if spec.has_tau2 else np.full(found.k.size, np.nan)
        fits = _around(y, v, inside, tau2=np.nan_to_num(tau2), shown_tau2=shown, q=found.q, typical=typical)
        out.append(fits if spec.stopping == "exact" else _blanked(fits, np.isnan(tau2)))
    return out


def _around(
    y: Floats, v: Floats, inside: Any, *, tau2: Floats, shown_tau2: Floats, q: Floats, typical: Floats | None = None
) -> Fits:
    """Inverse-variance mean at given tau2, with what else is read off it."""
    w = inside / (v + tau2)
    total, k = down(w), inside.sum(axis=0).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = down(w * y) / total
        spread = down(w * (y - centre) ** 2)
        factor = np.where(k > 1, np.sqrt(spread / (k - 1)), np.nan)
        weights = np.where(inside, 100 * w / total, np.nan)
        wald = 1 / np.sqrt(total)
    sizes = _typical(v, inside, k) if typical is None else typical
    return Fits(centre, wald, factor, shown_tau2, q, np.maximum(k - 1, 0), k, sizes, weights)


def _typical(v: Floats, inside: Any, k: Floats) -> Floats:
    w = inside / v
    with np.errstate(divide="ignore", invalid="ignore"):
        trace = down(w) - down(w**2) / down(w)
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
    q, df = down(w * (y - mean) ** 2), inside.sum(axis=0) - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        trace = down(w) - down(w**2) / down(w)
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
        q = down(np.where(informative, (y - estimate) ** 2 / v, 0.0))
        df = informative.sum(axis=0) - 1.0
    df = np.maximum(df, 0.0)
    nan = np.full(k.size, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(inside, 100 * weights / down(np.where(inside, weights, 0.0)), np.nan)
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
    r = Reading(
        scaled=np.isin(ci, HKSJ), with_t=np.isin(ci, T_INTERVALS), wide_se=ci == "hksj-adhoc-se",
        wide_ci=ci == "hksj-adhoc-ci", level=np.asarray(level, dtype=float), i2_of_tau2=i2 == "tau2", pi=pi,
    )  # fmt: skip
    return {**_read(fits, r, PARTS), "weights": fits.weights}


def read_off_one(fits: Fits, spec: Spec, *, parts: Collection[str]) -> dict[str, Floats]:
    """Some of the same under one specification.

    Parameters
    ----------
    parts : of ``PARTS``; what depends on the fit alone is always there
    """
    return {**_read(fits, _reading(spec.ci, spec.i2, spec.pi, spec.level), parts), "weights": fits.weights}


PARTS = {"test": of_tests, "interval": of_intervals, "i2": of_i2, "prediction": of_predictions}


def _read(fits: Fits, r: Reading, parts: Collection[str]) -> dict[str, Floats]:
    found = of_fits(fits)
    for name in parts:
        found |= PARTS[name](fits, slice(None), r)
    return found


@lru_cache(maxsize=1024)
def _reading(ci: str, i2: str, pi: str, level: float) -> Reading:
    return Reading(
        scaled=np.array([ci in HKSJ]), with_t=np.array([ci in T_INTERVALS]), wide_se=np.array([ci == "hksj-adhoc-se"]),
        wide_ci=np.array([ci == "hksj-adhoc-ci"]), level=np.array([level]), i2_of_tau2=np.array([i2 == "tau2"]),
        pi=np.array([pi]),
    )  # fmt: skip
