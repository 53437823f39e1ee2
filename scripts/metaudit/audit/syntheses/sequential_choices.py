"""What authors state of a sequential analysis, what they leave open, and what departs from it: a choice at a time.

Sources of what is usual: Thorlund et al. 2011, User manual for trial sequential analysis (TSA), chapters 2 and 4; defaults of the R
package RTSA 0.2.2. That early versions of the TSA program gave twice the size of a mean difference is said on
ctu.dk/tsa/learn_more.html.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from metaudit.audit.syntheses.sequential_settings import Axis, Choice, Setting
from metaudit.effects.compute import Effects
from metaudit.errors import DataError
from metaudit.sequential.analysis import ADJUSTMENTS, CONVENTIONS
from metaudit.sequential.futility import NON_BINDING, NONE
from metaudit.sequential.information import RISK_MEASURES, VARIANCES
from metaudit.sequential.left_open import percent
from metaudit.sequential.open_choices import control_risks, standard_deviations
from metaudit.sequential.spending import WITHOUT_PARAMETER, Spending
from metaudit.sequential.stated import (
    FROM_TRIALS,
    KEYS,
    USUAL_ALPHA,
    USUAL_POWER,
    USUAL_REDUCTIONS,
    USUAL_SHARES,
    spending_of,
)
from metaudit.sequential_result import SIZED
from metaudit.specs import Spec

OF_TRIALS = math.nan
"""Value of a smallest relevant effect that is the pooled one: it depends on how the trials are pooled."""
OF_Z, USUAL_Z = "z", "by the usual standard error"
_ADJUSTED = {"none": "none", "D2": "D²", "I2": "I²"}
_ALPHAS, _POWERS = (*USUAL_ALPHA, 0.1, 0.025), (*USUAL_POWER, 0.95, 0.85)


def axes_of_size(
    stated: Mapping[str, Any],
    measure: str,
    *,
    effects: Effects | None = None,
    ways: Sequence[Spec] = (),
    others: Sequence[Spec] = (),
) -> list[Axis]:
    """The choices behind the required size, and how the trials are pooled.

    Parameters
    ----------
    stated : by the keys of ``stated.KEYS``
    measure : of the effect
    effects : the trials under the first way; None where there are none, and everything must be stated
    ways, others : ways of pooling that agree with what is stated, and that do not

    Raises
    ------
    DataError
        for a key that is not known, and where neither the paper nor the trials say what is needed.
    """
    unknown = sorted(set(stated) - set(KEYS))
    if unknown:
        raise DataError(f"{', '.join(unknown)}: not known here; known are {', '.join(KEYS)}")
    axes = [Axis("pooling", tuple(map(_way, ways)), tuple(map(_way, others)))] if ways else []
    axes += [_numbers("alpha", stated.get("alpha"), _ALPHAS, USUAL_ALPHA)]
    if "required" in stated:
        size = float(stated["required"])
        axes.append(Axis("required size", (Choice(f"{size:,.0f}", size),)))
    elif measure not in SIZED:
        of = measure or "an analysis without a measure"
        raise DataError(
            f"the required information size is worked out for {', '.join(SIZED)}, not for {of}; state the size as required"
        )
    axes.append(_numbers("power", stated.get("power"), _POWERS, USUAL_POWER))
    if measure in SIZED and ("required" not in stated or "effect" in stated or "relative_reduction" in stated):
        axes += _of_outcome(stated, measure, effects)
    if "required" not in stated:
        axes.append(_heterogeneity(stated, random=not ways or ways[0].has_tau2))
        if measure == "MD":
            twice = Choice("twice the formula, as early versions of the TSA program", 2)
            axes.append(Axis("size of a mean difference", (Choice("by the formula", 1),), (twice,)))
    return axes


def axes_of_test(
    stated: Mapping[str, Any], *, dated: bool, futility: bool, ordered: bool, adjusted: bool | None = None
) -> list[Axis]:
    """The choices behind the boundaries.

    Parameters
    ----------
    stated : by the keys of ``stated.KEYS``
    dated : whether every trial has a year, so that there is another order than that of the table
    futility : whether a claim is about a futility boundary, which is tried only then where none is stated: it moves no other
    ordered : whether a claim is about stage-wise ordered inference
    adjusted : whether what is stated leaves open that z is by Hartung and Knapp, as the pooled results are; None where no model is
        pooled by that has such a z
    """
    families = [Choice(name, Spending(name)) for name in WITHOUT_PARAMETER]
    axes = [_named("spending", _spending(stated, "spending"), families)]
    axes.append(_of_futility(stated, families, asked=futility))
    conventions = [Choice(f"of {name.upper()}", name) for name in CONVENTIONS]
    said = stated.get("convention")
    axes.append(_named("convention", Choice(f"of {str(said).upper()}", str(said)) if said else None, conventions))
    if dated:
        axes.append(Axis("order", (Choice("by year", True),), (Choice("of the table", False),)))
    if ordered:
        wrong = Choice("from the boundary instead of z, as RTSA 0.2.2 where the lower one is crossed", True)
        axes.append(Axis("stage-wise inference", (Choice("from z", False),), (wrong,)))
    if adjusted is not None:
        usual, other = Choice(USUAL_Z, False), Choice("by the Hartung-Knapp standard error, as RTSA", True)
        axes.append(Axis(OF_Z, (usual, other)) if adjusted else Axis(OF_Z, (usual,), (other,)))
    return axes


def with_z_departing(setting: Setting) -> Setting:
    """The same choices of the boundaries; z by Hartung and Knapp departs from the TSA program, also where both are left open.

    By that program z is the estimate over its usual standard error (Thorlund et al. 2011, chapter 2).
    """
    z = setting.chosen.get(OF_Z)
    words = f"{OF_Z} {z.words}" if z is not None else ""
    if z is None or not z.value or setting.value("convention") != "tsa" or words in setting.departures:
        return setting
    return replace(setting, departures=(*setting.departures, words))


def _way(spec: Spec) -> Choice:
    words = f"{spec.model} {spec.tau2}".strip()
    if spec.variance != "LS":
        words += f", variance {spec.variance}"
    if spec.measure in RISK_MEASURES and spec.zero_cells != "0.5@only-zero":
        words += f", zero cells {spec.zero_cells}"
    return Choice(words, spec)


def _named(name: str, said: Choice | None, usual: Sequence[Choice]) -> Axis:
    """An axis of choices that are the same when their values are."""
    if said is None:
        return Axis(name, tuple(usual))
    return Axis(name, (said,), tuple(c for c in usual if c.value != said.value))


def _numbers(name: str, said: Any, all_: Sequence[float], usual: Sequence[float]) -> Axis:
    chosen = None if said is None else Choice(percent(float(said)), float(said))
    found = _named(name, chosen, [Choice(percent(v), v) for v in (usual if said is None else all_)])
    left = tuple(Choice(percent(v), v) for v in all_ if v not in usual)
    return found if said is not None else Axis(name, found.stated, left)


def _of_outcome(stated: Mapping[str, Any], measure: str, effects: Effects | None) -> Iterator[Axis]:
    """Smallest relevant effect, and what is known of the outcome."""
    yield _effect(stated, measure, trials=effects is not None)
    if measure == "MD":
        own = None if effects is None else partial(standard_deviations, effects)
        yield _of_table(stated.get("sd", FROM_TRIALS), "SD", own, lambda v: f"{v:.4g}")
        return
    own = None if effects is None else partial(control_risks, effects)
    yield _of_table(stated.get("control_risk", FROM_TRIALS), "control risk", own, percent)
    said = stated.get("variance")
    yield _named(
        "variance of the outcome", Choice(str(said), str(said)) if said else None, [Choice(v, v) for v in VARIANCES]
    )


def _effect(stated: Mapping[str, Any], measure: str, *, trials: bool) -> Axis:
    pooled = (Choice("that of the trials", OF_TRIALS),) if trials else ()
    usual = [Choice(f"{1 - r:g}", round(1 - r, 12)) for r in USUAL_REDUCTIONS] if measure in ("RR", "OR") else []
    usual = [Choice(f"{measure} {c.words}", c.value) for c in usual]
    if stated.get("effect") == FROM_TRIALS:
        if not pooled:
            raise DataError("the smallest relevant effect is said to be that of the trials, which are not at hand")
        return Axis("smallest effect", pooled, tuple(usual))
    if "relative_reduction" in stated and measure not in ("RR", "OR"):
        raise DataError(f"a relative reduction is of a risk or odds ratio, not of {measure}; write effect")
    if "effect" in stated or "relative_reduction" in stated:
        effect = stated.get("effect")
        value = float(effect) if effect is not None else round(1 - float(stated["relative_reduction"]), 12)
        rest = (*(c for c in usual if c.value != value), *pooled)
        return Axis("smallest effect", (Choice(f"{measure} {value:g}", value),), rest)
    if not usual and not pooled:
        raise DataError(f"the paper names no smallest relevant effect, and there is no usual one of {measure}")
    return Axis("smallest effect", (*usual, *pooled))


def _of_table(
    said: Any, name: str, of_trials: Callable[[], Mapping[str, float]] | None, words: Callable[[float], str]
) -> Axis:
    """A number as stated, with the trials' own as other values; the trials' own where nothing is stated."""
    try:
        found = of_trials().items() if of_trials else ()
    except DataError:
        if said == FROM_TRIALS:
            raise
        found = ()
    own = tuple(Choice(f"{words(v)} ({way})", v, way) for way, v in found)
    if said != FROM_TRIALS:
        own = tuple(c for c in own if not math.isclose(c.value, float(said), rel_tol=1e-9))
        return Axis(name, (Choice(words(float(said)), float(said)),), own)
    if not own:
        raise DataError(f"the {name} is neither stated nor to be had from trials")
    return Axis(name, own)


def _heterogeneity(stated: Mapping[str, Any], *, random: bool) -> Axis:
    """Pairs of ``Plan.adjustment`` and share."""
    own = [Choice("none" if a == "none" else f"{_ADJUSTED[a]} of the trials", (a, math.nan)) for a in ADJUSTMENTS]
    by_name = dict(zip(ADJUSTMENTS, own, strict=True))
    given = [Choice(f"D² {percent(s)}", ("D2", s)) for s in USUAL_SHARES]
    order = ("D2", "I2", "none") if random else ("none", "D2", "I2")
    usual = [by_name[a] for a in order]
    said = stated.get("heterogeneity")
    if said is None:
        return Axis("heterogeneity", (*usual, *given))
    if isinstance(said, str) and said in by_name:
        return Axis("heterogeneity", (by_name[said],), (*(c for c in usual if c is not by_name[said]), *given))
    if isinstance(said, Mapping) and len(said) == 1:
        ((name, share),) = said.items()
        if name in ADJUSTMENTS[1:] and 0 <= float(share) < 1:
            this = Choice(f"{_ADJUSTED[name]} {percent(float(share))}", (str(name), float(share)))
            return Axis("heterogeneity", (this,), (*usual, *(c for c in given if c.value[1] != float(share))))
    raise DataError(f"heterogeneity {said!r} is not understood; write none, D2, I2 or {{D2: 0.5}}")


def _spending(stated: Mapping[str, Any], key: str) -> Choice | None:
    if key not in stated:
        return None
    found = spending_of(stated[key])
    return Choice(str(found), found)


def _of_futility(stated: Mapping[str, Any], families: Sequence[Choice], *, asked: bool) -> Axis:
    """Pairs of ``Plan.futility`` and the spending of beta."""
    none = Choice("none", (NONE, None))
    said = stated.get("futility")
    beta = _spending(stated, "beta_spending")
    wedges = [
        Choice(f"{NON_BINDING}, beta by {c.words}", (NON_BINDING, c.value)) for c in ([beta] if beta else families)
    ]
    if said == NON_BINDING:
        return Axis("futility", tuple(wedges))
    if said == NONE:
        return Axis("futility", (none,), tuple(wedges) if asked else ())
    return Axis("futility", (none, *wedges) if asked else (none,))
