"""Where a specification goes against what a paper states of its method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import zero_cells_from
from metaudit.measures import measure_of
from metaudit.search.match import Matched
from metaudit.search.plan import Plan
from metaudit.specs import WITH_TAU2, Spec

# Variants that differ from the large-sample variance in tables with a zero cell only.
_OF_ZERO_CELLS = ("revman", "meta")
_OF_TAU2 = ("tau2", "i2", "pi", "q")
# The fields that ``without_zero_cells`` looks at.
_OF_ZERO_RULES = ("measure", "zero_cells", "variance", "counts", "model")
_STATED = (
    "measure",
    "zero_cells",
    "variance",
    "model",
    "tau2",
    "ci",
    "i2",
    "pi",
    "level",
    "glmm",
    "q",
    "counts",
    "rd_variance",
)


def adds_to_all(spec: Spec) -> bool:
    """Whether a specification adds to the cells of every study, which moves results without a zero cell, too."""
    counted = measure_of(spec.measure).kind in ("counts", "rates", "proportion")
    return counted and spec.zero_cells.partition("@")[2].partition("+")[0] == "all"


def without_zero_cells(spec: Spec) -> Spec:
    """A specification with one value for every rule that cannot matter where no study has a zero cell.

    0.5 added to all studies still counts: it moves every result.
    """
    kind = measure_of(spec.measure).kind
    if kind not in ("counts", "rates", "proportion"):
        return spec
    everywhere = adds_to_all(spec)
    zero = spec.zero_cells.partition("+")[0] if everywhere else "none"
    variance = "LS" if spec.variance in _OF_ZERO_CELLS and kind == "counts" else spec.variance
    return replace(spec, zero_cells=zero, variance=variance, counts=spec.counts if everywhere else "")


def violates(spec: Spec, stated: Mapping[str, Any], *, any_zero: bool = True) -> tuple[str, ...]:
    """Dimensions in which a specification goes against what a paper states; what it does not state cannot be violated.

    A model without tau2 departs in the model only, not in what belongs to a tau2. "Common effect" leaves open how counts
    are pooled unless Q's mean is stated, as in ``specs.completions``. A key that leaves several values open holds them as a tuple.

    Parameters
    ----------
    any_zero : whether a study has a zero cell; without one, rules for them depart only where they move results
    """
    if not any_zero:
        spec, stated = without_zero_cells(spec), _stated_without(stated, spec.measure)
    of_tau2 = () if spec.has_tau2 else _OF_TAU2
    asked = [n for n in _STATED if n in stated and n not in of_tau2]
    if _leaves_pooling_open(stated) and spec.model in ("mantel-haenszel", "peto"):
        asked.remove("model")
    return tuple(n for n in asked if _differs(n, getattr(spec, n), stated[n]))


def _leaves_pooling_open(stated: Mapping[str, Any]) -> bool:
    """Whether "common effect" is all that is said of how counts are pooled."""
    return stated.get("model") == "common" and stated.get("q") != "inverse-variance"


def departing(matched: Matched, stated: Mapping[str, Any], *, any_zero: bool) -> Any:
    """In how many dimensions each specification goes against what is stated (:func:`violates`), shape ``(s,)``."""
    if matched.plan is None:
        return np.array([len(violates(s, stated, any_zero=any_zero)) for s in matched.specs], dtype=np.int64)
    plan, number, bare = matched.plan, np.zeros(len(matched.specs), dtype=np.int64), not any_zero
    measures, of = _choice(plan, "measure", bare=bare)
    models, of_model = _choice(plan, "model", bare=bare)
    counted = np.array([m in ("mantel-haenszel", "peto") for m in models], dtype=bool)[of_model]
    with_tau2 = np.array([m in WITH_TAU2 for m in models], dtype=bool)[of_model]
    for i, measure in enumerate(measures):
        said = _stated_without(stated, measure) if bare else stated
        for name in [n for n in _STATED if n in said]:
            values, at = _choice(plan, name, bare=bare)
            departs = np.array([_differs(name, v, said[name]) for v in values], dtype=bool)[at] & (of == i)
            if name in _OF_TAU2:
                departs &= with_tau2
            if name == "model" and _leaves_pooling_open(stated):
                departs &= ~counted
            number += departs
    return number


def _choice(plan: Plan, name: str, *, bare: bool) -> tuple[list[Any], Any]:
    """The values of one choice of a plan's specifications, and which each has; ``bare`` of rules for zero cells alone."""
    key = f"{name} without zero cells" if bare else name
    if key not in plan.remembered and plan.like is not None:
        values, of = _choice(plan.like, name, bare=bare)
        number = {v: i for i, v in enumerate(values)}
        specs = (plan.specs[i] for i in plan.more)
        more = [number.setdefault(getattr(without_zero_cells(s) if bare else s, name), len(number)) for s in specs]
        plan.remembered[key] = (list(number), np.concatenate([of, np.array(more, dtype=np.int64)]))
    if key not in plan.remembered:
        fields = dict.fromkeys((name, *(_OF_ZERO_RULES if bare else ())))
        part = plan.columns.by(lambda s: getattr(without_zero_cells(s) if bare else s, name), *fields)
        first = [plan.specs[i] for i in part.first.tolist()]
        plan.remembered[key] = ([getattr(without_zero_cells(s) if bare else s, name) for s in first], part.of)
    found: tuple[list[Any], Any] = plan.remembered[key]
    return found


def _stated_without(stated: Mapping[str, Any], measure: str) -> dict[str, Any]:
    """What is stated, with one value for every rule that cannot matter without a zero cell."""
    known: dict[str, Any] = {n: stated[n] for n in ("variance", "counts") if isinstance(stated.get(n), str)}
    if known.get("counts") == "as-they-are":
        known["counts"] = ""
    if "zero_cells" in stated:
        known["zero_cells"] = str(zero_cells_from(stated["zero_cells"]))
    bare = without_zero_cells(Spec(measure, model="mantel-haenszel", ci="wald", **known))
    return {**stated, **{n: getattr(bare, n) or "as-they-are" for n in known}}


def _differs(name: str, ours: Any, stated: Any) -> bool:
    if name == "measure":
        return ours not in ((stated,) if isinstance(stated, str) else tuple(stated))
    if isinstance(stated, (tuple, list)):
        return all(_differs(name, ours, one) for one in stated)
    if name == "level":
        return abs(float(ours) - float(stated)) > 1e-9
    if name == "zero_cells":
        return str(ours) != str(zero_cells_from(stated))
    if name == "variance":
        same = {"HO": "pooled-sd"}
        return same.get(str(ours), str(ours)) != same.get(str(stated), str(stated))
    if name == "counts":
        return str(ours or "as-they-are") != str(stated)
    if name == "rd_variance":
        return str(ours or "sato") != str(stated)
    return str(ours) != str(stated)
