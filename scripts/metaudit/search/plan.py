"""What many specifications share: effects, fits, and how each is read off its fit; worked out once for a list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.intervals import HKSJ, T_INTERVALS
from metaudit.search.columns import Columns, Ints, Part, longer, together, values_of
from metaudit.search.fits import can_be_batched
from metaudit.search.read import Reading
from metaudit.specs import COUNT_MODELS, Spec

# Which part of a specification each quantity depends on.
PART_OF = {
    **dict.fromkeys(("estimate", "q", "q_df", "q_p", "h2", "tau2", "k"), "fit"),
    **dict.fromkeys(("se", "z", "p"), "test"),
    **dict.fromkeys(("ci_low", "ci_high"), "interval"),
    "i2": "i2",
    **dict.fromkeys(("pi_low", "pi_high"), "prediction"),
}
_SMALL = 256


def effects_key(spec: Spec) -> tuple[Any, ...]:
    """What a study's own effect depends on."""
    if spec.model == "peto":
        return spec.measure, spec.zero_cells, "", "peto"
    return spec.measure, spec.zero_cells, spec.variance, spec.model in COUNT_MODELS


# The fields that the keys look at, and those that say whether arrays compute a specification.
_OF_EFFECTS = ("measure", "zero_cells", "variance", "model")
_OF_FIT = ("model", "measure", "tau2", "q", "counts", "zero_cells", "variance", "rd_variance", "stopping")
_OF_BATCHING = ("model", "ci", "tau2", "pi", "stopping")


def fit_key(spec: Spec) -> tuple[Any, ...]:
    """What an array fit depends on beside the effects; specifications with one key share a call."""
    if spec.model in ("mantel-haenszel", "peto"):
        zero = spec.zero_cells if spec.counts else ""
        return spec.model, spec.measure, spec.counts, zero, spec.rd_variance, spec.q_of_all
    if spec.q != "inverse-variance":
        zero = spec.zero_cells if spec.q == "mantel-haenszel-corrected" else ""
        return spec.model, spec.tau2, spec.q, spec.measure, zero
    return spec.model, spec.tau2 if spec.stopping == "exact" else f"{spec.tau2}, {spec.stopping}"


