"""From what a paper says about its sequential analysis to what is computed, and to what is tried where it says nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from metaudit.effects.compute import Effects
from metaudit.errors import DataError
from metaudit.sequential.analysis import ADJUSTMENTS
from metaudit.sequential.information import RISK_MEASURES
from metaudit.sequential.open_choices import Open, control_risks, standard_deviations
from metaudit.sequential.spending import FAMILIES, Spending

__all__ = ["KEYS", "open_choices", "spending_of"]

KEYS = (
    "alpha", "power", "sides", "effect", "relative_reduction", "control_risk", "sd", "heterogeneity", "variance", "spending",
    "futility", "beta_spending", "required", "convention",
)  # fmt: skip
USUAL_ALPHA, USUAL_POWER = (0.05, 0.01), (0.8, 0.9)
USUAL_REDUCTIONS = (0.2, 0.1, 0.15, 0.25, 0.3, 0.4, 0.5)
USUAL_SHARES = (0.25, 0.5)
FROM_TRIALS = "trials"


def spending_of(stated: Any) -> Spending:
    """A spending function as it is written: its name, or a mapping of its name to its parameter.

    Raises
    ------
    DataError
        when it is not understood.
    """
    if isinstance(stated, str):
        return Spending(stated)
    if isinstance(stated, Mapping) and len(stated) == 1:
        ((family, parameter),) = stated.items()
        return Spending(str(family), _number(parameter, f"parameter of {family}"))
    raise DataError(f"spending {stated!r} is not understood; write {' or '.join(FAMILIES[:2])}, or {{rho: 3}}")


def open_choices(stated: Mapping[str, Any], effects: Effects) -> Open:
    """The values to try: the stated one where there is one, the usual ones and the trials' own where there is none.

    Parameters
    ----------
    stated : keys of ``KEYS``; ``power`` 0.8, ``relative_reduction`` 0.2 (an effect of 0.8), ``control_risk`` and ``sd`` a number or
        ``trials``, ``heterogeneity`` one of ``none``, ``D2``, ``I2`` (the trials' own) or ``{D2: 0.5}``
    effects : the trials

    Raises
    ------
    DataError
        for a key or value that is not understood, and where neither the paper nor the trials say what is needed.
    """
    unknown = sorted(set(stated) - set(KEYS))
    if unknown:
        raise DataError(f"{', '.join(unknown)}: not known here; known are {', '.join(KEYS)}")
    measure = effects.measure.code
    return Open(
        measure,
        effects=_effects(stated, measure),
        control_risks=_from(stated, "control_risk", control_risks, effects)
        if measure in RISK_MEASURES
        else (math.nan,),
        sds=_from(stated, "sd", standard_deviations, effects) if measure == "MD" else (math.nan,),
        alphas=_one(stated, "alpha") or USUAL_ALPHA,
        betas=tuple(round(1 - p, 12) for p in _one(stated, "power") or USUAL_POWER),
        sides=(int(_number(stated.get("sides", 2), "sides")),),
        adjustments=_adjustments(stated),
        variances=(str(stated.get("variance", "pooled")),),
    )


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise DataError(f"{name} {value!r} is not a number")
    return float(value)


def _one(stated: Mapping[str, Any], key: str) -> tuple[float, ...]:
    return (_number(stated[key], key),) if key in stated else ()


def _effects(stated: Mapping[str, Any], measure: str) -> tuple[float, ...]:
    if "effect" in stated:
        return _one(stated, "effect")
    if "relative_reduction" in stated:
        if measure not in ("RR", "OR"):
            raise DataError(f"a relative reduction is of a risk or odds ratio, not of {measure}; write effect")
        return (1 - _number(stated["relative_reduction"], "relative_reduction"),)
    if measure in ("RR", "OR"):
        return tuple(1 - r for r in USUAL_REDUCTIONS)
    raise DataError(f"the paper names no smallest relevant effect, and there is no usual one of {measure}")


def _from(stated: Mapping[str, Any], key: str, of_trials: Any, effects: Effects) -> tuple[float, ...]:
    if stated.get(key, FROM_TRIALS) != FROM_TRIALS:
        return _one(stated, key)
    return tuple(of_trials(effects).values())


def _adjustments(stated: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    if "heterogeneity" not in stated:
        own = tuple((name, math.nan) for name in ("D2", "I2", "none"))
        return own + tuple(("D2", share) for share in USUAL_SHARES)
    said = stated["heterogeneity"]
    if isinstance(said, str) and said in ADJUSTMENTS:
        return ((said, math.nan),)
    if isinstance(said, Mapping) and len(said) == 1:
        ((name, share),) = said.items()
        if name in ADJUSTMENTS[1:]:
            return ((str(name), _number(share, str(name))),)
    raise DataError(f"heterogeneity {said!r} is not understood; write none, D2, I2 or {{D2: 0.5}}")
