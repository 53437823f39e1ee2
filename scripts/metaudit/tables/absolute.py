"""Absolute effects: what a pooled result means for a thousand people, and the number needed to treat.

Formulas: Cochrane Handbook for Systematic Reviews of Interventions 5.1, 12.5.4.2 (risk ratio) and 12.5.4.3 (odds ratio);
limits by putting the limits of the effect into the same formula at a fixed control risk, 12.5.4.5; numbers needed to treat
rounded up, 12.5.4.0. Intervals that include no effect: Altman DG, BMJ 1998;317:1309-12. Arcsine difference: Rücker G et
al., Stat Med 2009;28:721-38.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from metaudit.audit_words.numbers import fixed

PER = 1000


def _by_ratio(risk: float, effect: float) -> float:
    return risk * effect


def _by_odds(risk: float, effect: float) -> float:
    return effect * risk / (1 - risk + effect * risk)


def _by_difference(risk: float, effect: float) -> float:
    return risk + effect


def _by_arcsine(risk: float, effect: float) -> float:
    """Beyond an arcsine of 0 or π/2 no risk lies: given as one beyond 0 or 1, so that it is seen to be held there."""
    arcsine = math.asin(math.sqrt(risk)) + effect
    if arcsine < 0:
        return arcsine
    return math.sin(arcsine) ** 2 if arcsine <= math.pi / 2 else 1 + arcsine - math.pi / 2


TREATED: dict[str, Callable[[float, float], float]] = {
    "RR": _by_ratio,
    "OR": _by_odds,
    "PETO": _by_odds,
    "RD": _by_difference,
    "AS": _by_arcsine,
}


@dataclass(frozen=True, kw_only=True)
class Absolute:
    """An effect at one control risk; risks and their difference as fractions, the difference treatment minus control.

    Parameters
    ----------
    control : assumed risk without the treatment
    treated : risk with it
    difference, low, high : risk difference and its limits; the limits are NaN without an interval
    capped : whether a risk above 1 or below 0 was held there
    """

    control: float
    treated: float
    difference: float
    low: float
    high: float
    capped: bool


def treated_risk(measure: str, *, control: float, effect: float) -> float:
    """Risk with treatment at a control risk, not held between 0 and 1.

    Parameters
    ----------
    measure : a dichotomous measure with two arms, a key of ``TREATED``
    control : risk in the control group, 0 to 1
    effect : pooled effect on its natural scale (a risk ratio, an odds ratio, a difference of risks or of arcsines)

    Raises
    ------
    ValueError
        when the control risk is no risk.
    """
    if not 0 <= control <= 1:
        raise ValueError(f"control risk {control!r}: a risk lies between 0 and 1")
    return TREATED[measure](control, effect)


def absolute(measure: str, *, control: float, estimate: float, low: float, high: float) -> Absolute:
    """Absolute effect with its limits at a control risk; the uncertainty of the control risk itself is not in them."""
    raw = [treated_risk(measure, control=control, effect=value) for value in (estimate, low, high)]
    held = [value if math.isnan(value) else min(max(value, 0.0), 1.0) for value in raw]
    # Beyond rounding: a risk of 1 computed as 1.0000000000000002 was not held.
    capped = any(abs(a - b) > 1e-12 for a, b in zip(raw, held, strict=True) if not math.isnan(a))
    middle, lower, upper = (value - control for value in held)
    return Absolute(control=control, treated=held[0], difference=middle, low=lower, high=upper, capped=capped)


def median(values: list[float]) -> float:
    """Middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def needed(difference: float) -> float:
    """People to treat for one event more or fewer: the reciprocal, rounded up to a whole number; infinite at no difference."""
    if difference == 0:
        return math.inf
    exact = abs(1 / difference)
    return math.ceil(round(exact, 9)) if math.isfinite(exact) else math.inf


def needed_words(found: Absolute, *, favours: str) -> str:
    """Number needed to treat with its interval: ``NNTB 10 (NNTB 4 to ∞ to NNTH 20)``.

    Parameters
    ----------
    found : the risk difference and its limits
    favours : ``high`` when the event is good for the treated, ``low`` when it is bad, empty when nobody said;
        then the two directions are called more and fewer events
    """

    def words(difference: float) -> str:
        count = needed(difference)
        if math.isinf(count):
            return "∞"
        return f"{_direction(difference, favours)} {fixed(count, 0)}"

    middle = words(found.difference)
    if math.isnan(found.low) or math.isnan(found.high):
        return middle
    near, far = sorted((found.low, found.high), key=abs, reverse=True)
    if found.low < 0 < found.high:
        same = found.low if found.difference < 0 else found.high
        other = found.high if found.difference < 0 else found.low
        return f"{middle} ({words(same)} to ∞ to {words(other)})"
    return f"{middle} ({words(near)} to {words(far)})"


def _direction(difference: float, favours: str) -> str:
    if not favours:
        return "more" if difference > 0 else "fewer"
    return "NNTB" if (difference > 0) == (favours == "high") else "NNTH"
