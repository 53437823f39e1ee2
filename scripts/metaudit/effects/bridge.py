"""Effects of studies that lack the measure's own numbers: as reported, from a test statistic, or from another kind of effect.

A mean difference, risk ratio or odds ratio that is reported with its interval or standard error, or a crossover's difference; a standardised mean
difference from d, g, t, F, P, a correlation or an odds ratio; a correlation from its t, from Fisher's z, or from d.
Formulas and sources in ``between``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from metaudit.effects import between
from metaudit.effects.convert import Converted
from metaudit.effects.generic import generic_effect
from metaudit.effects.means import cohen_d, hedges_j
from metaudit.effects.routes import Route

AS_REPORTED = {"MD": ("",), "RR": ("",), "OR": ("", "or", "log-or")}
"""Measures whose studies may report the effect itself, by the kinds of effect that then are the measure's own."""
BRIDGED = ("SMD", "COR", "UCOR", "ZCOR", *AS_REPORTED)
_RATIOS = ("or", "log-or")


@dataclass(frozen=True)
class Bridge:
    """What stands in for a study's own numbers.

    Attributes
    ----------
    core : Cohen's d, or the correlation, from which the measure's own formula goes on; NaN where it cannot
    yi, vi : effect and variance where they are converted as they are
    route : in words
    name : the way in a word or two, the same for every study
    """

    core: float = math.nan
    yi: float = math.nan
    vi: float = math.nan
    route: str = ""
    name: str = ""


def bridge(study: Converted, code: str) -> Bridge | None:
    """The preferred way for one study; None when nothing is reported that leads to the measure.

    A way that is blocked (F or P without a direction) gives a Bridge of NaN with the reason as its route.
    """
    found = list(ways(study, code))
    usable = next((b for b in found if not math.isnan(b.core) or not math.isnan(b.vi)), None)
    return usable or (found[0] if found else None)


def ways(study: Converted, code: str) -> Iterator[Bridge]:
    """Every way, the preferred one first."""
    if code == "SMD":
        yield from _ways_to_d(study)
    elif code in AS_REPORTED:
        yield from _as_reported(study, code)
    elif code in BRIDGED:
        yield from _ways_to_r(study, code)


def _as_reported(study: Converted, code: str) -> Iterator[Bridge]:
    """The effect that a row reports in place of its groups' numbers, where it is of the measure's kind."""
    if code == "MD":
        yield from _paired_difference(study)
    kind = study.row.text("effect_type")
    if math.isnan(study.get("effect")) or kind not in AS_REPORTED[code]:
        return
    yi, vi, words = generic_effect(study, log=code != "MD" and kind != "log-or")
    yield Bridge(yi=yi, vi=vi, route=f"the effect as reported: {words}")


def _paired_difference(study: Converted) -> Iterator[Bridge]:
    """A crossover's mean difference with the SD of the differences, which needs no group's own SD (Cochrane Handbook 23.2.7.1)."""
    n, sd = study.get("n_pairs"), study.get("sd_change")
    means, reported = study.get("mean_t") - study.get("mean_c"), study.get("effect")
    difference = means if not math.isnan(means) or study.row.text("effect_type") else reported
    if n >= 2 and sd > 0 and not math.isnan(difference):
        route = f"{difference:g} within {n:g} pairs: variance = sd_change² / n_pairs = {sd:.6g}² / {n:g}"
        yield Bridge(yi=difference, vi=sd**2 / n, route=route)


def _number(study: Converted, name: str) -> float:
    return study.given.get(name, math.nan)


def _exact_p(study: Converted) -> float:
    printed = study.row.numbers.get("p")
    return _number(study, "p") if printed is not None and printed.relation == "=" else math.nan


def _direction(study: Converted) -> float:
    """1 or -1 as the reported means or the reported effect say; NaN where neither does."""
    difference = study.get("mean_t") - study.get("mean_c")
    value = difference if not math.isnan(difference) else study.get("effect")
    return math.copysign(1.0, value) if not math.isnan(value) and value != 0 else math.nan


def _ways_to_d(study: Converted) -> Iterator[Bridge]:
    n_t, n_c, effect = study.get("n_t"), study.get("n_c"), study.get("effect")
    kind = study.row.text("effect_type")
    sized = n_t > 0 and n_c > 0 and n_t + n_c > 2
    if kind in ("d", "g") and not math.isnan(effect):
        if sized and kind == "d":
            yield Bridge(effect, route=f"d = {effect:g} as reported", name="d as reported")
        elif sized:
            d = effect / float(hedges_j(np.array(n_t + n_c - 2)))
            yield Bridge(d, route=f"d = {d:.6g}: g = {effect:g} / J", name="g")
        elif not math.isnan(variance := generic_effect(study, log=False)[1]):
            yield Bridge(yi=effect, vi=variance, route=f"{kind} = {effect:g} with its own variance, as reported")
    if sized and kind not in ("r", "z", *_RATIOS):
        yield from _d_of_tests(study, n_t, n_c)
    yield from _d_of_other_effects(study, kind)


