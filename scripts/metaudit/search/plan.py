"""What many specifications share: effects, fits, and how each is read off its fit; worked out once for a list of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metaudit.effects.zero_cells import Floats
from metaudit.pooling.intervals import HKSJ, T_INTERVALS
from metaudit.search.fits import can_be_batched
from metaudit.search.read import Reading
from metaudit.specs import COUNT_MODELS, Spec

Ints = NDArray[np.int64]
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
    return spec.measure, spec.zero_cells, spec.variance, spec.model in COUNT_MODELS


def fit_key(spec: Spec) -> tuple[Any, ...]:
    """What an array fit depends on beside the effects; specifications with one key share a call."""
    if spec.model in ("mantel-haenszel", "peto"):
        zero = spec.zero_cells if spec.counts else ""
        return spec.model, spec.measure, spec.counts, zero, spec.rd_variance, spec.q_of_all
    if spec.q != "inverse-variance":
        zero = spec.zero_cells if spec.q == "mantel-haenszel-corrected" else ""
        return spec.model, spec.tau2, spec.q, spec.measure, zero
    return spec.model, spec.tau2


@dataclass(frozen=True)
class Part:
    """Classes of specifications that give the same value of some quantities.

    Attributes
    ----------
    of : class of each specification, shape ``(s,)``
    first : the first specification of each class, shape ``(c,)``
    """

    of: Ints
    first: Ints


def _parted(keys: Sequence[Hashable]) -> Part:
    number: dict[Hashable, int] = {}
    of = np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
    first = np.full(len(number), len(keys), dtype=np.int64)
    np.minimum.at(first, of, np.arange(len(keys), dtype=np.int64))
    return Part(of, first)


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
    remembered : what else was worked out for the same specifications
    """

    specs: tuple[Spec, ...]
    variants: tuple[Spec, ...]
    fits: tuple[Spec, ...]
    variant_of: Ints
    alone: frozenset[int]
    _parts: dict[str, Part]
    remembered: dict[str, Any] = field(default_factory=dict, repr=False)

    def part(self, name: str) -> Part:
        """The classes of ``fit``, ``test``, ``interval``, ``i2``, ``prediction``; of ``variant`` or, by level too, ``study``."""
        if name not in self._parts:
            of = self._parts["fit"].of
            of = self.variant_of[of] if name in ("variant", "study") else of
            key = _KEYS.get(name, _OF_STUDY.get(name))
            each = zip(of.tolist(), self.specs, strict=True)
            self._parts[name] = _parted([(f, key(s)) if key else f for f, s in each])
        return self._parts[name]

    def fits_of(self, name: str) -> Ints:
        """The fit of each class of a part, shape ``(c,)``."""
        return self._parts["fit"].of[self.part(name).first]

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """How the classes of each part are read off."""
        return {name: _reading([self.specs[i] for i in self.part(name).first]) for name in _KEYS}

    @cached_property
    def fit_keys(self) -> tuple[tuple[Any, ...], ...]:
        """What each fit depends on beside its variant."""
        return tuple(fit_key(s) for s in self.fits)

    def levels_of(self, name: str) -> Floats:
        """Confidence level of each class of a part, shape ``(c,)``."""
        key = f"levels of {name}"
        if key not in self.remembered:
            self.remembered[key] = np.array([self.specs[i].level for i in self.part(name).first], dtype=float)
        found: Floats = self.remembered[key]
        return found

    def measures_of(self, name: str) -> tuple[tuple[str, Any], ...]:
        """Every measure with the classes of a part that it has, sorted."""
        key = f"measures of {name}"
        if key not in self.remembered:
            self.remembered[key] = by_measure([self.specs[i].measure for i in self.part(name).first])
        found: tuple[tuple[str, Any], ...] = self.remembered[key]
        return found

    @cached_property
    def place(self) -> Mapping[Spec, int]:
        """Where each specification stands first."""
        return {s: i for i, s in reversed(list(enumerate(self.specs)))}

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Measures of the fits, in their order."""
        return tuple(s.measure for s in self.fits)


_KEYS: dict[str, Callable[[Spec], Hashable]] = {
    "test": lambda s: s.ci,
    "interval": lambda s: (s.ci, s.level),
    "i2": lambda s: s.i2,
    "prediction": lambda s: (s.ci, s.pi, s.level),
}
_OF_STUDY: dict[str, Callable[[Spec], Hashable]] = {"study": lambda s: s.level}


def _reading(specs: Sequence[Spec]) -> Reading:
    ci = [s.ci for s in specs]
    return Reading(
        scaled=np.array([c in HKSJ for c in ci], dtype=bool),
        with_t=np.array([c in T_INTERVALS for c in ci], dtype=bool),
        wide_se=np.array([c == "hksj-adhoc-se" for c in ci], dtype=bool),
        wide_ci=np.array([c == "hksj-adhoc-ci" for c in ci], dtype=bool),
        level=np.array([s.level for s in specs], dtype=float),
        i2_of_tau2=np.array([s.i2 == "tau2" for s in specs], dtype=bool),
        pi=np.array([s.pi for s in specs], dtype="U8"),
    )


def by_measure(codes: Sequence[str]) -> tuple[tuple[str, Any], ...]:
    """Every measure, sorted, with the places where it stands."""
    known = sorted(set(codes))
    if len(known) == 1:
        return ((known[0], slice(None)),)
    each = np.array(codes)
    return tuple((code, np.flatnonzero(each == code)) for code in known)


def plan_of(specs: Sequence[Spec], *, one_by_one: bool = False) -> Plan:
    """What some specifications share; short lists are remembered.

    Parameters
    ----------
    one_by_one : whether no specification is left to arrays (a meta-regression)
    """
    given = tuple(specs)
    return _remembered(given, one_by_one) if len(given) <= _SMALL else _planned(given, one_by_one)


@lru_cache(maxsize=4096)
def _remembered(specs: tuple[Spec, ...], one_by_one: bool) -> Plan:
    return _planned(specs, one_by_one)


def _planned(specs: tuple[Spec, ...], one_by_one: bool) -> Plan:
    variants: dict[Hashable, int] = {}
    of_variant: list[Spec] = []
    fits: dict[Hashable, int] = {}
    of_fit: list[Spec] = []
    variant_of: list[int] = []
    alone: set[int] = set()
    keys: list[int] = []
    for i, spec in enumerate(specs):
        own = effects_key(spec)
        v = variants.setdefault(own, len(variants))
        if v == len(of_variant):
            of_variant.append(spec)
        batched = not one_by_one and can_be_batched(spec)
        f = fits.setdefault((v, fit_key(spec)) if batched else ("alone", i), len(fits))
        if f == len(of_fit):
            of_fit.append(spec)
            variant_of.append(v)
            if not batched:
                alone.add(f)
        keys.append(f)
    parts = {"fit": _parted(keys)}
    return Plan(specs, tuple(of_variant), tuple(of_fit), np.array(variant_of, dtype=np.int64), frozenset(alone), parts)
