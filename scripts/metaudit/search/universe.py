"""Every specification of the declared space that agrees with what is held fixed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np

from metaudit.effects.compute import default_zero_cells
from metaudit.effects.zero_cells import Floats, zero_cells_from
from metaudit.measures import measure_of
from metaudit.search.plan import Plan, plan_of
from metaudit.space import Space, Value, load
from metaudit.specs import PETO_ZERO, Spec

_COUNTED = ("counts", "rates", "proportion")
_MH_CENTRED = ("RR", "OR", "RD")
# What is only read off a fit, and the quantities that depend on it.
_READINGS = {"pi": {"pi_low", "pi_high"}, "i2": {"i2"}}


@dataclass(frozen=True, eq=False)
class Universe:
    """Specifications, the likeliest first, with the product of the weights of their values, which adds up to 1.

    ``like`` is the universe that these specifications begin with, where they are its and a few more.
    """

    specs: tuple[Spec, ...]
    prior: Floats
    like: Universe | None = None

    @cached_property
    def plan(self) -> Plan:
        """What the specifications share, for arrays."""
        return plan_of(self.specs, like=None if self.like is None else self.like.plan)

    def with_more(self, specs: Iterable[Spec]) -> Universe:
        """The same with more specifications at the end, each as unlikely as the least likely; the last are remembered."""
        more = tuple(dict.fromkeys(s for s in specs if s not in self.plan.place))
        return _extended(self, more) if more else self


@lru_cache(maxsize=64)
def _extended(found: Universe, more: tuple[Spec, ...]) -> Universe:
    prior = np.concatenate([found.prior, np.full(len(more), found.prior.min())])
    prior.flags.writeable = False
    return Universe((*found.specs, *more), prior, found)


def universe(
    measures: Sequence[str],
    *,
    any_zero: bool,
    k: int,
    level: float = 0.95,
    fixed: Mapping[str, Any] | None = None,
    asked: Collection[str] | None = None,
    space: Space | None = None,
) -> Universe:
    """All specifications that a search over the whole space goes through.

    Parameters
    ----------
    measures : effect measures, all of one kind of data
    any_zero : whether a study has a zero cell; without one, rules and corrections for it cannot matter
    k : number of studies; a single one has no model
    level : the level that stands for the usual 95 % when the run is configured for another
    fixed : keys of review.yaml's ``method`` that hold; everything else varies
    asked : quantities that are claimed: where none is a prediction limit (an I2), its definition is not varied; None
        varies everything
    space : the declared space; by default data/specs.yaml

    Returns
    -------
    Universe
        in a fixed order: by prior, then by the order of specifications. What is fitted one at a time (mixed models of
        two groups; Kenward-Roger, profile-likelihood, permutation and bootstrap intervals) is only in when ``fixed`` names it.
    """
    declared, held = space or load(), dict(fixed or {})
    if asked is not None:
        held = {**{n: declared.codes(n)[0] for n, of in _READINGS.items() if not of & set(asked)}, **held}
    if space is None:
        return _shipped(tuple(measures), any_zero, min(k, 2), level, json.dumps(held, sort_keys=True, default=str))
    return _made(measures, declared, held, any_zero=any_zero, k=k, level=level)


@lru_cache(maxsize=64)
def _shipped(measures: tuple[str, ...], any_zero: bool, k: int, level: float, held: str) -> Universe:
    """Of the shipped space; the analyses of a corpus ask for the same few universes again and again."""
    return _made(measures, load(), json.loads(held), any_zero=any_zero, k=k, level=level)


def _made(
    measures: Sequence[str], space: Space, held: Mapping[str, Any], *, any_zero: bool, k: int, level: float
) -> Universe:
    found: dict[Spec, float] = {}
    for measure in measures:
        for spec, prior in _of_measure(measure, space, held, any_zero=any_zero, k=k, level=level):
            found[spec] = max(prior, found.get(spec, 0.0))
    order = sorted(found, key=lambda s: (-found[s], s))
    shares = np.array([found[s] for s in order])
    shares = shares / shares.sum() if shares.size else shares
    shares.flags.writeable = False  # shared by everybody who asks for this universe
    return Universe(tuple(order), shares)


def _of_measure(
    measure: str, space: Space, held: Mapping[str, Any], *, any_zero: bool, k: int, level: float
) -> Iterator[tuple[Spec, float]]:
    kind = measure_of(measure).kind
    share = space.weight("measure", measure, of=kind)
    variances = _held(held, "variance") or _variances(space, measure, any_zero=any_zero)
    zeros = _zero_rules(space, measure, held, any_zero=any_zero and kind in _COUNTED, k=k)
    levels = _held(held, "level") or _levels(space, level)
    for variance, zero, at in product(variances, zeros, levels):
        base = share * variance.weight * zero.weight * at.weight
        common = {"variance": variance.code, "zero_cells": zero.code, "level": float(at.code)}
        for choices, weight in _models(space, measure, held, any_zero=any_zero, k=k):
            if _goes_with(choices, zero.code, first=zero is zeros[0]):
                yield Spec(measure, **{**common, **choices}), base * weight  # type: ignore[arg-type]


def _goes_with(choices: Mapping[str, str], zero: str, *, first: bool) -> bool:
    """Whether a zero-cell rule matters to a model and is defined for it.

    Mantel-Haenszel and Peto pool the counts as they are, so one rule stands for all, and for the studies' own effects under
    Peto's method the two that programs have (``specs.completions``); where they correct them, something must be added, the same
    to both arms. Mixed models pool the counts as they are, too.
    """
    corrects = choices.get("counts") == "corrected" or choices.get("q") == "mantel-haenszel-corrected"
    if corrects:
        return not zero.startswith(("none", "tacc"))
    if choices["model"] == "peto":
        return first or zero in PETO_ZERO
    return first or choices["model"] not in ("mantel-haenszel", "glmm")


def _held(held: Mapping[str, Any], name: str) -> tuple[Value, ...]:
    """A value that is held fixed, as the only one of its dimension."""
    return (Value(str(held[name]), 1.0, True, (), "stated"),) if name in held else ()


def _choices(space: Space, held: Mapping[str, Any], name: str, *, of: str = "") -> tuple[Value, ...]:
    return _held(held, name) or _shares(space.values(name, of=of))


def _shares(values: Sequence[Value]) -> tuple[Value, ...]:
    total = sum(v.weight for v in values)
    return tuple(Value(v.code, v.weight / total, v.usual, v.measures, v.source) for v in values)


def _variances(space: Space, measure: str, *, any_zero: bool) -> tuple[Value, ...]:
    values = space.values("variance", of=measure) or (Value("LS", 1.0, True, (), ""),)
    if measure_of(measure).kind in _COUNTED and not any_zero:
        values = tuple(v for v in values if v.code not in ("revman", "meta"))  # they differ in zero cells only
    return _shares(values)


def _zero_rules(space: Space, measure: str, held: Mapping[str, Any], *, any_zero: bool, k: int) -> tuple[Value, ...]:
    if "zero_cells" in held:
        return (Value(str(zero_cells_from(held["zero_cells"])), 1.0, True, (), "stated"),)
    default = str(default_zero_cells(measure))
    if not any_zero:
        return _without_zero_cells(space, measure, default, k=k)
    single = measure_of(measure).kind == "proportion"
    # One group has no treatment arm, and no study is left out for having no event.
    two_arms = [v for v in space.values("zero_cells", of=measure) if v.code.startswith("tacc") or "+drop" in v.code]
    values = [v for v in space.values("zero_cells", of=measure) if not (single and v in two_arms)]
    if default not in [v.code for v in values]:
        values.append(Value(default, max(v.weight for v in values), True, (), "the default of the measure"))
    return _shares(values)


def _without_zero_cells(space: Space, measure: str, default: str, *, k: int) -> tuple[Value, ...]:
    """Without a zero cell all rules are one, but those that add to all studies, which move every result.

    The one has the weights of all that it stands for. A single study is corrected for a zero of its own only.
    """
    if measure_of(measure).kind not in _COUNTED or k == 1:
        return (Value(default, 1.0, True, (), ""),)
    values = space.values("zero_cells", of=measure)
    moving = [v for v in values if v.code.endswith("@all") and v.code != default]
    weight = sum(v.weight for v in values if v not in moving)
    return _shares([Value(default, weight or 1.0, True, (), "every rule for zero cells"), *moving])


def _levels(space: Space, level: float) -> tuple[Value, ...]:
    """The declared levels, the configured one in place of the usual one."""
    values = [Value(format(level, "g"), v.weight, True, (), v.source) if v.usual else v for v in space.values("level")]
    return _shares(list({v.code: v for v in reversed(values)}.values())[::-1])


def _models(
    space: Space, measure: str, held: Mapping[str, Any], *, any_zero: bool, k: int
) -> Iterator[tuple[dict[str, str], float]]:
    """Every model with what belongs to it, and its weight."""
    cis = _choices(space, held, "ci")
    if k == 1:
        yield {"model": "common", "ci": "wald"}, 1.0
        return
    for model in _choices(space, held, "model", of=measure):
        if model.code == "random" or model.code == "user-weights":
            yield from _random(space, measure, held, model=model, cis=cis)
        elif model.code == "common":
            for ci in cis:
                yield {"model": "common", "ci": ci.code}, model.weight * ci.weight
        elif model.code == "glmm":
            if "model" in held or measure_of(measure).kind == "proportion":
                for kind in _choices(space, held, "glmm", of=measure):
                    inner = kind.code if measure in ("OR", "IRR") else ""
                    yield {"model": "glmm", "glmm": inner, "ci": "wald"}, model.weight * kind.weight
        else:
            yield from _of_counts(space, measure, held, model=model, any_zero=any_zero)


def _random(
    space: Space, measure: str, held: Mapping[str, Any], *, model: Value, cis: Sequence[Value]
) -> Iterator[tuple[dict[str, str], float]]:
    rest = {k: str(held[k]) for k in ("tau2_ci", "stopping") if k in held}
    i2s, pis = _choices(space, held, "i2"), _choices(space, held, "pi")
    for tau2 in _choices(space, held, "tau2"):
        centres = _choices(space, held, "q")
        if tau2.code != "DL" or measure not in _MH_CENTRED or model.code != "random":
            centres = tuple(c for c in centres if c.code == "inverse-variance")
        for q, ci, i2, pi in product(centres, cis, i2s, pis):
            choices = {
                "model": model.code, "tau2": tau2.code, "q": q.code, "ci": ci.code, "i2": i2.code, "pi": pi.code, **rest,
            }  # fmt: skip
            yield choices, model.weight * tau2.weight * q.weight * ci.weight * i2.weight * pi.weight


def _of_counts(
    space: Space, measure: str, held: Mapping[str, Any], *, model: Value, any_zero: bool
) -> Iterator[tuple[dict[str, str], float]]:
    counts = _choices(space, held, "counts")
    if not any_zero:
        counts = tuple(c for c in counts if c.code == "as-they-are") or counts[:1]
    variances = _choices(space, held, "rd_variance") if (model.code, measure) == ("mantel-haenszel", "RD") else ()
    for c, v in product(counts, variances or (Value("sato", 1.0, True, (), ""),)):
        choices = {
            "model": model.code, "ci": "wald", "counts": "corrected" if c.code == "corrected" else "",
            "rd_variance": "" if v.code == "sato" else v.code,
        }  # fmt: skip
        yield choices, model.weight * c.weight * v.weight