@dataclass(frozen=True)
class Plan:
    """Specifications in their order, and what they share.

    Attributes
    ----------
    specs : the specifications
    variants : one specification for each variant of the effects
    fits : one specification for each fit
    variant_of : the variant of each fit, shape ``(f,)``
    alone : fits that arrays do not compute: each is that of one specification
    columns : the specifications by their fields
    like : the plan of specifications with which these begin, where it is known; what holds of them is not found again
    remembered : what else was worked out for the same specifications
    """

    columns: Columns
    variants: tuple[Spec, ...]
    fits: tuple[Spec, ...]
    variant_of: Ints
    alone: frozenset[int]
    _parts: dict[str, Part]
    like: Plan | None = None
    remembered: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def specs(self) -> tuple[Spec, ...]:
        """The specifications."""
        return self.columns.specs

    def part(self, name: str) -> Part:
        """The classes of ``fit``, ``test``, ``interval``, ``i2``, ``prediction``; of ``variant`` or, by level too, ``study``."""
        if name not in self._parts and self.like is not None:
            known = dict(self.like._numbers(name))
            more = [known.setdefault(self._key(name, i), len(known)) for i in self.more]
            self._parts[name] = longer(self.like.part(name), more)
        elif name not in self._parts:
            of = self._parts["fit"].of
            of = self.variant_of[of] if name in ("variant", "study") else of
            fields = _FIELDS.get(name, ())
            self._parts[name] = together(of, *(self.columns.field(f).of for f in fields))
        return self._parts[name]

    @property
    def more(self) -> range:
        """The places of the specifications that the plan before this one did not have."""
        return range(0 if self.like is None else len(self.like.specs), len(self.specs))

    def _key(self, name: str, i: int) -> tuple[Any, ...]:
        """What the class of a specification in a part depends on."""
        f = int(self._parts["fit"].of[i])
        of = int(self.variant_of[f]) if name in ("variant", "study") else f
        return (of, *(getattr(self.specs[i], n) for n in _FIELDS.get(name, ())))

    def _numbers(self, name: str) -> Mapping[tuple[Any, ...], int]:
        """The number of each class of a part by its key."""
        key = f"numbers of {name}"
        if key not in self.remembered:
            self.remembered[key] = {self._key(name, i): c for c, i in enumerate(self.part(name).first.tolist())}
        found: Mapping[tuple[Any, ...], int] = self.remembered[key]
        return found

    def fits_of(self, name: str) -> Ints:
        """The fit of each class of a part, shape ``(c,)``."""
        return self._parts["fit"].of[self.part(name).first]

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """How the classes of each part are read off."""
        return {name: _reading(self.columns, self.part(name).first) for name in READ}

    @cached_property
    def fit_keys(self) -> tuple[tuple[Any, ...], ...]:
        """What each fit depends on beside its variant."""
        return tuple(fit_key(s) for s in self.fits)

    @cached_property
    def numbers_of_fits(self) -> Mapping[tuple[Any, ...], int]:
        """The number of each fit that arrays compute, by its variant and what else it depends on."""
        each = zip(self.variant_of.tolist(), self.fit_keys, strict=True)
        return {key: f for f, key in enumerate(each) if f not in self.alone}

    def levels_of(self, name: str) -> Floats:
        """Confidence level of each class of a part, shape ``(c,)``."""
        key = f"levels of {name}"
        if key not in self.remembered:
            self.remembered[key] = self.columns.of_field(float, "level", float)[self.part(name).first]
        found: Floats = self.remembered[key]
        return found

    def measures_of(self, name: str) -> tuple[tuple[str, Any], ...]:
        """Every measure with the classes of a part that it has, sorted."""
        key = f"measures of {name}"
        if key not in self.remembered:
            self.remembered[key] = _by_measure(self.columns, self.part(name).first)
        found: tuple[tuple[str, Any], ...] = self.remembered[key]
        return found

    @property
    def place(self) -> Mapping[Spec, int]:
        """Where each specification stands first."""
        return self.columns.place

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Measures of the fits, in their order."""
        return tuple(s.measure for s in self.fits)


# The fields that each part depends on beside the fit, or the variant.
_FIELDS = {
    "test": ("ci",), "interval": ("ci", "level"), "i2": ("i2",), "prediction": ("ci", "pi", "level"), "study": ("level",),
}  # fmt: skip
READ = ("test", "interval", "i2", "prediction")


def _reading(columns: Columns, some: Ints) -> Reading:
    def of(function: Callable[[Any], Any], name: str, kind: Any) -> Any:
        return columns.of_field(function, name, kind)[some]

    return Reading(
        scaled=of(lambda ci: ci in HKSJ, "ci", bool),
        with_t=of(lambda ci: ci in T_INTERVALS, "ci", bool),
        wide_se=of(lambda ci: ci == "hksj-adhoc-se", "ci", bool),
        wide_ci=of(lambda ci: ci == "hksj-adhoc-ci", "ci", bool),
        level=of(float, "level", float),
        i2_of_tau2=of(lambda i2: i2 == "tau2", "i2", bool),
        pi=of(str, "pi", "U8"),
    )


def _by_measure(columns: Columns, some: Ints) -> tuple[tuple[str, Any], ...]:
    """Every measure, sorted, with the places where some specifications have it; as :func:`by_measure`."""
    of, number = columns.field("measure").of[some], columns.values("measure")
    there = sorted(code for code, i in number.items() if (of == i).any())
    if len(there) == 1:
        return ((there[0], slice(None)),)
    return tuple((code, np.flatnonzero(of == number[code])) for code in there)


def by_measure(codes: Sequence[str]) -> tuple[tuple[str, Any], ...]:
    """Every measure, sorted, with the places where it stands."""
    known = sorted(set(codes))
    if len(known) == 1:
        return ((known[0], slice(None)),)
    each = np.array(codes)
    return tuple((code, np.flatnonzero(each == code)) for code in known)


def plan_of(specs: Sequence[Spec], *, one_by_one: bool = False, like: Plan | None = None) -> Plan:
    """What some specifications share; short lists are remembered.

    Parameters
    ----------
    one_by_one : whether no specification is left to arrays (a meta-regression)
    like : the plan of specifications with which these begin, none of it one by one
    """
    given = tuple(specs)
    if len(given) <= _SMALL:
        return _remembered(given, one_by_one)
    if like is not None:
        return _longer(like, Columns(given, like=like.columns))
    return _planned(Columns(given), one_by_one)


@lru_cache(maxsize=4096)
def _remembered(specs: tuple[Spec, ...], one_by_one: bool) -> Plan:
    return _planned(Columns(specs), one_by_one)


def _planned(columns: Columns, one_by_one: bool) -> Plan:
    specs = columns.specs
    variants = columns.by(effects_key, *_OF_EFFECTS)
    keys = columns.by(fit_key, *_OF_FIT)
    alone = np.ones(len(specs), dtype=bool)
    if not one_by_one:
        alone = ~values_of(*columns.each(can_be_batched, *_OF_BATCHING), bool)
    fits = together(variants.of, keys.of, np.where(alone, np.arange(1, len(specs) + 1), 0))
    variant_of = variants.of[fits.first]
    return Plan(
        columns,
        tuple(specs[i] for i in variants.first),
        tuple(specs[i] for i in fits.first),
        variant_of,
        frozenset(np.flatnonzero(alone[fits.first]).tolist()),
        {"fit": fits},
    )


def _longer(plan: Plan, columns: Columns) -> Plan:
    """The plan of a few specifications more, which may share variants and fits with the others."""
    variants, fits, variant_of = list(plan.variants), list(plan.fits), plan.variant_of.tolist()
    alone, number_of = set(plan.alone), dict(plan.numbers_of_fits)
    variant_number = {effects_key(s): v for v, s in enumerate(plan.variants)}
    more = []
    for spec in columns.specs[len(plan.specs) :]:
        v = variant_number.setdefault(effects_key(spec), len(variants))
        if v == len(variants):
            variants.append(spec)
        batched = can_be_batched(spec)
        f = number_of.setdefault((v, fit_key(spec)), len(fits)) if batched else len(fits)
        if f == len(fits):
            fits.append(spec)
            variant_of.append(v)
            if not batched:
                alone.add(f)
        more.append(f)
    parts = {"fit": longer(plan.part("fit"), more)}
    every = np.array(variant_of, dtype=np.int64)
    return Plan(columns, tuple(variants), tuple(fits), every, frozenset(alone), parts, plan)
