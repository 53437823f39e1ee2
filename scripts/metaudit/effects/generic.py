"""Ready-made effects: their sampling variance from whatever the row reports beside them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from scipy.special import ndtri

from metaudit.effects.convert import Converted, level_of
from metaudit.effects.routes import Route


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
    found = next(variance_ways(study, log=log), None)
    if found is None:
        return yi, math.nan, "neither variance, SE, CI, t, F nor P is reported beside the effect"
    return yi, found.value, f"{'log effect' if log else 'effect'}; {found.words}"


def variance_ways(study: Converted, *, log: bool) -> Iterator[Route]:
    """Sampling variance of a ready-made effect by every route that the row allows, the preferred one first.

    Parameters
    ----------
    study : a row with ``effect``, above 0 when ``log``
    log : whether the variance of its logarithm is wanted
    """
    effect = study.get("effect")
    variance, se = study.given.get("variance"), study.given.get("se")
    if variance is not None:
        yield Route("variance", variance, "variance as given")
    if se is not None:
        yield Route("SE", se**2, "variance = SE²")
    low, high = study.given.get("ci_low"), study.given.get("ci_high")
    if low is not None and high is not None and not (log and min(low, high) <= 0):
        level = level_of(study.row)
        z = float(ndtri(0.5 + level / 2))
        width = math.log(high / low) if log else high - low
        scale = " on the log scale" if log else ""
        words = f"SE = width of the {level:.0%} CI{scale} / {2 * z:.4g}"
        yield Route("CI (z)", (width / (2 * z)) ** 2, words)
    if not log:
        spread, words = _from_type(study, effect)
        if not math.isnan(spread):
            yield Route("sample size", spread**2, words)
    for name, spread, words in _from_tests(study, math.log(effect) if log else effect):
        yield Route(name, spread**2, words)


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


def _from_tests(study: Converted, yi: float) -> Iterator[tuple[str, float, str]]:
    t, f, p = (study.given.get(k) for k in ("t", "f", "p"))
    if yi == 0:
        return
    if t:
        yield "t", abs(yi / t), "SE = |effect / t|"
    if f:
        yield "F", abs(yi) / math.sqrt(f), "SE = |effect| / √F (one degree of freedom)"
    if p is not None and 0 < p < 1 and study.row.numbers["p"].relation == "=":
        yield "P (z)", abs(yi) / -float(ndtri(p / 2)), "SE = |effect| / z of the P value (normal)"


def effect_routes(study: Converted, measures: Collection[str]) -> Iterator[tuple[str, list[Route], Route]]:
    """Routes to the standard error of a row's ready-made effect, where there is more than the SE itself.

    Parameters
    ----------
    study : the row
    measures : codes of the measures it is used for

    Yields
    ------
    The number's name, its routes in order of preference, and the one that is taken.
    """
    effect = study.get("effect")
    for code, number in (("GEN", "se"), ("GEN-LOG", "se of the log")):
        if code not in measures or math.isnan(effect) or (code == "GEN-LOG" and effect <= 0):
            continue
        ways = variance_ways(study, log=code == "GEN-LOG")
        found = [Route(w.name, math.sqrt(w.value), w.words) for w in ways]
        if found and (len(found) > 1 or found[0].name not in ("variance", "SE")):
            yield number, found, found[0]
