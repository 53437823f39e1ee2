"""Which specifications give which of the printed numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from metaudit.effects.formulas import back_double_arcsine
from metaudit.effects.zero_cells import Floats
from metaudit.measures import measure_of
from metaudit.search.plan import Plan, by_measure
from metaudit.search.results import ByMeasure, Results
from metaudit.search.targets import Target, inside
from metaudit.specs import Spec

_EFFECTS = frozenset(("estimate", "ci_low", "ci_high", "pi_low", "pi_high"))
_STUDY = frozenset(("study_estimate", "study_ci_low", "study_ci_high", "study_se", "study_variance", "weight"))
_STUDY_EFFECTS = frozenset(("study_estimate", "study_ci_low", "study_ci_high"))


@dataclass(frozen=True)
class Matched:
    """``t`` targets against ``s`` specifications.

    Attributes
    ----------
    targets, specs : in their order
    values : our value on each target's scale, shape ``(t, s)``; NaN where it is not defined
    hits : whether it rounds to the printed number
    cuts : whether it gives it only when digits are cut
    unknown : names of targets whose quantity the arrays do not hold; they have no row
    """

    targets: tuple[Target, ...]
    specs: tuple[Spec, ...]
    values: Floats
    hits: Any
    cuts: Any
    unknown: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan | None:
        """What the specifications share, where it is known."""
        return None

    def classes(self, row: int) -> Classes:
        """The values that a target can take, and which of them each specification has."""
        return Classes(self.values[row], self.hits[row], self.cuts[row], np.arange(len(self.specs)))

    def value_of(self, row: int) -> Floats:
        """Our value of one target under every specification, shape ``(s,)``."""
        c = self.classes(row)
        return np.asarray(c.values[c.of])

    def hit_of(self, row: int) -> Any:
        """Which specifications give one target by rounding, shape ``(s,)``."""
        c = self.classes(row)
        return c.hits[c.of]

    def given_of(self, row: int) -> Any:
        """Which specifications give one target, by rounding or by cutting, shape ``(s,)``."""
        c = self.classes(row)
        return (c.hits | c.cuts)[c.of]

    @cached_property
    def finite(self) -> Any:
        """Which specifications are defined for some target, shape ``(s,)``."""
        found = np.zeros(len(self.specs), dtype=bool)
        for row in range(len(self.targets)):
            c = self.classes(row)
            found |= np.isfinite(c.values)[c.of]
        return found

    @cached_property
    def place(self) -> Mapping[Spec, int]:
        """Where each specification stands first."""
        if self.plan is not None:
            return self.plan.place
        return {s: i for i, s in reversed(list(enumerate(self.specs)))}

    @property
    def margins(self) -> Floats:
        """Signed distance of every value to the nearest end of its target's interval, shape ``(t, s)``.

        Positive inside, negative outside, on the target's scale (``Interval.distance``); NaN where a value is not defined.
        """
        low = np.array([t.window.low for t in self.targets])[:, None]
        high = np.array([t.window.high for t in self.targets])[:, None]
        return np.asarray(np.minimum(self.values - low, high - self.values))

    def row(self, name: str) -> int | None:
        """The row of a target; None when it has none."""
        return next((i for i, t in enumerate(self.targets) if t.name == name), None)


class Classes(NamedTuple):
    """The values that one target can take, shape ``(c,)``, with how they compare; and the class of each specification."""

    values: Floats
    hits: Any
    cuts: Any
    of: Any


class Classed(Matched):
    """The same, each target held once for all specifications that cannot differ in it; whole arrays are made when asked for."""

    def __init__(
        self, targets: tuple[Target, ...], results: Results, by_class: Sequence[Classes], unknown: tuple[str, ...]
    ) -> None:
        self.__dict__.update(
            targets=targets, specs=results.specs, unknown=unknown, _plan=results.plan, _classes=tuple(by_class)
        )

    @property
    def plan(self) -> Plan | None:
        """What the specifications share, where it is known."""
        plan: Plan | None = self.__dict__["_plan"]
        return plan

    def classes(self, row: int) -> Classes:
        """The values that a target can take, and which of them each specification has."""
        found: Classes = self.__dict__["_classes"][row]
        return found

    def _whole(self, name: str, kind: type) -> Any:
        each = [self.classes(row) for row in range(len(self.targets))]
        out: Any = np.empty((len(each), len(self.specs)), dtype=kind)
        for row, c in enumerate(each):
            out[row] = getattr(c, name)[c.of]
        return out

    @property
    def values(self) -> Floats:
        """Our value on each target's scale, shape ``(t, s)``."""
        return np.asarray(self._whole("values", float))

    @property
    def hits(self) -> Any:
        """Whether it rounds to the printed number."""
        return self._whole("hits", bool)

    @property
    def cuts(self) -> Any:
        """Whether it gives it only when digits are cut."""
        return self._whole("cuts", bool)