def _d_of_tests(study: Converted, n_t: float, n_c: float) -> Iterator[Bridge]:
    direction, df = _direction(study), n_t + n_c - 2
    t, F, p = _number(study, "t"), _number(study, "f"), _exact_p(study)
    if not math.isnan(t):
        signed = math.copysign(t, direction) if not math.isnan(direction) else t
        d = between.d_of_t(signed, n_t, n_c)
        yield Bridge(d, route=f"d = {d:.6g}: t {signed:g} × √(1/{n_t:g} + 1/{n_c:g})", name="t")
    for name, size, words in (
        ("F", math.sqrt(F) if F >= 0 else math.nan, f"√F {F:g} (one degree of freedom)"),
        ("P", between.t_of_p(p, df), f"t of P = {p:g} with {df:g} df"),
    ):
        if math.isnan(size):
            continue
        if math.isnan(direction):
            yield Bridge(route=f"{name} gives no direction; report the effect or the two means beside it")
            continue
        d = between.d_of_t(direction * size, n_t, n_c)
        route = f"d = {d:.6g}: {words} × √(1/{n_t:g} + 1/{n_c:g}), direction from the reported effect"
        yield Bridge(d, route=route, name=name)


def _d_of_other_effects(study: Converted, kind: str) -> Iterator[Bridge]:
    if kind in ("r", "z"):
        r, variance, words = _reported_r(study, kind)
        d, v = between.d_of_r(r, variance)
        n = study.get("n") if study.get("n") > 0 else study.get("n_t") + study.get("n_c")
        yield _corrected(d, v, n, f"d = {d:.6g}: 2r/√(1 - r²) of {words}")
    if kind in _RATIOS:
        log_odds, variance, words = generic_effect(study, log=kind == "or")
        d, v = between.d_of_log_odds(log_odds, variance)
        n = study.get("n_t") + study.get("n_c")
        yield _corrected(d, v, n, f"d = {d:.6g}: log odds ratio {log_odds:.6g} × √3/π ({words})")


def _corrected(d: float, v: float, n: float, words: str) -> Bridge:
    """Converted d as g where the number of people is known (Borenstein et al. 2009, ch. 7: the rest of d's arithmetic)."""
    if math.isnan(v):
        return Bridge(route=f"{words}: its variance is not reported")
    if not n > 3:
        return Bridge(yi=d, vi=v, route=f"{words}; not corrected for small samples, n is not reported")
    j = float(hedges_j(np.array(n - 2)))
    return Bridge(yi=j * d, vi=j**2 * v, route=f"{words}; times J")


def _reported_r(study: Converted, kind: str) -> tuple[float, float, str]:
    """Correlation with its variance, from an effect that is r or Fisher's z."""
    effect, variance, words = study.get("effect"), math.nan, f"{kind} = {study.get('effect'):g}"
    if not math.isnan(effect):
        _, variance, _ = generic_effect(study, log=False)
    return (effect, variance, words) if kind == "r" else (*between.r_of_z(effect, variance), words)


def _ways_to_r(study: Converted, code: str) -> Iterator[Bridge]:
    n, effect, kind = study.get("n"), study.get("effect"), study.row.text("effect_type")
    if kind in ("r", "z") and not math.isnan(effect):
        r = effect if kind == "r" else math.tanh(effect)
        if n > 0:
            yield Bridge(r, route=f"r = {r:.6g}: {kind} = {effect:g}", name="effect")
        else:
            value, variance, words = _reported_r(study, kind)
            yield _as_correlation(value, variance, code, words)
    t = _number(study, "t")
    if n > 2 and not math.isnan(t):
        r = between.r_of_t(t, n)
        yield Bridge(r, route=f"r = {r:.6g}: t {t:g} / √(t² + {n:g} - 2)", name="t")
    if kind in ("d", "g") and not math.isnan(effect):
        _, variance, words = generic_effect(study, log=False)
        r, v = between.r_of_d(effect, variance, n_t=study.get("n_t"), n_c=study.get("n_c"))
        yield _as_correlation(r, v, code, f"{kind} = {effect:g} / √({kind}² + a) ({words})")


def _as_correlation(r: float, variance: float, code: str, words: str) -> Bridge:
    if math.isnan(variance):
        return Bridge(route=f"r from {words}: its variance is not reported")
    yi, vi = between.z_of_r(r, variance) if code == "ZCOR" else (r, variance)
    return Bridge(yi=yi, vi=vi, route=f"r = {r:.6g} from {words}")


def core_routes(study: Converted, measures: Collection[str]) -> Iterator[tuple[str, list[Route], Route]]:
    """Routes to Cohen's d and to the correlation, beside the means or the correlation that a row reports.

    Parameters
    ----------
    study : the row
    measures : codes of the measures it is used for

    Yields
    ------
    The number's name, its routes in order of preference, and the one that is taken.
    """
    for code, number in (("SMD", "d"), ("ZCOR", "r")):
        if not {"d": {"SMD"}, "r": {"COR", "UCOR", "ZCOR"}}[number] & set(measures):
            continue
        other = [Route(b.name, b.core, b.route) for b in ways(study, code) if not math.isnan(b.core)]
        own = _own_d(study) if number == "d" else study.get("r")
        found = [Route("as reported" if number == "r" else "means and SDs", own, "")] if not math.isnan(own) else []
        if other:
            yield number, [*found, *other], (found or other)[0]


def _own_d(study: Converted) -> float:
    numbers = [np.array(study.get(n)) for n in ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")]
    m1, s1, n1, m2, s2, n2 = numbers
    return float(cohen_d(m1, s1, n1, m2, s2, n2))
