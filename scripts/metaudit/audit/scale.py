"""The scale a claim is printed on, and the way there and back."""

from __future__ import annotations

import math
from functools import lru_cache

from metaudit.errors import PrintedError
from metaudit.formats.columns import ON_ANALYSIS_SCALE
from metaudit.formats.review import Claim
from metaudit.measures import Measure
from metaudit.printed import Interval, Printed, parse_printed

# By the one rule of the project: these are percent (0-100) as they stand, proportions are fractions (0-1).
PERCENT_QUANTITIES = {
    "i2", "i2_low", "i2_high", "weight", "r2", "subgroup_i2", "ris_share", "diversity", "tsa_ci_level", "conditional_power",
}  # fmt: skip
_LN10 = math.log(10)
EFFECT_QUANTITIES = {
    "estimate",
    "ci_low",
    "ci_high",
    "pi_low",
    "pi_high",
    "study_estimate",
    "study_ci_low",
    "study_ci_high",
    "predicted",
    "trimfill_estimate",
    "direct",
    "direct_ci_low",
    "direct_ci_high",
    "indirect",
    "indirect_ci_low",
    "indirect_ci_high",
    "difference",
    "difference_ci_low",
    "difference_ci_high",
    "tsa_ci_low",
    "tsa_ci_high",
    "tsa_estimate",
}
_RANGES = {
    "p": (0.0, 1.0), "q_p": (0.0, 1.0), "subgroup_p": (0.0, 1.0), "coef_p": (0.0, 1.0), "qm_p": (0.0, 1.0),
    "egger_p": (0.0, 1.0), "begg_p": (0.0, 1.0), "proportion": (0.0, 1.0), "proportion_t": (0.0, 1.0),
    "proportion_c": (0.0, 1.0), "i2": (0.0, 100.0), "i2_low": (0.0, 100.0), "i2_high": (0.0, 100.0), "r2": (0.0, 100.0),
    "subgroup_i2": (0.0, 100.0), "subgroup_q": (0.0, math.inf), "subgroup_df": (0.0, math.inf),
    "weight": (0.0, 100.0), "q": (0.0, math.inf), "h2": (0.0, math.inf), "tau2": (0.0, math.inf), "tau": (0.0, math.inf),
    "tau2_low": (0.0, math.inf), "tau2_high": (0.0, math.inf), "se": (0.0, math.inf), "coef_se": (0.0, math.inf),
    "k": (0.0, math.inf), "n": (0.0, math.inf), "n_t": (0.0, math.inf), "n_c": (0.0, math.inf), "events_t": (0.0, math.inf),
    "events_c": (0.0, math.inf), "sd_t": (0.0, math.inf), "sd_c": (0.0, math.inf), "count": (0.0, math.inf),
    "p_score": (0.0, 1.0), "sucra": (0.0, 1.0), "best": (0.0, 1.0), "proportion_direct": (0.0, 1.0), "mean_rank": (1.0, math.inf),
    "rank": (1.0, math.inf), "direct_p": (0.0, 1.0), "indirect_p": (0.0, 1.0), "difference_p": (0.0, 1.0), "q_within_p": (0.0, 1.0),
    "q_between_p": (0.0, 1.0), "interaction_p": (0.0, 1.0), "q_within": (0.0, math.inf), "q_between": (0.0, math.inf),
    "interaction": (0.0, math.inf), "interaction_tau2": (0.0, math.inf), "interaction_tau": (0.0, math.inf),
    "direct_se": (0.0, math.inf), "indirect_se": (0.0, math.inf), "difference_se": (0.0, math.inf), "treatments": (2.0, math.inf),
    "k_direct": (0.0, math.inf),
    "agreement": (0.0, 1.0), "response_rate": (0.0, 1.0), "threshold": (0.0, 1.0), "consensus_rate": (0.0, 1.0),
    "panel": (0.0, math.inf), "invited": (0.0, math.inf), "agreed": (0.0, math.inf), "items": (0.0, math.inf),
    "items_consensus": (0.0, math.inf),
    "p_below": (0.0, 1.0), "p_above": (0.0, 1.0), "nonlinear_p": (0.0, 1.0), "tau_low": (0.0, math.inf), "tau_high": (0.0, math.inf),
    "bayes_factor": (0.0, math.inf),
    "ris": (0.0, math.inf), "ris_fixed": (0.0, math.inf), "ris_share": (0.0, math.inf), "diversity": (0.0, 100.0),
    "tsa_boundary": (0.0, math.inf), "tsa_ci_level": (0.0, 100.0), "tsa_look": (0.0, math.inf), "tsa_p": (0.0, 1.0),
    "conditional_power": (0.0, 100.0),
}  # fmt: skip
_SWAP = {
    "ci_low": "ci_high",
    "ci_high": "ci_low",
    "pi_low": "pi_high",
    "pi_high": "pi_low",
    "study_ci_low": "study_ci_high",
    "study_ci_high": "study_ci_low",
    "direct_ci_low": "direct_ci_high",
    "direct_ci_high": "direct_ci_low",
    "indirect_ci_low": "indirect_ci_high",
    "indirect_ci_high": "indirect_ci_low",
    "difference_ci_low": "difference_ci_high",
    "difference_ci_high": "difference_ci_low",
    "tsa_ci_low": "tsa_ci_high",
    "tsa_ci_high": "tsa_ci_low",
}


