"""How far the whole space reaches, and the named tolerances of the literature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.printed import Interval, Printed
from metaudit.search.match import Matched
from metaudit.specs import Spec

# Measures in units of a standard deviation.
STANDARDISED = ("SMD", "SMDH", "SMD1", "SMCC", "SMCR")
_OF_EFFECT = ("estimate", "ci_low", "ci_high", "study_estimate", "study_ci_low", "study_ci_high", "pi_low", "pi_high")
_COUNTED = (
    "k",
    "n",
    "n_t",
    "n_c",
    "events_t",
    "events_c",
    "count",
    "q_df",
    "k_with_events",
    "trimfill_k",
    "failsafe_n",
    "tsa_look",
    "treatments",
    "designs",
    "pairs",
    "comparisons",
    "multiarm",
    "q_within_df",
    "q_between_df",
    "interaction_df",
    "rank",
    "k_direct",
)


@dataclass(frozen=True)
class Envelope:
    """Lowest and highest value of one quantity over the space, and a specification that gives each."""

    low: float
    high: float
    low_spec: Spec
    high_spec: Spec

    def misses(self, window: Interval) -> bool:
        """Whether no value between the two ends prints as the number."""
        return not window.overlaps(Interval(self.low, self.high))


def envelope(matched: Matched, name: str, *, among: Any = None) -> Envelope | None:
    """The envelope of one claim, on its scale; None where nothing is defined.

    Parameters
    ----------
    among : which specifications count, shape ``(s,)``; all by default
    """
    row = matched.row(name)
    if row is None:
        return None
    values = matched.value_of(row)
    values = np.where(np.isfinite(values), values, np.nan)
    if among is not None:
        values = np.where(among, values, np.nan)
    if np.isnan(values).all():
        return None
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    return Envelope(float(values[low]), float(values[high]), matched.specs[low], matched.specs[high])


def near(value: float, printed: Printed, *, measure: str, quantity: str) -> str:
    """The tightest named tolerance that a value on the printed scale meets; empty when it meets none.

    5 % and 10 % of the larger of the two numbers (DESIGN, section 6), and less than 0.1 of a standard deviation for effects
    in such units: Gøtzsche, Hróbjartsson, Marić and Tendal (2007, JAMA 298:430) count an effect or a limit that differs by
    0.1 or more as not replicated. Only for numbers printed with a value ("<.001" has no neighbourhood) that are measured,
    not counted: a study more is a study more.

    Parameters
    ----------
    value : ours, on the scale of the printed number
    printed : the printed number
    measure, quantity : of the claim
    """
    if printed.relation != "=" or not np.isfinite(value) or quantity in _COUNTED:
        return ""
    apart, size = abs(value - printed.value), max(abs(value), abs(printed.value))
    if size > 0 and apart / size <= 0.05:
        return "5 %"
    if size > 0 and apart / size <= 0.10:
        return "10 %"
    if measure in STANDARDISED and quantity in _OF_EFFECT and apart < 0.1 - 1e-12:  # 0.3 - 0.2 is not below 0.1
        return "0.1 standard deviations"
    return ""