def match(targets: Sequence[Target], results: Results) -> Matched:
    """Compare every target with every specification.

    Parameters
    ----------
    targets : printed numbers of one analysis
    results : its specifications, evaluated
    """
    known: list[Target] = []
    by_class: list[Classes] = []
    for t in targets:
        found = target_classes(t, results)
        if found is None:
            continue
        values, of = found
        rounds = inside(values, t.window)
        cuts = inside(values, t.cut) & ~rounds if t.cut is not None else np.zeros(values.size, dtype=bool)
        known.append(t)
        by_class.append(Classes(values, rounds, cuts, of))
    unknown = tuple(t.name for t in targets if t not in known)
    return Classed(tuple(known), results, by_class, unknown)


def target_values(target: Target, results: Results) -> Floats | None:
    """Our value of one target under every specification, on its scale; None when the arrays do not hold it."""
    found = target_classes(target, results)
    return None if found is None else found[0][found[1]]


def target_classes(target: Target, results: Results) -> tuple[Floats, Any] | None:
    """The values that a target can take, on its scale, and which of them each specification has; None as above.

    Returns
    -------
    Values of shape ``(c,)`` and classes of shape ``(s,)``. Specifications of one class cannot differ in the target.
    """
    if target.quantity in _STUDY:
        return _of_study(target, results)
    if target.quantity in ("subgroup_q", "subgroup_p") and not target.subject:
        found = results.subgroup_q if target.quantity == "subgroup_q" else results.subgroup_p
        return (found, np.arange(found.size)) if np.isfinite(found).any() else None
    part = results
    if target.subject:
        if target.subject not in results.groups:
            return None
        part = results.groups[target.subject]
    name = "tau2" if target.quantity == "tau" else target.quantity
    if name not in part.values:
        return None
    values, of = part.classes(name)
    if target.quantity == "tau":
        return np.sqrt(values), of
    if target.unsigned:
        return np.abs(values), of
    if target.natural and name in _EFFECTS:
        measures, sizes = part.of_classes(name)
        return _naturally(values, measures, sizes), of
    return values, of


def to_natural(values: Floats, results: Results) -> Floats:
    """Values of the analysis scale on the natural scale, each by the measure of its specification; shape ``(s,)``."""
    return _naturally(values, by_measure([s.measure for s in results.specs]), results.typical_n)


def _naturally(values: Floats, measures: ByMeasure, sizes: Floats) -> Floats:
    out = np.array(values, dtype=float)
    for code, at in measures:
        out[at] = back(out[at], code, sizes[at])
    return out


def back(x: Floats, code: str, typical_n: Any = np.nan) -> Floats:
    """The way back from the analysis scale of a measure, for arrays (``Measure.to_natural``).

    Parameters
    ----------
    typical_n : for a double arcsine the number of people that it stands for: a study's own, or the typical one of all
    """
    scale = measure_of(code).scale
    with np.errstate(over="ignore", invalid="ignore"):
        if scale == "log":
            return np.exp(x)
        if scale == "logit":
            return np.asarray(1 / (1 + np.exp(-x)))
        if scale == "z":
            return np.tanh(x)
        if scale == "arcsine":
            return np.asarray(np.sin(np.clip(x, 0, np.pi / 2)) ** 2)
        if scale == "double arcsine":
            natural = back_double_arcsine(np.nan_to_num(x, nan=0.1), np.nan_to_num(typical_n, nan=1.0))
            return np.where(np.isnan(x), np.nan, natural)
    return x


def _of_study(target: Target, results: Results) -> tuple[Floats, Any] | None:
    places = [
        i
        for i, (line, label) in enumerate(zip(results.lines, results.labels, strict=True))
        if target.subject in (label, f"row {line}")
    ]
    if len(places) != 1:
        return None
    i = places[0]
    if target.quantity == "weight":
        return results.weight_classes(i)
    found = results.study_classes(i, by_level=target.level is None)
    y, v = found.yi, found.vi
    if target.quantity in ("study_se", "study_variance"):
        return (np.sqrt(v) if target.quantity == "study_se" else v), found.of
    sign = {"study_estimate": 0.0, "study_ci_low": -1.0, "study_ci_high": 1.0}[target.quantity]
    if sign:
        level = found.levels if target.level is None else np.asarray(target.level)
        y = y + sign * ndtri(0.5 + level / 2) * np.sqrt(v)
    if not target.natural:
        return np.asarray(y), found.of
    out = np.array(y, dtype=float)
    for code, at in found.measures:
        out[at] = back(y[at], code, found.people[at])
    return out, found.of
