"""The numbers of a sequential analysis that papers print, by name, on the natural scale."""

from __future__ import annotations

import math
from functools import partial

from metaudit.measures import Measure
from metaudit.sequential.analysis import Sequential
from metaudit.sequential.conditional import conditional_power
from metaudit.sequential.design import fixed_drift

__all__ = ["QUANTITIES", "boundary_crossed", "natural_limit", "quantities"]

QUANTITIES = {
    "ris": "required information size, participants",
    "ris_fixed": "the same without heterogeneity, participants",
    "ris_share": "participants so far, percent of the required information size",
    "n": "participants so far",
    "diversity": "D² (or I²) that the size is adjusted by, percent",
    "tsa_boundary": "boundary of z at the last look that has come, without sign",
    "tsa_ci_low": "lower limit of the interval adjusted for looking repeatedly",
    "tsa_ci_high": "upper limit of the interval adjusted for looking repeatedly",
    "tsa_ci_level": "level that this interval would have after a single look, percent",
    "tsa_look": "number of the look at which the boundary was first crossed",
    "tsa_p": "stage-wise ordered P where the boundary was first crossed, or the analysis ended",
    "tsa_estimate": "median unbiased estimate there",
    "conditional_power": "probability of crossing later on under the effect that was planned for, percent",
}


def boundary_crossed(s: Sequential) -> str:
    """Which boundary was crossed, or met, first: ``upper``, ``lower``, ``futility`` or ``none``."""
    if s.result.crossed_at is not None:
        return "upper" if s.result.side > 0 else "lower"
    return "none" if s.result.futile_at is None else "futility"


def quantities(s: Sequential, measure: Measure) -> dict[str, float]:
    """The numbers of ``QUANTITIES``; NaN where there is none.

    Parameters
    ----------
    s : the analysis
    measure : its effect measure, which says what the natural scale is
    """
    last, ordered = s.result.last, s.result.at_crossing
    natural = partial(natural_limit, measure)
    crossed = math.nan if s.result.crossed_at is None else float(s.result.crossed_at)
    fixed = s.size.fixed
    return {
        "ris": float(s.size.participants),
        "ris_fixed": math.nan if math.isnan(fixed) else float(math.ceil(fixed - 1e-9 * max(1.0, fixed))),
        "ris_share": 100 * last.participants / s.size.participants,
        "n": last.participants,
        "diversity": 100 * s.size.share,
        "tsa_boundary": last.boundary,
        "tsa_ci_low": natural(last.adjusted_low),
        "tsa_ci_high": natural(last.adjusted_high),
        "tsa_ci_level": 100 * last.adjusted_level,
        "tsa_look": crossed,
        "tsa_p": math.nan if ordered is None else ordered.p,
        "tsa_estimate": math.nan if ordered is None else natural(ordered.median_unbiased),
        "conditional_power": 100 * _later_power(s),
    }


def natural_limit(measure: Measure, x: float) -> float:
    """Back to the natural scale; an infinite limit of a ratio is 0 or infinite."""
    if math.isinf(x):
        return (math.inf if x > 0 else 0.0) if measure.ratio else x
    try:
        return measure.to_natural(x)
    except OverflowError:
        return math.inf


def _later_power(s: Sequential) -> float:
    """Conditional power on the side of the planned effect; NaN after the last look or a crossing."""
    look = s.result.last.number - 1
    if s.result.reached or s.result.crossed_at is not None or s.plan.sought is None:
        return math.nan
    drift = fixed_drift(s.plan.alpha, s.plan.beta, sides=s.plan.sides)
    sign = 1.0 if _planned_upwards(s) or s.plan.sides == 1 else -1.0
    futility = s.bounds.futility if s.bounds.binding else None
    return conditional_power(
        sign * s.result.last.z, s.bounds.timing, s.bounds.upper, look=look, drift=drift, futility=futility,
        sides=s.plan.sides,
    )  # fmt: skip


def _planned_upwards(s: Sequential) -> bool:
    assert s.plan.sought is not None
    return s.plan.sought.difference > 0