def printed_of(claim: Claim) -> Printed | None:
    """The claim's printed number; None for words."""
    return None if claim.quantity == "text" else _read(claim.printed)


@lru_cache(maxsize=65536)
def _read(text: str) -> Printed | None:
    """The same few texts are read again and again."""
    try:
        return parse_printed(text)
    except PrintedError:
        return None


def is_percent(claim: Claim, printed: Printed) -> bool:
    """Whether the number is printed in percent although the quantity is a fraction (or an effect)."""
    if claim.quantity in PERCENT_QUANTITIES or claim.scale in ("percent-reduction", "percent-increase", "fraction"):
        return False
    return claim.scale == "percent" or printed.percent


def on_printed_scale(claim: Claim, printed: Printed, x: float) -> float:
    """A natural-scale value of the claim's quantity, on the scale the claim is printed on; a z that is printed without a sign has none."""
    if math.isnan(x):
        return x
    if claim.quantity == "z" and printed.interval().low >= 0:
        return abs(x)
    if claim.scale == "percent-reduction":
        return 100 * (1 - x)
    if claim.scale == "percent-increase":
        return 100 * (x - 1)
    if claim.scale == "log10":
        return x / _LN10
    if claim.quantity in PERCENT_QUANTITIES:
        return x / 100 if claim.scale == "fraction" else x
    return 100 * x if is_percent(claim, printed) else x


def quantity_asked(claim: Claim) -> str:
    """The quantity to compute: limits swap when a reduction is printed."""
    return _SWAP.get(claim.quantity, claim.quantity) if claim.scale == "percent-reduction" else claim.quantity


def on_analysis_scale(claim: Claim) -> bool:
    """Whether an effect is printed on the analysis scale, or as a decimal logarithm, which is a multiple of it."""
    return claim.scale in ON_ANALYSIS_SCALE


def natural_window(claim: Claim, printed: Printed, *, rounding: str = "nearest") -> Interval:
    """What the printed number stands for, on the natural scale of its quantity (claims on a logarithm stay on the natural one)."""
    return _natural(printed, rounding, claim.scale, claim.quantity, is_percent(claim, printed))


@lru_cache(maxsize=65536)
def _natural(printed: Printed, rounding: str, scale: str, quantity: str, percent: bool) -> Interval:
    """The same; the tables of a library print the same few texts again and again."""
    window = printed.interval(rounding)
    if scale == "percent-reduction":
        return window.reflect_one_minus(100.0)
    if scale == "percent-increase":
        return window.scaled(0.01, 1.0)
    if scale == "log10":
        window = window.scaled(_LN10)
    if quantity in PERCENT_QUANTITIES:
        window = window.scaled(100.0) if scale == "fraction" else window
    elif percent:
        window = window.scaled(0.01)
    low, high = _RANGES.get(quantity, (-math.inf, math.inf))
    return window.within(low, high)


def analysis_window(claim: Claim, printed: Printed, measure: Measure | None) -> Interval | None:
    """An effect's window on the analysis scale; None where the transformation is not defined."""
    window = natural_window(claim, printed)
    if measure is None or on_analysis_scale(claim) or measure.scale == "natural":
        return window
    if window.high <= measure.low:
        return None
    low = measure.to_analysis(window.low) if window.low > measure.low else -math.inf
    high = measure.to_analysis(window.high) if window.high < measure.high else math.inf
    return Interval(low, high, window.low_open, window.high_open)


def outside_range(claim: Claim, printed: Printed) -> str:
    """In words, why no data could give the number; empty when it can be."""
    window = printed.interval()
    if claim.scale in ("percent-reduction", "percent-increase"):
        return ""
    if is_percent(claim, printed):
        window = window.scaled(0.01)
    low, high = _RANGES.get(claim.quantity, (-math.inf, math.inf))
    if window.low > high or window.high < low:
        return (
            f"{claim.quantity} lies between {low:g} and {high:g}"
            if math.isfinite(high)
            else f"{claim.quantity} is never below {low:g}"
        )
    return ""
