"""What a difference between a printed number and ours changes: direction and significance before size."""

from __future__ import annotations

import math

from metaudit.audit.coefficients import exponentiated
from metaudit.audit.judge import relative_difference, size_of
from metaudit.audit.scale import natural_window, on_analysis_scale
from metaudit.formats.review import Claim
from metaudit.measures import Measure
from metaudit.printed import Printed

_CENTRES = ("estimate", "study_estimate", "coef", "direct", "indirect", "difference", "tsa_estimate")
_LIMITS = (
    "ci_low", "ci_high", "direct_ci_low", "direct_ci_high", "indirect_ci_low", "indirect_ci_high", "difference_ci_low",
    "difference_ci_high", "tsa_ci_low", "tsa_ci_high",
)  # fmt: skip
_SIGNED = frozenset((*_CENTRES, *_LIMITS))
_P_VALUES = {
    "p", "q_p", "subgroup_p", "coef_p", "qm_p", "q_within_p", "q_between_p", "interaction_p", "direct_p", "indirect_p", "difference_p",
    "tsa_p", "nonlinear_p",
}  # fmt: skip


def impact(
    claim: Claim, printed: Printed, measure: Measure | None, *, natural: float, shown: float, of_term: bool = False
) -> str:
    """``direction``, ``significance``, or the size of the difference.

    Parameters
    ----------
    measure : of the effect; None for numbers that are no effects
    natural, shown : our value on the natural scale of the quantity, and on the scale that is printed
    of_term : whether the number is one of a coefficient
    """
    null = None
    if measure is not None:
        null = measure.null_analysis if on_analysis_scale(claim) else measure.null
    if measure is not None and (of_term or claim.quantity == "coef"):
        null = 1.0 if of_term and exponentiated(claim.scale, measure) else 0.0
    if null is not None and claim.quantity in _SIGNED:
        window = natural_window(claim, printed)
        if null not in window and (natural > null) != ((window.low + window.high) / 2 > null):
            return "direction" if claim.quantity in _CENTRES else "significance"
    if claim.quantity in _P_VALUES:
        window = natural_window(claim, printed)
        if (natural <= 0.05) != (window.high <= 0.05):
            return "significance"
    relative = relative_difference(shown, printed)
    return size_of(relative if math.isfinite(relative) else math.inf)
