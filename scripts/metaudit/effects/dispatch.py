"""Which numbers a measure needs, which variants it has, and its formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from metaudit.effects import formulas, means
from metaudit.effects.zero_cells import Floats, ZeroCells
from metaudit.formats.zero_cells import DROPS
from metaudit.measures import Measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEEDS: dict[str, tuple[str, ...]] = {
    "counts": ("events_t", "n_t", "events_c", "n_c"),
    "means": ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"),
    "rates": ("events_t", "time_t", "events_c", "time_c"),
    "proportion": ("events", "n"),
    "mean": ("mean", "sd", "n"),
    "correlation": ("r", "n"),
    "generic": ("effect",),
    "change": ("mean_t", "mean_c", "sd_change", "n_pairs"),
}
# Where a measure needs other numbers than its kind. Glass's delta has no use for the SD of the treatment arm.
_OWN_NEEDS = {
    "SMD1": ("mean_t", "n_t", "mean_c", "sd_c", "n_c"),
    "SMCR": ("mean_t", "mean_c", "sd_c", "r_pre_post", "n_pairs"),
}
# Variants of the sampling variance, or of the estimate, beside LS.
VARIANTS: dict[str, tuple[str, ...]] = {
    "RR": ("revman", "meta"),
    "RD": ("UB", "AV", "revman"),
    "MD": ("HO", "pooled-sd"),
    "SMD": ("LS2", "UB", "AV", "revman", "LS-approx", "LS2-approx", "d", "d-metan"),
    "SMD1": ("LS2", "UB", "AV", "H"),
    "SMDH": ("metafor4.6",),
    "ROM": ("HO", "AV", "AVHO", "bias-corrected"),
    "PR": ("UB", "AV"),
    "PLN": ("AV",),
    "PLO": ("AV",),
    "SMCC": ("LS2",),
    "SMCR": ("LS2",),
    "COR": ("AV",),
    "UCOR": ("UB", "AV"),
}
SOURCE_WORDS = {
    "counts": "counts",
    "means": "means and SDs",
    "rates": "events and person-time",
    "proportion": "counts",
    "mean": "mean and SD",
    "change": "paired means",
    "correlation": "r and n",
}
_COUNTS: dict[str, Callable[..., formulas.Pair]] = {
    "RR": formulas.risk_ratio,
    "OR": formulas.odds_ratio,
    "PETO": formulas.peto,
    "AS": formulas.arcsine_difference,
}
_MEANS: dict[str, Callable[..., formulas.Pair]] = {
    "MD": means.mean_difference,
    "SMD": means.standardised_mean_difference,
    "SMD1": means.glass_delta,
    "SMDH": means.standardised_mean_difference_h,
    "ROM": means.ratio_of_means,
}
_RATES: dict[str, Callable[..., formulas.Pair]] = {"IRR": formulas.rate_ratio, "IRD": formulas.rate_difference}
_PROPORTIONS: dict[str, Callable[..., formulas.Pair]] = {
    "PR": formulas.proportion,
    "PLN": formulas.proportion_log,
    "PLO": formulas.proportion_logit,
    "PAS": formulas.proportion_arcsine,
    "PFT": formulas.proportion_double_arcsine,
}
_CORRELATIONS: dict[str, Callable[..., formulas.Pair]] = {
    "COR": formulas.correlation,
    "UCOR": formulas.corrected_correlation,
    "ZCOR": formulas.fisher_z,
}
Worked = tuple[Floats, Floats, list[str]]


def needs_of(code: str, variance: str, kind: str) -> tuple[str, ...]:
    """The numbers a study must have for a measure."""
    if (code, variance) == ("SMD1", "H"):
        return NEEDS["means"]
    return _OWN_NEEDS.get(code, NEEDS[kind])


def work_out(m: Measure, cells: dict[str, Floats], zero: ZeroCells, variance: str) -> Worked:
    """Effects of all studies of one analysis.

    Parameters
    ----------
    m : the measure; any but the ready-made ones
    cells : its numbers, each of shape ``(k,)``
    zero : what is added where, for counts, rates and proportions
    variance : a variant of ``VARIANTS``, or ``LS``

    Returns
    -------
    ``(yi, vi, added)``: effects, variances, and for each study what was added to its cells, in words; NaN where the
    measure is not defined.
    """
    k = len(next(iter(cells.values())))
    if m.kind == "counts":
        return _two_by_two(m.code, cells, zero, variance)
    if m.kind == "rates":
        return _two_rates(m.code, cells, zero)
    if m.kind == "proportion":
        (x, y), touched = zero.adjust(cells["events"], cells["n"] - cells["events"])
        return *_with_variant(_PROPORTIONS[m.code], (x, x + y), m.code, variance), zero.words(touched)
    nothing = [""] * k
    if m.kind == "means":
        return *_with_variant(_MEANS[m.code], [cells[n] for n in NEEDS["means"]], m.code, variance), nothing
    if m.kind == "change":
        return *_change(m.code, cells, variance), nothing
    if m.kind == "mean":
        return cells["mean"], cells["sd"] ** 2 / cells["n"], nothing
    return *_with_variant(_CORRELATIONS[m.code], (cells["r"], cells["n"]), m.code, variance), nothing


def _with_variant(formula: Callable[..., Any], args: Sequence[Floats], code: str, variance: str) -> formulas.Pair:
    pair: formulas.Pair = formula(*args, variance) if variance in VARIANTS.get(code, ()) else formula(*args)
    return pair


def _change(code: str, c: dict[str, Floats], variance: str) -> formulas.Pair:
    if code == "MC":
        return means.mean_change(c["mean_t"], c["mean_c"], c["sd_change"], c["n_pairs"])
    if code == "SMCC":
        return means.standardised_change(c["mean_t"], c["mean_c"], c["sd_change"], c["n_pairs"], variance)
    return means.raw_standardised_change(c["mean_t"], c["mean_c"], c["sd_c"], c["r_pre_post"], c["n_pairs"], variance)


def _two_by_two(code: str, cells: dict[str, Floats], zero: ZeroCells, variance: str) -> Worked:
    a, c = cells["events_t"], cells["events_c"]
    raw = (a, cells["n_t"] - a, c, cells["n_c"] - c)
    without_events = (a == 0) & (c == 0)
    only_events = (raw[1] == 0) & (raw[3] == 0)
    dropped = np.zeros(a.shape, dtype=bool)
    if zero.double_zero in DROPS:
        dropped = without_events | only_events if zero.double_zero == "drop" else without_events
    sizes = (cells["n_t"], cells["n_c"])
    adjusted, touched = zero.adjust(*raw, sizes=sizes, left_out=dropped)
    if code == "RD":
        yi, vi = formulas.risk_difference(adjusted[0], adjusted[1], adjusted[2], adjusted[3], variance)
        if variance == "revman":  # corrected counts in the variance only
            yi = formulas.risk_difference(*raw)[0]
    else:
        yi, vi = _COUNTS[code](*adjusted)
        if (code, variance) == ("RR", "revman"):
            yi = np.where(only_events, 0.0, yi)
        elif (code, variance) == ("RR", "meta"):
            yi, vi = formulas.risk_ratio_of_meta(raw, adjusted)
    yi, vi = np.where(dropped, np.nan, yi), np.where(dropped, np.nan, vi)
    return yi, vi, zero.words(touched, sizes)


def _two_rates(code: str, cells: dict[str, Floats], zero: ZeroCells) -> Worked:
    x1, x2 = cells["events_t"], cells["events_c"]
    empty: NDArray[np.bool_] = (x1 == 0) & (x2 == 0)
    dropped = empty if zero.double_zero in DROPS else np.zeros_like(empty)
    sizes = (cells["time_t"], cells["time_c"])
    (a, c), touched = zero.adjust(x1, x2, sizes=sizes, left_out=dropped)
    yi, vi = _RATES[code](a, sizes[0], c, sizes[1])
    return np.where(dropped, np.nan, yi), np.where(dropped, np.nan, vi), zero.words(touched, sizes)
