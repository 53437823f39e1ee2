"""Ready-made effects: their sampling variance from whatever the row reports beside them."""

from __future__ import annotations

import math

from scipy.special import ndtri

from metaudit.effects.convert import Converted, level_of


def generic_effect(study: Converted, *, log: bool) -> tuple[float, float, str]:
    """Effect and variance on the analysis scale, and the route by which they came.

    Parameters
    ----------
    study : a row with ``effect`` and one of variance, se, ci, t, f, p, or an ``effect_type`` with sample sizes
    log : whether the effect is a ratio, to be analysed on the log scale; variance and SE are then taken to be
        those of the log ratio, as papers report them

    Returns
    -------
    ``(yi, vi, route)``; NaN where the row does not suffice, the route saying what is missing.
    """
    effect = study.get("effect")
    if math.isnan(effect):
        return math.nan, math.nan, "effect is not reported"
    if log and effect <= 0:
        return math.nan, math.nan, f"a ratio of {effect:g} has no logarithm"
    yi = math.log(effect) if log else effect
    of = "log effect" if log else "effect"
    variance, se = study.given.get("variance"), study.given.get("se")
    if variance is not None:
        return yi, variance, f"{of}; variance as given"
    if se is not None:
        return yi, se**2, f"{of}; variance = SE²"
    low, high = study.given.get("ci_low"), study.given.get("ci_high")
    if low is not None and high is not None and not (log and low <= 0):
        level = level_of(study.row)
        z = float(ndtri(0.5 + level / 2))
        width = math.log(high / low) if log else high - low
        return (
            yi,
            (width / (2 * z)) ** 2,
            f"{of}; SE = width of the {level:.0%} CI{' on the log scale' if log else ''} / {2 * z:.4g}",
        )
    spread, route = _from_type(study, effect) if not log else (math.nan, "")
    if math.isnan(spread):
        spread, route = _from_test(study, yi)
    if math.isnan(spread):
        return yi, math.nan, "neither variance, SE, CI, t, F nor P is reported beside the effect"
    return yi, spread**2, f"{of}; {route}"


def _from_type(study: Converted, effect: float) -> tuple[float, str]:
    kind = study.row.text("effect_type")
    n_t, n_c, n = study.get("n_t"), study.get("n_c"), study.get("n")
    if kind in ("d", "g") and n_t > 0 and n_c > 0:
        variance = 1 / n_t + 1 / n_c + effect**2 / (2 * (n_t + n_c))
        return math.sqrt(variance), f"variance = 1/n_t + 1/n_c + {kind}²/(2N) (Hedges and Olkin 1985)"
    if kind == "r" and n > 1:
        return (1 - effect**2) / math.sqrt(n - 1), "SE = (1 - r²)/√(n - 1)"
    if kind == "z" and n > 3:
        return 1 / math.sqrt(n - 3), "SE = 1/√(n - 3)"
    return math.nan, ""


def _from_test(study: Converted, yi: float) -> tuple[float, str]:
    t, f, p = (study.given.get(k) for k in ("t", "f", "p"))
    if yi == 0:
        return math.nan, ""
    if t:
        return abs(yi / t), "SE = |effect / t|"
    if f:
        return abs(yi) / math.sqrt(f), "SE = |effect| / √F (one degree of freedom)"
    if p is not None and 0 < p < 1 and study.row.numbers["p"].relation == "=":
        return abs(yi) / -float(ndtri(p / 2)), "SE = |effect| / z of the P value (normal)"
    return math.nan, ""
