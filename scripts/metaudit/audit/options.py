"""The specifications that a stated method leaves open, and what follows from the list alone; analyses share lists."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import fields
from functools import cached_property
from typing import Any

import numpy as np

from metaudit.audit_words.matters import alike, essence
from metaudit.pooling.mantel_haenszel import MANTEL_HAENSZEL
from metaudit.search.columns import numbered
from metaudit.search.fits import can_be_batched
from metaudit.search.plan import Plan, effects_key, plan_of
from metaudit.specs import Spec, value_of

_PETO = ("OR", "PETO")


class Options(tuple[Spec, ...]):
    """Specifications, the conventional one first. What is worked out once holds for every analysis with this list."""

    @cached_property
    def arrayed(self) -> Any:
        """Which of them arrays compute, shape ``(s,)``."""
        return np.array([by_arrays(s) for s in self], dtype=bool)

    @cached_property
    def plan(self) -> Plan:
        """The plan of those that arrays compute."""
        return plan_of([s for s, a in zip(self, self.arrayed, strict=True) if a])

    @cached_property
    def place(self) -> dict[Spec, int]:
        """Where each stands."""
        return {s: i for i, s in enumerate(self)}

    @cached_property
    def _words(self) -> dict[int, str]:
        return {}

    def words(self, i: int) -> str:
        """The canonical string of one of them."""
        if i not in self._words:
            self._words[i] = str(self[i])
        return self._words[i]

    @cached_property
    def has_tau2(self) -> Any:
        """Which of them have a between-study variance, shape ``(s,)``."""
        return np.array([s.has_tau2 for s in self], dtype=bool)

    @cached_property
    def variants(self) -> Any:
        """The variant of the effects of each, shape ``(s,)``."""
        return _numbered(self, effects_key)[1]

    @cached_property
    def one_fit(self) -> bool:
        """Whether all of them are read off one fit."""
        return len({s.fit_key for s in self}) == 1

    @cached_property
    def _choices(self) -> dict[str, tuple[list[Any], Any]]:
        return {}

    def choice(self, name: str) -> tuple[list[str], Any]:
        """The values of one choice, and which of them each specification has, shape ``(s,)``."""
        if name not in self._choices:
            self._choices[name] = _numbered(self, lambda s: value_of(s, name))
        return self._choices[name]

    @cached_property
    def varied(self) -> tuple[str, ...]:
        """The fields in which they differ."""
        return tuple(f.name for f in fields(Spec) if f.name != "level" and len(self.choice(f.name)[0]) > 1)

    @cached_property
    def _essentials(self) -> dict[Hashable, Any]:
        return {}

    def essentials(self, quantity: str) -> Any:
        """Numbers of the specifications, equal for those that cannot differ in a quantity, shape ``(s,)``."""
        kind = alike(quantity)
        if kind not in self._essentials:
            self._essentials[kind] = _numbered(self, essence(quantity))[1]
        return self._essentials[kind]

    def kinds(self, quantity: str) -> list[int]:
        """The same as a list, which is read one by one far quicker."""
        key = "as a list", alike(quantity)
        if key not in self._essentials:
            self._essentials[key] = self.essentials(quantity).tolist()
        found: list[int] = self._essentials[key]
        return found


def _numbered(specs: Options, key: Callable[[Spec], Any]) -> tuple[list[Any], Any]:
    keys = [key(s) for s in specs]
    part = numbered(keys)
    return [keys[i] for i in part.first.tolist()], part.of


def by_arrays(spec: Spec) -> bool:
    """Whether arrays compute a specification for its measure, as the exact path would."""
    if spec.model == "mantel-haenszel" and spec.measure not in MANTEL_HAENSZEL:
        return False
    if spec.model == "peto" and spec.measure not in _PETO:
        return False
    centred = spec.q == "inverse-variance" or spec.measure in ("RR", "OR", "RD")
    return can_be_batched(spec) and centred
